/* The raw protocol, the client's end: the stubs, written by hand, as rpcgen writes *_clnt.c. */
#include "client/raw.h"

#include <errno.h>

void raw_client_init(struct raw_client *client, struct channel *channel, int64_t deadline)
{
	*client = (struct raw_client){ .channel = channel, .deadline = deadline };
}

void raw_client_release(struct raw_client *client)
{
	buffer_release(&client->call);
}

/* ---- one call: begin, pack the arguments, exchange, unpack the result, end ---- */

static struct packer begin(struct raw_client *client, enum raw_operation operation)
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

/* Sends the call and receives its reply.  0 with `in` at its result, or as the stubs return. */
static int exchange(struct raw_client *client, const struct packer *out, struct unpacker *in)
{
	struct unpacker header = { .bytes = client->call.data, .left = client->call.length };
	struct message message;
	struct raw_reply reply;
	struct raw_call call;
	int r;

	if (out->failed || out->full)
		return -EINVAL;
	raw_unpack_call(&header, &call);
	r = channel_exchange(client->channel, client->call.data, client->call.length, &message,
			     client->deadline, &client->sent);
	if (r < 0)
		return r;
	*in = (struct unpacker){ .bytes = message.bytes, .left = message.length };
	raw_unpack_reply(in, &reply);
	return in->failed || reply.operation != call.operation ? -EPROTO : reply.status;
}

static int end(const struct unpacker *in)
{
	return unpacked_exactly(in) ? 0 : -EBADMSG;
}

/* ---- the stubs ---- */

int raw_null(void *arguments, void *result, struct raw_client *client)
{
	struct packer out = begin(client, RAW_NULL);
	struct unpacker in;
	int r = exchange(client, &out, &in);

	(void)arguments;
	(void)result;
	return r ? r : end(&in);
}

static int arithmetic(enum raw_operation operation, calc_operands *arguments, calc_result *result,
		      struct raw_client *client)
{
	struct packer out = begin(client, operation);
	struct unpacker in;
	int r;

	raw_pack_operands(&out, arguments);
	r = exchange(client, &out, &in);
	if (r)
		return r;
	raw_unpack_result(&in, result);
	return end(&in);
}

int raw_add(calc_operands *arguments, calc_result *result, struct raw_client *client)
{
	return arithmetic(RAW_ADD, arguments, result, client);
}

int raw_subtract(calc_operands *arguments, calc_result *result, struct raw_client *client)
{
	return arithmetic(RAW_SUBTRACT, arguments, result, client);
}

int raw_multiply(calc_operands *arguments, calc_result *result, struct raw_client *client)
{
	return arithmetic(RAW_MULTIPLY, arguments, result, client);
}

int raw_divide(calc_operands *arguments, calc_result *result, struct raw_client *client)
{
	return arithmetic(RAW_DIVIDE, arguments, result, client);
}

int raw_evaluate(calc_expression *arguments, calc_evaluation *result, struct raw_client *client)
{
	struct packer out = begin(client, RAW_EVALUATE);
	struct unpacker in;
	int r;

	raw_pack_expression(&out, arguments);
	r = exchange(client, &out, &in);
	if (r)
		return r;
	raw_unpack_evaluation(&in, result);
	return end(&in);
}

int raw_summarize(calc_values *arguments, calc_summary_result *result, struct raw_client *client)
{
	struct packer out = begin(client, RAW_SUMMARIZE);
	struct unpacker in;
	int r;

	raw_pack_values(&out, arguments);
	r = exchange(client, &out, &in);
	if (r)
		return r;
	raw_unpack_summary_result(&in, result);
	return end(&in);
}

int raw_accumulate(calc_accumulation *arguments, calc_result *result, struct raw_client *client)
{
	struct packer out = begin(client, RAW_ACCUMULATE);
	struct unpacker in;
	int r;

	raw_pack_accumulation(&out, arguments);
	r = exchange(client, &out, &in);
	if (r)
		return r;
	raw_unpack_result(&in, result);
	return end(&in);
}

int raw_stat(fileinfo_path *arguments, fileinfo_stat_result *result, struct raw_client *client)
{
	struct packer out = begin(client, RAW_STAT);
	struct unpacker in;
	int r;

	raw_pack_path(&out, arguments);
	r = exchange(client, &out, &in);
	if (r)
		return r;
	raw_unpack_stat_result(&in, result);
	return end(&in);
}

int raw_list(fileinfo_list_args *arguments, fileinfo_list_result *result, struct raw_client *client)
{
	struct packer out = begin(client, RAW_LIST);
	struct unpacker in;
	int r;

	raw_pack_list_args(&out, arguments);
	r = exchange(client, &out, &in);
	if (r)
		return r;
	raw_unpack_list_result(&in, result);
	return end(&in);
}

int raw_readlink(fileinfo_path *arguments, fileinfo_link_result *result, struct raw_client *client)
{
	struct packer out = begin(client, RAW_READLINK);
	struct unpacker in;
	int r;

	raw_pack_path(&out, arguments);
	r = exchange(client, &out, &in);
	if (r)
		return r;
	raw_unpack_link_result(&in, result);
	return end(&in);
}

int raw_digest(fileinfo_path *arguments, fileinfo_digest_result *result, struct raw_client *client)
{
	struct packer out = begin(client, RAW_DIGEST);
	struct unpacker in;
	int r;

	raw_pack_path(&out, arguments);
	r = exchange(client, &out, &in);
	if (r)
		return r;
	raw_unpack_digest_result(&in, result);
	return end(&in);
}

int raw_space(fileinfo_path *arguments, fileinfo_space_result *result, struct raw_client *client)
{
	struct packer out = begin(client, RAW_SPACE);
	struct unpacker in;
	int r;

	raw_pack_path(&out, arguments);
	r = exchange(client, &out, &in);
	if (r)
		return r;
	raw_unpack_space_result(&in, result);
	return end(&in);
}
