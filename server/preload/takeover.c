/* The runtime in the place of libtirpc's. */
#include "server/preload/takeover.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/run_settings.h"
#include "server/preload/error_log.h"
#include "server/preload/libtirpc.h"
#include "server/preload/metrics.h"
#include "server/preload/programs.h"
#include "server/preload/registrations.h"
#include "server/preload/settings.h"
#include "server/preload/transport.h"
#include "server/preload/watchdog.h"
#include "server/runtime/log.h"
#include "server/runtime/protocol.h"
#include "server/runtime/svc_internal.h"
#include "server/runtime/thread.h"

#define MOST_TRANSPORTS 256

static struct sidecall_svc *svc; /* NULL until there is something to serve */
static pid_t owner;              /* the process that serves by it */

/*
 * Threads of the program may reply, make transports and destroy them while another one serves, as
 * they may with libtirpc.  This is held in all that is ours, and by nobody while a dispatcher runs.
 * Signal handlers may come to us as well, within what they interrupt.
 */
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static _Thread_local unsigned int inside; /* how often this thread holds it */

static void enter(void)
{
	pthread_mutex_lock(&lock);
	inside++;
}

static void leave(void)
{
	inside--;
	pthread_mutex_unlock(&lock);
}

/* ---- the transports that were taken ---- */

static struct taken {
	SVCXPRT *transport; /* NULL: none is here */
	bool gone;          /* it is to be destroyed */
	int copy;           /* the descriptor by which its connection is served; -1: it is none */
} taken[MOST_TRANSPORTS];
static bool some_gone;

static struct taken *find_taken(const SVCXPRT *transport)
{
	for (int i = 0; i < MOST_TRANSPORTS; i++)
		if (taken[i].transport == transport)
			return &taken[i];
	return NULL;
}

static void note_gone(int fd)
{
	for (int i = 0; i < MOST_TRANSPORTS; i++)
		if (taken[i].transport && taken[i].transport->xp_fd == fd)
			some_gone = taken[i].gone = true;
}

/* As libtirpc does with a connection that ended. */
static void destroy_gone(void)
{
	some_gone = false;
	for (int i = 0; i < MOST_TRANSPORTS; i++)
		if (taken[i].gone)
			SVC_DESTROY(taken[i].transport);
}

/* ---- serving ---- */

static void renew_after_fork(void);

static void pass_once(void)
{
	enter();
	if (getpid() != owner)
		renew_after_fork();
	registrations_keep(svc);
	sidecall_svc_dispatch(svc);
	if (some_gone)
		destroy_gone();
	transport_show_connections(runtime_connections(svc) > 0);
	leave();
}

/* ---- processes ---- */

static struct compat compat = { .enter = enter, .leave = leave, .gone = note_gone };

/*
 * A fork comes in the middle of nothing of ours, or the child would find a lock that nobody lets
 * go.  The order of these locks is the same everywhere:
 *
 *   1. `lock` above, in what the program calls and in each pass of the loop;
 *   2. that of registrations.c, which is held while rpcbind is asked;
 *   3. that of the thread which looks after entries (registry.c), while it looks.
 *
 * Whoever has one takes none that stands before it.  Who serves takes the second only where it is
 * free, and so waits for no rpcbind; nor does a fork wait for it with the first in its hands.
 */
static void before_fork(void)
{
	enter();
	while (!registrations_try_hold()) {
		leave();
		registrations_await();
		enter();
	}
	/* What was replied is on its way before there are two who could send it. */
	if (svc && getpid() == owner)
		runtime_flush(svc);
}

static void after_fork(void)
{
	registrations_let_go();
	leave();
}

/* Its only thread is not the one that the lock knows. */
static void in_child(void)
{
	lock = (pthread_mutex_t)PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
	inside = 0;
	registrations_let_go();
	compat.in_child = svc != NULL;
}

/* Before the program's own handlers, which so take their locks first: it may hold one of them while
 * it calls us. */
__attribute__((constructor)) static void watch_forks(void)
{
	pthread_atfork(before_fork, after_fork, in_child);
}

static void renew_after_fork(void)
{
	owner = getpid();
	if (compat.in_child)
		runtime_renew(svc);
	registrations_renew();
	compat.in_child = false;
}

/* exit(3), also in a dispatcher, loses no reply. */
__attribute__((destructor)) static void flush_at_exit(void)
{
	enter();
	if (svc && getpid() == owner && !compat.in_child)
		runtime_flush_all(svc);
	leave();
}

/* ---- beginning ---- */

void takeover_wake(void)
{
	if (svc)
		runtime_wake(svc);
}

