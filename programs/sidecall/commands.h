/* The table of commands, and the options that may stand before any of them. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_COMMANDS_H
#define SIDECALL_PROGRAMS_SIDECALL_COMMANDS_H

#include "programs/sidecall/command.h"

#define COMMANDS_MOST 64

extern const struct option_row commands_before[];

/* Every command: the procedures first.  The last row has no name. */
void commands_list(struct command commands[COMMANDS_MOST]);

#endif
