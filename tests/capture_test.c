/*
 * `sidecall decode CAPTURE`: tshark takes it apart, and every message that is whole is explained.
 * What is not whole is counted and named.
 */
#include "trace/capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "idl/calc.h"
#include "tests/kit/capture.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/samples.h"

#define XID      0x7ca9b5d1
#define RPC_PORT 40111 /* any */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char directory[] = "/tmp/sidecall-test-XXXXXX";
static char path[sizeof(directory) + 16]; /* of a capture */

static bool have_tshark(void)
{
	bool there = access("/usr/bin/tshark", X_OK) == 0;

	if (!there)
		harness_skip("tshark is not installed");
	return there;
}

/* `sidecall decode` with these words before the capture's path. */
static struct outcome decode(const char *file, const char *const words[])
{
	const char *argv[16] = { program_path("sidecall"), "decode" };
	size_t n = 2;

	while (words && *words)
		argv[n++] = *words++;
	argv[n] = file;
	return process_run(argv, NULL);
}

/* A capture that nobody else may read. */
static FILE *open_capture(void)
{
	FILE *file = fopen(path, "w");

	CU_ASSERT_FATAL(file != NULL);
	CHECK_INT(fchmod(fileno(file), 0600), 0);
	return file;
}

static struct outcome run_in_shell(const char *format, const char *word)
{
	char command[512];
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };

	snprintf(command, sizeof(command), format, word, program_path("sidecall"), path);
	return process_run(argv, NULL);
}

static size_t count_lines(const char *text, const char *with)
{
	size_t n = 0;

	for (const char *at = strstr(text, with); at; at = strstr(at + 1, with))
		n++;
	return n;
}

/* ---- captures as they come in life ---- */

/* 0 for each call, 1 for each reply, in the order in which they are shown. */
static void kinds_of(const char *shown, char *to, size_t size)
{
	for (const char *at = shown; (at = strstr(at, "packet ")) && size > 1; at++) {
		size_t line = strcspn(at, "\n");

		*to++ = memmem(at, line, ": call", 6) ? '0' : '1';
		size--;
	}
	*to = '\0';
}

static const struct {
	const char *name, *kinds;
	int status;
	const char *says; /* on standard output */
} captures[] = {
	{ "01_base.pcap.gz", "010011", 0, "both          80       192        24       296" },
	{ "13_qinq.pcap", "010011", 0, "" },
	{ "25_snap.pcap", "", 65, "124 bytes were not captured, 52 bytes are of messages" },
	{ "25_snap.pcap", "", 65, "\n4 packets were captured in part" },
	{ "26_snap_hdr.pcap", "", 65, "7 packets were captured in part" },
	{ "31_ipfrag.pcap", "001", 0, "both        3232       104         0      3336" },
	{ "60_gap_midrecord.pcap", "011010101010101010101010101010101010101", 65,
	  ": 30 bytes were not captured, 30 bytes are of messages that are not whole\n" },
	{ "63_start_mid_reply.pcap", "01010101010101010101010101010101010101", 65,
	  "10.0.0.2:50000 to 10.0.0.1:40000: 20 bytes were passed over" },
	{ "64_start_mid_both.pcap", "01010101010101010101010101010101010101", 65,
	  "10.0.0.1:40000 to 10.0.0.2:50000: 30 bytes were passed over" },
	{ "66_time_back.pcap", "01", 0, "packet 2, -0.250000 s: " },
	{ "73_mixed.pcapng", "010011", 0, "both          80       192        24       296" },
	{ "90_oneway_gap.pcap", "0000000000000000000", 65, ": 30 bytes were not captured" },
	{ "95_ip6frag.pcap", "001", 0, "both        3232       104         0      3336" },
	{ "min_start.pcap", "01", 65, ": 30 bytes were passed over" },
	{ "min_startreply.pcap", "01", 65, ": 20 bytes were passed over" },
};

