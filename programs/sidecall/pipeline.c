/* Many calls in flight on one channel, by the same stubs as one. */
#include "programs/sidecall/pipeline.h"

#include <errno.h>

#include "client/failures.h"
#include "client/protocols/all.h"
#include "programs/sidecall/pipeline_again.h"
#include "programs/sidecall/pipeline_list.h"

#define STREAM_WINDOW   256                /* calls; what has no room waits before that */
#define DATAGRAM_WINDOW 4                  /* calls to begin with */
#define LARGEST_WINDOW  64                 /* calls by datagrams */
#define FIRST_INTERVAL  INT64_C(100000000) /* nanoseconds until a lost call is sent again */

/* ---- the window ---- */

static void grow_window(struct pipeline *pipeline)
{
	if (!client_loses(pipeline->client) || ++pipeline->gained < pipeline->window ||
	    pipeline->window >= LARGEST_WINDOW)
		return;
	pipeline->window++;
	pipeline->gained = 0;
}

/* Calls that were sent together get lost together, which is one loss. */
static void shrink_window(struct pipeline *pipeline, int64_t now)
{
	if (now - pipeline->halved < FIRST_INTERVAL)
		return;
	pipeline->halved = now;
	pipeline->gained = 0;
	pipeline->window = pipeline->window > 1 ? pipeline->window / 2 : 1;
}

void pipeline_init(struct pipeline *pipeline, struct client *client)
{
	*pipeline = (struct pipeline){ .client = client, .input = -1 };
	pipeline->window = client_loses(client) ? DATAGRAM_WINDOW : STREAM_WINDOW;
	if (!client_protocol(&client->endpoint)->on_channel)
		pipeline->window = 1; /* libtirpc's client waits for each reply */
}

void pipeline_submit(struct pipeline *pipeline, struct pipeline_call *call)
{
	pipeline_append(&pipeline->waiting, call);
}

bool pipeline_has_room(const struct pipeline *pipeline)
{
	return pipeline->waiting.count + pipeline->flying.count < pipeline->window;
}

/* ---- sending ---- */

static int connect_first(struct pipeline *pipeline, struct pipeline_call *call)
{
	struct client *client = pipeline->client;
	int code = client_connect(client, call->procedure->program, call->procedure->version,
				  client_deadline(client), &call->failure);

	if (code == 0 && client->channel)
		client->channel->corked = true;
	return code;
}

/* One whole call, where that is all that can be done. */
static void call_waiting(struct pipeline *pipeline, struct pipeline_call *call)
{
	pipeline_end_call(&pipeline->waiting, call,
			  procedure_call(call->procedure, pipeline->client, call->arguments,
					 &call->result, &call->failure));
}

/* False when there is no room for it now. */
static bool send_one(struct pipeline *pipeline, struct pipeline_call *call)
{
	int code = connect_first(pipeline, call);

	if (code == 0 && !pipeline->client->channel) {
		call_waiting(pipeline, call);
		return true;
	}
	if (code == 0)
		code = procedure_begin(call->procedure, pipeline->client, call->arguments,
				       &call->result, &call->pending, &call->failure);
	if (code == -EAGAIN && pipeline->flying.count)
		return false; /* the next reply makes room */
	if (code == -EAGAIN)
		code = client_transport_failure(pipeline->client, ETIMEDOUT, false, &call->failure);
	if (code && pipeline_may_connect_again(pipeline, call->failure.error) &&
	    (pipeline->flying.count || pipeline_connect_again(pipeline, call->failure.error)))
		return !pipeline->flying.count; /* what is in flight shows what became of it */
	if (code) {
		pipeline_end_call(&pipeline->waiting, call, code);
		return true;
	}
	call->interval = FIRST_INTERVAL;
	call->again = clock_now() + FIRST_INTERVAL;
	if (!pipeline->flying.count)
		pipeline->deadline = client_deadline(pipeline->client);
	pipeline_take(&pipeline->waiting, call);
	pipeline_append(&pipeline->flying, call);
	return true;
}

static void send_waiting(struct pipeline *pipeline)
{
	while (pipeline->waiting.first && pipeline->flying.count < pipeline->window &&
	       send_one(pipeline, pipeline->waiting.first))
		;
}

