/* Calls and replies of every procedure, as rpcgen's filters and common/raw.c encode them. */
#include "tests/kit/samples.h"

#include <string.h>

#include <CUnit/CUnit.h>

#include "common/framing.h"
#include "common/xdr.h"
#include "compare/lab/crafted_call.h"

#define ROOM ((size_t)64 << 10) /* bytes: more than any sample takes */

/* ---- values: every field its own, so that one taken for another shows ---- */

static const calc_operands operands = { 84, -2 };
static const char *const expression = "2*(3+\"4\")\n";
static quad_t numbers[] = { 1, -2, INT64_MAX };
static const calc_values values = { 3, numbers };
static const calc_values no_values = { 0, numbers };
static const calc_accumulation accumulation = { (char *)"tally", -7 };
static const char *const path = "docs/file.c";
static const fileinfo_list_args list = { (char *)".", 11, 4096 };

static const calc_result number = { CALC_OK, { .value = -42 } };
static const calc_evaluation evaluation = { CALC_OK, { .value = 0.1 } };
static const calc_evaluation syntax = { CALC_SYNTAX, { .position = 5 } };
static const calc_summary_result summary = { CALC_OK, { .summary = { 3, -8, -9, 10, 1.5, 2.25 } } };

#define ATTRIBUTES                                                                                 \
	{                                                                                          \
		FILEINFO_SYMLINK, 0751, 2, 3, 4, 5, 6, 7, 8, { -1, 9 }, { 86400, 10 },             \
		{                                                                                  \
			1795424617, 11                                                             \
		}                                                                                  \
	}
static const fileinfo_stat_result stat_result = { FILEINFO_OK, { .attributes = ATTRIBUTES } };
static fileinfo_entry entries[] = {
	{ (char *)"x", 21, { FILEINFO_NOENT, { .attributes = { 0 } } } },
	{ (char *)"link", 22, { FILEINFO_OK, { .attributes = ATTRIBUTES } } },
};
static const fileinfo_list_result page = { FILEINFO_OK, { .page = { { 2, entries }, TRUE } } };
static const fileinfo_list_result no_page = { FILEINFO_OK, { .page = { { 0, entries }, FALSE } } };
static const fileinfo_link_result target = { FILEINFO_OK, { .target = (char *)"../\303\244" } };
static const fileinfo_digest_result digest = { FILEINFO_OK,
					       { .digest = { 99, "0123456789abcdef"
								 "\001\377xxxxxxxxxxxxxx" } } };
static const fileinfo_space_result space = { FILEINFO_OK,
					     { .space = { UINT64_MAX, 31, 32, 33, 34 } } };

/* ---- packers, under one type ---- */

#define PACKER(what, type)                                                                         \
	static void pack_##what(struct packer *out, const void *value)                             \
	{                                                                                          \
		raw_pack_##what(out, (const type *)value);                                         \
	}

PACKER(operands, calc_operands)
PACKER(expression, calc_expression)
PACKER(values, calc_values)
PACKER(accumulation, calc_accumulation)
PACKER(result, calc_result)
PACKER(evaluation, calc_evaluation)
PACKER(summary_result, calc_summary_result)
PACKER(path, fileinfo_path)
PACKER(list_args, fileinfo_list_args)
PACKER(stat_result, fileinfo_stat_result)
PACKER(list_result, fileinfo_list_result)
PACKER(link_result, fileinfo_link_result)
PACKER(digest_result, fileinfo_digest_result)
PACKER(space_result, fileinfo_space_result)

static void pack_nothing(struct packer *out, const void *value)
{
	(void)out;
	(void)value;
}

/* ---- the table ---- */

#define STAT_FIELDS(prefix)                                                                        \
	prefix "type=5 FILEINFO_SYMLINK; " prefix "mode=0751; " prefix "links=2; " prefix          \
	       "uid=3; " prefix "gid=4; " prefix "size=5; " prefix "allocated=6; " prefix          \
	       "device=7; " prefix "inode=8; " prefix                                              \
	       "accessed.seconds=-1 (1969-12-31 23:59:59 UTC); " prefix                            \
	       "accessed.nanoseconds=9; " prefix                                                   \
	       "modified.seconds=86400 (1970-01-02 00:00:00 UTC); " prefix                         \
	       "modified.nanoseconds=10; " prefix                                                  \
	       "changed.seconds=1795424617 (2026-11-23 09:03:37 UTC); " prefix                     \
	       "changed.nanoseconds=11; "

