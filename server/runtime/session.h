/*
 * Sessions: what each one has, whatever its transport.  It is one of its peer's, takes its turn
 * among these, has limits and time-outs, may have calls in the pool, and ends with the others.
 *
 * No session can stay for ever doing nothing: a message has a time to arrive in, replies have a
 * time to be taken in, and an idle session ends.  And when all of them together have too much, one
 * of the peer that has most ends: the one that has made no progress for longest.
 */
#ifndef SIDECALL_SERVER_RUNTIME_SESSION_H
#define SIDECALL_SERVER_RUNTIME_SESSION_H

#include <stddef.h>

#include "server/runtime/balance.h"
#include "server/runtime/loop.h"
#include "server/runtime/peer.h"
#include "server/runtime/pool/slow_call.h"

#define SESSION_TURN_OUTPUT ((size_t)64 << 10) /* bytes of replies after which a turn ends */

struct session;

/* What those who come in by a listener have to do with. */
struct entrance {
	const struct protocol *protocol; /* what speaks the endpoint's */
	enum endpoint_transport transport;
	bool guarded; /* clients may pass descriptors along (common/rights.h) */
};

/* clang-format off */
/*
 * A session's states, in order: none comes back.  Beside what is named, a fault, a time that is over
 * and whoever needs its place close it at any time.
 *
 *	state     what its peer sends      what it waits for        what ends it
 *	OPEN      is answered              a call; the pool;        its peer's end, the server's stop,
 *	                                   room for its replies     what is no call
 *	STOPPING  is answered, if it was   what is on its way       nothing more of that comes
 *	          asked before the stop
 *	ENDING    is not read              the pool; room for       all is answered and sent
 *	                                   its replies
 *	PARTED    is read and forgotten    its peer's end           that
 *	CLOSED    is refused               the pool, and whoever    both are done: it is freed
 *	                                   closes its descriptor
 */
/* clang-format on */
enum session_state {
	SESSION_OPEN,
	SESSION_STOPPING,
	SESSION_ENDING,
	SESSION_PARTED,
	SESSION_CLOSED
};

/* Functions that return an int return 0, or -errno when the session cannot go on: then it is logged
 * and closed. */
struct session_operations {
	/* As of the session's `in`: notes what has come, and asks for a turn. */
	void (*ready)(struct watch *in, uint32_t events);
	/* Its turn: all that it does between two waits. */
	int (*turn)(struct session *session);
	/* Takes the reply of a call that is back from the pool; its next turn sends it. */
	int (*answered)(struct session *session, struct slow_call *call);
	/* The server stops: answers what was sent by now, and ends as soon as the replies are
	 * taken. Called again and again until the session is ending. */
	void (*finish)(struct session *session);
	/* Bytes that it keeps, beside its calls in the pool. */
	size_t (*held)(const struct session *session);
	/* Begins to wait at its worker, where it has just come. */
	int (*settle)(struct session *session);
	/* Ends the session now, by session_end(); harmless when it is closed. */
	void (*close)(struct session *session);
};

/* A transport's own part lies around it, and is freed with free(). */
struct session {
	enum session_state state;
	struct timer timer;  /* in one of the queues of its owner, by what it waits for */
	struct watch in;     /* its peer sends, or is gone */
	struct link in_line; /* among its peer's that want a turn */
	struct link in_peer; /* among its peer's, by its progress ... */
	struct link *place;  /* ... in this list of its line; NULL: it is closed */
	struct link in_all;  /* among its worker's */
	struct sessions *owner;
	struct peer *peer;
	struct peer *introduced; /* whose it is from its next turn on; NULL: its peer's */
	const struct protocol *protocol;
	uint8_t counted_protocol, counted_transport; /* of its endpoint, as its calls are counted */
	const struct session_operations *operations;
	struct way way;
	struct addresses *addresses;               /* once it has made a call */
	struct slow_calls slow_calls;              /* its calls in the pool */
	struct pool_owner pool_owners[POOL_KINDS]; /* their turns among the peer's */
	size_t held;              /* bytes that it keeps, as they were counted last */
	int64_t progress;         /* milliseconds: when it made some last */
	unsigned int descriptors; /* that it has */
	int lent;                 /* as in struct connection */
	/* Its time was over while it waited for its turn: called after that, unless there is
	 * progress in it. */
	void (*overdue)(struct session *session);
	unsigned int round; /* of its worker's looks (balance.h), in which it has had a turn */
	bool movable;       /* to another worker, when it has nothing under way */
	bool guarded;       /* its peer may pass descriptors along, which must not be closed here */
	bool moved;         /* in this turn its peer has sent or taken something */
	bool closing;       /* a thread closes its descriptor */
};

