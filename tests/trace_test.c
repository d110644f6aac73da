/* --trace and decode: every byte explained once, in order, as rpcgen and common/raw.c meant it. */
#include "tests/kit/harness.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "trace/decode.h"
#include "trace/framed.h"
#include "trace/header.h"
#include "trace/hexdump.h"
#include "client/procedures.h"
#include "trace/trace.h"
#include "trace/walker.h"
#include "common/xdr.h"
#include "tests/kit/datagrams.h"
#include "tests/kit/process.h"
#include "tests/kit/samples.h"

#define XID        0x7ca9b5d1
#define ITERATIONS 100000
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

/* ---- a sink that holds each field against the bytes ---- */

struct checker {
	struct field_sink sink; /* first */
	const uint8_t *bytes;
	size_t next;    /* where the next field must begin */
	size_t gaps;    /* fields that did not, or whose bytes are not there */
	size_t unknown; /* fields that are not understood */
	bool text;      /* write "name=value; " of what is payload and no length */
	char fields[8192];
};

static bool is_length(const char *name)
{
	return strncmp(name, "length of ", 10) == 0 || strncmp(name, "count of ", 9) == 0;
}

static void check_field(struct field_sink *sink, const struct field *field)
{
	struct checker *checker = (struct checker *)sink;
	size_t used = strlen(checker->fields);

	checker->gaps += field->offset != checker->next ||
			 (checker->bytes && field->bytes != checker->bytes + field->offset);
	checker->gaps += !field->name || !field->value || field->layer >= FIELD_LAYERS;
	checker->next = field->offset + field->length;
	checker->gaps += checker->next < field->offset; /* so long is none */
	checker->unknown += field->kind == FIELD_UNKNOWN;
	if (checker->text && field->layer == FIELD_PAYLOAD && field->kind == FIELD_VALUE &&
	    !is_length(field->name))
		snprintf(checker->fields + used, sizeof(checker->fields) - used, "%s=%s; ",
			 field->name, field->value);
}

static struct checker make_checker(const uint8_t *bytes)
{
	return (struct checker){ .sink.take = check_field, .bytes = bytes, .text = true };
}

/* Explains a message, and checks that it was explained to its last byte. */
static void explain(const char *what, struct message_form form, const struct buffer *bytes,
		    const struct message_call *call, struct checker *checker)
{
	struct message_summary summary;
	char text[160];

	*checker = make_checker(bytes->data);
	message_explain(form, bytes->data, bytes->length, call, &checker->sink, &summary);
	snprintf(text, sizeof(text), "%s %s %s: end %zu of %zu, gaps %zu, unknown %zu", what,
		 form.rpc ? "rpc" : "raw", form.call ? "call" : "reply", checker->next,
		 bytes->length, checker->gaps, checker->unknown);
	CU_assertImplementation(checker->next == bytes->length && !checker->gaps &&
					!checker->unknown && summary.plausible && summary.id == XID,
				__LINE__, text, __FILE__, "", CU_FALSE);
}

static struct message_call call_of(const struct sample *sample)
{
	const struct procedure *procedure = sample_procedure(sample);

	return (struct message_call){ procedure->program, procedure->version, sample->number,
				      contract_procedure(contract_built_in(), procedure->program,
							 procedure->version, sample->number) };
}

/* ---- the description against rpcgen's filters and common/raw.c ---- */

static void test_fields(void)
{
	for (const struct sample *s = samples; s->procedure; s++)
		for (int rpc = 0; rpc < 2; rpc++) {
			struct message_call call = call_of(s);
			struct buffer bytes = { 0 };
			struct checker checker;

			CU_ASSERT_PTR_NOT_NULL_FATAL(call.procedure);
			CHECK_STR(operation_procedure(s->operation)->name, call.procedure->name);
			sample_call(s, rpc, false, XID, &bytes);
			explain(s->procedure, (struct message_form){ rpc, true, NULL }, &bytes,
				NULL, &checker);
			CHECK_STR(checker.fields, s->argument_fields);
			bytes.length = 0;
			sample_reply(s, rpc, false, XID, s->result, &bytes);
			explain(s->procedure, (struct message_form){ rpc, false, NULL }, &bytes,
				&call, &checker);
			CHECK_STR(checker.fields, s->result_fields);
			buffer_release(&bytes);
		}
}

/* How often it was tried: in both protocols, but not at all where it is OK. */
static int try_status(const struct sample *sample, const struct message_call *call,
		      const struct enumerator *status)
{
	union procedure_result result = { 0 };
	int rpc = 0;

	for (result.number.status = (calc_status)status->value; rpc < 2 && status->value; rpc++) {
		struct buffer bytes = { 0 };
		struct checker checker;

		sample_reply(sample, rpc, false, XID, &result, &bytes);
		explain(status->name, (struct message_form){ rpc, false, NULL }, &bytes, call,
			&checker);
		CU_ASSERT_PTR_NOT_NULL(strstr(checker.fields, status->name));
		buffer_release(&bytes);
	}
	return rpc;
}

/* Every status of every result, also those that carry nothing. */
static void test_statuses(void)
{
	int tried = 0;

	for (const struct sample *s = samples; s->procedure; s++) {
		struct message_call call = call_of(s);
		const struct type *type = call.procedure->result;

		if (type->kind != TYPE_UNION)
			continue;
		for (size_t i = 0; i < type->discriminant.type->enumerator_count; i++)
			tried += try_status(s, &call, &type->discriminant.type->enumerators[i]);
	}
	CU_ASSERT(tried > 150);
}