#define OPERANDS_FIELDS "a=84; b=-2; "
#define NUMBER_FIELDS   "status=0 CALC_OK; value=-42; "
#define PATH_FIELDS     "fileinfo_path=\"docs/file.c\"; "

/* clang-format off */
const struct sample samples[] = {
	{ "null", 0, RAW_NULL, NULL, NULL, pack_nothing, pack_nothing, "", "" },
	{ "add", CALC_ADD, RAW_ADD, &operands, &number, pack_operands, pack_result,
	  OPERANDS_FIELDS, NUMBER_FIELDS },
	{ "subtract", CALC_SUBTRACT, RAW_SUBTRACT, &operands, &number, pack_operands, pack_result,
	  OPERANDS_FIELDS, NUMBER_FIELDS },
	{ "multiply", CALC_MULTIPLY, RAW_MULTIPLY, &operands, &number, pack_operands, pack_result,
	  OPERANDS_FIELDS, NUMBER_FIELDS },
	{ "divide", CALC_DIVIDE, RAW_DIVIDE, &operands, &number, pack_operands, pack_result,
	  OPERANDS_FIELDS, NUMBER_FIELDS },
	{ "evaluate", CALC_EVALUATE, RAW_EVALUATE, &expression, &evaluation, pack_expression,
	  pack_evaluation, "calc_expression=\"2*(3+\\\"4\\\")\\n\"; ",
	  "status=0 CALC_OK; value=0.1; " },
	{ "evaluate", CALC_EVALUATE, RAW_EVALUATE, &expression, &syntax, pack_expression,
	  pack_evaluation, "calc_expression=\"2*(3+\\\"4\\\")\\n\"; ",
	  "status=3 CALC_SYNTAX; position=5; " },
	{ "summarize", CALC_SUMMARIZE, RAW_SUMMARIZE, &values, &summary, pack_values,
	  pack_summary_result,
	  "calc_values[0]=1; calc_values[1]=-2; calc_values[2]=9223372036854775807; ",
	  "status=0 CALC_OK; summary.count=3; summary.sum=-8; summary.minimum=-9; "
	  "summary.maximum=10; summary.mean=1.5; summary.deviation=2.25; " },
	{ "summarize", CALC_SUMMARIZE, RAW_SUMMARIZE, &no_values, &summary, pack_values,
	  pack_summary_result, "",
	  "status=0 CALC_OK; summary.count=3; summary.sum=-8; summary.minimum=-9; "
	  "summary.maximum=10; summary.mean=1.5; summary.deviation=2.25; " },
	{ "accumulate", CALC_ACCUMULATE, RAW_ACCUMULATE, &accumulation, &number, pack_accumulation,
	  pack_result, "name=\"tally\"; amount=-7; ", NUMBER_FIELDS },
	{ "stat", FILEINFO_STAT, RAW_STAT, &path, &stat_result, pack_path, pack_stat_result,
	  PATH_FIELDS, "status=0 FILEINFO_OK; " STAT_FIELDS("attributes.") },
	{ "list", FILEINFO_LIST, RAW_LIST, &list, &page, pack_list_args, pack_list_result,
	  "directory=\".\"; cookie=11; max_bytes=4096; ",
	  "status=0 FILEINFO_OK; page.entries[0].name=\"x\"; page.entries[0].cookie=21; "
	  "page.entries[0].stat.status=2 FILEINFO_NOENT; page.entries[1].name=\"link\"; "
	  "page.entries[1].cookie=22; page.entries[1].stat.status=0 FILEINFO_OK; "
	  STAT_FIELDS("page.entries[1].stat.attributes.") "page.end=1 TRUE; " },
	{ "list", FILEINFO_LIST, RAW_LIST, &list, &no_page, pack_list_args, pack_list_result,
	  "directory=\".\"; cookie=11; max_bytes=4096; ",
	  "status=0 FILEINFO_OK; page.end=0 FALSE; " },
	{ "readlink", FILEINFO_READLINK, RAW_READLINK, &path, &target, pack_path, pack_link_result,
	  PATH_FIELDS, "status=0 FILEINFO_OK; target=\"../\\303\\244\"; " },
	{ "digest", FILEINFO_DIGEST, RAW_DIGEST, &path, &digest, pack_path, pack_digest_result,
	  PATH_FIELDS, "status=0 FILEINFO_OK; digest.size=99; digest.sha256="
	  "3031323334353637383961626364656601ff7878787878787878787878787878; " },
	{ "space", FILEINFO_SPACE, RAW_SPACE, &path, &space, pack_path, pack_space_result,
	  PATH_FIELDS, "status=0 FILEINFO_OK; space.bytes_total=18446744073709551615; "
	  "space.bytes_free=31; space.bytes_available=32; space.files_total=33; "
	  "space.files_free=34; " },
	{ 0 },
};
/* clang-format on */

