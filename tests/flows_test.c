/* Captured TCP: segments that come late, twice, overlapping, or never, and connections that begin
 * anew between the same ports. */
#include "trace/flows.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/decode.h"
#include "tests/kit/calls.h"
#include "tests/kit/capture.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT         "abcdefghijklmnopqrstuvwxyz"

/* ---- one direction ---- */

#define SYN (-1) /* in place of a length: the connection begins in front of that place */

/* A part of the text, at its place behind where the connection begins. */
struct piece {
	int at, length;
};

/* From the text's beginning on, up to a piece of zeroes. */
static const struct {
	const char *name;
	struct piece pieces[10];
	const char *stream; /* what is behind the last gap */
	size_t lost;
} courses[] = {
	{ "in order", { { 0, SYN }, { 0, 10 }, { 10, 10 } }, "abcdefghijklmnopqrst", 0 },
	{ "without a beginning", { { 5, 5 }, { 10, 5 } }, "fghijklmno", 0 },
	{ "the second first", { { 0, SYN }, { 10, 10 }, { 0, 10 } }, "abcdefghijklmnopqrst", 0 },
	{ "backwards", { { 0, SYN }, { 9, 3 }, { 6, 3 }, { 3, 3 }, { 0, 3 } }, "abcdefghijkl", 0 },
	{ "shuffled",
	  { { 0, SYN }, { 6, 3 }, { 12, 3 }, { 3, 3 }, { 9, 3 }, { 0, 3 } },
	  "abcdefghijklmno",
	  0 },
	{ "each twice",
	  { { 0, SYN }, { 0, 5 }, { 0, 5 }, { 5, 5 }, { 5, 5 }, { 0, 5 } },
	  "abcdefghij",
	  0 },
	{ "overlapping", { { 0, SYN }, { 0, 5 }, { 3, 5 }, { 1, 9 } }, "abcdefghij", 0 },
	{ "overlapping ahead", { { 0, SYN }, { 4, 6 }, { 2, 6 }, { 0, 3 } }, "abcdefghij", 0 },
	{ "one that holds all held ones",
	  { { 0, SYN }, { 2, 2 }, { 5, 2 }, { 0, 9 } },
	  "abcdefghi",
	  0 },
	{ "a SYN again", { { 0, SYN }, { 0, SYN }, { 0, 5 } }, "abcde", 0 },
	{ "a SYN again, and held bytes",
	  { { 0, SYN }, { 5, 5 }, { 0, SYN }, { 0, 5 } },
	  "abcdefghij",
	  0 },
	{ "a new beginning", { { 0, SYN }, { 0, 5 }, { 20, SYN }, { 20, 3 } }, "uvw", 0 },
	{ "a new beginning, and held bytes",
	  { { 0, SYN }, { 7, 5 }, { 5, SYN }, { 5, 2 } },
	  "fg",
	  0 },
	{ "one is lost", { { 0, SYN }, { 0, 5 }, { 8, 4 } }, "ijkl", 5 + 3 },
	{ "the first is lost", { { 0, SYN }, { 8, 4 } }, "ijkl", 8 },
	{ "two are lost", { { 0, SYN }, { 0, 2 }, { 4, 2 }, { 8, 2 } }, "ij", 2 + 2 + 2 + 2 },
	{ "nothing at all", { { 0, SYN } }, "", 0 },
};

/* Where the connection begins: also so that its numbers pass beyond the largest one, and beyond the
 * largest one with a sign. */
static const uint32_t beginnings[] = { 100, 0xfffffff8, 0x7ffffff8 };

/* The pieces as packets; the stream and what was lost are the flow's. */
static void take_pieces(struct flow *flow, const struct piece pieces[10], uint32_t beginning)
{
	for (size_t i = 0; i < 10 && pieces[i].length; i++) {
		const struct packet packet = { .tcp = true,
					       .syn = pieces[i].length == SYN,
					       .sequence = beginning + (uint32_t)pieces[i].at,
					       .payload = (const uint8_t *)TEXT + pieces[i].at,
					       .length = pieces[i].length == SYN
								 ? 0
								 : (size_t)pieces[i].length };

		CHECK_INT(flow_take(flow, &packet), 0);
	}
	CHECK_INT(flow_finish(flow), 0);
}