/* Every procedure, and nothing but them, has a sample; names are the contract's. */
static void test_description_is_whole(void)
{
	for (const struct procedure *p = procedures; p->name; p++) {
		bool found = false;

		for (const struct sample *s = samples; s->procedure; s++)
			found |= strcmp(s->procedure, p->name) == 0;
		if (!found)
			CU_FAIL(p->name);
	}
	CHECK_STR(contract_procedure(contract_built_in(), CALC_PROG, CALC_V1, CALC_DIVIDE)->name,
		  "CALC_DIVIDE");
	CU_ASSERT_PTR_NULL(
		contract_procedure(contract_built_in(), CALC_PROG, CALC_V1, CALC_EVALUATE));
	CU_ASSERT_PTR_NULL(contract_procedure(contract_built_in(), CALC_PROG, 3, CALC_ADD));
	CU_ASSERT_PTR_NULL(operation_procedure(8));
	CU_ASSERT_PTR_NULL(operation_procedure(RAW_FILEINFO));
	CHECK_INT(contract_procedure(contract_built_in(), CALC_PROG, CALC_V2, CALC_SUMMARIZE)
			  ->arguments->bound,
		  CALC_MAX_VALUES);
}

/* Strings at their bound are explained, one byte more is not. */
static void test_bounds(void)
{
	const struct type *type =
		contract_procedure(contract_built_in(), FILEINFO_PROG, 1, FILEINFO_STAT)->arguments;

	for (uint32_t length = FILEINFO_MAX_PATH; length <= FILEINFO_MAX_PATH + 1; length++) {
		uint8_t bytes[2 + FILEINFO_MAX_PATH + 1];
		struct checker checker = make_checker(bytes);
		struct walker walker;

		memset(bytes, 0xff, sizeof(bytes));
		bytes[0] = (uint8_t)(length >> 8);
		bytes[1] = (uint8_t)length;
		walker_begin(&walker, false, bytes, 2 + length, &checker.sink);
		walker_type(&walker, type, type->name);
		walker_end(&walker);
		CHECK_INT(checker.next, 2 + length);
		CHECK_INT(checker.unknown, length > FILEINFO_MAX_PATH);
	}
}

