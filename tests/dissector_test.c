/*
 * What `sidecall dissector` writes, under tshark: the same fields at the same bytes as --trace has.
 *
 * Since version 4.4 tshark runs no script for root, so it is another user who runs it then, and who
 * finds the script and the captures in a directory that all may read.
 */
#include "tests/kit/harness.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/framed.h"
#include "trace/message.h"
#include "tests/kit/capture.h"
#include "tests/kit/filters.h"
#include "tests/kit/process.h"
#include "tests/kit/samples.h"

#define XID        0x7ca9b5d1
#define RAW_PORT   7117
#define RPC_PORT   40111 /* any */
#define TCP_HEADER (14 + 20 + 20)
#define UDP_HEADER (14 + 20 + 8)
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

static char directory[] = "/tmp/sidecall-test-XXXXXX";
static char script[sizeof(directory) + 16], path[sizeof(directory) + 16]; /* of a capture */

/* ---- what --trace says: "position length name: value" lines ---- */

struct lines {
	struct field_sink sink; /* first */
	FILE *out;
	size_t base; /* where in the packet the message begins */
};

static void write_field(struct field_sink *sink, const struct field *field)
{
	const struct lines *lines = (const struct lines *)sink;

	if (field->length)
		fprintf(lines->out, "%zu %zu %s%s%s\n", lines->base + field->offset, field->length,
			field->name, field->value[0] ? ": " : "", field->value);
}

/* A message as it is in a packet, behind so many bytes of headers. */
static void expect(FILE *out, struct message_form form, const struct buffer *wire, bool framed,
		   size_t header, const struct message_call *call)
{
	struct lines lines = { { write_field }, out, header };
	const size_t mark = framed ? 4 : 0;
	struct message_summary summary;
	struct framed frame;

	framed_begin(&frame, form.rpc, wire->data, mark, &lines.sink);
	message_explain(form, wire->data + mark, wire->length - mark, call, &frame.sink, &summary);
	framed_end(&frame);
}

/* ---- the capture ---- */

struct scene {
	struct capture_file capture;
	FILE *expected;
	uint32_t sent[2], received[2]; /* sequence numbers, of raw and of rpc */
	uint32_t id;
};

static void add_message(struct scene *scene, bool rpc, bool tcp, bool call,
			const struct buffer *wire, const struct message_call *what)
{
	const uint16_t server = rpc ? RPC_PORT : RAW_PORT;
	uint32_t *sequence = call ? &scene->sent[rpc] : &scene->received[rpc];
	const struct capture_packet packet = { .tcp = tcp,
					       .from = call ? 50000 : server,
					       .to = call ? server : 50000,
					       .sequence = *sequence + 1000,
					       .bytes = wire->data,
					       .length = wire->length };

	capture_add(&scene->capture, &packet);
	*sequence += tcp ? (uint32_t)wire->length : 0;
	expect(scene->expected, (struct message_form){ rpc, call, NULL }, wire, tcp,
	       tcp ? TCP_HEADER : UDP_HEADER, what);
}

static void add_exchange(struct scene *scene, const struct sample *sample, bool rpc, bool tcp,
			 const void *result)
{
	const struct procedure *procedure = sample_procedure(sample);
	const struct message_call what = { procedure->program, procedure->version, sample->number,
					   contract_procedure(contract_built_in(),
							      procedure->program,
							      procedure->version, sample->number) };
	struct buffer wire = { 0 };

	scene->id++;
	sample_call(sample, rpc, tcp, scene->id, &wire);
	add_message(scene, rpc, tcp, true, &wire, &what);
	wire.length = 0;
	sample_reply(sample, rpc, tcp, scene->id, result, &wire);
	add_message(scene, rpc, tcp, false, &wire, &what);
	buffer_release(&wire);
}

/* Refusals of raw.  They go from one server's port to another's, which do not tell what they are.
 */
static void add_refusals(struct scene *scene)
{
	for (uint16_t status = RAW_BAD_VERSION; status <= RAW_DENIED; status++) {
		const struct raw_reply header = { scene->id, RAW_DIVIDE, status };
		struct buffer wire = { 0 };
		struct packer out = { .out = &wire, .limit = RAW_HEADER };
		struct capture_packet packet = { .from = RAW_PORT, .to = RAW_PORT };

		raw_pack_reply(&out, &header);
		packet.bytes = wire.data;
		packet.length = wire.length;
		capture_add(&scene->capture, &packet);
		expect(scene->expected, (struct message_form){ false, false, NULL }, &wire, false,
		       UDP_HEADER, NULL);
		buffer_release(&wire);
	}
}

