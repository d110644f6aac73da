/* Who waits too long, and what is said of him. */
#include "server/runtime/session_timeout.h"

#include "common/container.h"
#include "server/runtime/log.h"

void session_start_timer(struct session *session, struct timer_queue *queue)
{
	session->overdue = NULL;
	timer_start(session->owner->loop, queue, &session->timer);
}

void session_stop_timer(struct session *session)
{
	session->overdue = NULL;
	timer_stop(&session->timer);
}

/* Its time is over.  But when it waits for its turn, what that brings may have come in time. */
static void time_is_over(struct timer *timer, void (*overdue)(struct session *session))
{
	struct session *session = container_of(timer, struct session, timer);

	if (list_has(&session->in_line))
		session->overdue = overdue;
	else
		overdue(session);
}

static void end_slow_writer(struct session *session)
{
	if (session->state != SESSION_PARTED)
		log_event(EVENT_MESSAGE_TIMEOUT, &session->peer->id,
			  "%s: a client did not finish its message in %u s (%s); "
			  "its session ends",
			  session->protocol->name, session->owner->limits->message_timeout,
			  limit_name(session->owner->limits, SIDECALL_MESSAGE_TIMEOUT));
	session->operations->close(session);
}

static void end_slow_reader(struct session *session)
{
	log_event(EVENT_REPLY_TIMEOUT, &session->peer->id,
		  session->slow_calls.count
			  ? "%s: a client closed its side, and may be gone: after %u s "
			    "(%s) its calls in progress are cancelled, and its "
			    "session ends"
			  : "%s: a client did not read its replies for %u s (%s); "
			    "its session ends",
		  session->protocol->name, session->owner->limits->message_timeout,
		  limit_name(session->owner->limits, SIDECALL_MESSAGE_TIMEOUT));
	session->operations->close(session);
}

static void end_idler(struct session *session)
{
	log_event(EVENT_IDLE_TIMEOUT, &session->peer->id,
		  "%s: a client made no call for %u s (%s); its session ends",
		  session->protocol->name, session->owner->limits->idle_timeout,
		  limit_name(session->owner->limits, SIDECALL_IDLE_TIMEOUT));
	session->operations->close(session);
}

void session_too_slow_to_ask(struct timer *timer)
{
	time_is_over(timer, end_slow_writer);
}

void session_too_slow_to_read(struct timer *timer)
{
	time_is_over(timer, end_slow_reader);
}

void session_too_long_idle(struct timer *timer)
{
	time_is_over(timer, end_idler);
}
