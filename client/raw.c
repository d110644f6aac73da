/* The raw protocol, the client's end: the stubs, written by hand, as rpcgen writes *_clnt.c. */
#include "client/raw.h"

#include <errno.h>

void raw_client_init(struct raw_client *client, struct channel *channel, int64_t deadline)
{
	*client = (struct raw_client){ .channel = channel, .deadline = deadline };
	channel->answers = raw_answers;
}

void raw_client_release(struct raw_client *client)
{
	buffer_release(&client->call);
}

/* ---- one call: begin, pack the arguments, finish ---- */

static struct packer begin_call(struct raw_client *client, enum raw_operation operation)
{
	struct packer out = { .out = &client->call, .limit = FRAMING_MAX_MESSAGE };
	struct raw_call header = { .id = channel_next_id(client->channel),
				   .version = RAW_VERSION,
				   .operation = (uint16_t)operation };

	client->call.length = 0;
	client->sent = false;
	raw_pack_call(&out, &header);
	return out;
}

bool raw_answers(const void *call, const struct message *message)
{
	struct unpacker asked = { .bytes = call, .left = RAW_HEADER };
	struct unpacker in = { .bytes = message->bytes, .left = message->length };
	struct raw_reply reply;
	struct raw_call header;

	raw_unpack_call(&asked, &header);
	raw_unpack_reply(&in, &reply);
	return !in.failed && reply.operation == header.operation;
}

int raw_finish(const struct raw_pending *pending, const struct message *message)
{
	struct unpacker in = { .bytes = message->bytes, .left = message->length };
	struct raw_reply reply;

	raw_unpack_reply(&in, &reply);
	if (in.failed || reply.operation != pending->operation)
		return -EPROTO;
	if (reply.status != RAW_OK)
		return reply.status;
	pending->unpack(&in, pending->any.result);
	return unpacked_exactly(&in) ? 0 : -EBADMSG;
}

/* Sends the call and returns: -EINPROGRESS, or why it did not leave. */
static int send_deferred(struct raw_client *client, const struct raw_pending *call,
			 struct raw_pending *pending)
{
	int r;

	pending->operation = call->operation;
	pending->unpack = call->unpack;
	pending->any.result = call->any.result;
	r = pending_send(&pending->any, client->channel, &client->call, client->deadline);
	return r < 0 ? r : -EINPROGRESS;
}

/* Sends the call and unpacks its reply; returns as the stubs do. */
static int finish_call(struct raw_client *client, const struct packer *out,
		       enum raw_operation operation,
		       void (*unpack)(struct unpacker *in, void *result), void *result)
{
	const struct raw_pending call = { { .result = result }, unpack, (uint16_t)operation };
	struct raw_pending *pending = client->pending;
	struct message reply;
	int r;

	client->pending = NULL;
	if (out->failed || out->full)
		return -EINVAL;
	if (pending)
		return send_deferred(client, &call, pending);
	r = channel_exchange(client->channel, client->call.data, client->call.length, &reply,
			     client->deadline, &client->sent);
	return r < 0 ? r : raw_finish(&call, &reply);
}

/* ---- what results are unpacked with ---- */

static void unpack_nothing(struct unpacker *in, void *result)
{
	(void)in;
	(void)result;
}

#define UNPACKS(type)                                                                              \
	static void unpack_##type(struct unpacker *in, void *result)                               \
	{                                                                                          \
		raw_unpack_##type(in, result);                                                     \
	}

UNPACKS(result)
UNPACKS(evaluation)
UNPACKS(summary_result)
UNPACKS(stat_result)
UNPACKS(list_result)
UNPACKS(link_result)
UNPACKS(digest_result)
UNPACKS(space_result)

/* ---- the stubs ---- */

int raw_null(void *arguments, void *result, struct raw_client *client)
{
	struct packer out = begin_call(client, RAW_NULL);

	(void)arguments;
	return finish_call(client, &out, RAW_NULL, unpack_nothing, result);
}

int raw_add(calc_operands *arguments, calc_result *result, struct raw_client *client)
{
	struct packer out = begin_call(client, RAW_ADD);

	raw_pack_operands(&out, arguments);
	return finish_call(client, &out, RAW_ADD, unpack_result, result);
}

int raw_subtract(calc_operands *arguments, calc_result *result, struct raw_client *client)
{
	struct packer out = begin_call(client, RAW_SUBTRACT);

	raw_pack_operands(&out, arguments);
	return finish_call(client, &out, RAW_SUBTRACT, unpack_result, result);
}

int raw_multiply(calc_operands *arguments, calc_result *result, struct raw_client *client)
{
	struct packer out = begin_call(client, RAW_MULTIPLY);

	raw_pack_operands(&out, arguments);
	return finish_call(client, &out, RAW_MULTIPLY, unpack_result, result);
}

int raw_divide(calc_operands *arguments, calc_result *result, struct raw_client *client)
{
	struct packer out = begin_call(client, RAW_DIVIDE);

	raw_pack_operands(&out, arguments);
	return finish_call(client, &out, RAW_DIVIDE, unpack_result, result);
}

int raw_evaluate(calc_expression *arguments, calc_evaluation *result, struct raw_client *client)
{
	struct packer out = begin_call(client, RAW_EVALUATE);

	raw_pack_expression(&out, arguments);
	return finish_call(client, &out, RAW_EVALUATE, unpack_evaluation, result);
}

int raw_summarize(calc_values *arguments, calc_summary_result *result, struct raw_client *client)
{
	struct packer out = begin_call(client, RAW_SUMMARIZE);

	raw_pack_values(&out, arguments);
	return finish_call(client, &out, RAW_SUMMARIZE, unpack_summary_result, result);
}

int raw_accumulate(calc_accumulation *arguments, calc_result *result, struct raw_client *client)
{
	struct packer out = begin_call(client, RAW_ACCUMULATE);

	raw_pack_accumulation(&out, arguments);
	return finish_call(client, &out, RAW_ACCUMULATE, unpack_result, result);
}

int raw_stat(fileinfo_path *arguments, fileinfo_stat_result *result, struct raw_client *client)
{
	struct packer out = begin_call(client, RAW_STAT);

	raw_pack_path(&out, arguments);
	return finish_call(client, &out, RAW_STAT, unpack_stat_result, result);
}

int raw_list(fileinfo_list_args *arguments, fileinfo_list_result *result, struct raw_client *client)
{
	struct packer out = begin_call(client, RAW_LIST);

	raw_pack_list_args(&out, arguments);
	return finish_call(client, &out, RAW_LIST, unpack_list_result, result);
}

int raw_readlink(fileinfo_path *arguments, fileinfo_link_result *result, struct raw_client *client)
{
	struct packer out = begin_call(client, RAW_READLINK);

	raw_pack_path(&out, arguments);
	return finish_call(client, &out, RAW_READLINK, unpack_link_result, result);
}

int raw_digest(fileinfo_path *arguments, fileinfo_digest_result *result, struct raw_client *client)
{
	struct packer out = begin_call(client, RAW_DIGEST);

	raw_pack_path(&out, arguments);
	return finish_call(client, &out, RAW_DIGEST, unpack_digest_result, result);
}

int raw_space(fileinfo_path *arguments, fileinfo_space_result *result, struct raw_client *client)
{
	struct packer out = begin_call(client, RAW_SPACE);

	raw_pack_path(&out, arguments);
	return finish_call(client, &out, RAW_SPACE, unpack_space_result, result);
}
