/* The raw protocol to the byte: every type both ways, what must not decode, and every reply. */
#include "common/raw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/runtime/protocol.h"
#include "tests/kit/codecs.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/serving.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define MAX_GOLDEN    512 /* bytes */
#define NO_LIMIT      ((size_t)1 << 20)

/* ---- golden bytes ---- */

static char empty[] = "", sum[] = "1+2", umlaut[] = "\xc3\xa4/b", name_a[] = "a", name_b[] = "bc";
static quad_t three_values[] = { 1, -1, INT64_MIN };

/* clang-format off */
#define ATTRIBUTES                                                                                 \
	{ FILEINFO_SYMLINK, 04755, 2, 1000, 100, 0x0102030405060708, 4096, 0xfd00,                 \
	  0xfffffffffffffffe, { -1, 999999999 }, { 2, 3 }, { 4, 5 } }
#define ATTRIBUTES_HEX                                                                             \
	"05 000009ed 00000002 000003e8 00000064 0102030405060708 0000000000001000"                 \
	"000000000000fd00 fffffffffffffffe ffffffffffffffff 3b9ac9ff"                              \
	"0000000000000002 00000003 0000000000000004 00000005"
/* clang-format on */

static fileinfo_entry two_entries[] = {
	{ name_a, 7, { FILEINFO_OK, { ATTRIBUTES } } },
	{ name_b, 0x8000000000000000, { .status = FILEINFO_NOENT } },
};

static const struct {
	const char *name;
	const struct codec *codec;
	union value value;
	const char *hex;
} golden[] = {
	{ "call", &codec_call, { .call = { 0x01020304, 1, 104 } }, "01020304 0001 0068" },
	{ "reply", &codec_reply, { .reply = { 0xfffefdfc, 101, 3 } }, "fffefdfc 8065 0003" },
	{ "operands",
	  &codec_operands,
	  { .operands = { 0x0102030405060708, -2 } },
	  "0102030405060708 fffffffffffffffe" },
	{ "result",
	  &codec_result,
	  { .result = { CALC_OK, { INT64_MIN } } },
	  "0000 8000000000000000" },
	{ "result, failed", &codec_result, { .result = { .status = CALC_FULL } }, "0005" },
	{ "expression", &codec_expression, { .expression = sum }, "0003 312b32" },
	{ "expression, empty", &codec_expression, { .expression = empty }, "0000" },
	{ "evaluation",
	  &codec_evaluation,
	  { .evaluation = { CALC_OK, { .value = -2.5 } } },
	  "0000 c004000000000000" },
	{ "evaluation, at a position",
	  &codec_evaluation,
	  { .evaluation = { CALC_SYNTAX, { .position = 1024 } } },
	  "0003 00000400" },
	{ "evaluation, failed",
	  &codec_evaluation,
	  { .evaluation = { .status = CALC_DOMAIN } },
	  "0004" },
	{ "values",
	  &codec_values,
	  { .values = { 3, three_values } },
	  "00000003 0000000000000001 ffffffffffffffff 8000000000000000" },
	{ "values, none", &codec_values, { .values = { 0, NULL } }, "00000000" },
	{ "summary",
	  &codec_summary_result,
	  { .summary_result = { CALC_OK, { { 3, 6, -1, 7, 2.0, 0.5 } } } },
	  "0000 00000003 0000000000000006 ffffffffffffffff 0000000000000007"
	  "4000000000000000 3fe0000000000000" },
	{ "summary, failed",
	  &codec_summary_result,
	  { .summary_result = { .status = CALC_OVERFLOW } },
	  "0002" },
	{ "accumulation",
	  &codec_accumulation,
	  { .accumulation = { name_b, -3 } },
	  "0002 6263 fffffffffffffffd" },
	{ "path", &codec_path, { .path = umlaut }, "0004 c3a42f62" },
	{ "path, empty", &codec_path, { .path = empty }, "0000" },
	{ "stat",
	  &codec_stat_result,
	  { .stat_result = { FILEINFO_OK, { ATTRIBUTES } } },
	  "0000" ATTRIBUTES_HEX },
	{ "stat, failed",
	  &codec_stat_result,
	  { .stat_result = { .status = FILEINFO_OUTSIDE } },
	  "4e21" },
	{ "list arguments",
	  &codec_list_args,
	  { .list_args = { name_a, 0x0102030405060708, 65536 } },
	  "0001 61 0102030405060708 00010000" },
	{ "list",
	  &codec_list_result,
	  { .list_result = { FILEINFO_OK, { { { 2, two_entries }, TRUE } } } },
	  "0000 00000002 0001 61 0000000000000007 0000" ATTRIBUTES_HEX
	  "0002 6263 8000000000000000 0002 01" },
	{ "list, nothing more",
	  &codec_list_result,
	  { .list_result = { FILEINFO_OK, { { { 0, NULL }, FALSE } } } },
	  "0000 00000000 00" },
	{ "list, failed",
	  &codec_list_result,
	  { .list_result = { .status = FILEINFO_TOOSMALL } },
	  "2715" },
	{ "link",
	  &codec_link_result,
	  { .link_result = { FILEINFO_OK, { name_b } } },
	  "0000 0002 6263" },
	{ "link, failed",
	  &codec_link_result,
	  { .link_result = { .status = FILEINFO_INVAL } },
	  "0016" },
	{ "digest",
	  &codec_digest_result,
	  { .digest_result = { FILEINFO_OK, { { 258, "0123456789abcdefghijklmnopqrstu" } } } },
	  "0000 0000000000000102 3031323334353637 3839616263646566 6768696a6b6c6d6e"
	  "6f70717273747500" },
	{ "digest, failed",
	  &codec_digest_result,
	  { .digest_result = { .status = FILEINFO_ISDIR } },
	  "0015" },
	{ "space",
	  &codec_space_result,
	  { .space_result = { FILEINFO_OK, { { 1, 2, 3, 4, 0xffffffffffffffff } } } },
	  "0000 0000000000000001 0000000000000002 0000000000000003 0000000000000004"
	  "ffffffffffffffff" },
	{ "space, failed",
	  &codec_space_result,
	  { .space_result = { .status = FILEINFO_SERVERFAULT } },
	  "2716" },
};

