/*
 * The rpc protocol on the server: calls as libtirpc encodes them, replies compared with what
 * libtirpc encodes, and every refusal of RFC 5531 in words of 32 bits.
 */
#include "server/programs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rpc/auth_unix.h>

#include "common/xdr.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/serving.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define NO_LIMIT      ((size_t)1 << 20)
#define MAX_BYTES     65536 /* in a call or a reply here */
#define HEADER        40    /* bytes of a call before its arguments, with AUTH_NONE */
#define FIXED_HEADER  24    /* bytes, up to the procedure */
#define XID           0x01020304
#define SYS_FIXED     20 /* bytes of an AUTH_SYS credential beside its name and groups */
#define BEFORE        8  /* bytes that are in the reply's buffer already */

/* ---- a service, and calls to it ---- */

struct fixture {
	char directory[32];
	struct serving serving;
};

static void make_file(const char *directory, const char *name)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	CU_ASSERT_FATAL(file && fputs("abc", file) >= 0 && fclose(file) == 0);
}

static void served_open(struct fixture *served)
{
	char path[64];

	strcpy(served->directory, "/tmp/rpc-XXXXXX");
	if (!harness_directory(served->directory))
		CU_FAIL_FATAL("no directory for the test");
	for (unsigned int i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof(name), "file-%u", i);
		make_file(served->directory, name);
	}
	make_file(served->directory, "abc");
	snprintf(path, sizeof(path), "%s/link", served->directory);
	CHECK_INT(symlink("abc", path), 0);
	serving_open(&served->serving, served->directory, 0);
}

static void served_close(struct fixture *served)
{
	serving_close(&served->serving);
	remove_tree(served->directory);
}

/* Answers bytes that end where they end.  The reply stands behind BEFORE bytes, which must stay. */
static int answer(struct fixture *served, const void *bytes, size_t length, size_t limit,
		  struct buffer *reply)
{
	uint8_t *copy = malloc(length ? length : 1);
	int r;

	CU_ASSERT_FATAL(copy != NULL);
	memcpy(copy, bytes, length);
	*reply = (struct buffer){ 0 };
	CHECK_INT(buffer_append(reply, "unharmed", BEFORE), 0);
	r = serving_answer(&served->serving.served, &protocol_rpc, copy, length, reply, limit);
	CHECK_BYTES(reply->data, "unharmed", BEFORE);
	free(copy);
	return r;
}

static void check_reply(const char *name, const struct buffer *reply, const void *expected,
			size_t length)
{
	if (reply->length != BEFORE + length) {
		CHECK_STR(name, "(another length of reply)");
		CHECK_INT(reply->length - BEFORE, length);
	} else if (memcmp(reply->data + BEFORE, expected, length) != 0) {
		CHECK_STR(name, "(another reply)");
		CHECK_BYTES(reply->data + BEFORE, expected, length);
	}
}

/* Words of 32 bits, as the RFC draws its messages. */
static size_t put_words(void *bytes, const uint32_t *words, size_t count)
{
	uint32_t *out = bytes;

	for (size_t i = 0; i < count; i++)
		out[i] = htonl(words[i]);
	return 4 * count;
}

static void check_words(struct fixture *served, const char *name, const void *bytes, size_t length,
			const uint32_t *words, size_t count)
{
	uint32_t expected[16];
	struct buffer reply;

	CHECK_INT(answer(served, bytes, length, NO_LIMIT, &reply), 0);
	check_reply(name, &reply, expected, put_words(expected, words, count));
	buffer_release(&reply);
}

/* MSG_ACCEPTED with this status and nothing behind it. */
static void check_accepted(struct fixture *served, const char *name, const void *bytes,
			   size_t length, uint32_t status)
{
	const uint32_t words[] = { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, status };

	check_words(served, name, bytes, length, words, LENGTH(words));
}

/* MSG_DENIED, AUTH_ERROR. */
static void check_denied(struct fixture *served, const char *name, const void *bytes, size_t length,
			 uint32_t why)
{
	const uint32_t words[] = { XID, REPLY, MSG_DENIED, AUTH_ERROR, why };

	check_words(served, name, bytes, length, words, LENGTH(words));
}

/* ---- what libtirpc makes of calls and replies ---- */

struct procedure {
	const char *name;
	uint32_t program, version, procedure;
	xdrproc_t arguments_filter;
	const void *arguments;
	xdrproc_t result_filter;
	const void *result;                                    /* NULL: as `expect` says */
	void (*expect)(const struct root *root, void *result); /* fills in a clear union result */
};

union result {
	fileinfo_stat_result stat;
	fileinfo_list_result list;
	fileinfo_link_result link;
	fileinfo_digest_result digest;
};

static void expect_stat(const struct root *root, void *result)
{
	root_stat(root, "abc", result);
}

static void expect_list(const struct root *root, void *result)
{
	root_list(root, &(fileinfo_list_args){ (char[]){ "" }, 0, 8192 }, result);
}

static void expect_readlink(const struct root *root, void *result)
{
	root_readlink(root, "link", result);
}

static void expect_digest(const struct root *root, void *result)
{
	root_digest(root, "abc", result);
}

