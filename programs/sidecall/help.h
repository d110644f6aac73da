/* Help: on sidecall, and on each of its commands. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_HELP_H
#define SIDECALL_PROGRAMS_SIDECALL_HELP_H

#include "programs/help_page.h"
#include "programs/sidecall/command.h"

/* Endpoints first; they end with a row of zeroes. */
extern const struct help_list help_lists[];

/* Both print on standard output, as wide as the terminal is; `before` are the options that may
 * stand before any command. */
void help_all(const struct command *commands, const struct option_row *before);
void help_command(const struct command *command);

#endif
