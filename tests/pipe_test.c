/* The pipe transport from outside: a server that is its client's child, and ends with it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TIMEOUT      (HARNESS_PATIENCE * SECOND)

static const char *const kinds[] = { "rpc+pipe", "raw+pipe" };

static char directory[64]; /* of this program, and its working directory */
static char sidecall[PATH_MAX], sidecalld[PATH_MAX];

/* ---- programs ---- */

/* Runs a line of shell, in which $SIDECALL and $SIDECALLD_PROGRAM name the programs. */
static struct outcome shell(const char *line)
{
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };

	return process_run(argv, NULL);
}

/* Its exit status, its whole output, and a part of its errors, unless these are NULL. */
static void check_shell(const char *line, int status, const char *out, const char *error)
{
	unsigned int failures = CU_get_number_of_failures();
	struct outcome outcome = shell(line);

	CHECK_INT(outcome.status, status);
	if (out)
		CHECK_STR(outcome.out, out);
	if (error && !strstr(outcome.error, error))
		CHECK_STR(outcome.error, error);
	if (CU_get_number_of_failures() > failures)
		printf("      line: %s\n      says: %s\n", line, outcome.error);
	outcome_release(&outcome);
}

/* This process adopts the orphans of its children, so that none can go unseen. */
static void check_nobody_left(void)
{
	CU_ASSERT(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static void make_script(const char *name, const char *text)
{
	FILE *file = fopen(name, "we");

	CU_ASSERT_FATAL(file != NULL);
	fprintf(file, "#!/bin/sh\n%s\n", text);
	fclose(file);
	chmod(name, 0700);
}

static void make_file(const char *name, off_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CU_ASSERT_FATAL(fd >= 0 && ftruncate(fd, size) == 0);
	close(fd);
}

/* ---- answers ---- */

static void test_answers(void)
{
	make_file("here", 1234);
	check_shell("$SIDECALL --via rpc+pipe add 40 2", 0, "42\n", NULL);
	check_nobody_left();
	check_shell("$SIDECALL --via raw+pipe add 40 2", 0, "42\n", NULL);
	check_nobody_left();
	/* It serves the client's working directory. */
	check_shell("$SIDECALL --via raw+pipe list | grep -x here", 0, "here\n", NULL);
	check_shell("test \"$($SIDECALL --via rpc+pipe digest here)\" = \"$(sha256sum here)\"", 0,
		    "", NULL);
	check_shell("$SIDECALL --via rpc+pipe accumulate a 1 && "
		    "$SIDECALL --via rpc+pipe accumulate a 1",
		    0, "1\n1\n", NULL);
	check_nobody_left();
}

/* Standard descriptors that the caller does not have: in their place stands nothing that can be
 * written to, and no connection, to which output and trace would go. */
static void check_closed_descriptors(const char *via)
{
	static const struct {
		const char *redirections;
		int status;
		const char *out;
	} cases[] = {
		{ "<&-", 0, "42\n" },
		{ "2>&-", 0, "42\n" },
		{ "<&- 2>&-", 0, "42\n" },
		{ ">&-", FAILURE_OUTPUT, "" },
		{ "<&- >&-", FAILURE_OUTPUT, "" },
		{ "<&- >&- 2>&-", FAILURE_OUTPUT, "" },
	};
	static const char *const options[] = { "", "--trace" };
	char line[320];

	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		snprintf(line, sizeof(line), "exec $SIDECALL %s --via %s add 40 2 %s",
			 options[i % 2], via, cases[i / 2].redirections);
		check_shell(line, cases[i / 2].status, cases[i / 2].out, NULL);
	}
}

static void test_closed_descriptors(void)
{
	struct daemon daemon;

	for (size_t k = 0; k < COUNT(kinds); k++)
		check_closed_descriptors(kinds[k]);
	check_nobody_left();
	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, NULL));
	for (unsigned int i = 0; i < daemon.count; i++)
		check_closed_descriptors(daemon.endpoints[i]);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* The server's, too: nothing of its own stands where it logs. */
static void test_server_without_descriptors(void)
{
	check_shell(
		"mkfifo said && exec 3<>said && "
		"{ exec $SIDECALLD_PROGRAM --no-rpcbind --listen raw+unix:$PWD/s <&- 2>&- >&3 3>&- "
		"& } && "
		"read -r listening <&3 && read -r ready <&3 && echo \"$ready\" && "
		"readlink /proc/$!/fd/0 /proc/$!/fd/2; kill $!; wait $!; echo $?; rm said",
		0, "ready\n/dev/null\n/dev/null\n0\n", NULL);
	check_nobody_left();
}

/* ---- which program ---- */

