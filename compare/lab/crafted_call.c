/* Calls that no stub makes: of any program, version and procedure, with any arguments. */
#include "compare/lab/crafted_call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/failures.h"
#include "client/protocols/raw.h"
#include "client/protocols/rpc.h"
#include "common/raw.h"
#include "common/xdr.h"
#include "contract/contract.h"

#define HEADER_WORDS 10 /* of a call without credentials (RFC 5531, section 9) */

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

struct odd_call odd_add(calc_operands *operands)
{
	return (struct odd_call){
		.rpc_version = RPC_MSG_VERSION,
		.program = CALC_PROG,
		.version = contract_highest(calculator()),
		.procedure = CALC_ADD,
		.raw_version = RAW_VERSION,
		.operation = RAW_ADD,
		.arguments = { (xdrproc_t)xdr_calc_operands, pack_operands, operands },
	};
}

struct odd_call odd_accumulate(calc_accumulation *accumulation)
{
	struct odd_call call = odd_add(NULL);

	call.procedure = CALC_ACCUMULATE;
	call.operation = RAW_ACCUMULATE;
	call.arguments = (struct odd_arguments){ (xdrproc_t)xdr_calc_accumulation,
						 pack_accumulation, accumulation };
	return call;
}

struct odd_call odd_readlink(fileinfo_path *path)
{
	struct odd_call call = odd_add(NULL);

	call.program = FILEINFO_PROG;
	call.version = FILEINFO_V1;
	call.procedure = FILEINFO_READLINK;
	call.operation = RAW_READLINK;
	call.arguments = (struct odd_arguments){ (xdrproc_t)xdr_fileinfo_path, pack_path, path };
	return call;
}

void odd_unknown_procedure(struct odd_call *call)
{
	call->procedure = contract_beyond(calculator());
	call->operation = (uint16_t)call->procedure;
}

void odd_unknown_version(struct odd_call *call)
{
	call->version = contract_highest(calculator()) + 1;
	call->raw_version = RAW_VERSION + 1;
}

void odd_lowest_version(struct odd_call *call)
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

char *odd_words(const char *text)
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

void odd_cut_short(struct odd_call *call)
{
	call->arguments.filter = (xdrproc_t)filter_cut_short;
	call->arguments.pack = pack_cut_short;
}

void odd_lengthen(struct odd_call *call)
{
	call->arguments.filter = (xdrproc_t)filter_longer;
	call->arguments.pack = pack_longer;
}

/* ---- bytes ---- */

static int encode_raw(const struct odd_call *call, uint32_t id, struct buffer *out)
{
	const struct raw_call header = { id, call->raw_version, call->operation };
	struct packer packer = { .out = out, .limit = FRAMING_MAX_MESSAGE };

	raw_pack_call(&packer, &header);
	call->arguments.pack(&packer, call->arguments.arguments);
	return packer.failed || packer.full ? -EINVAL : 0;
}

static int encode_rpc(const struct odd_call *call, uint32_t id, struct buffer *out)
{
	int32_t header[HEADER_WORDS] = { (int32_t)id,
					 CALL,
					 (int32_t)call->rpc_version,
					 (int32_t)call->program,
					 (int32_t)call->version,
					 (int32_t)call->procedure,
					 AUTH_NONE,
					 0,
					 AUTH_NONE,
					 0 };
	size_t size = sizeof(header) +
		      xdr_sizeof(call->arguments.filter, call->arguments.arguments);
	XDR stream;

	if (buffer_reserve(out, size) < 0)
		return -ENOMEM;
	xdrmem_create(&stream, (char *)out->data + out->length, (u_int)size, XDR_ENCODE);
	for (int i = 0; i < HEADER_WORDS; i++)
		XDR_PUTINT32(&stream, &header[i]);
	if (!call->arguments.filter(&stream, call->arguments.arguments))
		return -EINVAL;
	out->length += XDR_GETPOS(&stream);
	return 0;
}

int odd_encode(const struct odd_call *call, enum endpoint_protocol protocol, uint32_t id,
	       struct buffer *out)
{
	return protocol == ENDPOINT_RAW ? encode_raw(call, id, out) : encode_rpc(call, id, out);
}

