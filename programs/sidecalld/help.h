/* Help on sidecalld. */
#ifndef SIDECALL_PROGRAMS_SIDECALLD_HELP_H
#define SIDECALL_PROGRAMS_SIDECALLD_HELP_H

#include "programs/help_page.h"

extern const struct help_list daemon_lists[]; /* ends with a row of zeroes */

/* Prints it on standard output. */
void daemon_help(const struct option_row *rows);

#endif