static void test_captures(void)
{
	if (!have_tshark())
		return;
	for (size_t i = 0; i < COUNT(captures); i++) {
		char file[64], kinds[64];
		struct outcome outcome;

		snprintf(file, sizeof(file), "tests/captures/%s", captures[i].name);
		outcome = decode(file, NULL);
		kinds_of(outcome.out, kinds, sizeof(kinds));
		CHECK_THAT(outcome.status == captures[i].status, "%s: %d, %s", file, outcome.status,
			   outcome.error);
		CHECK_THAT(strcmp(kinds, captures[i].kinds) == 0, "%s: %s", file, kinds);
		CHECK_THAT(strstr(outcome.out, captures[i].says) != NULL, "%s does not say %s",
			   file, captures[i].says);
		outcome_release(&outcome);
	}
}

/* A packet's first fragment is not there. */
static void test_lost_fragment(void)
{
	struct outcome outcome;

	if (!have_tshark())
		return;
	fclose(open_capture());
	outcome = run_in_shell("f=tests/captures/31_ipfrag.pcap; "
			       "(head -c 24 $f; tail -c +1555 $f) >%3$s; %2$s decode %3$s #%1$s",
			       "");
	CHECK_INT(outcome.status, 65);
	CHECK_INT(count_lines(outcome.out, "packet "), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "\n2 fragments are of packets that"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "fragments are missing"));
	outcome_release(&outcome);
}

/* What is said in the end has how much is lost, also beside what is not understood. */
static void test_verdict(void)
{
	struct outcome outcome;

	if (!have_tshark())
		return;
	outcome = decode("tests/captures/60_gap_midrecord.pcap", NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "1 of 39 messages are not understood to their "
						     "last byte, and 30 bytes were not captured, "
						     "and 30 not shown"));
	outcome_release(&outcome);
	outcome = decode("tests/captures/63_start_mid_reply.pcap", NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, ".pcap: 20 bytes are not shown\n"));
	outcome_release(&outcome);
}

/* ---- every sample, in order and out of order ---- */

/* Replies in segments of 100 bytes; shuffled: each second before the first, and all twice. */
static void add_replies(struct capture_file *capture, struct capture_packet from,
			const struct buffer *replies, bool shuffled)
{
	for (size_t at = 0; at < replies->length; at += 200) {
		struct capture_packet first = from, second = from;
		size_t left = replies->length - at;

		first.sequence += (uint32_t)at;
		first.bytes = replies->data + at;
		first.length = left < 100 ? left : 100;
		second.sequence = first.sequence + 100;
		second.bytes = replies->data + at + 100;
		second.length = left < 200 ? left - first.length : 100;
		if (shuffled)
			capture_add(capture, &second);
		capture_add(capture, &first);
		capture_add(capture, &second);
		if (shuffled)
			capture_add(capture, &first);
	}
}

/* A connection with all samples, the first of which is named by `xid`; how many messages. */
static size_t add_connection(struct capture_file *capture, bool rpc, uint32_t xid, bool shuffled)
{
	struct capture_packet to = { true, true, 40001, 7117, 0xfffffff0, "", 0, 0 };
	struct capture_packet from = { true, true, 7117, 40001, 77, "", 0, 0 };
	struct buffer calls = { 0 }, replies = { 0 };
	size_t messages = 0;

	to.from = (uint16_t)(to.from + rpc);
	from.to = to.from;
	capture_add(capture, &to);
	capture_add(capture, &from);
	for (const struct sample *s = samples; s->procedure; s++, messages += 2) {
		sample_call(s, rpc, true, xid + (uint32_t)messages, &calls);
		sample_reply(s, rpc, true, xid + (uint32_t)messages, s->result, &replies);
	}
	to.syn = from.syn = false;
	to.sequence++;
	from.sequence++;
	to.bytes = calls.data;
	to.length = calls.length;
	capture_add(capture, &to);
	add_replies(capture, from, &replies, shuffled);
	buffer_release(&calls);
	buffer_release(&replies);
	return messages;
}

