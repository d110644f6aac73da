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
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/container.h"
#include "server/runtime/log.h"
#include "server/runtime/stream.h"
#include "server/runtime/transports/address.h"
#include "server/runtime/transports/all.h"
#include "server/runtime/transports/given.h"

#define GREETINGS_AT_ONCE 16 /* that a turn reads */
#define MOST_GREETED      64 /* clients whose pipes are being opened; then others wait */
#define FRESH             10 /* seconds in which a client has opened what it made */

struct fifo_listener {
	struct listener listener; /* first: all that others see; its watch is the well-known FIFO */
	char path[RENDEZVOUS_MAX_FIFO];
	char line[RENDEZVOUS_GREETING]; /* one that has not ended yet */
	size_t length;
	struct pool_share share; /* of the pool, that opens what clients made */
	struct pool_owner owner; /* likewise */
	struct job sweeping;     /* looks for what dead clients left */
	int64_t swept;           /* when, in milliseconds */
	bool is_sweeping;
	atomic_int spare;     /* a descriptor in hand, to let a client go when no other is left */
	unsigned int greeted; /* clients whose pipes are being opened */
	bool finishing;       /* the server stops: who greets now is too late */
	bool closed;          /* freed when nothing of the pool's names it any more */
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

/* May take long: there may be any number of files. */
static void sweep_directory(const struct fifo_listener *fifo, time_t fresh)
{
	const struct endpoint *endpoint = &fifo->listener.endpoint;
	DIR *directory = opendir(endpoint->path);
	struct dirent *entry;
	uint64_t number;

	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (rendezvous_read_name(endpoint, entry->d_name, &number))
			remove_if_stale(endpoint, number, fresh);
	closedir(directory);
}

static struct pool *pool_of(const struct fifo_listener *fifo)
{
	struct pool *const *pools = fifo->listener.owner->sessions->pools;