const struct procedure *sample_procedure(const struct sample *sample)
{
	return procedure_find(sample->procedure);
}

/* ---- encoding ---- */

typedef bool_t filter(XDR *stream, void *value);

/* Appends what a filter of libtirpc or rpcgen makes of a value. */
static void encode_xdr(xdrproc_t any, const void *value, struct buffer *out)
{
	XDR stream;

	if (any == (xdrproc_t)xdr_nothing)
		return;
	buffer_reserve(out, ROOM);
	xdrmem_create(&stream, (char *)out->data + out->length, (u_int)ROOM, XDR_ENCODE);
	CU_ASSERT_FATAL(((filter *)(void *)any)(&stream, (void *)value));
	out->length += XDR_GETPOS(&stream);
}

static void pack_raw(void (*packer)(struct packer *, const void *), const void *value,
		     struct buffer *out)
{
	struct packer packed = { .out = out, .limit = ROOM };

	packer(&packed, value);
	CU_ASSERT_FATAL(!packed.failed && !packed.full);
}

void sample_result(const struct sample *sample, bool rpc, const void *result, struct buffer *out)
{
	if (rpc)
		encode_xdr(sample_procedure(sample)->result->filter, result, out);
	else
		pack_raw(sample->pack_result, result, out);
}

/* Leaves room for the mark. */
static size_t begin_frame(bool framed, struct buffer *out)
{
	size_t start = out->length;

	if (framed)
		buffer_append(out, "????", FRAMING_HEADER);
	return start;
}

static void end_frame(bool framed, bool rpc, size_t start, struct buffer *out)
{
	if (framed)
		framing_mark(rpc ? &framing_record_marking : &framing_length_prefix,
			     out->data + start, out->length - start - FRAMING_HEADER);
}

static void rpc_reply_header(uint32_t id, struct buffer *out)
{
	struct rpc_msg reply = { .rm_xid = id, .rm_direction = REPLY };

	reply.acpted_rply.ar_results.proc = xdr_nothing;
	encode_xdr((xdrproc_t)xdr_replymsg, &reply, out);
}

void sample_call(const struct sample *sample, bool rpc, bool framed, uint32_t id,
		 struct buffer *out)
{
	const struct procedure *procedure = sample_procedure(sample);
	const struct crafted_call call = {
		.rpc_version = RPC_MSG_VERSION,
		.program = procedure->program,
		.version = procedure->version,
		.procedure = sample->number,
		.raw_version = RAW_VERSION,
		.operation = (uint16_t)sample->operation,
		.arguments = { procedure->arguments->filter, sample->pack_arguments,
			       (void *)sample->arguments },
	};
	size_t start = begin_frame(framed, out);

	CU_ASSERT_FATAL(crafted_encode(&call, rpc ? ENDPOINT_RPC : ENDPOINT_RAW, id, out) == 0);
	end_frame(framed, rpc, start, out);
}

void sample_reply(const struct sample *sample, bool rpc, bool framed, uint32_t id,
		  const void *result, struct buffer *out)
{
	const struct raw_reply header = { id, (uint16_t)sample->operation, RAW_OK };
	struct packer packed = { .out = out, .limit = ROOM };
	size_t start = begin_frame(framed, out);

	if (rpc)
		rpc_reply_header(id, out);
	else
		raw_pack_reply(&packed, &header);
	sample_result(sample, rpc, result, out);
	end_frame(framed, rpc, start, out);
}
