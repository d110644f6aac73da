/* Calls that no stub makes: of any program, version and procedure, with any arguments. */
#include "compare/lab/crafted_call.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/failures.h"
#include "client/protocols/raw.h"
#include "client/protocols/rpc.h"
#include "client/runtime/rpc.h"
#include "common/raw.h"
#include "contract/contract.h"

#define RPC_VERSION_AT 8 /* bytes, in a call (RFC 5531, section 9) */

/* ---- arguments ---- */

static void pack_operands(struct packer *out, const void *arguments)
{
	raw_pack_operands(out, arguments);
}

static void pack_accumulation(struct packer *out, const void *arguments)
{
	raw_pack_accumulation(out, arguments);
}

static void pack_path(struct packer *out, const void *arguments)
{
	raw_pack_path(out, arguments);
}

/* A string of raw is that of any procedure. */
static void pack_cut_short(struct packer *out, const void *arguments)
{
	const calc_accumulation *accumulation = arguments;
	fileinfo_path name = accumulation->name;

	raw_pack_path(out, &name);
}

static bool_t filter_cut_short(XDR *stream, calc_accumulation *accumulation)
{
	return xdr_string(stream, &accumulation->name, CALC_MAX_REGISTER);
}

/* The field that no contract has is one more amount. */
static void pack_longer(struct packer *out, const void *arguments)
{
	const calc_accumulation *accumulation = arguments;
	const calc_operands more = { accumulation->amount, 0 };

	pack_cut_short(out, arguments);
	raw_pack_operands(out, &more);
}

static bool_t filter_longer(XDR *stream, calc_accumulation *accumulation)
{
	quad_t more = 0;

	return xdr_calc_accumulation(stream, accumulation) && xdr_int64_t(stream, &more);
}

/* ---- calls ---- */

static const struct contract_program *calculator(void)
{
	return contract_program(contract_built_in(), CALC_PROG);
}

struct crafted_call crafted_add(calc_operands *operands)
{
	return (struct crafted_call){
		.rpc_version = RPC_MSG_VERSION,
		.program = CALC_PROG,
		.version = contract_highest(calculator()),
		.procedure = CALC_ADD,
		.raw_version = RAW_VERSION,
		.operation = RAW_ADD,
		.arguments = { (xdrproc_t)xdr_calc_operands, pack_operands, operands },
	};
}

struct crafted_call crafted_accumulate(calc_accumulation *accumulation)
{
	struct crafted_call call = crafted_add(NULL);

	call.procedure = CALC_ACCUMULATE;
	call.operation = RAW_ACCUMULATE;
	call.arguments = (struct crafted_arguments){ (xdrproc_t)xdr_calc_accumulation,
						     pack_accumulation, accumulation };
	return call;
}

struct crafted_call crafted_readlink(fileinfo_path *path)
{
	struct crafted_call call = crafted_add(NULL);

	call.program = FILEINFO_PROG;
	call.version = FILEINFO_V1;
	call.procedure = FILEINFO_READLINK;
	call.operation = RAW_READLINK;
	call.arguments = (struct crafted_arguments){ (xdrproc_t)xdr_fileinfo_path, pack_path,
						     path };
	return call;
}

void crafted_unknown_procedure(struct crafted_call *call)
{
	call->procedure = contract_beyond(calculator());
	call->operation = (uint16_t)call->procedure;
}

void crafted_unknown_version(struct crafted_call *call)
{
	call->version = contract_highest(calculator()) + 1;
	call->raw_version = RAW_VERSION + 1;
}

void crafted_lowest_version(struct crafted_call *call)
{
	call->version = contract_lowest(calculator());
}

static void write_mark(FILE *to, char mark)
{
	const struct contract_program *calc = calculator();
	unsigned int low = contract_lowest(calc), high = contract_highest(calc);
	const char *between = high == low + 1 ? "and" : "to";

	switch (mark) {
	case 'l':
		fprintf(to, "%u", low);
		break;
	case 'h':
		fprintf(to, "%u", high);
		break;
	case 'n':
		fprintf(to, "%u", high + 1);
		break;
	case 'p':
		fprintf(to, "%u", contract_beyond(calc));
		break;
	case 'c':
		fprintf(to, "%u", contract_beyond(calc) - 1);
		break;
	case 'v':
		fprintf(to, "versions %u %s %u", low, between, high);
		break;
	}
}

char *crafted_words(const char *text)
{
	char *words = NULL;
	size_t size;
	FILE *to = open_memstream(&words, &size);

	if (!to)
		return NULL;
	for (; *text; text++)
		if (*text == '@' && text[1])
			write_mark(to, *++text);
		else
			putc(*text, to);
	return fclose(to) == 0 ? words : NULL;
}

void crafted_cut_short(struct crafted_call *call)
{
	call->arguments.filter = (xdrproc_t)filter_cut_short;
	call->arguments.pack = pack_cut_short;
}

void crafted_lengthen(struct crafted_call *call)
{
	call->arguments.filter = (xdrproc_t)filter_longer;
	call->arguments.pack = pack_longer;
}

/* ---- bytes ---- */

static int encode_raw(const struct crafted_call *call, uint32_t id, struct buffer *out)
{
	const struct raw_call header = { id, call->raw_version, call->operation };
	struct packer packer = { .out = out, .limit = FRAMING_MAX_MESSAGE };

	raw_pack_call(&packer, &header);
	call->arguments.pack(&packer, call->arguments.arguments);
	return packer.failed || packer.full ? -EINVAL : 0;
}

