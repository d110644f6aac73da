/* One connection of a load: places for calls, which come back, and calls that are given up. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/flow.h"
#include "tests/kit/harness.h"

#define DEPTH   4
#define MOST    64
#define TIMEOUT 1000 /* nanoseconds of a clock that the test moves */

/* ---- a channel that keeps what is sent ---- */

struct keeping {
	struct channel channel; /* first */
	uint32_t ids[MOST];     /* of what was sent */
	int sent;
	uint32_t replies[MOST]; /* ids of what comes */
	int first, last;
	bool full;
	uint8_t reply[16];
	size_t length; /* of a reply */
};

static int keeping_send(struct channel *channel, const void *message, size_t length,
			int64_t deadline)
{
	struct keeping *keeping = (struct keeping *)channel;

	(void)length;
	(void)deadline;
	if (keeping->full)
		return -EAGAIN;
	keeping->ids[keeping->sent++ % MOST] = channel_id_of(message);
	return 0;
}

static int keeping_receive(struct channel *channel, struct message *message, int64_t deadline)
{
	struct keeping *keeping = (struct keeping *)channel;
	uint32_t id;

	(void)deadline;
	if (keeping->first == keeping->last)
		return -ETIMEDOUT;
	id = htobe32(keeping->replies[keeping->first++ % MOST]);
	memcpy(keeping->reply, &id, sizeof(id));
	*message = (struct message){ keeping->reply, keeping->length };
	return 1;
}

static void keeping_close(struct channel *channel)
{
	(void)channel;
}

static const struct channel_operations keeping_operations = {
	.send = keeping_send,
	.receive = keeping_receive,
	.close = keeping_close,
};

/* ---- the connection ---- */

struct fixture {
	struct keeping keeping;
	struct answer answer;
	struct prepared_call prepared[2];
	struct prepared_calls calls;
	struct flow flow;
	unsigned int answered, failed;
	int64_t latency;
	struct failure failure;
};

static void on_answered(void *context, int64_t latency)
{
	struct fixture *fixture = context;

	fixture->answered++;
	fixture->latency = latency;
}

static void on_failed(void *context, unsigned int count, const struct failure *failure)
{
	struct fixture *fixture = context;

	fixture->failed += count;
	fixture->failure = *failure;
}

static struct fixture *begin(void)
{
	static const uint8_t bytes[8] = { 0 };
	const struct endpoint endpoint = { .protocol = ENDPOINT_RAW, .port = -1 };
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct client client;

	CU_ASSERT_FATAL(fixture != NULL);
	fixture->keeping.channel.operations = &keeping_operations;
	fixture->keeping.channel.first_id = 77;
	fixture->keeping.length = sizeof(bytes);
	fixture->answer.procedure = procedure_find("null");
	for (int i = 0; i < 2; i++) {
		fixture->prepared[i].answer = &fixture->answer;
		buffer_append(&fixture->prepared[i].call, bytes, sizeof(bytes));
		buffer_append(&fixture->prepared[i].reply, bytes, sizeof(bytes));
	}
	fixture->calls = (struct prepared_calls){ fixture->prepared, 1, 0 };
	client_init(&client, &endpoint, TIMEOUT);
	client.channel = &fixture->keeping.channel;
	CHECK_INT(flow_open(&fixture->flow, &client, &fixture->calls, DEPTH), 0);
	fixture->flow.context = fixture;
	fixture->flow.answered = on_answered;
	fixture->flow.failed = on_failed;
	return fixture;
}

static void end(struct fixture *fixture)
{
	flow_close(&fixture->flow);
	prepared_release(&fixture->prepared[0]);
	prepared_release(&fixture->prepared[1]);
	free(fixture);
}

static void reply_to(struct fixture *fixture, uint32_t id)
{
	fixture->keeping.replies[fixture->keeping.last++ % MOST] = id;
}

static uint32_t sent_as(const struct fixture *fixture, int number)
{
	return fixture->keeping.ids[number % MOST];
}

static void send_no_more(void *context, struct flow *flow, int64_t now)
{
	(void)context;
	(void)flow;
	(void)now;
}

static void receive(struct fixture *fixture)
{
	CHECK_INT(flow_receive(&fixture->flow, CHANNEL_NOW, send_no_more), 0);
}

static void fill(struct fixture *fixture, int64_t now)
{
	while (flow_send(&fixture->flow, now, now))
		;
	CHECK_INT(flow_in_flight(&fixture->flow), DEPTH);
}

/* ---- tests ---- */

/* Each reply gives back a place, and only the reply to what is in flight does. */
static void test_places(void)
{
	struct fixture *fixture = begin();

	fill(fixture, 1);
	CHECK_INT(fixture->keeping.sent, DEPTH);
	for (int i = 0; i < 1000; i++) {
		uint32_t id = sent_as(fixture, i);

		for (int k = i + 1; k < i + DEPTH; k++)
			CU_ASSERT(id != sent_as(fixture, k));
		CU_ASSERT(id != 0);
		reply_to(fixture, id);
		reply_to(fixture, id); /* a copy of it */
		receive(fixture);
		CHECK_INT(fixture->answered, i + 1);
		CHECK_INT(flow_in_flight(&fixture->flow), DEPTH - 1);
		CU_ASSERT(flow_send(&fixture->flow, 1, 1));
		CU_ASSERT(!flow_send(&fixture->flow, 1, 1));
	}
	reply_to(fixture, 0);
	reply_to(fixture, UINT32_MAX);
	receive(fixture);
	CHECK_INT(flow_in_flight(&fixture->flow), DEPTH);
	CHECK_INT(fixture->failed, 0);
	end(fixture);
}

