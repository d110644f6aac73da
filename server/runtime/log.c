/* What the server says of itself, on standard error, behind its program's name. */
#include "server/runtime/log.h"
#include "server/runtime/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINES_IN_A_PERIOD 10
#define PERIOD            10 /* seconds */
#define MAX_LINE          1024
#define WAITING           (64 << 10) /* bytes that may wait until somebody reads the log */
#define LAST_WORDS        200        /* milliseconds that the end waits for him */

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
static size_t take_waiting(char bytes[WAITING + MAX_LINE])
{
	size_t length = output.length;

	memcpy(bytes, output.waiting, length);
	output.length = 0;
	if (output.dropped)
		length += (size_t)snprintf(bytes + length, MAX_LINE,
					   "%s: %u lines were lost, for nobody read the log\n",
					   program_invocation_short_name, output.dropped);
	output.dropped = 0;
	return length;
}

static void *write_all(void *unused)
{
	static char bytes[WAITING + MAX_LINE]; /* the writer's own: there is one */

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

/* One write a line, so that lines of several threads do not mix. */
static void write_line(const char *who, const char *format, va_list arguments)
{
	const struct log_target *target = log_target();
	bool ours = !target->write;
	char line[MAX_LINE];
	int prefix = snprintf(line, sizeof(line), "%s%s%s%s",
			      ours ? program_invocation_short_name : "", ours ? ": " : "", who,
			      *who ? ": " : "");
	int length = vsnprintf(line + prefix, sizeof(line) - (size_t)prefix - 1, format, arguments);

	if (length < 0)
		return;
	if (!ours) {
		target->write(target->context, line);
		return;
	}
	length += prefix;
	if (length > MAX_LINE - 2)
		length = MAX_LINE - 2;
	line[length++] = '\n';
	pthread_mutex_lock(&output.lock);
	if (output.running)
		keep_line(line, (size_t)length);
	else if (!output.writing) /* or it would wait behind what nobody reads */
		write_now(line, (size_t)length);
	pthread_mutex_unlock(&output.lock);
}

void log_line(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line("", format, arguments);
	va_end(arguments);
}

/* The place of that kind; those for which there is none share the last one. */
static struct log_kind *find_kind(struct log_kind kinds[LOG_KINDS], const char *format)
{
	struct log_kind *kind = kinds;

	while (kind < &kinds[LOG_KINDS - 1] && kind->format && kind->format != format)
		kind++;
	kind->format = format;
	return kind;
}

/* Whether another line of this kind may be written now; says how many were not, when the first one
 * of a new period is. */
static bool may_write(const char *format)
{
	struct log_target *target = log_target();
	struct timespec now;
	struct log_kind *kind;
	unsigned int report = 0;
	bool may;

	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&target->lock);
	kind = find_kind(target->kinds, format);
	if (now.tv_sec - kind->start >= PERIOD) {
		report = kind->left_out;
		kind->start = now.tv_sec;
		kind->written = kind->left_out = 0;
	}
	may = kind->written < LINES_IN_A_PERIOD;
	if (may)
		kind->written++;
	else
		kind->left_out++;
	pthread_mutex_unlock(&target->lock);
	if (report)
		log_line("%u more lines like the next were left out", report);
	return may;
}

void log_peer(const struct peer_id *peer, const char *format, ...)
{
	char name[PEER_NAME] = "";
	va_list arguments;

	if (!may_write(format))
		return;
	if (peer)
		peer_name(peer, name);
	va_start(arguments, format);
	write_line(name, format, arguments);
	va_end(arguments);
}
