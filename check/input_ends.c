/* Cases of a pipe's server whose input ends. */
#include "check/input_ends.h"

#include "check/server.h"
#include "client/runtime/stream.h"

/* Nanoseconds in which a server says what it has kept, where --timeout is not shorter; who ends
 * says so at once. */
#define LAST_WORDS INT64_C(5000000000)

#define WAITS_FOR_MORE                                                                             \
	"Most likely replies wait in a buffer: flush it behind each (fflush(stdout), or "          \
	"sys.stdout.buffer.flush() in Python). Or a read waits for more bytes than the message "   \
	"has: ask for no more than that."

/* Sends the first bytes of a null call; 0: all.  The last four of them decide. */
static void send_null(struct exchange *exchange, size_t only)
{
	struct buffer message = { 0 }, bytes = { 0 };

	if (message_null(exchange->target, ++exchange->xid, &message) == 0 &&
	    message_marked(exchange->target, &message, &bytes) == 0)
		exchange_write(exchange, bytes.data, only ? only : bytes.length);
	exchange->sent.at = 0;
	exchange->sent.length = sizeof(uint32_t);
	buffer_release(&message);
	buffer_release(&bytes);
}

/* ---- a reply in time ---- */

/* A null call is not answered.  When it is, once the input has ended, the reply was kept. */
static void find_kept(struct exchange *exchange)
{
	const int64_t timeout = exchange->target->timeout;
	struct reply *reply = &exchange->reply;

	link_end_input(&exchange->link);
	exchange->deadline = clock_now() + (timeout < LAST_WORDS ? timeout : LAST_WORDS);
	exchange_receive(exchange, exchange->xid);
	if (reply->outcome != CHECK_SUCCESS) {
		reply->outcome = CHECK_SILENT;
		return;
	}
	reply_wrong(reply, 0, sizeof(uint32_t), "the reply comes when the input has ended");
	exchange->why = WAITS_FOR_MORE;
}

void run_answered_at_once(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	send_null(exchange, 0);
	exchange_receive(exchange, exchange->xid);
	if (exchange->reply.outcome == CHECK_SILENT)
		find_kept(exchange);
}

/* ---- its end ---- */

static void judge_end(struct exchange *exchange, bool any_status)
{
	struct server_end end;

	check_server_end(exchange->link.server, &end);
	if (end.signal || (end.status && !any_status))
		reply_wrong(&exchange->reply, 0, 0, "its input ended, and it did by %s", end.text);
	else
		exchange->reply.outcome = any_status ? CHECK_ENDED_ANYHOW : CHECK_ENDED;
}

/* Nothing may come any more, and then the server is to end. */
static void await_end(struct exchange *exchange, bool any_status)
{
	struct reply *reply = &exchange->reply;

	exchange_receive(exchange, exchange->xid);
	if (reply->outcome == CHECK_SILENT)
		reply_wrong(reply, 0, 0, "it goes on when its input has ended");
	else if (reply->outcome != CHECK_CLOSED)
		return;
	else if (!check_server_ends(exchange->link.server, exchange->deadline))
		reply_wrong(reply, 0, 0, "it closes its output, and goes on");
	else
		judge_end(exchange, any_status);
}

void run_no_input(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	link_end_input(&exchange->link);
	exchange->expects = NULL; /* any reply is wrong */
	await_end(exchange, false);
}

void run_input_ends(struct exchange *exchange, const struct check_case *row)
{
	run_answered_at_once(exchange, row);
	if (exchange->reply.outcome != CHECK_SUCCESS)
		return;
	link_end_input(&exchange->link);
	await_end(exchange, false);
}

void run_call_then_end(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	send_null(exchange, 0);
	link_end_input(&exchange->link);
	exchange_receive(exchange, exchange->xid);
}

void run_half_call_then_end(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	send_null(exchange, 2 + sizeof(uint32_t));
	link_end_input(&exchange->link);
	exchange->expects = NULL;
	await_end(exchange, true);
}