static void check_case(bool ok, const char *name, const char *what)
{
	if (!ok)
		CHECK_STR(name, what);
}

static void test_pack(void)
{
	for (size_t i = 0; i < LENGTH(golden); i++) {
		uint8_t bytes[MAX_GOLDEN];
		size_t length = bytes_from_hex(bytes, golden[i].hex);
		struct buffer buffer = { 0 };
		struct packer out = { .out = &buffer, .limit = length };

		golden[i].codec->pack(&out, &golden[i].value);
		check_case(!out.failed && !out.full && out.limit == 0, golden[i].name, "(packed)");
		check_case(buffer.length == length, golden[i].name, "(its length)");
		if (buffer.length == length)
			CHECK_BYTES(buffer.data, bytes, length);
		buffer_release(&buffer);
	}
}

/* With less room than it takes, nothing is written beyond the room, and `full` says so. */
static void test_pack_into_too_little(void)
{
	for (size_t i = 0; i < LENGTH(golden); i++) {
		uint8_t bytes[MAX_GOLDEN];
		size_t length = bytes_from_hex(bytes, golden[i].hex);

		for (size_t limit = 0; limit < length; limit++) {
			struct buffer buffer = { 0 };
			struct packer out = { .out = &buffer, .limit = limit };

			golden[i].codec->pack(&out, &golden[i].value);
			check_case(out.full && !out.failed, golden[i].name, "(full)");
			check_case(buffer.length <= limit, golden[i].name, "(within its limit)");
			buffer_release(&buffer);
		}
	}
}

static void test_unpack(void)
{
	for (size_t i = 0; i < LENGTH(golden); i++) {
		uint8_t bytes[MAX_GOLDEN];
		size_t length = bytes_from_hex(bytes, golden[i].hex);
		struct buffer again = { 0 };

		check_case(codec_unpack(golden[i].codec, bytes, length, &again), golden[i].name,
			   "(unpacked)");
		check_case(again.length == length, golden[i].name, "(its length again)");
		if (again.length == length)
			CHECK_BYTES(again.data, bytes, length);
		buffer_release(&again);
	}
}

static void test_unpack_truncated(void)
{
	for (size_t i = 0; i < LENGTH(golden); i++) {
		uint8_t bytes[MAX_GOLDEN];
		size_t length = bytes_from_hex(bytes, golden[i].hex);

		for (size_t n = 0; n < length; n++)
			check_case(!codec_unpack(golden[i].codec, bytes, n, NULL), golden[i].name,
				   "(truncated)");
		for (size_t more = 1; more <= 4; more++) {
			memset(bytes + length, 0, more);
			check_case(!codec_unpack(golden[i].codec, bytes, length + more, NULL),
				   golden[i].name, "(with more behind it)");
		}
	}
}

/* ---- bounds ---- */

/* An entry of zero bytes: an empty name, cookie 0, attributes of nothing. */
#define ZERO_ENTRY (2 + 8 + 2 + 85)