	return pools ? pools[POOL_HOUSEKEEPING] : NULL;
}

static void free_if_over(struct fifo_listener *fifo)
{
	if (!fifo->closed || fifo->greeted || fifo->is_sweeping)
		return;
	if (fifo->spare >= 0)
		close(fifo->spare);
	free(fifo);
}

static bool sweep_run(struct job *job)
{
	sweep_directory(container_of(job, struct fifo_listener, sweeping), FRESH);
	return true;
}

static void sweep_done(struct job *job)
{
	struct fifo_listener *fifo = container_of(job, struct fifo_listener, sweeping);

	fifo->is_sweeping = false;
	free_if_over(fifo);
}

static void sweep_in_time(struct fifo_listener *fifo)
{
	const struct sessions *sessions = fifo->listener.owner->sessions;
	const int64_t period = sessions->limits->sweep_period * INT64_C(1000);
	struct loop *loop = sessions->loop;

	if (fifo->is_sweeping || loop->now - fifo->swept < period)
		return;
	fifo->swept = loop->now;
	fifo->sweeping = (struct job){ .run = sweep_run, .done = sweep_done, .loop = loop };
	if (pool_of(fifo))
		fifo->is_sweeping = pool_submit(pool_of(fifo), &fifo->share, &fifo->owner,
						&fifo->sweeping) == 0;
}

/* ---- a client's greeting ---- */

/* A client whose pipes are being opened, by a thread of the pool. */
struct greeting {
	struct job job;
	struct fifo_listener *fifo;
	uint64_t number;
	int calls, replies; /* its pipes, or -errno */
};

/* No descriptor is left but the spare one: it opens and closes the client's replies, so that the
 * client reads their end and need not wait. */
static void refuse_without_descriptor(struct fifo_listener *fifo, const char *replies)
{
	int fd, spare = atomic_exchange(&fifo->spare, -1);

	if (spare >= 0)
		close(spare);
	fd = rendezvous_open_fifo(replies, O_WRONLY);
	if (fd >= 0)
		close(fd);
	spare = listeners_open_spare(fifo->listener.owner);
	spare = atomic_exchange(&fifo->spare, spare);
	if (spare >= 0)
		close(spare);
	log_event(EVENT_NO_DESCRIPTOR, NULL,
		  "no descriptor is left (ulimit -n): a client was sent away");
}

/* Opens the client's pair.  A client that is gone, or has no such pair, is none. */
static bool open_pair(struct job *job)
{
	struct greeting *greeting = container_of(job, struct greeting, job);
	struct rendezvous_pair pair;

	rendezvous_pair(&greeting->fifo->listener.endpoint, greeting->number, &pair);
	greeting->replies = -ENOENT;
	greeting->calls = rendezvous_open_fifo(pair.calls, O_RDONLY);
	if (greeting->calls >= 0)
		greeting->replies = rendezvous_open_fifo(pair.replies, O_WRONLY);
	if (greeting->calls == -EMFILE || greeting->replies == -EMFILE)
		refuse_without_descriptor(greeting->fifo, pair.replies);
	return true;
}

/* Tells a client that it is served: its number comes back.  Should it be gone, the session notices
 * that. */
static void welcome_client(const struct connection *connection, const struct peer_id *peer)
{
	char welcome[RENDEZVOUS_GREETING + 1];

	rendezvous_greet(connection->number, welcome);
	if (write(connection->out, welcome, RENDEZVOUS_GREETING) < 0)
		log_event(EVENT_GREETED_AND_GONE, peer, "a client that greeted has gone");
}

/* When the server stops the session may be over at once.  Who comes then is to learn that it was,
 * and may come again, and not that there was no room. */
static void fifo_accepted(const struct entrance *entrance, struct sessions *owner,
			  const struct connection *connection)
{
	const struct peer_id peer = peer_of_user(geteuid()); /* they are nobody else's */
	bool late = owner->finishing;

	if (late)
		welcome_client(connection, &peer);
	if (stream_open(owner, entrance, connection, &peer) == 0 && !late)
		welcome_client(connection, &peer);
}

static void greet_client(struct job *job)
{
	struct greeting *greeting = container_of(job, struct greeting, job);
	struct fifo_listener *fifo = greeting->fifo;
	const struct connection pair = { .in = greeting->calls,
					 .out = greeting->replies,
					 .number = greeting->number };

	fifo->greeted--;
	if (pair.in >= 0 && pair.out >= 0 && !fifo->closed) {
		listener_hand_over(&fifo->listener, fifo_accepted, &pair);
	} else {
		if (pair.in >= 0)
			close(pair.in);
		if (pair.out >= 0)
			close(pair.out);
	}
	free(greeting);
	if (!fifo->closed)
		loop_ask(fifo->listener.owner->sessions->loop, &fifo->listener.party);
	free_if_over(fifo);
}

static void open_later(struct fifo_listener *fifo, uint64_t number)
{
	struct greeting *greeting = calloc(1, sizeof(*greeting));

	if (!greeting)
		return; /* the client's time runs out */
	greeting->fifo = fifo;
	greeting->number = number;
	greeting->job = (struct job){ .run = open_pair,
				      .done = greet_client,
				      .loop = fifo->listener.owner->sessions->loop,
				      .always = true };
	fifo->greeted++;
	if (!pool_of(fifo))
		open_pair(&greeting->job);
	else if (pool_submit(pool_of(fifo), &fifo->share, &fifo->owner, &greeting->job) == 0)
		return;
	else
		greeting->calls = greeting->replies = -1; /* likewise */
	greet_client(&greeting->job);
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
		open_later(fifo, number);
	fifo->length = 0;
}

/* Not while many clients are let in, nor after the end. */
static bool may_greet(const struct fifo_listener *fifo)
{
	return fifo->greeted < MOST_GREETED && !fifo->finishing;
}

/* Watches for greetings, if there may be more. */
static void watch_greetings(struct fifo_listener *fifo)
{
	loop_watch(fifo->listener.owner->sessions->loop, &fifo->listener.watch,
		   may_greet(fifo) ? EPOLLIN : 0);
}

/* Reads greetings.  Whether there may be more. */
static bool read_greetings(struct fifo_listener *fifo)
{
	char bytes[GREETINGS_AT_ONCE * RENDEZVOUS_GREETING];
	ssize_t n = read(fifo->listener.watch.fd, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < n; i++)
		take_byte(fifo, bytes[i]);
	return n == (ssize_t)sizeof(bytes);
}

static void fifo_ready(struct watch *watch, uint32_t events)
{
	struct listener *listener = container_of(watch, struct listener, watch);

	(void)events;
	loop_ask(listener->owner->sessions->loop, &listener->party);
}

/* The newcomers' turn. */
static bool take_turn(struct party *party)
{
	struct fifo_listener *fifo = (struct fifo_listener *)container_of(party, struct listener,
									  party);

	sweep_in_time(fifo);
	if (may_greet(fifo))
		read_greetings(fifo);
	watch_greetings(fifo);
	return false; /* the loop tells of what is left */
}

/* Who has greeted by now is still served: that much the FIFO can hold, and others who go on writing
 * are not waited for. */
static void finish_greetings(struct listener *listener)
{
	struct fifo_listener *fifo = (struct fifo_listener *)listener;
	unsigned int reads = PIPE_BUF / (GREETINGS_AT_ONCE * RENDEZVOUS_GREETING) + 1;
	bool kept = listener->custody == CUSTODY_KEPT;

	while (!kept && read_greetings(fifo) && --reads)
		;
	fifo->finishing = true;
	watch_greetings(fifo);
}

static bool is_over(const struct listener *listener)
{
	return !((const struct fifo_listener *)listener)->greeted;
}

/* ---- the well-known FIFO ---- */

static void fifo_close(struct listener *listener)
{
	struct fifo_listener *fifo = (struct fifo_listener *)listener;

	if (listener->lock.fd >= 0) {
		sweep_directory(fifo, 0); /* nobody can be served any more */
		unlink(fifo->path);
	}
	rendezvous_let_go(&listener->lock);
	fifo->closed = true;
	free_if_over(fifo);
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

/* 0, or -errno with the well-known FIFO as it was. */
static int watch_fifo(struct listeners *listeners, struct fifo_listener *fifo, int fd)
{
	/* As small as can be: all that others wrote stands before a greeting. */
	fcntl(fd, F_SETPIPE_SZ, PIPE_BUF);
	fifo->listener.watch = (struct watch){ .fd = fd, .ready = fifo_ready };
	sweep_directory(fifo, FRESH);
	fifo->swept = loop_clock();
	return listeners_add(listeners, &fifo->listener);
}

/* 0, or -errno with nothing left behind but the listener. */
static int open_listener(struct listeners *listeners, struct fifo_listener *fifo)
{
	struct listener *listener = &fifo->listener;
	int fd, r = rendezvous_resolve(&listener->endpoint);

	if (r < 0)
		return r;
	rendezvous_fifo(&listener->endpoint, fifo->path);
	r = rendezvous_claim(&listener->lock, fifo->path);
	if (r < 0)
		return r;
	fd = make_fifo(fifo->path);
	r = fd < 0 ? fd : watch_fifo(listeners, fifo, fd);
	if (r == 0)
		return 0;
	if (fd >= 0) {
		close(fd);
		unlink(fifo->path);
	}
	rendezvous_let_go(&listener->lock);
	return r;
}

static struct fifo_listener *new_listener(struct listeners *listeners,
					  const struct endpoint *endpoint)
{
	struct fifo_listener *fifo = calloc(1, sizeof(*fifo));

	if (!fifo)
		return NULL;
	pool_share_init(&fifo->share);
	pool_owner_init(&fifo->owner);
	fifo->spare = listeners_open_spare(listeners);
	fifo->listener.owner = listeners;
	fifo->listener.endpoint = *endpoint;
	fifo->listener.lock.fd = -1;
	fifo->listener.party.take_turn = take_turn;
	fifo->listener.finish = finish_greetings;
	fifo->listener.is_over = is_over;
	fifo->listener.close = fifo_close;
	return fifo;
}

static void free_listener(struct fifo_listener *fifo)
{
	fifo->closed = true;
	free_if_over(fifo);
}

int fifo_serve(struct listeners *listeners, int fd, const struct endpoint *endpoint,
	       enum custody custody)
{
	struct fifo_listener *fifo = new_listener(listeners, endpoint);
	int r;

	if (fifo)
		fifo->listener.custody = custody;
	r = fifo ? watch_fifo(listeners, fifo, fd) : -ENOMEM;
	if (r < 0 && fifo)
		free_listener(fifo);
	if (r < 0 && custody != CUSTODY_BORROWED)
		close(fd);
	return r;
}

static const char *fifo_listen(struct listeners *listeners, const struct endpoint *endpoint,
			       char why[SIDECALL_SVC_WHY])
{
	struct fifo_listener *fifo = new_listener(listeners, endpoint);
	int r;

	if (!fifo)
		return "out of memory";
	r = open_listener(listeners, fifo);
	if (r == 0)
		return NULL;
	if (fifo->listener.endpoint.path[0])
		explain_path(r, &fifo->listener.lock, why);
	else
		rendezvous_explain(r, why, SIDECALL_SVC_WHY);
	free_listener(fifo);
	return why;
}

const struct transport transport_fifo = { .transport = ENDPOINT_FIFO, .listen = fifo_listen };