/* The same in datagrams, each with a message of its own. */
static size_t add_datagrams(struct capture_file *capture, bool rpc, uint32_t xid)
{
	struct capture_packet to = { .from = 50000, .to = 7117 };
	struct capture_packet from = { .from = 7117, .to = 50000 };
	struct buffer calls = { 0 }, replies = { 0 };
	size_t messages = 0;

	for (const struct sample *s = samples; s->procedure; s++, messages += 2) {
		calls.length = replies.length = 0;
		sample_call(s, rpc, false, xid + (uint32_t)messages, &calls);
		sample_reply(s, rpc, false, xid + (uint32_t)messages, s->result, &replies);
		to.bytes = calls.data;
		to.length = calls.length;
		from.bytes = replies.data;
		from.length = replies.length;
		capture_add(capture, &to);
		capture_add(capture, &from);
	}
	buffer_release(&calls);
	buffer_release(&replies);
	return messages;
}

/* Writes a capture of all samples in both protocols; how many messages there are in it. */
static size_t write_samples(FILE *file, bool ipv6, bool shuffled)
{
	struct capture_file capture;
	size_t messages = 0;

	capture_begin(&capture, file, ipv6);
	for (int rpc = 0; rpc < 2; rpc++)
		messages += add_connection(&capture, rpc, XID + (uint32_t)messages, shuffled);
	for (int rpc = 0; rpc < 2; rpc++)
		messages += add_datagrams(&capture, rpc, XID + (uint32_t)messages);
	return messages;
}

static void check_samples(bool ipv6, bool shuffled)
{
	FILE *file = open_capture();
	size_t messages = write_samples(file, ipv6, shuffled);
	struct outcome outcome;

	fclose(file);
	outcome = decode(path, NULL);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	CHECK_INT(count_lines(outcome.out, "\npacket ") + 1, messages);
	CHECK_INT(count_lines(outcome.out, ": reply FILEINFO_SPACE, r"), 4);
	CHECK_INT(count_lines(outcome.out, "not understood"), 0);
	CHECK_INT(count_lines(outcome.out, ipv6 ? " [::1]:" : " 127.0.0.1:"), 2 * messages);
	outcome_release(&outcome);
}

static void test_samples(void)
{
	if (!have_tshark())
		return;
	for (int i = 0; i < 4; i++)
		check_samples(i & 1, i & 2);
}

#define SEGMENTS 4

/* The i-th order of so many things. */
static void order_of(size_t i, size_t order[SEGMENTS])
{
	size_t left[SEGMENTS], count = SEGMENTS;

	for (size_t n = 0; n < SEGMENTS; n++)
		left[n] = n;
	for (size_t n = 0; n < SEGMENTS; n++, count--) {
		size_t taken = i % count;

		i /= count;
		order[n] = left[taken];
		memmove(&left[taken], &left[taken + 1], (SEGMENTS - 1 - taken) * sizeof(left[0]));
	}
}

/* Three calls in four segments, in every order, each in a connection of its own. */
static void test_orders(void)
{
	enum { ORDERS = 24 };
	struct buffer calls = { 0 };
	struct capture_file capture;
	struct outcome outcome;
	size_t length;
	FILE *file;

	if (!have_tshark())
		return;
	file = open_capture();
	capture_begin(&capture, file, false);
	for (uint32_t i = 0; i < 3; i++)
		sample_call(&samples[1], true, true, XID + i, &calls);
	length = calls.length / SEGMENTS;
	CHECK_INT(calls.length % SEGMENTS, 0);
	for (size_t i = 0; i < ORDERS; i++) {
		struct capture_packet packet = { true,     true, (uint16_t)(50000 + i),
						 RPC_PORT, 999,  NULL,
						 0,        0 };
		size_t order[SEGMENTS];

		order_of(i, order);
		capture_add(&capture, &packet);
		packet.syn = false;
		packet.length = length;
		for (size_t n = 0; n < SEGMENTS; n++) {
			packet.sequence = 1000 + (uint32_t)(order[n] * length);
			packet.bytes = calls.data + order[n] * length;
			capture_add(&capture, &packet);
		}
	}
	fclose(file);
	outcome = decode(path, NULL);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	CHECK_INT(count_lines(outcome.out, ": call CALC_ADD, rpc"), 3 * ORDERS);
	outcome_release(&outcome);
	buffer_release(&calls);
}

