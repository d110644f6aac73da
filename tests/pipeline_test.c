/* Many calls in flight: whose answer is whose, and what becomes of them when it goes wrong. */
#include <endian.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "programs/sidecall/pipeline.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/scripted_server.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WINDOW       256 /* calls on a byte stream: as many are under way, and no more */
#define MANY         1000
#define PATIENCE     (HARNESS_PATIENCE * SECOND)
#define TIMEOUT      (2 * SECOND)

static const enum endpoint_protocol protocols[] = { ENDPOINT_RPC, ENDPOINT_RAW };

/* ---- calls of add ---- */

struct add {
	struct pipeline_call call;
	calc_operands operands;
	unsigned int ended; /* so often */
};

static void add_done(struct pipeline_call *call)
{
	((struct add *)call)->ended++;
}

static struct add *submit_adds(struct pipeline *pipeline, size_t count)
{
	struct add *adds = calloc(count, sizeof(*adds));

	for (size_t i = 0; i < count; i++) {
		adds[i].operands = (calc_operands){ (quad_t)i, 1000000 };
		adds[i].call.procedure = procedure_find("add");
		adds[i].call.arguments = &adds[i].operands;
		adds[i].call.done = add_done;
		pipeline_submit(pipeline, &adds[i].call);
	}
	return adds;
}

static bool is_right(const struct add *add)
{
	const calc_result *result = &add->call.result.number;

	return add->call.code == 0 && result->status == CALC_OK &&
	       result->calc_result_u.value == add->operands.a + add->operands.b;
}

/* How many had the right answer, from the first on; each has ended once. */
static size_t count_right(const struct add *adds, size_t count)
{
	size_t right = 0;

	while (right < count && is_right(&adds[right]))
		right++;
	for (size_t i = 0; i < count; i++)
		if (adds[i].ended != 1) {
			CHECK_INT(adds[i].ended, 1);
			break;
		}
	return right;
}

/* ---- servers ---- */

static void answer_add(const struct scripted_server *peer, uint32_t id, uint64_t a)
{
	calc_result result = { CALC_OK, { .value = (quad_t)a + 1000000 } };

	scripted_server_reply(peer, "add", id, &result);
}

static uint64_t first_operand(const struct scripted_server *peer)
{
	uint64_t a;

	memcpy(&a, scripted_server_arguments(peer), sizeof(a));
	return be64toh(a);
}

struct received {
	size_t count;
	uint32_t ids[WINDOW];
	uint64_t a[WINDOW];
};

/* As many calls as may be under way; none is answered before they are all there. */
static struct received receive_window(struct scripted_server *peer)
{
	struct received calls = { 0 };

	while (calls.count < WINDOW && scripted_server_receive(peer)) {
		calls.ids[calls.count] = peer->last_id;
		calls.a[calls.count++] = first_operand(peer);
	}
	return calls;
}

/* The same again and again, for windows that are whole. */
static void serve_windows(struct scripted_server *peer,
			  void (*answer)(struct scripted_server *, struct received *))
{
	for (;;) {
		struct received calls = receive_window(peer);

		if (calls.count < WINDOW)
			return;
		CU_ASSERT(!scripted_server_has_call(peer, 0)); /* one more would be too many */
		answer(peer, &calls);
	}
}

static void answer_in_order(struct scripted_server *peer, struct received *calls)
{
	for (size_t i = 0; i < calls->count; i++)
		answer_add(peer, calls->ids[i], calls->a[i]);
}

static void answer_backwards(struct scripted_server *peer, struct received *calls)
{
	for (size_t i = calls->count; i-- > 0;)
		answer_add(peer, calls->ids[i], calls->a[i]);
}

static void answer_twice(struct scripted_server *peer, struct received *calls)
{
	for (size_t i = 0; i < calls->count; i++) {
		answer_add(peer, calls->ids[i], calls->a[i]);
		answer_add(peer, calls->ids[i], 7); /* what comes late is nobody's */
	}
}

static void serve_in_order(struct scripted_server *peer)
{
	serve_windows(peer, answer_in_order);
}

static void serve_backwards(struct scripted_server *peer)
{
	serve_windows(peer, answer_backwards);
}

static void serve_twice(struct scripted_server *peer)
{
	serve_windows(peer, answer_twice);
}

