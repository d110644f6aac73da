/* Clients of a peer that a test chooses: from an address of the loopback network, or a user. */
#include "tests/kit/other_peer.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/runtime/channel.h"
#include "common/raw.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"

#define MOST_REPLY ((size_t)2 << 20)
#define AGAIN      1000 /* milliseconds until a datagram is sent again */
#define RPC_STATUS 20
#define RPC_RESULT 24
#define RAW_STATUS 4
#define RAW_RESULT 8
#define RPC_SYSTEM 5 /* SYSTEM_ERR (RFC 5531, section 9) */

static bool is_udp(const struct endpoint *endpoint)
{
	return endpoint->transport == ENDPOINT_UDP;
}

/* ---- connections ---- */

static bool connect_inet(int fd, const struct endpoint *endpoint, const char *host)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	inet_pton(AF_INET, host, &address.sin_addr);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return false;
	address.sin_port = htons((uint16_t)endpoint->port);
	inet_pton(AF_INET, endpoint->host, &address.sin_addr);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static bool connect_unix(int fd, const struct endpoint *endpoint)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", endpoint->path);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

int other_peer_connect(const struct endpoint *endpoint, const char *host)
{
	const struct timeval patience = { .tv_sec = HARNESS_PATIENCE };
	bool inet = endpoint_has_host(endpoint);
	int fd = socket(inet ? AF_INET : AF_UNIX,
			(is_udp(endpoint) ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fd;
	if (inet ? connect_inet(fd, endpoint, host) : connect_unix(fd, endpoint)) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		return fd;
	}
	close(fd);
	return -1;
}

/* ---- calls ---- */

/* Reads exactly so many bytes.  False at the end, or when patience is at its end. */
static bool read_all(int fd, void *bytes, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t n = read(fd, (uint8_t *)bytes + done, length - done);

		if (n <= 0) {
			if (n == 0)
				errno = ECONNRESET;
			return false;
		}
		done += (size_t)n;
	}
	return true;
}

static bool receive_marked(int fd, struct buffer *reply)
{
	uint32_t mark;

	if (!read_all(fd, &mark, sizeof(mark)))
		return false;
	reply->length = be32toh(mark) & INT32_MAX;
	return reply->length <= MOST_REPLY && read_all(fd, reply->data, reply->length);
}

/* Sends a datagram again and again until something comes. */
static bool receive_datagram(int fd, const struct buffer *call, struct buffer *reply)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };

	for (int i = 0; i < HARNESS_PATIENCE; i++) {
		ssize_t n = poll(&waiting, 1, AGAIN) == 1
				    ? recv(fd, reply->data, MOST_REPLY, MSG_DONTWAIT)
				    : -1;

		if (n > 0) {
			reply->length = (size_t)n;
			return true;
		}
		if (send(fd, call->data, call->length, 0) < 0)
			return false;
	}
	errno = EAGAIN;
	return false;
}

static uint32_t word_at(const struct buffer *bytes, size_t offset)
{
	uint32_t word = UINT32_MAX;

	if (bytes->length >= offset + sizeof(word))
		memcpy(&word, bytes->data + offset, sizeof(word));
	return be32toh(word);
}

static enum other_peer_answer judge_reply(const struct buffer *reply, bool rpc)
{
	uint32_t status = rpc ? word_at(reply, RPC_STATUS) : word_at(reply, RAW_STATUS) & 0xffff;

	if (status == 0)
		return OTHER_PEER_ANSWERED;
	if (status == (rpc ? RPC_SYSTEM : (uint32_t)RAW_BUSY))
		return OTHER_PEER_BUSY;
	return !rpc && status == RAW_TOO_LARGE ? OTHER_PEER_TOO_LARGE : OTHER_PEER_REFUSED;
}

/* Receives until it is the reply to this call: copies of earlier ones may be on their way. */
static enum other_peer_answer receive_reply(int fd, const struct endpoint *endpoint, uint32_t id,
					    const struct buffer *call, struct buffer *reply)
{
	bool rpc = endpoint->protocol == ENDPOINT_RPC;

	do
		if (!(is_udp(endpoint) ? receive_datagram(fd, call, reply)
				       : receive_marked(fd, reply)))
			return errno == EAGAIN ? OTHER_PEER_SILENT : OTHER_PEER_CLOSED;
	while (word_at(reply, 0) != id);
	return judge_reply(reply, rpc);
}

enum other_peer_answer other_peer_call(int fd, const struct endpoint *endpoint, uint32_t id,
				       const char *procedure, const void *arguments,
				       struct buffer *result)
{
	bool rpc = endpoint->protocol == ENDPOINT_RPC;
	struct buffer call = { 0 };
	enum other_peer_answer answer = OTHER_PEER_CLOSED;

	result->length = 0;
	if (buffer_reserve(result, MOST_REPLY) < 0)
		return answer;
	call_make(&call, rpc, !is_udp(endpoint), id, procedure, arguments);
	if (send(fd, call.data, call.length, MSG_NOSIGNAL) == (ssize_t)call.length)
		answer = receive_reply(fd, endpoint, id, &call, result);
	buffer_release(&call);
	if (answer == OTHER_PEER_ANSWERED)
		buffer_consume(result, rpc ? RPC_RESULT : RAW_RESULT);
	return answer;
}

bool other_peer_adds(int fd, const struct endpoint *endpoint)
{
	static const calc_operands operands = { 40, 2 };
	struct buffer result = { 0 };
	bool right = other_peer_call(fd, endpoint, 7, "add", &operands, &result) ==
			     OTHER_PEER_ANSWERED &&
		     result.length >= 8 && word_at(&result, result.length - 4) == 42;

	buffer_release(&result);
	return right;
}

/* ---- users ---- */

static void admit_to(const char *path, mode_t mode)
{
	if (chmod(path, mode) < 0)
		perror(path);
}

bool other_peer_admit_users(const struct daemon *daemon)
{
	char run[80];

	if (geteuid() != 0)
		return false;
	snprintf(run, sizeof(run), "%s/run", daemon->directory);
	admit_to(daemon->directory, 0711);
	admit_to(run, 0711);
	for (unsigned int i = 0; i < daemon->count; i++) {
		const struct endpoint endpoint = call_endpoint(daemon->endpoints[i]);

		if (endpoint.transport == ENDPOINT_UNIX || endpoint.transport == ENDPOINT_SHM)
			admit_to(endpoint.path, 0777);
	}
	return true;
}

void other_peer_become(uid_t user)
{
	if (getuid() == 0 && geteuid() != user && seteuid(user) < 0)
		perror("seteuid");
}
