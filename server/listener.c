/* Where clients come in: listening sockets, whatever their transport. */
#include "server/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/log.h"

#define ACCEPTS_AT_ONCE 64 /* then the sessions have their turn */

static const struct transport *const transports[] = { &transport_tcp, &transport_unix };

static const struct protocol *protocol_of(const struct endpoint *endpoint)
{
	return endpoint->protocol == ENDPOINT_RPC ? &protocol_rpc : &protocol_raw;
}

static int open_spare(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* No descriptor is left: the connection would stay in the queue and wake us for ever, so the
 * spare one is used to take it and to close it. */
static void refuse_without_descriptor(struct listener *listener)
{
	struct listeners *listeners = listener->owner;
	int fd;

	close(listeners->spare);
	fd = accept4(listener->watch.fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	listeners->spare = open_spare();
	log_client("no descriptor is left (ulimit -n): a client was sent away");
}

/* Whether to go on accepting. */
static bool accept_one(struct listener *listener)
{
	struct streams *streams = listener->owner->streams;
	int fd = accept4(listener->watch.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE)
			refuse_without_descriptor(listener);
		return errno == ECONNABORTED || errno == EINTR;
	}
	if (streams->count >= streams->limits->connections) {
		close(fd);
		log_client("there are %u connections (--max-connections): a client was sent away",
			   streams->count);
		return true;
	}
	if (listener->accepted)
		listener->accepted(fd);
	stream_open(streams, protocol_of(&listener->endpoint), fd, fd);
	return true;
}

static void listener_ready(struct watch *watch, uint32_t events)
{
	struct listener *listener = (struct listener *)watch; /* its first member */

	(void)events;
	for (int i = 0; i < ACCEPTS_AT_ONCE && accept_one(listener); i++)
		;
}

void listeners_init(struct listeners *listeners, struct streams *streams)
{
	*listeners = (struct listeners){ .streams = streams, .spare = open_spare() };
	listeners->last = &listeners->first;
}

const char *listeners_open(struct listeners *listeners, const struct endpoint *endpoint,
			   char why[256])
{
	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
		if (transports[i]->transport == endpoint->transport)
			return transports[i]->listen(listeners, endpoint, why);
	return "this transport is not served";
}

int listeners_add(struct listeners *listeners, int fd, const struct endpoint *endpoint,
		  const struct rendezvous_lock *lock, void (*accepted)(int fd))
{
	struct listener *listener = calloc(1, sizeof(*listener));
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	int r = -ENOMEM;

	if (!listener)
		goto failed;
	listener->watch = (struct watch){ .fd = fd, .ready = listener_ready };
	listener->owner = listeners;
	listener->accepted = accepted;
	listener->endpoint = *endpoint;
	listener->lock.fd = -1;
	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) {
		r = -errno;
		goto failed;
	}
	endpoint_set_address(&listener->endpoint, (struct sockaddr *)&address, length);
	r = loop_watch(listeners->streams->loop, &listener->watch, EPOLLIN);
	if (r < 0)
		goto failed;
	if (lock)
		listener->lock = *lock;
	*listeners->last = listener;
	listeners->last = &listener->next;
	return 0;
failed:
	free(listener);
	close(fd);
	return r;
}

static void listener_close(struct listener *listener)
{
	loop_watch(listener->owner->streams->loop, &listener->watch, 0);
	close(listener->watch.fd);
	if (listener->lock.fd >= 0) {
		unlink(listener->endpoint.path);
		rendezvous_let_go(&listener->lock);
	}
	free(listener);
}

void listeners_close(struct listeners *listeners)
{
	struct listener *next, *listener = listeners->first;

	for (; listener; listener = next) {
		next = listener->next;
		listener_close(listener);
	}
	if (listeners->spare >= 0)
		close(listeners->spare);
	*listeners = (struct listeners){ .streams = listeners->streams, .spare = -1 };
	listeners->last = &listeners->first;
}
