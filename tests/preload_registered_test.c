/* `sidecall run`: what a program has registered with rpcbind stays there, and is nobody else's. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rpc/pmap_clnt.h>
#include <rpc/rpc.h>

#include "client/runtime/clock.h"
#include "tests/kit/harness.h"
#include "tests/kit/odd.h"
#include "tests/kit/process.h"
#include "tests/kit/registered.h"
#include "tests/kit/rpcbind.h"

static const char *const create[] = { "-c", "create", "-u", NULL };

/* Where rpcbind says that it is; 0: nowhere. */
static uint16_t find_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return pmap_getport(&in, ODD_PROGRAM, 1, IPPROTO_TCP);
}

static struct odd odd_of(const char *option)
{
	return (struct odd){ .how = OURS, .way = TCP, .standard = -1, .option = option };
}

/* Starts one that rpcbind names from then on. */
static bool start(struct odd *odd, const char *const words[])
{
	if (!odd_start(odd, words))
		return false;
	odd->port = find_port();
	CHECK_THAT(odd->port != 0, "it is registered: %s", odd_errors(odd));
	return odd->port != 0;
}

static void await_port(const struct odd *odd, const char *when)
{
	uint16_t found = 0;

	AWAIT((found = find_port()) == odd->port);
	CHECK_THAT(found == odd->port, "%s: rpcbind names %d, not %d: %s", when, found, odd->port,
		   odd_errors(odd));
	odd_check_served(odd, when);
}

static void restart_rpcbind(void)
{
	rpcbind_stop();
	if (!rpcbind_start())
		CU_FAIL_FATAL("rpcbind does not start");
}

/* ---- it stays ---- */

static void check_restart(const char *const words[])
{
	struct odd odd = odd_of(NULL);

	if (start(&odd, words)) {
		restart_rpcbind();
		await_port(&odd, "after a restart");
		restart_rpcbind();
		await_port(&odd, "after another one");
	}
	odd_stop(&odd);
}

static void test_restart(void)
{
	static const char *const background[] = { "-c", "create", "-b", "before", NULL };
	static const char *const workers[] = { "-c", "create", "-b", "workers", NULL };

	if (!rpcbind_start())
		return;
	check_restart(create);
	check_restart(background);
	check_restart(workers);
	rpcbind_stop();
}

/* A process that was forked, and makes nothing of it, does not end what is kept. */
static void test_fork(void)
{
	struct odd odd = odd_of(NULL);
	int fd;

	if (!rpcbind_start())
		return;
	if (start(&odd, create)) {
		fd = odd_connect(&odd);
		odd_ask(&odd, fd, DO, CHILD_EXITS);
		odd_receive_reply(odd.way, fd);
		close(fd);
		restart_rpcbind();
		await_port(&odd, "after a fork");
	}
	odd_stop(&odd);
	rpcbind_stop();
}

/* Threads that register, and processes that are forked meanwhile and register, too: none waits for
 * a lock that nobody lets go. */
static void test_forks(void)
{
	struct odd odd = odd_of(NULL);

	odd.program = "tests/preload/forks";
	if (!odd_can_preload() || !rpcbind_start())
		return;
	if (odd_start(&odd, odd_no_words)) {
		int status = odd_wait(&odd);

		CHECK_THAT(status == 5, "it ends with %d: %s", status, odd_errors(&odd));
		odd.pid = status < 0 ? odd.pid : 0;
	}
	odd_stop(&odd);
	rpcbind_stop();
}

/* ---- and it goes ---- */

static void test_unregistered(void)
{
	struct odd odd = odd_of(NULL);

	if (!rpcbind_start())
		return;
	if (start(&odd, create)) {
		kill(odd.server, SIGTERM);
		CHECK_INT(odd_wait(&odd), 7);
		odd.pid = odd.server = 0;
		CHECK_INT(find_port(), 0);
	}
	odd_stop(&odd);
	rpcbind_stop();
}

