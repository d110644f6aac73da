/* Many small experiments, each in a process of its own, several at a time, each with an end. */
#ifndef SIDECALL_COMPARE_FAILURES_EXPERIMENTS_H
#define SIDECALL_COMPARE_FAILURES_EXPERIMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "compare/part/outcome.h"

/* One of them.  It shares its sight with the process that runs it. */
struct cell {
	void (*run)(const struct cell *cell); /* in a process of its own; fills in the sight */
	const void *context;                  /* the maker's */
	struct sight *sight;                  /* cells_sights() makes them */
	/* While it runs: */
	pid_t pid;
	int fd; /* tells of its end */
	int64_t until;
};

/* Sights that processes share, all of them cleared; NULL and errno. */
struct sight *cells_sights(size_t count);
void cells_release(struct sight *sights, size_t count);

/*
 * Runs them, `most` at a time.  What does not end within `limit` nanoseconds is ended, and has
 * hung. Whatever a cell started and did not end goes with it: they are one group of processes.  All
 * the while goes_on(watcher, how many have begun) is asked.  0; -EINTR when that said no; or
 * another -errno.  Nothing is running then.
 */
int cells_run(struct cell *cells, size_t count, size_t most, int64_t limit,
	      bool (*goes_on)(void *watcher, size_t begun), void *watcher);

#endif
