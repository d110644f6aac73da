/* ONC RPC calls by hand: any program's, by one deadline, with nothing of either runtime in them. */
#include "tests/daemons/call.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/runtime/clock.h"
#include "common/duration.h"

#define RPCBIND        100000
#define LAST_FRAGMENT  0x80000000U
#define LONGEST_RECORD (16U << 20)
#define PATIENCE       (5 * SECOND) /* with rpcbind */

bool way_is_stream(enum way way)
{
	return way != BY_UDP && way != BY_UDP6;
}

const char *way_name(enum way way)
{
	static const char *const names[] = { "tcp", "udp", "tcp6", "udp6", "local" };

	return names[way];
}

/* ---- bytes ---- */

void put_word(struct buffer *call, uint32_t word)
{
	word = htonl(word);
	buffer_append(call, &word, sizeof(word));
}

void put_text(struct buffer *call, const char *text)
{
	size_t length = strlen(text);

	put_word(call, (uint32_t)length);
	buffer_append(call, text, length);
	buffer_append(call, "\0\0\0", -length & 3);
}

uint32_t get_word(const uint8_t *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return ntohl(word);
}

/* RFC 5531, appendix A: stamp, machine's name, uid, gid, no further groups. */
static void put_credential(const struct ask *ask, struct buffer *call)
{
	put_word(call, ask->known);
	put_word(call, ask->known ? 24 : 0);
	if (!ask->known)
		return;
	put_word(call, 1);
	put_text(call, "lab");
	put_word(call, ask->uid);
	put_word(call, ask->uid);
	put_word(call, 0);
}

/* The mark of a record that is one fragment; datagrams have none. */
static void set_mark(struct buffer *call, enum way way)
{
	uint32_t mark = htonl(LAST_FRAGMENT | (uint32_t)(call->length - sizeof(mark)));

	if (way_is_stream(way))
		memcpy(call->data, &mark, sizeof(mark));
}

void call_bytes(const struct ask *ask, uint32_t xid, enum way way, struct buffer *call)
{
	call->length = 0;
	if (way_is_stream(way))
		put_word(call, 0);
	put_word(call, xid);
	put_word(call, 0); /* CALL */
	put_word(call, 2); /* of RPC */
	put_word(call, ask->program);
	put_word(call, ask->version);
	put_word(call, ask->procedure);
	put_credential(ask, call);
	put_word(call, 0); /* no verifier */
	put_word(call, 0);
	if (ask->pack)
		ask->pack(call);
	set_mark(call, way);
}

/* ---- sockets ---- */

/* The highest that is free: rpcbind and others have theirs below. */
static bool bind_reserved(int fd, int family)
{
	for (int port = IPPORT_RESERVED - 1; port > IPPORT_RESERVED / 2; port--) {
		struct sockaddr_in in = { .sin_family = AF_INET,
					  .sin_port = htons((uint16_t)port) };
		struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
					    .sin6_port = htons((uint16_t)port) };

		if (family == AF_INET ? bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0
				      : bind(fd, (struct sockaddr *)&in6, sizeof(in6)) == 0)
			return true;
	}
	return false;
}

static int finish_connecting(int fd, int64_t deadline)
{
	socklen_t length = sizeof(int);
	int error = clock_wait(fd, POLLOUT, deadline);

	if (error)
		return -error;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) ? errno : error;
}