/* All sessions of one worker. */
struct sessions {
	struct loop *loop;
	const struct served *served;
	struct sidecall_svc_call execution; /* of calls that may not wait */
	struct pool *const *pools; /* of each kind, for calls that may wait; NULL: they wait here */
	const struct limits *limits;
	struct peers *peers;
	unsigned int index; /* of this worker, and so of its lines in peers */
	struct link all;
	/* Read by other workers: how many sessions, those included that are handed over to it and
	 * have not begun yet; and that it takes no more, for the server stops or it never began. */
	atomic_uint count;
	atomic_bool finishing;
	struct sessions *next_worker; /* a ring of all workers */
	struct balance balance;
	struct counters counters;
	struct posted evict;   /* another worker found that too much is held, and most of it here */
	atomic_bool asked;     /* it is posted */
	atomic_uint evictions; /* sessions that are to make way for others' */
	bool stop_when_empty;  /* the loop stops with the last session */
	/* Sessions that wait for the rest of a call, for their peer to take replies, for a call. */
	struct timer_queue arriving, sending, idle;
	/* Calls in the pools for which nobody may be waiting any more: cancelled. */
	struct timer_queue executing;
	/* Borrowed by the session whose turn it is: an idle session owns no memory for messages. */
	struct buffer input, output;
};

/* The line of the session's peer, at its worker. */
static inline struct peer_line *session_line(const struct session *session)
{
	return &session->peer->lines[session->owner->index];
}

/* `next` is another worker's, whose peers it shares, or NULL for the first.  `pools` may be NULL.
 */
void sessions_init(struct sessions *sessions, struct loop *loop, const struct served *served,
		   struct pool *const *pools, const struct limits *limits, struct peers *peers,
		   struct sessions *next);

/* Ends all sessions at once.  Those with calls in the pool are freed by the calls' ends, so the
 * pools are to be closed, and sessions_reap() called, before the loop is released. */
void sessions_release(struct sessions *sessions);

/* Ends the one that has a copy of this descriptor, if there is one. */
void sessions_leave(struct sessions *sessions, int fd);

/* Its copy; -1: there is none. */
int sessions_copy_of(struct sessions *sessions, int fd);

/* Sends, for at most so many milliseconds, what all of them have to send; the process ends then. */
void sessions_deliver(struct sessions *sessions, int milliseconds);

void sessions_reap(struct sessions *sessions);

/* Has all of them answer what has arrived by now; those that begin later, too.  They end then, and
 * sessions_are_over() says whether they have. */
void sessions_finish(struct sessions *sessions);
bool sessions_are_over(struct sessions *sessions);

/* ---- for transports ---- */

/*
 * Begins a session of a peer, in memory of the transport's that is all zeroes, or NULL where there
 * was none.  `descriptors`, of which the first is its `in`, are non-blocking.  0; -EACCES when its
 * peer may not call, or -EUSERS when one of the limits on sessions is reached, which are logged; or
 * -ENOMEM: then the descriptors are closed and the memory is freed.  Whoever has most makes way.
 */
int session_begin(struct session *session, struct sessions *owner, const struct entrance *entrance,
		  const struct session_operations *operations, const int *descriptors,
		  unsigned int count, const struct peer_id *peer);

/* Closes its descriptor, and counts what it held no longer: to be called before that is freed, or
 * others would have to make room for what is on its way out.  It is freed after its next turn. */
void session_end(struct session *session);

/* Has the session take a turn, when it is its peer's and its own; or gives it one now. */
void session_ask(struct session *session);
void session_take_turn(struct session *session);

/* Logs why a session ends, unless that is no news. */
void session_log_end(const struct session *session, int error);

/* Answers a call here, or hands it to the pool.  1 when the pool has it, 0, or -errno as of a
 * protocol's answer(). */
int session_answer(struct session *session, const uint8_t *call, size_t length,
		   struct buffer *reply, size_t limit, size_t room);

/* (Re)starts the time that it has, or stops it; what was over before is forgotten. */
void session_start_timer(struct session *session, struct timer_queue *queue);
void session_stop_timer(struct session *session);

/* Whether such a time runs, or is over and was not heeded yet. */
static inline bool session_has_time(const struct session *session)
{
	return list_has(&session->timer.link) || session->overdue;
}

/* Whether its peer's kernel has all that was sent, and nothing came that was not read: to close now
 * tears nothing away from it. */
bool session_is_delivered(const struct session *session);

/* Reads as read(2).  Should descriptors come along, a thread closes them: -1 and EPROTO. */
ssize_t session_read(struct session *session, void *bytes, size_t size);

/* Gives `own` the big buffer with room for a turn, the little that `own` already held in front;
 * takes it back, unless most of it is in use, and copies out what there is.  0 or -ENOMEM. */
int session_borrow_buffer(struct buffer *shared, struct buffer *own, size_t room);
int session_return_buffer(struct buffer *shared, struct buffer *own);

#endif
