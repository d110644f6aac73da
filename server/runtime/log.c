/* What the server says of itself, on standard error, behind its program's name. */
#include "server/runtime/log.h"
#include "server/runtime/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/text.h"

#define WAITING    (64 << 10) /* bytes that may wait until somebody reads the log */
#define LAST_WORDS 200        /* milliseconds that the end waits for him */

/* The log is one for the whole process, as standard error is. */
static struct log {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* there is something to write; or it is written */
	pthread_t writer;
	unsigned int users;   /* who called log_start() */
	bool running;         /* it does */
	bool writing;         /* it is at it */
	unsigned int dropped; /* lines for which there was no room */
	size_t length;
	char waiting[WAITING];
} output = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* ---- writing ---- */

static void write_now(const char *bytes, size_t length)
{
	while (length) {
		ssize_t n = write(STDERR_FILENO, bytes, length);

		if (n <= 0)
			return; /* there is nobody to tell */
		bytes += n;
		length -= (size_t)n;
	}
}

/* Called with the lock held. */
static void keep_line(const char *line, size_t length)
{
	if (length > WAITING - output.length) {
		output.dropped++;
		return;
	}
	memcpy(output.waiting + output.length, line, length);
	output.length += length;
	pthread_cond_broadcast(&output.changed);
}

/* What waits, with a word on what was dropped, and where to write it.  Called with the lock held.
 */
static size_t take_waiting(char bytes[WAITING + LOG_LINE])
{
	size_t length = output.length;
	char program[LOG_PROGRAM];

	memcpy(bytes, output.waiting, length);
	output.length = 0;
	log_program(program);
	if (output.dropped)
		length += (size_t)snprintf(bytes + length, LOG_LINE,
					   "<%d>%s: %u lines were lost, for nobody read the log\n",
					   LOG_WARNING, program, output.dropped);
	output.dropped = 0;
	return length;
}

static void *write_all(void *unused)
{
	static char bytes[WAITING + LOG_LINE]; /* the writer's own: there is one */

	(void)unused;
	pthread_mutex_lock(&output.lock);
	while (output.running || output.length) {
		size_t length = take_waiting(bytes);

		output.writing = length;
		pthread_mutex_unlock(&output.lock);
		write_now(bytes, length);
		pthread_mutex_lock(&output.lock);
		output.writing = false;
		pthread_cond_broadcast(&output.changed);
		while (output.running && !output.length)
			pthread_cond_wait(&output.changed, &output.lock);
	}
	pthread_mutex_unlock(&output.lock);
	return NULL;
}

void log_start(void)
{
	pthread_mutex_lock(&output.lock);
	if (output.users++ == 0)
		output.running = thread_start(&output.writer, NULL, write_all, NULL) == 0;
	pthread_mutex_unlock(&output.lock);
}

void log_stop(void)
{
	struct timespec due;
	bool written, running;

	clock_gettime(CLOCK_REALTIME, &due);
	due.tv_nsec += LAST_WORDS * 1000000L;
	due.tv_sec += due.tv_nsec / 1000000000;
	due.tv_nsec %= 1000000000;
	pthread_mutex_lock(&output.lock);
	if (--output.users) {
		pthread_mutex_unlock(&output.lock);
		return;
	}
	while ((output.length || output.writing) &&
	       pthread_cond_timedwait(&output.changed, &output.lock, &due) == 0)
		;
	written = !output.length && !output.writing;
	running = output.running;
	output.running = false;
	pthread_cond_broadcast(&output.changed);
	pthread_mutex_unlock(&output.lock);
	/* A writer that still waits for a reader is left behind, and ends with the process. */
	if (running && written)
		pthread_join(output.writer, NULL);
	else if (running)
		pthread_detach(output.writer);
}

/* ---- lines ---- */

static _Thread_local int writing; /* the priority of the line at hand */

int log_priority(void)
{
	return writing;
}

int log_level_named(const char *word)
{
	static const char *const words[] = { [LOG_ERR] = "err",
					     [LOG_WARNING] = "warning",
					     [LOG_NOTICE] = "notice",
					     [LOG_INFO] = "info" };

	for (int level = LOG_ERR; level <= LOG_INFO; level++)
		if (strcmp(word, words[level]) == 0)
			return level;
	return 0;
}

void log_clean(char *line)
{
	while (*line) {
		size_t length = text_character(line), bytes = length ? length : 1;

		if (text_is_control(line, length))
			memset(line, '?', bytes);
		line += bytes;
	}
}

/* No character of UTF-8 is cut in two. */
void log_program(char name[LOG_PROGRAM])
{
	const char *whole = program_invocation_short_name;
	size_t length = strnlen(whole, LOG_PROGRAM - 1);

	while (length && ((unsigned char)whole[length] & 0xc0) == 0x80)
		length--;
	snprintf(name, LOG_PROGRAM, "%.*s", (int)length, whole);
	log_clean(name);
}

/* Whether standard error is systemd's journal (systemd.exec(5), $JOURNAL_STREAM). */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%lu:%lu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

static bool is_started(void)
{
	bool started;

	pthread_mutex_lock(&output.lock);
	started = output.users;
	pthread_mutex_unlock(&output.lock);
	return started;
}

/* What stands in front of a line on standard error. */
static int write_front(char line[LOG_LINE], int priority)
{
	bool prefixed = is_started() ? !isatty(STDERR_FILENO) : is_journal();
	char program[LOG_PROGRAM];

	log_program(program);
	return prefixed ? snprintf(line, LOG_LINE, "<%d>%s: ", priority, program)
			: snprintf(line, LOG_LINE, "%s: ", program);
}

static void write_to_error(char line[LOG_LINE], int length)
{
	if (length > LOG_LINE - 2)
		length = LOG_LINE - 2;
	line[length++] = '\n';
	pthread_mutex_lock(&output.lock);
	if (output.running)
		keep_line(line, (size_t)length);
	else if (!output.writing) /* or it would wait behind what nobody reads */
		write_now(line, (size_t)length);
	pthread_mutex_unlock(&output.lock);
}

/* One write a line, so that lines of several threads do not mix. */
void log_line(int priority, const char *format, ...)
{
	const struct log_target *target = log_target();
	char line[LOG_LINE];
	va_list arguments;
	int prefix, length;

	if (priority > target->level)
		return;
	prefix = target->write ? 0 : write_front(line, priority);
	va_start(arguments, format);
	length = vsnprintf(line + prefix, sizeof(line) - (size_t)prefix - 1, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	log_clean(line); /* whatever is in it is one line, and plays with no terminal */
	writing = priority;
	if (target->write)
		target->write(target->context, line);
	else
		write_to_error(line, prefix + length);
	writing = 0;
}
