/* What all sessions have: their number, their limits and time-outs, their calls in the pool. */
#include "server/session.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/container.h"
#include "server/log.h"

#define KEEP_SMALL     ((size_t)4 << 10) /* bytes: what is left over is copied, not kept in place */
#define WORTH_ENDING   ((size_t)8 << 10) /* bytes: who holds less does not end for it */
#define LOST_CALL_TIME 60000             /* milliseconds for a call whose caller cannot be seen */

/* ---- beginning and end ---- */

static int count_in(struct sessions *owner, const struct peer_address *peer)
{
	const struct limits *limits = owner->limits;
	const char *limit = owner->shared ? shared_enter(owner->shared, peer, limits->connections,
							 limits->of_address)
					  : NULL;

	if (limit) {
		log_client("as many clients are connected as may be (%s): one was sent away",
			   limit);
		return -EUSERS;
	}
	owner->count++;
	return 0;
}

static void count_out(struct sessions *owner, const struct peer_address *peer)
{
	if (owner->shared)
		shared_leave(owner->shared, peer);
	owner->count--;
	if (owner->stop_when_empty && owner->count == 0)
		owner->loop->stop = true;
}

int session_begin(struct session *session, struct sessions *owner, const struct protocol *protocol,
		  const struct session_operations *operations, int in)
{
	int r;

	*session = (struct session){ .again.run = operations->again,
				     .in = { .fd = in, .ready = operations->ready },
				     .owner = owner,
				     .next = owner->first,
				     .peer = peer_of_socket(in),
				     .protocol = protocol,
				     .operations = operations };
	r = count_in(owner, &session->peer);
	if (r < 0)
		return r;
	if (session->next)
		session->next->previous = session;
	owner->first = session;
	return 0;
}

/* Counts the bytes that the session keeps now. */
static void count_held(struct session *session, size_t now)
{
	struct sessions *owner = session->owner;
	size_t more = now - session->held; /* it wraps when it is less */

	session->held = now;
	if (!owner->shared || !more)
		return;
	if (now > atomic_load(&owner->largest))
		atomic_store(&owner->largest, now);
	atomic_fetch_add(&owner->shared->held, more);
}

void session_end(struct session *session)
{
	struct sessions *owner = session->owner;

	session->closed = true;
	count_held(session, 0);
	loop_watch(owner->loop, &session->in, 0);
	close(session->in.fd);
	timer_stop(&session->timer);
	works_cancel(&session->works);
	if (session->next)
		session->next->previous = session->previous;
	if (session->previous)
		session->previous->next = session->next;
	else
		owner->first = session->next;
	count_out(owner, &session->peer);
	loop_defer(owner->loop, &session->again);
}

bool session_is_over(const struct session *session)
{
	return session->closed && !session->works.count && !session->again.queued;
}

void session_log_end(const struct session *session, int error)
{
	const char *name = session->protocol->name;

	if (error == -EPROTO)
		log_client("%s: what a client sent is no call; its session ends", name);
	else if (error == -EMSGSIZE)
		log_client("%s: a client's message is longer than %zu bytes (--max-message); "
			   "its session ends",
			   name, session->owner->limits->message);
	else if (error == -ENOMEM)
		log_client("%s: out of memory; a session ends", name);
	/* Anything else is the peer's going away, which is no news. */
}

/* ---- calls and their memory ---- */

int session_submit(struct session *session, const uint8_t *call, size_t length, size_t limit,
		   size_t room)
{
	const struct sessions *owner = session->owner;
	struct work *work;

	if (!owner->pool || !session->protocol->may_wait(call, length))
		return 0;
	work = work_create(&session->works, session->protocol, owner->service, call, length);
	if (!work)
		return -ENOMEM;
	work->limit = limit;
	work->room = room;
	work->done = session->operations->answered;
	work_start(work, owner->pool, owner->loop);
	return 1;
}

static bool too_much_is_held(const struct sessions *sessions)
{
	const struct shared *shared = sessions->shared;

	return shared && atomic_load(&shared->held) > sessions->limits->memory;
}

/* The session of this worker that holds most; says so to the others. */
static struct session *find_largest(struct sessions *sessions)
{
	struct session *largest = sessions->first;

	for (struct session *s = largest; s; s = s->next)
		if (s->held > largest->held)
			largest = s;
	atomic_store(&sessions->largest, largest ? largest->held : 0);
	return largest;
}

/* Whose largest session may be the largest of all; the caller's own, unless another's is larger. */
static struct sessions *find_worker(struct sessions *own)
{
	struct sessions *most = own;

	for (struct sessions *s = own->shared->workers; s; s = s->beside)
		if (atomic_load(&s->largest) > atomic_load(&most->largest))
			most = s;
	return most;
}

/* Ends those that hold most, until what is left may be held.  Only its own worker may end a
 * session, so another is asked; should its largest have become small meanwhile, it asks in turn. */