/* What finds no room has taken no place. */
static void test_no_room(void)
{
	struct fixture *fixture = begin();

	fixture->keeping.full = true;
	CU_ASSERT(!flow_send(&fixture->flow, 1, 1));
	CHECK_INT(flow_in_flight(&fixture->flow), 0);
	fixture->keeping.full = false;
	fill(fixture, 1);
	end(fixture);
}

/* All that were in flight have failed, once, and all places are free. */
static void test_lost(void)
{
	struct fixture *fixture = begin();

	fill(fixture, 1);
	CHECK_INT(flow_lose(&fixture->flow, ECONNRESET), -ECONNRESET);
	CHECK_INT(fixture->failed, DEPTH);
	CHECK_INT(fixture->failure.code, FAILURE_UNAVAILABLE);
	CHECK_INT(flow_in_flight(&fixture->flow), 0);
	for (int i = 0; i < DEPTH; i++)
		reply_to(fixture, sent_as(fixture, i));
	receive(fixture);
	CHECK_INT(fixture->answered, 0);
	CHECK_INT(flow_lose(&fixture->flow, ECONNRESET), -ECONNRESET);
	CHECK_INT(fixture->failed, DEPTH);
	end(fixture);
}

/* A call that is not answered is given up alone, when others are; a late reply is nobody's. */
static void test_expires(void)
{
	struct fixture *fixture = begin();

	CU_ASSERT(flow_send(&fixture->flow, 1, 1));
	CU_ASSERT(flow_send(&fixture->flow, 1, TIMEOUT));
	fixture->flow.heard = TIMEOUT; /* the server has answered something */
	CHECK_INT(flow_expire(&fixture->flow, TIMEOUT), 0);
	CHECK_INT(fixture->failed, 0);
	CHECK_INT(flow_expire(&fixture->flow, TIMEOUT + 1), 0);
	CHECK_INT(fixture->failed, 1);
	CHECK_INT(fixture->failure.code, FAILURE_TIMEOUT);
	CHECK_INT(flow_in_flight(&fixture->flow), 1);
	reply_to(fixture, sent_as(fixture, 0));
	receive(fixture);
	CHECK_INT(fixture->answered, 0);
	reply_to(fixture, sent_as(fixture, 1));
	receive(fixture);
	CHECK_INT(fixture->answered, 1);
	CHECK_INT(flow_in_flight(&fixture->flow), 0);
	end(fixture);
}

/* A server that answers none for as long is given up with all; one that answers is not, nor one
 * that had nothing to answer. */
static void test_silent(void)
{
	struct fixture *fixture = begin();

	CHECK_INT(flow_expire(&fixture->flow, 100 * TIMEOUT), 0);
	fill(fixture, 100 * TIMEOUT);
	CHECK_INT(flow_expire(&fixture->flow, 101 * TIMEOUT - 1), 0);
	CHECK_INT(fixture->failed, 0);
	CHECK_INT(flow_expire(&fixture->flow, 101 * TIMEOUT), -ETIMEDOUT);
	CHECK_INT(fixture->failed, DEPTH);

	/* What was heard is heard by the real clock. */
	fill(fixture, 1);
	fixture->flow.heard = 1;
	reply_to(fixture, sent_as(fixture, fixture->keeping.sent - 1));
	receive(fixture);
	CU_ASSERT(fixture->flow.heard > 1);
	CU_ASSERT(fixture->flow.heard <= clock_now());
	CU_ASSERT(fixture->latency > 0);
	end(fixture);
}

/* A reply that ends too early, or goes on, is another one, whatever its beginning is. */
static void test_lengths(void)
{
	static const size_t lengths[] = { 4, 7, 9, 16 };
	struct fixture *fixture = begin();

	memset(fixture->prepared[0].reply.data, 0, fixture->prepared[0].reply.capacity);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		CU_ASSERT(flow_send(&fixture->flow, 1, 1));
		fixture->keeping.length = lengths[i];
		reply_to(fixture, sent_as(fixture, (int)i));
		receive(fixture);
		CHECK_INT(fixture->answered, 0);
		CHECK_INT(fixture->failed, i + 1);
		CHECK_INT(flow_in_flight(&fixture->flow), 0);
	}
	end(fixture);
}

/* Calls go out in turn, and a reply is held against that of its own call. */
static void test_in_turn(void)
{
	struct fixture *fixture = begin();
	const struct flight *flights = fixture->flow.flights;

	fixture->calls.count = 2;
	fixture->prepared[1].reply.length = 4;
	for (int i = 0; i < 3; i++)
		CU_ASSERT(flow_send(&fixture->flow, 1, 1));
	for (int i = 0; i < 3; i++)
		CU_ASSERT(flights[i].prepared == &fixture->prepared[i % 2]);
	fixture->keeping.full = true;
	CU_ASSERT(!flow_send(&fixture->flow, 1, 1)); /* and its turn is not over */
	CU_ASSERT(prepared_next(&fixture->calls) == &fixture->prepared[1]);
	reply_to(fixture, sent_as(fixture, 2));
	receive(fixture);
	CHECK_INT(fixture->answered, 1);
	fixture->keeping.length = 4;
	reply_to(fixture, sent_as(fixture, 1));
	receive(fixture);
	CHECK_INT(fixture->answered, 2);
	reply_to(fixture, sent_as(fixture, 0));
	receive(fixture);
	CHECK_INT(fixture->answered, 2);
	CHECK_INT(fixture->failed, 1);
	end(fixture);
}

static const struct test tests[] = {
	{ "several calls in turn", test_in_turn },
	{ "places", test_places },
	{ "no room", test_no_room },
	{ "a connection that is lost", test_lost },
	{ "calls that are given up", test_expires },
	{ "a server that says nothing", test_silent },
	{ "replies that are too short or too long", test_lengths },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("flight", tests);
}