/* A length that reaches beyond the message, if only by what stands before it. */
static void test_lengths_beyond(void)
{
	const struct type *path =
		contract_procedure(contract_built_in(), FILEINFO_PROG, 1, FILEINFO_STAT)->arguments;
	const struct type *values =
		contract_procedure(contract_built_in(), CALC_PROG, 2, CALC_SUMMARIZE)->arguments;
	/* A length's bytes, and what is behind it; in raw, in XDR, and a count of eight bytes each.
	 */
	const struct {
		const struct type *type;
		bool xdr;
		uint8_t bytes[24];
		size_t length;
	} cases[] = {
		{ path, false, { 0, 3, 'a', 'b' }, 4 },
		{ path, false, { 0, 4, 'a', 'b' }, 4 },
		{ path, true, { 0, 0, 0, 5, 'a', 'b', 'c', 'd' }, 8 },
		{ path, true, { 0, 0, 0, 8, 'a', 'b', 'c', 'd' }, 8 },
		{ values, false, { 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7 }, 12 },
		{ values, true, { 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 7 }, 12 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct checker checker = make_checker(cases[i].bytes);
		struct walker walker;

		walker_begin(&walker, cases[i].xdr, cases[i].bytes, cases[i].length, &checker.sink);
		walker_type(&walker, cases[i].type, "what");
		walker_end(&walker);
		CHECK_INT(checker.next, cases[i].length);
		CHECK_INT(checker.gaps, 0);
		CHECK_INT(checker.unknown, 1);
	}
}

/* Types that no result of ours has, as a contract may have them. */
static const struct {
	const char *text, *bytes; /* `s` is walked along in XDR */
	size_t length;
	const char *fields;
	size_t unknown;
} foreign[] = {
	{ "struct s { int a; float b; opaque c<8>; int d[2]; };",
	  "\377\377\377\377\77\300\0\0\0\0\0\1\52\0\0\0\0\0\0\1\0\0\0\2", 24,
	  "a=-1; b=1.5; c=2a; d[0]=1; d[1]=2; ", 0 },
	{ "struct s { int v; s *next; };", "\0\0\0\1\0\0\0\1\0\0\0\2\0\0\0\0", 16,
	  "v=1; next[0]=1 TRUE; next[0].v=2; next[1]=0 FALSE; ", 0 },
	{ "union s switch (hyper d) { case -1: int a; };",
	  "\377\377\377\377\377\377\377\377\0\0\0\7", 12, "d=-1; a=7; ", 0 },
	{ "union s switch (int d) { case 1: int a; };", "\0\0\0\2\0\0\0\7", 8, "d=2; ", 1 },
	{ "struct s { quadruple q; };", "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2", 16,
	  "q=01000000000000000000000000000002; ", 0 },
	{ "struct e { void; }; typedef e s[4000000000];", "", 0, "", 1 },
	{ "typedef t *s; typedef s *t;", NULL, 4096, "", 1 }, /* nothing but depth */
};

static void test_foreign_types(void)
{
	static const uint8_t ones[4096] = { [3] = 1 };
	uint8_t deep[4096];

	for (size_t i = 0; i < sizeof(deep); i++)
		deep[i] = ones[i % 4];
	for (size_t i = 0; i < COUNT(foreign); i++) {
		struct contract *contract = contract_open();
		const uint8_t *bytes = foreign[i].bytes ? (const uint8_t *)foreign[i].bytes : deep;
		struct checker checker = make_checker(bytes);
		struct walker walker;

		CHECK_INT(contract_add(contract, "t.x", foreign[i].text, strlen(foreign[i].text)),
			  0);
		CHECK_INT(contract_resolve(contract), 0);
		walker_begin(&walker, true, bytes, foreign[i].length, &checker.sink);
		walker.layer = FIELD_PAYLOAD;
		walker_type(&walker, contract_type(contract, "s"), "");
		walker_end(&walker);
		CHECK_INT(checker.next, foreign[i].length);
		CHECK_INT(checker.unknown, foreign[i].unknown);
		if (foreign[i].bytes)
			CHECK_STR(checker.fields, foreign[i].fields);
		contract_close(contract);
	}
}

/* ---- headers ---- */

static void encode_reply(struct rpc_msg *reply, struct buffer *bytes)
{
	XDR stream;

	reply->rm_xid = XID;
	reply->rm_direction = REPLY;
	reply->acpted_rply.ar_results.proc = xdr_nothing;
	bytes->length = 0;
	buffer_reserve(bytes, 512);
	xdrmem_create(&stream, (char *)bytes->data, 512, XDR_ENCODE);
	CU_ASSERT(xdr_replymsg(&stream, reply));
	bytes->length = XDR_GETPOS(&stream);
}

static void test_refusals(void)
{
	const struct message_form form = { true, false, NULL };
	struct message_call call = call_of(&samples[4]);
	struct buffer bytes = { 0 };
	struct checker checker;

	for (int status = PROG_UNAVAIL; status <= SYSTEM_ERR; status++) {
		struct rpc_msg reply = { 0 };

		reply.acpted_rply.ar_stat = (enum accept_stat)status;
		encode_reply(&reply, &bytes);
		explain("refusal", form, &bytes, &call, &checker);
		CHECK_INT(bytes.length, status == PROG_MISMATCH ? 32 : 24);
	}
	for (int status = RPC_MISMATCH; status <= AUTH_ERROR; status++) {
		struct rpc_msg reply = { 0 };

		reply.rm_reply.rp_stat = MSG_DENIED;
		reply.rjcted_rply.rj_stat = (enum reject_stat)status;
		encode_reply(&reply, &bytes);
		explain("denial", form, &bytes, &call, &checker);
	}
	buffer_release(&bytes);
}

static void test_raw_refusals(void)
{
	for (uint16_t status = RAW_BAD_VERSION; status <= RAW_DENIED; status++) {
		const struct raw_reply header = { XID, RAW_DIVIDE, status };
		struct buffer bytes = { 0 };
		struct packer out = { .out = &bytes, .limit = RAW_HEADER };
		struct checker checker;

		raw_pack_reply(&out, &header);
		explain("refusal", (struct message_form){ false, false, NULL }, &bytes, NULL,
			&checker);
		buffer_release(&bytes);
	}
}

/* A credential of AUTH_SYS, whose name needs padding, and what it says. */
static void test_credential(void)
{
	gid_t groups[] = { 7, 8 };
	AUTH *auth = authunix_create((char *)"host5", 1000, 100, 2, groups);
	struct rpc_msg header = { .rm_xid = XID };
	int32_t number = CALC_DIVIDE;
	calc_operands operands = { 84, 2 };
	struct buffer bytes = { 0 }, shown = { 0 };
	struct trace_message message = { .form = { true, true, NULL } };
	static struct calls calls;
	struct field_count count;
	struct checker checker;
	XDR stream;
	FILE *out;

	header.rm_call.cb_prog = CALC_PROG;
	header.rm_call.cb_vers = CALC_V2;
	buffer_reserve(&bytes, 1024);
	xdrmem_create(&stream, (char *)bytes.data, 1024, XDR_ENCODE);
	CU_ASSERT_FATAL(xdr_callhdr(&stream, &header) && XDR_PUTINT32(&stream, &number) &&
			AUTH_MARSHALL(auth, &stream) && xdr_calc_operands(&stream, &operands));
	bytes.length = XDR_GETPOS(&stream);
	explain("AUTH_SYS", message.form, &bytes, NULL, &checker);
	message.bytes = bytes.data;
	message.length = bytes.length;
	field_count_init(&count);
	out = open_memstream((char **)&shown.data, &shown.length);
	trace_print(out, "", &message, &calls, &count);
	fclose(out);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)shown.data, "credential.machinename      \"host5\""));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)shown.data, "credential.uid              1000\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)shown.data, "credential.gids[1]          8\n"));
	CHECK_INT(count.padding, 3);
	CHECK_INT(count.bytes[FIELD_PAYLOAD], 16);
	buffer_release(&bytes);
	buffer_release(&shown);
	AUTH_DESTROY(auth);
}

/* ---- framing ---- */

/* A record cut into three fragments, one of them empty, in the middle of fields. */
static void test_fragments(void)
{
	struct buffer bytes = { 0 };
	uint8_t marks[16] = { 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 44, 0x80, 0, 0, 6 };
	struct message_summary summary;
	struct checker checker = { .sink.take = check_field, .text = true };
	struct framed framed;

	sample_call(&samples[4], true, false, XID, &bytes);
	CHECK_INT(bytes.length, 56);
	framed_begin(&framed, true, marks, sizeof(marks), &checker.sink);
	message_explain((struct message_form){ true, true, NULL }, bytes.data, bytes.length, NULL,
			&framed.sink, &summary);
	framed_end(&framed);
	CHECK_INT(checker.next, 56 + 16);
	CHECK_INT(checker.gaps, 0);
	CHECK_INT(checker.unknown, 0);
	CHECK_STR(checker.fields, "a=84; b=-2; b=(continued); ");
	buffer_release(&bytes);
}

