/* The daemon, and a real rpcbind that dies, hangs, comes later or is another one. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rpc/rpc.h>
#include <rpc/rpcb_prot.h>

#include "client/runtime/clock.h"
#include "common/fork.h"
#include "sandbox/rpcbind.h"
#include "server/runtime/log.h"
#include "server/runtime/registry/registry.h"
#include "server/runtime/transports/all.h"
#include "server/runtime/worker.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/registered.h"
#include "tests/kit/rpcbind.h"
#include "tests/kit/serving.h"

#define NONE_ANSWERS "no rpcbind answers"
#define SECONDS      INT64_C(1000000000)
#define HOUR         3600000        /* milliseconds */
#define SOON         (12 * SECONDS) /* to wait for each of nine entries takes half as long again */

/* Who asks rpcbind itself is told that it does not run, and where. */
static void check_nobody_asked(const char *via, const char *word)
{
	const char *argv[] = { program_path("sidecall"),          "--via", via, word,
			       word[0] == 'p' ? "rpcbind" : NULL, NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_INT(outcome.status, 69);
	CHECK_THAT(strstr(outcome.error, "no rpcbind answers on localhost. Start it there"), "%s",
		   outcome.error);
	outcome_release(&outcome);
}

static void stop_soon(struct daemon *daemon)
{
	int64_t began = clock_now();

	CHECK_INT(daemon_stop(daemon), 0);
	CU_ASSERT(clock_now() - began < SOON);
}

static void test_rpcbind_dies(void)
{
	struct daemon daemon;

	if (!rpcbind_start())
		return;
	registered_start(&daemon, registered_everywhere);
	rpcbind_stop();
	registered_check_sidecall(daemon_endpoint(&daemon, "rpc+tcp"), 0, "");
	registered_check_sidecall("rpc+tcp", 69, NONE_ANSWERS);
	stop_soon(&daemon);
}

static void test_no_rpcbind(void)
{
	struct daemon daemon;

	if (rpcbind_missing()) {
		harness_skip(rpcbind_missing());
		return;
	}
	registered_start(&daemon, registered_everywhere);
	registered_check_said(&daemon, "rpcbind does not answer at " _PATH_RPCBINDSOCK, 1);
	registered_check_sidecall(daemon_endpoint(&daemon, "rpc+tcp"), 0, "");
	registered_check_sidecall("rpc+tcp", 69, NONE_ANSWERS);
	registered_check_sidecall("rpc+tcp://localhost", 69, NONE_ANSWERS);
	check_nobody_asked("rpc+tcp", "services");
	check_nobody_asked("rpc+tcp", "ping");
	stop_soon(&daemon);
}

/* Who is told that rpcbind is missing starts it, and does not wait half a minute. */
static void test_rpcbind_comes_later(void)
{
	struct daemon daemon;
	int64_t began;

	if (rpcbind_missing()) {
		harness_skip(rpcbind_missing());
		return;
	}
	registered_start(&daemon, registered_by_tcp);
	rpcbind_start();
	began = clock_now();
	AWAIT(registered_count() == registered_expected(&daemon));
	CU_ASSERT(clock_now() - began < 20 * SECONDS);
	registered_check_all(&daemon);
	stop_soon(&daemon);
	rpcbind_stop();
}

/* Whether one of both said that the other has a place, which it does when it looks again. */
static bool one_gave_way(const struct daemon daemons[2])
{
	size_t said_so = 0;

	for (int i = 0; i < 2; i++) {
		char *text = registered_said(&daemons[i]);

		said_so += registered_count_in(text, "another server has the place, and is alive");
		free(text);
	}
	return said_so > 0;
}

/* Two daemons that have long confined themselves: whoever is first at a place of the new rpcbind
 * stays there.  Both can be first, at different ones. */
static void test_daemons_meet_at_a_new_rpcbind(void)
{
	struct daemon daemons[2];
	bool gave_way;

	if (!rpcbind_start())
		return;
	registered_start(&daemons[0], registered_by_tcp);
	registered_start(&daemons[1], registered_replacing);
	registered_check_all(&daemons[1]);
	CHECK_INT(kill(daemons[0].pid, 0), 0);
	rpcbind_stop();
	rpcbind_start();
	AWAIT((gave_way = one_gave_way(daemons)));
	CU_ASSERT(gave_way);
	CHECK_INT(registered_count(), registered_expected(&daemons[0]));
	for (int i = 0; i < 2; i++)
		CHECK_INT(daemon_stop(&daemons[i]), 0);
	rpcbind_stop();
}

/* It takes connections, and says nothing. */
static void test_rpcbind_hangs(void)
{
	struct daemon daemon;
	int64_t began;

	if (!rpcbind_start())
		return;
	process_halt(rpcbind_process(), SIGSTOP);
	began = clock_now();
	registered_start(&daemon, registered_everywhere);
	CU_ASSERT(clock_now() - began < SOON);
	registered_check_said(&daemon, "rpcbind", 1);
	registered_check_sidecall(daemon_endpoint(&daemon, "rpc+tcp"), 0, "");
	registered_check_sidecall("rpc+tcp", 75, "rpcbind");
	stop_soon(&daemon);
	rpcbind_stop();
}

/* Waits until there are so many entries, for longer than a few looks take. */
static void wait_for_entries(size_t count)
{
	AWAIT(registered_count() == count);
	CHECK_INT(registered_count(), count);
}

/* A server in this process, and where it logs. */
struct here {
	struct serving serving;
	struct workers *workers;
	struct registry *registry;
	struct log_target target;
	int log[2];
};

static void take_line(void *context, const char *line)
{
	const struct here *here = context;

	dprintf(here->log[1], "%s\n", line);
}

static void here_start(struct here *here, unsigned int period, bool replace)
{
	const struct endpoint endpoint = { .protocol = ENDPOINT_RPC,
					   .transport = ENDPOINT_TCP,
					   .host = "127.0.0.1" };
	const struct limits limits = { .message = 1024 };
	struct registry_order order = { .period = period, .tidy = true, .replace = replace };
	struct listeners *listeners;
	char why[SIDECALL_SVC_WHY];

	CHECK_INT(pipe2(here->log, O_CLOEXEC | O_NONBLOCK), 0);
	log_target_init(&here->target, take_line, here, LOG_INFO);
	log_use(&here->target);
	serving_open(&here->serving, ".", 0);
	here->workers = workers_open(1, &here->serving.served, &limits);
	CU_ASSERT_FATAL(here->workers != NULL);
	listeners = &here->workers->list[0].listeners;
	CU_ASSERT_FATAL(transports_listen(listeners, &endpoint, why) == NULL);
	order.listeners = listeners;
	order.programs = here->serving.served.programs;
	here->registry = registry_start(&order);
}

static void here_stop(struct here *here)
{
	registry_stop(here->registry);
	log_use(NULL);
	workers_close(here->workers);
	serving_close(&here->serving);
	close(here->log[0]);
	close(here->log[1]);
}

/* It would not look again for an hour, but notices that rpcbind ended.  The new one knows nothing,
 * until it does. */
static void test_rpcbind_restarts(void)
{
	struct here here;

	if (!rpcbind_start())
		return;
	here_start(&here, HOUR, false);
	CHECK_INT(registered_count(), REGISTERED_PROGRAMS);
	for (int i = 0; i < 2; i++) {
		rpcbind_stop();
		rpcbind_start();
		wait_for_entries(REGISTERED_PROGRAMS);
	}
	here_stop(&here);
	CHECK_INT(registered_count(), 0);
	rpcbind_stop();
}

/* A socket at rpcbind's path, as a service manager has it, in any process. */
static int open_rpcbinds_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = _PATH_RPCBINDSOCK };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(fd, 16), 0);
	return fd;
}

