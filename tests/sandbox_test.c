/* sidecall sandbox: what is within, how it ends, and that nothing is left. */
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/namespace.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MOST_WORDS   24

static char ours[PATH_MAX];
static const char *why_not; /* there are no namespaces here */

/* ---- running it, as root or as somebody who is nobody ---- */

/* util-linux's, which every Debian has. */
static const char *const as_nobody[] = { "/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534",
					 "--clear-groups",   NULL };

/* "[setpriv ...] sidecall sandbox [--bare] -- sh -c SCRIPT sidecall": in the script $0 is sidecall.
 */
static void compose(const char *words[MOST_WORDS], bool nobody, bool bare, const char *script)
{
	int count = 0;

	for (int i = 0; nobody && as_nobody[i]; i++)
		words[count++] = as_nobody[i];
	words[count++] = ours;
	words[count++] = "sandbox";
	if (bare)
		words[count++] = "--bare";
	words[count++] = "--";
	words[count++] = "sh";
	words[count++] = "-c";
	words[count++] = script;
	words[count++] = ours;
	words[count] = NULL;
}

static struct outcome run(bool nobody, bool bare, const char *script)
{
	const char *words[MOST_WORDS];

	compose(words, nobody, bare, script);
	return process_run(words, NULL);
}

/* Also what runs there: setpriv itself still reaches what root does. */
static bool nobody_can_run(void)
{
	struct outcome outcome = run(geteuid() == 0, true, "$0 --version >/dev/null");
	bool can = outcome.status == 0;

	outcome_release(&outcome);
	return can;
}

static bool can_run(void)
{
	if (why_not)
		harness_skip(why_not);
	return !why_not;
}

/* ---- how it ends ---- */

static void test_status(void)
{
	static const struct {
		const char *script;
		int status;
	} cases[] = {
		{ "exit 0", 0 },
		{ "exit 7", 7 },
		{ "kill -TERM $$", 128 + SIGTERM },
		{ "kill -KILL $$", 128 + SIGKILL },
		{ "sleep 1000 & exit 5", 5 }, /* and does not wait for that */
		{ "(sleep 0.01; exit 9) & (exec sleep 0.02) & wait; exit 6", 6 },
		{ "[ $$ -lt 10 ]", 0 }, /* its own processes */
		{ "kill -TERM 1 2>/dev/null; sleep 1000",
		  143 }, /* sent to it by way of the first */
	};

	for (size_t i = 0; can_run() && i < COUNT(cases); i++) {
		struct outcome outcome = run(false, true, cases[i].script);

		CHECK_THAT(outcome.status == cases[i].status, "%s: %d", cases[i].script,
			   outcome.status);
		CHECK_STR(outcome.error, "");
		outcome_release(&outcome);
	}
}

static void test_usage(void)
{
	static const struct {
		const char *words[5], *error;
		int status;
	} cases[] = {
		{ { "sandbox", NULL }, "a command is needed", 64 },
		{ { "sandbox", "--bare", "--", NULL }, "a command is needed", 64 },
		{ { "sandbox", "--bare", "--", "/no/such", NULL }, "/no/such: No such file", 127 },
		{ { "sandbox", "--bare", "--", "/", NULL }, "/: Permission denied", 126 },
	};

	for (size_t i = 0; can_run() && i < COUNT(cases); i++) {
		const char *words[6] = { ours };
		struct outcome outcome;

		memcpy(words + 1, cases[i].words, sizeof(cases[i].words));
		outcome = process_run(words, NULL);
		CHECK_INT(outcome.status, cases[i].status);
		CHECK_THAT(strstr(outcome.error, cases[i].error), "%s has %s", outcome.error,
			   cases[i].error);
		outcome_release(&outcome);
	}
}

/* ---- what is within ---- */

static void check_within(bool nobody)
{
	/* Two programs, by rpcbind and by the Unix socket; the loopback, and nothing else. */
	static const char script[] = "$0 divide 84 2; $0 --via rpc+tcp://localhost divide 21 3;"
				     "$0 services | grep -c ' CALC.* alive';"
				     "echo $SIDECALL_DIR $SIDECALL_VIA; ls /run | xargs;"
				     "grep -c : /proc/net/dev; id -u; head -c 4 /proc/1/comm";
	struct outcome outcome;
	char *lines[8] = { NULL };
	int count = 0;

	setenv("SIDECALL_VIA", "raw+unix:/somewhere", 1);
	outcome = run(nobody, false, script);
	unsetenv("SIDECALL_VIA");
	for (char *rest = outcome.out; count < 8 && (lines[count] = strsep(&rest, "\n")); count++)
		;
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	CHECK_STR(lines[0], "42");
	CHECK_STR(lines[1], "7");
	CHECK_THAT(count == 8 && atoi(lines[2]) > 1, "registered: %s", lines[2]);
	CHECK_STR(lines[3], "/run/sidecall");
	CHECK_STR(lines[4], "rpcbind rpcbind.lock rpcbind.sock sidecall sidecall.log");
	CHECK_STR(lines[5], "1");
	CHECK_STR(lines[6], "0");
	CHECK_STR(lines[7], "side");
	outcome_release(&outcome);
}

static bool has_rpcbind(void)
{
	if (access("/usr/sbin/rpcbind", X_OK) == 0)
		return true;
	harness_skip("rpcbind is not installed");
	return false;
}

static void test_within(void)
{
	if (can_run() && has_rpcbind())
		check_within(false);
}

static void test_within_for_users(void)
{
	if (geteuid() != 0)
		harness_skip("the test before was a user's");
	else if (!nobody_can_run())
		harness_skip("another user may not run what was built here");
	else if (can_run() && has_rpcbind())
		check_within(true);
}