static void test_programs(void)
{
	static const struct {
		const char *text; /* of a script */
		int status, other;
	} cases[] = {
		{ "exec \"$SIDECALLD_PROGRAM\" \"$@\"", 0, 0 },
		{ "exec true", FAILURE_UNAVAILABLE, FAILURE_UNAVAILABLE },
		{ "exec false", FAILURE_UNAVAILABLE, FAILURE_UNAVAILABLE },
		{ "exec cat", FAILURE_PROTOCOL, FAILURE_PROTOCOL }, /* the call comes back */
		{ "exec yes", FAILURE_PROTOCOL, FAILURE_PROTOCOL },
		{ "exec echo", FAILURE_UNAVAILABLE, FAILURE_PROTOCOL },
		{ "exec cat \"$@\"", FAILURE_UNAVAILABLE, FAILURE_UNAVAILABLE },
		{ "exec sleep 600", FAILURE_TIMEOUT, FAILURE_TIMEOUT },
	};
	char line[200];

	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t k = 0; k < COUNT(kinds); k++) {
			struct outcome outcome;

			if (cases[i].status == FAILURE_TIMEOUT && k > 0)
				continue;
			make_script("server", cases[i].text);
			snprintf(line, sizeof(line),
				 "SIDECALLD=./server exec $SIDECALL --via %s --timeout %s add 1 2",
				 kinds[k], cases[i].status == FAILURE_TIMEOUT ? "0.3" : "30");
			outcome = shell(line);
			if (outcome.status != cases[i].other)
				CHECK_INT(outcome.status, cases[i].status);
			CU_ASSERT(outcome.status == 0 || outcome.length == 0);
			if (outcome.status != cases[i].status)
				printf("      %s: %s: %s\n", kinds[k], cases[i].text,
				       outcome.error);
			outcome_release(&outcome);
			check_nobody_left();
		}
}

static void test_no_program(void)
{
	check_shell("SIDECALLD=./none $SIDECALL --via raw+pipe add 1 2", FAILURE_UNAVAILABLE, "",
		    "SIDECALLD");
	check_shell("cp $SIDECALL alone && PATH=/none ./alone --via rpc+pipe add 1 2",
		    FAILURE_UNAVAILABLE, "", "SIDECALLD");
	/* From PATH, when there is none beside. */
	check_shell("mkdir bin && printf '#!/bin/sh\\nexec $SIDECALLD_PROGRAM \"$@\"\\n' "
		    ">bin/sidecalld && chmod 700 bin/sidecalld && "
		    "PATH=$PWD/bin:$PATH ./alone --via rpc+pipe add 1 2",
		    0, "3\n", NULL);
	check_shell("ln -s /etc/passwd denied; SIDECALLD=./denied $SIDECALL --via raw+pipe add 1 2",
		    FAILURE_PERMISSION, "", NULL);
	check_nobody_left();
}

/* ---- the child, while it works ---- */

/* Starts a client whose call does not end, and waits until its server is at it. */
static pid_t start_client(const char *kind, pid_t *server)
{
	pid_t client;

	make_file("huge", (off_t)1 << 40);
	fflush(NULL);
	client = fork();
	if (client == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
		execl(sidecall, sidecall, "--via", kind, "--timeout", "60", "digest", "huge",
		      (char *)NULL);
		_exit(127);
	}
	/* More than one file while it is being opened. */
	AWAIT((*server = observe_child(client)) && observe_open_files(*server, "huge") == 1);
	CU_ASSERT_FATAL(*server && observe_open_files(*server, "huge") == 1);
	return client;
}

static void test_killed_client(void)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		pid_t server, client = start_client(kinds[i], &server);

		kill(client, SIGKILL);
		CHECK_INT(call_wait(client), 128 + SIGKILL);
		CHECK_INT(call_wait(server), 0); /* which is ours by now */
		check_nobody_left();
	}
}

static void test_killed_server(void)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		pid_t server, client = start_client(kinds[i], &server);

		kill(server, SIGKILL);
		CHECK_INT(call_wait(client), FAILURE_UNAVAILABLE);
		CU_ASSERT(!observe_is_there(server));
		check_nobody_left();
	}
}

/* A client that gives up takes its server with it. */
static void test_given_up(void)
{
	check_shell("$SIDECALL --via raw+pipe --timeout 0.3 digest huge", FAILURE_TIMEOUT, "",
		    NULL);
	check_nobody_left();
}

/* The pipes among a process's descriptors from 3 on; and where its standard input and output lead.
 */
static int count_pipes(pid_t pid, char standard[2][64])
{
	char path[64], target[64];
	int count = 0;
	ssize_t n;

	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		if (fd < 2)
			memcpy(standard[fd], target, sizeof(target));
		else if (fd > 2 && strncmp(target, "pipe:", 5) == 0)
			count++;
	}
	return count;
}