static char expression[] = "1+2*3", abc[] = "abc", name_link[] = "link", empty[] = "";
static quad_t numbers[] = { 1, 3 };
static const char *const expression_argument = expression, *const path_argument = abc;
static const char *const link_argument = name_link;
static const calc_operands operands = { 84, -2 };
static const calc_values values = { LENGTH(numbers), numbers };
static const calc_accumulation accumulation = { abc, 5 };
static const fileinfo_list_args list_args = { empty, 0, 8192 };
static const calc_result results[] = { { CALC_OK, { 82 } },
				       { CALC_OK, { 86 } },
				       { CALC_OK, { -168 } },
				       { CALC_OK, { -42 } },
				       { CALC_OK, { 5 } } };
static const calc_evaluation evaluation = { CALC_OK, { .value = 7 } };
static const calc_summary_result summary = { CALC_OK, { { 2, 4, 1, 3, 2, 1 } } };

#define FILTER(type) (xdrproc_t) xdr_##type

static const struct procedure procedures[] = {
	{ "calc 1: null", CALC_PROG, CALC_V1, 0, xdr_nothing, empty, xdr_nothing, empty, NULL },
	{ "calc 1: add", CALC_PROG, CALC_V1, CALC_ADD, FILTER(calc_operands), &operands,
	  FILTER(calc_result), &results[0], NULL },
	{ "calc 1: subtract", CALC_PROG, CALC_V1, CALC_SUBTRACT, FILTER(calc_operands), &operands,
	  FILTER(calc_result), &results[1], NULL },
	{ "calc 1: multiply", CALC_PROG, CALC_V1, CALC_MULTIPLY, FILTER(calc_operands), &operands,
	  FILTER(calc_result), &results[2], NULL },
	{ "calc 1: divide", CALC_PROG, CALC_V1, CALC_DIVIDE, FILTER(calc_operands), &operands,
	  FILTER(calc_result), &results[3], NULL },
	{ "calc 2: null", CALC_PROG, CALC_V2, 0, xdr_nothing, empty, xdr_nothing, empty, NULL },
	{ "calc 2: add", CALC_PROG, CALC_V2, CALC_ADD, FILTER(calc_operands), &operands,
	  FILTER(calc_result), &results[0], NULL },
	{ "calc 2: subtract", CALC_PROG, CALC_V2, CALC_SUBTRACT, FILTER(calc_operands), &operands,
	  FILTER(calc_result), &results[1], NULL },
	{ "calc 2: multiply", CALC_PROG, CALC_V2, CALC_MULTIPLY, FILTER(calc_operands), &operands,
	  FILTER(calc_result), &results[2], NULL },
	{ "calc 2: divide", CALC_PROG, CALC_V2, CALC_DIVIDE, FILTER(calc_operands), &operands,
	  FILTER(calc_result), &results[3], NULL },
	{ "calc 2: evaluate", CALC_PROG, CALC_V2, CALC_EVALUATE, FILTER(calc_expression),
	  &expression_argument, FILTER(calc_evaluation), &evaluation, NULL },
	{ "calc 2: summarize", CALC_PROG, CALC_V2, CALC_SUMMARIZE, FILTER(calc_values), &values,
	  FILTER(calc_summary_result), &summary, NULL },
	{ "calc 2: accumulate", CALC_PROG, CALC_V2, CALC_ACCUMULATE, FILTER(calc_accumulation),
	  &accumulation, FILTER(calc_result), &results[4], NULL },
	{ "fileinfo: null", FILEINFO_PROG, FILEINFO_V1, 0, xdr_nothing, empty, xdr_nothing, empty,
	  NULL },
	{ "fileinfo: stat", FILEINFO_PROG, FILEINFO_V1, FILEINFO_STAT, FILTER(fileinfo_path),
	  &path_argument, FILTER(fileinfo_stat_result), NULL, expect_stat },
	{ "fileinfo: list", FILEINFO_PROG, FILEINFO_V1, FILEINFO_LIST, FILTER(fileinfo_list_args),
	  &list_args, FILTER(fileinfo_list_result), NULL, expect_list },
	{ "fileinfo: readlink", FILEINFO_PROG, FILEINFO_V1, FILEINFO_READLINK,
	  FILTER(fileinfo_path), &link_argument, FILTER(fileinfo_link_result), NULL,
	  expect_readlink },
	{ "fileinfo: digest", FILEINFO_PROG, FILEINFO_V1, FILEINFO_DIGEST, FILTER(fileinfo_path),
	  &path_argument, FILTER(fileinfo_digest_result), NULL, expect_digest },
};

/* A call with its arguments, or without them for the filter xdr_nothing.  Its length. */
static size_t encode_call(void *bytes, uint32_t program, uint32_t version, uint32_t procedure,
			  const struct opaque_auth *credential, xdrproc_t filter,
			  const void *arguments)
{
	struct rpc_msg message = { .rm_xid = XID, .rm_direction = CALL };
	size_t length;
	XDR stream;

	message.rm_call.cb_rpcvers = RPC_MSG_VERSION;
	message.rm_call.cb_prog = program;
	message.rm_call.cb_vers = version;
	message.rm_call.cb_proc = procedure;
	message.rm_call.cb_cred = credential ? *credential : _null_auth;
	message.rm_call.cb_verf = _null_auth;
	xdrmem_create(&stream, bytes, MAX_BYTES, XDR_ENCODE);
	CU_ASSERT_FATAL(xdr_callmsg(&stream, &message) && filter(&stream, (void *)arguments));
	length = XDR_GETPOS(&stream);
	XDR_DESTROY(&stream);
	return length;
}

static size_t encode_procedure(void *bytes, const struct procedure *p)
{
	return encode_call(bytes, p->program, p->version, p->procedure, NULL, p->arguments_filter,
			   p->arguments);
}

