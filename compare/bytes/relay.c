/*
 * Stands between a client that nobody can look into and its server, and keeps what passes.
 *
 * Bytes are kept before they are passed on, so whoever has a reply finds all of the call and of the
 * reply in the log.
 */
#include "compare/bytes/relay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fork.h"
#include "compare/lab/wire.h"

#define ROUTES 16    /* connections of one client: one for each program and version */
#define CHUNK  65536 /* bytes, at least a datagram */

/* What passes at once: one call and its reply, or a few of them. */
struct relay_log {
	_Atomic uint64_t sent, received; /* bytes, ever */
	_Atomic size_t length;           /* of what is kept here: headers, each with its bytes */
	_Atomic bool full;               /* and more has passed */
	uint8_t kept[4 << 20];
};

struct header {
	size_t length;
	bool sent;
};

/* ---- the process between them ---- */

struct route {
	int client, server;
};

struct relay_routes {
	struct relay_log *log;
	const struct endpoint *server;
	int listener;
	struct route routes[ROUTES];
	int count;
	/* Of datagrams: who sent the last one. */
	struct sockaddr_storage peer;
	socklen_t peer_length;
};

static void keep_bytes(struct relay_log *log, bool sent, const void *bytes, size_t length)
{
	const struct header header = { length, sent };
	size_t at = log->length;

	*(sent ? &log->sent : &log->received) += length;
	if (at + sizeof(header) + length > sizeof(log->kept)) {
		log->full = true;
		return;
	}
	memcpy(log->kept + at, &header, sizeof(header));
	memcpy(log->kept + at + sizeof(header), bytes, length);
	log->length = at + sizeof(header) + length;
}