static void test_courses(void)
{
	for (size_t i = 0; i < COUNT(courses); i++)
		for (size_t b = 0; b < COUNT(beginnings); b++) {
			struct flows flows = { .limit = 1000000 };
			struct packet packet = { .from = "a:1", .to = "b:2", .tcp = true };
			struct flow *flow;
			char stream[64];

			CU_ASSERT_FATAL(flows_find(&flows, &packet, &flow) == 0);
			take_pieces(flow, courses[i].pieces, beginnings[b]);
			snprintf(stream, sizeof(stream), "%.*s", (int)flow->stream.length,
				 flow->stream.data ? (char *)flow->stream.data : "");
			CHECK_THAT(strcmp(stream, courses[i].stream) == 0, "%s, from %#x on: %s",
				   courses[i].name, beginnings[b], stream);
			CHECK_THAT(flow->lost == courses[i].lost, "%s, from %#x on: %zu are lost",
				   courses[i].name, beginnings[b], flow->lost);
			CHECK_INT(flow->held_count, 0);
			CHECK_INT(flow->held_bytes, 0);
			flows_release(&flows);
		}
}

/* What is missing is given up when too much waits for it, long before the end. */
static void test_given_up(void)
{
	struct flows flows = { .limit = SIZE_MAX };
	struct packet packet = { .from = "a:1", .to = "b:2", .tcp = true, .syn = true };
	struct flow *flow;
	int taken = 0;

	CU_ASSERT_FATAL(flows_find(&flows, &packet, &flow) == 0);
	CHECK_INT(flow_take(flow, &packet), 0);
	packet.syn = false;
	packet.payload = (const uint8_t *)"x";
	packet.length = 1;
	for (packet.sequence = 10; !flow->stream.length && taken < 5000; packet.sequence++, taken++)
		CHECK_INT(flow_take(flow, &packet), 0);
	CU_ASSERT(taken > 100 && taken < 3000);
	CHECK_INT(flow->stream.length, taken);
	CHECK_INT(flow->lost, 10);
	CHECK_INT(flow->held_count, 0);
	flows_release(&flows);
}

/* ---- several ---- */

static struct flow *flow_of(struct flows *flows, const char *from, const char *to, bool tcp)
{
	struct packet packet = { .tcp = tcp };
	struct flow *flow = NULL;

	snprintf(packet.from, sizeof(packet.from), "%s", from);
	snprintf(packet.to, sizeof(packet.to), "%s", to);
	CHECK_INT(flows_find(flows, &packet, &flow), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(flow);
	return flow;
}

/* A connection has two directions; ports, addresses and protocols tell one from another. */
static void test_directions(void)
{
	struct flows flows = { .limit = 1000000 };
	struct flow *there = flow_of(&flows, "a:1", "b:2", true);
	struct flow *back = flow_of(&flows, "b:2", "a:1", true);
	struct flow *others[] = { flow_of(&flows, "a:1", "b:2", false),
				  flow_of(&flows, "a:1", "b:3", true),
				  flow_of(&flows, "a:2", "b:2", true),
				  flow_of(&flows, "c:1", "b:2", true) };

	CU_ASSERT(there != back && flow_of(&flows, "a:1", "b:2", true) == there);
	CU_ASSERT(flows_reverse(&flows, there) == back && flows_reverse(&flows, back) == there);
	CHECK_INT(back->connection, there->connection);
	for (size_t i = 0; i < COUNT(others); i++) {
		CU_ASSERT(others[i]->connection != there->connection);
		CU_ASSERT_PTR_NULL(flows_reverse(&flows, others[i]));
		for (size_t j = 0; j < i; j++)
			CU_ASSERT(others[i]->connection != others[j]->connection);
	}
	CHECK_INT(flows.count, 2 + COUNT(others));
	flows_release(&flows);
}

/* Each is found again among many, of which some share a chain, whatever it is that tells them
 * apart: there was made room for them several times. */
static void test_many(void)
{
	enum { MANY = 20000 };
	struct flows flows = { .limit = 1000000 };
	unsigned int wrong = 0;

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < MANY; i++) {
			char from[16], to[16];

			snprintf(from, sizeof(from), "a:%d", i / 200);
			snprintf(to, sizeof(to), "b:%d", i / 2 % 100);
			wrong += flow_of(&flows, from, to, i % 2) != flows.list[i];
		}
	CHECK_INT(wrong, 0);
	CHECK_INT(flows.count, MANY);
	flows_release(&flows);
}

/* ---- what is said of a whole capture ---- */

struct said {
	int code;
	size_t messages, other;
	struct failure failure;
	char *text;
};

static void said_release(struct said *said)
{
	free(said->text);
}

