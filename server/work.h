/*
 * Calls that may wait for a disk: made by a thread of the pool, with their own copy of everything,
 * and brought back to the loop that they came from.
 */
#ifndef SIDECALL_SERVER_WORK_H
#define SIDECALL_SERVER_WORK_H

#include <stdatomic.h>
#include <sys/socket.h>

#include "server/pool.h"
#include "server/protocol.h"

/* The calls of one session, or of one socket, that the pool has.  All zeroes: none. */
struct works {
	struct work *first;
	struct pool *pool; /* where these are, when there are any */
	struct job_owner owner;
	unsigned int count;
	size_t bytes; /* that they keep; a reply counts for whoever takes it */
};

struct work {
	struct job job;
	struct timer timer; /* the owner's to use; stopped at the end */
	int64_t taken;      /* likewise: when, in milliseconds */
	struct work *previous, *next;
	struct works *owner;
	const struct protocol *protocol;
	struct service service; /* a copy, with a flag to cancel this call */
	atomic_bool cancelled;
	size_t limit; /* bytes that the reply may have */
	/* Back in the loop: takes the result, and the reply, which is freed afterwards with the
	 * work; it counts no longer. */
	void (*done)(struct works *owner, struct work *work);
	int result;          /* as protocol->answer() returned */
	struct buffer reply; /* behind `room` bytes left free for a mark */
	size_t room;
	struct sockaddr_storage peer; /* whose call it is, where there is no session */
	socklen_t peer_length;
	uint8_t own[64]; /* and to which of our addresses it came, as a control message */
	size_t own_length;
	size_t length;
	uint8_t call[];
};

/* A work for a call; its members above up to `length` that the owner cares for are to be set before
 * work_start() hands it to the pool.  NULL: out of memory. */
struct work *work_create(struct works *owner, const struct protocol *protocol,
			 const struct service *service, const void *call, size_t length);
void work_start(struct work *work, struct pool *pool, struct loop *loop);

/* Has all works end soon, those that wait at once: nobody waits for them.  done() is called all the
 * same, by the loop. */
void works_cancel(struct works *works);

#endif