/* rpcbind as systemd starts it (sd_listen_fds(3)). */
static pid_t start_rpcbind_at(int fd)
{
	pid_t pid = fork_tied();
	char own[16];

	if (pid == 0) {
		snprintf(own, sizeof(own), "%d", (int)getpid());
		setenv("LISTEN_PID", own, 1);
		setenv("LISTEN_FDS", "1", 1);
		if (dup2(fd, 3) == 3 && fcntl(3, F_SETFD, 0) == 0)
			execl(sandbox_rpcbind(), "rpcbind", "-f", (char *)NULL);
		_exit(127);
	}
	return pid;
}

/* The socket stays, and nobody's calls are refused: only who was connected learns of the end. */
static void test_rpcbind_restarts_at_its_socket(void)
{
	struct here here;
	pid_t pid;
	int fd;

	if (rpcbind_missing()) {
		harness_skip(rpcbind_missing());
		return;
	}
	fd = open_rpcbinds_socket();
	pid = start_rpcbind_at(fd);
	here_start(&here, HOUR, false);
	CHECK_INT(registered_count(), REGISTERED_PROGRAMS);
	process_halt(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	pid = start_rpcbind_at(fd);
	wait_for_entries(REGISTERED_PROGRAMS);
	here_stop(&here);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
	unlink(_PATH_RPCBINDSOCK);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
	(void)number;
	signals++;
}

/* That is an error, and no signal, which would end a program that does not ignore it. */
static void test_rpcbind_hangs_up(void)
{
	struct rpcbind rpcbind;
	int fd;

	if (rpcbind_missing()) {
		harness_skip(rpcbind_missing());
		return;
	}
	fd = open_rpcbinds_socket();
	signal(SIGPIPE, count_signal);
	CHECK_INT(rpcbind_open(&rpcbind), 0);
	close(accept(fd, NULL, NULL));
	CHECK_INT(rpcbind_ask_all(&rpcbind), RPC_CANTSEND);
	CHECK_INT(signals, 0);
	raise(SIGPIPE);
	CHECK_INT(signals, 1);
	signal(SIGPIPE, SIG_IGN);
	rpcbind_close(&rpcbind);
	close(fd);
	unlink(_PATH_RPCBINDSOCK);
}

/* Another one takes its place.  It says so, once, leaves it that, and has its place again when that
 * one has ended. */
static void test_place_is_taken(void)
{
	struct pollfd line = { .events = POLLIN };
	struct daemon daemon;
	char text[4096] = "";
	struct here here;

	if (!rpcbind_start())
		return;
	here_start(&here, 20, true);
	line.fd = here.log[0];
	registered_start(&daemon, registered_replacing);
	registered_check_all(&daemon);
	CHECK_INT(poll(&line, 1, HARNESS_PATIENCE * 1000), 1);
	registered_check_all(&daemon);
	CHECK_INT(daemon_stop(&daemon), 0);
	wait_for_entries(REGISTERED_PROGRAMS);
	CU_ASSERT(read(here.log[0], text, sizeof(text) - 1) > 0);
	/* Where others have the processor it does not answer in time, and that is said, too. */
	CHECK_THAT(registered_count_in(text, "another server has the place, ") >= 1, "%s", text);
	CHECK_THAT(registered_count_in(text, "has the place, and is alive") <= 1, "%s", text);
	here_stop(&here);
	rpcbind_stop();
}

static const struct test tests[] = {
	{ "rpcbind dies", test_rpcbind_dies },
	{ "no rpcbind", test_no_rpcbind },
	{ "rpcbind comes later", test_rpcbind_comes_later },
	{ "two daemons meet at a new rpcbind", test_daemons_meet_at_a_new_rpcbind },
	{ "rpcbind hangs", test_rpcbind_hangs },
	{ "rpcbind restarts", test_rpcbind_restarts },
	{ "rpcbind restarts at its socket", test_rpcbind_restarts_at_its_socket },
	{ "rpcbind hangs up", test_rpcbind_hangs_up },
	{ "another one takes the place", test_place_is_taken },
	{ 0 },
};

int main(void)
{
	int status;

	signal(SIGPIPE, SIG_IGN);
	rpcbind_enter();
	status = harness_run("registry_rpcbind", tests);
	rpcbind_stop();
	return status;
}
