/*
 * The raw protocol: a call's bytes, through a dispatcher written by hand, to a reply's bytes.
 * It does for the raw format what rpcgen's *_svc.c and server/runtime/rpc.c do for ONC RPC.
 */
#include "common/raw.h"

#include <errno.h>
#include <stdlib.h>

#include "contract/contract.h"
#include "server/call.h"
#include "server/programs.h"
#include "server/runtime/access.h"

/* One call under way: arguments are read from `in`, the result is written to `out`. */
struct call {
	struct sidecall_svc_call *execution;
	struct unpacker in;
	struct packer out;
};

/* ---- the procedures: unpack exactly, call, pack ---- */

static enum raw_status answer_null(struct call *call)
{
	return unpacked_exactly(&call->in) ? RAW_OK : RAW_BAD_REQUEST;
}

static enum raw_status answer_arithmetic(struct call *call,
					 void (*calculate)(const calc_operands *, calc_result *))
{
	calc_operands operands;
	calc_result result;

	raw_unpack_operands(&call->in, &operands);
	if (!unpacked_exactly(&call->in))
		return RAW_BAD_REQUEST;
	calculate(&operands, &result);
	raw_pack_result(&call->out, &result);
	return RAW_OK;
}

static enum raw_status answer_evaluate(struct call *call)
{
	enum raw_status status = RAW_BAD_REQUEST;
	calc_evaluation evaluation;
	calc_expression expression;

	raw_unpack_expression(&call->in, &expression);
	if (unpacked_exactly(&call->in)) {
		calc_evaluate(&expression, &evaluation);
		raw_pack_evaluation(&call->out, &evaluation);
		status = RAW_OK;
	}
	free(expression);
	return status;
}

static enum raw_status answer_summarize(struct call *call)
{
	enum raw_status status = RAW_BAD_REQUEST;
	calc_summary_result result;
	calc_values values;

	raw_unpack_values(&call->in, &values);
	if (unpacked_exactly(&call->in)) {
		calc_summarize(&values, &result);
		raw_pack_summary_result(&call->out, &result);
		status = RAW_OK;
	}
	free(values.calc_values_val);
	return status;
}

static enum raw_status answer_accumulate(struct call *call)
{
	enum raw_status status = RAW_BAD_REQUEST;
	const struct caller_registers registers = call_registers(call->execution);
	calc_accumulation accumulation;
	calc_result result;

	raw_unpack_accumulation(&call->in, &accumulation);
	if (unpacked_exactly(&call->in)) {
		calc_accumulate(&registers, &accumulation, &result);
		raw_pack_result(&call->out, &result);
		status = RAW_OK;
	}
	free(accumulation.name);
	return status;
}

static enum raw_status answer_list(struct call *call)
{
	enum raw_status status = RAW_BAD_REQUEST;
	size_t limit = call_page_limit(call->out.limit + RAW_HEADER);
	fileinfo_list_result result;
	struct files files;
	fileinfo_list_args args;

	raw_unpack_list_args(&call->in, &args);
	if (unpacked_exactly(&call->in)) {
		if (args.max_bytes > limit)
			args.max_bytes = (u_int)limit;
		root_list(call_files(&files, call->execution), &args, &result);
		raw_pack_list_result(&call->out, &result);
		fileinfo_list_release(&result);
		status = RAW_OK;
	}
	free(args.directory);
	return status;
}

/* Those that are asked about a path alone; `release` is for what a result owns. */
#define ANSWER_PATH(name, ask, type, release)                                                      \
	static enum raw_status answer_##name(struct call *call)                                    \
	{                                                                                          \
		enum raw_status status = RAW_BAD_REQUEST;                                          \
		fileinfo_##type result;                                                            \
		struct files files;                                                                \
		fileinfo_path path;                                                                \
                                                                                                   \
		raw_unpack_path(&call->in, &path);                                                 \
		if (unpacked_exactly(&call->in)) {                                                 \
			ask(call_files(&files, call->execution), path, &result);                   \
			raw_pack_##type(&call->out, &result);                                      \
			release;                                                                   \
			status = RAW_OK;                                                           \
		}                                                                                  \
		free(path);                                                                        \
		return status;                                                                     \
	}

ANSWER_PATH(stat, root_stat, stat_result, )
ANSWER_PATH(readlink, root_readlink, link_result, fileinfo_link_release(&result))
ANSWER_PATH(digest, root_digest, digest_result, )
ANSWER_PATH(space, root_space, space_result, )

/* ---- the dispatcher ---- */

/* An operation is a procedure's number, and file information's stand behind the calculator's. */
static rpcprog_t program_of(uint16_t operation)
{
	return operation > RAW_FILEINFO ? FILEINFO_PROG : CALC_PROG;
}

static rpcproc_t procedure_of(uint16_t operation)
{
	return operation > RAW_FILEINFO ? operation - RAW_FILEINFO : operation;
}

/* A raw message has no credential. */
static bool may_call(const struct sidecall_svc_call *call, uint16_t operation)
{
	return access_suffices(call->served->access, call->way ? call->way->peer : NULL,
			       program_of(operation), procedure_of(operation), false);
}

/* An operation is there when a version that is served has it: those that are in several bear none
 * by which one could tell how they are meant. */