/* Of a file that ends so many bytes too early. */
static struct said decode_all_but(size_t lacking, const struct capture_packet *packets,
				  size_t count)
{
	static struct decoder decoder;
	struct buffer input = { 0 };
	FILE *file = open_memstream((char **)&input.data, &input.length), *out;
	struct capture_file capture;
	struct said said = { 0 };
	size_t size;

	capture_begin(&capture, file, DLT_RAW, false);
	for (size_t i = 0; i < count; i++)
		capture_add(&capture, &packets[i]);
	fclose(file);
	input.length -= lacking;
	memset(&decoder, 0, sizeof(decoder));
	out = open_memstream(&said.text, &size);
	decoder.out = out;
	decoder.known = (struct message_known){ true, true, true, true, NULL };
	said.code = decode_capture(&decoder, &input, &said.failure);
	fclose(out);
	said.messages = decoder.messages;
	said.other = decoder.other;
	free(input.data);
	return said;
}

static struct said decode(const struct capture_packet *packets, size_t count)
{
	return decode_all_but(0, packets, count);
}

/* Three calls in one stream, of which each has so many bytes. */
static size_t make_calls(struct buffer *calls, bool rpc)
{
	for (uint32_t id = 1; id <= 3; id++)
		call_make(calls, rpc, true, id, "null", NULL);
	return calls->length / 3;
}

static struct capture_packet segment(const struct buffer *bytes, size_t from, size_t length)
{
	return (struct capture_packet){ .tcp = true,
					.from = 40001,
					.to = 7117,
					.sequence = 1000 + (uint32_t)from,
					.bytes = bytes->data + from,
					.length = length };
}

/* The second call was not captured, nor the half of it: the others are shown, and how much is
 * missing is said.  Of a stream that is none of ours nobody minds. */
static void test_lost_bytes(void)
{
	for (int rpc = 0; rpc < 2; rpc++) {
		struct buffer calls = { 0 };
		size_t each = make_calls(&calls, rpc);
		const struct capture_packet packets[] = { segment(&calls, 0, each),
							  segment(&calls, 2 * each, each) };
		struct said said = decode(packets, COUNT(packets));
		char lacks[64];

		snprintf(lacks, sizeof(lacks), "lacks %zu bytes", each);
		CHECK_INT(said.messages, 2);
		CHECK_INT(said.code, FAILURE_DATA);
		CHECK_THAT(strstr(said.failure.why, lacks), "%s", said.failure.why);
		CHECK_THAT(strstr(said.text, "packet 1, 0.000000 s:"), "%s", said.text);
		CHECK_THAT(strstr(said.text, "at the end:"), "%s", said.text);
		said_release(&said);
		buffer_release(&calls);
	}
}

static void test_lost_bytes_of_others(void)
{
	static uint8_t text[300];
	const struct buffer bytes = { .data = text, .length = sizeof(text) };
	struct buffer calls = { 0 };
	size_t each = make_calls(&calls, true);
	struct capture_packet packets[] = { segment(&calls, 0, each), segment(&bytes, 0, 100),
					    segment(&bytes, 200, 100) };
	struct said said;

	memset(text, '!', sizeof(text));
	packets[1].to = packets[2].to = 80;
	said = decode(packets, COUNT(packets));
	CHECK_INT(said.code, 0);
	CHECK_INT(said.messages, 1);
	CHECK_THAT(strstr(said.text, " packets and streams are neither"), "%s", said.text);
	said_release(&said);
	buffer_release(&calls);
}

/* A call that ends with the capture is shown as far as it goes, and that it is not whole is said.
 */
static void test_cut_off_at_the_end(void)
{
	for (int rpc = 0; rpc < 2; rpc++) {
		struct buffer calls = { 0 };
		size_t each = make_calls(&calls, rpc);
		const struct capture_packet packet = segment(&calls, 0, 2 * each - 2);
		struct said said = decode(&packet, 1);

		CHECK_INT(said.code, FAILURE_DATA);
		CHECK_INT(said.messages, 2);
		CHECK_THAT(strstr(said.failure.why, "1 of 2 messages are not understood"), "%s",
			   said.failure.why);
		said_release(&said);
		buffer_release(&calls);
	}
}

/* A mark that no message can have ends what is understood of a stream, at once. */
static void test_nonsense_in_a_stream(void)
{
	struct buffer calls = { 0 };
	size_t each = make_calls(&calls, false);
	const struct capture_packet packet = segment(&calls, 0, 3 * each);
	struct said said;

	memset(calls.data + each, 0xff, 4);
	said = decode(&packet, 1);
	CHECK_INT(said.code, FAILURE_DATA);
	CHECK_INT(said.messages, 2);
	CHECK_THAT(!strstr(said.text, "at the end:"), "%s", said.text);
	said_release(&said);
	buffer_release(&calls);
}

