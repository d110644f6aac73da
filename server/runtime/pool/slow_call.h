/*
 * Calls that may wait for a disk: executed by a thread of a pool, with their own copy of
 * everything, and brought back to the loop that they came from.
 */
#ifndef SIDECALL_SERVER_RUNTIME_POOL_SLOW_CALL_H
#define SIDECALL_SERVER_RUNTIME_POOL_SLOW_CALL_H

#include "server/runtime/peer.h"
#include "server/runtime/protocol.h"

struct slow_call;

/* The calls of one session, or of one socket, that pools have.  list_init() its list. */
struct slow_calls {
	struct link list;
	unsigned int count;
	size_t bytes; /* that they keep; a reply counts for whoever takes it */
};

/* A call on its way to a pool. */
struct slow_call_order {
	const struct protocol *protocol;
	const struct served *served;
	struct pool *const *pools; /* one of each kind */
	struct loop *loop;         /* where it comes back to */
	struct way *way;           /* it outlives the call, as the next two do */
	struct peer *peer;         /* whose share it takes */
	struct pool_owner *owners; /* whose turn it takes among the peer's, of each kind */
	uint64_t caller;           /* for the procedure, as the next is */
	bool forgeable;
	struct counters *counters; /* of its worker, and as what it is counted */
	uint8_t counted_protocol, counted_transport;
	const uint8_t *bytes;
	size_t length;
	size_t limit; /* bytes that the reply may have */
	size_t room;  /* bytes left free before the reply, for a mark */
	enum sidecall_wait wait;
	/* Back in the loop: takes the result, and the reply, which is freed afterwards with the
	 * call; it counts no longer. */
	void (*done)(struct slow_calls *owner, struct slow_call *call);
	void *context; /* the owner's */
};

struct slow_call {
	struct job job;
	struct timer timer; /* the owner's to use; stopped at the end */
	struct link link;
	struct slow_calls *owner;
	struct slow_call_order order; /* its bytes are its own */
	struct sidecall_svc_call execution;
	atomic_bool cancelled; /* nobody waits for it any more, or it makes way */
	bool told;             /* its procedure knows */
	int64_t asked;         /* nanoseconds: when it was handed over */
	int result;            /* 0, -EPROTO, -ENOMEM */
	struct buffer reply;   /* behind `room` bytes left free for a mark */
	uint8_t bytes[];
};

/* Hands a call to the pool: the order is copied, and so is what it names.  The call, or NULL with
 * *r set to -ENOMEM, or -EBUSY when the peer's share of the pool is used up. */
struct slow_call *slow_call_submit(struct slow_calls *owner, const struct slow_call_order *order,
				   int *r);

/* Refuses one that no thread has taken: done() is called at once, with a reply that says so. False:
 * it is executed, or has been. */
bool slow_call_refuse(struct slow_call *call);

/* Has one end soon, or all, and those that wait at once: nobody waits for them, or others do.
 * done() is called all the same, by the loop. */
void slow_call_cancel(struct slow_call *call);
void slow_calls_cancel(struct slow_calls *calls);

#endif