static int decode_raw(const struct odd_call *call, struct client *client,
		      const struct message *reply, calc_result *result, struct failure *failure)
{
	struct unpacker in = { .bytes = reply->bytes, .left = reply->length };
	struct raw_reply header;

	raw_unpack_reply(&in, &header);
	if (in.failed || header.operation != call->operation)
		return raw_failure(client, -EPROTO, failure);
	if (header.status == RAW_BAD_VERSION)
		return failure_set(failure, FAILURE_PROTOCOL,
				   "the server does not speak version %u of the raw protocol",
				   call->raw_version);
	if (header.status != RAW_OK)
		return raw_failure(client, header.status, failure);
	raw_unpack_result(&in, result);
	return unpacked_exactly(&in) ? 0 : raw_failure(client, -EBADMSG, failure);
}

/* The versions in a refusal, if it is one for them. */
static void take_versions(const struct rpc_err *error, struct odd_versions *versions)
{
	if (!versions)
		return;
	*versions = (struct odd_versions){ 0 };
	if (error->re_status == RPC_PROGVERSMISMATCH || error->re_status == RPC_VERSMISMATCH)
		*versions = (struct odd_versions){ (unsigned int)error->re_vers.low,
						   (unsigned int)error->re_vers.high };
}

static int decode_rpc(struct client *client, const struct message *reply, calc_result *result,
		      struct odd_versions *versions, struct failure *failure)
{
	struct rpc_err error = { 0 };
	char verifier[MAX_AUTH_BYTES];
	struct rpc_msg header = { 0 };
	XDR stream;

	header.acpted_rply.ar_verf.oa_base = verifier;
	header.acpted_rply.ar_results.proc = xdr_nothing;
	xdrmem_create(&stream, (char *)reply->bytes, (u_int)reply->length, XDR_DECODE);
	if (!xdr_replymsg(&stream, &header))
		return client_transport_failure(client, EPROTO, true, failure);
	_seterr_reply(&header, &error);
	take_versions(&error, versions);
	if (error.re_status != RPC_SUCCESS)
		return rpc_failure(client, &error, failure);
	if (xdr_calc_result(&stream, result) && stream.x_handy == 0)
		return 0;
	error.re_status = RPC_CANTDECODERES;
	return rpc_failure(client, &error, failure);
}

int odd_decode(const struct odd_call *call, struct client *client, const struct message *reply,
	       calc_result *result, struct odd_versions *versions, struct failure *failure)
{
	memset(result, 0, sizeof(*result));
	if (versions)
		*versions = (struct odd_versions){ 0 };
	return !endpoint_speaks_rpc(&client->endpoint)
		       ? decode_raw(call, client, reply, result, failure)
		       : decode_rpc(client, reply, result, versions, failure);
}

/* ---- a call and its reply ---- */

static int exchange_bytes(const struct odd_call *call, struct client *client, int64_t deadline,
			  calc_result *result, struct odd_versions *versions,
			  struct failure *failure)
{
	struct buffer bytes = { 0 };
	struct message reply;
	bool sent = false;
	int r = odd_encode(call, client->endpoint.protocol, channel_next_id(client->channel),
			   &bytes);

	if (r == 0)
		r = channel_exchange(client->channel, bytes.data, bytes.length, &reply, deadline,
				     &sent);
	buffer_release(&bytes);
	return r < 0 ? client_transport_failure(client, -r, sent, failure)
		     : odd_decode(call, client, &reply, result, versions, failure);
}

static int exchange_rpc(const struct odd_call *call, struct client *client, int64_t deadline,
			calc_result *result, struct odd_versions *versions, struct failure *failure)
{
	CLIENT *rpc = rpc_client_for(client, call->program, call->version, deadline);
	const struct timeval limit = { .tv_sec = 25 }; /* rpc_client_for() has set another */
	struct rpc_err error;

	if (!rpc)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	if (clnt_call(rpc, call->procedure, call->arguments.filter, call->arguments.arguments,
		      (xdrproc_t)xdr_calc_result, (char *)result, limit) == RPC_SUCCESS)
		return 0;
	clnt_geterr(rpc, &error);
	take_versions(&error, versions);
	return rpc_failure(client, &error, failure);
}

int odd_exchange(const struct odd_call *call, struct client *client, calc_result *result,
		 struct odd_versions *versions, struct failure *failure)
{
	bool bytes = !endpoint_speaks_rpc(&client->endpoint) ||
		     call->rpc_version != RPC_MSG_VERSION;
	int64_t deadline = client_deadline(client);
	int code;

	memset(result, 0, sizeof(*result));
	if (versions)
		*versions = (struct odd_versions){ 0 };
	code = client_connect(client, call->program, call->version, deadline, failure);
	if (code)
		return code;
	return bytes ? exchange_bytes(call, client, deadline, result, versions, failure)
		     : exchange_rpc(call, client, deadline, result, versions, failure);
}