static size_t encode_reply(void *bytes, xdrproc_t filter, const void *result)
{
	struct rpc_msg message = { .rm_xid = XID, .rm_direction = REPLY };
	size_t length;
	XDR stream;

	message.rm_reply.rp_stat = MSG_ACCEPTED;
	message.acpted_rply.ar_verf = _null_auth;
	message.acpted_rply.ar_stat = SUCCESS;
	message.acpted_rply.ar_results.where = (void *)result;
	message.acpted_rply.ar_results.proc = filter;
	xdrmem_create(&stream, bytes, MAX_BYTES, XDR_ENCODE);
	CU_ASSERT_FATAL(xdr_replymsg(&stream, &message));
	length = XDR_GETPOS(&stream);
	XDR_DESTROY(&stream);
	return length;
}

static size_t expected_reply(struct fixture *served, const struct procedure *p, void *bytes)
{
	union result result;
	size_t length;

	if (!p->expect)
		return encode_reply(bytes, p->result_filter, p->result);
	memset(&result, 0, sizeof(result));
	p->expect(&served->serving.service.root, &result);
	length = encode_reply(bytes, p->result_filter, &result);
	xdr_free(p->result_filter, &result);
	return length;
}

/* ---- success ---- */

/* The RFC's own layout, by hand: the rest of this file may then trust libtirpc. */
static void test_by_hand(void)
{
	static const uint32_t call[] = { XID, CALL, 2, CALC_PROG, 2, CALC_ADD,   0,
					 0,   0,    0, 0,         2, UINT32_MAX, (uint32_t)-3 };
	static const uint32_t reply[] = { XID,     REPLY,   MSG_ACCEPTED, AUTH_NONE, 0,
					  SUCCESS, CALC_OK, UINT32_MAX,   UINT32_MAX };
	struct fixture served;
	uint32_t bytes[LENGTH(call)];

	served_open(&served);
	check_words(&served, "add 2 -3", bytes, put_words(bytes, call, LENGTH(call)), reply,
		    LENGTH(reply));
	served_close(&served);
}

static void test_success(void)
{
	static uint8_t bytes[MAX_BYTES], expected[MAX_BYTES];
	struct fixture served;

	served_open(&served);
	for (size_t i = 0; i < LENGTH(procedures); i++) {
		size_t length = encode_procedure(bytes, &procedures[i]), size;
		struct buffer reply;

		CHECK_INT(answer(&served, bytes, length, NO_LIMIT, &reply), 0);
		size = expected_reply(&served, &procedures[i], expected);
		check_reply(procedures[i].name, &reply, expected, size);
		buffer_release(&reply);
	}
	served_close(&served);
}

/* A record may begin at any address. */
static void test_unaligned(void)
{
	static uint8_t bytes[MAX_BYTES], expected[MAX_BYTES];
	const struct procedure *add = &procedures[6];
	size_t size = encode_reply(expected, add->result_filter, add->result);
	struct fixture served;

	served_open(&served);
	for (size_t offset = 0; offset < 8; offset++) {
		struct buffer reply = { 0 };
		size_t length;
		uint8_t call[128];

		length = encode_procedure(bytes, add);
		memcpy(call + offset, bytes, length);
		CHECK_INT(buffer_append(&reply, bytes, BEFORE + offset), 0);
		CHECK_INT(serving_answer(&served.serving.served, &protocol_rpc, call + offset,
					 length, &reply, NO_LIMIT),
			  0);
		CHECK_INT(reply.length, BEFORE + offset + size);
		CHECK_BYTES(reply.data + BEFORE + offset, expected, size);
		buffer_release(&reply);
	}
	served_close(&served);
}

/* What is free changes at any time, so this one is only taken apart. */
static void test_space(void)
{
	static uint8_t bytes[MAX_BYTES];
	fileinfo_space_result expected, actual = { 0 };
	struct fixture served;
	struct buffer reply;
	XDR stream;

	served_open(&served);
	root_space(&served.serving.service.root, "", &expected);
	CHECK_INT(answer(&served, bytes,
			 encode_call(bytes, FILEINFO_PROG, FILEINFO_V1, FILEINFO_SPACE, NULL,
				     FILTER(fileinfo_path), &path_argument),
			 NO_LIMIT, &reply),
		  0);
	CHECK_INT(reply.length, BEFORE + 24 + 4 + 5 * 8);
	xdrmem_create(&stream, (char *)reply.data + BEFORE + 24, 4 + 5 * 8, XDR_DECODE);
	CHECK_INT(xdr_fileinfo_space_result(&stream, &actual), TRUE);
	CHECK_INT(actual.status, FILEINFO_OK);
	CHECK_INT(actual.fileinfo_space_result_u.space.bytes_total,
		  expected.fileinfo_space_result_u.space.bytes_total);
	buffer_release(&reply);
	served_close(&served);
}

/* A failure of the domain is a result, not a refusal. */
static void test_domain_failure(void)
{
	static uint8_t bytes[MAX_BYTES];
	const calc_operands by_zero = { 1, 0 };
	const uint32_t words[] = { XID, REPLY,   MSG_ACCEPTED,       AUTH_NONE,
				   0,   SUCCESS, CALC_DIVIDE_BY_ZERO };
	struct fixture served;

	served_open(&served);
	check_words(&served, "divide by zero", bytes,
		    encode_call(bytes, CALC_PROG, CALC_V1, CALC_DIVIDE, NULL, FILTER(calc_operands),
				&by_zero),
		    words, LENGTH(words));
	served_close(&served);
}

