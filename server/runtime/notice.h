/* What a signal handler has to say to a loop: that something is to be done, soon. */
#ifndef SIDECALL_SERVER_RUNTIME_NOTICE_H
#define SIDECALL_SERVER_RUNTIME_NOTICE_H

#include "server/runtime/loop.h"

/* Embedded in what it is about. */
struct notice {
	struct watch watch; /* an event descriptor: a signal handler may write to it */
	void (*taken)(struct notice *notice); /* by the loop, once for all that were given so far */
};

/* Has the loop take what is given from now on.  0 or -errno. */
int notice_open(struct notice *notice, struct loop *loop, void (*taken)(struct notice *notice));

/* From any thread, and from a signal handler. */
void notice_give(const struct notice *notice);

/* Its loop is over.  Harmless when its descriptor is -1. */
void notice_close(struct notice *notice);

#endif