int place_connect(const struct place *place, const struct ask *ask, int64_t deadline)
{
	const struct sockaddr *address = (const struct sockaddr *)&place->address;
	int type = way_is_stream(place->way) ? SOCK_STREAM : SOCK_DGRAM, error = 0,
	    fd = socket(address->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (ask && ask->reserved && place->way != BY_LOCAL &&
	    !bind_reserved(fd, address->sa_family))
		error = errno;
	else if (!(ask && ask->elsewhere) && connect(fd, address, place->length) < 0)
		error = errno == EINPROGRESS ? finish_connecting(fd, deadline) : errno;
	if (!error)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

int bytes_send(int fd, const void *bytes, size_t length, int64_t deadline)
{
	const uint8_t *rest = bytes;

	while (length) {
		ssize_t n = send(fd, rest, length, MSG_NOSIGNAL);
		int error = n < 0 && errno == EAGAIN ? clock_wait(fd, POLLOUT, deadline)
						     : -(n < 0 ? errno : 0);

		if (error)
			return error;
		rest += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* ---- replies ---- */

/* Appends `length` bytes.  NULL, or what is wrong. */
static const char *receive_exactly(int fd, struct buffer *bytes, size_t length, int64_t deadline)
{
	if (buffer_reserve(bytes, length))
		return "no memory";
	while (length) {
		ssize_t n = recv(fd, bytes->data + bytes->length, length, 0);

		if (n == 0)
			return "it hangs up";
		if (n < 0 && errno == EAGAIN) {
			if (clock_wait(fd, POLLIN, deadline))
				return "no answer";
		} else if (n < 0) {
			return errno == ECONNREFUSED ? "refused" : "it resets the connection";
		} else {
			bytes->length += (size_t)n;
			length -= (size_t)n;
		}
	}
	return NULL;
}

static const char *receive_record(int fd, struct buffer *record, int64_t deadline)
{
	struct buffer head = { 0 };
	const char *why;
	uint32_t mark;

	record->length = 0;
	do {
		head.length = 0;
		why = receive_exactly(fd, &head, sizeof(mark), deadline);
		mark = why ? LAST_FRAGMENT : get_word(head.data);
		if (!why && (mark & ~LAST_FRAGMENT) + record->length > LONGEST_RECORD)
			why = "a reply without an end";
		if (!why)
			why = receive_exactly(fd, record, mark & ~LAST_FRAGMENT, deadline);
	} while (!why && !(mark & LAST_FRAGMENT));
	buffer_release(&head);
	return why;
}

static const char *receive_datagram(int fd, struct buffer *datagram, int64_t deadline)
{
	ssize_t n;

	datagram->length = 0;
	if (buffer_reserve(datagram, 65536))
		return "no memory";
	if (clock_wait(fd, POLLIN, deadline))
		return "no answer";
	n = recv(fd, datagram->data, 65536, 0);
	if (n < 0)
		return errno == ECONNREFUSED ? "refused" : strerror(errno);
	datagram->length = (size_t)n;
	return NULL;
}

/* Takes a reply apart (RFC 5531, 9): its xid, REPLY, whether it was accepted, a verifier, a status.
 */
static const char *read_reply(struct answer *answer)
{
	const uint8_t *bytes = answer->bytes.data;
	size_t length = answer->bytes.length, verifier;

	if (length < 12 || get_word(bytes + 4) != 1)
		return "no reply";
	if (get_word(bytes + 8) == 1) {
		answer->status = ANSWER_DENIED;
		return NULL;
	}
	if (length < 24)
		return "a short reply";
	verifier = (get_word(bytes + 16) + 3U) & ~3U;
	if (get_word(bytes + 8) > 1 || verifier > 400 || length < 24 + verifier ||
	    get_word(bytes + 20 + verifier) > ANSWER_SYSTEM_ERR)
		return "a reply that is none";
	answer->status = get_word(bytes + 20 + verifier);
	answer->result = bytes + 24 + verifier;
	answer->length = length - 24 - verifier;
	return NULL;
}

void answer_receive(int fd, enum way way, uint32_t xid, int64_t deadline, struct answer *answer)
{
	answer->status = ANSWER_NONE;
	do
		answer->why = way_is_stream(way) ? receive_record(fd, &answer->bytes, deadline)
						 : receive_datagram(fd, &answer->bytes, deadline);
	while (!answer->why && answer->bytes.length >= 4 && get_word(answer->bytes.data) != xid);
	if (!answer->why)
		answer->why = read_reply(answer);
	if (answer->why)
		answer->status = ANSWER_NONE;
}

void answer_release(struct answer *answer)
{
	buffer_release(&answer->bytes);
}

static uint32_t next_xid(void)
{
	return (uint32_t)(clock_now() / 1000);
}

static int send_call(int fd, const struct place *place, const struct ask *ask,
		     const struct buffer *call, int64_t deadline)
{
	const struct sockaddr *to = (const struct sockaddr *)&place->address;

	if (!ask->elsewhere)
		return bytes_send(fd, call->data, call->length, deadline);
	return sendto(fd, call->data, call->length, 0, to, place->length) < 0 ? -errno : 0;
}

/* A datagram is sent again each second. */
static void exchange(int fd, const struct place *place, const struct ask *ask,
		     const struct buffer *call, uint32_t xid, int64_t deadline,
		     struct answer *answer)
{
	bool is_stream = way_is_stream(place->way);

	do {
		int64_t again = clock_now() + SECOND;

		if (is_stream || again > deadline)
			again = deadline;
		answer->status = ANSWER_NONE;
		answer->why = "it does not take the call";
		if (send_call(fd, place, ask, call, deadline) == 0)
			answer_receive(fd, place->way, xid, again, answer);
	} while (!is_stream && answer->status == ANSWER_NONE &&
		 strcmp(answer->why, "no answer") == 0 && clock_now() < deadline);
}

void call_on(int fd, const struct place *place, const struct ask *ask, int64_t deadline,
	     struct answer *answer)
{
	uint32_t xid = next_xid();
	struct buffer call = { 0 };

	call_bytes(ask, xid, place->way, &call);
	exchange(fd, place, ask, &call, xid, deadline, answer);
	buffer_release(&call);
}

const char *answer_fault(const struct ask *ask, const struct answer *answer)
{
	static const char *const statuses[] = { "a wrong result", "PROG_UNAVAIL", "PROG_MISMATCH",
						"PROC_UNAVAIL",   "GARBAGE_ARGS", "SYSTEM_ERR",
						"denied" };

	if (answer->status == ANSWER_NONE)
		return answer->why;
	if (answer->status == ANSWER_SUCCESS &&
	    (!ask->right || ask->right(answer->result, answer->length)))
		return NULL;
	return statuses[answer->status];
}

/* ---- rpcbind ---- */

void place_rpcbind(enum way way, struct place *place)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(111),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(111),
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/run/rpcbind.sock" };
	const void *address = way == BY_LOCAL                    ? (const void *)&un
			      : way == BY_TCP6 || way == BY_UDP6 ? (const void *)&in6
								 : (const void *)&in;

	*place = (struct place){ .way = way };
	place->length = way == BY_LOCAL                    ? sizeof(un)
			: way == BY_TCP6 || way == BY_UDP6 ? sizeof(in6)
							   : sizeof(in);
	memcpy(&place->address, address, place->length);
}

/* A universal address ends in the port's two bytes: 127.0.0.1.3.231. */
static bool read_port(const struct answer *answer, uint16_t *port)
{
	char text[64] = "";
	const char *dot = text;
	unsigned int high, low;
	size_t length = answer->length < 4 ? 0 : get_word(answer->result);

	if (!length || length >= sizeof(text) || 4 + length > answer->length)
		return false;
	memcpy(text, answer->result + 4, length);
	for (int dots = 0; dots < 2; dots++)
		for (dot = dots ? dot - 1 : text + length; dot > text && *dot != '.'; dot--)
			;
	if (sscanf(dot, ".%u.%u", &high, &low) != 2)
		return false;
	*port = (uint16_t)(high << 8 | low);
	return true;
}

/* RFC 1833, 2.1: program, version, netid, address, owner. */
static void ask_rpcbind(int fd, const struct place *rpcbind, uint32_t program, uint32_t version,
			struct answer *answer)
{
	const struct ask ask = { "GETADDR", RPCBIND, 3, 3, .ways = TCP | UDP };
	struct buffer call = { 0 };
	uint32_t xid = next_xid();

	call_bytes(&ask, xid, rpcbind->way, &call);
	put_word(&call, program);
	put_word(&call, version);
	put_text(&call, way_name(rpcbind->way));
	put_text(&call, "");
	put_text(&call, "");
	set_mark(&call, rpcbind->way);
	exchange(fd, rpcbind, &ask, &call, xid, clock_now() + PATIENCE, answer);
	buffer_release(&call);
}

static void set_port(struct place *place, uint16_t port)
{
	if (place->address.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&place->address)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)&place->address)->sin_port = htons(port);
}

/* rpcbind answers for the transport that it is asked over. */
bool place_find(uint32_t program, uint32_t version, enum way way, struct place *place)
{
	struct answer answer = { .status = ANSWER_NONE };
	uint16_t port = 0;
	bool found;
	int fd;

	place_rpcbind(way, place);
	if (program == RPCBIND)
		return true;
	fd = place_connect(place, NULL, clock_now() + PATIENCE);
	if (fd < 0)
		return false;
	ask_rpcbind(fd, place, program, version, &answer);
	found = answer.status == ANSWER_SUCCESS && read_port(&answer, &port);
	set_port(place, port);
	answer_release(&answer);
	close(fd);
	return found;
}