/* ---- refusals ---- */

#define CREDENTIALS AUTH_NONE, 0, AUTH_NONE, 0

static const struct refusal {
	const char *name;
	uint32_t call[14];
	size_t call_words;
	uint32_t reply[8];
	size_t reply_words;
} refusals[] = {
	{ "RPC version 0",
	  { XID, CALL, 0, CALC_PROG, 1, 0, CREDENTIALS },
	  10,
	  { XID, REPLY, MSG_DENIED, RPC_MISMATCH, 2, 2 },
	  6 },
	{ "RPC version 1",
	  { XID, CALL, 1, CALC_PROG, 1, 0, CREDENTIALS },
	  10,
	  { XID, REPLY, MSG_DENIED, RPC_MISMATCH, 2, 2 },
	  6 },
	{ "RPC version 3",
	  { XID, CALL, 3, CALC_PROG, 1, 0, CREDENTIALS },
	  10,
	  { XID, REPLY, MSG_DENIED, RPC_MISMATCH, 2, 2 },
	  6 },
	{ "RPC version 3 and nothing more",
	  { XID, CALL, 3, CALC_PROG, 1, 0 },
	  6,
	  { XID, REPLY, MSG_DENIED, RPC_MISMATCH, 2, 2 },
	  6 },
	{ "RPC version 2^32 - 1, of garbage",
	  { XID, CALL, UINT32_MAX, 1, 2, 3, 4, UINT32_MAX, 6, 7, 8 },
	  11,
	  { XID, REPLY, MSG_DENIED, RPC_MISMATCH, 2, 2 },
	  6 },
	{ "a program of nobody",
	  { XID, CALL, 2, CALC_PROG + 1, 1, 0, CREDENTIALS },
	  10,
	  { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, PROG_UNAVAIL },
	  6 },
	{ "a program of nobody, with arguments",
	  { XID, CALL, 2, CALC_PROG + 1, 1, 0, CREDENTIALS, 1, 2 },
	  12,
	  { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, PROG_UNAVAIL },
	  6 },
	{ "program 0",
	  { XID, CALL, 2, 0, 0, 0, CREDENTIALS },
	  10,
	  { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, PROG_UNAVAIL },
	  6 },
	{ "calc 0",
	  { XID, CALL, 2, CALC_PROG, 0, 0, CREDENTIALS },
	  10,
	  { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, PROG_MISMATCH, 1, 2 },
	  8 },
	{ "calc 3",
	  { XID, CALL, 2, CALC_PROG, 3, CALC_ADD, CREDENTIALS },
	  10,
	  { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, PROG_MISMATCH, 1, 2 },
	  8 },
	{ "calc 3, null with arguments",
	  { XID, CALL, 2, CALC_PROG, 3, 0, CREDENTIALS, 1, 2 },
	  12,
	  { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, PROG_MISMATCH, 1, 2 },
	  8 },
	{ "fileinfo 2",
	  { XID, CALL, 2, FILEINFO_PROG, 2, 0, CREDENTIALS },
	  10,
	  { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, PROG_MISMATCH, 1, 1 },
	  8 },
	{ "fileinfo 2^32 - 1",
	  { XID, CALL, 2, FILEINFO_PROG, UINT32_MAX, 1, CREDENTIALS },
	  10,
	  { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, PROG_MISMATCH, 1, 1 },
	  8 },
	{ "calc 1 has no procedure 5",
	  { XID, CALL, 2, CALC_PROG, 1, CALC_EVALUATE, CREDENTIALS, 1, 0x31000000 },
	  12,
	  { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, PROC_UNAVAIL },
	  6 },
	{ "calc 2 has no procedure 8",
	  { XID, CALL, 2, CALC_PROG, 2, 8, CREDENTIALS },
	  10,
	  { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, PROC_UNAVAIL },
	  6 },
	{ "fileinfo 1 has no procedure 6",
	  { XID, CALL, 2, FILEINFO_PROG, 1, 6, CREDENTIALS },
	  10,
	  { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, PROC_UNAVAIL },
	  6 },
	{ "an unknown flavor",
	  { XID, CALL, 2, CALC_PROG, 1, 1, 99, 0, AUTH_NONE, 0 },
	  10,
	  { XID, REPLY, MSG_DENIED, AUTH_ERROR, AUTH_REJECTEDCRED },
	  5 },
	{ "AUTH_SHORT",
	  { XID, CALL, 2, CALC_PROG, 1, 1, AUTH_SHORT, 4, 1, AUTH_NONE, 0 },
	  11,
	  { XID, REPLY, MSG_DENIED, AUTH_ERROR, AUTH_REJECTEDCRED },
	  5 },
	{ "RPCSEC_GSS",
	  { XID, CALL, 2, CALC_PROG, 1, 1, RPCSEC_GSS, 8, 1, 2, AUTH_NONE, 0 },
	  12,
	  { XID, REPLY, MSG_DENIED, AUTH_ERROR, AUTH_REJECTEDCRED },
	  5 },
	{ "an unknown flavor to a program of nobody",
	  { XID, CALL, 2, 1, 1, 1, 99, 0, AUTH_NONE, 0 },
	  10,
	  { XID, REPLY, MSG_DENIED, AUTH_ERROR, AUTH_REJECTEDCRED },
	  5 },
	/* ... is no reason not to answer the null procedure, which asks for nobody */
	{ "an unknown flavor to the null procedure",
	  { XID, CALL, 2, CALC_PROG, 1, 0, 99, 0, AUTH_NONE, 0 },
	  10,
	  { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, SUCCESS },
	  6 },
	{ "AUTH_SYS of nothing",
	  { XID, CALL, 2, CALC_PROG, 1, 0, AUTH_SYS, 0, AUTH_NONE, 0 },
	  10,
	  { XID, REPLY, MSG_DENIED, AUTH_ERROR, AUTH_BADCRED },
	  5 },
	{ "a credential that is not there",
	  { XID, CALL, 2, CALC_PROG, 1, 0, AUTH_NONE, 8, 1 },
	  9,
	  { XID, REPLY, MSG_DENIED, AUTH_ERROR, AUTH_BADCRED },
	  5 },
	{ "a credential of 404 bytes",
	  { XID, CALL, 2, CALC_PROG, 1, 0, AUTH_NONE, 404 },
	  8,
	  { XID, REPLY, MSG_DENIED, AUTH_ERROR, AUTH_BADCRED },
	  5 },
	{ "a credential of 2^32 - 1 bytes",
	  { XID, CALL, 2, CALC_PROG, 1, 0, AUTH_NONE, UINT32_MAX, 0, 0, 0 },
	  11,
	  { XID, REPLY, MSG_DENIED, AUTH_ERROR, AUTH_BADCRED },
	  5 },
};