/* What is unpacked: some bytes, then `count` times the byte `fill`, then some bytes. */
static const struct {
	const char *name;
	const struct codec *codec;
	const char *before;
	size_t count;
	uint8_t fill;
	const char *after;
	bool good;
} bounds[] = {
	{ "expression of 1024", &codec_expression, "0400", 1024, '1', "", true },
	{ "expression of 1025", &codec_expression, "0401", 1025, '1', "", false },
	{ "expression of 65535", &codec_expression, "ffff", 65535, '1', "", false },
	{ "register of 32", &codec_accumulation, "0020", 32, 'r', "0000000000000001", true },
	{ "register of 33", &codec_accumulation, "0021", 33, 'r', "0000000000000001", false },
	{ "path of 4095", &codec_path, "0fff", 4095, 'p', "", true },
	{ "path of 4096", &codec_path, "1000", 4096, 'p', "", false },
	{ "directory of 4095", &codec_list_args, "0fff", 4095, 'p', "0000000000000001 00000001",
	  true },
	{ "directory of 4096", &codec_list_args, "1000", 4096, 'p', "0000000000000001 00000001",
	  false },
	{ "target of 4095", &codec_link_result, "0000 0fff", 4095, 'p', "", true },
	{ "target of 4096", &codec_link_result, "0000 1000", 4096, 'p', "", false },
	{ "name of 255", &codec_list_result, "0000 00000001 00ff", 255, 'n',
	  "0000000000000001 0002 01", true },
	{ "name of 256", &codec_list_result, "0000 00000001 0100", 256, 'n',
	  "0000000000000001 0002 01", false },
	{ "zero byte first", &codec_expression, "0003", 1, 0, "3132", false },
	{ "zero byte inside", &codec_expression, "0003 31", 1, 0, "32", false },
	{ "zero byte last", &codec_expression, "0003 3132", 1, 0, "", false },
	{ "zero byte in a register", &codec_accumulation, "0001", 1, 0, "0000000000000001", false },
	{ "zero byte in a path", &codec_path, "0001", 1, 0, "", false },
	{ "zero byte in a target", &codec_link_result, "0000 0001", 1, 0, "", false },
	{ "zero byte in a name", &codec_list_result, "0000 00000001 0001", 1, 0,
	  "0000000000000001 0002 01", false },
	{ "zero byte in a second name", &codec_list_result,
	  "0000 00000002 0001 61 0000000000000001 0002 0001", 1, 0, "0000000000000001 0002 01",
	  false },
	{ "4096 values", &codec_values, "00001000", 4096 * 8, 1, "", true },
	{ "4097 values", &codec_values, "00001001", 4097 * 8, 1, "", false },
	{ "more values than bytes", &codec_values, "00000003", 16, 1, "", false },
	{ "2^32 - 1 values", &codec_values, "ffffffff", 16, 1, "", false },
	{ "2^29 values, whose size wraps", &codec_values, "20000000", 0, 1, "", false },
	{ "4096 entries", &codec_list_result, "0000 00001000", (size_t)4096 * ZERO_ENTRY, 0, "01",
	  true },
	{ "4097 entries", &codec_list_result, "0000 00001001", (size_t)4097 * ZERO_ENTRY, 0, "01",
	  false },
	{ "more entries than bytes", &codec_list_result, "0000 00000002", ZERO_ENTRY, 0, "01",
	  false },
	{ "2^32 - 1 entries", &codec_list_result, "0000 ffffffff", ZERO_ENTRY, 0, "01", false },
	{ "bool 2", &codec_list_result, "0000 00000000", 1, 2, "", false },
	{ "bool 255", &codec_list_result, "0000 00000000", 1, 255, "", false },
};

static void test_bounds(void)
{
	for (size_t i = 0; i < LENGTH(bounds); i++) {
		uint8_t *bytes = malloc(bounds[i].count + 128);
		size_t length;

		CU_ASSERT_FATAL(bytes != NULL);
		length = bytes_from_hex(bytes, bounds[i].before);
		memset(bytes + length, bounds[i].fill, bounds[i].count);
		length += bounds[i].count;
		length += bytes_from_hex(bytes + length, bounds[i].after);
		check_case(codec_unpack(bounds[i].codec, bytes, length, NULL) == bounds[i].good,
			   bounds[i].name, bounds[i].good ? "(good)" : "(bad)");
		free(bytes);
	}
}