static bool is_served(const struct served *served, uint16_t operation)
{
	for (const struct sidecall_svc_program *p = served->programs; p->program; p++)
		if (p->program == program_of(operation) &&
		    contract_procedure(contract_built_in(), p->program, p->version,
				       procedure_of(operation)))
			return true;
	return false;
}

static enum raw_status dispatch_operation(struct call *call, const struct raw_call *header)
{
	if (header->version != RAW_VERSION)
		return RAW_BAD_VERSION;
	if (!is_served(call->execution->served, header->operation))
		return RAW_BAD_OPERATION;
	if (!may_call(call->execution, header->operation))
		return RAW_DENIED;
	switch (header->operation) {
	case RAW_NULL:
		return answer_null(call);
	case RAW_ADD:
		return answer_arithmetic(call, calc_add);
	case RAW_SUBTRACT:
		return answer_arithmetic(call, calc_subtract);
	case RAW_MULTIPLY:
		return answer_arithmetic(call, calc_multiply);
	case RAW_DIVIDE:
		return answer_arithmetic(call, calc_divide);
	case RAW_EVALUATE:
		return answer_evaluate(call);
	case RAW_SUMMARIZE:
		return answer_summarize(call);
	case RAW_ACCUMULATE:
		return answer_accumulate(call);
	case RAW_STAT:
		return answer_stat(call);
	case RAW_LIST:
		return answer_list(call);
	case RAW_READLINK:
		return answer_readlink(call);
	case RAW_DIGEST:
		return answer_digest(call);
	case RAW_SPACE:
		return answer_space(call);
	default:
		return RAW_BAD_OPERATION;
	}
}

/* The reply's header, in front of whatever follows. */
static bool pack_header(struct buffer *reply, const struct raw_call *call, enum raw_status status)
{
	struct raw_reply header = { call->id, call->operation, (uint16_t)status };
	struct packer out = { .out = reply, .limit = RAW_HEADER };

	raw_pack_reply(&out, &header);
	return !out.failed;
}

static enum raw_status status_of(const struct packer *out, enum raw_status status)
{
	if (out->failed)
		return RAW_SERVER_ERROR;
	return out->full ? RAW_TOO_LARGE : status;
}

static uint8_t outcome_of(enum raw_status status)
{
	static const uint8_t outcomes[] = {
		[RAW_OK] = OUTCOME_SUCCESS,
		[RAW_BAD_VERSION] = OUTCOME_RPC,
		[RAW_BAD_OPERATION] = OUTCOME_PROCEDURE,
		[RAW_BAD_REQUEST] = OUTCOME_ARGUMENTS,
		[RAW_TOO_LARGE] = OUTCOME_TOO_LARGE,
		[RAW_SERVER_ERROR] = OUTCOME_SYSTEM,
		[RAW_BUSY] = OUTCOME_BUSY,
		[RAW_DENIED] = OUTCOME_CREDENTIAL,
	};

	return outcomes[status];
}

static int raw_answer(struct sidecall_svc_call *execution, const uint8_t *bytes, size_t length,
		      struct buffer *reply, size_t limit)
{
	size_t start = reply->length;
	struct call call = { .execution = execution, .in = { .bytes = bytes, .left = length } };
	struct raw_call header;
	enum raw_status status;

	raw_unpack_call(&call.in, &header);
	if (call.in.failed)
		return -EPROTO; /* to answer a reply might never end */
	if (limit < RAW_HEADER || !pack_header(reply, &header, RAW_OK))
		return -ENOMEM;
	call.out = (struct packer){ .out = reply, .limit = limit - RAW_HEADER };
	status = status_of(&call.out, dispatch_operation(&call, &header));
	execution->counted.program = program_of(header.operation);
	execution->counted.version = 0; /* they name none */
	execution->counted.procedure = procedure_of(header.operation);
	execution->counted.outcome = outcome_of(status);
	if (execution->would_wait) {
		reply->length = start;
		return 1;
	}
	if (status != RAW_OK) {
		/* An error has no result: what was written of one goes away. */
		reply->length = start;
		pack_header(reply, &header, status);
	}
	return 0;
}

static struct traits raw_look(const struct served *served, const uint8_t *bytes, size_t length,
			      struct counted *counted)
{
	struct unpacker in = { .bytes = bytes, .left = length };
	struct raw_call header;

	raw_unpack_call(&in, &header);
	if (in.failed || header.version != RAW_VERSION)
		return (struct traits){ SIDECALL_NO_WAIT, SIDECALL_REPEAT_FREELY };
	if (counted)
		*counted = (struct counted){ .program = program_of(header.operation),
					     .procedure = procedure_of(header.operation) };
	return served_traits(served, program_of(header.operation), SERVED_ANY_VERSION,
			     procedure_of(header.operation), in.left);
}

static int raw_refuse(const uint8_t *bytes, size_t length, struct buffer *reply)
{
	struct unpacker in = { .bytes = bytes, .left = length };
	struct raw_call header;

	raw_unpack_call(&in, &header);
	if (in.failed)
		return -EPROTO;
	return pack_header(reply, &header, RAW_BUSY) ? 0 : -ENOMEM;
}

const struct protocol protocol_raw = {
	.name = "raw",
	.framing = &framing_length_prefix,
	.answer = raw_answer,
	.look = raw_look,
	.refuse = raw_refuse,
};