static void relieve(struct sessions *sessions)
{
	while (too_much_is_held(sessions)) {
		struct session *largest = find_largest(sessions);
		struct sessions *most = find_worker(sessions);

		if (most != sessions) {
			if (!atomic_exchange(&most->asked, true))
				loop_post(most->loop, &most->relief);
			return;
		}
		if (!largest || largest->held < WORTH_ENDING)
			return;
		log_client("clients hold more than %zu bytes (--max-memory): the session that "
			   "holds most, %zu, ends",
			   sessions->limits->memory, largest->held);
		largest->operations->close(largest);
	}
}

static void relieve_another(struct posted *relief)
{
	struct sessions *sessions = container_of(relief, struct sessions, relief);

	atomic_store(&sessions->asked, false);
	relieve(sessions);
}

void session_hold(struct session *session, size_t bytes)
{
	size_t now = bytes + session->works.bytes;
	bool grew = now > session->held;

	count_held(session, now);
	if (grew)
		relieve(session->owner);
}

int session_lend(struct buffer *lent, struct buffer *own, size_t room)
{
	struct buffer small = *own;

	if (own->capacity > KEEP_SMALL)
		return 0; /* it has a big one of its own */
	lent->length = 0;
	if (buffer_reserve(lent, room + small.length) < 0 ||
	    buffer_append(lent, small.data, small.length) < 0)
		return -ENOMEM;
	*own = *lent;
	*lent = (struct buffer){ 0 };
	buffer_release(&small);
	return 0;
}

int session_give_back(struct buffer *lent, struct buffer *own)
{
	struct buffer big = *own;

	if (big.length > KEEP_SMALL || big.capacity <= KEEP_SMALL)
		return 0;
	*own = (struct buffer){ 0 };
	if (!lent->data) {
		*lent = big;
		big = (struct buffer){ .data = lent->data, .length = big.length };
		return big.length ? buffer_append(own, big.data, big.length) : 0;
	}
	if (big.length && buffer_append(own, big.data, big.length) < 0) {
		*own = big;
		return -ENOMEM;
	}
	buffer_release(&big);
	return 0;
}

/* ---- who waits too long ---- */

static struct session *session_of(struct timer *timer)
{
	return container_of(timer, struct session, timer);
}

static void too_slow_to_ask(struct timer *timer)
{
	struct session *session = session_of(timer);

	log_client("%s: a client did not finish its message in %u s (--message-timeout); "
		   "its session ends",
		   session->protocol->name, session->owner->limits->message_timeout);
	session->operations->close(session);
}

static void too_slow_to_read(struct timer *timer)
{
	struct session *session = session_of(timer);

	/* With calls in the pool, it only closed its side, and may be gone altogether: nobody waits
	 * for them. */
	if (!session->works.count)
		log_client("%s: a client did not read its replies for %u s (--message-timeout); "
			   "its session ends",
			   session->protocol->name, session->owner->limits->message_timeout);
	session->operations->close(session);
}

static void too_long_idle(struct timer *timer)
{
	struct session *session = session_of(timer);
	int waiting = 0;

	/* After a long turn a call may be here, and only its event not yet. */
	if (ioctl(session->in.fd, FIONREAD, &waiting) == 0 && waiting > 0) {
		timer_start(session->owner->loop, &session->owner->idle, timer);
		return;
	}
	log_client("%s: a client made no call for %u s (--idle-timeout); its session ends",
		   session->protocol->name, session->owner->limits->idle_timeout);
	session->operations->close(session);
}

static void too_long_executing(struct timer *timer)
{
	atomic_store(&container_of(timer, struct work, timer)->cancelled, true);
}

/* ---- all sessions ---- */

void sessions_init(struct sessions *sessions, struct loop *loop, struct service *service,
		   struct pool *pool, const struct limits *limits, struct shared *shared)
{
	const int64_t message_time = limits->message_timeout * INT64_C(1000);

	*sessions = (struct sessions){
		.loop = loop,
		.service = service,
		.pool = pool,
		.limits = limits,
		.shared = shared,
		.relief.run = relieve_another,
	};
	if (shared) {
		sessions->beside = shared->workers;
		shared->workers = sessions;
	}
	loop_add_queue(loop, &sessions->arriving, message_time, too_slow_to_ask);
	loop_add_queue(loop, &sessions->sending, message_time, too_slow_to_read);
	loop_add_queue(loop, &sessions->idle, limits->idle_timeout * INT64_C(1000), too_long_idle);
	loop_add_queue(loop, &sessions->executing, LOST_CALL_TIME, too_long_executing);
}

void sessions_drain(struct sessions *sessions, int64_t milliseconds)
{
	int64_t end = loop_clock() + milliseconds;

	for (struct session *next, *session = sessions->first; session; session = next) {
		next = session->next;
		if (!session->closed)
			session->operations->finish(session);
	}
	while (sessions->first && loop_clock() < end) {
		sessions->loop->stop = false;
		loop_run(sessions->loop, 10);
	}
	sessions_release(sessions);
}

void sessions_release(struct sessions *sessions)
{
	while (sessions->first)
		sessions->first->operations->close(sessions->first);
	loop_run_deferred(sessions->loop);
	buffer_release(&sessions->input);
	buffer_release(&sessions->output);
}