/* What the format cannot carry does not leave. */
static void test_pack_refuses(void)
{
	static char long_text[FILEINFO_MAX_PATH + 2];
	static quad_t many[CALC_MAX_VALUES + 1];
	fileinfo_entry entry = { long_text + FILEINFO_MAX_PATH - FILEINFO_MAX_NAME, 1, { 0 } };
	const struct {
		const char *name;
		const struct codec *codec;
		union value value;
	} cases[] = {
		{ "no expression", &codec_expression, { .expression = NULL } },
		{ "expression of 1025",
		  &codec_expression,
		  { .expression = long_text + FILEINFO_MAX_PATH - CALC_MAX_EXPRESSION } },
		{ "register of 33",
		  &codec_accumulation,
		  { .accumulation = { long_text + FILEINFO_MAX_PATH - CALC_MAX_REGISTER, 1 } } },
		{ "path of 4096", &codec_path, { .path = long_text } },
		{ "target of 4096", &codec_link_result, { .link_result = { 0, { long_text } } } },
		{ "name of 256",
		  &codec_list_result,
		  { .list_result = { 0, { { { 1, &entry }, 1 } } } } },
		{ "4097 values", &codec_values, { .values = { CALC_MAX_VALUES + 1, many } } },
	};

	memset(long_text, 'x', FILEINFO_MAX_PATH + 1);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct buffer buffer = { 0 };
		struct packer out = { .out = &buffer, .limit = NO_LIMIT };
		size_t length;

		cases[i].codec->pack(&out, &cases[i].value);
		check_case(out.failed, cases[i].name, "(refused)");
		length = buffer.length;
		raw_pack_operands(&out, &(calc_operands){ 1, 2 });
		check_case(buffer.length == length, cases[i].name, "(nothing more is written)");
		buffer_release(&buffer);
	}
}

/* After the first error an unpacker reads zeroes, whatever is there. */
static void test_unpack_errors_stick(void)
{
	uint8_t bytes[24] = { 0x10, 0x00 };
	struct unpacker in = { .bytes = bytes, .left = sizeof(bytes) };
	struct raw_call header = { 1, 2, 3 };
	calc_operands numbers = { 1, 2 };
	char *name = name_a;

	memset(bytes + 2, 0xff, sizeof(bytes) - 2);
	raw_unpack_path(&in, &name);
	CHECK_INT(in.failed && name == NULL, true);
	raw_unpack_operands(&in, &numbers);
	raw_unpack_call(&in, &header);
	CHECK_INT(numbers.a == 0 && numbers.b == 0, true);
	CHECK_INT(header.id == 0 && header.version == 0 && header.operation == 0, true);
	CHECK_INT(unpacked_exactly(&in), false);
}

/* What is a call is no reply, and what is a reply is no call, whatever else is in it. */
static void test_direction(void)
{
	for (uint32_t half = 0; half <= UINT16_MAX; half++) {
		const uint8_t bytes[RAW_HEADER] = {
			1, 2, 3, 4, (uint8_t)(half >> 8), (uint8_t)half
		};
		struct unpacker call = { .bytes = bytes, .left = sizeof(bytes) }, reply = call;
		struct raw_reply replied;
		struct raw_call called;

		raw_unpack_call(&call, &called);
		raw_unpack_reply(&reply, &replied);
		if (call.failed != (half >= 0x8000) || reply.failed != (half < 0x8000))
			CHECK_INT(half, -1);
		CHECK_INT(call.failed ? replied.operation : called.version, half & 0x7fff);
	}
}

/* ---- the server's side: a call's bytes in, a reply's bytes out ---- */

struct fixture {
	char directory[32];
	struct serving serving;
};

static void served_open(struct fixture *served)
{
	char path[64];
	FILE *file;

	strcpy(served->directory, "/tmp/raw-XXXXXX");
	if (!harness_directory(served->directory))
		CU_FAIL_FATAL("no directory for the test");
	snprintf(path, sizeof(path), "%s/abc", served->directory);
	file = fopen(path, "w");
	CU_ASSERT_FATAL(file && fputs("abc", file) >= 0 && fclose(file) == 0);
	snprintf(path, sizeof(path), "%s/link", served->directory);
	CHECK_INT(symlink("abc", path), 0);
	serving_open(&served->serving, served->directory, 0);
}

static void served_close(struct fixture *served)
{
	serving_close(&served->serving);
	remove_tree(served->directory);
}

static int answer(struct fixture *served, const uint8_t *bytes, size_t length, size_t limit,
		  struct buffer *reply)
{
	uint8_t *copy = exact_copy(bytes, length);
	int r = serving_answer(&served->serving.served, &protocol_raw, copy, length, reply, limit);

	free(copy);
	return r;
}

/* Checks a reply behind "before", which must stay, and empties the buffer. */
static void check_reply(const char *name, struct buffer *reply, const char *hex)
{
	uint8_t bytes[MAX_GOLDEN];
	size_t length = bytes_from_hex(bytes, hex);

	check_case(reply->length == 6 + length, name, "(the reply's length)");
	CHECK_BYTES(reply->data, "before", 6);
	if (reply->length == 6 + length && memcmp(reply->data + 6, bytes, length) != 0) {
		check_case(false, name, "(the reply's bytes)");
		CHECK_BYTES(reply->data + 6, bytes, length);
	}
	buffer_release(reply);
}

