/* A log that nobody reads: it holds up nobody, and when somebody reads it again, it says how much
 * was lost. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fork.h"
#include "compare/lab/wire.h"
#include "server/runtime/log.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define DEADLINE (10 * SECOND) /* of an honest call */
#define ROUNDS   100           /* each with a client that makes the log grow, everywhere */
#define LINES    40000
#define ROOM     (4 << 20) /* bytes: more than they are */

/* ---- a server whose log nobody reads ---- */

/* Fills the pipe that is its standard error, to the last byte. */
static void fill_log(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fd/2", (int)pid);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	CU_ASSERT_FATAL(fd >= 0);
	for (size_t size = 4096; size; size /= 2) {
		static const char bytes[4096] = { '\n' };

		while (write(fd, bytes, size) > 0)
			;
	}
	close(fd);
}

/* Sends what the log tells of: what is no call, and what is too long. */
static void annoy(const struct daemon *daemon, int round)
{
	static const uint8_t too_long[] = { 0xff, 0xff, 0xff, 0xff };

	for (unsigned int i = 0; i < EVERYWHERE; i++) {
		const struct endpoint endpoint = call_endpoint(daemon->endpoints[i]);
		struct wire wire;

		/* With others to connect is to wait for the server. */
		if (endpoint.transport != ENDPOINT_TCP && endpoint.transport != ENDPOINT_UNIX)
			continue;
		CU_ASSERT(wire_connect(&wire, &endpoint));
		if (round % 2)
			wire_send_garbage(&wire);
		else
			wire_send_bare(&wire, too_long, sizeof(too_long));
		wire_close(&wire);
	}
}

static bool check_served(const struct daemon *daemon)
{
	for (unsigned int i = 0; i < EVERYWHERE; i++) {
		const struct endpoint endpoint = call_endpoint(daemon->endpoints[i]);
		bool served = call_add(&endpoint, DEADLINE, 2, 3) == 5;

		CHECK_THAT(served, "%s: add", daemon->endpoints[i]);
		if (!served)
			return false;
	}
	return true;
}

static void test_server(void)
{
	static const char *const options[] = { "--max-message", "65536", NULL };
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, options));
	fill_log(daemon.pid);
	for (int i = 0; i < ROUNDS; i++) {
		annoy(&daemon, i);
		if (i % 10 == 9 && !check_served(&daemon))
			break;
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- how much was lost ---- */

/* Says so many lines, in a process of its own that stays; `told` comes to its end then. */
static pid_t start_talker(int error, int *told)
{
	int ends[2];
	pid_t pid;

	CU_ASSERT_FATAL(pipe2(ends, O_CLOEXEC) == 0);
	pid = fork_tied();
	if (pid == 0) {
		dup2(error, STDERR_FILENO);
		log_start();
		for (int i = 0; i < LINES; i++)
			log_line(LOG_WARNING, "line %d", i);
		close(ends[1]);
		pause();
		_exit(0);
	}
	close(ends[1]);
	*told = ends[0];
	return pid;
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int found = 0;

	for (; (text = strstr(text, what)); text++)
		found++;
	return found;
}

/* Lines that are there, and those that are said to be lost. */
static unsigned int count_all(const char *text)
{
	unsigned int all = count(text, ": line ");
	static const char words[] = " lines were lost";

	for (const char *word = text; (word = strstr(word, words)); word += sizeof(words)) {
		const char *figures = word;

		while (figures > text && figures[-1] >= '0' && figures[-1] <= '9')
			figures--;
		all += (unsigned int)strtoul(figures, NULL, 10);
	}
	return all;
}

/* Reads until all that was said is accounted for. */
static char *read_log(int fd)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	char *text = calloc(1, ROOM);
	size_t length = 0;
	ssize_t n = 1;

	while (n > 0 && count_all(text) < LINES &&
	       poll(&waiting, 1, HARNESS_PATIENCE * 1000) == 1) {
		n = read(fd, text + length, ROOM - 1 - length);
		length += n > 0 ? (size_t)n : 0;
	}
	return text;
}

/* What is there, and what is said to be lost, is all that was said. */
static void test_count(void)
{
	int ends[2], told;
	char *text, byte;
	pid_t pid;

	CU_ASSERT_FATAL(pipe2(ends, O_CLOEXEC) == 0);
	pid = start_talker(ends[1], &told);
	close(ends[1]);
	CHECK_INT(read(told, &byte, 1), 0); /* all is said */
	close(told);
	text = read_log(ends[0]);
	CU_ASSERT(strstr(text, " lines were lost") != NULL);
	CHECK_INT(count_all(text), LINES);
	kill(pid, SIGKILL);
	call_wait(pid);
	close(ends[0]);
	free(text);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a server whose log nobody reads", test_server },
		{ "how much was lost", test_count },
		{ NULL, NULL },
	};

	return harness_run("unread", tests);
}
