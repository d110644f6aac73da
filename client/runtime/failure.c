/* Why something did not succeed. */
#include "client/runtime/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int failure_set(struct failure *failure, int code, const char *format, ...)
{
	va_list arguments;

	failure->code = code;
	failure->error = 0;
	failure->sent = false;
	failure->advice[0] = '\0';
	va_start(arguments, format);
	vsnprintf(failure->why, sizeof(failure->why), format, arguments);
	va_end(arguments);
	return code;
}

void failure_append(struct failure *failure, const char *format, ...)
{
	size_t length = strlen(failure->why);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(failure->why + length, sizeof(failure->why) - length, format, arguments);
	va_end(arguments);
}

static enum failure_code code_of(int error)
{
	switch (error) {
	case ETIMEDOUT:
		return FAILURE_TIMEOUT;
	case EACCES:
	case EPERM:
		return FAILURE_PERMISSION;
	case ECONNREFUSED:
	case ECONNRESET:
	case EPIPE:
	case ENOENT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EADDRNOTAVAIL:
	case EAGAIN: /* a Unix socket whose queue is full */
		return FAILURE_UNAVAILABLE;
	case EPROTO:
	case EMSGSIZE:
		return FAILURE_PROTOCOL;
	default:
		return FAILURE_SYSTEM;
	}
}

int failure_system(struct failure *failure, int error, const char *what)
{
	failure_set(failure, code_of(error), "%s: %s", what, strerror(error));
	failure->error = error;
	return failure->code;
}