/* Half of a window; then the peer does what it does. */
static struct received answer_half(struct scripted_server *peer)
{
	struct received calls = receive_window(peer);
	size_t all = calls.count;

	calls.count /= 2;
	answer_in_order(peer, &calls);
	calls.count = all;
	return calls;
}

static void serve_half(struct scripted_server *peer)
{
	answer_half(peer);
}

static void serve_and_fall_silent(struct scripted_server *peer)
{
	answer_half(peer);
	while (scripted_server_receive(peer))
		;
}

static void serve_a_stranger(struct scripted_server *peer)
{
	struct received calls = answer_half(peer);

	answer_add(peer, calls.ids[0] - 12345, 0); /* names that no call ever had */
	while (scripted_server_receive(peer))
		;
}

static void serve_a_fragment(struct scripted_server *peer)
{
	answer_half(peer);
	/* Shorter than a name. */
	CHECK_INT(write(peer->fd, peer->rpc ? "\200\0\0\3abc" : "\0\0\0\3abc", 7), 7);
	while (scripted_server_receive(peer))
		;
}

static void serve_another_result(struct scripted_server *peer)
{
	struct received calls = answer_half(peer);
	fileinfo_path target = (char *)"";
	fileinfo_link_result other = { FILEINFO_OK, { .target = target } };

	scripted_server_reply(peer, "readlink", calls.ids[WINDOW / 2], &other);
	for (size_t i = WINDOW / 2 + 1; i < calls.count; i++)
		answer_add(peer, calls.ids[i], calls.a[i]);
	while (scripted_server_receive(peer))
		;
}

/* Half of them are answered; one is refused, and the others are answered. */
static void serve_busy(struct scripted_server *peer)
{
	struct received calls = answer_half(peer);
	const struct raw_reply header = { calls.ids[WINDOW / 2], RAW_ADD, RAW_BUSY };
	struct buffer reply = { 0 };
	struct packer out = { .out = &reply, .limit = FRAMING_HEADER + RAW_HEADER };

	buffer_append(&reply, "\0\0\0\10", FRAMING_HEADER);
	raw_pack_reply(&out, &header);
	CHECK_INT(write(peer->fd, reply.data, reply.length), reply.length);
	for (size_t i = WINDOW / 2 + 1; i < calls.count; i++)
		answer_add(peer, calls.ids[i], calls.a[i]);
	while (scripted_server_receive(peer))
		;
	buffer_release(&reply);
}

static void serve_nothing(struct scripted_server *peer)
{
	(void)peer;
}

/* ---- what becomes of calls ---- */

static const struct course {
	const char *name;
	void (*serve)(struct scripted_server *peer);
	size_t calls, right; /* so many are answered: the first ones */
	int code;            /* of the first that is not */
	const char *why;
	const char *later; /* of the last one, which had not left when it has no room */
} courses[] = {
	{ "a window at a time", serve_in_order, 4 * WINDOW, 4 * WINDOW, 0, NULL, NULL },
	{ "the last call first", serve_backwards, 4 * WINDOW, 4 * WINDOW, 0, NULL, NULL },
	{ "each answer twice", serve_twice, 4 * WINDOW, 4 * WINDOW, 0, NULL, NULL },
	{ "the end at half time", serve_half, WINDOW, WINDOW / 2, FAILURE_UNAVAILABLE,
	  "may have been executed", "may have been executed" },
	{ "the end, and calls that wait", serve_half, MANY, WINDOW / 2, FAILURE_UNAVAILABLE,
	  "may have been executed", "was not executed" },
	{ "the end at once", serve_nothing, MANY, 0, FAILURE_UNAVAILABLE, "may have been executed",
	  "was not executed" },
	{ "silence at half time", serve_and_fall_silent, MANY, WINDOW / 2, FAILURE_TIMEOUT,
	  "may have been executed", "was not executed" },
	{ "an answer to nobody's call", serve_a_stranger, MANY, WINDOW / 2, FAILURE_PROTOCOL, "",
	  "" },
	{ "an answer without a name", serve_a_fragment, MANY, WINDOW / 2, FAILURE_PROTOCOL, "",
	  "" },
	{ "another procedure's answer", serve_another_result, WINDOW, WINDOW / 2, FAILURE_PROTOCOL,
	  NULL, NULL },
};