/* Each has the two ends it uses, and no other; a stray print goes nowhere. */
static void test_descriptors(void)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		pid_t server, client = start_client(kinds[i], &server);
		char standard[2][64];

		CHECK_INT(count_pipes(client, standard), 2);
		CHECK_INT(count_pipes(server, standard), 2);
		CHECK_STR(standard[0], "/dev/null");
		CHECK_STR(standard[1], "/dev/null");
		kill(client, SIGKILL);
		call_wait(client);
		CHECK_INT(call_wait(server), 0);
	}
}

/* Two clients in this process; the first one goes.  Whether its server ended by itself, of which it
 * leaves a note: one who has to be killed does not. */
static bool first_of_two_ends(void)
{
	calc_operands operands = { 1, 2 };
	union procedure_result result;
	struct client clients[2];
	struct failure failure;
	bool ended;

	for (int i = 0; i < 2; i++) {
		struct endpoint endpoint = call_endpoint(kinds[i]);

		client_init(&clients[i], &endpoint, TIMEOUT);
		CHECK_INT(procedure_call(procedure_find("add"), &clients[i], &operands, &result,
					 &failure),
			  0);
	}
	client_release(&clients[0]);
	ended = unlink("ended") == 0;
	CHECK_INT(procedure_call(procedure_find("add"), &clients[1], &operands, &result, &failure),
		  0);
	client_release(&clients[1]);
	unlink("ended");
	check_nobody_left();
	return ended;
}

/* The second server does not hold the first one's pipes, so that the first ends when it is asked
 * to. (It has a second for that, which a busy machine may not leave it.) */
static void test_two_at_once(void)
{
	bool ended;

	make_script("server", "\"$SIDECALLD_PROGRAM\" \"$@\" && >ended");
	setenv("SIDECALLD", "./server", 1);
	AWAIT((ended = first_of_two_ends()));
	CU_ASSERT(ended);
	unsetenv("SIDECALLD");
}