/* In a child, which has a view of its own of what is installed. */
static void test_without_rpcbind(void)
{
	struct outcome outcome;
	int status;
	pid_t child;

	if (!can_run())
		return;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		if (namespace_enter(CLONE_NEWNET | CLONE_NEWNS) ||
		    (access("/usr/sbin/rpcbind", F_OK) == 0 &&
		     mount("/dev/null", "/usr/sbin/rpcbind", NULL, MS_BIND, NULL) < 0))
			_exit(77);
		outcome = run(false, false, "$0 divide 84 2");
		_exit(outcome.status == 0 && strcmp(outcome.out, "42\n") == 0 &&
				      strstr(outcome.error, "apt-get install rpcbind")
			      ? 0
			      : 1);
	}
	waitpid(child, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		harness_skip("rpcbind cannot be hidden here");
	else
		CHECK_INT(status, 0);
}

static void test_without_daemon(void)
{
	struct outcome outcome;

	if (!can_run())
		return;
	setenv("SIDECALLD", "/no/such", 1);
	outcome = run(false, false, "echo never");
	CHECK_INT(outcome.status, 71);
	CHECK_STR(outcome.out, "");
	CHECK_THAT(strstr(outcome.error, "/no/such: No such file"), "%s", outcome.error);
	CHECK_THAT(strstr(outcome.error, "sidecalld does not start"), "%s", outcome.error);
	outcome_release(&outcome);
	program_use_built();
}

/* Within a sandbox of a user's its kernel's switches are his. */
static void test_refused(void)
{
	static const char script[] = "echo 0 >/proc/sys/user/max_user_namespaces &&"
				     "exec setpriv --bounding-set=-all --inh-caps=-all "
				     "$0 sandbox --bare -- true";
	struct outcome outcome;

	if (!can_run())
		return;
	if (!nobody_can_run()) {
		harness_skip("another user may not run what was built here");
	} else if (geteuid() == 0) {
		outcome = run(true, true, script);
		CHECK_INT(outcome.status, 77);
		CHECK_THAT(strstr(outcome.error, "sysctl -w user.max_user_namespaces="), "%s",
			   outcome.error);
		outcome_release(&outcome);
	} else {
		harness_skip("only root can be another user, who is not in a sandbox of his own");
	}
}

/* ---- signals, and that nothing is left ---- */

struct running {
	pid_t pid;
	int in, out, error;
};

static struct running start(const char *script)
{
	const char *words[MOST_WORDS];
	struct running running;
	char c;

	compose(words, false, true, script);
	running.pid = process_start(words, &running.in, &running.out, &running.error);
	CHECK_INT(read(running.out, &c, 1), 1); /* it runs */
	return running;
}

static void test_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };

	for (size_t i = 0; can_run() && i < COUNT(signals); i++) {
		struct running running = start("trap 'exit 3' TERM INT HUP USR1; echo; "
					       "while :; do sleep 0.01; done");
		struct outcome outcome;

		kill(running.pid, signals[i]);
		close(running.in);
		outcome = process_end(running.pid, running.out, running.error);
		CHECK_THAT(outcome.status == 3, "signal %d: %d", signals[i], outcome.status);
		outcome_release(&outcome);
	}
}

/* All that was started there holds a pipe, which ends with the last of them. */
static void test_killed(void)
{
	struct outcome outcome;
	struct running running;

	if (!can_run())
		return;
	running = start("sleep 1000 & setsid sleep 1000 & echo; exec sleep 1000");
	kill(running.pid, SIGKILL);
	close(running.in);
	outcome = process_end(running.pid, running.out, running.error);
	CHECK_INT(outcome.status, 128 + SIGKILL);
	outcome_release(&outcome);
}

/* What a terminal sends is everybody's there: the command decides, and we end with it. */
static void test_typed(void)
{
	static const char typist[] = "import os, pty, sys\n"
				     "pid, terminal = pty.fork()\n"
				     "if pid == 0: os.execv(sys.argv[1], sys.argv[1:])\n"
				     "while b'ready' not in os.read(terminal, 99): pass\n"
				     "os.write(terminal, b'\\x03')\n"
				     "sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n";
	const char *words[] = { "/usr/bin/python3",
				"-c",
				typist,
				ours,
				"sandbox",
				"--bare",
				"--",
				"sh",
				"-c",
				"trap 'exit 4' INT; echo ready; while :; do sleep 0.01; done",
				NULL };
	struct outcome outcome;

	if (!can_run())
		return;
	if (access(words[0], X_OK) != 0) {
		harness_skip("no python3 to type");
		return;
	}
	outcome = process_run(words, NULL);
	CHECK_INT(outcome.status, 4);
	outcome_release(&outcome);
}

int main(void)
{
	static const struct test tests[] = {
		{ "its status is the command's", test_status },
		{ "usage", test_usage },
		{ "what is within", test_within },
		{ "the same for users", test_within_for_users },
		{ "without rpcbind", test_without_rpcbind },
		{ "without sidecalld", test_without_daemon },
		{ "where nobody may make namespaces", test_refused },
		{ "signals are the command's", test_signals },
		{ "nothing is left of one that was killed", test_killed },
		{ "Ctrl-C", test_typed },
		{ 0 },
	};
	struct outcome outcome;
	int status;

	if (!program_use_built())
		return EXIT_FAILURE;
	/* LeakSanitizer looks by a process of its own, which other namespaces do not have. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	snprintf(ours, sizeof(ours), "%s", program_path("sidecall"));
	outcome = run(false, true, "exit 0");
	if (outcome.status == 77)
		why_not = outcome.error;
	status = harness_run("sandbox", tests);
	outcome_release(&outcome);
	return status;
}