/* The same bytes in segments of this length, with a record's marks before each so many bytes of it.
 */
static void add_fragments(struct buffer *out, const struct buffer *wire, size_t each)
{
	for (size_t at = 4; at < wire->length; at += each) {
		const size_t left = wire->length - at, size = left < each ? left : each;
		const uint8_t mark[] = { left <= each ? 0x80 : 0, 0, 0, (uint8_t)size };

		buffer_append(out, mark, sizeof(mark));
		buffer_append(out, wire->data + at, size);
	}
}

/* A record of many fragments, in segments that end anywhere; and behind it shorter ones in one. */
static void test_fragments(void)
{
	struct capture_packet packet = { true, false, 50000, RPC_PORT, 1000, NULL, 0, 0 };
	struct buffer wire = { 0 }, stream = { 0 };
	struct capture_file capture;
	struct outcome outcome;
	size_t first;
	FILE *file;

	if (!have_tshark())
		return;
	sample_call(&samples[1], true, true, XID, &wire);
	add_fragments(&stream, &wire, 1);
	first = stream.length;
	sample_call(&samples[1], true, true, XID + 1, &stream);
	sample_call(&samples[1], true, true, XID + 2, &stream);
	file = open_capture();
	capture_begin(&capture, file, false);
	for (size_t at = 0; at < stream.length; at += packet.length) {
		packet.length = at < first ? 7 : stream.length - at;
		packet.bytes = stream.data + at;
		capture_add(&capture, &packet);
		packet.sequence += (uint32_t)packet.length;
	}
	fclose(file);
	outcome = decode(path, NULL);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	CHECK_INT(count_lines(outcome.out, ": call CALC_ADD, rpc"), 3);
	outcome_release(&outcome);
	buffer_release(&wire);
	buffer_release(&stream);
}

/* Each in two segments: what the first one takes says nothing about the second. */
static void test_short_behind_long(void)
{
	struct capture_packet packet = { true, false, 50000, RPC_PORT, 1000, NULL, 0, 0 };
	struct buffer wire = { 0 };
	struct capture_file capture;
	struct outcome outcome;
	size_t first;
	FILE *file;

	if (!have_tshark())
		return;
	sample_call(&samples[1], true, true, XID, &wire);
	first = wire.length;
	sample_call(&samples[0], true, true, XID + 1, &wire);
	CU_ASSERT_FATAL(wire.length - first < first);
	file = open_capture();
	capture_begin(&capture, file, false);
	for (size_t at = 0; at < wire.length; at += packet.length) {
		packet.length = (at < first ? first : wire.length - first) / 2;
		packet.bytes = wire.data + at;
		capture_add(&capture, &packet);
		packet.sequence += (uint32_t)packet.length;
	}
	fclose(file);
	outcome = decode(path, NULL);
	CHECK_INT(outcome.status, 0);
	CHECK_INT(count_lines(outcome.out, ": call"), 2);
	outcome_release(&outcome);
	buffer_release(&wire);
}

static void put_words(struct buffer *to, const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const uint32_t word = htonl(words[i]);

		CHECK_INT(buffer_append(to, &word, sizeof(word)), 0);
	}
}

