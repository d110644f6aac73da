/* The server that rpcgen's user gets: rpcgen's dispatchers on libtirpc's svc_run(). */
#include "programs/sidecalld/stock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/blocking.h"
#include "common/container.h"
#include "server/call.h"
#include "server/runtime/transports/address.h"

#define STOP_TIME 2 /* seconds that svc_run() has to come back after SIGTERM */

/* A signal handler, too, is given no context. */
static struct stock *running;

/* ---- listeners: sockets as svc_tli_create() makes them ---- */

struct stock_listener {
	struct listener listener; /* first: all that others see; its watch is not used */
	SVCXPRT *transport;
};

static void stock_close(struct listener *listener)
{
	struct stock_listener *stock = (struct stock_listener *)listener;

	if (listener->lock.fd >= 0)
		unlink(listener->endpoint.path);
	rendezvous_let_go(&listener->lock);
	if (stock->transport)
		SVC_DESTROY(stock->transport); /* it closes the descriptor */
	free(stock);
}

static bool register_programs(SVCXPRT *transport, const struct served *served)
{
	for (const struct sidecall_svc_program *p = served->programs; p->program; p++)
		if (!svc_reg(transport, p->program, p->version, p->dispatch, NULL))
			return false;
	return true;
}

static int set_address(struct listener *listener, int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return -errno;
	endpoint_set_address(&listener->endpoint, (struct sockaddr *)&address, length);
	return 0;
}

static SVCXPRT *create_transport(int fd, enum endpoint_transport transport,
				 const struct served *served)
{
	SVCXPRT *created = transport == ENDPOINT_UDP ? svc_dg_create(fd, 0, 0)
						     : svc_vc_create(fd, 0, 0);

	if (created && register_programs(created, served))
		return created;
	if (created)
		SVC_DESTROY(created); /* it closes the descriptor */
	else
		close(fd);
	return NULL;
}

static const struct served *served_by(struct listeners *listeners)
{
	return &container_of(listeners, struct stock, listeners)->served;
}

/*
 * Hands a bound socket to libtirpc, which owns it from now on, also when this fails.  A lock, if
 * there is one, goes with it on success.  0 or -errno.
 */
static int add_socket(struct listeners *listeners, int fd, const struct endpoint *endpoint,
		      const struct rendezvous_lock *lock)
{
	struct stock_listener *stock = calloc(1, sizeof(*stock));
	int r = stock ? blocking_set(fd, true) : -ENOMEM;

	if (r == 0) {
		stock->listener = (struct listener){
			.watch = { .fd = -1 },
			.owner = listeners,
			.endpoint = *endpoint,
			.lock = lock ? *lock : (struct rendezvous_lock){ .fd = -1 },
			.close = stock_close
		};
		r = set_address(&stock->listener, fd);
	}
	if (r < 0) {
		free(stock);
		close(fd);
		return r;
	}
	stock->transport = create_transport(fd, endpoint->transport, served_by(listeners));
	if (!stock->transport) {
		free(stock);
		return -ENOMEM; /* libtirpc does not say, but has no other reason */
	}
	*listeners->last = &stock->listener;
	listeners->last = &stock->listener.next;
	return 0;
}

static int open_host(struct listeners *listeners, const struct endpoint *endpoint,
		     const struct addrinfo *address, bool reuse_port)
{
	int r, fd = bind_address(address, reuse_port);

	if (fd < 0)
		return fd;
	if (address->ai_socktype != SOCK_STREAM || listen(fd, SOMAXCONN) == 0)
		return add_socket(listeners, fd, endpoint, NULL);
	r = -errno;
	close(fd);
	return r;
}

static const char *open_path(struct listeners *listeners, const struct endpoint *endpoint,
			     char why[SIDECALL_SVC_WHY])
{
	struct endpoint resolved = *endpoint;
	struct rendezvous_lock lock;
	int r = bind_at_path(&resolved, &lock);

	if (r < 0)
		return explain_path(r, &lock, why);
	r = add_socket(listeners, r, &resolved, &lock);
	if (r == 0)
		return NULL;
	unlink(resolved.path);
	rendezvous_let_go(&lock);
	return explain_path(r, &lock, why);
}