static void check_failure(const struct add *add, int code, const char *words)
{
	char text[648];

	if (code)
		CHECK_INT(add->call.code, code);
	else
		CU_ASSERT(add->call.code != 0);
	snprintf(text, sizeof(text), "%s. %s", add->call.failure.why, add->call.failure.advice);
	if (!strstr(text, words))
		CHECK_STR(text, words);
}

static void run_course(const struct course *course, enum endpoint_protocol protocol)
{
	int64_t began = clock_now(), took;
	struct pipeline pipeline;
	struct client client;
	struct scripted_server peer;
	struct add *adds;
	size_t right;

	scripted_server_start(&peer, &client, protocol,
			      course->code == FAILURE_TIMEOUT ? TIMEOUT : PATIENCE, course->serve,
			      NULL);
	client.channel->corked = true;
	pipeline_init(&pipeline, &client);
	adds = submit_adds(&pipeline, course->calls);
	while (pipeline_run(&pipeline))
		;
	took = clock_now() - began;
	right = count_right(adds, course->calls);
	CHECK_INT(right, course->right);
	if (course->why && right < course->calls) {
		check_failure(&adds[right], course->code, course->why);
		check_failure(&adds[course->calls - 1], course->code, course->later);
	} else if (right < course->calls) {
		CU_ASSERT(adds[right].call.code != 0);
		CU_ASSERT(is_right(&adds[right + 1])); /* only that one was wrong */
	}
	if (course->code == FAILURE_TIMEOUT)
		CU_ASSERT(took >= TIMEOUT && took < PATIENCE); /* not once for each call */
	pipeline_abandon(&pipeline);
	free(adds);
	scripted_server_stop(&peer, &client);
}

static void test_courses(void)
{
	for (size_t i = 0; i < 2 * COUNT(courses); i++) {
		unsigned int failures = CU_get_number_of_failures();

		run_course(&courses[i / 2], protocols[i % 2]);
		if (CU_get_number_of_failures() > failures)
			printf("      when: %s, %s\n", courses[i / 2].name,
			       endpoint_protocol_name(protocols[i % 2]));
	}
}

/* A server that is busy refuses a call, not all of them. */
static void test_busy(void)
{
	struct pipeline pipeline;
	struct client client;
	struct scripted_server peer;
	struct add *adds;

	scripted_server_start(&peer, &client, ENDPOINT_RAW, PATIENCE, serve_busy, NULL);
	client.channel->corked = true;
	pipeline_init(&pipeline, &client);
	adds = submit_adds(&pipeline, WINDOW);
	while (pipeline_run(&pipeline))
		;
	CHECK_INT(count_right(adds, WINDOW), WINDOW / 2);
	check_failure(&adds[WINDOW / 2], FAILURE_TIMEOUT, "The call was not executed");
	CHECK_INT(adds[WINDOW / 2].call.failure.error, EBUSY);
	for (size_t i = WINDOW / 2 + 1; i < WINDOW; i++)
		CU_ASSERT(is_right(&adds[i]));
	pipeline_abandon(&pipeline);
	free(adds);
	scripted_server_stop(&peer, &client);
}

/* What ends it from our side: each call is told so, once, and the channel may be used as before. */
static void test_abandon(void)
{
	for (size_t i = 0; i < COUNT(protocols); i++) {
		struct pipeline pipeline;
		struct client client;
		struct scripted_server peer;
		struct add *adds;

		scripted_server_start(&peer, &client, protocols[i], PATIENCE, serve_and_fall_silent,
				      NULL);
		client.channel->corked = true;
		pipeline_init(&pipeline, &client);
		adds = submit_adds(&pipeline, MANY);
		while (!adds[WINDOW / 2 - 1].ended)
			CU_ASSERT_FATAL(pipeline_run(&pipeline));
		pipeline_abandon(&pipeline);
		CHECK_INT(count_right(adds, MANY), WINDOW / 2);
		CU_ASSERT(!client.channel->corked);
		CU_ASSERT(!pipeline_run(&pipeline));
		free(adds);
		scripted_server_stop(&peer, &client);
	}
}

/* ---- large calls and replies, while neither side reads more than it must ---- */

#define LONGEST 4000 /* bytes of a path */