/* A call in a datagram that finds nobody at its port: the answer quotes all of it. */
static void test_quoted(void)
{
	static const uint8_t file[] = { 0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0,
					0,    0,    0,    0,    0, 4, 0, 0, 0, 0, 0, 101 };
	static const uint8_t answer[] = { 0x45, 0, 0,  0, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0,
					  0,    2, 10, 0, 0, 1, 3, 3, 0,  0, 0, 0, 0,  0 };
	static const uint8_t datagram[] = { 0x45, 0,    0,    0,    0, 0, 0,  0, 64, 17,
					    0,    0,    10,   0,    0, 1, 10, 0, 0,  2,
					    0xc3, 0x50, 0x9c, 0xaf, 0, 0, 0,  0 };
	struct buffer call = { 0 }, packets = { 0 };
	struct outcome outcome;
	FILE *to;

	if (!have_tshark())
		return;
	sample_call(&samples[1], true, false, XID, &call);
	buffer_append(&packets, file, sizeof(file));
	for (size_t quoted = 0; quoted < 2; quoted++) {
		const size_t inner = sizeof(datagram) + call.length;
		const size_t length = inner + quoted * sizeof(answer);
		const uint32_t record[] = { 0, (uint32_t)quoted, (uint32_t)length,
					    (uint32_t)length };
		size_t at;

		put_words(&packets, record, COUNT(record));
		buffer_append(&packets, answer, quoted * sizeof(answer));
		at = packets.length;
		buffer_append(&packets, datagram, sizeof(datagram));
		buffer_append(&packets, call.data, call.length);
		if (quoted)
			packets.data[at - sizeof(answer) + 3] = (uint8_t)length;
		packets.data[at + 3] = (uint8_t)inner;
		packets.data[at + 25] = (uint8_t)(inner - 20);
	}
	to = open_capture();
	fwrite(packets.data, 1, packets.length, to);
	fclose(to);
	outcome = decode(path, NULL);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	CHECK_INT(count_lines(outcome.out, ": call CALC_ADD, rpc"), 1);
	outcome_release(&outcome);
	buffer_release(&call);
	buffer_release(&packets);
}

/* ---- few bytes that ask for much work ---- */

#define IN_TIME "20" /* seconds of a processor for what takes less than one */

/* Where a record may begin: a call's first words, in a fragment of so many bytes. */
static void put_head(struct buffer *to, size_t size)
{
	const uint32_t words[] = { (uint32_t)size, XID, 0, 2, CALC_PROG, CALC_V1, CALC_ADD };

	put_words(to, words, COUNT(words));
}

/* A whole call, and then a record that is none after all, in which others seem to begin: what they
 * take is behind all of them, and is of none either. */
static void put_false_records(struct buffer *to, size_t heads, size_t fragments)
{
	static const uint32_t endless = 0x7fffffff, nothing = 0;
	const size_t head = 28, size = heads * head + fragments * 4;

	sample_call(&samples[1], true, true, XID, to);
	put_head(to, size + head - 4);
	for (size_t i = 0; i < heads; i++)
		put_head(to, (heads - i) * head - 4);
	for (size_t i = 0; i < fragments; i++)
		put_words(to, &nothing, 1);
	put_words(to, &endless, 1);
}

/* Segments of `each` bytes, with as many missing between them as `gap` says. */
static void write_segments(const struct buffer *stream, size_t each, uint32_t gap)
{
	struct capture_packet packet = { true, false, 50000, RPC_PORT, 1000, NULL, 0, 0 };
	struct capture_file capture;
	FILE *file = open_capture();

	capture_begin(&capture, file, false);
	for (size_t at = 0; at < stream->length; at += packet.length) {
		packet.length = stream->length - at < each ? stream->length - at : each;
		packet.bytes = stream->data + at;
		capture_add(&capture, &packet);
		packet.sequence += (uint32_t)packet.length + gap;
	}
	fclose(file);
}

static void check_in_time(const char *says)
{
	struct outcome outcome = run_in_shell("ulimit -t %s; %s decode %s", IN_TIME);

	CHECK_INT(outcome.status, 65);
	CHECK_INT(count_lines(outcome.out, ": call CALC_ADD, rpc"), 1);
	CHECK_THAT(strstr(outcome.error, says) != NULL, "%s", outcome.error);
	outcome_release(&outcome);
}

