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
#include <stdatomic.h>
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

struct between {
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

static bool is_datagrams(const struct between *between)
{
	return between->server->transport == ENDPOINT_UDP;
}

/* False when either end is gone. */
static bool pass_on(struct between *between, const struct route *route, bool sent)
{
	static uint8_t bytes[CHUNK];
	bool datagrams = is_datagrams(between);
	struct sockaddr *peer = (struct sockaddr *)&between->peer;
	ssize_t n;

	if (sent && datagrams) {
		between->peer_length = sizeof(between->peer);
		n = recvfrom(route->client, bytes, sizeof(bytes), 0, peer, &between->peer_length);
	} else {
		n = recv(sent ? route->client : route->server, bytes, sizeof(bytes), 0);
	}
	if (n < 0 || (n == 0 && !datagrams))
		return false;
	keep_bytes(between->log, sent, bytes, (size_t)n);
	if (!sent && datagrams)
		return sendto(route->client, bytes, (size_t)n, 0, peer, between->peer_length) == n;
	return send_all(sent ? route->server : route->client, bytes, (size_t)n);
}

static void open_route(struct between *between)
{
	struct wire client, server;

	if (between->count == ROUTES || !wire_connect(&server, between->server))
		_exit(1);
	if (is_datagrams(between))
		client.in = between->listener;
	else if (!wire_accept(&client, between->server, between->listener))
		_exit(1);
	between->routes[between->count++] = (struct route){ client.in, server.in };
}

static void close_route(struct between *between, int which)
{
	close(between->routes[which].client);
	close(between->routes[which].server);
	between->routes[which] = between->routes[--between->count];
}

static void wait_and_pass(struct between *between)
{
	struct pollfd waiting[1 + 2 * ROUTES];
	int count = between->count;

	/* Datagrams have no connections to be accepted. */
	waiting[0] = (struct pollfd){ .fd = is_datagrams(between) ? -1 : between->listener,
				      .events = POLLIN };
	for (int i = 0; i < count; i++) {
		waiting[1 + 2 * i] = (struct pollfd){ .fd = between->routes[i].client,
						      .events = POLLIN };
		waiting[2 + 2 * i] = (struct pollfd){ .fd = between->routes[i].server,
						      .events = POLLIN };
	}
	poll(waiting, (nfds_t)(1 + 2 * count), -1);
	for (int i = count - 1; i >= 0; i--)
		if ((waiting[1 + 2 * i].revents && !pass_on(between, &between->routes[i], true)) ||
		    (waiting[2 + 2 * i].revents && !pass_on(between, &between->routes[i], false)))
			close_route(between, i);
	if (waiting[0].revents)
		open_route(between);
}

static void become_relay(struct relay_log *log, const struct endpoint *server, int listener)
{
	struct between between = { .log = log, .server = server, .listener = listener };

	if (is_datagrams(&between))
		open_route(&between);
	for (;;)
		wait_and_pass(&between);
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
static bool tally_stream(struct relay_stream *stream, bool sent, const uint8_t *bytes,
			 size_t length, struct tally *tally)
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
		tally_take(tally, sent, &stream->marks, message.bytes, message.length);
		buffer_consume(&stream->bytes, message.consumed);
		stream->marks.length = 0;
	}
	return r == 0;
}

static bool tally_one(struct relay *relay, const struct header *header, const uint8_t *bytes,
		      struct tally *tally)
{
	const struct buffer none = { 0 };

	if (relay->endpoint.transport != ENDPOINT_UDP)
		return tally_stream(header->sent ? &relay->sent : &relay->received, header->sent,
				    bytes, header->length, tally);
	tally_take(tally, header->sent, &none, bytes, header->length);
	return true;
}

bool relay_tally(struct relay *relay, struct tally *tally)
{
	struct relay_log *log = relay->log;
	bool right = !log->full;
	struct header header;

	for (size_t at = 0; right && at < log->length; at += sizeof(header) + header.length) {
		memcpy(&header, log->kept + at, sizeof(header));
		right = tally_one(relay, &header, log->kept + at + sizeof(header), tally);
	}
	log->length = 0;
	log->full = false;
	return right;
}
