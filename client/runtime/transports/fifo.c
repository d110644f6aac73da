/*
 * The fifo transport, the client's end: a pair of named pipes of our own, one for each direction,
 * and a greeting into the server's well-known one that says which they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/runtime/stream.h"
#include "client/runtime/transports/local.h"
#include "common/rendezvous.h"

#define MEETINGS 4 /* with servers that stop as soon as they have welcomed us */

/* All that is open while client and server meet. */
struct fifo_handshake {
	struct rendezvous_pair pair;
	char greeting[RENDEZVOUS_GREETING + 1];
	int server;         /* the well-known FIFO, for writing */
	int calls, replies; /* our own, or -1 */
};

/* Makes our own pair, and opens the one we read: only then can the server open it for writing. */
static int make_pair(const struct endpoint *endpoint, struct fifo_handshake *handshake)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	rendezvous_greet(number, handshake->greeting);
	rendezvous_pair(endpoint, number, &handshake->pair);
	if (mkfifo(handshake->pair.calls, 0600) < 0 || mkfifo(handshake->pair.replies, 0600) < 0)
		return -errno;
	handshake->replies = rendezvous_open_fifo(handshake->pair.replies, O_RDONLY);
	return handshake->replies < 0 ? handshake->replies : 0;
}

static int send_greeting(const struct fifo_handshake *handshake, int64_t deadline)
{
	while (write(handshake->server, handshake->greeting, RENDEZVOUS_GREETING) < 0) {
		int r = errno == EAGAIN ? clock_wait(handshake->server, POLLOUT, deadline) : -errno;

		if (r < 0)
			return r;
	}
	return 0;
}

/* Waits for the server to write our greeting back (0), or to go (-ECONNREFUSED), or to send us
 * away, which it does by closing our pair (-ECONNRESET). */
static int await_welcome(const struct fifo_handshake *handshake, int64_t deadline)
{
	struct pollfd waiting[2] = { { .fd = handshake->replies, .events = POLLIN },
				     { .fd = handshake->server } };
	char welcome[RENDEZVOUS_GREETING];
	ssize_t n;

	while (!waiting[0].revents) {
		int r = clock_wait_any(waiting, 2, deadline);

		if (r < 0)
			return r;
		if (!waiting[0].revents && (waiting[1].revents & POLLERR))
			return -ECONNREFUSED;
	}
	n = read(handshake->replies, welcome, sizeof(welcome));
	if (n < 0)
		return -errno;
	if (n == 0)
		return waiting[1].revents & POLLERR ? -ECONNREFUSED : -ECONNRESET;
	if (n != sizeof(welcome) || memcmp(welcome, handshake->greeting, sizeof(welcome)) != 0)
		return -EPROTO;
	return 0;
}

/* The end that we write: the server, which has welcomed us, has the other one open.  -ESTALE when
 * it stopped since. */
static int open_calls(struct fifo_handshake *handshake)
{
	handshake->calls = rendezvous_open_fifo(handshake->pair.calls, O_WRONLY);
	if (handshake->calls == -ENXIO)
		return -ESTALE;
	return handshake->calls < 0 ? handshake->calls : 0;
}

static int meet_server(const struct endpoint *endpoint, struct fifo_handshake *handshake,
		       int64_t deadline)
{
	char path[RENDEZVOUS_MAX_FIFO];
	int r;

	rendezvous_fifo(endpoint, path);
	handshake->server = rendezvous_open_fifo(path, O_WRONLY);
	if (handshake->server < 0)
		return handshake->server == -ENXIO ? -ECONNREFUSED : handshake->server;
	r = make_pair(endpoint, handshake);
	if (r == 0)
		r = send_greeting(handshake, deadline);
	if (r == 0)
		r = await_welcome(handshake, deadline);
	if (r == 0)
		r = open_calls(handshake);
	/* Once both ends are open, names are of no use to anybody. */
	unlink(handshake->pair.calls);
	unlink(handshake->pair.replies);
	close(handshake->server);
	return r;
}

/* A server that stops may be followed by another. */
static int meet_one_that_stays(const struct endpoint *endpoint, struct fifo_handshake *handshake,
			       int64_t deadline)
{
	int r = -ESTALE;

	for (int i = 0; i < MEETINGS && r == -ESTALE; i++) {
		if (handshake->replies >= 0)
			close(handshake->replies);
		*handshake = (struct fifo_handshake){ .server = -1, .calls = -1, .replies = -1 };
		r = meet_server(endpoint, handshake, deadline);
	}
	return r == -ESTALE ? -ECONNRESET : r;
}

static int explain_meeting(const struct endpoint *endpoint, int error, struct failure *failure)
{
	char what[200];

	if (error == ECONNRESET)
		return failure_set(failure, FAILURE_UNAVAILABLE,
				   "the server sent us away: it has no room for another client");
	snprintf(what, sizeof(what), "cannot meet the server by the named pipe in %s",
		 endpoint->path);
	return failure_system(failure, error == EPIPE ? ECONNREFUSED : error, what);
}

static int fifo_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		     struct failure *failure)
{
	struct fifo_handshake handshake = { .server = -1, .calls = -1, .replies = -1 };
	struct endpoint resolved = *endpoint;
	int r = rendezvous_resolve(&resolved);

	if (r < 0)
		return local_no_directory(r, failure);
	r = meet_one_that_stays(&resolved, &handshake, deadline);
	if (r < 0) {
		if (handshake.replies >= 0)
			close(handshake.replies);
		return explain_meeting(&resolved, -r, failure);
	}
	*channel = stream_channel(handshake.replies, handshake.calls, channel_framing(endpoint));
	if (!*channel)
		return failure_system(failure, ENOMEM, "cannot connect");
	snprintf((*channel)->peers, CHANNEL_PEERS, "%s and .replies", handshake.pair.calls);
	return 0;
}

const struct channel_transport channel_fifo = { .open = fifo_open };
