/*
 * A call that was packed once, to be sent many times.
 *
 * Who makes millions of calls a second to load a server would mostly measure himself if he packed
 * and unpacked each.  So a stub packs the call once, and each reply is compared with the first one,
 * which a stub unpacked and somebody looked at.
 */
#ifndef SIDECALL_MEASURE_PREPARED_H
#define SIDECALL_MEASURE_PREPARED_H

#include "measure/answer.h"

struct prepared_call {
	struct answer *answer; /* the caller's */
	struct buffer call;    /* its first four bytes name it: to be filled in */
	struct buffer reply;   /* what the server answered, named likewise */
};

/* Those that are sent in turn, on whichever connection has a place. */
struct prepared_calls {
	struct prepared_call *list;
	unsigned int count, next;
};

/*
 * Packs the call and makes it once on the client's channel, which is open.  0, FAILURE_SERVICE
 * when the service answers with a failure, or the failure's code.  Release it in any case; it uses
 * the answer until then.
 */
int prepared_make(struct prepared_call *prepared, struct client *client, struct answer *answer,
		  struct failure *failure);
void prepared_release(struct prepared_call *prepared);

/*
 * Whether a reply is the one that was expected: the same bytes but for its name, or else bytes from
 * which the stub unpacks what answer_check() accepts.  0 or the failure's code.
 */
int prepared_check(const struct prepared_call *prepared, const struct endpoint *endpoint,
		   const struct message *reply, struct failure *failure);

/* The same for a call of each answer.  Release them in any case. */
int prepared_make_all(struct prepared_calls *calls, struct client *client, struct answer *answers,
		      unsigned int count, struct failure *failure);
void prepared_release_all(struct prepared_calls *calls);

/* The call that is to be sent next; and that it was. */
struct prepared_call *prepared_next(const struct prepared_calls *calls);
void prepared_advance(struct prepared_calls *calls);

#endif
