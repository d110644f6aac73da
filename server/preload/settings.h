/* The limits that a program runs with: what `sidecall run` leaves in the environment. */
#ifndef SIDECALL_SERVER_PRELOAD_SETTINGS_H
#define SIDECALL_SERVER_PRELOAD_SETTINGS_H

#include "server/runtime/svc.h"

/* Says what is wrong with the environment, in a line. */
typedef void settings_complaint(void *context, const char *line);

/* Fills in all options: those that the environment names, and what suits a program that knows
 * nothing of us for the others. */
void settings_read(struct sidecall_svc_options *options, settings_complaint *complain);

/* Whether the environment says that not everybody may call, or not all. */
bool settings_restrict(void);

/* Whether the program takes the places of servers that are alive. */
bool settings_replace(void);

#endif
