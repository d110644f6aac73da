/*
 * The fifo transport, the server's end: named pipes, by which strangers meet.
 *
 * A named pipe has no connections: all its writers write into one.  So the well-known one takes
 * only greetings, and each client brings a pair of its own, whose names are derived from the
 * greeting's number and never sent.  From then on a session is a byte stream like any other.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "server/log.h"
#include "server/transports/address.h"

#define GREETINGS_AT_ONCE 64
#define SWEEP_PERIOD      60 /* seconds between two looks for what dead clients left */
#define FRESH             10 /* seconds in which a client has opened what it made */

struct fifo_listener {
	struct listener listener; /* first: all that others see; its watch is the well-known FIFO */
	char path[RENDEZVOUS_MAX_FIFO];
	char line[RENDEZVOUS_GREETING]; /* one that has not ended yet */
	size_t length;
	int64_t swept; /* when, in milliseconds */
};

/* ---- what dead clients left ---- */

/* Removes a pair that nobody reads replies from, unless it was made in the last `fresh` seconds. */
static void remove_if_stale(const struct endpoint *endpoint, uint64_t number, time_t fresh)
{
	struct rendezvous_pair pair;
	struct stat st;
	int fd;

	rendezvous_pair(endpoint, number, &pair);
	if (lstat(pair.calls, &st) < 0 && lstat(pair.replies, &st) < 0)
		return;
	if (fresh && time(NULL) - st.st_mtime < fresh)
		return;
	fd = rendezvous_open_fifo(pair.replies, O_WRONLY);
	if (fd >= 0) {
		close(fd);
	} else if (fd == -ENXIO || fd == -ENOENT) {
		unlink(pair.calls);
		unlink(pair.replies);
	}
}

static void sweep(struct fifo_listener *fifo, time_t fresh)
{
	const struct endpoint *endpoint = &fifo->listener.endpoint;
	DIR *directory = opendir(endpoint->path);
	struct dirent *entry;
	uint64_t number;

	fifo->swept = loop_clock();
	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (rendezvous_read_name(endpoint, entry->d_name, &number))
			remove_if_stale(endpoint, number, fresh);
	closedir(directory);
}

/* ---- a client's greeting ---- */

/* No descriptor is left but the spare one: it opens and closes the client's replies, so that the
 * client reads their end and need not wait. */
static void refuse_without_descriptor(struct listeners *listeners, const char *replies)
{
	int fd;

	if (listeners->spare >= 0)
		close(listeners->spare);
	fd = rendezvous_open_fifo(replies, O_WRONLY);
	if (fd >= 0)
		close(fd);
	listeners->spare = listeners_open_spare();
	log_client("no descriptor is left (ulimit -n): a client was sent away");
}

/* Opens the client's pair and tells it so.  A client that is gone, or has no such pair, is none. */
static void greet(struct fifo_listener *fifo, uint64_t number)
{
	char greeting[RENDEZVOUS_GREETING + 1];
	struct listener *listener = &fifo->listener;
	struct rendezvous_pair pair;
	int calls, replies;

	rendezvous_greet(number, greeting);
	rendezvous_pair(&listener->endpoint, number, &pair);
	calls = rendezvous_open_fifo(pair.calls, O_RDONLY);
	replies = calls < 0 ? calls : rendezvous_open_fifo(pair.replies, O_WRONLY);
	if (replies >= 0) {
		/* Should the greeting fail, the session notices that its client has gone. */
		if (listener_serve_stream(listener, calls, replies) == 0 &&
		    write(replies, greeting, RENDEZVOUS_GREETING) < 0)
			log_client("a client that greeted has gone");
		return;
	}
	if (calls >= 0)
		close(calls);
	if (calls == -EMFILE || replies == -EMFILE)
		refuse_without_descriptor(listener->owner, pair.replies);
}

/* Takes one byte of what was written into the well-known FIFO: lines, of which some are greetings.
 */
static void take_byte(struct fifo_listener *fifo, char byte)
{
	uint64_t number;

	if (byte != '\n') {
		if (fifo->length < sizeof(fifo->line))
			fifo->line[fifo->length++] = byte;
		return;
	}
	if (rendezvous_read_line(fifo->line, fifo->length, &number))
		greet(fifo, number);
	fifo->length = 0;
}

static void fifo_ready(struct watch *watch, uint32_t events)
{
	struct fifo_listener *fifo = (struct fifo_listener *)watch; /* its first member's first */
	char bytes[GREETINGS_AT_ONCE * RENDEZVOUS_GREETING];
	ssize_t n = read(watch->fd, bytes, sizeof(bytes));

	(void)events;
	for (ssize_t i = 0; i < n; i++)
		take_byte(fifo, bytes[i]);
	if (loop_clock() - fifo->swept >= SWEEP_PERIOD * 1000)
		sweep(fifo, FRESH);
}

/* ---- the well-known FIFO ---- */

static void fifo_close(struct listener *listener)
{
	struct fifo_listener *fifo = (struct fifo_listener *)listener;

	if (listener->lock.fd >= 0) {
		sweep(fifo, 0); /* nobody can be served any more */
		unlink(fifo->path);
	}
	rendezvous_let_go(&listener->lock);
	free(fifo);
}

/* Whether somebody reads it.  Our lock cannot tell of servers that are not ours. */
static bool is_alive(const char *path)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	bool dead = fd < 0 && (errno == ENXIO || errno == ENOENT);

	if (fd >= 0)
		close(fd);
	return !dead;
}

/* Makes and opens it, in the place of a dead server's.  Open for writing too, it has never no
 * writer, and so no end. */
static int make_fifo(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISFIFO(st.st_mode))
		return -EEXIST;
	if (is_alive(path))
		return -EADDRINUSE;
	unlink(path);
	if (mkfifo(path, 0600) < 0)
		return -errno;
	return rendezvous_open_fifo(path, O_RDWR);
}

/* 0, or -errno with nothing left behind but the listener. */
static int open_listener(struct listeners *listeners, struct fifo_listener *fifo)
{
	struct listener *listener = &fifo->listener;
	int r = rendezvous_resolve(&listener->endpoint);

	if (r < 0)
		return r;
	rendezvous_fifo(&listener->endpoint, fifo->path);
	r = rendezvous_claim(&listener->lock, fifo->path);
	if (r < 0)
		return r;
	r = make_fifo(fifo->path);
	if (r < 0) {
		rendezvous_let_go(&listener->lock);
		return r;
	}
	/* As small as can be: all that others wrote stands before a greeting. */
	fcntl(r, F_SETPIPE_SZ, PIPE_BUF);
	listener->watch = (struct watch){ .fd = r, .ready = fifo_ready };
	sweep(fifo, FRESH);
	r = listeners_add(listeners, listener);
	if (r < 0) {
		close(listener->watch.fd);
		unlink(fifo->path);
		rendezvous_let_go(&listener->lock);
	}
	return r;
}

static const char *fifo_listen(struct listeners *listeners, const struct endpoint *endpoint,
			       char why[LISTENER_WHY])
{
	struct fifo_listener *fifo = calloc(1, sizeof(*fifo));
	int r;

	if (!fifo)
		return "out of memory";
	fifo->listener.endpoint = *endpoint;
	fifo->listener.lock.fd = -1;
	fifo->listener.close = fifo_close;
	r = open_listener(listeners, fifo);
	if (r == 0)
		return NULL;
	explain_path(r, &fifo->listener.lock, why);
	free(fifo);
	return why;
}

const struct transport transport_fifo = { .transport = ENDPOINT_FIFO, .listen = fifo_listen };