static struct buffer reply_buffer(void)
{
	struct buffer reply = { 0 };

	CHECK_INT(buffer_append(&reply, "before", 6), 0);
	return reply;
}

static const struct exchange {
	const char *name, *call, *reply;
} calls[] = {
	{ "null", "00000001 0001 0000", "00000001 8000 0000" },
	{ "add", "01020304 0001 0001 0000000000000002 fffffffffffffffd",
	  "01020304 8001 0000 0000 ffffffffffffffff" },
	{ "subtract", "ffffffff 0001 0002 0000000000000002 0000000000000003",
	  "ffffffff 8002 0000 0000 ffffffffffffffff" },
	{ "multiply", "00000000 0001 0003 0000000000000006 0000000000000007",
	  "00000000 8003 0000 0000 000000000000002a" },
	{ "divide", "00000005 0001 0004 0000000000000054 0000000000000002",
	  "00000005 8004 0000 0000 000000000000002a" },
	{ "divide by zero", "00000005 0001 0004 0000000000000054 0000000000000000",
	  "00000005 8004 0000 0001" },
	{ "overflow", "00000005 0001 0001 7fffffffffffffff 0000000000000001",
	  "00000005 8001 0000 0002" },
	{ "evaluate", "00000006 0001 0005 0003 2d3232",
	  "00000006 8005 0000 0000 c036000000000000" },
	{ "evaluate nothing", "00000006 0001 0005 0000", "00000006 8005 0000 0003 00000000" },
	{ "evaluate: syntax", "00000006 0001 0005 0003 312b29",
	  "00000006 8005 0000 0003 00000002" },
	{ "evaluate: domain", "00000006 0001 0005 0003 312f30", "00000006 8005 0000 0004" },
	{ "summarize", "00000007 0001 0006 00000002 0000000000000001 0000000000000003",
	  "00000007 8006 0000 0000 00000002 0000000000000004 0000000000000001 0000000000000003"
	  "4000000000000000 3ff0000000000000" },
	{ "summarize nothing", "00000007 0001 0006 00000000", "00000007 8006 0000 0004" },
	{ "accumulate", "00000008 0001 0007 0001 72 0000000000000005",
	  "00000008 8007 0000 0000 0000000000000005" },
	{ "accumulate again", "00000009 0001 0007 0001 72 ffffffffffffffff",
	  "00000009 8007 0000 0000 0000000000000004" },
	{ "stat: no entry", "00000065 0001 0065 0002 6e6f", "00000065 8065 0000 0002" },
	{ "stat: outside", "00000065 0001 0065 0002 2e2e", "00000065 8065 0000 4e21" },
	{ "list: no entry", "00000066 0001 0066 0002 6e6f 0000000000000000 00010000",
	  "00000066 8066 0000 0002" },
	{ "list: too small", "00000066 0001 0066 0000 0000000000000000 00000000",
	  "00000066 8066 0000 2715" },
	{ "readlink", "00000067 0001 0067 0004 6c696e6b", "00000067 8067 0000 0000 0003 616263" },
	{ "readlink: no link", "00000067 0001 0067 0003 616263", "00000067 8067 0000 0016" },
	{ "digest", "00000068 0001 0068 0003 616263",
	  "00000068 8068 0000 0000 0000000000000003 ba7816bf8f01cfea414140de5dae2223"
	  "b00361a396177a9cb410ff61f20015ad" },
	{ "digest: a directory", "00000068 0001 0068 0000", "00000068 8068 0000 0015" },
	{ "space: no entry", "00000069 0001 0069 0002 6e6f", "00000069 8069 0000 0002" },
	{ "version 0", "0000000a 0000 0001 0000000000000002 0000000000000003",
	  "0000000a 8001 0001" },
	{ "version 2", "0000000a 0002 0001 0000000000000002 0000000000000003",
	  "0000000a 8001 0001" },
	{ "version 2 of no operation", "0000000a 0002 ffff", "0000000a ffff 0001" },
	{ "version 32767", "0000000a 7fff 0001 0000000000000002 0000000000000003",
	  "0000000a 8001 0001" },
	{ "operation 8", "0000000b 0001 0008", "0000000b 8008 0002" },
	{ "operation 100", "0000000b 0001 0064", "0000000b 8064 0002" },
	{ "operation 106", "0000000b 0001 006a 00", "0000000b 806a 0002" },
	{ "operation 65535", "0000000b 0001 ffff", "0000000b ffff 0002" },
	{ "null with an argument", "0000000c 0001 0000 00", "0000000c 8000 0003" },
	{ "expression with a zero byte", "0000000c 0001 0005 0003 310032", "0000000c 8005 0003" },
	{ "register with a zero byte", "0000000c 0001 0007 0002 7200 0000000000000005",
	  "0000000c 8007 0003" },
	{ "path with a zero byte", "0000000c 0001 0065 0004 61626300", "0000000c 8065 0003" },
	{ "values that are not there", "0000000c 0001 0006 00001000", "0000000c 8006 0003" },
};