static void check_refusal(struct fixture *served, const struct refusal *refusal)
{
	uint32_t bytes[LENGTH(refusal->call)];
	size_t length = put_words(bytes, refusal->call, refusal->call_words);

	check_words(served, refusal->name, bytes, length, refusal->reply, refusal->reply_words);
}

static void test_refusals(void)
{
	struct fixture served;

	served_open(&served);
	for (size_t i = 0; i < LENGTH(refusals); i++)
		check_refusal(&served, &refusals[i]);
	served_close(&served);
}

/* A server that was told to serve one version of the calculator has no other; file information is
 * none of that. */
static void test_one_version(void)
{
	static const struct refusal versions[][3] = {
		{ { "1 alone: calc 2",
		    { XID, CALL, 2, CALC_PROG, 2, 0, CREDENTIALS },
		    10,
		    { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, PROG_MISMATCH, 1, 1 },
		    8 },
		  { "1 alone: calc 1",
		    { XID, CALL, 2, CALC_PROG, 1, 0, CREDENTIALS },
		    10,
		    { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, SUCCESS },
		    6 },
		  { "1 alone: fileinfo 1",
		    { XID, CALL, 2, FILEINFO_PROG, 1, 0, CREDENTIALS },
		    10,
		    { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, SUCCESS },
		    6 } },
		{ { "2 alone: calc 1",
		    { XID, CALL, 2, CALC_PROG, 1, 0, CREDENTIALS },
		    10,
		    { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, PROG_MISMATCH, 2, 2 },
		    8 },
		  { "2 alone: calc 2",
		    { XID, CALL, 2, CALC_PROG, 2, 0, CREDENTIALS },
		    10,
		    { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, SUCCESS },
		    6 },
		  { "2 alone: fileinfo 1",
		    { XID, CALL, 2, FILEINFO_PROG, 1, 0, CREDENTIALS },
		    10,
		    { XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, SUCCESS },
		    6 } },
	};
	struct fixture served;

	served_open(&served);
	for (unsigned int i = 0; i < 6; i++) {
		served.serving.served = programs_serve(&served.serving.service, 1 + i / 3);
		check_refusal(&served, &versions[i / 3][i % 3]);
	}
	served_close(&served);
}

/* Two messages that are no calls, and headers that stop before the procedure: the stream is lost.
 */
static void test_no_call(void)
{
	static const uint32_t messages[][6] = {
		{ XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, SUCCESS },
		{ XID, 2, 2, CALC_PROG, 1, 0 },
		{ XID, CALL, 2, CALC_PROG, 1, 0 },
		{ XID, CALL, 3, CALC_PROG, 1, 0 },
	};
	struct fixture served;

	served_open(&served);
	for (size_t i = 0; i < LENGTH(messages); i++) {
		uint32_t bytes[6];
		size_t length = put_words(bytes, messages[i], 6);
		struct buffer reply;

		/* From its RPC version on, a call of another version can be refused instead. */
		if (messages[i][2] == 3)
			length = 12;
		for (size_t n = 0; n <= length - (messages[i][1] == CALL); n++) {
			CHECK_INT(answer(&served, bytes, n, NO_LIMIT, &reply), -EPROTO);
			CHECK_INT(reply.length, BEFORE);
			buffer_release(&reply);
		}
	}
	served_close(&served);
}

#define TO_VERIFIER 32 /* bytes of a header up to the verifier, after an empty credential */

/* A header that stops behind the procedure: by its xid the caller learns of it. */
static void test_truncated_header(void)
{
	static uint8_t bytes[MAX_BYTES];
	struct fixture served;

	served_open(&served);
	CHECK_INT(encode_procedure(bytes, &procedures[0]), HEADER);
	for (size_t n = FIXED_HEADER; n < HEADER; n++)
		check_denied(&served, "a truncated header", bytes, n,
			     n < TO_VERIFIER ? AUTH_BADCRED : AUTH_BADVERF);
	served_close(&served);
}

