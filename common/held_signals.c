/* Signals that end a program, held back until what it has set up is put away. */
#include "common/held_signals.h"

#include <stddef.h>
#include <stdio.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

void held_signals_set(sigset_t *set)
{
	struct sigaction action;

	sigemptyset(set);
	for (size_t i = 0; i < SIGNALS; i++)
		if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(set, signals[i]);
}

void held_signals_hold(struct held_signals *ends)
{
	sigset_t held;

	held_signals_set(&held);
	sigprocmask(SIG_BLOCK, &held, &ends->before);
	ends->held = true;
}

bool held_signals_pending(void)
{
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < SIGNALS; i++)
		if (sigismember(&pending, signals[i]))
			return true;
	return false;
}

void held_signals_release(struct held_signals *ends)
{
	if (!ends->held)
		return;
	if (held_signals_pending())
		fflush(stdout);
	sigprocmask(SIG_SETMASK, &ends->before, NULL);
	ends->held = false;
}