/* Every sample, and a failure of each procedure that can fail. */
static void add_all(struct scene *scene)
{
	for (int rpc = 0; rpc < 2; rpc++)
		for (int tcp = 0; tcp < 2; tcp++)
			for (const struct sample *s = samples; s->procedure; s++) {
				union procedure_result failed = { .number.status = 2 };

				add_exchange(scene, s, rpc, tcp, s->result);
				if (s->result)
					add_exchange(scene, s, rpc, tcp, &failed);
			}
}

/* ---- what tshark says ---- */

/* An attribute of a line of PDML, without its entities; false when it has none. */
static bool attribute(const char *line, const char *end, const char *name, char *text, size_t size)
{
	static const struct {
		const char *entity;
		char c;
	} entities[] = { { "&quot;", '"' }, { "&amp;", '&' },   { "&lt;", '<' },
			 { "&gt;", '>' },   { "&apos;", '\'' }, { "&#x27;", '\'' } };
	char key[32];
	const char *at;
	size_t n = 0;

	snprintf(key, sizeof(key), " %s=\"", name);
	at = memmem(line, (size_t)(end - line), key, strlen(key));
	for (at = at ? at + strlen(key) : end; at < end && *at != '"' && n + 1 < size; n++) {
		size_t length = 1;

		text[n] = *at;
		for (size_t i = 0; i < COUNT(entities); i++)
			if (strncmp(at, entities[i].entity, strlen(entities[i].entity)) == 0) {
				text[n] = entities[i].c;
				length = strlen(entities[i].entity);
			}
		at += length;
	}
	text[n] = '\0';
	return n > 0;
}

static bool is_ours(const char *name)
{
	static const char *const ours[] = { "sidecall.", "calc.", "fileinfo.", "any." };

	for (size_t i = 0; i < COUNT(ours); i++)
		if (strncmp(name, ours[i], strlen(ours[i])) == 0)
			return true;
	return false;
}

/* Our fields in a PDML document, as lines like those of write_field(). */
static char *fields_of(const char *pdml)
{
	char name[128], text[8192], position[16], size[16], *lines = NULL;
	size_t length;
	FILE *out = open_memstream(&lines, &length);

	for (const char *line = pdml, *end; (end = strchr(line, '\n')); line = end + 1)
		if (attribute(line, end, "name", name, sizeof(name)) && is_ours(name) &&
		    attribute(line, end, "showname", text, sizeof(text)) &&
		    attribute(line, end, "pos", position, sizeof(position)) &&
		    attribute(line, end, "size", size, sizeof(size)) && strcmp(size, "0") != 0)
			fprintf(out, "%s %s %s\n", position, size, text);
	fclose(out);
	return lines;
}

/* Says where two texts of lines differ first. */
static void compare_lines(const char *actual, const char *expected)
{
	size_t lines = 0;
	char text[512];

	while (*actual && *expected) {
		size_t a = strcspn(actual, "\n"), e = strcspn(expected, "\n");

		lines++;
		if (a != e || memcmp(actual, expected, a) != 0) {
			snprintf(text, sizeof(text), "line %zu: tshark has \"%.*s\", we \"%.*s\"",
				 lines, (int)(a < 200 ? a : 200), actual, (int)(e < 200 ? e : 200),
				 expected);
			CU_assertImplementation(CU_FALSE, __LINE__, text, __FILE__, "", CU_FALSE);
			return;
		}
		actual += a + 1;
		expected += e + 1;
	}
	CU_ASSERT(lines > 1000);
	CHECK_STR(actual, "");
	CHECK_STR(expected, "");
}