static void test_crashed(void)
{
	struct odd dead = odd_of(NULL), next = odd_of(NULL);
	char rest[64];
	int held;

	if (!rpcbind_start())
		return;
	held = registered_reserve_port(SOCK_STREAM, rest);
	if (start(&dead, create)) {
		registered_add(ODD_PROGRAM, 9, "tcp", rest);
		process_halt(dead.server, SIGKILL);
		CHECK_INT(find_port(), dead.port);
		if (start(&next, create)) {
			CU_ASSERT(next.port != dead.port);
			AWAIT(!registered_has(ODD_PROGRAM, 9, "tcp", rest));
			CU_ASSERT_FALSE(registered_has(ODD_PROGRAM, 9, "tcp", rest));
			await_port(&next, "in the place of one that crashed");
		}
		odd_stop(&next);
	}
	odd_stop(&dead);
	close(held);
	rpcbind_stop();
}

/* Entries of anybody's that lead to where nobody answers hold no program up for long: in other
 * versions, and of this one by other transports, which it removes with its own. */
static void test_silent(void)
{
	static const char *const netids[] = { "udp", "udp6", "tcp6", "unix", "a", "b", "c", "d" };
	struct odd odd = odd_of(NULL);
	char stale[64], address[64];
	int held = registered_reserve_port(SOCK_STREAM, stale), silent;
	int64_t began = clock_now();

	if (!odd_can_preload() || !rpcbind_start())
		return;
	silent = registered_add_silent(ODD_PROGRAM, stale);
	for (unsigned int i = 0; i < sizeof(netids) / sizeof(netids[0]); i++) {
		registered_silent_address(silent, 200 + i, address);
		registered_add(ODD_PROGRAM, 1, netids[i], address);
	}
	if (start(&odd, create)) {
		CHECK_THAT(clock_now() - began < REGISTERED_SILENT / 2 * INT64_C(1000000000),
			   "it takes long to start");
		AWAIT(!registered_has_stale(ODD_PROGRAM, stale));
		CU_ASSERT(!registered_has_stale(ODD_PROGRAM, stale));
	}
	odd_stop(&odd);
	close(silent);
	close(held);
	rpcbind_stop();
}

/* ---- two of them ---- */

static void test_living(void)
{
	struct odd first = odd_of(NULL), second = odd_of(NULL);

	if (!rpcbind_start())
		return;
	if (start(&first, create)) {
		CU_ASSERT(odd_begin(&second, create));
		CHECK_INT(odd_wait(&second), EXIT_FAILURE);
		second.pid = 0;
		CHECK_THAT(strstr(odd_errors(&second),
				  "another server has the place, and is alive, "
				  "at 0.0.0.0:") &&
				   strstr(odd_errors(&second),
					  "End that one, or say --replace to take the place"),
			   "%s", odd_errors(&second));
		odd_stop(&second);
		await_port(&first, "beside a second one");
	}
	odd_stop(&first);
	rpcbind_stop();
}

/* The first one sees that its place is taken, and leaves it. */
static void test_replaced(void)
{
	struct odd first = odd_of(NULL), second = odd_of("--replace");

	if (!odd_can_preload() || !rpcbind_start())
		return;
	if (start(&first, create) && start(&second, create)) {
		CU_ASSERT(first.port != second.port);
		await_port(&second, "in the place of one that is alive");
		kill(first.server, SIGTERM);
		CHECK_INT(odd_wait(&first), 7);
		first.pid = first.server = 0;
		await_port(&second, "when that one has unregistered");
	}
	odd_stop(&second);
	odd_stop(&first);
	rpcbind_stop();
}

static const struct test tests[] = {
	{ "again, when rpcbind was restarted", test_restart },
	{ "also when something was forked", test_fork },
	{ "while processes are forked", test_forks },
	{ "not longer than the program wants", test_unregistered },
	{ "in the place of one that crashed", test_crashed },
	{ "beside entries that lead to where nobody answers", test_silent },
	{ "not in the place of one that is alive", test_living },
	{ "in that, too, with --replace", test_replaced },
	{ 0 },
};

/* A program that unregisters in a signal handler does what a sanitizer minds, whoever's functions
 * are called there. */
static void let_it(void)
{
	const char *before = getenv("TSAN_OPTIONS");
	char options[512];

	snprintf(options, sizeof(options), "%s:report_signal_unsafe=0", before ? before : "");
	setenv("TSAN_OPTIONS", options, 1);
}

int main(void)
{
	let_it();
	program_use_built();
	rpcbind_enter();
	return harness_run("preload_registered", tests);
}
