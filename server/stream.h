/*
 * Sessions on byte streams: finds the messages in what arrives, has each answered, and sends the
 * replies.  All replies of one turn leave in one write.
 *
 * No peer can delay another: nothing here blocks, a turn is short, and a peer that does not read
 * its replies is not read from either.  No peer can stay for ever doing nothing: a message has a
 * time to arrive in, replies have a time to be taken in, and an idle session ends.
 */
#ifndef SIDECALL_SERVER_STREAM_H
#define SIDECALL_SERVER_STREAM_H

#include <stdatomic.h>
#include <stddef.h>

#include "server/loop.h"
#include "server/pool.h"
#include "server/protocol.h"

struct limits {
	size_t message;               /* bytes in a call, and in a reply */
	unsigned int connections;     /* at a time */
	unsigned int message_timeout; /* seconds for a message to arrive, or a reply to be taken */
	unsigned int idle_timeout;    /* seconds between two messages; 0: no limit */
};

struct session;

/* Cancels a call in the pool for which nobody may be waiting any more: in the queue `executing`. */
struct call_timer {
	struct timer timer;
	atomic_bool cancelled;
};

/* All sessions of one loop. */
struct streams {
	struct loop *loop;
	struct service *service;
	struct pool *pool; /* for calls that may wait for a disk; NULL: they are made in the loop */
	const struct limits *limits;
	struct session *sessions;
	unsigned int count;
	bool stop_when_empty; /* the loop stops with the last session */
	struct timer_queue arriving, sending, idle, executing;
	/* Lent to the session whose turn it is: an idle session owns no memory for messages. */
	struct buffer input, output;
};

void streams_init(struct streams *streams, struct loop *loop, struct service *service,
		  struct pool *pool, const struct limits *limits);

/* Ends all sessions at once.  Those with calls in the pool are freed by the calls' ends, so the
 * pool is to be closed, and loop_run_posted() called, before the loop is released. */
void streams_release(struct streams *streams);

/*
 * Serves a stream, with the descriptors `in` and `out`, which may be the same, until it ends; they
 * are non-blocking, and closed at the end (also when this fails).  0 or -errno.
 */
int stream_open(struct streams *streams, const struct protocol *protocol, int in, int out);

/* Answers what has arrived, waits up to `milliseconds` for peers to take their replies, and ends
 * all sessions.  Nothing that arrives later is read. */
void streams_drain(struct streams *streams, int64_t milliseconds);

#endif