static const char *find_tshark(void)
{
	static const char *const places[] = { "/usr/bin/tshark", "/usr/local/bin/tshark" };

	for (size_t i = 0; i < COUNT(places); i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

/* Runs tshark with the script on the capture.  `more` are further words, up to NULL. */
static struct outcome run_tshark(const char *const more[])
{
	static const char *const as_nobody[] = { "/usr/bin/setpriv", "--reuid=65534",
						 "--regid=65534", "--clear-groups" };
	char load[64];
	const char *const words[] = { find_tshark(), "-n", "-X", load, "-r", path };
	const char *argv[32] = { NULL };
	size_t n = 0;

	snprintf(load, sizeof(load), "lua_script:%s", script);
	for (size_t i = 0; geteuid() == 0 && i < COUNT(as_nobody); i++)
		argv[n++] = as_nobody[i];
	for (size_t i = 0; i < COUNT(words); i++)
		argv[n++] = words[i];
	while (*more)
		argv[n++] = *more++;
	return process_run(argv, NULL);
}

static FILE *open_capture(void)
{
	FILE *file = fopen(path, "w");

	CU_ASSERT_FATAL(file != NULL);
	CHECK_INT(fchmod(fileno(file), 0644), 0);
	return file;
}

static bool have_tshark(void)
{
	if (!find_tshark())
		harness_skip("tshark is not installed");
	return find_tshark();
}

static void test_fields(void)
{
	static const char *const pdml[] = { "-T", "pdml", NULL };
	struct scene scene = { .id = XID };
	char *expected = NULL, *actual;
	struct outcome outcome;
	size_t length;
	FILE *file;

	if (!have_tshark())
		return;
	file = open_capture();
	scene.expected = open_memstream(&expected, &length);
	capture_begin(&scene.capture, file, false);
	add_all(&scene);
	add_refusals(&scene);
	fclose(scene.expected);
	fclose(file);
	outcome = run_tshark(pdml);
	CHECK_INT(outcome.status, 0);
	CU_ASSERT_PTR_NULL(strstr(outcome.out, "Lua Error"));
	actual = fields_of(outcome.out);
	compare_lines(actual, expected);
	free(actual);
	free(expected);
	outcome_release(&outcome);
}

/* ---- any contract ---- */

#define ANY_PROGRAM 0x20000099
#define ANY_VALUES  40 /* of each type */

static const char any_contract[] =
	"enum color { RED = 0, GREEN = 1, DARK = -3 };\n"
	"typedef struct node *list; struct node { short v; string t<9>; list next; };\n"
	"struct tree { tree *left; float v; tree *right; opaque o<>; };\n"
	"typedef list *maybe;\n"
	"union u switch (bool b) { case TRUE: hyper b; case FALSE: char c<3>; };\n"
	"union w switch (color c) { case RED: case DARK: int a; default: void; };\n"
	"union h switch (unsigned hyper x) { case 1: int a; default: double d; };\n"
	"typedef string version<8>;\n"
	"struct all { u a[2]; w b<>; maybe c; h d; quadruple e; double f; opaque g[5];\n"
	"  color i; struct { int x; bool y; } j; unsigned prog; unsigned mode; hyper seconds; };\n"
	"program ANY { version ANY_V {\n"
	"  list A(all) = 1; tree B(int, string, color) = 2; version C(version) = 3;\n"
	"  void D(void) = 4; unsigned E(float) = 5; u F(tree) = 6; } = 7; } = 0x20000099;\n";

static void put_words(struct buffer *wire, const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t word = htobe32(words[i]);

		buffer_append(wire, &word, sizeof(word));
	}
}

/* A record of a header and a value by chance. */
static void make_record(struct buffer *wire, const uint32_t *header, size_t words,
			const struct type *type, unsigned int *seed)
{
	uint32_t mark = 0;

	wire->length = 0;
	put_words(wire, &mark, 1);
	put_words(wire, header, words);
	filters_make_value(type, wire, seed);
	mark = htobe32(UINT32_C(0x80000000) | (uint32_t)(wire->length - 4));
	memcpy(wire->data, &mark, sizeof(mark));
}

static void add_any(struct scene *scene, const struct contract *contract,
		    const struct contract_procedure *procedure, unsigned int *seed)
{
	const struct message_call what = { ANY_PROGRAM, 7, procedure->number, procedure };
	const uint32_t call[] = { scene->id, 0, 2, ANY_PROGRAM, 7, procedure->number, 0, 0, 0, 0 },
		       reply[] = { scene->id, 1, 0, 0, 0, 0 };
	struct buffer wire = { 0 };

	for (int is_call = 1; is_call >= 0; is_call--) {
		struct capture_packet packet = { .tcp = true,
						 .from = is_call ? 50000 : RPC_PORT,
						 .to = is_call ? RPC_PORT : 50000,
						 .sequence = 1000 };
		uint32_t *sequence = is_call ? &scene->sent[0] : &scene->received[0];

		if (is_call)
			make_record(&wire, call, COUNT(call), procedure->arguments, seed);
		else
			make_record(&wire, reply, COUNT(reply), procedure->result, seed);
		packet.sequence += *sequence;
		*sequence += (uint32_t)wire.length;
		packet.bytes = wire.data;
		packet.length = wire.length;
		capture_add(&scene->capture, &packet);
		expect(scene->expected, (struct message_form){ true, is_call, contract }, &wire,
		       true, TCP_HEADER, &what);
	}
	scene->id++;
	buffer_release(&wire);
}

static void put_text(const char *to, const char *text)
{
	FILE *file = fopen(to, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
	fclose(file);
}

/* Lua's own file of another contract, in the place of ours. */
static void write_script(const char *x, const char *to)
{
	const char *const argv[] = {
		program_path("sidecall"), "dissector", "--name", "sidecall", "--idl", x, NULL
	};
	struct outcome outcome = process_run(argv, NULL);
	FILE *file = fopen(to, "w");

	CHECK_INT(outcome.status, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fwrite(outcome.out, 1, outcome.length, file);
	CHECK_INT(fchmod(fileno(file), 0644), 0);
	fclose(file);
	outcome_release(&outcome);
}

static void test_any_contract(void)
{
	static const char *const pdml[] = { "-T", "pdml", NULL };
	struct contract *contract = contract_open();
	struct scene scene = { .id = XID };
	char x[sizeof(directory) + 16], ours[sizeof(script)], *expected = NULL, *actual;
	struct outcome outcome;
	unsigned int seed = 1;
	size_t length;
	FILE *file;

	if (!have_tshark())
		return contract_close(contract);
	snprintf(x, sizeof(x), "%s/any.x", directory);
	put_text(x, any_contract);
	CHECK_INT(contract_add_file(contract, x), 0);
	CHECK_INT(contract_resolve(contract), 0);
	file = open_capture();
	scene.expected = open_memstream(&expected, &length);
	capture_begin(&scene.capture, file, false);
	for (int i = 0; i < ANY_VALUES; i++)
		for (size_t p = 0; p < 6; p++)
			add_any(&scene, contract, &contract->programs[0].versions[0].procedures[p],
				&seed);
	fclose(scene.expected);
	fclose(file);
	memcpy(ours, script, sizeof(ours));
	snprintf(script, sizeof(script), "%s/any.lua", directory);
	write_script(x, script);
	outcome = run_tshark(pdml);
	memcpy(script, ours, sizeof(ours));
	CHECK_INT(outcome.status, 0);
	CU_ASSERT_PTR_NULL(strstr(outcome.out, "Lua Error"));
	actual = fields_of(outcome.out);
	compare_lines(actual, expected);
	free(actual);
	free(expected);
	outcome_release(&outcome);
	contract_close(contract);
}

/* Messages that several packets share, and a filter by a field's name. */
static void test_segments(void)
{
	/* The script is loaded once more, as where it is a plugin already. */
	char again[64];
	const char *const filter[] = { "-X", again,    "-Y", "calc.add.result.value == -42",
				       "-T", "fields", "-e", "sidecall.procedure",
				       NULL };
	struct capture_file capture;
	struct buffer calls = { 0 }, replies = { 0 };
	struct outcome outcome;
	FILE *file;

	if (!have_tshark())
		return;
	snprintf(again, sizeof(again), "lua_script:%s", script);
	file = open_capture();
	capture_begin(&capture, file, false);
	sample_call(&samples[1], true, true, XID, &calls);
	sample_reply(&samples[1], true, true, XID, samples[1].result, &replies);
	for (size_t at = 0; at < calls.length + replies.length; at += 10) {
		bool call = at < calls.length; /* whose 60 bytes are whole tens, as the 40 are */
		size_t offset = call ? at : at - calls.length;
		struct capture_packet packet = {
			true, false, 50000, RPC_PORT, 1000 + (uint32_t)offset, NULL, 10, 0
		};

		if (!call) {
			packet.from = RPC_PORT;
			packet.to = 50000;
		}
		packet.bytes = (call ? calls.data : replies.data) + offset;
		capture_add(&capture, &packet);
		capture_add(&capture, &packet); /* and again */
	}
	fclose(file);
	outcome = run_tshark(filter);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.out, "CALC_ADD\n");
	outcome_release(&outcome);
	buffer_release(&calls);
	buffer_release(&replies);
}

/* ---- a place that was lost is found again ---- */

#define EXCHANGES 8

/* Exchanges of calls and replies, each in two segments; of those that `lost` has, nothing is there.
 */
static void add_exchanges(struct capture_file *capture, const bool lost[4 * EXCHANGES])
{
	uint32_t sequences[2] = { 1000, 1000 };
	struct buffer wire = { 0 };

	for (size_t i = 0; i < 2 * EXCHANGES; i++) {
		bool call = i % 2 == 0;
		uint32_t *sequence = &sequences[call];
		struct capture_packet packet = { .tcp = true,
						 .from = call ? 50000 : RPC_PORT,
						 .to = call ? RPC_PORT : 50000 };

		wire.length = 0;
		if (call)
			sample_call(&samples[1], true, true, XID + (uint32_t)i / 2, &wire);
		else
			sample_reply(&samples[1], true, true, XID + (uint32_t)i / 2,
				     samples[1].result, &wire);
		for (size_t half = 0; half < 2; half++) {
			packet.sequence = *sequence;
			packet.bytes = wire.data + (half ? 24 : 0);
			packet.length = half ? wire.length - 24 : 24;
			*sequence += (uint32_t)packet.length;
			if (!lost[2 * i + half])
				capture_add(capture, &packet);
		}
	}
	buffer_release(&wire);
}

static void check_found(const bool lost[4 * EXCHANGES], const char *said)
{
	static const char *const fields[] = { "-T", "fields",   "-e", "sidecall.message_type",
					      "-Y", "sidecall", NULL };
	struct capture_file capture;
	struct outcome outcome;
	FILE *file = open_capture();

	capture_begin(&capture, file, false);
	add_exchanges(&capture, lost);
	fclose(file);
	outcome = run_tshark(fields);
	CHECK_INT(outcome.status, 0);
	for (char *c = outcome.out; *c; c++)
		*c = *c == '\n' ? ' ' : *c;
	CHECK_STR(outcome.out, said);
	outcome_release(&outcome);
}

static void test_lost_segments(void)
{
	if (!have_tshark())
		return;
	check_found((const bool[4 *EXCHANGES]){ 0 }, "0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1 ");
	/* the second half of a call, whose reply is one all the same */
	check_found((const bool[4 *EXCHANGES]){ [5] = true }, "0 1 1 0 1 0 1 0 1 0 1 0 1 0 1 ");
	/* the first half of a call */
	check_found((const bool[4 *EXCHANGES]){ [4] = true }, "0 1 1 0 1 0 1 0 1 0 1 0 1 0 1 ");
	/* the first half of a reply */
	check_found((const bool[4 *EXCHANGES]){ [6] = true }, "0 1 0 0 1 0 1 0 1 0 1 0 1 0 1 ");
	/* begun in the middle of a call, whose reply nobody can tell from others' */
	check_found((const bool[4 *EXCHANGES]){ [0] = true }, "0 1 0 1 0 1 0 1 0 1 0 1 0 1 ");
	/* begun in the middle of a reply */
	check_found((const bool[4 *EXCHANGES]){ [0] = true, [1] = true, [2] = true },
		    "0 1 0 1 0 1 0 1 0 1 0 1 0 1 ");
}

static int run_shell(const char *format, const char *word, const char *file)
{
	char command[256];

	snprintf(command, sizeof(command), format, word, file);
	return system(command);
}

/* Some of the captures that capture_test decodes, as whoever uses Wireshark sees them. */
static void test_captures(void)
{
	static const struct {
		const char *name, *said; /* 0 for each call, 1 for each reply */
	} captures[] = {
		{ "31_ipfrag.pcap", "001" },
		{ "60_gap_midrecord.pcap", "011010101010101010101010101010101010101" },
		{ "64_start_mid_both.pcap", "01010101010101010101010101010101010101" },
		{ "73_mixed.pcapng", "010011" },
		{ "min_startreply.pcap", "01" },
	};
	static const char *const fields[] = { "-T", "fields",   "-e", "sidecall.message_type",
					      "-Y", "sidecall", NULL };

	if (!have_tshark())
		return;
	for (size_t i = 0; i < COUNT(captures); i++) {
		char said[64] = "", *to = said;
		struct outcome outcome;

		CHECK_INT(run_shell("cat tests/captures/%s >%s", captures[i].name, path), 0);
		outcome = run_tshark(fields);
		for (const char *c = outcome.out; *c && to < said + sizeof(said) - 1; c++)
			if (*c == '0' || *c == '1')
				*to++ = *c;
		CHECK_THAT(strcmp(said, captures[i].said) == 0, "%s: %s", captures[i].name, said);
		outcome_release(&outcome);
	}
}

/* ---- what fields are called ---- */

/* How many packets of the capture a filter lets through; -1: it has a field that is none. */
static int count_filtered(const char *filter)
{
	const char *const words[] = { "-Y", filter, NULL };
	struct outcome outcome = run_tshark(words);
	int count = outcome.status == 0 ? 0 : -1;

	for (const char *c = outcome.out; count >= 0 && *c; c++)
		count += *c == '\n';
	outcome_release(&outcome);
	return count;
}

static void test_filters(void)
{
	static const struct {
		const char *filter;
		int count;
	} cases[] = {
		{ "calc.divide.a == 84", 1 },
		{ "calc.divide.b == 84", 0 },
		{ "calc.divide.result.value == 42", 1 },
		{ "calc.add.a && calc.evaluate.argument", 1 },
		{ "fileinfo.stat.result.attributes.mode", 0 },
		{ "sidecall.xid", 4 },
		{ "calc.divide.c", -1 },
	};

	if (!have_tshark())
		return;
	CHECK_INT(run_shell("cat tests/captures/%s >%s", "01_base.pcap.gz", path), 0);
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_THAT(count_filtered(cases[i].filter) == cases[i].count, "%s",
			   cases[i].filter);
}

/* Wireshark has its own mount; two versions do not agree; a list leads back to itself; and what is
 * in 2^20 places has fewer fields. */
static void test_names(void)
{
	static const char contract[] =
		"struct one { int a; }; struct other { string a<>; };\n"
		"struct entry { string name<>; entry *next; };\n"
		"struct b0 { int i; int j; }; struct b1 { b0 x; b0 y; }; struct b2 { b1 x; b1 y; "
		"};\n"
		"struct b3 { b2 x[2]; b2 y; b2 z; b2 w; }; struct b4 { b3 x; b3 y; b3 z; b3 w; };\n"
		"struct b5 { b4 x; b4 y; b4 z; b4 w; }; struct b6 { b5 x; b5 y; b5 z; b5 w; };\n"
		"struct b7 { b6 x; b6 y; b6 z; b6 w; };\n"
		"struct b8 { b7 x; b7 y; b7 z; b7 w; };\n"
		"program MOUNTPROG {\n"
		" version V1 { entry MOUNTPROC_DUMP(one) = 1; int MOUNTPROC_SUM(int, int) = 2; } = "
		"1;\n"
		" version V3 { entry MOUNTPROC3_DUMP(other) = 1; b8 BIG(void) = 2; } = 3; } = "
		"100005;\n";
	/* One field that is none, and tshark takes nothing. */
	static const char fields[] =
		"mount_idl.dump.a == 1 || mount_idl.dump.a_ == \"x\" || mount_idl.dump.result.name "
		"|| "
		"mount_idl.dump.result.next.there || mount_idl.sum.argument0 == 1 || "
		"mount_idl.sum.argument1 == 1 || mount_idl.sum.result == 1 || "
		"mount_idl.big.result.x.x.x.x.x.x.x.y.j == 1 || sidecall.b0.j == 1 || "
		"sidecall.xid";
	char x[sizeof(directory) + 16], ours[sizeof(script)];

	if (!have_tshark())
		return;
	snprintf(x, sizeof(x), "%s/mount.x", directory);
	put_text(x, contract);
	memcpy(ours, script, sizeof(ours));
	snprintf(script, sizeof(script), "%s/names.lua", directory);
	write_script(x, script);
	CHECK_THAT(count_filtered(fields) >= 0, "%s", fields);
	memcpy(script, ours, sizeof(ours));
}

/* Who asks for a name that Wireshark has learns what to do. */
static void test_taken_name(void)
{
	static const char *const no_words[] = { NULL };
	char ours[sizeof(script)];
	struct outcome outcome;

	if (!have_tshark())
		return;
	memcpy(ours, script, sizeof(ours));
	snprintf(script, sizeof(script), "%s/taken.lua", directory);
	CHECK_INT(run_shell("sed 's/= \"sidecall\", /= \"tcp\", /' %s >%s", ours, script), 0);
	CHECK_INT(chmod(script, 0644), 0);
	outcome = run_tshark(no_words);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "Wireshark has its own tcp: give"));
	outcome_release(&outcome);
	memcpy(script, ours, sizeof(ours));
}