/* A file that ends within a packet: what is in front of that is shown. */
static void test_damaged_file(void)
{
	struct buffer calls = { 0 };
	size_t each = make_calls(&calls, true);
	const struct capture_packet packets[] = { segment(&calls, 0, each),
						  segment(&calls, each, each) };
	struct said said = decode_all_but(3, packets, COUNT(packets));

	CHECK_INT(said.code, FAILURE_DATA);
	CHECK_INT(said.messages, 1);
	CHECK_THAT(strstr(said.failure.why, "the pcap file is damaged"), "%s", said.failure.why);
	said_release(&said);
	buffer_release(&calls);
}

/* However small the segments are, what is in them is understood: nothing is made of a stream before
 * there is enough of it. */
static void test_small_segments(void)
{
	for (int rpc = 0; rpc < 2; rpc++)
		for (size_t size = 1; size < 20; size++) {
			struct capture_packet packets[200];
			struct buffer calls = { 0 };
			struct said said;
			size_t count = 0;

			make_calls(&calls, rpc);
			for (size_t at = 0; at < calls.length; at += size) {
				size_t left = calls.length - at;

				packets[count++] = segment(&calls, at, left < size ? left : size);
			}
			said = decode(packets, count);
			CHECK_THAT(said.code == 0 && said.messages == 3 && said.other == 0,
				   "%d bytes each: %d, %zu messages, %zu others", (int)size,
				   said.code, said.messages, said.other);
			said_release(&said);
			buffer_release(&calls);
		}
}

/* What would be a call but for the mark in front of it, which no message has. */
static void test_marks_of_others(void)
{
	static const struct {
		bool rpc;
		uint8_t mark[4];
	} marks[] = { { true, { 0xff, 0xff, 0xff, 0xf0 } }, { true, { 0x80, 0, 0, 4 } },
		      { true, { 0x80, 0x20, 0, 0 } },       { false, { 0x7f, 0xff, 0xff, 0xf0 } },
		      { false, { 0, 0x20, 0, 0 } },         { false, { 0, 0, 0, 4 } } };

	for (size_t i = 0; i < COUNT(marks); i++) {
		struct buffer calls = { 0 };
		size_t each = make_calls(&calls, marks[i].rpc);
		struct capture_packet packets[2];
		struct said said;

		packets[0] = segment(&calls, 0, 3 * each);
		memcpy(calls.data, marks[i].mark, sizeof(marks[i].mark));
		said = decode(packets, 1);
		CHECK_THAT(said.messages == 0 && said.other == 1, "mark %zu: %zu messages", i,
			   said.messages);
		said_release(&said);
		buffer_release(&calls);
	}
}

/* An answer that is none: that it is one is known by the calls, which are understood. */
static void test_answer_of_nonsense(void)
{
	static const char nonsense[] = "HTTP/1.1 400 Bad Request\r\n";
	const struct buffer bytes = { .data = (uint8_t *)nonsense, .length = sizeof(nonsense) - 1 };
	struct buffer calls = { 0 };
	size_t each = make_calls(&calls, true);
	struct capture_packet packets[] = { segment(&calls, 0, each),
					    segment(&bytes, 0, bytes.length) };
	struct said said;

	packets[1].from = packets[0].to;
	packets[1].to = packets[0].from;
	said = decode(packets, COUNT(packets));
	CHECK_INT(said.code, FAILURE_DATA);
	CHECK_INT(said.messages, 2);
	CHECK_INT(said.other, 0);
	CHECK_THAT(strstr(said.failure.why, "1 of 2 messages are not"), "%s", said.failure.why);
	said_release(&said);
	buffer_release(&calls);
}

/* Nothing of ours, and nothing at all. */
static void test_nothing(void)
{
	const struct buffer bytes = { .data = (uint8_t *)TEXT TEXT, .length = 52 };
	const struct capture_packet packet = segment(&bytes, 0, 52);

	for (size_t count = 0; count < 2; count++) {
		struct said said = decode(&packet, count);

		CHECK_INT(said.code, FAILURE_DATA);
		CHECK_THAT(strstr(said.failure.why, "there is no message of rpc or raw in it"),
			   "%s", said.failure.why);
		said_release(&said);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "segments in any order", test_courses },
		{ "a gap that is given up", test_given_up },
		{ "directions of connections", test_directions },
		{ "many connections", test_many },
		{ "bytes that were not captured", test_lost_bytes },
		{ "bytes that were not captured of others", test_lost_bytes_of_others },
		{ "a capture that ends within a message", test_cut_off_at_the_end },
		{ "nonsense in a stream", test_nonsense_in_a_stream },
		{ "a file that ends within a packet", test_damaged_file },
		{ "small segments", test_small_segments },
		{ "marks that no message has", test_marks_of_others },
		{ "an answer that is none", test_answer_of_nonsense },
		{ "no message", test_nothing },
		{ NULL, NULL },
	};

	return harness_run("flows", tests);
}
