/* What becomes of each command when its output cannot be written, and of `ping` when it is stopped.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Every command that prints, and every kind of help.  Its server's root has "file" and "link". */
static const char *const commands[] = {
	"add 1 2",
	"evaluate 1+2",
	"summarize 1 2",
	"accumulate register 1",
	"stat file",
	"readlink link",
	"digest file file",
	"space",
	"list",
	"list -R -l",
	"batch calls",
	"ping",
	"ping -c 1000",
	"decode calls.hex",
	"measure --calls 1",
	"compare \"$via\"",
	"compare --only code",
	"--json add 1 2",
	"--json ping -c 1000",
	"--json measure --calls 1",
	"--help",
	"--version",
	"ping --help",
	"compare --help",
};

/* Files for the commands, and the program by a short name; then the script is run. */
static const char prelude[] =
	"program=$1 via=$2; cd \"$3\" || exit; echo text >file; ln -sf file link; "
	"echo 'add 1 2' >calls; echo '00 00 00 08 00 00 00 01 00 01 00 00' >calls.hex; "
	"sidecall() { \"$program\" --via \"$via\" \"$@\"; }; ";

/* A pipe's end for writing whose other end is closed already. */
static const char closed_pipe[] = "rm -f fifo; mkfifo fifo; exec 3<>fifo 4>fifo 3>&-; ";

static struct outcome shell(const struct daemon *daemon, const char *first, const char *command,
			    const char *last)
{
	char text[1024];
	const char *const argv[] = {
		"/bin/sh",    "-c", text, "sh", program_path("sidecall"), daemon->endpoints[0],
		daemon->root, NULL
	};

	snprintf(text, sizeof(text), "%s%s sidecall %s %s; echo $?", prelude, first, command, last);
	return process_run(argv, NULL);
}

static bool serve(struct daemon *daemon)
{
	static const char *const options[] = { "--listen", "rpc+unix", NULL };
	bool started = program_use_built() && daemon_start(daemon, NULL, options);

	CU_ASSERT_FATAL(started);
	return started;
}

static void test_full_disk(void)
{
	static const char why[] = "sidecall: cannot write the output: No space left on device\n";
	struct daemon daemon;

	serve(&daemon);
	for (size_t i = 0; i < LENGTH(commands); i++) {
		struct outcome outcome = shell(&daemon, "", commands[i], ">/dev/full");

		harness_check_str(__FILE__, __LINE__, commands[i], outcome.out, "73\n");
		harness_check_str(__FILE__, __LINE__, commands[i], outcome.error, why);
		outcome_release(&outcome);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_help_of_server(void)
{
	static const char *const options[] = { "--help", "--version" };
	char script[640];
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };

	for (size_t i = 0; i < LENGTH(options); i++) {
		struct outcome outcome;

		snprintf(script, sizeof(script), "%s %s >/dev/full", program_path("sidecalld"),
			 options[i]);
		outcome = process_run(argv, NULL);
		CHECK_INT(outcome.status, 73);
		CHECK_THAT(strstr(outcome.error, "No space left on device") != NULL, "%s",
			   outcome.error);
		outcome_release(&outcome);
	}
}

/* 128 + SIGPIPE, and not a word, as every filter ends that is not read. */
static void test_closed_pipe(void)
{
	struct daemon daemon;

	serve(&daemon);
	for (size_t i = 0; i < LENGTH(commands); i++) {
		struct outcome outcome = shell(&daemon, closed_pipe, commands[i], ">&4");

		harness_check_str(__FILE__, __LINE__, commands[i], outcome.out, "141\n");
		harness_check_str(__FILE__, __LINE__, commands[i], outcome.error, "");
		outcome_release(&outcome);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- Ctrl-C ---- */

static void read_lines(int fd, int count)
{
	char byte;

	while (count && read(fd, &byte, 1) == 1)
		count -= byte == '\n';
}

static void test_summary(void)
{
	const char *words[] = {
		program_path("sidecall"), "--via", NULL, "ping", "-c", "1000", NULL
	};
	struct daemon daemon;
	struct outcome outcome;
	int in, out, error;
	pid_t pid;

	serve(&daemon);
	words[0] = program_path("sidecall");
	words[2] = daemon.endpoints[0];
	pid = process_start(words, &in, &out, &error);
	close(in);
	read_lines(out, 2);
	kill(pid, SIGINT);
	outcome = process_end(pid, out, error);
	CHECK_INT(outcome.status, 128 + SIGINT);
	CHECK_THAT(strncmp(outcome.out, "2 replies: fastest ", 19) == 0, "%s", outcome.out);
	CHECK_STR(outcome.error, "");
	outcome_release(&outcome);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* A listener of our own, which never replies. */
static int listen_silently(char via[64])
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK_INT(bind(fd, (struct sockaddr *)&address, size), 0);
	CHECK_INT(listen(fd, 1), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	snprintf(via, 64, "raw+tcp://127.0.0.1:%d", ntohs(address.sin_port));
	return fd;
}

/* Nobody waits for a reply that does not come after he said that he will not. */
static void test_stopped_while_waiting(void)
{
	char via[64], call[64];
	const char *const words[] = {
		program_path("sidecall"), "--via", via, "--timeout", "86400", "ping", NULL
	};
	int listener = listen_silently(via), in, out, error, fd;
	pid_t pid = process_start(words, &in, &out, &error);
	struct outcome outcome;

	close(in);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	CHECK_INT(recv(fd, call, sizeof(call), 0), 12);
	kill(pid, SIGINT);
	outcome = process_end(pid, out, error);
	CHECK_INT(outcome.status, 128 + SIGINT);
	CHECK_STR(outcome.out, "");
	outcome_release(&outcome);
	close(fd);
	close(listener);
}

int main(void)
{
	static const struct test tests[] = {
		{ "each command, and a full disk", test_full_disk },
		{ "the server's help, and a full disk", test_help_of_server },
		{ "each command, and a closed pipe", test_closed_pipe },
		{ "Ctrl-C, and what ping says then", test_summary },
		{ "Ctrl-C while a call waits", test_stopped_while_waiting },
		{ NULL, NULL },
	};

	return harness_run("output", tests);
}
