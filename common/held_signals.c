/* Signals that end a program, held back until what it has set up is put away. */
#include "common/held_signals.h"

#include <stddef.h>
#include <stdio.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

void ends_set(sigset_t *set)
{
	struct sigaction action;

	sigemptyset(set);
	for (size_t i = 0; i < SIGNALS; i++)
		if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(set, signals[i]);
}

void ends_hold(struct ends *ends)
{
	sigset_t held;

	ends_set(&held);
	sigprocmask(SIG_BLOCK, &held, &ends->before);
	ends->held = true;
}

bool ends_pending(void)
{
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < SIGNALS; i++)
		if (sigismember(&pending, signals[i]))
			return true;
	return false;
}

void ends_release(struct ends *ends)
{
	if (!ends->held)
		return;
	if (ends_pending())
		fflush(stdout);
	sigprocmask(SIG_SETMASK, &ends->before, NULL);
	ends->held = false;
}