static bool send_all(int fd, const uint8_t *bytes, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t n = send(fd, bytes + done, length - done, MSG_NOSIGNAL);

		if (n < 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static bool is_datagrams(const struct relay_routes *relaying)
{
	return relaying->server->transport == ENDPOINT_UDP;
}

/* False when either end is gone. */
static bool pass_on(struct relay_routes *relaying, const struct route *route, bool sent)
{
	static uint8_t bytes[CHUNK];
	bool datagrams = is_datagrams(relaying);
	struct sockaddr *peer = (struct sockaddr *)&relaying->peer;
	ssize_t n;

	if (sent && datagrams) {
		relaying->peer_length = sizeof(relaying->peer);
		n = recvfrom(route->client, bytes, sizeof(bytes), 0, peer, &relaying->peer_length);
	} else {
		n = recv(sent ? route->client : route->server, bytes, sizeof(bytes), 0);
	}
	if (n < 0 || (n == 0 && !datagrams))
		return false;
	keep_bytes(relaying->log, sent, bytes, (size_t)n);
	if (!sent && datagrams)
		return sendto(route->client, bytes, (size_t)n, 0, peer, relaying->peer_length) == n;
	return send_all(sent ? route->server : route->client, bytes, (size_t)n);
}

static void open_route(struct relay_routes *relaying)
{
	struct wire client, server;

	if (relaying->count == ROUTES || !wire_connect(&server, relaying->server))
		_exit(1);
	if (is_datagrams(relaying))
		client.in = relaying->listener;
	else if (!wire_accept(&client, relaying->server, relaying->listener))
		_exit(1);
	relaying->routes[relaying->count++] = (struct route){ client.in, server.in };
}

static void close_route(struct relay_routes *relaying, int which)
{
	close(relaying->routes[which].client);
	close(relaying->routes[which].server);
	relaying->routes[which] = relaying->routes[--relaying->count];
}

static void wait_and_pass(struct relay_routes *relaying)
{
	struct pollfd waiting[1 + 2 * ROUTES];
	int count = relaying->count;

	/* Datagrams have no connections to be accepted. */
	waiting[0] = (struct pollfd){ .fd = is_datagrams(relaying) ? -1 : relaying->listener,
				      .events = POLLIN };
	for (int i = 0; i < count; i++) {
		waiting[1 + 2 * i] = (struct pollfd){ .fd = relaying->routes[i].client,
						      .events = POLLIN };
		waiting[2 + 2 * i] = (struct pollfd){ .fd = relaying->routes[i].server,
						      .events = POLLIN };
	}
	poll(waiting, (nfds_t)(1 + 2 * count), -1);
	for (int i = count - 1; i >= 0; i--)
		if ((waiting[1 + 2 * i].revents &&
		     !pass_on(relaying, &relaying->routes[i], true)) ||
		    (waiting[2 + 2 * i].revents && !pass_on(relaying, &relaying->routes[i], false)))
			close_route(relaying, i);
	if (waiting[0].revents)
		open_route(relaying);
}

static void become_relay(struct relay_log *log, const struct endpoint *server, int listener)
{
	struct relay_routes relaying = { .log = log, .server = server, .listener = listener };

	if (is_datagrams(&relaying))
		open_route(&relaying);
	for (;;)
		wait_and_pass(&relaying);
}

/* ---- whoever has started it ---- */

int relay_start(struct relay *relay, const struct endpoint *server, const char *path)
{
	int listener;

	*relay = (struct relay){ .endpoint = *server };
	relay->log = mmap(NULL, sizeof(*relay->log), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (relay->log == MAP_FAILED) {
		relay->log = NULL;
		return -errno;
	}
	relay->endpoint.port = 0;
	snprintf(relay->endpoint.path, sizeof(relay->endpoint.path), "%s", path);
	listener = wire_listen(&relay->endpoint);
	if (listener < 0)
		return -errno;
	relay->pid = fork_tied();
	if (relay->pid == 0)
		become_relay(relay->log, server, listener);
	close(listener);
	return relay->pid < 0 ? -errno : 0;
}

static void release_stream(struct relay_stream *stream)
{
	buffer_release(&stream->bytes);
	buffer_release(&stream->marks);
}

void relay_stop(struct relay *relay)
{
	if (relay->pid > 0) {
		kill(relay->pid, SIGKILL);
		waitpid(relay->pid, NULL, 0);
	}
	if (relay->log)
		munmap(relay->log, sizeof(*relay->log));
	release_stream(&relay->sent);
	release_stream(&relay->received);
	*relay = (struct relay){ 0 };
}

void relay_traffic(const struct relay *relay, uint64_t *sent, uint64_t *received)
{
	*sent = relay->log->sent;
	*received = relay->log->received;
}

/* ---- its messages ---- */

/* The whole messages among what has come on a stream. */
static bool account_stream(struct relay_stream *stream, bool sent, const uint8_t *bytes,
			   size_t length, struct byte_account *account)
{
	struct framing_message message;
	int r;

	stream->reader.framing = &framing_record_marking;
	stream->reader.limit = FRAMING_MAX_MESSAGE;
	stream->reader.marks = &stream->marks;
	if (buffer_append(&stream->bytes, bytes, length) < 0)
		return false;
	while ((r = framing_next(&stream->reader, stream->bytes.data, &stream->bytes.length,
				 &message)) > 0) {
		byte_account_take(account, sent, &stream->marks, message.bytes, message.length);
		buffer_consume(&stream->bytes, message.consumed);
		stream->marks.length = 0;
	}
	return r == 0;
}

static bool account_one(struct relay *relay, const struct header *header, const uint8_t *bytes,
			struct byte_account *account)
{
	const struct buffer none = { 0 };

	if (relay->endpoint.transport != ENDPOINT_UDP)
		return account_stream(header->sent ? &relay->sent : &relay->received, header->sent,
				      bytes, header->length, account);
	byte_account_take(account, header->sent, &none, bytes, header->length);
	return true;
}

bool relay_account(struct relay *relay, struct byte_account *account)
{
	struct relay_log *log = relay->log;
	bool right = !log->full;
	struct header header;

	for (size_t at = 0; right && at < log->length; at += sizeof(header) + header.length) {
		memcpy(&header, log->kept + at, sizeof(header));
		right = account_one(relay, &header, log->kept + at + sizeof(header), account);
	}
	log->length = 0;
	log->full = false;
	return right;
}
