/* How many calls are in flight by datagrams, and when those that got lost are sent again. */
#include "common/duration.h"
#include "programs/sidecall/pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "common/raw.h"
#include "tests/kit/harness.h"

#define CALLS 5000
#define FIRST 4  /* calls in flight to begin with */
#define MOST  64 /* calls that may be in flight */
#define AGAIN (100 * MILLISECOND)

/* ---- a channel that loses what it is told to lose ---- */

struct lossy {
	struct channel channel; /* first */
	struct pipeline pipeline;
	struct client client;
	bool loses, closed;
	bool late;               /* the time of all is over when the first reply comes */
	unsigned int answers;    /* calls that are answered */
	bool wrong;              /* replies are to another operation */
	uint32_t waiting[CALLS]; /* ids whose replies come */
	size_t first, last;
	unsigned int sent, done, failed, most; /* calls; and that were in flight at once */
	struct failure failure;                /* of the last one that failed */
	int64_t times[16];                     /* when the lost ones were sent */
	uint8_t reply[8];
};

static int lossy_send(struct channel *channel, const void *message, size_t length, int64_t deadline)
{
	struct lossy *lossy = (struct lossy *)channel;

	(void)length;
	(void)deadline;
	if (lossy->loses && lossy->sent < 16)
		lossy->times[lossy->sent] = clock_now();
	lossy->sent++;
	if (!lossy->loses && lossy->last < lossy->answers)
		lossy->waiting[lossy->last++] = channel_id_of(message);
	return 0;
}

/* A reply to null, which says nothing more. */
static int lossy_receive(struct channel *channel, struct message *message, int64_t deadline)
{
	struct lossy *lossy = (struct lossy *)channel;
	struct buffer bytes = { 0 };
	struct packer out = { .out = &bytes, .limit = sizeof(lossy->reply) };
	struct raw_reply reply = { .operation = lossy->wrong ? RAW_ADD : RAW_NULL };

	if (lossy->pipeline.flying.count > lossy->most)
		lossy->most = lossy->pipeline.flying.count;
	if (lossy->closed)
		return 0;
	if (lossy->first == lossy->last) {
		if (deadline > CHANNEL_NOW)
			clock_wait_any(NULL, 0, deadline);
		return -ETIMEDOUT;
	}
	if (lossy->late)
		lossy->pipeline.deadline = 0;
	reply.id = lossy->waiting[lossy->first++];
	raw_pack_reply(&out, &reply);
	memcpy(lossy->reply, bytes.data, sizeof(lossy->reply));
	buffer_release(&bytes);
	*message = (struct message){ lossy->reply, sizeof(lossy->reply) };
	return 1;
}

static void lossy_close(struct channel *channel)
{
	(void)channel;
}

static const struct channel_operations lossy_operations = {
	.send = lossy_send,
	.receive = lossy_receive,
	.close = lossy_close,
};

static struct lossy *lossy_open(bool datagrams, int64_t timeout)
{
	const struct endpoint endpoint = { .protocol = ENDPOINT_RAW,
					   .transport = ENDPOINT_UDP,
					   .port = -1 };
	struct lossy *lossy = calloc(1, sizeof(*lossy));

	CU_ASSERT_FATAL(lossy != NULL);
	lossy->channel.operations = &lossy_operations;
	lossy->channel.datagrams = datagrams;
	lossy->answers = CALLS;
	client_init(&lossy->client, &endpoint, timeout);
	client_take(&lossy->client, &lossy->channel);
	pipeline_init(&lossy->pipeline, &lossy->client);
	lossy->channel.corked = true;
	return lossy;
}

static void lossy_release(struct lossy *lossy)
{
	client_release(&lossy->client);
	free(lossy);
}

struct job {
	struct pipeline_call call;
	struct lossy *lossy;
};

static void job_done(struct pipeline_call *call)
{
	struct job *job = container_of(call, struct job, call);

	job->lossy->done++;
	job->lossy->failed += call->code != 0;
	if (call->code)
		job->lossy->failure = call->failure;
	free(job);
}

static void submit(struct lossy *lossy, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct job *job = calloc(1, sizeof(*job));

		job->lossy = lossy;
		job->call.procedure = procedure_find("null");
		job->call.done = job_done;
		pipeline_submit(&lossy->pipeline, &job->call);
	}
}

static void check_empty(const struct lossy *lossy)
{
	CHECK_INT(lossy->pipeline.waiting.count, 0);
	CHECK_INT(lossy->pipeline.flying.count, 0);
	CU_ASSERT_PTR_NULL(lossy->pipeline.waiting.first);
	CU_ASSERT_PTR_NULL(lossy->pipeline.flying.first);
	CU_ASSERT(pipeline_has_room(&lossy->pipeline));
}

/* ---- tests ---- */

/* As long as nothing is lost, one more for each window of replies; but not for ever. */
static void test_grows(void)
{
	struct lossy *lossy = lossy_open(true, 60 * SECOND);

	CHECK_INT(lossy->pipeline.window, FIRST);
	submit(lossy, FIRST + 1);
	while (pipeline_run(&lossy->pipeline))
		;
	CHECK_INT(lossy->pipeline.window, FIRST + 1);
	submit(lossy, CALLS - FIRST - 1);
	while (pipeline_run(&lossy->pipeline))
		;
	CHECK_INT(lossy->pipeline.window, MOST);
	CHECK_INT(lossy->most, MOST);
	CHECK_INT(lossy->done, CALLS);
	CHECK_INT(lossy->failed, 0);
	check_empty(lossy);
	lossy_release(lossy);
}

