/* What is said on standard error. */
#include "client/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/text.h"

void report_line(const char *format, ...)
{
	char *line = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&line, format, arguments);
	va_end(arguments);
	fflush(stdout);
	fputs("sidecall: ", stderr);
	text_line(stderr, length < 0 ? "out of memory" : line);
	putc('\n', stderr);
	if (length >= 0)
		free(line);
}

int report_failure(const struct failure *failure, const char *what)
{
	report_line("%s: %s%s%s", what, failure->why, failure->advice[0] ? ". " : "",
		    failure->advice);
	return failure->code;
}
