/* How a client meets a server of named pipes (docs/fifo.md), a step at a time. */
#ifndef SIDECALL_CHECK_MEETING_H
#define SIDECALL_CHECK_MEETING_H

#include <signal.h>

#include "client/runtime/failure.h"
#include "common/rendezvous.h"

/* What servers have most likely done with whom one cannot meet: the step that fails says which. */
#define MEETING_NO_READER                                                                          \
	"Most likely a read of 0, when no writer is left, is taken for the end: keep the "         \
	"well-known FIFO open for writing, too."
#define MEETING_NO_WELCOME                                                                         \
	"Most likely the calls are opened without O_NONBLOCK: that waits for the client, who "     \
	"opens them when it is welcome."
#define MEETING_OTHER_WELCOME                                                                      \
	"Most likely something else is sent, or a part of it: the greeting's 18 bytes go back as " \
	"they came, with both newlines, by one write."
#define MEETING_NO_CALLS                                                                           \
	"Most likely the calls are opened behind the welcome: open them before, with O_NONBLOCK. " \
	"Or a read of 0, when there is no writer yet, is taken for the end: wait with poll()."

struct meeting {
	struct endpoint endpoint; /* its directory is known */
	struct rendezvous_pair pair;
	char greeting[RENDEZVOUS_GREETING + 1];
	int server;         /* the well-known FIFO, for writing */
	int calls, replies; /* the client's own; -1: not open */
	sigset_t signals;   /* that were blocked before: while there are names none ends us */
};

/* Whether a signal is held back that is to end us: who waits looks now and then, and gives up.  And
 * the end of a wait until the next look, a moment from now or at the deadline. */
bool meeting_told_to_end(void);
int64_t meeting_look(int64_t deadline);

/* Whether there is a FIFO that somebody reads.  0 and a writer of it, for to open and to close it
 * would tell the server already; or the failure's code. */
int meeting_try(const struct endpoint *endpoint, int *writer, struct failure *failure);

/*
 * Makes a pair, opens its replies, and the well-known FIFO as soon as somebody reads it.  All of
 * the steps return 0 or the failure's code; meeting_end() is called in any case.
 */
int meeting_begin(struct meeting *meeting, const struct endpoint *endpoint, int64_t deadline,
		  struct failure *failure);
int meeting_greet(const struct meeting *meeting, struct failure *failure);
int meeting_await(const struct meeting *meeting, int64_t deadline, struct failure *failure);
int meeting_open_calls(struct meeting *meeting, struct failure *failure);

/* Begins, greets and awaits the welcome. */
int meeting_welcome(struct meeting *meeting, const struct endpoint *endpoint, int64_t deadline,
		    struct failure *failure);

/* Makes a descriptor of it the caller's. */
int meeting_take(int *fd);

/* The reason of a failure in one of these steps; NULL: it is not known. */
const char *meeting_why(const struct failure *failure);

/* Closes what is the client's own; removes the names; and both, and what else is open. */
void meeting_leave(struct meeting *meeting);
void meeting_remove(struct meeting *meeting);
void meeting_end(struct meeting *meeting);

#endif
