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
					   "<%d>%s: %u lines were lost, for nobody read the log\n",
					   LOG_WARNING, program_invocation_short_name,
					   output.dropped);
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
static int write_front(char line[MAX_LINE], int priority)
{
	bool prefixed = is_started() ? !isatty(STDERR_FILENO) : is_journal();

	return prefixed ? snprintf(line, MAX_LINE, "<%d>%s: ", priority,
				   program_invocation_short_name)
			: snprintf(line, MAX_LINE, "%s: ", program_invocation_short_name);
}

static void write_to_error(char line[MAX_LINE], int length)
{
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

/* One write a line, so that lines of several threads do not mix. */
static void write_line(int priority, const char *who, const char *format, va_list arguments)
{
	const struct log_target *target = log_target();
	char line[MAX_LINE];
	int prefix, length;

	if (priority > target->level)
		return;
	prefix = target->write ? 0 : write_front(line, priority);
	prefix += snprintf(line + prefix, sizeof(line) - (size_t)prefix, "%s", who);
	length = vsnprintf(line + prefix, sizeof(line) - (size_t)prefix - 1, format, arguments);
	if (length < 0)
		return;
	writing = priority;
	if (target->write)
		target->write(target->context, line);
	else
		write_to_error(line, prefix + length);
	writing = 0;
}

void log_line(int priority, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(priority, "", format, arguments);
	va_end(arguments);
}

/* ---- what clients cause ---- */

#define MOST_WHO (PEER_NAME + 64) /* bytes */

/* "event=too-long peer=127.0.0.1: ", and of a name with a blank in it, between quotation marks. */
static void write_who(char who[MOST_WHO], enum event event, const struct peer_id *peer)
{
	char name[PEER_NAME] = "";
	const char *mark;

	if (peer)
		peer_name(peer, name);
	mark = strchr(name, ' ') ? "\"" : "";
	snprintf(who, MOST_WHO, "event=%s%s%s%s%s: ", event_name(event), peer ? " peer=" : "", mark,
		 name, mark);
}

static bool is_same_cause(const struct log_cause *cause, enum event event,
			  const struct peer_id *peer)
{
	return cause->start && cause->event == event && cause->known == (peer != NULL) &&
	       (!peer || memcmp(&cause->peer, peer, sizeof(*peer)) == 0);
}

/* The place of that cause, or one that nobody needs any more; where there is none, the event's own.
 */
static struct log_cause *find_cause(struct log_target *target, enum event event,
				    const struct peer_id *peer, time_t now)
{
	struct log_cause *over = NULL;

	for (int i = 0; i < LOG_CAUSES; i++) {
		struct log_cause *cause = &target->causes[i];

		if (is_same_cause(cause, event, peer))
			return cause;
		if (!over && now - cause->start >= PERIOD)
			over = cause;
	}
	return over ? over : &target->others[event];
}

/* Whether another line of this cause may be written now; and of whom how many were left out before,
 * when a new period begins. */
static bool may_write(struct log_cause *cause, enum event event, const struct peer_id *peer,
		      time_t now, struct log_cause *before)
{
	*before = (struct log_cause){ 0 };
	if (now - cause->start >= PERIOD) {
		*before = *cause;
		*cause = (struct log_cause){ .event = event,
					     .known = peer != NULL,
					     .peer = peer ? *peer : (struct peer_id){ 0 },
					     .start = now };
	}
	if (cause->written < LINES_IN_A_PERIOD) {
		cause->written++;
		return true;
	}
	cause->left_out++;
	return false;
}

static void count_event(struct event_count *count, const struct peer_id *peer)
{
	count->count++;
	count->last = time(NULL);
	count->known = peer != NULL;
	if (peer)
		count->peer = *peer;
}

/* Counts it.  Whether a line of it may be written, behind one on those that were left out. */
static bool take_event(enum event event, const struct peer_id *peer, struct log_cause *before)
{
	struct log_target *target = log_target();
	struct timespec now;
	bool may = false;

	clock_gettime(CLOCK_MONOTONIC, &now);
	*before = (struct log_cause){ 0 };
	pthread_mutex_lock(&target->lock);
	count_event(&target->events[event], peer);
	if (event_priority(event) <= target->level)
		may = may_write(find_cause(target, event, peer, now.tv_sec), event, peer,
				now.tv_sec, before);
	pthread_mutex_unlock(&target->lock);
	return may;
}

static void say_left_out(const struct log_cause *cause)
{
	char who[MOST_WHO];

	write_who(who, cause->event, cause->known ? &cause->peer : NULL);
	log_line(event_priority(cause->event), "%s%u more such lines were left out", who,
		 cause->left_out);
}

void log_event(enum event event, const struct peer_id *peer, const char *format, ...)
{
	struct log_cause before;
	bool may = take_event(event, peer, &before);
	char who[MOST_WHO];
	va_list arguments;

	if (before.left_out)
		say_left_out(&before);
	if (!may)
		return;
	write_who(who, event, peer);
	va_start(arguments, format);
	write_line(event_priority(event), who, format, arguments);
	va_end(arguments);
}
