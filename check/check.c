/* Making a case, and judging what came of it. */
#include "check/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check/ask.h"
#include "check/calc_call.h"
#include "check/diagnosis.h"
#include "check/gone.h"
#include "check/rpcbind.h"
#include "client/failures.h"

void check_groups(const struct check_target *target, bool hostile,
		  const struct check_case *groups[CHECK_MOST_GROUPS])
{
	size_t count = 0;

	groups[count++] = hostile             ? check_hostile_cases
			  : check_raw(target) ? check_raw_cases
					      : check_rpc_cases;
	if (!hostile && !check_raw(target) && !check_datagrams(target))
		groups[count++] = check_stream_cases;
	if (!hostile && !check_raw(target) && target->program == RPCBIND_PROGRAM)
		groups[count++] = check_rpcbind_cases;
	else if (!hostile && target->registered)
		groups[count++] = check_registered_cases;
	if (!hostile && check_knows_answers(target))
		groups[count++] = check_calc_cases;
	groups[count] = NULL;
}

static unsigned int where_by_transport(const struct check_target *target)
{
	switch (target->endpoint.transport) {
	case ENDPOINT_UDP:
		return CHECK_DATAGRAMS |
		       (check_raw(target) ? CHECK_RAW_DATAGRAMS : CHECK_RPC_DATAGRAMS);
	case ENDPOINT_PIPE:
		return CHECK_STREAMS | CHECK_PIPES;
	case ENDPOINT_FIFO:
		return CHECK_STREAMS | CHECK_SHARED | CHECK_FIFOS;
	default:
		return CHECK_STREAMS | CHECK_SHARED;
	}
}

unsigned int check_where(const struct check_target *target)
{
	return where_by_transport(target) | (check_raw(target) ? 0 : CHECK_RPC);
}

/* ---- where the server is ---- */

/* What a null call of the version gives. */
static void ask_null(const struct check_target *target, struct reply *reply)
{
	struct exchange exchange;

	exchange_init(&exchange, target);
	if (exchange_connect(&exchange) && exchange_send_aside(&exchange, exchange.xid) == 0)
		exchange_receive(&exchange, exchange.xid);
	*reply = exchange.reply;
	exchange_release(&exchange);
}

/* What a server that has another version says is "wrong" here: it does not name ours. */
static bool names_others(const struct reply *reply, uint32_t version)
{
	return reply->high && reply->low <= reply->high &&
	       version - reply->low > reply->high - reply->low;
}

/* Who is asked for what he does not serve breaks no rule. */
static int take_version(struct check_target *target, bool given, struct failure *failure)
{
	struct reply reply = { 0 };

	ask_null(target, &reply);
	if (reply.outcome == CHECK_PROG_UNAVAIL) {
		failure_set(failure, FAILURE_UNAVAILABLE,
			    "this server does not serve program %" PRIu32, target->program);
		failure_advise(failure, "Name one that it serves: sidecall check ENDPOINT PROGRAM");
		return failure->code;
	}
	if (!names_others(&reply, target->version))
		return 0;
	if (!given) {
		target->version = reply.high;
		return 0;
	}
	failure_set(failure, FAILURE_UNAVAILABLE,
		    "this server does not serve version %" PRIu32 " of program %" PRIu32
		    ", but %" PRIu32,
		    target->version, target->program, reply.low);
	if (reply.low != reply.high)
		failure_append(failure, " to %" PRIu32, reply.high);
	failure_advise(failure, "Name one that it serves, or none");
	return failure->code;
}

int check_find(struct check_target *target, struct client *client, bool version_given,
	       struct failure *failure)
{
	int code;

	target->endpoint = client->endpoint;
	target->held = -1;
	if (endpoint_asks_rpcbind(&target->endpoint))
		target->registered = target->version;
	if (link_is_tried(&target->endpoint))
		return link_try(target, failure);
	code = client_connect(client, target->program, target->version, client_deadline(client),
			      failure);

	if (code)
		return code;
	target->endpoint = client->endpoint;
	client_disconnect(client);
	return check_raw(target) ? 0 : take_version(target, version_given, failure);
}

/* ---- a case ---- */

/* A datagram is dropped without a word, also where a reply is due. */
static bool may_stay_unanswered(const struct exchange *exchange, const struct check_case *row)
{
	return check_datagrams(exchange->target) ||
	       (row->passes | row->differs) & (CHECK_UNANSWERED | CHECK_CLOSED);
}

static int make_raw(const struct check_case *row, uint32_t id, struct buffer *message)
{
	int r;

	if (row->words)
		return reference_call(row->words, id, message);
	r = message_raw(id, row->sends ? row->sends : "", message);
	return r == 0 && row->build ? row->build(message) : r;
}

/* The table of calls is written in raw messages. */
static bool is_raw_call(const struct check_case *row)
{
	return row->words || row->sends || row->build;
}

/* The bytes of the call that decide: of the table's, they are those of its arguments. */
static size_t decides_at(const struct check_target *target, const struct check_case *row)
{
	return row->equal ? calc_call_arguments(target) : row->at;
}

/* The message of a case; its name is that of the last call. */
static int make_message(struct exchange *exchange, const struct check_case *row,
			struct buffer *message)
{
	struct check_call call = exchange_null(exchange);
	int r;