/* ---- credentials ---- */

/* An AUTH_SYS credential: what it says of its parts' lengths, and what is there. */
static const struct {
	const char *name;
	uint32_t says_name, has_name, says_groups, has_groups;
	int says_more; /* bytes that the credential's own length is off by */
	enum auth_stat why;
} credentials[] = {
	{ "plain", 4, 4, 1, 1, 0, AUTH_OK },
	{ "no name, no groups", 0, 0, 0, 0, 0, AUTH_OK },
	{ "a padded name", 5, 5, 2, 2, 0, AUTH_OK },
	{ "name of 255", 255, 255, 0, 0, 0, AUTH_OK },
	{ "16 groups", 4, 4, 16, 16, 0, AUTH_OK },
	{ "name of 255, 16 groups", 255, 255, 16, 16, 0, AUTH_OK },
	{ "name of 256", 256, 256, 0, 0, 0, AUTH_BADCRED },
	{ "17 groups", 4, 4, 17, 17, 0, AUTH_BADCRED },
	{ "name of 300, 16 groups", 300, 300, 16, 16, 0, AUTH_BADCRED },
	{ "name beyond its end", 64, 4, 0, 0, 0, AUTH_BADCRED },
	{ "name of 2^32 - 1", UINT32_MAX, 4, 0, 0, 0, AUTH_BADCRED },
	{ "groups beyond its end", 4, 4, 2, 1, 0, AUTH_BADCRED },
	{ "2^30 groups", 4, 4, 1U << 30, 1, 0, AUTH_BADCRED },
	{ "2^32 - 1 groups", 4, 4, UINT32_MAX, 1, 0, AUTH_BADCRED },
	{ "shorter than it is", 4, 4, 1, 1, -4, AUTH_BADCRED },
	{ "longer than the message", 4, 4, 1, 1, 64, AUTH_BADCRED },
	{ "of 404 bytes", 255, 255, 32, 32, 0, AUTH_BADCRED },
};

/* The call's header for one of these, with a verifier of AUTH_NONE.  Its length. */
static size_t put_credential(uint8_t *bytes, size_t row)
{
	size_t name = (credentials[row].has_name + 3U) / 4 * 4;
	size_t size = SYS_FIXED + name + 4 * (size_t)credentials[row].has_groups;
	const uint32_t head[] = {
		XID,
		CALL,
		2,
		CALC_PROG,
		2,
		0,
		AUTH_SYS,
		(uint32_t)((int)size + credentials[row].says_more),
		0x5eed, /* stamp */
		credentials[row].says_name,
	};
	const uint32_t tail[] = { 1000, 1000, credentials[row].says_groups };
	size_t length = put_words(bytes, head, LENGTH(head));

	memset(bytes + length, 0, name);
	memset(bytes + length, 'm', credentials[row].has_name);
	length += name;
	length += put_words(bytes + length, tail, LENGTH(tail));
	memset(bytes + length, 0, 4 * (size_t)credentials[row].has_groups + 8);
	return length + 4 * (size_t)credentials[row].has_groups + 8;
}

static void test_auth_sys(void)
{
	struct fixture served;

	served_open(&served);
	for (size_t i = 0; i < LENGTH(credentials); i++) {
		_Alignas(4) uint8_t bytes[1024];
		size_t length = put_credential(bytes, i);

		if (credentials[i].why == AUTH_OK)
			check_accepted(&served, credentials[i].name, bytes, length, SUCCESS);
		else
			check_denied(&served, credentials[i].name, bytes, length,
				     credentials[i].why);
	}
	served_close(&served);
}

/* What libtirpc's own client says of itself, and the whole of what a header can carry. */
static void test_credentials_of_libtirpc(void)
{
	static uint8_t bytes[MAX_BYTES];
	static char body[MAX_AUTH_BYTES];
	struct opaque_auth full = { AUTH_NONE, body, sizeof(body) };
	AUTH *self = authunix_create_default();
	struct fixture served;

	CU_ASSERT_FATAL(self != NULL);
	served_open(&served);
	check_accepted(&served, "authunix_create_default()", bytes,
		       encode_call(bytes, CALC_PROG, 1, 0, &self->ah_cred, xdr_nothing, NULL),
		       SUCCESS);
	check_accepted(&served, "AUTH_NONE of 400 bytes", bytes,
		       encode_call(bytes, CALC_PROG, 1, 0, &full, xdr_nothing, NULL), SUCCESS);
	served_close(&served);
	auth_destroy(self);
}

/* ---- arguments that do not decode ---- */

static void test_truncated_arguments(void)
{
	static uint8_t bytes[MAX_BYTES];
	struct fixture served;

	served_open(&served);
	for (size_t i = 0; i < LENGTH(procedures); i++) {
		size_t length = encode_procedure(bytes, &procedures[i]);

		for (size_t n = HEADER; n < length; n++)
			check_accepted(&served, procedures[i].name, bytes, n, GARBAGE_ARGS);
	}
	CHECK_INT(served.serving.service.registers->count, 0);
	served_close(&served);
}

static void test_trailing_bytes(void)
{
	static uint8_t bytes[MAX_BYTES];
	struct fixture served;

	served_open(&served);
	for (size_t i = 0; i < LENGTH(procedures); i++) {
		size_t length = encode_procedure(bytes, &procedures[i]);

		memset(bytes + length, 0, 8);
		for (size_t more = 1; more <= 8; more++)
			check_accepted(&served, procedures[i].name, bytes, length + more,
				       GARBAGE_ARGS);
	}
	CHECK_INT(served.serving.service.registers->count, 0);
	served_close(&served);
}

