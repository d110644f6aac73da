/* What the daemon says of itself, on standard error. */
#include "server/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINES_IN_A_PERIOD 10
#define PERIOD            10 /* seconds */
#define KINDS             32 /* of lines that clients cause: more than there are */
#define MAX_LINE          1024

/* One write a line, so that lines of several threads do not mix. */
static void write_line(const char *format, va_list arguments)
{
	char line[MAX_LINE] = "sidecalld: ";
	const int prefix = 11;
	int length = vsnprintf(line + prefix, sizeof(line) - prefix - 1, format, arguments);

	if (length < 0)
		return;
	length += prefix;
	if (length > MAX_LINE - 2)
		length = MAX_LINE - 2;
	line[length++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)length) < 0)
		return; /* there is nobody to tell */
}

void log_line(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(format, arguments);
	va_end(arguments);
}

/* What was written of one kind of line, which is known by its format. */
struct kind {
	const char *format;
	time_t start;
	unsigned int written, left_out;
};

/* The place of that kind; those for which there is none share the last one. */
static struct kind *find(struct kind kinds[KINDS], const char *format)
{
	struct kind *kind = kinds;

	while (kind < &kinds[KINDS - 1] && kind->format && kind->format != format)
		kind++;
	kind->format = format;
	return kind;
}

/* Whether another line of this kind may be written now; says how many were not, when the first one
 * of a new period is.  The log is one for the whole process, and so is its limit. */
static bool may_write(const char *format)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct kind kinds[KINDS];
	struct timespec now;
	struct kind *kind;
	unsigned int report = 0;
	bool may;

	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&lock);
	kind = find(kinds, format);
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
	pthread_mutex_unlock(&lock);
	if (report)
		log_line("%u more lines like the next were left out", report);
	return may;
}

void log_client(const char *format, ...)
{
	va_list arguments;

	if (!may_write(format))
		return;
	va_start(arguments, format);
	write_line(format, arguments);
	va_end(arguments);
}
