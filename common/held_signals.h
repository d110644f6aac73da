/* Signals that end a program, held back until what it has set up is put away. */
#ifndef SIDECALL_COMMON_HELD_SIGNALS_H
#define SIDECALL_COMMON_HELD_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* All zeroes holds nothing back. */
struct held_signals {
	bool held;
	sigset_t before;
};

/* SIGINT, SIGTERM, SIGHUP and SIGQUIT, but those that are ignored, as nohup has SIGHUP. */
void held_signals_set(sigset_t *set);

/* Holds them back. */
void held_signals_hold(struct held_signals *ends);

/* Whether one of them has come since. */
bool held_signals_pending(void);

/* Lets them through again; if one has come, this process ends here, with its output written. */
void held_signals_release(struct held_signals *ends);

#endif