/* A message itself says whether it is a call or a reply, also between two servers' ports. */
static void test_directions(void)
{
	static const char *const no_words[] = { NULL };
	struct capture_packet packet = { .from = RAW_PORT, .to = RAW_PORT };
	struct capture_file capture;
	struct buffer wire = { 0 };
	struct outcome outcome;
	FILE *file;

	if (!have_tshark())
		return;
	file = fopen(path, "w");
	capture_begin(&capture, file, false);
	for (int i = 0; i < 2; i++) {
		wire.length = 0;
		if (i == 0)
			sample_call(&samples[1], false, false, XID, &wire);
		else
			sample_reply(&samples[1], false, false, XID, samples[1].result, &wire);
		packet.bytes = wire.data;
		packet.length = wire.length;
		capture_add(&capture, &packet);
	}
	fclose(file);
	outcome = run_tshark(no_words);
	CHECK_INT(outcome.status, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "raw call CALC_ADD\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "raw reply CALC_ADD\n"));
	outcome_release(&outcome);
	buffer_release(&wire);
}

/* Bytes changed and cut off at random: what cannot be explained must not become an error of Lua. */
static void test_damage(void)
{
	static const char *const verbose[] = { "-V", NULL };
	struct capture_file capture;
	struct buffer wire = { 0 };
	struct outcome outcome;
	uint64_t random = 88172645463325252;
	FILE *file;

	if (!have_tshark())
		return;
	file = open_capture();
	capture_begin(&capture, file, false);
	for (uint32_t i = 0; i < 3000; i++) {
		const struct sample *s = &samples[i % 12];
		const bool rpc = i & 1, tcp = i & 2, call = i & 4;
		struct capture_packet packet = { .tcp = tcp, .from = 50000, .to = RAW_PORT };

		/* A connection of its own for each, so that one cannot spoil the next. */
		packet.from = (uint16_t)(10000 + (call ? i : i - 4));
		wire.length = 0;
		if (call)
			sample_call(s, rpc, tcp, i, &wire);
		else
			sample_reply(s, rpc, tcp, i, s->result, &wire);
		for (int n = 0; n < 2; n++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			wire.data[random % wire.length] = (uint8_t)(random >> 40);
		}
		packet.bytes = wire.data;
		packet.length = random & 1 << 30 ? (size_t)(random % wire.length) + 1 : wire.length;
		capture_add(&capture, &packet);
	}
	fclose(file);
	outcome = run_tshark(verbose);
	CHECK_INT(outcome.status, 0);
	CU_ASSERT_PTR_NULL(strstr(outcome.out, "Lua Error"));
	CU_ASSERT_PTR_NULL(strstr(outcome.error, "sidecall.lua:"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "not understood"));
	outcome_release(&outcome);
	buffer_release(&wire);
}

static const struct test tests[] = {
	{ "fields and positions as --trace has them", test_fields },
	{ "fields of any contract", test_any_contract },
	{ "messages in several packets", test_segments },
	{ "lost segments", test_lost_segments },
	{ "captures as they come", test_captures },
	{ "filters", test_filters },
	{ "what fields are called", test_names },
	{ "a name that is taken", test_taken_name },
	{ "calls and replies told apart", test_directions },
	{ "damaged messages", test_damage },
	{ 0 },
};

/* The directory, with the script in it. */
static bool make_place(void)
{
	const char *const argv[] = { program_path("sidecall"), "dissector", NULL };
	struct outcome outcome;
	FILE *to;

	if (!harness_directory(directory) || chmod(directory, 0755) < 0)
		return false;
	snprintf(script, sizeof(script), "%s/sidecall.lua", directory);
	snprintf(path, sizeof(path), "%s/capture", directory);
	outcome = process_run(argv, NULL);
	to = outcome.status == 0 ? fopen(script, "w") : NULL;
	if (to)
		fwrite(outcome.out, 1, outcome.length, to);
	outcome_release(&outcome);
	return to && fclose(to) == 0 && chmod(script, 0644) == 0;
}

int main(void)
{
	int status;

	/* Nobody's own plugins and preferences. */
	setenv("HOME", "/nonexistent", 1);
	unsetenv("XDG_CONFIG_HOME");
	if (!make_place())
		return EXIT_FAILURE;
	status = harness_run("dissector", tests);
	remove_tree(directory);
	return status;
}