/*
 * Arguments by hand: `says` is the length of the first string or array, `has` how many bytes of
 * `fill` stand behind it, one of them zero (at `zero`, if that is not negative), then `after` zero
 * bytes.
 */
static const struct {
	const char *name;
	uint32_t program, procedure, says;
	size_t has;
	int zero;
	size_t after;
	bool good;
} garbage[] = {
	{ "expression of 1024", CALC_PROG, CALC_EVALUATE, 1024, 1024, -1, 0, true },
	{ "expression of 1025", CALC_PROG, CALC_EVALUATE, 1025, 1025, -1, 3, false },
	{ "expression of 1028", CALC_PROG, CALC_EVALUATE, 1028, 1028, -1, 0, false },
	{ "expression of 4 GiB", CALC_PROG, CALC_EVALUATE, UINT32_MAX, 8, -1, 0, false },
	{ "4096 values", CALC_PROG, CALC_SUMMARIZE, 4096, 8 * 4096, -1, 0, true },
	{ "4097 values", CALC_PROG, CALC_SUMMARIZE, 4097, 8 * 4097, -1, 0, false },
	{ "2^32 - 1 values", CALC_PROG, CALC_SUMMARIZE, UINT32_MAX, 8, -1, 0, false },
	{ "2^29 values, whose size wraps", CALC_PROG, CALC_SUMMARIZE, 1U << 29, 0, -1, 0, false },
	{ "register of 32", CALC_PROG, CALC_ACCUMULATE, 32, 32, -1, 8, true },
	{ "register of 33", CALC_PROG, CALC_ACCUMULATE, 33, 33, -1, 11, false },
	{ "path of 4095", FILEINFO_PROG, FILEINFO_STAT, 4095, 4095, -1, 1, true },
	{ "path of 4096", FILEINFO_PROG, FILEINFO_STAT, 4096, 4096, -1, 0, false },
	{ "directory of 4096", FILEINFO_PROG, FILEINFO_LIST, 4096, 4096, -1, 12, false },
	{ "zero byte first", CALC_PROG, CALC_EVALUATE, 4, 4, 0, 0, false },
	{ "zero byte second of 3", CALC_PROG, CALC_EVALUATE, 3, 3, 1, 1, false },
	{ "zero byte last of 4", CALC_PROG, CALC_EVALUATE, 4, 4, 3, 0, false },
	{ "zero byte last of 2", CALC_PROG, CALC_EVALUATE, 2, 2, 1, 2, false },
	{ "zero byte alone", CALC_PROG, CALC_EVALUATE, 1, 1, 0, 3, false },
	{ "zero byte among 12", CALC_PROG, CALC_EVALUATE, 12, 12, 4, 0, false },
	{ "zero byte in a register", CALC_PROG, CALC_ACCUMULATE, 3, 3, 1, 9, false },
	{ "zero byte ends a register", CALC_PROG, CALC_ACCUMULATE, 4, 4, 3, 8, false },
	{ "zero byte in a path", FILEINFO_PROG, FILEINFO_STAT, 3, 3, 2, 1, false },
	{ "zero byte in a directory", FILEINFO_PROG, FILEINFO_LIST, 3, 3, 1, 13, false },
	{ "zero byte in a link", FILEINFO_PROG, FILEINFO_READLINK, 8, 8, 6, 0, false },
	{ "zero byte in a digest", FILEINFO_PROG, FILEINFO_DIGEST, 2, 2, 1, 2, false },
	{ "zero byte in a space", FILEINFO_PROG, FILEINFO_SPACE, 2, 2, 1, 2, false },
};

static size_t put_garbage(uint8_t *bytes, size_t row)
{
	const uint32_t version = garbage[row].program == CALC_PROG ? CALC_V2 : FILEINFO_V1;
	const uint32_t head[] = { XID,         CALL,
				  2,           garbage[row].program,
				  version,     garbage[row].procedure,
				  CREDENTIALS, garbage[row].says };
	size_t length = put_words(bytes, head, LENGTH(head));

	memset(bytes + length, '1', garbage[row].has);
	if (garbage[row].zero >= 0)
		bytes[length + (size_t)garbage[row].zero] = 0;
	length += garbage[row].has;
	memset(bytes + length, 0, garbage[row].after);
	return length + garbage[row].after;
}

static void test_garbage(void)
{
	static _Alignas(4) uint8_t bytes[MAX_BYTES];
	struct fixture served;

	served_open(&served);
	for (size_t i = 0; i < LENGTH(garbage); i++) {
		size_t length = put_garbage(bytes, i);
		struct buffer reply;

		if (!garbage[i].good) {
			check_accepted(&served, garbage[i].name, bytes, length, GARBAGE_ARGS);
			continue;
		}
		CHECK_INT(answer(&served, bytes, length, NO_LIMIT, &reply), 0);
		CHECK_INT(reply.length > BEFORE + 24, true);
		CHECK_INT(reply.data[BEFORE + 23], SUCCESS);
		buffer_release(&reply);
	}
	CHECK_INT(served.serving.service.registers->count, 1); /* the good one, of 32 bytes */
	served_close(&served);
}

/* ---- a program that has libtirpc's filters ---- */

bool_t libtirpc_xdr_calc_expression(XDR *stream, calc_expression *value);

