/* Cases of how clients come and go: by named pipes, and of several at once. */
#include "check/openings.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "check/ask.h"
#include "check/meeting.h"

#define CLIENTS 16 /* one after the other */
#define PAUSE   50 /* milliseconds in which a server that is told has seen it */

/* A null call, and its reply. */
static bool call_null(struct exchange *exchange)
{
	const uint32_t xid = ++exchange->xid;

	exchange->deadline = clock_now() + exchange->target->timeout;
	exchange->reply.outcome = CHECK_CLOSED;
	if (exchange_send_aside(exchange, xid) == 0)
		exchange_receive(exchange, xid);
	return exchange->reply.outcome == CHECK_SUCCESS;
}

/* ---- several clients ---- */

static void take_reply(struct exchange *exchange, const struct exchange *of)
{
	exchange->reply = of->reply;
	exchange->why = of->why;
	snprintf(exchange->note, sizeof(exchange->note), "%.*s%s", CHECK_TEXT - 64, of->note,
		 *of->note ? ", for the second client" : "the second client");
}

/* Is it served when the first has left? */
static void judge_second(struct exchange *exchange, struct exchange *second)
{
	take_reply(exchange, second);
	if (second->reply.outcome != CHECK_SILENT && second->reply.outcome != CHECK_NOBODY)
		return;
	link_close(&exchange->link);
	if (exchange_serves(second))
		exchange->reply.outcome = CHECK_UNANSWERED;
}

void run_two_clients(struct exchange *exchange, const struct check_case *row)
{
	struct exchange second;

	(void)row;
	exchange_init(&second, exchange->target);
	second.xid += 0x100;
	second.deadline = clock_now() + exchange->target->timeout / 2;
	if (!call_null(exchange))
		;
	else if (!exchange_connect(&second) || !call_null(&second))
		judge_second(exchange, &second);
	else
		call_null(exchange);
	exchange_release(&second);
}

void run_last_leaves(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	if (!call_null(exchange))
		return;
	link_close(&exchange->link);
	if (exchange->target->held >= 0)
		close(exchange->target->held);
	poll(NULL, 0, PAUSE);
	exchange->deadline = clock_now() + exchange->target->timeout;
	if (exchange_connect(exchange))
		call_null(exchange);
}

/* ---- by named pipes ---- */

/* Goes on by a pair of pipes that are open. */
static void call_by(struct exchange *exchange, struct meeting *meeting)
{
	struct failure failure;

	if (link_stream(&exchange->link, &exchange->target->endpoint,
			meeting_take(&meeting->replies), meeting_take(&meeting->calls),
			&failure) == 0)
		call_null(exchange);
	else
		exchange_fail(exchange, &failure);
}

/* Opens for reading, too: a FIFO that is written alone waits for who reads it. */
static int open_calls_first(struct meeting *meeting, struct failure *failure)
{
	meeting->calls = rendezvous_open_fifo(meeting->pair.calls, O_RDWR);
	return meeting->calls >= 0 ? 0
				   : failure_system(failure, -meeting->calls, "cannot open calls");
}

void run_calls_first(struct exchange *exchange, const struct check_case *row)
{
	struct meeting meeting;
	struct failure failure;
	int code = meeting_begin(&meeting, &exchange->target->endpoint, exchange->deadline,
				 &failure);

	(void)row;
	if (code == 0)
		code = open_calls_first(&meeting, &failure);
	if (code == 0)
		code = meeting_greet(&meeting, &failure);
	if (code == 0)
		code = meeting_await(&meeting, exchange->deadline, &failure);
	if (code)
		exchange_fail(exchange, &failure);
	else
		call_by(exchange, &meeting);
	meeting_end(&meeting);
}

/* A client that opens its calls so many milliseconds after the welcome. */
static bool call_after(struct exchange *exchange, int pause)
{
	struct meeting meeting;
	struct failure failure;
	int code = meeting_welcome(&meeting, &exchange->target->endpoint, exchange->deadline,
				   &failure);

	if (pause)
		poll(NULL, 0, pause);
	if (code == 0)
		code = meeting_open_calls(&meeting, &failure);
	if (code)
		exchange_fail(exchange, &failure);
	else
		call_by(exchange, &meeting);
	meeting_end(&meeting);
	return exchange->reply.outcome == CHECK_SUCCESS;
}

void run_calls_late(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	call_after(exchange, PAUSE);
}

void run_calls_at_once(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	for (int i = 0; i < CLIENTS && call_after(exchange, 0); i++) {
		link_close(&exchange->link);
		exchange->deadline = clock_now() + exchange->target->timeout;
	}
}

/* Others must be served. */
static void judge_others(struct exchange *exchange)
{
	poll(NULL, 0, PAUSE);
	exchange_judge_others(exchange);
}

/* A client that was killed leaves its names, another one removes them.  Whether others are served
 * when it has left so. */
static bool leave(struct exchange *exchange, bool removed)
{
	struct meeting meeting;
	struct failure failure;
	int code = meeting_begin(&meeting, &exchange->target->endpoint, exchange->deadline,
				 &failure);

	meeting_leave(&meeting);
	if (removed)
		meeting_remove(&meeting);
	if (code == 0)
		code = meeting_greet(&meeting, &failure);
	if (code)
		exchange_fail(exchange, &failure);
	else
		judge_others(exchange);
	meeting_end(&meeting);
	return exchange->reply.outcome == CHECK_SUCCESS;
}

void run_greets_and_leaves(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	if (leave(exchange, true))
		leave(exchange, false);
}

void run_no_greeting(struct exchange *exchange, const struct check_case *row)
{
	static const char junk[] = "hello\n\n0123456789ABCDEF\n0123";
	struct meeting meeting;
	struct failure failure;
	int code = meeting_begin(&meeting, &exchange->target->endpoint, exchange->deadline,
				 &failure);

	(void)row;
	if (code == 0 && write(meeting.server, junk, sizeof(junk) - 1) < 0)
		code = failure_system(&failure, EIO, "cannot write into the named pipe");
	meeting_end(&meeting);
	if (code)
		exchange_fail(exchange, &failure);
	else
		judge_others(exchange);
}
