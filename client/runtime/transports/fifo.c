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

/* All that is open while client and server meet. */
struct meeting {
	struct rendezvous_pair pair;
	char greeting[RENDEZVOUS_GREETING + 1];
	int server;         /* the well-known FIFO, for writing */
	int calls, replies; /* our own, or -1 */
};

/* Makes our own pair, and opens the one we read: only then can the server open it for writing. */
static int make_pair(const struct endpoint *endpoint, struct meeting *meeting)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	rendezvous_greet(number, meeting->greeting);
	rendezvous_pair(endpoint, number, &meeting->pair);
	if (mkfifo(meeting->pair.calls, 0600) < 0 || mkfifo(meeting->pair.replies, 0600) < 0)
		return -errno;
	meeting->replies = rendezvous_open_fifo(meeting->pair.replies, O_RDONLY);
	return meeting->replies < 0 ? meeting->replies : 0;
}

static int send_greeting(const struct meeting *meeting, int64_t deadline)
{
	while (write(meeting->server, meeting->greeting, RENDEZVOUS_GREETING) < 0) {
		int r = errno == EAGAIN ? clock_wait(meeting->server, POLLOUT, deadline) : -errno;

		if (r < 0)
			return r;
	}
	return 0;
}

/* Waits for the server to write our greeting back (0), or to go (-ECONNREFUSED), or to send us
 * away, which it does by closing our pair (-ECONNRESET). */
static int await_welcome(const struct meeting *meeting, int64_t deadline)
{
	struct pollfd waiting[2] = { { .fd = meeting->replies, .events = POLLIN },
				     { .fd = meeting->server } };
	char welcome[RENDEZVOUS_GREETING];
	ssize_t n;

	while (!waiting[0].revents) {
		int r = clock_wait_any(waiting, 2, deadline);

		if (r < 0)
			return r;
		if (!waiting[0].revents && (waiting[1].revents & POLLERR))
			return -ECONNREFUSED;
	}
	n = read(meeting->replies, welcome, sizeof(welcome));
	if (n < 0)
		return -errno;
	if (n == 0)
		return waiting[1].revents & POLLERR ? -ECONNREFUSED : -ECONNRESET;
	if (n != sizeof(welcome) || memcmp(welcome, meeting->greeting, sizeof(welcome)) != 0)
		return -EPROTO;
	return 0;
}

/* The end that we write: the server, which has welcomed us, has the other one open. */
static int open_calls(struct meeting *meeting)
{
	meeting->calls = rendezvous_open_fifo(meeting->pair.calls, O_WRONLY);
	if (meeting->calls == -ENXIO)
		return -ECONNRESET;
	return meeting->calls < 0 ? meeting->calls : 0;
}

static int meet_server(const struct endpoint *endpoint, struct meeting *meeting, int64_t deadline)
{
	char path[RENDEZVOUS_MAX_FIFO];
	int r;

	rendezvous_fifo(endpoint, path);
	meeting->server = rendezvous_open_fifo(path, O_WRONLY);
	if (meeting->server < 0)
		return meeting->server == -ENXIO ? -ECONNREFUSED : meeting->server;
	r = make_pair(endpoint, meeting);
	if (r == 0)
		r = send_greeting(meeting, deadline);
	if (r == 0)
		r = await_welcome(meeting, deadline);
	if (r == 0)
		r = open_calls(meeting);
	/* Once both ends are open, names are of no use to anybody. */
	unlink(meeting->pair.calls);
	unlink(meeting->pair.replies);
	close(meeting->server);
	return r;
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
	struct meeting meeting = { .server = -1, .calls = -1, .replies = -1 };
	struct endpoint resolved = *endpoint;
	int r = rendezvous_resolve(&resolved);

	if (r < 0)
		return local_no_directory(r, failure);
	r = meet_server(&resolved, &meeting, deadline);
	if (r < 0) {
		if (meeting.replies >= 0)
			close(meeting.replies);
		return explain_meeting(&resolved, -r, failure);
	}
	*channel = stream_channel(meeting.replies, meeting.calls, channel_framing(endpoint));
	if (!*channel)
		return failure_system(failure, ENOMEM, "cannot connect");
	snprintf((*channel)->peers, CHANNEL_PEERS, "%s and .replies", meeting.pair.calls);
	return 0;
}

const struct channel_transport channel_fifo = { .open = fifo_open };
