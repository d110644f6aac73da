/*
 * Calls that may wait for a disk: made by a thread of a pool, with their own copy of everything,
 * and brought back to the loop that they came from.
 */
#ifndef SIDECALL_SERVER_RUNTIME_SLOW_CALL_H
#define SIDECALL_SERVER_RUNTIME_SLOW_CALL_H

#include <stdatomic.h>
#include <sys/socket.h>

#include "server/runtime/peer.h"
#include "server/runtime/protocol.h"

/* The calls of one session, or of one socket, that pools have.  list_init() its list. */
struct works {
	struct link list;
	unsigned int count;
	size_t bytes; /* that they keep; a reply counts for whoever takes it */
};

/* A call on its way to a pool. */
struct work_order {
	const struct protocol *protocol;
	const struct service *service;
	struct pool *const *pools; /* one of each kind */
	struct loop *loop;         /* where it comes back to */
	struct peer *peer; /* whose share it takes; it outlives the work, as the next does */
	struct pool_owner *owners; /* whose turn it takes among the peer's, of each kind */
	const uint8_t *call;
	size_t length;
	size_t limit; /* bytes that the reply may have */
	size_t room;  /* bytes left free before the reply, for a mark */
	enum wait wait;
};

struct work {
	struct job job;
	struct timer timer; /* the owner's to use; stopped at the end */
	struct link link;
	struct works *owner;
	const struct protocol *protocol;
	struct service service; /* a copy, with a gate and a flag to cancel this call */
	struct root_gate gate;
	atomic_bool cancelled; /* nobody waits for it any more, or it makes way */
	size_t limit;
	/* Back in the loop: takes the result, and the reply, which is freed afterwards with the
	 * work; it counts no longer. */
	void (*done)(struct works *owner, struct work *work);
	int result;          /* 0, -EPROTO, -ENOMEM */
	struct buffer reply; /* behind `room` bytes left free for a mark */
	size_t room;
	struct sockaddr_storage address; /* whose call it is, where there is no session */
	socklen_t address_length;
	struct peer *peer;
	uint8_t reply_source[64]; /* and to which of our addresses it came, as a control message */
	size_t reply_source_length;
	void *context; /* the owner's, as the next is */
	struct replay_entry *remembered;
	size_t length;
	uint8_t call[];
};

/* A work for a call; its members that the owner cares for are to be set before work_start() hands
 * it to the pool.  NULL: out of memory. */
struct work *work_create(struct works *owner, const struct work_order *order);

/* 0, or -EBUSY when the peer's share of the pool is used up: then the work is freed. */
int work_start(struct work *work, const struct work_order *order);

/* Refuses one that no thread has taken: done() is called at once, with a reply that says so. False:
 * it runs, or has run. */
bool work_refuse(struct work *work);

/* Has all works end soon, those that wait at once: nobody waits for them.  done() is called all the
 * same, by the loop. */
void works_cancel(struct works *works);

#endif