	if (is_raw_call(row)) {
		r = make_raw(row, call.xid, message);
		return r ? r : calc_call(exchange->target, message);
	}
	if (row->make)
		row->make(&call);
	if (row->arguments)
		call.procedure = row->procedure;
	r = check_raw(exchange->target) ? message_null(exchange->target, call.xid, message)
					: check_call_encode(&call, message);
	return r == 0 && row->arguments && row->arguments->length
		       ? buffer_append(message, row->arguments->data, row->arguments->length)
		       : r;
}

/* Whatever comes of it. */
static void ask_before(struct exchange *exchange, const struct check_case *row)
{
	struct buffer message = { 0 };
	const struct question question = { .message = &message, .xid = ++exchange->xid };

	if (message_raw(question.xid, row->before, &message) == 0)
		exchange_ask(exchange, &question);
	exchange->note[0] = '\0';
	exchange->why = NULL;
	buffer_release(&message);
}

static void ask(struct exchange *exchange, const struct check_case *row)
{
	struct buffer message = { 0 };
	struct question question = {
		.message = &message,
		.at = decides_at(exchange->target, row),
		.length = row->length,
		.followed = may_stay_unanswered(exchange, row),
		.again = !(row->passes & CHECK_UNANSWERED),
		.send = row->send,
	};

	if (row->before)
		ask_before(exchange, row);
	exchange->results = row->arguments != NULL;
	exchange->expects = row->sends ? row->expects : MESSAGE_RAW_NULL;
	exchange->doubles = row->doubles;
	if (make_message(exchange, row, &message) == 0 &&
	    (!row->equal || exchange_expect_equal(exchange, &message))) {
		question.xid = exchange->xid;
		exchange_ask(exchange, &question);
	}
	buffer_release(&message);
}

static enum check_verdict judge(const struct check_case *row, enum check_outcome outcome)
{
	return outcome & row->passes    ? CHECK_PASS
	       : outcome & row->differs ? CHECK_DIFFERS
					: CHECK_FAIL;
}

static void describe(const struct exchange *exchange, const struct check_case *row,
		     struct check_finding *finding)
{
	char text[CHECK_TEXT];

	reply_describe(&exchange->reply, text);
	snprintf(finding->found, sizeof(finding->found), "%s%s%s", text,
		 *exchange->note ? ": " : "", exchange->note);
	if (row->expects || row->equal)
		snprintf(finding->expected, sizeof(finding->expected), "the %s, and then %.200s",
			 check_raw(exchange->target) ? "id" : "verifier",
			 exchange->right.length ? (char *)exchange->right.data : row->expects);
	else
		outcomes_name(row->passes, finding->expected);
}

/* Calls of the table go over one stream, as long as they are answered. */
static bool may_keep(const struct check_target *target, const struct check_case *row)
{
	return target->kept && row->equal && !row->run && !check_datagrams(target);
}

static bool open_case(struct exchange *exchange, const struct check_case *row)
{
	struct link *kept = exchange->target->kept;

	if (may_keep(exchange->target, row) && kept->channel) {
		exchange->link = *kept;
		exchange->used = true;
		*kept = (struct link){ .in = -1, .out = -1 };
		return true;
	}
	if (kept) /* it would keep a server of one client busy */
		link_close(kept);
	return row->opens || exchange_connect(exchange);
}

static void keep_link(struct exchange *exchange, const struct check_case *row)
{
	const enum check_outcome well = CHECK_SUCCESS | CHECK_ABSENT | CHECK_SYNTAX;

	if (!may_keep(exchange->target, row) || !(exchange->reply.outcome & well))
		return;
	*exchange->target->kept = exchange->link;
	exchange->link = (struct link){ .in = -1, .out = -1 };
}

#define NOT_CLOSED                                                                                 \
	"Most likely the session has ended, but its descriptor was not closed: so the client "     \
	"waits for ever."

#define ONE_CALL                                                                                   \
	"A call before it on this connection was answered. Most likely the server closes behind "  \
	"a reply, or reads one message alone: a connection is for many calls, until a read "       \
	"returns 0."

static const char *why_of(const struct exchange *exchange, const struct check_case *row)
{
	if (exchange->why || exchange->reply.why)
		return exchange->why ? exchange->why : exchange->reply.why;
	/* Even the call behind it is not answered. */
	if (check_raw(exchange->target) && exchange->reply.outcome == CHECK_SILENT &&
	    row->passes & CHECK_UNANSWERED)
		return NOT_CLOSED;
	return row->why;
}

bool check_make(const struct check_target *target, const struct check_case *row,
		void (*found)(void *context, const struct check_case *row,
			      const struct check_finding *finding),
		void *context)
{
	struct check_finding finding = { 0 };
	const int64_t began = clock_now();
	struct exchange exchange;
	bool serves, broke_off;

	exchange_init(&exchange, target);
	if (open_case(&exchange, row))
		(row->run ? row->run : ask)(&exchange, row);
	if (exchange.reply.outcome == CHECK_CLOSED)
		diagnose_end(&exchange);
	finding.why = why_of(&exchange, row);
	finding.outcome = exchange.reply.outcome;
	finding.verdict = judge(row, finding.outcome);
	describe(&exchange, row, &finding);
	broke_off = exchange_broke_off(&exchange) && !exchange.why;
	serves = check_still_serves(&exchange, row, &finding);
	if (serves && broke_off)
		finding.why = ONE_CALL;
	finding.sent = &exchange.sent;
	finding.came = &exchange.came;
	finding.time = clock_now() - began;
	found(context, row, &finding);
	keep_link(&exchange, row);
	exchange_release(&exchange);
	return serves;
}