const char *stock_open(struct listeners *listeners, const struct endpoint *endpoint,
		       char why[SIDECALL_SVC_WHY])
{
	switch (endpoint->transport) {
	case ENDPOINT_TCP:
		return listen_at_hosts(listeners, endpoint, SOCK_STREAM, open_host, why);
	case ENDPOINT_UDP:
		return listen_at_hosts(listeners, endpoint, SOCK_DGRAM, open_host, why);
	default: /* endpoint_parse() knows tirpc on tcp, udp and unix alone */
		return open_path(listeners, endpoint, why);
	}
}

/*
 * ---- the end ----
 *
 * svc_run() waits without limit, and svc_exit() may not be called by a signal handler, nor would it
 * wake svc_run() up.  So the wish to end comes as calls come: by a descriptor that svc_run() waits
 * for, on a transport whose "call" is svc_exit().  No signal gets lost between a look and a wait.
 */

static bool_t stop_recv(SVCXPRT *transport, struct rpc_msg *message)
{
	struct stock *stock = transport->xp_p1;

	(void)message;
	stock->stopped = true;
	svc_exit();
	return FALSE;
}

static enum xprt_stat stop_stat(SVCXPRT *transport)
{
	(void)transport;
	return XPRT_IDLE;
}

static const struct xp_ops stop_operations = { .xp_recv = stop_recv, .xp_stat = stop_stat };

static void on_stop(int signal)
{
	const uint64_t one = 1;
	int error = errno;

	(void)signal;
	if (write(running->stop.xp_fd, &one, sizeof(one)) < 0)
		_exit(EXIT_FAILURE);
	alarm(STOP_TIME);
	errno = error;
}

/* One client holds libtirpc up: the others' calls cannot be finished either. */
static void on_alarm(int signal)
{
	(void)signal;
	for (const struct listener *l = running->listeners.first; l; l = l->next)
		if (l->lock.fd >= 0) {
			unlink(l->endpoint.path);
			unlink(l->lock.path);
		}
	_exit(EXIT_SUCCESS);
}

static void mask_stop(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(how, &set, NULL);
}

static void catch_signals(void)
{
	const struct sigaction stop = { .sa_handler = on_stop }, late = { .sa_handler = on_alarm };

	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGALRM, &late, NULL);
	mask_stop(SIG_UNBLOCK);
}

/* ---- all of it ---- */

/* A datagram is as long as the buffer that svc_dg_create() makes; a stream has no limit, so it gets
 * the one of our own server. */
static size_t reply_limit(const SVCXPRT *transport)
{
	int type = SOCK_STREAM;
	socklen_t length = sizeof(type);

	getsockopt(transport->xp_fd, SOL_SOCKET, SO_TYPE, &type, &length);
	return type == SOCK_DGRAM ? UDPMSGSIZE : FRAMING_MAX_MESSAGE;
}

int stock_init(struct stock *stock, const struct served *served)
{
	memset(stock, 0, sizeof(*stock));
	listeners_init(&stock->listeners, NULL);
	stock->served = *served;
	stock->call = (struct sidecall_svc_call){ .served = &stock->served };
	stock->stop = (SVCXPRT){ .xp_fd = eventfd(0, EFD_CLOEXEC),
				 .xp_ops = &stop_operations,
				 .xp_p1 = stock };
	if (stock->stop.xp_fd < 0)
		return -errno;
	xprt_register(&stock->stop);
	mask_stop(SIG_BLOCK);
	return 0;
}

int stock_run(struct stock *stock)
{
	running = stock;
	call_set_stock(&stock->call, reply_limit);
	catch_signals();
	svc_run();
	mask_stop(SIG_BLOCK);
	alarm(0);
	return stock->stopped ? 0 : -EIO;
}

void stock_release(struct stock *stock)
{
	listeners_close(&stock->listeners);
	if (stock->stop.xp_fd < 0)
		return;
	xprt_unregister(&stock->stop);
	close(stock->stop.xp_fd);
}