/* ---- what people see ---- */

static const char golden_rpc[] =
	"80000038 e05718dd 00000000 00000002 2ca1c000 00000001 00000004 00000000 00000000\n"
	"00000000 00000000 0000000000000054 0000000000000002\n\n"
	"80000024 e05718dd 00000001 00000000 00000000 00000000 00000000 00000000\n"
	"000000000000002a\n";
static const char golden_raw[] = "00000018 7ca9b5d1 0001 0004 0000000000000054 0000000000000002\n"
				 "00000012 7ca9b5d1 8004 0000 0000 000000000000002a\n";
static const char golden_rpc_text[] =
	"call CALC_DIVIDE, rpc, 60 bytes\n"
	"     0  80 00 00 38              record mark                 last fragment, 56 "
	"bytes\n"
	"     4  e0 57 18 dd              xid                         0xe05718dd\n"
	"     8  00 00 00 00              message type                0 call\n"
	"    12  00 00 00 02              RPC version                 2\n"
	"    16  2c a1 c0 00              program                     0x2ca1c000 "
	"CALC_PROG\n"
	"    20  00 00 00 01              version                     1\n"
	"    24  00 00 00 04              procedure                   4 CALC_DIVIDE\n"
	"    28  00 00 00 00              credential flavor           0 AUTH_NONE\n"
	"    32  00 00 00 00              credential length           0\n"
	"    36  00 00 00 00              verifier flavor             0 AUTH_NONE\n"
	"    40  00 00 00 00              verifier length             0\n"
	"    44  00 00 00 00 00 00 00 54  a                           84\n"
	"    52  00 00 00 00 00 00 00 02  b                           2\n"
	"\n"
	"reply CALC_DIVIDE, rpc, 40 bytes\n"
	"     0  80 00 00 24              record mark                 last fragment, 36 "
	"bytes\n"
	"     4  e0 57 18 dd              xid                         0xe05718dd\n"
	"     8  00 00 00 01              message type                1 reply\n"
	"    12  00 00 00 00              reply status                0 accepted\n"
	"    16  00 00 00 00              verifier flavor             0 AUTH_NONE\n"
	"    20  00 00 00 00              verifier length             0\n"
	"    24  00 00 00 00              accept status               0 SUCCESS\n"
	"    28  00 00 00 00              status                      0 CALC_OK\n"
	"    32  00 00 00 00 00 00 00 2a  value                       42\n"
	"\n"
	"bytes    payload  protocol   framing       all\n"
	"call          16        40         4        60\n"
	"reply         12        24         4        40\n"
	"both          28        64         8       100\n";
static const char golden_raw_text[] =
	"call CALC_DIVIDE, raw, 28 bytes\n"
	"     0  00 00 00 18              length                      24 bytes\n"
	"     4  7c a9 b5 d1              id                          0x7ca9b5d1\n"
	"     8  00 01                    version                     1\n"
	"    10  00 04                    operation                   4 CALC_DIVIDE\n"
	"    12  00 00 00 00 00 00 00 54  a                           84\n"
	"    20  00 00 00 00 00 00 00 02  b                           2\n"
	"\n"
	"reply CALC_DIVIDE, raw, 22 bytes\n"
	"     0  00 00 00 12              length                      18 bytes\n"
	"     4  7c a9 b5 d1              id                          0x7ca9b5d1\n"
	"     8  80 04                    operation                   reply to 4 "
	"CALC_DIVIDE\n"
	"    10  00 00                    status of the call          0 OK\n"
	"    12  00 00                    status                      0 CALC_OK\n"
	"    14  00 00 00 00 00 00 00 2a  value                       42\n"
	"\n"
	"bytes    payload  protocol   framing       all\n"
	"call          16         8         4        28\n"
	"reply         10         8         4        22\n"
	"both          26        16         8        50\n";

static void test_golden(void)
{
	const char *const argv[] = { program_path("sidecall"), "decode", NULL };
	struct outcome outcome = process_run(argv, golden_rpc);

	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.out, golden_rpc_text);
	outcome_release(&outcome);
	/* Call and reply of raw stand in one block, as one stream. */
	outcome = process_run(argv, golden_raw);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.out, golden_raw_text);
	outcome_release(&outcome);
}

/* ---- hostile bytes ---- */

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static size_t count_samples(void)
{
	size_t n = 0;

	while (samples[n].procedure)
		n++;
	return n;
}

/* Truncates, and changes some bytes: mostly to what makes lengths and counts interesting. */
static void damage(struct buffer *bytes, uint64_t *random)
{
	static const uint8_t interesting[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, 0x10 };
	uint64_t changes = next_random(random) % 4;

	if (next_random(random) % 3 == 0)
		bytes->length = (size_t)(next_random(random) % (bytes->length + 1));
	while (changes-- && bytes->length) {
		uint64_t r = next_random(random);

		bytes->data[r % bytes->length] =
			r & 1 << 20 ? (uint8_t)(r >> 32)
				    : interesting[(r >> 32) % COUNT(interesting)];
	}
}