static void take_expression(struct svc_req *request, SVCXPRT *transport)
{
	const xdrproc_t filter = (xdrproc_t)libtirpc_xdr_calc_expression;
	calc_expression taken = NULL;

	(void)request;
	if (!svc_getargs(transport, filter, (void *)&taken)) {
		svcerr_decode(transport);
		return;
	}
	svc_sendreply(transport, xdr_nothing, NULL);
	svc_freeargs(transport, filter, (void *)&taken);
}

/* What those do not see is seen by encoding again. */
static void test_filters_of_libtirpc(void)
{
	static const struct sidecall_svc_program programs[] = {
		{ .program = CALC_PROG, .version = CALC_V2, .dispatch = take_expression }, { 0 }
	};
	static _Alignas(4) uint8_t bytes[MAX_BYTES];
	struct fixture served;

	served_open(&served);
	served.serving.served.programs = programs;
	for (size_t i = 0; i < LENGTH(garbage); i++)
		if (garbage[i].procedure == CALC_EVALUATE && garbage[i].program == CALC_PROG)
			check_accepted(&served, garbage[i].name, bytes, put_garbage(bytes, i),
				       garbage[i].good ? SUCCESS : GARBAGE_ARGS);
	served_close(&served);
}

/* ---- replies that do not fit ---- */

static void test_limit(void)
{
	static uint8_t bytes[MAX_BYTES], expected[MAX_BYTES];
	static const uint32_t system_error[] = {
		XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0, SYSTEM_ERR
	};
	const struct procedure *add = &procedures[6];
	size_t length = encode_procedure(bytes, add);
	size_t size = encode_reply(expected, add->result_filter, add->result);
	struct fixture served;

	served_open(&served);
	for (size_t limit = 0; limit <= size + 4; limit++) {
		uint32_t refusal[LENGTH(system_error)];
		size_t refused = put_words(refusal, system_error, LENGTH(system_error));
		struct buffer reply;

		CHECK_INT(answer(&served, bytes, length, limit, &reply), 0);
		if (limit >= size)
			check_reply("whole", &reply, expected, size);
		else
			check_reply("refused", &reply, refusal, limit < refused ? 0 : refused);
		buffer_release(&reply);
	}
	served_close(&served);
}

/* A long reply is refused too, and one that grows the buffer on its way is whole. */
static void test_limit_of_a_long_reply(void)
{
	static uint8_t bytes[MAX_BYTES], expected[MAX_BYTES];
	char target[1001], path[64];
	const char *argument = "long";
	fileinfo_link_result link = { FILEINFO_OK, { target } };
	struct fixture served;
	struct buffer reply;
	size_t length, size;

	served_open(&served);
	memset(target, 't', sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	snprintf(path, sizeof(path), "%s/long", served.directory);
	CHECK_INT(symlink(target, path), 0);
	length = encode_call(bytes, FILEINFO_PROG, FILEINFO_V1, FILEINFO_READLINK, NULL,
			     FILTER(fileinfo_path), &argument);
	size = encode_reply(expected, FILTER(fileinfo_link_result), &link);
	for (size_t limit = size - 1; limit <= size + 1; limit++) {
		CHECK_INT(answer(&served, bytes, length, limit, &reply), 0);
		if (limit >= size)
			check_reply("long link", &reply, expected, size);
		else
			CHECK_INT(reply.length == BEFORE + 24 &&
					  reply.data[BEFORE + 23] == SYSTEM_ERR,
				  true);
		buffer_release(&reply);
	}
	served_close(&served);
}

/* A page of a directory is made to fit. */
static void test_limit_of_a_page(void)
{
	static uint8_t bytes[MAX_BYTES];
	const struct procedure *list = &procedures[15];
	size_t length = encode_procedure(bytes, list);
	struct fixture served;

	served_open(&served);
	for (size_t limit = 28; limit < 3000; limit += 4) {
		struct buffer reply;

		CHECK_INT(answer(&served, bytes, length, limit, &reply), 0);
		CHECK_INT(reply.length >= BEFORE + 28 && reply.length <= BEFORE + limit, true);
		CHECK_INT(reply.data[BEFORE + 23], SUCCESS);
		if (limit < 120 || limit >= 200) /* an entry takes something between */
			CHECK_INT(reply.data[BEFORE + 27],
				  limit < 120 ? FILEINFO_TOOSMALL & 0xff : 0);
		buffer_release(&reply);
	}
	served_close(&served);
}

int main(void)
{
	static const struct test tests[] = {
		{ "by hand", test_by_hand },
		{ "every procedure", test_success },
		{ "at any address", test_unaligned },
		{ "space", test_space },
		{ "a failure of the domain", test_domain_failure },
		{ "refusals", test_refusals },
		{ "one version of the calculator", test_one_version },
		{ "no call", test_no_call },
		{ "a truncated header", test_truncated_header },
		{ "AUTH_SYS", test_auth_sys },
		{ "credentials of libtirpc", test_credentials_of_libtirpc },
		{ "truncated arguments", test_truncated_arguments },
		{ "trailing bytes", test_trailing_bytes },
		{ "bounds and zero bytes", test_garbage },
		{ "a program that has libtirpc's filters", test_filters_of_libtirpc },
		{ "limit", test_limit },
		{ "limit of a long reply", test_limit_of_a_long_reply },
		{ "limit of a page", test_limit_of_a_page },
		{ 0 },
	};

	return harness_run("rpc", tests);
}