static void check_exchange(struct fixture *served, const struct exchange *exchange)
{
	uint8_t bytes[MAX_GOLDEN];
	size_t length = bytes_from_hex(bytes, exchange->call);
	struct buffer reply = reply_buffer();

	CHECK_INT(answer(served, bytes, length, NO_LIMIT, &reply), 0);
	check_reply(exchange->name, &reply, exchange->reply);
}

static void test_replies(void)
{
	struct fixture served;

	served_open(&served);
	for (size_t i = 0; i < LENGTH(calls); i++)
		check_exchange(&served, &calls[i]);
	served_close(&served);
}

/* With version 1 alone what version 2 brought is not there; with version 2 alone everything is, for
 * operations of version 1 are in both. */
static void test_one_version(void)
{
	static const struct exchange versions[][3] = {
		{ { "1 alone: divide", "00000001 0001 0004 0000000000000008 0000000000000002",
		    "00000001 8004 0000 0000 0000000000000004" },
		  { "1 alone: evaluate", "00000001 0001 0005 0001 31", "00000001 8005 0002" },
		  { "1 alone: accumulate", "00000001 0001 0007 0001 72 0000000000000001",
		    "00000001 8007 0002" } },
		{ { "2 alone: divide", "00000001 0001 0004 0000000000000008 0000000000000002",
		    "00000001 8004 0000 0000 0000000000000004" },
		  { "2 alone: accumulate", "00000001 0001 0007 0001 72 0000000000000001",
		    "00000001 8007 0000 0000 0000000000000001" },
		  { "2 alone: digest: a directory", "00000068 0001 0068 0000",
		    "00000068 8068 0000 0015" } },
	};
	struct fixture served;

	served_open(&served);
	for (unsigned int i = 0; i < 6; i++) {
		served.serving.served = programs_serve(&served.serving.service, 1 + i / 3);
		check_exchange(&served, &versions[i / 3][i % 3]);
	}
	CHECK_INT(served.serving.service.registers->count, 1);
	served_close(&served);
}

/* Replies that no table can hold: the service's own answer, packed, behind the header. */
static void check_packed(struct fixture *served, const char *hex, const char *header,
			 const struct codec *codec, const union value *value)
{
	uint8_t call_bytes[MAX_GOLDEN], start[RAW_HEADER];
	size_t length = bytes_from_hex(call_bytes, hex);
	struct buffer expected = { 0 }, actual = { 0 };
	struct packer out = { .out = &expected, .limit = NO_LIMIT };

	CHECK_INT(bytes_from_hex(start, header), RAW_HEADER);
	CHECK_INT(buffer_append(&expected, start, RAW_HEADER), 0);
	codec->pack(&out, value);
	CHECK_INT(answer(served, call_bytes, length, NO_LIMIT, &actual), 0);
	CHECK_INT(actual.length, expected.length);
	if (actual.length == expected.length)
		CHECK_BYTES(actual.data, expected.data, expected.length);
	buffer_release(&expected);
	buffer_release(&actual);
}

static void test_file_replies(void)
{
	struct fixture served;
	union value value;
	fileinfo_list_args page = { empty, 0, 65536 };

	served_open(&served);
	root_stat(&served.serving.service.root, "abc", &value.stat_result);
	CHECK_INT(value.stat_result.status, FILEINFO_OK);
	check_packed(&served, "00000001 0001 0065 0003 616263", "00000001 8065 0000",
		     &codec_stat_result, &value);
	root_list(&served.serving.service.root, &page, &value.list_result);
	CHECK_INT(value.list_result.status, FILEINFO_OK);
	CHECK_INT(value.list_result.fileinfo_list_result_u.page.entries.entries_len, 2);
	check_packed(&served, "00000002 0001 0066 0000 0000000000000000 00010000",
		     "00000002 8066 0000", &codec_list_result, &value);
	fileinfo_list_release(&value.list_result);
	served_close(&served);
}

