/* What a service manager is told of us: ready, alive, reloading, stopping. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/xdr.h"
#include "server/runtime/svc_internal.h"
#include "tests/kit/activator.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"

#define PATIENCE (HARNESS_PATIENCE * 1000) /* milliseconds */
#define PERIOD   10                        /* milliseconds between two signs of life */
#define SILENCE  300                       /* milliseconds without any */
#define PROGRAM  0x20001234
#define WORKERS  3
#define CALL     44 /* bytes of a call without arguments, with its record mark */

/* ---- the daemon ---- */

static void start(struct activator *activator, struct daemon *daemon)
{
	CU_ASSERT_FATAL(activator_start(activator, daemon, NULL));
	CU_ASSERT(activator_hears(activator, "READY=1\n", PATIENCE));
}

static void test_life(void)
{
	struct activator activator;
	struct daemon daemon;

	activator_open(&activator);
	activator.watchdog = "200000"; /* microseconds */
	activator_add_host(&activator, SOCK_STREAM, "rpc");
	start(&activator, &daemon);
	for (int i = 0; i < 3; i++)
		CU_ASSERT(activator_hears(&activator, "WATCHDOG=1\n", PATIENCE));
	kill(daemon.pid, SIGHUP);
	CU_ASSERT(activator_hears(&activator, "RELOADING=1\nMONOTONIC_USEC=", PATIENCE));
	CU_ASSERT(activator_hears(&activator, "READY=1\n", PATIENCE));
	kill(daemon.pid, SIGTERM);
	CU_ASSERT(activator_hears(&activator, "STOPPING=1\n", PATIENCE));
	CHECK_INT(daemon_stop(&daemon), 0);
	activator_close(&activator);
}

/* Who does not ask for signs of life gets none. */
static void test_no_watchdog(void)
{
	struct activator activator;
	struct daemon daemon;

	activator_open(&activator);
	activator_add_host(&activator, SOCK_STREAM, "rpc");
	start(&activator, &daemon);
	CU_ASSERT_FALSE(activator_hears(&activator, "WATCHDOG=1\n", 100));
	CHECK_INT(daemon_stop(&daemon), 0);
	activator_close(&activator);
}

/* When a terminal is gone, SIGHUP ends the server, as ever. */
static void test_terminal(void)
{
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, NULL));
	kill(daemon.pid, SIGHUP);
	AWAIT(observe_state(daemon.pid) == 'Z');
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* A manager that is not there is said, and done without. */
static void test_no_manager(void)
{
	struct daemon daemon;

	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, NULL));
	unsetenv("NOTIFY_SOCKET");
	CU_ASSERT(daemon_says(&daemon, "/nowhere/at/all (NOTIFY_SOCKET)", PATIENCE));
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- a worker that hangs ---- */

static atomic_uint beats;
static atomic_bool hangs;
static sem_t freed;
static pthread_t first; /* the thread of the first worker */

/* Which of them is to hang, by the thread that calls it. */
static atomic_bool the_first;

static void dispatch(struct svc_req *request, SVCXPRT *transport)
{
	(void)request;
	if ((bool)pthread_equal(pthread_self(), first) == the_first &&
	    !atomic_exchange(&hangs, true))
		sem_wait(&freed);
	svc_sendreply(transport, xdr_nothing, NULL);
}

static const struct sidecall_svc_program programs[] = {
	{ .program = PROGRAM, .version = 1, .dispatch = dispatch },
	{ 0 },
};

static void beat(void *context)
{
	(void)context;
	atomic_fetch_add(&beats, 1);
}

static void *serve(void *argument)
{
	first = pthread_self();
	CHECK_INT(sidecall_svc_run(argument), 0);
	return NULL;
}

static int connect_and_call(struct sidecall_svc *svc)
{
	const uint32_t call[CALL / 4] = {
		htonl(0x80000000 | (CALL - 4)), htonl(7), 0, htonl(2), htonl(PROGRAM), htonl(1)
	};
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_port = htons((uint16_t)atoi(strrchr(sidecall_svc_address(svc, 0), ':') + 1));
	CU_ASSERT_FATAL(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	CHECK_INT(write(fd, call, sizeof(call)), sizeof(call));
	return fd;
}

static bool is_beating(void)
{
	unsigned int before = atomic_load(&beats);

	poll(NULL, 0, SILENCE);
	return atomic_load(&beats) != before;
}

/* It is answered, or hangs. */
static void await_end(int fd)
{
	struct pollfd reply = { .fd = fd, .events = POLLIN };

	AWAIT(atomic_load(&hangs) || poll(&reply, 1, 0) > 0);
}

static void await_beat(void)
{
	unsigned int before = atomic_load(&beats);

	AWAIT(atomic_load(&beats) != before);
	CHECK_THAT(atomic_load(&beats) != before, "all workers serve, and nobody says so");
}

/* Clients come until one is with the worker that hangs then. */
static void check_hanging(bool one_is_first)
{
	struct sidecall_svc_options options;
	struct sidecall_svc *svc;
	char why[SIDECALL_SVC_WHY];
	int clients[64], count = 0;
	pthread_t thread;

	sidecall_svc_defaults(&options);
	options.workers = WORKERS;
	svc = sidecall_svc_create(programs, NULL, &options);
	CU_ASSERT_PTR_NOT_NULL_FATAL(svc);
	CU_ASSERT_PTR_NULL_FATAL(sidecall_svc_listen(svc, "rpc+tcp://127.0.0.1:0", why));
	CHECK_INT(runtime_heartbeat(svc, PERIOD, beat, NULL), 0);
	atomic_store(&hangs, false);
	atomic_store(&the_first, one_is_first);
	sem_init(&freed, 0, 0);
	CHECK_INT(pthread_create(&thread, NULL, serve, svc), 0);
	await_beat();
	while (!atomic_load(&hangs) && count < 64) {
		clients[count] = connect_and_call(svc);
		await_end(clients[count++]);
	}
	CHECK_THAT(atomic_load(&hangs), "none of %d clients is with the worker", count);
	AWAIT(!is_beating());
	CHECK_THAT(!is_beating(), "a worker hangs, and no one misses it");
	sem_post(&freed);
	await_beat();
	sidecall_svc_stop(svc);
	pthread_join(thread, NULL);
	while (count)
		close(clients[--count]);
	CHECK_INT(sidecall_svc_destroy(svc), true);
	sem_destroy(&freed);
}

static void test_hanging(void)
{
	check_hanging(true);
	check_hanging(false);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a daemon's life, as it tells it", test_life },
		{ "no watchdog, no signs of life", test_no_watchdog },
		{ "SIGHUP from a terminal", test_terminal },
		{ "a service manager that is not there", test_no_manager },
		{ "a worker that hangs is missed", test_hanging },
		{ 0 },
	};

	if (!program_use_built())
		return 1;
	return harness_run("managed", tests);
}