/* Sends again what was lost, as it seems.  When something is to be sent again next. */
static int64_t send_again(struct pipeline *pipeline)
{
	int64_t now = clock_now(), next = INT64_MAX;
	struct pipeline_call *call = client_loses(pipeline->client) ? pipeline->flying.first : NULL;

	for (; call; call = call->next) {
		const struct buffer *bytes = &call->pending.any.call;

		if (call->again <= now) {
			shrink_window(pipeline, now);
			channel_send(pipeline->client->channel, bytes->data, bytes->length,
				     CHANNEL_NOW);
			call->interval *= 2;
			call->again = now + call->interval;
		}
		next = call->again < next ? call->again : next;
	}
	return next;
}

/* ---- receiving ---- */

/* Whose reply it is: mostly the oldest call's.  NULL for nobody's, as a late copy by datagram. */
static struct pipeline_call *find_call(const struct pipeline *pipeline, const struct message *reply)
{
	const struct channel *channel = pipeline->client->channel;
	struct pipeline_call *call = pipeline->flying.first;
	uint32_t id;

	if (reply->length < sizeof(id))
		return NULL;
	id = channel_id_of(reply->bytes);
	while (call && call->pending.any.id != id)
		call = call->next;
	return call && channel_answers(channel, call->pending.any.call.data, reply) ? call : NULL;
}

/* Whether nobody waiting for it is nothing bad. */
static bool is_late(const struct channel *channel, const struct message *reply)
{
	return channel->datagrams || (reply->length >= sizeof(uint32_t) &&
				      channel_has_named(channel, channel_id_of(reply->bytes)));
}

/* 0, or -EPROTO for what is no reply to any call. */
static int take_reply(struct pipeline *pipeline, const struct message *reply)
{
	struct client *client = pipeline->client;
	struct pipeline_call *call = find_call(pipeline, reply);
	int code;

	if (!call)
		return is_late(client->channel, reply) ? 0 : -EPROTO;
	code = procedure_finish(call->procedure, client, &call->pending, reply, &call->failure);
	pipeline->broken = 0;
	pipeline->deadline = client_deadline(client);
	grow_window(pipeline);
	pipeline_end_call(&pipeline->flying, call, code);
	return 0;
}

/* Waits for a message or for input; what comes of that is for others to find out. */
static void wait_with_input(struct pipeline *pipeline, int64_t until)
{
	struct channel *channel = pipeline->client->channel;
	struct pollfd waiting[3] = { [2] = { .fd = pipeline->input, .events = POLLIN } };

	if (channel->operations->await(channel, waiting) == 0)
		clock_wait_any(waiting, 3, until);
}

/* The next message, as channel_receive() has it; -ETIMEDOUT also when there is input first. */
static int receive_first(struct pipeline *pipeline, struct message *reply, int64_t until)
{
	struct channel *channel = pipeline->client->channel;
	int r;

	if (pipeline->input < 0)
		return channel_receive(channel, reply, until);
	r = channel_receive(channel, reply, CHANNEL_NOW); /* sends what was taken, too */
	if (r != -ETIMEDOUT)
		return r;
	wait_with_input(pipeline, until);
	return channel_receive(channel, reply, CHANNEL_NOW);
}

/* Receives once, and what has come with it.  0, also when nothing came before `until`; or -errno.
 */
static int receive_reply(struct pipeline *pipeline, int64_t until)
{
	struct channel *channel = pipeline->client->channel;
	struct message reply;
	int r = receive_first(pipeline, &reply, until), taken;

	while (r > 0) {
		taken = take_reply(pipeline, &reply);
		if (taken < 0)
			return taken;
		send_waiting(pipeline);
		r = channel_receive(channel, &reply, CHANNEL_ARRIVED);
	}
	if (r == 0)
		return -ECONNRESET;
	return r == -ETIMEDOUT ? 0 : r;
}

bool pipeline_run(struct pipeline *pipeline)
{
	int64_t next;
	int r;

	send_waiting(pipeline);
	if (pipeline->flying.count) {
		next = send_again(pipeline);
		r = receive_reply(pipeline, next < pipeline->deadline ? next : pipeline->deadline);
		if (r == 0 && pipeline->flying.count && clock_now() >= pipeline->deadline)
			r = -ETIMEDOUT;
		if (r < 0 && !(pipeline_may_connect_again(pipeline, -r) &&
			       pipeline_connect_again(pipeline, -r)))
			pipeline_fail_all(pipeline, -r);
	}
	return pipeline->flying.count || pipeline->waiting.count;
}

void pipeline_abandon(struct pipeline *pipeline)
{
	pipeline_fail_all(pipeline, ECANCELED);
	if (pipeline->client->channel)
		pipeline->client->channel->corked = false;
}