/* What is free changes at any time, so this one is only taken apart. */
static void test_space_reply(void)
{
	struct fixture served;
	struct buffer reply = { 0 };
	fileinfo_space_result expected, actual;
	struct raw_reply header;
	struct unpacker in;
	uint8_t bytes[16];

	served_open(&served);
	root_space(&served.serving.service.root, "", &expected);
	CHECK_INT(answer(&served, bytes, bytes_from_hex(bytes, "00000003 0001 0069 0000"), NO_LIMIT,
			 &reply),
		  0);
	in = (struct unpacker){ .bytes = reply.data, .left = reply.length };
	raw_unpack_reply(&in, &header);
	raw_unpack_space_result(&in, &actual);
	CHECK_INT(unpacked_exactly(&in), true);
	CHECK_INT(header.id == 3 && header.operation == 105 && header.status == 0, true);
	CHECK_INT(actual.status, FILEINFO_OK);
	CHECK_INT(actual.fileinfo_space_result_u.space.bytes_total,
		  expected.fileinfo_space_result_u.space.bytes_total);
	buffer_release(&reply);
	served_close(&served);
}

/* The calls that have arguments, cut at every length and with bytes behind them. */
static const char *const whole_calls[] = {
	"00000001 0001 0001 0000000000000002 0000000000000003",
	"00000001 0001 0002 0000000000000002 0000000000000003",
	"00000001 0001 0003 0000000000000002 0000000000000003",
	"00000001 0001 0004 0000000000000002 0000000000000003",
	"00000001 0001 0005 0003 312b32",
	"00000001 0001 0006 00000002 0000000000000001 0000000000000003",
	"00000001 0001 0007 0001 72 0000000000000001",
	"00000001 0001 0065 0003 616263",
	"00000001 0001 0066 0000 0000000000000000 00010000",
	"00000001 0001 0067 0004 6c696e6b",
	"00000001 0001 0068 0003 616263",
	"00000001 0001 0069 0000",
};

static void check_bad_request(struct fixture *served, const uint8_t *bytes, size_t length)
{
	const uint8_t refusal[] = { 0, 0, 0, 1, 0x80, bytes[7], 0, RAW_BAD_REQUEST };
	struct buffer reply = reply_buffer();

	CHECK_INT(answer(served, bytes, length, NO_LIMIT, &reply), 0);
	CHECK_INT(reply.length, 6 + sizeof(refusal));
	if (reply.length == 6 + sizeof(refusal))
		CHECK_BYTES(reply.data + 6, refusal, sizeof(refusal));
	buffer_release(&reply);
}

static void test_bad_requests(void)
{
	const calc_accumulation look = { name_a, 0 };
	struct caller_registers registers;
	struct fixture served;
	calc_result total;

	served_open(&served);
	registers = (struct caller_registers){ served.serving.service.registers, 0, false };
	for (size_t i = 0; i < LENGTH(whole_calls); i++) {
		uint8_t bytes[MAX_GOLDEN] = { 0 };
		size_t length = bytes_from_hex(bytes, whole_calls[i]);

		for (size_t n = RAW_HEADER; n < length; n++)
			check_bad_request(&served, bytes, n);
		for (size_t more = 1; more <= 8; more++)
			check_bad_request(&served, bytes, length + more);
	}
	CHECK_INT(served.serving.service.registers->count, 0); /* nothing was executed */
	calc_accumulate(&registers, &look, &total);
	CHECK_INT(total.calc_result_u.value, 0);
	served_close(&served);
}

static void test_no_call(void)
{
	struct fixture served;
	uint8_t bytes[RAW_HEADER] = { 0, 0, 0, 1, 0, 1, 0, 0 };

	served_open(&served);
	for (size_t n = 0; n < RAW_HEADER; n++) {
		struct buffer reply = reply_buffer();

		CHECK_INT(answer(&served, bytes, n, NO_LIMIT, &reply), -EPROTO);
		check_reply("no call", &reply, "");
	}
	served_close(&served);
}

/* What another server says, and what is a whole call but for its direction. */
static void test_replies_are_no_calls(void)
{
	struct fixture served;

	served_open(&served);
	for (size_t i = 0; i < 2 * LENGTH(calls); i++) {
		const struct exchange *exchange = &calls[i / 2];
		uint8_t bytes[MAX_GOLDEN];
		size_t length = bytes_from_hex(bytes, i % 2 ? exchange->call : exchange->reply);
		struct buffer reply = reply_buffer();

		bytes[4] |= 0x80;
		CHECK_INT(protocol_raw.look(&served.serving.served, bytes, length, NULL).wait,
			  SIDECALL_NO_WAIT);
		CHECK_INT(answer(&served, bytes, length, NO_LIMIT, &reply), -EPROTO);
		check_reply(exchange->name, &reply, "");
	}
	CHECK_INT(served.serving.service.registers->count, 0);
	served_close(&served);
}