static void serve_large(struct scripted_server *peer)
{
	char target[LONGEST + 1];
	fileinfo_link_result result = { FILEINFO_OK, { .target = target } };

	memset(target, 't', LONGEST);
	target[LONGEST] = '\0';
	while (scripted_server_receive(peer))
		scripted_server_reply(peer, "readlink", peer->last_id, &result);
}

struct link {
	struct pipeline_call call;
	struct pipeline *pipeline;
	unsigned int again; /* so often it is made again */
	unsigned int wrong;
};

static void link_done(struct pipeline_call *call)
{
	struct link *link = (struct link *)call;
	char **target = &call->result.link.fileinfo_link_result_u.target;

	if (call->code || call->result.link.status != FILEINFO_OK || strlen(*target) != LONGEST)
		link->wrong++;
	procedure_release(call->procedure, NULL, &call->result);
	if (call->code || link->again-- == 0)
		return;
	pipeline_submit(link->pipeline, call);
}

static void test_large(void)
{
	char path_bytes[LONGEST + 1];
	fileinfo_path path = path_bytes;

	memset(path, 'p', LONGEST);
	path[LONGEST] = '\0';
	for (size_t i = 0; i < COUNT(protocols); i++) {
		static struct link links[WINDOW];
		struct pipeline pipeline;
		struct client client;
		struct scripted_server peer;
		unsigned int wrong = 0;

		scripted_server_start(&peer, &client, protocols[i], PATIENCE, serve_large, NULL);
		client.channel->corked = true;
		pipeline_init(&pipeline, &client);
		for (size_t l = 0; l < WINDOW; l++) {
			links[l] = (struct link){ .pipeline = &pipeline, .again = 7 };
			links[l].call.procedure = procedure_find("readlink");
			links[l].call.arguments = &path;
			links[l].call.done = link_done;
			pipeline_submit(&pipeline, &links[l].call);
		}
		while (pipeline_run(&pipeline))
			;
		for (size_t l = 0; l < WINDOW; l++)
			wrong += links[l].wrong + (links[l].again != UINT32_MAX);
		CHECK_INT(wrong, 0);
		pipeline_abandon(&pipeline);
		scripted_server_stop(&peer, &client);
	}
}

/* ---- every transport ---- */

/* Whether the number of those under way grew, where it can shrink.  (It does by datagrams, when a
 * slow machine has one taken for lost.) */
static bool check_adds(struct client *client)
{
	struct pipeline pipeline;
	struct add *adds;
	bool grew;

	pipeline_init(&pipeline, client);
	if (client->endpoint.protocol == ENDPOINT_TIRPC)
		CHECK_INT(pipeline.window, 1); /* libtirpc can do no more */
	adds = submit_adds(&pipeline, MANY);
	while (pipeline_run(&pipeline))
		;
	CHECK_INT(count_right(adds, MANY), MANY);
	grew = client->endpoint.transport != ENDPOINT_UDP || !client->channel ||
	       pipeline.window > 16;
	pipeline_abandon(&pipeline);
	free(adds);
	return grew;
}

struct sum {
	struct pipeline_call call;
	bool right;
};

static void sum_done(struct pipeline_call *call)
{
	const calc_summary *summary = &call->result.summary.calc_summary_result_u.summary;

	((struct sum *)call)->right = call->code == 0 && call->result.summary.status == CALC_OK &&
				      summary->count == CALC_MAX_VALUES &&
				      summary->sum == 3 * CALC_MAX_VALUES;
}

/* More than any buffer or ring has room for. */
static void check_large_calls(struct client *client)
{
	static quad_t numbers[CALC_MAX_VALUES];
	static struct sum sums[200];
	calc_values values = { CALC_MAX_VALUES, numbers };
	struct pipeline pipeline;
	unsigned int right = 0;

	for (size_t i = 0; i < CALC_MAX_VALUES; i++)
		numbers[i] = 3;
	pipeline_init(&pipeline, client);
	memset(sums, 0, sizeof(sums));
	for (size_t i = 0; i < COUNT(sums); i++) {
		sums[i].call.procedure = procedure_find("summarize");
		sums[i].call.arguments = &values;
		sums[i].call.done = sum_done;
		pipeline_submit(&pipeline, &sums[i].call);
	}
	while (pipeline_run(&pipeline))
		;
	for (size_t i = 0; i < COUNT(sums); i++)
		right += sums[i].right;
	CHECK_INT(right, COUNT(sums));
	pipeline_abandon(&pipeline);
}

