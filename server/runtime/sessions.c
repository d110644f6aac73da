/* All sessions of one worker: how they begin to work, and how they stop. */
#include "server/runtime/session.h"

#include "common/container.h"
#include "server/runtime/eviction.h"
#include "server/runtime/session_timeout.h"

#define LOST_CALL_TIME 60000 /* milliseconds for a call whose caller cannot be seen */

static void too_long_executing(struct timer *timer)
{
	atomic_store(&container_of(timer, struct slow_call, timer)->cancelled, true);
}

/* ---- all sessions ---- */

static bool never_wait(struct sidecall_svc_call *execution, dev_t device, const char *what)
{
	(void)execution;
	(void)device;
	(void)what;
	return false;
}

void sessions_init(struct sessions *sessions, struct loop *loop, const struct served *served,
		   struct pool *const *pools, const struct limits *limits, struct peers *peers,
		   struct sessions *next)
{
	const int64_t message_time = limits->message_timeout * INT64_C(1000);

	*sessions = (struct sessions){
		.loop = loop,
		.served = served,
		.execution = { .served = served, .may_wait = pools ? never_wait : NULL },
		.pools = pools,
		.limits = limits,
		.peers = peers,
		.counters.served = served,
		.evict.run = sessions_make_room,
		.next_worker = sessions,
	};
	if (next) {
		sessions->index = next->index + 1;
		sessions->next_worker = next->next_worker;
		next->next_worker = sessions;
	}
	list_init(&sessions->all);
	balance_init(&sessions->balance, limits->workers_as_needed, !next);
	loop_add_queue(loop, &sessions->arriving, message_time, session_too_slow_to_ask);
	loop_add_queue(loop, &sessions->sending, message_time, session_too_slow_to_read);
	loop_add_queue(loop, &sessions->idle, limits->idle_timeout * INT64_C(1000),
		       session_too_long_idle);
	loop_add_queue(loop, &sessions->executing, LOST_CALL_TIME, too_long_executing);
}

static void for_all(struct sessions *sessions, void (*treat)(struct session *session))
{
	struct link *next, *link = sessions->all.next;

	for (; link != &sessions->all; link = next) {
		struct session *session = container_of(link, struct session, in_all);

		next = link->next;
		if (session->state != SESSION_CLOSED)
			treat(session);
	}
}

static void finish_session(struct session *session)
{
	session->operations->finish(session);
}

void sessions_finish(struct sessions *sessions)
{
	sessions->finishing = true;
	for_all(sessions, finish_session);
}

static void look_for_the_end(struct session *session)
{
	if (session->state < SESSION_ENDING)
		session->operations->finish(session);
	else if (session->state == SESSION_PARTED && session_is_delivered(session))
		session->operations->close(session);
}

bool sessions_are_over(struct sessions *sessions)
{
	for_all(sessions, look_for_the_end);
	return atomic_load(&sessions->count) == 0;
}

static void close_session(struct session *session)
{
	session->operations->close(session);
}

void sessions_release(struct sessions *sessions)
{
	for_all(sessions, close_session);
	loop_give_all_turns(sessions->loop);
	buffer_release(&sessions->input);
	buffer_release(&sessions->output);
}

/* Its own dispatcher may want that: then it ends behind the call at hand. */
static void leave_session(struct sessions *sessions, struct session *session)
{
	session->lent = 0;
	if (sessions->execution.way == &session->way)
		session->way.close(&session->way);
	else
		session->operations->close(session);
}

static struct session *find_lent(struct sessions *sessions, int fd)
{
	struct link *link = sessions->all.next;

	for (; link != &sessions->all; link = link->next) {
		struct session *session = container_of(link, struct session, in_all);

		if (session->lent == fd + 1 && session->state != SESSION_CLOSED)
			return session;
	}
	return NULL;
}

void sessions_leave(struct sessions *sessions, int fd)
{
	struct session *session = find_lent(sessions, fd);

	if (session)
		leave_session(sessions, session);
}

int sessions_copy_of(struct sessions *sessions, int fd)
{
	const struct session *session = find_lent(sessions, fd);

	return session ? session->in.fd : -1;
}

void sessions_deliver(struct sessions *sessions, int milliseconds)
{
	int64_t end = loop_clock() + milliseconds;
	struct link *link = sessions->all.next;

	for (; link != &sessions->all; link = link->next) {
		struct session *session = container_of(link, struct session, in_all);
		int64_t left = end - loop_clock();

		if (session->state != SESSION_CLOSED && session->way.deliver)
			session->way.deliver(&session->way, left > 0 ? (int)left : 0);
	}
}

void sessions_reap(struct sessions *sessions)
{
	loop_run_posted(sessions->loop);
	loop_give_all_turns(sessions->loop);
}
