/* Where clients come in: one listener for each address that is served, whatever its transport. */
#include "server/runtime/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/container.h"
#include "common/rights.h"
#include "server/runtime/log.h"

#define REST_TIME     100     /* milliseconds without looking at clients that cannot be accepted */
#define MOST_OVERTIME 5000000 /* nanoseconds by which a turn is longer than it should be */
#define LAST_NEWCOMER 65536   /* connections that a queue can have when the server stops */

/* A copy of one that we have: to open something could wait for a file system. */
int listeners_open_spare(const struct listeners *listeners)
{
	return fcntl(listeners->sessions ? listeners->sessions->loop->epoll : STDERR_FILENO,
		     F_DUPFD_CLOEXEC, 0);
}

static int listen_again(struct listener *listener)
{
	return loop_watch(listener->owner->sessions->loop, &listener->watch,
			  listener->exclusive ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN);
}

/* ---- all listeners ---- */

static void rest_is_over(struct timer *timer)
{
	struct listener *listener = container_of(timer, struct listener, timer);

	if (listener->owner->spare < 0)
		listener->owner->spare = listeners_open_spare(listener->owner);
	listen_again(listener);
}

void listeners_init(struct listeners *listeners, struct sessions *sessions)
{
	*listeners = (struct listeners){ .sessions = sessions };
	listeners->spare = listeners_open_spare(listeners);
	listeners->last = &listeners->first;
	if (sessions)
		loop_add_queue(sessions->loop, &listeners->resting, REST_TIME, rest_is_over);
}

int listeners_add(struct listeners *listeners, struct listener *listener)
{
	int r;

	listener->owner = listeners;
	listener->entrance.protocol =
		listeners->sessions->served->protocols[listener->endpoint.protocol];
	listener->entrance.transport = listener->endpoint.transport;
	r = listen_again(listener);
	if (r < 0)
		return r;
	listener->next = NULL;
	*listeners->last = listener;
	listeners->last = &listener->next;
	return 0;
}

static void end_listener(struct listener *listener)
{
	struct listeners *listeners = listener->owner;

	if (listeners->sessions)
		turns_forget(&listeners->sessions->loop->turns, &listener->party);
	if (listener->watch.fd >= 0) {
		timer_stop(&listener->timer);
		loop_watch(listeners->sessions->loop, &listener->watch, 0);
		if (listener->custody != CUSTODY_BORROWED)
			close(listener->watch.fd);
	}
	listener->close(listener);
}

void listeners_remove(struct listeners *listeners, int fd)
{
	struct listener **place = &listeners->first, *listener;

	while ((listener = *place) && listener->watch.fd != fd)
		place = &listener->next;
	if (!listener)
		return;
	*place = listener->next;
	if (!listener->next)
		listeners->last = place;
	end_listener(listener);
}

int listeners_renew(struct listeners *listeners)
{
	int r = 0;

	for (struct listener *l = listeners->first; l && r == 0; l = l->next) {
		l->watch.events = 0;
		r = listen_again(l);
	}
	return r;
}

void listeners_close(struct listeners *listeners)
{
	struct listener *next, *listener = listeners->first;

	for (; listener; listener = next) {
		next = listener->next;
		end_listener(listener);
	}
	if (listeners->spare >= 0)
		close(listeners->spare);
	listeners->spare = -1;
	listeners->first = NULL;
	listeners->last = &listeners->first;
}

void listener_leave_newcomers(struct listener *listener)
{
	struct loop *loop = listener->owner->sessions->loop;

	timer_stop(&listener->timer); /* or it would look again after its rest */
	loop_watch(loop, &listener->watch, 0);
	turns_forget(&loop->turns, &listener->party);
}

void listeners_finish(struct listeners *listeners, int64_t end)
{
	listeners->end = end;
	for (struct listener *l = listeners->first; l; l = l->next)
		if (l->finish)
			l->finish(l);
}

