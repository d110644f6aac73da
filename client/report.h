/* What is said on standard error. */
#ifndef SIDECALL_CLIENT_REPORT_H
#define SIDECALL_CLIENT_REPORT_H

#include "client/runtime/failure.h"

/* Writes "sidecall: WHAT: why.  advice" to standard error and returns the code. */
int report_failure(const struct failure *failure, const char *what);

/* Writes "sidecall: ..." on a line of standard error, behind what standard output has so far.  On a
 * terminal control characters are escaped, for names are in it. */
void report_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