/* By libtirpc, but for the version of RPC: it writes none but its own. */
static int encode_rpc(const struct crafted_call *call, uint32_t id, struct buffer *out)
{
	const uint32_t version = htobe32(call->rpc_version);
	struct rpc_msg header = { .rm_xid = id, .rm_direction = CALL };
	size_t size;
	XDR stream;

	header.rm_call.cb_rpcvers = RPC_MSG_VERSION;
	header.rm_call.cb_prog = call->program;
	header.rm_call.cb_vers = call->version;
	header.rm_call.cb_proc = call->procedure;
	size = xdr_sizeof((xdrproc_t)xdr_callmsg, &header) +
	       xdr_sizeof(call->arguments.filter, call->arguments.arguments);
	if (buffer_reserve(out, size) < 0)
		return -ENOMEM;
	xdrmem_create(&stream, (char *)out->data + out->length, (u_int)size, XDR_ENCODE);
	if (!xdr_callmsg(&stream, &header) ||
	    !call->arguments.filter(&stream, call->arguments.arguments))
		return -EINVAL;
	memcpy(out->data + out->length + RPC_VERSION_AT, &version, sizeof(version));
	out->length += XDR_GETPOS(&stream);
	return 0;
}

int crafted_encode(const struct crafted_call *call, enum endpoint_protocol protocol, uint32_t id,
		   struct buffer *out)
{
	return protocol == ENDPOINT_RAW ? encode_raw(call, id, out) : encode_rpc(call, id, out);
}

/* ---- replies ---- */

static void unpack_number(struct unpacker *in, void *result)
{
	raw_unpack_result(in, result);
}

static int decode_raw(const struct crafted_call *call, struct client *client,
		      const struct raw_pending *pending, const struct message *reply,
		      struct failure *failure)
{
	int r = raw_finish(pending, reply);

	if (r == RAW_BAD_VERSION)
		return failure_set(failure, FAILURE_PROTOCOL,
				   "the server does not speak version %u of the raw protocol",
				   call->raw_version);
	return r ? raw_failure(client, r, failure) : 0;
}

/* What the last call through it met, and the versions in a refusal, if it is one for them. */
static int failure_of(CLIENT *rpc, struct client *client, struct crafted_versions *versions,
		      struct failure *failure)
{
	struct rpc_err error;

	clnt_geterr(rpc, &error);
	if (versions &&
	    (error.re_status == RPC_PROGVERSMISMATCH || error.re_status == RPC_VERSMISMATCH))
		*versions = (struct crafted_versions){ (unsigned int)error.re_vers.low,
						       (unsigned int)error.re_vers.high };
	return rpc_failure(client, &error, failure);
}

int crafted_decode(const struct crafted_call *call, struct client *client,
		   const struct message *reply, calc_result *result,
		   struct crafted_versions *versions, struct failure *failure)
{
	const struct raw_pending pending = { .any = { .result = result,
						      .filter = (xdrproc_t)xdr_calc_result },
					     .unpack = unpack_number,
					     .operation = call->operation };
	CLIENT *rpc;

	memset(result, 0, sizeof(*result));
	if (!endpoint_speaks_rpc(&client->endpoint))
		return decode_raw(call, client, &pending, reply, failure);
	rpc = rpc_client_for(client, call->program, call->version, client_deadline(client));
	if (!rpc)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	return rpc_finish(rpc, &pending.any, reply) == RPC_SUCCESS
		       ? 0
		       : failure_of(rpc, client, versions, failure);
}

/* ---- a call and its reply ---- */

static int exchange_bytes(const struct crafted_call *call, struct client *client, int64_t deadline,
			  calc_result *result, struct crafted_versions *versions,
			  struct failure *failure)
{
	struct buffer bytes = { 0 };
	struct message reply;
	bool sent = false;
	int r = crafted_encode(call, client->endpoint.protocol, channel_next_id(client->channel),
			       &bytes);

	if (r == 0)
		r = channel_exchange(client->channel, bytes.data, bytes.length, &reply, deadline,
				     &sent);
	buffer_release(&bytes);
	return r < 0 ? client_transport_failure(client, -r, sent, failure)
		     : crafted_decode(call, client, &reply, result, versions, failure);
}

static int exchange_rpc(const struct crafted_call *call, struct client *client, int64_t deadline,
			calc_result *result, struct crafted_versions *versions,
			struct failure *failure)
{
	CLIENT *rpc = rpc_client_for(client, call->program, call->version, deadline);
	const struct timeval limit = { .tv_sec = 25 }; /* rpc_client_for() has set another */

	if (!rpc)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	return clnt_call(rpc, call->procedure, call->arguments.filter, call->arguments.arguments,
			 (xdrproc_t)xdr_calc_result, (char *)result, limit) == RPC_SUCCESS
		       ? 0
		       : failure_of(rpc, client, versions, failure);
}

int crafted_exchange(const struct crafted_call *call, struct client *client, calc_result *result,
		     struct crafted_versions *versions, struct failure *failure)
{
	bool bytes = !endpoint_speaks_rpc(&client->endpoint) ||
		     call->rpc_version != RPC_MSG_VERSION;
	int64_t deadline = client_deadline(client);
	int code;

	memset(result, 0, sizeof(*result));
	if (versions)
		*versions = (struct crafted_versions){ 0 };
	code = client_connect(client, call->program, call->version, deadline, failure);
	if (code)
		return code;
	return bytes ? exchange_bytes(call, client, deadline, result, versions, failure)
		     : exchange_rpc(call, client, deadline, result, versions, failure);
}