/* Explains bytes at the very end of what is allocated, so that ASan sees each one too many. */
static void explain_hostile(const struct buffer *bytes, struct message_form form,
			    const struct message_call *call)
{
	uint8_t *exact = malloc(bytes->length ? bytes->length : 1);
	struct checker checker;
	struct message_summary summary;

	if (bytes->length)
		memcpy(exact, bytes->data, bytes->length);
	checker.sink.take = check_field;
	checker.bytes = exact;
	checker.next = checker.gaps = checker.unknown = 0;
	checker.text = false;
	checker.fields[0] = '\0';
	message_explain(form, exact, bytes->length, call, &checker.sink, &summary);
	if (checker.next != bytes->length || checker.gaps)
		CU_FAIL("a byte was left out, or explained twice");
	free(exact);
}

static void test_hostile_messages(void)
{
	uint64_t random = 0x9e3779b97f4a7c15;
	struct buffer bytes = { 0 };

	for (int i = 0; i < ITERATIONS; i++) {
		const struct sample *s = &samples[next_random(&random) % count_samples()];
		struct message_call call = call_of(s);
		bool rpc = i & 1, is_call = i & 2;

		bytes.length = 0;
		if (is_call)
			sample_call(s, rpc, false, XID, &bytes);
		else
			sample_reply(s, rpc, false, XID, s->result, &bytes);
		damage(&bytes, &random);
		explain_hostile(&bytes, (struct message_form){ i & 4 ? rpc : !rpc, is_call, NULL },
				i & 8 ? &call : NULL);
		explain_hostile(&bytes, (struct message_form){ rpc, is_call, NULL }, &call);
	}
	buffer_release(&bytes);
}

static void decode_quietly(const struct buffer *input, FILE *out)
{
	static struct decoder decoder;
	struct failure failure = { 0 };

	memset(&decoder, 0, sizeof(decoder));
	decoder.out = out;
	decoder.known = (struct message_known){ true, true, true, true, NULL };
	decode_hexdump(&decoder, input, &failure);
}

static void test_hostile_inputs(void)
{
	uint64_t random = 0xdeadbeefcafef00d;
	static const char letters[] = "0123456789abcdef0 \n\n:*|x-#";
	struct buffer copy = { 0 };
	FILE *nowhere = fopen("/dev/null", "w");

	for (int i = 0; i < 3000; i++) {
		copy.length = 0;
		for (uint64_t n = next_random(&random) % 100; n; n--)
			buffer_append(&copy, &letters[next_random(&random) % 26], 1);
		decode_quietly(&copy, nowhere);
	}
	fclose(nowhere);
	buffer_release(&copy);
}

/* ---- hex dumps ---- */

static const struct {
	const char *text;
	int status;
	const char *why;
} dumps[] = {
	{ "00000000: 0000 0008 7ca9 b5d1 0001 0000            ....|.......\n", 0, "" },
	{ "00000000  00 00 00 08 7c a9 b5 d1  00 01 00 00              |....|.......|\n0000000c\n",
	  0, "" },
	{ "000000 00 00 00 08 7c a9 b5 d1\n000008 00 01 00 00\n00000c\n", 0, "" },
	{ "\t0x0000:  0000 0008 7ca9 b5d1\n\t0x0008:  0001 0000\n", 0, "" },
	{ "# a comment\n00000008\n7CA9B5D1\n00010000\n", 0, "" },
	{ "0000000 00 00 00 08 7c a9 b5 d1 00 01 00 00\n0000014\n", 0, "" },
	{ "0000000 00 00 00 08 7c a9 b5 d1\n0000010 00 01 00 00\n0000014\n", 0, "" },
	{ "000000 00 00 00 08 7c a9 b5 d1 00 01 00 00  >....|.......<\n00000c\n", 0, "" },
	{ "0000000 00 00 00 08 7c a9 b5 d1 00 01 00 00  >....|.......<\n0000014\n", 0, "" },
	{ "0000000 00 00 00 08 7c a9 b5 d1 00 01 00 00\n0000014\n"
	  "000000 00 00 00 08 7c a9 b5 d2 00 01 00 00\n00000c\n",
	  0, "" },
	{ "0000000 00 00 00 08 7c a9 b5 d1 00 01 00 00\n0000018\n", 65, "line 2" },
	{ "0000000 0000 0800 a97c d1b5 0100 0000\n000000c\n", 65, "16-bit words" },
	{ "0000000 0000 0800 a97c d1b5 0100 0000\n000000c\n", 65, "od -A x -t x1" },
	{ "7ca9b5d1 00010000\n\n\n\n7ca9b5d1 8000 0000\n", 0, "" },
	{ "", 65, "no message" },
	{ "hello\n", 65, "line 1 is not that of a hex dump" },
	{ "hello\n", 65, "od -t x1, od -A x -t x1" },
	{ "7ca9b5d\n", 65, "two digits" },
	{ "00000000: 0000 0008\n00000008: 7ca9 b5d1\n", 65, "line 2" },
	{ "ffffffff ffffffff ffffffff\n", 65, "no message of rpc or raw" },
	{ "7ca9b5d1 00010004 00\n", 65, "1 of 1 messages" },
};

static void test_hexdumps(void)
{
	for (size_t i = 0; i < COUNT(dumps); i++) {
		const char *const argv[] = { program_path("sidecall"), "decode", "-", NULL };
		struct outcome outcome = process_run(argv, dumps[i].text);

		CHECK_INT(outcome.status, dumps[i].status);
		CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, dumps[i].why));
		if (outcome.status == 0)
			CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "0x7ca9b5d1"));
		outcome_release(&outcome);
	}
}

#define ZEROES "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"