/* What is served without us is for everybody: where not all may call, it is not served at all. */
static void end_if_restricted(const char *why)
{
	char line[256];

	if (!settings_restrict())
		return;
	snprintf(line, sizeof(line),
		 "%s: everybody could call it, in spite of --%s and --%s, so it ends", why,
		 RUN_ALLOW, RUN_REQUIRE);
	error_log_now(line);
	_exit(EX_UNAVAILABLE);
}

/* Says that this program is not one for us, where `sidecall run` was asked to run it. */
__attribute__((constructor)) static void look_for_libtirpc(void)
{
	const char *process = getenv(RUN_PROCESS);

	if (!process || atoi(process) != getpid() || libtirpc_is_here())
		return;
	end_if_restricted("it is not linked with libtirpc");
	error_log_now("it is not linked with libtirpc, so there is nothing to take "
		      "over: it runs as it would without us");
}

static enum auth_stat authenticate(struct svc_req *request, struct rpc_msg *message,
				   bool_t *no_dispatch)
{
	enum auth_stat (*function)(struct svc_req * request, struct rpc_msg * message,
				   bool_t * no_dispatch) = libtirpc_find("_gss_authenticate");

	return function ? function(request, message, no_dispatch) : AUTH_REJECTEDCRED;
}

static struct sidecall_svc *make_server(void)
{
	struct sidecall_svc_options options;
	struct served served = { .programs = programs_all(),
				 .protocols = { [ENDPOINT_RPC] = &protocol_rpc },
				 .compat = &compat,
				 .has = metrics_knows };

	compat.unwrapped = libtirpc_find("svc_auth_none");
	compat.authenticate = authenticate;
	if (!compat.unwrapped)
		return NULL;
	settings_read(&options, error_log_write);
	options.log = error_log_write;
	return runtime_create(&served, &options);
}

/* False: this cannot be, and libtirpc goes on. */
static bool begin_serving(void)
{
	if (svc)
		return true;
	error_log_find();
	svc = make_server();
	if (!svc)
		return false;
	owner = getpid();
	if (transport_open(sidecall_svc_fd(svc), pass_once) < 0) {
		sidecall_svc_destroy(svc);
		svc = NULL;
		return false;
	}
	metrics_begin(svc, error_log_write);
	watchdog_begin(svc);
	runtime_wake(svc); /* something may be registered already */
	return true;
}

static bool listen_there(const SVCXPRT *transport)
{
	if (getpid() != owner)
		renew_after_fork();
	return runtime_listen_fd(svc, transport->xp_fd, true) == 0;
}

/* Once, for a program registers many a dispatcher on one transport. */
static void say_left(void)
{
	static bool said;

	end_if_restricted("a transport cannot be taken over");
	if (!said)
		error_log_write(NULL,
				"a transport cannot be taken over (it is no socket of ours, or "
				"descriptors or memory are short): libtirpc serves it");
	said = true;
}

static void take(SVCXPRT *transport)
{
	struct taken *place = find_taken(NULL);

	if (find_taken(transport))
		return;
	if (!place || !begin_serving() || !listen_there(transport)) {
		say_left();
		return;
	}
	*place = (struct taken){ .transport = transport,
				 .copy = runtime_copy_of_fd(svc, transport->xp_fd) };
	transport_take_place(transport);
}

void takeover_begin(SVCXPRT *transport, rpcprog_t program, rpcvers_t version,
		    dispatch_function *dispatch)
{
	enter();
	if (programs_add(program, version, dispatch)) {
		if (svc)
			runtime_serve_programs(svc, programs_all());
		take(transport);
	}
	leave();
}

void takeover_forget(rpcprog_t program, rpcvers_t version)
{
	enter();
	programs_remove(program, version);
	leave();
}

void takeover_end(const SVCXPRT *transport)
{
	struct taken *place;

	enter();
	place = transport ? find_taken(transport) : NULL;
	if (place) {
		*place = (struct taken){ 0 };
		if (getpid() != owner)
			renew_after_fork();
		runtime_leave_fd(svc, transport->xp_fd);
	}
	leave();
}

/* ---- what must stay open ---- */

static int nearer(int fd, int other, int from)
{
	return other >= from && (fd < 0 || other < fd) ? other : fd;
}

/* Without the lock, for signal handlers may close descriptors, and so may others at any time. */
int takeover_next_kept(int fd)
{
	int fds[RUNTIME_DESCRIPTORS], next = -1;

	if (inside || thread_is_ours() || !transport_is_open())
		return -1;
	runtime_descriptors(svc, fds);
	for (int i = 0; i < RUNTIME_DESCRIPTORS; i++)
		next = nearer(next, fds[i], fd);
	for (int i = 0; i < MOST_TRANSPORTS; i++)
		if (taken[i].transport)
			next = nearer(next, taken[i].copy, fd);
	return nearer(next, transport_silent(), fd);
}