/* Where nothing gets lost, all that have room are in flight from the beginning. */
static void test_stream(void)
{
	struct lossy *lossy = lossy_open(false, 60 * SECOND);
	unsigned int window = lossy->pipeline.window;

	CU_ASSERT(window > MOST);
	submit(lossy, 4 * window);
	while (pipeline_run(&lossy->pipeline))
		;
	CHECK_INT(lossy->pipeline.window, window);
	CHECK_INT(lossy->most, window);
	CHECK_INT(lossy->done, 4 * window);
	check_empty(lossy);
	lossy_release(lossy);
}

/* Calls that were sent together are lost together: the window is halved, once. */
static void test_shrinks_once(void)
{
	struct lossy *lossy = lossy_open(true, 60 * SECOND);

	lossy->pipeline.window = 32;
	lossy->pipeline.gained = 7;
	lossy->loses = true;
	submit(lossy, 32);
	while (lossy->sent < 64)
		pipeline_run(&lossy->pipeline);
	CHECK_INT(lossy->pipeline.window, 16);
	CHECK_INT(lossy->pipeline.gained, 0);
	pipeline_abandon(&lossy->pipeline);
	lossy_release(lossy);
}

/* Down to one, and no further. */
static void test_never_closes(void)
{
	struct lossy *lossy = lossy_open(true, 60 * SECOND);

	lossy->pipeline.window = 1;
	lossy->loses = true;
	submit(lossy, 1);
	while (lossy->sent < 2)
		pipeline_run(&lossy->pipeline);
	CHECK_INT(lossy->pipeline.window, 1);
	pipeline_abandon(&lossy->pipeline);
	lossy_release(lossy);
}

/* Each time after twice as long; a slow machine only makes it longer. */
static void test_back_off(void)
{
	struct lossy *lossy = lossy_open(true, 60 * SECOND);

	lossy->loses = true;
	submit(lossy, 1);
	while (lossy->sent < 4)
		pipeline_run(&lossy->pipeline);
	for (int i = 1; i < 4; i++)
		CU_ASSERT(lossy->times[i] - lossy->times[i - 1] >= AGAIN << (i - 1));
	/* What comes at last is taken. */
	lossy->loses = false;
	while (pipeline_run(&lossy->pipeline))
		;
	CHECK_INT(lossy->done, 1);
	CHECK_INT(lossy->failed, 0);
	check_empty(lossy);
	lossy_release(lossy);
}

/* A server that answers has done something: those behind have their time anew. */
static void test_time_anew(void)
{
	struct lossy *lossy = lossy_open(false, 60 * SECOND);

	lossy->answers = 1;
	lossy->late = true;
	submit(lossy, 2);
	CU_ASSERT(pipeline_run(&lossy->pipeline));
	CHECK_INT(lossy->done, 1);
	CHECK_INT(lossy->failed, 0);
	CU_ASSERT(lossy->pipeline.deadline > clock_now());
	/* Nothing comes for the other. */
	lossy->pipeline.deadline = clock_now();
	CU_ASSERT(!pipeline_run(&lossy->pipeline));
	CHECK_INT(lossy->failed, 1);
	check_empty(lossy);
	lossy_release(lossy);
}

/* What was answered was sent, whatever the answer is. */
static void test_wrong_answer(void)
{
	struct lossy *lossy = lossy_open(false, 60 * SECOND);

	lossy->wrong = true;
	submit(lossy, 3);
	while (pipeline_run(&lossy->pipeline))
		;
	CHECK_INT(lossy->failed, 3);
	CHECK_INT(lossy->failure.code, FAILURE_PROTOCOL);
	CHECK_STR(lossy->failure.advice, "The call may have been executed");
	check_empty(lossy);
	lossy_release(lossy);
}

/* Whoever ends may call on, one by one, on the same channel. */
static void test_ends(void)
{
	for (int closed = 0; closed < 2; closed++) {
		struct lossy *lossy = lossy_open(true, 60 * SECOND);

		lossy->loses = true;
		lossy->closed = closed;
		submit(lossy, 10);
		if (closed)
			while (pipeline_run(&lossy->pipeline))
				;
		pipeline_abandon(&lossy->pipeline);
		CHECK_INT(lossy->done, 10);
		CHECK_INT(lossy->failed, 10);
		check_empty(lossy);
		CU_ASSERT(!lossy->channel.corked);
		lossy_release(lossy);
	}
}

static const struct test tests[] = {
	{ "a window that grows", test_grows },
	{ "a window that need not", test_stream },
	{ "a window that shrinks once", test_shrinks_once },
	{ "a window that never closes", test_never_closes },
	{ "back-off", test_back_off },
	{ "time anew", test_time_anew },
	{ "a wrong answer", test_wrong_answer },
	{ "the end", test_ends },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("window", tests);
}