/* In the place of a server: says in a file which signals it was left ignored, or blocked. */
static int tell_signals(void)
{
	FILE *file = fopen("signals", "we");
	struct sigaction pipe_action, int_action;
	sigset_t blocked;

	if (!file || sigaction(SIGPIPE, NULL, &pipe_action) < 0 ||
	    sigaction(SIGINT, NULL, &int_action) < 0 || sigprocmask(SIG_BLOCK, NULL, &blocked) < 0)
		return EXIT_FAILURE;
	fprintf(file, "SIGPIPE %s, SIGINT %s, SIGUSR1 %s\n",
		pipe_action.sa_handler == SIG_IGN ? "ignored" : "there",
		int_action.sa_handler == SIG_IGN ? "ignored" : "there",
		sigismember(&blocked, SIGUSR1) ? "blocked" : "there");
	return fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* What the caller ignores or blocks is not its server's business, but for a terminal's Ctrl-C. */
static void test_signals_of_the_child(void)
{
	const char *const argv[] = { sidecall, "--via", "raw+pipe", "add", "1", "2", NULL };
	struct outcome outcome;
	char self[PATH_MAX] = "";
	sigset_t set, before;

	CU_ASSERT(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	setenv("SIDECALLD", self, 1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &before);
	outcome = process_run(argv, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	unsetenv("SIDECALLD");
	CHECK_INT(outcome.status, FAILURE_UNAVAILABLE); /* it has served nobody */
	outcome_release(&outcome);
	check_shell("cat signals", 0, "SIGPIPE there, SIGINT ignored, SIGUSR1 there\n", NULL);
	check_nobody_left();
}

/* ---- the server by hand ---- */

static void test_by_hand(void)
{
	static const uint8_t reply[12] = { 0, 0, 0, 8, 0, 0, 0, 9, 0x80, 0, 0, 0 };
	struct outcome outcome = shell("printf '\\0\\0\\0\\10\\0\\0\\0\\11\\0\\1\\0\\0' | "
				       "$SIDECALLD_PROGRAM --stdio raw; echo $? >status");

	CHECK_INT(outcome.length, sizeof(reply));
	if (outcome.length == sizeof(reply))
		CHECK_BYTES(outcome.out, reply, sizeof(reply));
	outcome_release(&outcome);
	check_shell("cat status", 0, "0\n", NULL);
	check_shell("printf '\\0\\0\\0\\10\\0\\0\\0\\11\\0\\1\\0\\0' >call; "
		    "$SIDECALLD_PROGRAM --stdio raw <call",
		    64, "", "pipes or sockets");
	check_shell("$SIDECALLD_PROGRAM --stdio rpc </dev/null | cat; exit 0", 0, "",
		    "pipes or sockets");
	check_shell("cat call | $SIDECALLD_PROGRAM --stdio raw >/dev/null", 64, "",
		    "pipes or sockets");
	check_shell("printf '\\377\\377\\377\\377garbage' | $SIDECALLD_PROGRAM --stdio raw", 0, "",
		    NULL);
	check_shell("echo garbage | $SIDECALLD_PROGRAM --stdio rpc", 0, "", NULL);
	check_shell("printf '\\0\\0\\0\\10half' | $SIDECALLD_PROGRAM --stdio raw", 0, "", NULL);
	check_shell("true | $SIDECALLD_PROGRAM --stdio raw", 0, "", NULL);
	check_shell("$SIDECALLD_PROGRAM --stdio tirpc", 64, "", "rpc or raw");
	check_nobody_left();
}

/* At an address that the kernel chooses. */
static int open_unconnected(int family, int type)
{
	struct sockaddr_storage any = { .ss_family = (sa_family_t)family };
	socklen_t length = family == AF_UNIX ? sizeof(sa_family_t) : sizeof(struct sockaddr_in);
	int fd = socket(family, type, 0);

	if (bind(fd, (struct sockaddr *)&any, length) == 0)
		return fd;
	close(fd);
	return -1;
}

/* What inetd leaves with "wait", and systemd with Accept=no: sockets that carry no session. */
static void test_no_connection(void)
{
	static const struct {
		int family, type;
		bool listens;
	} sockets[] = { { AF_INET, SOCK_STREAM, true },
			{ AF_UNIX, SOCK_STREAM, true },
			{ AF_UNIX, SOCK_SEQPACKET, true },
			{ AF_INET, SOCK_DGRAM, false } };
	static const char *const places[] = { "<&%d >/dev/null", ">&%d", "<&%d >&%d" };

	for (size_t i = 0; i < COUNT(sockets); i++)
		for (size_t p = 0; p < COUNT(places); p++) {
			int fd = open_unconnected(sockets[i].family, sockets[i].type);
			char line[200], where[80];

			CU_ASSERT_FATAL(fd >= 0 && fd < 10); /* all that a shell can name */
			CHECK_INT(sockets[i].listens ? listen(fd, 8) : 0, 0);
			snprintf(where, sizeof(where), places[p], fd, fd);
			snprintf(line, sizeof(line), "true | $SIDECALLD_PROGRAM --stdio raw %s",
				 where);
			check_shell(line, 64, "", "must be one connection");
			close(fd);
		}
	check_nobody_left();
}

/* Each of the three that the caller may lack, and all combinations: sidecall itself opens them
 * again, so this is asked of the transport. */
static void test_lacking_descriptors(void)
{
	setenv("SIDECALLD", sidecalld, 1);
	for (int lacking = 0; lacking < 8; lacking++)
		for (size_t k = 0; k < COUNT(kinds); k++) {
			struct endpoint endpoint = call_endpoint(kinds[k]);
			pid_t pid;

			fflush(NULL);
			pid = fork();
			if (pid == 0) {
				for (int fd = 0; fd < 3; fd++)
					if (lacking & 1 << fd)
						close(fd);
				_exit(call_add(&endpoint, TIMEOUT, 1, 2) == 3 ? 0 : 1);
			}
			CHECK_INT(call_wait(pid), 0);
			check_nobody_left();
		}
	unsetenv("SIDECALLD");
}

static void prepare(void)
{
	char build[PATH_MAX];

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (realpath(program_path("."), build))
		setenv("BUILD", build, 1);
	snprintf(sidecall, sizeof(sidecall), "%s", program_path("sidecall"));
	snprintf(sidecalld, sizeof(sidecalld), "%s", program_path("sidecalld"));
	setenv("SIDECALL", sidecall, 1);
	setenv("SIDECALLD_PROGRAM", sidecalld, 1);
	unsetenv("SIDECALLD");
	snprintf(directory, sizeof(directory), "/tmp/sidecall-test-XXXXXX");
	if (!harness_directory(directory) || chdir(directory) < 0)
		abort();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "calls are answered", test_answers },
		{ "standard descriptors that are closed", test_closed_descriptors },
		{ "a server that lacks some", test_server_without_descriptors },
		{ "a caller that lacks some", test_lacking_descriptors },
		{ "programs that are servers, and others", test_programs },
		{ "no program", test_no_program },
		{ "a client that is killed", test_killed_client },
		{ "a server that is killed", test_killed_server },
		{ "a client that gives up", test_given_up },
		{ "descriptors of both", test_descriptors },
		{ "two at once", test_two_at_once },
		{ "signals of the server", test_signals_of_the_child },
		{ "a server by hand", test_by_hand },
		{ "sockets that are no connection", test_no_connection },
		{ NULL, NULL },
	};
	int status;

	if (argc > 1 && strcmp(argv[1], "--stdio") == 0)
		return tell_signals();
	prepare();
	status = harness_run("pipe", tests);
	if (chdir("/") == 0)
		remove_tree(directory);
	return status;
}
