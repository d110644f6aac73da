/* Cases of the file operations, of a server that serves a directory which the reference serves,
 * too.
 */
#ifndef SIDECALL_CHECK_FILES_H
#define SIDECALL_CHECK_FILES_H

#include "check/check.h"

/* Hands out the cases, those of what is in the directory among them, up to when `take` returns
 * false.  A case lasts until `take` returns. */
void check_files(const struct reference *reference,
		 bool (*take)(void *context, const struct check_case *row), void *context);

#endif
