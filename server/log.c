/* What the daemon says of itself, on standard error. */
#include "server/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINES_IN_A_PERIOD 20
#define PERIOD            10 /* seconds */
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

/* Whether another line may be written now; says how many were not, at a period's end.  The log is
 * one for the whole process, and so is its limit. */
static bool may_write(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static time_t start;
	static unsigned int written, left_out;
	struct timespec now;
	unsigned int report = 0;
	bool may;

	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&lock);
	if (now.tv_sec - start >= PERIOD) {
		report = left_out;
		start = now.tv_sec;
		written = left_out = 0;
	}
	may = written < LINES_IN_A_PERIOD;
	if (may)
		written++;
	else
		left_out++;
	pthread_mutex_unlock(&lock);
	if (report)
		log_line("%u more lines like these were left out", report);
	return may;
}

void log_client(const char *format, ...)
{
	va_list arguments;

	if (!may_write())
		return;
	va_start(arguments, format);
	write_line(format, arguments);
	va_end(arguments);
}