static void check_endpoint(const char *text)
{
	struct endpoint endpoint = call_endpoint(text);
	unsigned int failures = CU_get_number_of_failures();
	union procedure_arguments arguments = { .operands = { 1, 2 } };
	union procedure_result result;
	struct failure failure;
	struct client client;
	bool grew;

	client_init(&client, &endpoint, PATIENCE);
	AWAIT((grew = check_adds(&client)));
	CU_ASSERT(grew);
	if (endpoint.transport != ENDPOINT_UDP)
		check_large_calls(&client);
	/* And one as ever. */
	CHECK_INT(procedure_call(procedure_find("add"), &client, &arguments, &result, &failure), 0);
	CHECK_INT(result.number.calc_result_u.value, 3);
	client_release(&client);
	if (CU_get_number_of_failures() > failures)
		printf("      at: %s\n", text);
}

static void test_transports(void)
{
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, NULL));
	for (unsigned int i = 0; i < daemon.count; i++)
		check_endpoint(daemon.endpoints[i]);
	CHECK_INT(daemon_stop(&daemon), 0);
	setenv("SIDECALLD", program_path("sidecalld"), 1);
	check_endpoint("rpc+pipe");
	check_endpoint("raw+pipe");
}

static void test_baseline(void)
{
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start_stock(&daemon, NULL));
	for (unsigned int i = 0; i < daemon.count; i++)
		check_endpoint(daemon.endpoints[i]);
	daemon_stop(&daemon);
}

/* ---- how long a server may be silent ---- */

/* Answers one call each time it is told to. */
static void serve_when_told(struct scripted_server *peer)
{
	const int *told = peer->context;
	uint32_t ids[2] = { 0 };
	uint64_t a[2] = { 0 };
	char byte;

	for (int i = 0; i < 2 && scripted_server_receive(peer); i++) {
		ids[i] = peer->last_id;
		a[i] = first_operand(peer);
	}
	for (int i = 0; i < 2 && read(*told, &byte, 1) == 1; i++)
		answer_add(peer, ids[i], a[i]);
}

/* With each reply the time begins anew: a server that answers, if slowly, is not given up. */
static void check_silence(enum endpoint_protocol protocol)
{
	struct pipeline pipeline;
	struct client client;
	struct scripted_server peer;
	struct add *adds;
	int told[2], input[2];
	int64_t deadline;

	CU_ASSERT_FATAL(pipe(told) == 0 && pipe(input) == 0);
	scripted_server_start(&peer, &client, protocol, PATIENCE, serve_when_told, &told[0]);
	pipeline_init(&pipeline, &client);
	adds = submit_adds(&pipeline, 2);
	/* The first run ends with the input, and the others with a reply. */
	CHECK_INT(write(input[1], "x", 1), 1);
	pipeline.input = input[0];
	CU_ASSERT(pipeline_run(&pipeline));
	pipeline.input = -1;
	deadline = pipeline.deadline;
	CHECK_INT(pipeline.flying.count, 2);
	CHECK_INT(write(told[1], "x", 1), 1);
	CU_ASSERT(pipeline_run(&pipeline));
	CU_ASSERT(pipeline.deadline > deadline);
	CHECK_INT(write(told[1], "x", 1), 1);
	CU_ASSERT(!pipeline_run(&pipeline));
	CHECK_INT(count_right(adds, 2), 2);
	close(told[1]);
	scripted_server_stop(&peer, &client);
	close(told[0]);
	close(input[0]);
	close(input[1]);
	free(adds);
}

static void test_silence(void)
{
	for (size_t i = 0; i < COUNT(protocols); i++)
		check_silence(protocols[i]);
}

int main(void)
{
	static const struct test tests[] = {
		{ "what becomes of calls", test_courses },
		{ "a server that is busy", test_busy },
		{ "a server that is slow", test_silence },
		{ "calls that are abandoned", test_abandon },
		{ "large calls and replies", test_large },
		{ "every transport", test_transports },
		{ "libtirpc, one by one", test_baseline },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("pipeline", tests);
}