bool listeners_are_over(const struct listeners *listeners)
{
	for (const struct listener *l = listeners->first; l; l = l->next)
		if (l->is_over && !l->is_over(l))
			return false;
	return true;
}

int listeners_share(const struct listeners *listeners, struct listeners *others)
{
	for (struct listener *l = listeners->first; l; l = l->next) {
		int r = l->share && !l->shared ? l->share(l, others) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- listening sockets ---- */

struct socket_listener {
	struct listener listener; /* first: all that others see */
	accept_function *accepted;
};

/* Does not look for a moment: what cannot be accepted now stays in the queue and wakes us. */
static void rest_listener(struct listener *listener)
{
	struct listeners *listeners = listener->owner;

	loop_watch(listeners->sessions->loop, &listener->watch, 0);
	timer_start(listeners->sessions->loop, &listeners->resting, &listener->timer);
}

/* Held for every accept(), so that no worker gets the descriptor that another has just let go of to
 * send a client away. */
static pthread_mutex_t accepting = PTHREAD_MUTEX_INITIALIZER;

/*
 * No descriptor is left: the connection would stay in the queue and wake us for ever, so the spare
 * one is used to take it and to close it.  Whoever opens a file meanwhile may snatch that, too;
 * then there is nothing to do but not to look for a moment, after which there may be one for the
 * client himself.
 */
static void refuse_without_descriptor(struct listener *listener)
{
	struct listeners *listeners = listener->owner;
	bool snatched = listeners->spare < 0;
	int fd;

	pthread_mutex_lock(&accepting);
	if (!snatched) {
		close(listeners->spare);
		fd = accept4(listener->watch.fd, NULL, NULL, SOCK_CLOEXEC);
		snatched = fd < 0 && (errno == EMFILE || errno == ENFILE);
		if (fd >= 0)
			close(fd);
		listeners->spare = listeners_open_spare(listeners);
	}
	pthread_mutex_unlock(&accepting);
	if (snatched)
		rest_listener(listener);
	log_event(EVENT_NO_DESCRIPTOR, NULL, "no descriptor is left (ulimit -n): a client %s",
		  snatched ? "has to wait" : "was sent away");
}

static void cannot_accept(struct listener *listener, int error)
{
	if (error == EMFILE || error == ENFILE) {
		refuse_without_descriptor(listener);
	} else if (error == ENOBUFS || error == ENOMEM) {
		rest_listener(listener);
		log_event(EVENT_SYSTEM_MEMORY, NULL,
			  "the system has no memory for a client, who has to wait: %s",
			  strerror(error));
	}
}

/* A connection on its way to another worker. */
struct newcomer {
	struct posted posted;
	struct entrance entrance;
	struct sessions *owner;
	accept_function *accepted;
	struct connection connection;
};

static void welcome_newcomer(struct posted *posted)
{
	struct newcomer *newcomer = container_of(posted, struct newcomer, posted);

	newcomer->accepted(&newcomer->entrance, newcomer->owner, &newcomer->connection);
	atomic_fetch_sub(&newcomer->owner->count, 1);
	free(newcomer);
}

/* The kernel gives those who come one by one all to the same worker. */
void listener_hand_over(const struct listener *listener, accept_function *accepted,
			const struct connection *connection)
{
	struct sessions *own = listener->owner->sessions, *least = balance_least(own);
	struct newcomer *newcomer = NULL;

	if (least != own && !own->finishing)
		newcomer = malloc(sizeof(*newcomer));
	if (!newcomer) {
		accepted(&listener->entrance, own, connection);
		return;
	}
	*newcomer = (struct newcomer){ .posted.run = welcome_newcomer,
				       .entrance = listener->entrance,
				       .owner = least,
				       .accepted = accepted,
				       .connection = *connection };
	atomic_fetch_add(&least->count, 1); /* it counts at once, or all who come now go there */
	loop_post(least->loop, &newcomer->posted);
}

/* Whether to go on accepting. */
static bool accept_one(struct socket_listener *socket)
{
	struct listener *listener = &socket->listener;
	struct connection connection;
	int fd, error;

	pthread_mutex_lock(&accepting);
	fd = accept4(listener->watch.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	error = errno;
	pthread_mutex_unlock(&accepting);
	if (fd < 0) {
		cannot_accept(listener, error);
		return error == ECONNABORTED || error == EINTR;
	}
	connection = (struct connection){ .in = fd, .out = fd };
	listener_hand_over(listener, socket->accepted, &connection);
	return true;
}

static void socket_ready(struct watch *watch, uint32_t events)
{
	struct listener *listener = container_of(watch, struct listener, watch);

	(void)events;
	loop_ask(listener->owner->sessions->loop, &listener->party);
}

/* When the newcomers' turn ends.  Where others' calls are dear, and their turns longer than they
 * should be, it is longer by as much: or the queue would fill up, and who waits in it could not
 * know why. */
static int64_t end_of_turn(struct listener *listener)
{
	const struct loop *loop = listener->owner->sessions->loop;
	int64_t overtime = loop->overtime - listener->overtime;

	listener->overtime = loop->overtime;
	return loop->turn_end + (overtime < MOST_OVERTIME ? overtime : MOST_OVERTIME);
}

/* The newcomers' turn. */
static bool let_in(struct party *party)
{
	struct listener *listener = container_of(party, struct listener, party);
	int64_t end = end_of_turn(listener);
	bool more;

	do
		more = accept_one((struct socket_listener *)listener);
	while (more && loop_nanoseconds() < end);
	return more;
}

/* Those whose connection was made before the end have asked before it, too. */
static void let_all_in(struct listener *listener)
{
	if (listener->custody == CUSTODY_KEPT) {
		listener_leave_newcomers(listener);
		return;
	}
	for (int i = 0; i < LAST_NEWCOMER && loop_clock() < listener->owner->end; i++)
		if (!accept_one((struct socket_listener *)listener))
			return;
}

/* All workers wait for the one socket, and the kernel wakes one of them. */
static int socket_share_descriptor(struct listener *listener, struct listeners *others)
{
	struct socket_listener *socket = (struct socket_listener *)listener;
	int fd = fcntl(listener->watch.fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	return listeners_add_socket(others, fd, &listener->endpoint, listener->custody, NULL, NULL,
				    socket->accepted);
}

static void socket_close(struct listener *listener)
{
	if (listener->lock.fd >= 0)
		unlink(listener->endpoint.path);
	rendezvous_let_go(&listener->lock);
	free(listener);
}

int listeners_add_socket(struct listeners *listeners, int fd, const struct endpoint *endpoint,
			 enum custody custody, const struct rendezvous_lock *lock,
			 share_function *share, accept_function *accepted)
{
	struct socket_listener *socket = calloc(1, sizeof(*socket));
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	int r = socket ? 0 : -ENOMEM;
	/* A listener's clients inherit what it refuses. */
	bool guarded = endpoint_has_path(endpoint) && !rights_refuse(fd);

	if (r == 0 && getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		r = -errno;
	if (r == 0) {
		socket->accepted = accepted;
		socket->listener.watch = (struct watch){ .fd = fd, .ready = socket_ready };
		socket->listener.endpoint = *endpoint;
		socket->listener.lock = lock ? *lock : (struct rendezvous_lock){ .fd = -1 };
		socket->listener.party.take_turn = let_in;
		socket->listener.entrance.guarded = guarded;
		socket->listener.finish = let_all_in;
		socket->listener.close = socket_close;
		socket->listener.custody = custody;
		socket->listener.share = share ? share : socket_share_descriptor;
		socket->listener.exclusive = !share;
		endpoint_set_address(&socket->listener.endpoint, (struct sockaddr *)&address,
				     length);
		r = listeners_add(listeners, &socket->listener);
	}
	if (r < 0)
		free(socket);
	if (r < 0 && custody != CUSTODY_BORROWED)
		close(fd);
	return r;
}
