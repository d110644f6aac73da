/* A part's work in a process of its own, so that it can be ended at any time. */
#ifndef SIDECALL_COMPARE_BYTES_FORKED_H
#define SIDECALL_COMPARE_BYTES_FORKED_H

#include "compare/part/part.h"

/*
 * Has `make` make the part's object in a process of its own, and waits for it.  When the user wants
 * it to end meanwhile, that process is killed, with all that it started and whatever it waits for:
 * a call that nobody answers any more would last until its deadline.
 * The object, or NULL with the failure.
 */
json_t *forked_make(struct comparison *comparison,
		    json_t *(*make)(struct comparison *comparison, struct failure *failure),
		    struct failure *failure);

#endif