/* What waits for a disk are calls of four operations, and not those that are refused anyhow. */
static void test_may_wait(void)
{
	static const struct {
		const char *call;
		enum sidecall_wait wait;
	} cases[] = {
		{ "00000001 0001 0066 0000 0000000000000000 00010000", SIDECALL_SHORT_WAIT },
		{ "00000001 0001 0068 0003 616263", SIDECALL_LONG_WAIT },
		{ "00000001 0001 0065 0003 616263", SIDECALL_NO_WAIT },
		{ "00000001 0001 0067 0003 616263", SIDECALL_SHORT_WAIT },
		{ "00000001 0001 0069 0003 616263", SIDECALL_SHORT_WAIT },
		{ "00000001 0002 0066 0000 0000000000000000 00010000", SIDECALL_NO_WAIT },
		{ "00000001 0000 0068 0003 616263", SIDECALL_NO_WAIT },
		{ "00000001 8066 0066 0000 0000000000000000 00010000", SIDECALL_NO_WAIT },
		{ "00000001 8068 0068 0003 616263", SIDECALL_NO_WAIT },
		{ "00000001 0001 00", SIDECALL_NO_WAIT },
	};
	const struct served served = programs_serve(NULL, 0);

	for (size_t i = 0; i < LENGTH(cases); i++) {
		uint8_t bytes[MAX_GOLDEN];
		size_t length = bytes_from_hex(bytes, cases[i].call);

		check_case(protocol_raw.look(&served, bytes, length, NULL).wait == cases[i].wait,
			   cases[i].call, "(waits)");
	}
}

/* With each limit below what a reply takes: the header alone says TOO_LARGE. */
static void test_too_large(void)
{
	static const char *const large[] = { "add", "evaluate", "summarize", "readlink", "digest" };
	struct fixture served;

	served_open(&served);
	for (size_t i = 0; i < LENGTH(calls); i++) {
		uint8_t bytes[MAX_GOLDEN], refusal[MAX_GOLDEN];
		size_t size = bytes_from_hex(refusal, calls[i].reply), named = 0;
		size_t length = bytes_from_hex(bytes, calls[i].call);

		while (named < LENGTH(large) && strcmp(large[named], calls[i].name) != 0)
			named++;
		for (size_t limit = RAW_HEADER; named < LENGTH(large) && limit <= size; limit++) {
			struct buffer reply = { 0 };

			bytes_from_hex(refusal, calls[i].reply);
			refusal[7] = limit < size ? RAW_TOO_LARGE : RAW_OK;
			CHECK_INT(answer(&served, bytes, length, limit, &reply), 0);
			CHECK_INT(reply.length, limit < size ? RAW_HEADER : size);
			CHECK_BYTES(reply.data, refusal, reply.length);
			buffer_release(&reply);
		}
	}
	served_close(&served);
}

/* No room for a header is no room for an answer; a page of a directory fits itself in. */
static void test_small_limits(void)
{
	struct fixture served;
	uint8_t bytes[MAX_GOLDEN];
	size_t length = bytes_from_hex(bytes, "00000001 0001 0066 0000 0000000000000000 00010000");

	served_open(&served);
	for (size_t limit = 0; limit < 400; limit++) {
		struct buffer reply = reply_buffer();
		int r = answer(&served, bytes, length, limit, &reply);

		CHECK_INT(r, limit < RAW_HEADER ? -ENOMEM : 0);
		CHECK_INT(reply.length <= 6 + limit, true);
		if (limit < RAW_HEADER)
			check_reply("no room", &reply, "");
		else if (limit < RAW_HEADER + 2)
			check_reply("no result", &reply, "00000001 8066 0004");
		else if (limit < 100)
			check_reply("no entry", &reply, "00000001 8066 0000 2715");
		else
			CHECK_INT(reply.data[6 + 7], RAW_OK);
		buffer_release(&reply);
	}
	served_close(&served);
}

int main(void)
{
	static const struct test tests[] = {
		{ "pack", test_pack },
		{ "pack: too little room", test_pack_into_too_little },
		{ "pack: what the format cannot carry", test_pack_refuses },
		{ "unpack", test_unpack },
		{ "unpack: truncated, and more behind", test_unpack_truncated },
		{ "unpack: bounds", test_bounds },
		{ "unpack: errors stick", test_unpack_errors_stick },
		{ "unpack: calls and replies told apart", test_direction },
		{ "server: replies", test_replies },
		{ "server: one version of the calculator", test_one_version },
		{ "server: replies about files", test_file_replies },
		{ "server: space", test_space_reply },
		{ "server: bad requests", test_bad_requests },
		{ "server: no call", test_no_call },
		{ "server: replies are no calls", test_replies_are_no_calls },
		{ "server: what waits for a disk", test_may_wait },
		{ "server: reply too large", test_too_large },
		{ "server: small limits", test_small_limits },
		{ 0 },
	};

	return harness_run("raw", tests);
}