static void test_false_records(void)
{
	static const struct {
		size_t heads, fragments;
		const char *says;
	} cases[] = {
		{ 1000, 60000, " 268032 bytes are not shown" },
		{ 30000, 0, " 840032 bytes are not shown" },
	};

	if (!have_tshark())
		return;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer stream = { 0 };

		put_false_records(&stream, cases[i].heads, cases[i].fragments);
		write_segments(&stream, 60000, 0);
		check_in_time(cases[i].says);
		buffer_release(&stream);
	}
}

static void test_holes(void)
{
	enum { PIECES = 15000 };
	struct buffer stream = { 0 };
	size_t whole;

	if (!have_tshark())
		return;
	sample_call(&samples[1], true, true, XID, &stream);
	whole = stream.length;
	CHECK_INT(buffer_reserve(&stream, PIECES * whole), 0);
	memset(stream.data + whole, 1, PIECES * whole);
	stream.length += PIECES * whole;
	write_segments(&stream, whole, 1);
	check_in_time(" 15000 bytes were not captured");
	buffer_release(&stream);
}

/* ---- what is said of it ---- */

/* Replies alone: nobody knows what they are, unless somebody says so. */
static void test_port(void)
{
	static const char *const port[] = { "--port", "40111", NULL };
	struct capture_packet packet = { true, false, RPC_PORT, 50000, 1000, NULL, 0, 0 };
	struct buffer wire = { 0 };
	struct capture_file capture;
	struct outcome outcome;
	FILE *file;

	if (!have_tshark())
		return;
	file = open_capture();
	capture_begin(&capture, file, false);
	sample_reply(&samples[1], true, true, XID, samples[1].result, &wire);
	packet.bytes = wire.data;
	packet.length = wire.length;
	capture_add(&capture, &packet);
	fclose(file);
	outcome = decode(path, NULL);
	CHECK_INT(outcome.status, 65);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "no message of rpc or raw"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "--port"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "1 conversations are neither"));
	outcome_release(&outcome);
	outcome = decode(path, port);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, ": reply, rpc, 40 bytes\n"));
	CU_ASSERT_PTR_NULL(strstr(outcome.out, "neither"));
	outcome_release(&outcome);
	buffer_release(&wire);
}

static void check_kinds(const char *const words[], const char *expected)
{
	struct outcome outcome = decode("tests/captures/01_base.pcap.gz", words);
	char kinds[64];

	kinds_of(outcome.out, kinds, sizeof(kinds));
	CHECK_INT(outcome.status, *expected ? 0 : 65);
	CHECK_STR(kinds, expected);
	outcome_release(&outcome);
}

/* The options rule out; a reply is understood all the same. */
static void test_options(void)
{
	static const char *const options[][3] = { { "--reply" },
						  { "--call" },
						  { "--protocol", "rpc" },
						  { "--protocol", "raw" },
						  { "--idl", "idl/calc.x" },
						  { "--idl", "idl/fileinfo.x" } };
	static const char *const expected[] = { "111", "000", "010011", "", "010011", "" };

	if (!have_tshark())
		return;
	for (size_t i = 0; i < COUNT(options); i++) {
		const char *const words[] = { options[i][0], options[i][1], NULL };

		check_kinds(words, expected[i]);
	}
}

/* Another program's call and its reply, between two of ours: they are counted, and nothing is lost.
 */
static void test_other_programs(void)
{
	static const uint8_t program[] = { 0, 1, 0x86, 0xa3 };
	struct capture_packet to = { true, false, 50000, RPC_PORT, 1000, NULL, 0, 0 };
	struct capture_packet from = { true, false, RPC_PORT, 50000, 1000, NULL, 0, 0 };
	struct buffer calls = { 0 }, replies = { 0 };
	struct capture_file capture;
	struct outcome outcome;
	FILE *file;

	if (!have_tshark())
		return;
	for (uint32_t i = 0; i < 3; i++) {
		size_t at = calls.length;

		sample_call(&samples[1], true, true, XID + i, &calls);
		sample_reply(&samples[1], true, true, XID + i, samples[1].result, &replies);
		if (i == 1)
			memcpy(calls.data + at + 16, program, sizeof(program));
	}
	file = open_capture();
	capture_begin(&capture, file, false);
	to.bytes = calls.data;
	to.length = calls.length;
	from.bytes = replies.data;
	from.length = replies.length;
	capture_add(&capture, &to);
	capture_add(&capture, &from);
	fclose(file);
	outcome = decode(path, NULL);
	CHECK_INT(outcome.status, 0);
	CHECK_INT(count_lines(outcome.out, ": call CALC_ADD"), 2);
	CHECK_INT(count_lines(outcome.out, ": reply CALC_ADD"), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "\n2 messages are of other programs"));
	outcome_release(&outcome);
	buffer_release(&calls);
	buffer_release(&replies);
}

