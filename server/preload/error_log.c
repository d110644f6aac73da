/* The log of a program that knows nothing of ours: its standard error, as long as it is that. */
#include "server/preload/error_log.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/runtime/log.h"

static struct stat first_error; /* what standard error was then, if it was one */

/* Whether a line fits in at once, and somebody may read it: to wait for him would be to keep all
 * clients waiting, and when he has gone there would be a SIGPIPE. */
static bool error_takes_a_line(void)
{
	struct pollfd error = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&error, 1, 0) == 1 && error.revents == POLLOUT;
}

static void write_line(const char *front, const char *line)
{
	char program[LOG_PROGRAM], text[LOG_PROGRAM + LOG_LINE + 16];
	size_t length;

	log_program(program);
	snprintf(text, sizeof(text) - 1, "%s%s: %s", front, program, line);
	log_clean(text);
	length = strlen(text);
	text[length++] = '\n';
	if (error_takes_a_line())
		(void)!write(STDERR_FILENO, text, length);
}

static bool is_same_file(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

/* Under inetd(8) both are a client's connection; a service manager's socket is no standard input.
 */
void error_log_find(void)
{
	static bool found;
	struct stat input;

	if (found)
		return;
	found = true;
	if (fstat(STDERR_FILENO, &first_error) < 0 ||
	    (S_ISSOCK(first_error.st_mode) && fstat(STDIN_FILENO, &input) == 0 &&
	     is_same_file(&first_error, &input)))
		first_error = (struct stat){ 0 };
}

/* The program may close standard error, and what it opens next is none.  Who reads it takes a line
 * by its priority (sd-daemon(3)). */
void error_log_write(void *context, const char *line)
{
	char front[8] = "";
	struct stat now;

	(void)context;
	if (fstat(STDERR_FILENO, &now) < 0 || !is_same_file(&now, &first_error))
		return;
	if (!isatty(STDERR_FILENO))
		snprintf(front, sizeof(front), "<%d>",
			 log_priority() ? log_priority() : LOG_NOTICE);
	write_line(front, line);
}

void error_log_now(const char *line)
{
	write_line("", line);
}
