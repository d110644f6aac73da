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

#include <stddef.h>

#include "server/loop.h"
#include "server/shared.h"
#include "server/work.h"

struct limits {
	size_t message;               /* bytes in a call, and in a reply */
	size_t memory;                /* bytes of messages that all sessions may keep */
	unsigned int connections;     /* at a time, of all workers together */
	unsigned int of_address;      /* of these, from one IP address */
	unsigned int message_timeout; /* seconds for a message to arrive, or a reply to be taken */
	unsigned int idle_timeout;    /* seconds between two messages; 0: no limit */
};

struct session;

/*
 * A session that is no byte stream: its transport keeps it, but it counts, waits and ends with the
 * others.  Its transport's own part lies around it.
 */
struct member {
	struct timer timer; /* in one of the queues of its streams, by what it waits for */
	struct member *previous, *next;
	struct streams *streams;
	struct peer_address peer;
	const struct member_operations *operations;
};

struct member_operations {
	/* The server stops: answers what has arrived, and closes as soon as the replies are taken.
	 */
	void (*finish)(struct member *member);
	/* Ends the session now; also called when it waited too long. */
	void (*close)(struct member *member);
};

/* All sessions of one loop. */
struct streams {
	struct loop *loop;
	struct service *service;
	struct pool *pool; /* for calls that may wait for a disk; NULL: they are made in the loop */
	const struct limits *limits;
	struct shared *shared; /* what counts the sessions of all workers; NULL: nobody does */
	struct session *sessions;
	unsigned int count;   /* of sessions and members here */
	bool stop_when_empty; /* the loop stops with the last session */
	struct timer_queue arriving, sending, idle;
	struct timer_queue
		executing; /* works for which nobody may be waiting any more: cancelled */
	struct member *members;
	struct timer_queue members_sending, members_idle;
	/* Lent to the session whose turn it is: an idle session owns no memory for messages. */
	struct buffer input, output;
};

void streams_init(struct streams *streams, struct loop *loop, struct service *service,
		  struct pool *pool, const struct limits *limits, struct shared *shared);

/* Ends all sessions at once.  Those with calls in the pool are freed by the calls' ends, so the
 * pool is to be closed, and loop_run_posted() called, before the loop is released. */
void streams_release(struct streams *streams);

/*
 * Serves a stream, with the descriptors `in` and `out`, which may be the same, until it ends; they
 * are non-blocking, and closed at the end (also when this fails).  0 or -errno: -EUSERS when one of
 * the limits on sessions is reached, which is logged.
 */
int stream_open(struct streams *streams, const struct protocol *protocol, int in, int out);

/* Counts a session that is no byte stream, whose client is at the other end of `socket`, among the
 * others, and no longer.  0, or -EUSERS as stream_open(). */
int streams_join(struct streams *streams, struct member *member, int socket,
		 const struct member_operations *operations);
void streams_leave(struct member *member);

/* The time runs that a member has until its next call, or for its peer to take a reply. */
void member_waits_for_call(struct member *member);
void member_waits_for_peer(struct member *member);

/* Answers what has arrived, waits up to `milliseconds` for peers to take their replies, and ends
 * all sessions.  Nothing that arrives later is read. */
void streams_drain(struct streams *streams, int64_t milliseconds);

#endif