/* From a pipe, which cannot be read again. */
static void test_pipe(void)
{
	char command[256];
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };
	struct outcome outcome;

	if (!have_tshark())
		return;
	snprintf(command, sizeof(command), "cat tests/captures/73_mixed.pcapng | %s decode",
		 program_path("sidecall"));
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, 0);
	CHECK_INT(count_lines(outcome.out, "packet "), 6);
	outcome_release(&outcome);
}

/* ---- what goes wrong ---- */

static void test_without_tshark(void)
{
	struct outcome outcome;

	fclose(open_capture());
	outcome = run_in_shell("printf '\\012\\015\\015\\012' >%3$s; PATH=%1$s %2$s decode %3$s",
			       "/nowhere");
	CHECK_INT(outcome.status, 69);
	CHECK_STR(outcome.out, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "apt install tshark"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "sidecall dissector >sidecall.lua; "
						     "tshark -X lua_script:sidecall.lua -r "));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, path));
	outcome_release(&outcome);
	outcome = run_in_shell("PATH=%1$s %2$s decode --idl idl/calc.x -D 'N=(1)' --port 99 %3$s",
			       "/nowhere");
	CU_ASSERT_PTR_NOT_NULL(
		strstr(outcome.error, "dissector --name sidecall --idl idl/calc.x -D 'N=(1)' >"));
	CU_ASSERT_PTR_NOT_NULL(strstr(
		outcome.error, " -d tcp.port==99,sidecall -d udp.port==99,sidecall -r /tmp/"));
	outcome_release(&outcome);
}

/* A tshark of our own says as whom it runs, and what it cannot. */
static void test_tshark_itself(void)
{
	static const struct {
		const char *does;
		int status;
		const char *says;
	} cases[] = {
		{ "echo I am $(id -u) >&2; exit 2", 65, "does not read it: I am " },
		{ "printf 'a\\033[31mb' >&2; exit 2", 65, "does not read it: a?[31mb" },
		{ "exit 0", 69, "does not run the dissector" },
		{ "echo end 0 0 0 0 0 0", 65, "no message" },
		{ "echo message 1 2 3", 70, "cannot be read" },
		{ "echo hello", 70, "cannot be read" },
		{ "kill -KILL $$", 71, "signal 9 ended tshark" },
	};

	fclose(open_capture());
	for (size_t i = 0; i < COUNT(cases); i++) {
		char file[sizeof(directory) + 16];
		struct outcome outcome;
		FILE *script;

		snprintf(file, sizeof(file), "%s/tshark", directory);
		script = fopen(file, "w");
		CU_ASSERT_FATAL(script != NULL);
		fprintf(script, "#!/bin/sh\n%s\n", cases[i].does);
		fclose(script);
		chmod(file, 0755);
		outcome = run_in_shell("printf '\\012\\015\\015\\012' >%3$s; "
				       "PATH=%1$s:$PATH %2$s decode %3$s",
				       directory);
		CHECK_THAT(outcome.status == cases[i].status, "%s: %d", cases[i].does,
			   outcome.status);
		CHECK_THAT(strstr(outcome.error, cases[i].says) != NULL, "%s: %s", cases[i].does,
			   outcome.error);
		if (i == 0 && geteuid() == 0)
			CU_ASSERT_PTR_NULL(strstr(outcome.error, "I am 0"));
		outcome_release(&outcome);
		unlink(file);
	}
}

