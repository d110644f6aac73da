/* Many small experiments, each in a process of its own, several at a time, each with an end. */
#ifndef SIDECALL_COMPARE_LAB_TRIALS_H
#define SIDECALL_COMPARE_LAB_TRIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "compare/part/outcome.h"

/* One of them.  It shares its outcome with the process that runs it. */
struct trial {
	void (*run)(const struct trial *trial); /* in a process of its own; fills in the outcome */
	const void *context;                    /* the maker's */
	struct call_outcome *outcome;           /* trials_outcomes() makes them */
	/* While it runs: */
	pid_t pid;
	int fd; /* tells of its end */
	int64_t until;
};

/* Outcomes that processes share, all of them cleared; NULL and errno. */
struct call_outcome *trials_outcomes(size_t count);
void trials_release(struct call_outcome *outcomes, size_t count);

/*
 * Runs them, `most` at a time.  What does not end within `limit` nanoseconds is ended, and has
 * hung. Whatever a trial started and did not end goes with it: they are one group of processes. All
 * the while goes_on(watcher, how many have begun) is asked.  0; -EINTR when that said no; or
 * another -errno.  Nothing is running then.
 */
int trials_run(struct trial *trials, size_t count, size_t most, int64_t limit,
	       bool (*goes_on)(void *watcher, size_t begun), void *watcher);

#endif
