/*
 * Sessions: what each one has, whatever its transport.  It is one of so many, belongs to a peer,
 * has limits and time-outs, may have calls in the pool, and ends with the others.
 *
 * No peer can stay for ever doing nothing: a message has a time to arrive in, replies have a time
 * to be taken in, and an idle session ends.
 */
#ifndef SIDECALL_SERVER_SESSION_H
#define SIDECALL_SERVER_SESSION_H

#include <stddef.h>

#include "server/loop.h"
#include "server/shared.h"
#include "server/work.h"

#define SESSION_TURN_OUTPUT ((size_t)64 << 10) /* bytes of replies after which a turn ends */
#define SESSION_TURN_TIME   2                  /* milliseconds after which a turn ends */
#define SESSION_ROUND_TIME  10 /* milliseconds that all turns between two waits may take */

struct limits {
	size_t message;               /* bytes in a call, and in a reply */
	size_t memory;                /* bytes of messages that all sessions may keep */
	unsigned int connections;     /* at a time, of all workers together */
	unsigned int of_address;      /* of these, from one IP address */
	unsigned int message_timeout; /* seconds for a message to arrive, or a reply to be taken */
	unsigned int idle_timeout;    /* seconds between two messages; 0: no limit */
	unsigned int patience; /* milliseconds that a call in the pool may take while others wait */
	size_t replay;         /* bytes that a socket for datagrams remembers of calls; 0: 16 MiB */
};

/* A transport's own part lies around it. */
struct session {
	struct timer timer;    /* in one of the queues of its owner, by what it waits for */
	struct deferred again; /* its next turn, when it has more to do without waiting */
	struct watch in;       /* its peer sends, or is gone */
	struct sessions *owner;
	struct session *previous, *next;
	struct peer_address peer;
	const struct protocol *protocol;
	const struct session_operations *operations;
	struct works works; /* its calls in the pool */
	size_t held;        /* bytes of messages that it keeps, as they were counted last */
	bool ending;        /* nothing more is read: end when all is answered and sent */
	bool closed;        /* freed when it is over */
};

struct session_operations {
	/* As of the session's `in`. */
	void (*ready)(struct watch *in, uint32_t events);
	/* As of the session's `again`: the next turn; frees a session that is over. */
	void (*again)(struct deferred *again);
	/* As of a work of the session's `works`; frees a session that is over. */
	void (*answered)(struct works *works, struct work *work);
	/* The server stops: answers what has arrived, and closes as soon as the replies are taken.
	 */
	void (*finish)(struct session *session);
	/* Ends the session now, by session_end(); harmless when it is closed. */
	void (*close)(struct session *session);
};

/* All sessions of one loop. */
struct sessions {
	struct loop *loop;
	struct service *service;
	struct pool *pool; /* for calls that may wait for a disk; NULL: they are made in the loop */
	const struct limits *limits;
	struct shared *shared; /* what counts the sessions of all workers; NULL: nobody does */
	struct session *first;
	unsigned int count;
	struct sessions *beside; /* those of the next worker, in `shared` */
	atomic_size_t largest;   /* bytes: no session here holds more, by what other workers know */
	struct posted relief; /* another worker found that too much is held, and most of it here */
	atomic_bool asked;    /* it is posted */
	bool stop_when_empty; /* the loop stops with the last session */
	/* Sessions that wait for the rest of a call, for their peer to take replies, for a call. */
	struct timer_queue arriving, sending, idle;
	/* Works for which nobody may be waiting any more: cancelled. */
	struct timer_queue executing;
	/* Lent to the session whose turn it is: an idle session owns no memory for messages. */
	struct buffer input, output;
};

void sessions_init(struct sessions *sessions, struct loop *loop, struct service *service,
		   struct pool *pool, const struct limits *limits, struct shared *shared);

/* Ends all sessions at once.  Those with calls in the pool are freed by the calls' ends, so the
 * pool is to be closed, and loop_run_posted() called, before the loop is released. */
void sessions_release(struct sessions *sessions);

/* Answers what has arrived, waits up to `milliseconds` for peers to take their replies, and ends
 * all sessions.  Nothing that arrives later is read. */
void sessions_drain(struct sessions *sessions, int64_t milliseconds);

/* ---- for transports ---- */

/* Begins a session with the peer at the other end of `in`, which is non-blocking, and the session's
 * from now on, if this succeeds: 0, or -EUSERS when one of the limits on sessions is reached, which
 * is logged. */
int session_begin(struct session *session, struct sessions *owner, const struct protocol *protocol,
		  const struct session_operations *operations, int in);

/* Closes its descriptor and counts it, and what it held, no longer: to be called before that is
 * freed, or others would have to make room for what is on its way out.  Events of this round may
 * still name it, so its memory is to live until again() or answered() is called and it is over. */
void session_end(struct session *session);

/* Whether nothing will name the closed session any more. */
bool session_is_over(const struct session *session);

/* Logs why a session ends, unless that is no news. */
void session_log_end(const struct session *session, int error);

/* Hands a call that may wait for a disk to the pool; its reply may have `limit` bytes behind `room`
 * bytes left free.  1, 0 when the call is to be answered here, or -ENOMEM. */
int session_submit(struct session *session, const uint8_t *call, size_t length, size_t limit,
		   size_t room);

/* Says how many bytes of messages the session keeps, beside its calls in the pool.  When it keeps
 * more than before and all sessions together too much, the one of all workers' that keeps most
 * ends: this one, or another. */
void session_hold(struct session *session, size_t bytes);

/* Gives `own` the big buffer with room for a turn, the little that `own` already held in front;
 * takes it back, unless a lot is left over in it, and copies out what little there is.
 * 0 or -ENOMEM. */
int session_lend(struct buffer *lent, struct buffer *own, size_t room);
int session_give_back(struct buffer *lent, struct buffer *own);

/* Whether a turn that began at `start` (of loop_tick()) is over with these bytes of replies.  When
 * many have much to do, their turns are as short as can be, so that the others need not wait. */
static inline bool session_turn_is_over(const struct session *session, int64_t start, size_t output)
{
	int64_t now = loop_tick();

	return output >= SESSION_TURN_OUTPUT || now - start >= SESSION_TURN_TIME ||
	       now - session->owner->loop->now >= SESSION_ROUND_TIME;
}

#endif