static void test_damaged_files(void)
{
	static const struct {
		const char *makes, *says;
	} cases[] = {
		{ "head -c 900 tests/captures/60_gap_midrecord.pcap", "cut short" },
		{ "echo hello | gzip", "no message" },
		{ "printf '\\324\\303\\262\\241'", "does not read it" },
	};

	if (!have_tshark())
		return;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char format[256];
		struct outcome outcome;

		snprintf(format, sizeof(format), "%s >%%3$s; %%2$s decode %%3$s #%%1$s",
			 cases[i].makes);
		outcome = run_in_shell(format, "");
		CHECK_INT(outcome.status, 65);
		CHECK_THAT(strstr(outcome.error, cases[i].says) != NULL, "%s: %s", cases[i].makes,
			   outcome.error);
		outcome_release(&outcome);
	}
}

/* ---- what the dissector writes ---- */

static void test_lines(void)
{
	static const struct {
		const char *text;
		int result;
		size_t messages;
	} cases[] = {
		{ "", 0, 0 },
		{ "end 1 2 3 4 5 6\nmore", 0, 0 },
		{ "end 1 2 3 4 5\n", -EPROTO, 0 },
		{ "message 1 0.5 a b raw call 1 0 8\nabcd\0\1\0\0" /* follows */, 0, 1 },
		{ "message 1 0.5 a b raw call 1 0 9\nabcd\0\1\0\0", -EPROTO, 0 },
		{ "message 1 0.5 a b raw call 1 1 8\nabcd\0\1\0\0", -EPROTO, 0 },
		{ "message 1 0.5 a b raw call 1 0 99999999999\n", -EPROTO, 0 },
		{ "message 1 0.5 a b\n", -EPROTO, 0 },
		{ "lost a b 1 2\n", -EPROTO, 0 },
		{ "nothing\n", -EPROTO, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct decoder *decoder = calloc(1, sizeof(*decoder));
		struct capture_losses losses = { 0 };
		size_t length = strlen(cases[i].text);
		FILE *from;

		length += strstr(cases[i].text, "abcd") ? 4 : 0; /* behind the first zero */
		from = fmemopen((void *)cases[i].text, length ? length : 1, "r");
		if (!length)
			fgetc(from);
		decoder->out = fopen("/dev/null", "w");
		decoder->known = (struct message_known){ true, true, true, true, NULL };
		CHECK_THAT(capture_read(decoder, from, &losses) == cases[i].result, "%s",
			   cases[i].text);
		CHECK_INT(decoder->messages, cases[i].messages);
		CHECK_INT(losses.left_out, losses.ended ? 6 : 0);
		fclose(decoder->out);
		fclose(from);
		free(decoder);
	}
}

static const struct test tests[] = {
	{ "captures as they come", test_captures },
	{ "how much is lost", test_verdict },
	{ "a lost fragment", test_lost_fragment },
	{ "every sample, in and out of order", test_samples },
	{ "segments in every order", test_orders },
	{ "fragments of a byte", test_fragments },
	{ "short behind long", test_short_behind_long },
	{ "a call that an error quotes", test_quoted },
	{ "records that are none", test_false_records },
	{ "many gaps", test_holes },
	{ "a port that is ours", test_port },
	{ "options", test_options },
	{ "other programs", test_other_programs },
	{ "from a pipe", test_pipe },
	{ "without tshark", test_without_tshark },
	{ "a tshark that fails", test_tshark_itself },
	{ "damaged files", test_damaged_files },
	{ "what the dissector writes", test_lines },
	{ 0 },
};

int main(void)
{
	int status;

	if (!harness_directory(directory) || chmod(directory, 0755) < 0)
		return EXIT_FAILURE;
	snprintf(path, sizeof(path), "%s/capture", directory);
	status = harness_run("capture", tests);
	remove_tree(directory);
	return status;
}