/* A line that stands for equal lines, as hexdump -C, od -A x and od write it. */
static void test_repeated_lines(void)
{
	static const char *const texts[] = {
		"00000000  " ZEROES "*\n00000030  01\n00000031\n",
		"000000 " ZEROES "*\n000030 01\n000031\n",
		"0000000 " ZEROES "*\n0000060 01\n0000061\n",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct hexdump dump = { .text = texts[i], .length = strlen(texts[i]) };
		struct buffer bytes = { 0 };
		struct failure failure;

		CHECK_INT(hexdump_next(&dump, &bytes, &failure), 1);
		CHECK_INT(bytes.length, 0x31);
		CHECK_INT(bytes.data[0x30], 1);
		CHECK_INT(hexdump_next(&dump, &bytes, &failure), 0);
		buffer_release(&bytes);
	}
}

/* ---- much to do ---- */

/* Seconds of CPU: several times what it takes, and by squares it takes minutes. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define ENOUGH 60
#else
#define ENOUGH 10
#endif

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Decodes an input, and gives it back.  How many messages it had. */
static size_t decode_in_time(struct buffer *input)
{
	static struct decoder decoder;
	double began = cpu_seconds();

	memset(&decoder, 0, sizeof(decoder));
	decoder.out = fopen("/dev/null", "w");
	decoder.known = (struct message_known){ true, true, true, true, NULL };
	CHECK_INT(decode_block(&decoder, input->data, input->length), 0);
	CU_ASSERT(cpu_seconds() - began < ENOUGH);
	fclose(decoder.out);
	buffer_release(input);
	return decoder.messages;
}

/* Lines of zeroes, and between two of them always as many as `step` bytes more. */
static void write_stars(struct buffer *text, size_t step, size_t steps, bool blocks)
{
	FILE *file = open_memstream((char **)&text->data, &text->length);
	size_t offset = 0;

	for (size_t i = 0; i < steps; i++) {
		if (i == 0 || blocks)
			fprintf(file, "\n00000000 " ZEROES);
		offset = blocks ? 16 + step : offset + 16 + step;
		fprintf(file, "*\n%08zx " ZEROES, offset);
	}
	fclose(file);
}

/* A few kilobytes of text do not become gigabytes: neither in a block, nor in many. */
static void test_stars(void)
{
	static const struct {
		size_t step, steps;
		bool blocks;
		int taken; /* blocks before one is refused */
	} cases[] = {
		{ (size_t)1 << 24, 60, false, 0 },  { (size_t)1 << 24, 60, true, 4 },
		{ HEXDUMP_MAX_BLOCK, 1, false, 0 }, { HEXDUMP_MAX_BLOCK - 32, 1, false, 1 },
		{ 0xffffff00, 1, false, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer text = { 0 }, bytes = { 0 };
		struct failure failure = { 0 };
		struct hexdump dump = { 0 };
		int r, taken = 0;

		write_stars(&text, cases[i].step, cases[i].steps, cases[i].blocks);
		dump.text = (const char *)text.data;
		dump.length = text.length;
		while ((r = hexdump_next(&dump, &bytes, &failure)) == 1)
			taken++;
		CHECK_INT(taken, cases[i].taken);
		CHECK_INT(r, taken == (int)cases[i].steps ? 0 : -EBADMSG);
		CU_ASSERT(r == 0 ||
			  (failure.code == FAILURE_DATA && strstr(failure.why, "64 MiB")));
		CU_ASSERT(bytes.capacity <= 2 * HEXDUMP_MAX_BLOCK);
		buffer_release(&text);
		buffer_release(&bytes);
	}
}

/* Null calls of raw, framed, as one block. */
static void test_many_messages(void)
{
	enum { MANY = 500000 / HARNESS_SLOWNESS, EACH = 12 };
	struct buffer block = { 0 };

	for (uint32_t i = 0; i < MANY; i++) {
		const uint8_t call[EACH] = {
			0, 0, 0, 8, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, 0, 1, 0, 0
		};

		buffer_append(&block, call, EACH);
	}
	CHECK_INT(decode_in_time(&block), MANY);
}

/* Calls are found as long as they are remembered, however ids and connections repeat. */
static void test_remembered_calls(void)
{
	static struct calls calls;
	const size_t count = CALLS_REMEMBERED + 1000;

	for (size_t i = 0; i < count; i++) {
		const struct message_call call = { .number = (uint32_t)i };

		calls_remember(&calls, i % 7, (uint32_t)i / 2, &call);
	}
	for (size_t i = 0; i < count; i++) {
		const struct message_call *call = calls_find(&calls, i % 7, (uint32_t)i / 2);

		if (i < 1000 ? call != NULL : !call || call->number != i)
			CU_FAIL("a call was forgotten, or mistaken for another");
		CU_ASSERT_PTR_NULL(calls_find(&calls, 7, (uint32_t)i / 2));
	}
}

/* Connections with the same id share chains. */
static void test_same_id_of_many(void)
{
	enum { APART = CALLS_REMEMBERED / 8 };
	static struct calls calls;
	unsigned int wrong = 0;

	for (uint32_t i = 0; i < CALLS_REMEMBERED; i++)
		calls_remember(&calls, APART * i, 1, &(struct message_call){ .number = i });
	for (uint32_t i = 0; i < CALLS_REMEMBERED; i++) {
		const struct message_call *call = calls_find(&calls, APART * i, 1);

		wrong += !call || call->number != i;
	}
	CHECK_INT(wrong, 0);
}

static void test_decode_options(void)
{
	const char *const missing[] = { program_path("sidecall"), "decode", "/nonexistent", NULL };
	struct outcome outcome = process_run(missing, NULL);

	CHECK_INT(outcome.status, 71);
	outcome_release(&outcome);
	const char *const wrong[] = { program_path("sidecall"), "decode", "--protocol", "x", NULL };
	outcome = process_run(wrong, NULL);
	CHECK_INT(outcome.status, 64);
	outcome_release(&outcome);
}

/* A message says itself whether it is a call or a reply: who wants the other one has none. */
static void test_directions(void)
{
	static const struct {
		const char *option, *text;
		int status;
		const char *out;
	} cases[] = {
		{ "--reply", "7ca9b5d1 8001 0001\n", 0, "reply CALC_ADD" },
		{ "--protocol=raw", "7ca9b5d1 8001 0001\n", 0, "reply CALC_ADD" },
		{ "--call", "7ca9b5d1 8001 0001\n", 65, "" },
		{ "--call", "7ca9b5d1 0001 0000\n", 0, "call NULL" },
		{ "--protocol=raw", "7ca9b5d1 0001 0000\n", 0, "call NULL" },
		{ "--reply", "7ca9b5d1 0001 0000\n", 65, "" },
		{ "--reply", "7ca9b5d1 0001 0001\n", 65, "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const argv[] = { program_path("sidecall"), "decode", cases[i].option,
					     NULL };
		struct outcome outcome = process_run(argv, cases[i].text);

		CHECK_INT(outcome.status, cases[i].status);
		CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, cases[i].out));
		outcome_release(&outcome);
	}
}

/* ---- --trace ---- */

static size_t count_lines(const char *text, const char *with)
{
	size_t n = 0;

	for (const char *at = strstr(text, with); at; at = strstr(at + 1, with))
		n++;
	return n;
}

/* By the daemon's endpoint that begins so; without a daemon, by the endpoint of that name. */
static void trace_via(const struct daemon *daemon, const char *prefix, const char *peers)
{
	const char *const argv[] = { program_path("sidecall"),
				     "--trace",
				     "--via",
				     daemon ? daemon_endpoint(daemon, prefix) : prefix,
				     "divide",
				     "84",
				     "2",
				     NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.out, "42\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, peers));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "a                           84\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "value                       42\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "both  "));
	CHECK_INT(count_lines(outcome.error, "not understood"), 0);
	CHECK_INT(count_lines(outcome.error, "CALC_DIVIDE, "), 2);
	outcome_release(&outcome);
}

static void test_trace(void)
{
	struct daemon daemon;

	if (!daemon_start_everywhere(&daemon, NULL, NULL)) {
		CU_FAIL("no daemon");
		return;
	}
	trace_via(&daemon, "rpc+tcp", "and 127.0.0.1:");
	trace_via(&daemon, "raw+tcp", "and 127.0.0.1:");
	trace_via(&daemon, "rpc+udp", "and 127.0.0.1:");
	trace_via(&daemon, "raw+udp", "and 127.0.0.1:");
	trace_via(&daemon, "rpc+unix", "rpc.sock, by rpc+unix\n");
	trace_via(&daemon, "raw+unix", "raw.sock, by raw+unix\n");
	trace_via(&daemon, "rpc+fifo", ".calls and .replies, by rpc+fifo\n");
	trace_via(&daemon, "raw+fifo", ".calls and .replies, by raw+fifo\n");
	trace_via(&daemon, "rpc+shm", "by rpc+shm\n");
	trace_via(&daemon, "raw+shm", "by raw+shm\n");
	trace_via(NULL, "rpc+pipe", " and its child ");
	trace_via(NULL, "raw+pipe", " and its child ");
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Many calls in flight: each reply is shown with the call that it answers. */
static void test_trace_of_batch(void)
{
	static const struct {
		const char *via, *sum; /* of all four calls and their replies */
	} cases[] = {
		{ "rpc+pipe", "both         160       256        32       448\n" },
		{ "raw+pipe", "both         152        64        32       248\n" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const argv[] = {
			program_path("sidecall"), "--trace", "--via", cases[i].via, "batch", NULL
		};
		struct outcome outcome = process_run(
			argv, "add 1 2\nadd 3 4\ndivide 84 2\nsummarize 1 2 3\n");

		CHECK_INT(outcome.status, 0);
		CHECK_INT(count_lines(outcome.error, "not the reply"), 0);
		CHECK_INT(count_lines(outcome.error, "no reply"), 0);
		CHECK_INT(count_lines(outcome.error, "reply CALC_"), 4);
		CHECK_INT(count_lines(outcome.error, "\ncall   "), 5); /* with that of the sum */
		CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "all 4 calls\n"));
		if (!strstr(outcome.error, cases[i].sum))
			CHECK_STR(outcome.error, cases[i].sum);
		outcome_release(&outcome);
	}
}

/* Somebody sends the call back before the reply comes: it is shown, and taken for no reply. */
static void test_call_sent_back(void)
{
	for (int rpc = 0; rpc < 2; rpc++) {
		const struct endpoint endpoint = { .protocol = rpc ? ENDPOINT_RPC : ENDPOINT_RAW,
						   .transport = ENDPOINT_UDP };
		struct buffer call = { 0 }, reply = { 0 }, shown = { 0 };
		FILE *out = open_memstream((char **)&shown.data, &shown.length);
		struct channel_observer *trace = trace_create(out);
		struct channel channel = { .datagrams = true };
		char *text;

		sample_call(&samples[4], rpc, false, XID, &call);
		sample_reply(&samples[4], rpc, false, XID, samples[4].result, &reply);
		trace->opened(trace, &channel, &endpoint, false);
		trace->message(trace, &channel, true, call.data, call.length);
		trace->message(trace, &channel, false, call.data, call.length);
		trace->message(trace, &channel, false, reply.data, reply.length);
		trace->closed(trace, &channel);
		trace_release(trace);
		fclose(out);
		text = (char *)shown.data;
		CHECK_INT(count_lines(text, "not the reply to a call under way: call CALC_DIVIDE"),
			  1);
		CHECK_INT(count_lines(text, "\nreply CALC_DIVIDE"), 1);
		CHECK_INT(count_lines(text, "no reply"), 0);
		CHECK_INT(count_lines(text, "bytes    payload"), 1);
		CHECK_INT(count_lines(text, "\ncall          16 "), 1);
		buffer_release(&call);
		buffer_release(&reply);
		buffer_release(&shown);
	}
}

/* libtirpc's own runtime does not let anybody see its messages: said, not passed over. */
static void test_trace_of_tirpc(void)
{
	const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", "--listen", "rpc+unix",
					NULL };
	const char *argv[] = {
		program_path("sidecall"), "--trace", "--via", NULL, "divide", "84", "2", NULL
	};
	char via[256];
	struct outcome outcome;
	struct daemon daemon;

	if (!daemon_start(&daemon, NULL, options)) {
		CU_FAIL("no daemon");
		return;
	}
	snprintf(via, sizeof(via), "ti%s", daemon_endpoint(&daemon, "rpc+tcp"));
	argv[0] = program_path("sidecall");
	argv[3] = via;
	outcome = process_run(argv, NULL);
	CHECK_STR(outcome.out, "42\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "libtirpc sends and receives by itself"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(outcome.error, "tcpdump, and read them with sidecall decode"));
	outcome_release(&outcome);
	/* Which would see nothing of this. */
	snprintf(via, sizeof(via), "ti%s", daemon_endpoint(&daemon, "rpc+unix"));
	outcome = process_run(argv, NULL);
	CHECK_STR(outcome.out, "42\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "Use rpc+unix"));
	CU_ASSERT_PTR_NULL(strstr(outcome.error, "tcpdump"));
	outcome_release(&outcome);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Its clients are its own, several at once: refused rather than passed over. */
static void test_trace_of_compare(void)
{
	const char *const argv[] = { program_path("sidecall"), "--trace", "compare", "raw+pipe",
				     NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_INT(outcome.status, 64);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "--trace"));
	outcome_release(&outcome);
}

/* A call that nobody answers: its copies are shown as such, and that there is no reply, to one. */
static void test_trace_of_silence(void)
{
	static const char *const protocols[] = { "rpc", "raw" };

	for (size_t i = 0; i < COUNT(protocols); i++) {
		struct sockaddr_storage address;
		int fd = datagram_bind(AF_INET, &address);
		calc_operands operands = { 84, 2 };
		union procedure_result result;
		struct endpoint endpoint;
		struct channel_observer *trace;
		struct failure failure;
		struct client client;
		char via[64], *text;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		snprintf(via, sizeof(via), "%s+udp://127.0.0.1:%d", protocols[i],
			 ntohs(((struct sockaddr_in *)&address)->sin_port));
		CU_ASSERT_PTR_NULL_FATAL(endpoint_parse(&endpoint, via));
		client_init(&client, &endpoint, INT64_C(400000000));
		client.observer = trace = trace_create(out);
		CHECK_INT(procedure_call(procedure_find("divide"), &client, &operands, &result,
					 &failure),
			  FAILURE_TIMEOUT);
		client_release(&client);
		trace_release(trace);
		fclose(out);
		CU_ASSERT(count_lines(text, "sent again: call CALC_DIVIDE") >= 1);
		CHECK_INT(count_lines(text, "\ncall CALC_DIVIDE"), 1);
		CHECK_THAT(strstr(text, "\nno reply\n"), "%s", text);
		free(text);
		close(fd);
	}
}

static const struct test tests[] = {
	{ "each field of each procedure, in both encodings", test_fields },
	{ "each status of each result", test_statuses },
	{ "the description lacks no procedure", test_description_is_whole },
	{ "a string at its bound, and beyond", test_bounds },
	{ "a length beyond the message", test_lengths_beyond },
	{ "types of other contracts", test_foreign_types },
	{ "each refusal of rpc", test_refusals },
	{ "each refusal of raw", test_raw_refusals },
	{ "an AUTH_SYS credential", test_credential },
	{ "a record in fragments", test_fragments },
	{ "divide 84 2, to the letter", test_golden },
	{ "damaged messages: every byte, and no crash", test_hostile_messages },
	{ "damaged dumps", test_hostile_inputs },
	{ "hex dumps of every kind, and what is none", test_hexdumps },
	{ "equal lines of a hex dump", test_repeated_lines },
	{ "more equal lines than are taken", test_stars },
	{ "many messages: no more time for each", test_many_messages },
	{ "calls remembered and forgotten", test_remembered_calls },
	{ "the same id of many connections", test_same_id_of_many },
	{ "the options of decode", test_decode_options },
	{ "calls and replies say what they are", test_directions },
	{ "--trace on each endpoint", test_trace },
	{ "--trace of many calls in flight", test_trace_of_batch },
	{ "--trace of a call that comes back", test_call_sent_back },
	{ "--trace of the baseline", test_trace_of_tirpc },
	{ "--trace of a comparison", test_trace_of_compare },
	{ "--trace of a call that is not answered", test_trace_of_silence },
	{ 0 },
};

int main(void)
{
	return harness_run("trace", tests);
}
