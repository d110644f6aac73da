/* Captured TCP connections: bytes in order, and what is kept of those that are not. */
#include "trace/flows.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MOST_HELD    1024 /* segments that one flow holds */

/* One direction, and what was taken of it. */
struct fixture {
	struct flows flows;
	struct flow *flow;
	struct packet packet;
};

static struct packet packet_between(const char *from, const char *to)
{
	struct packet packet = { .tcp = true };

	snprintf(packet.from, sizeof(packet.from), "%s", from);
	snprintf(packet.to, sizeof(packet.to), "%s", to);
	return packet;
}

static void begin(struct fixture *fixture)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->flows.limit = 1 << 20;
	fixture->packet = packet_between("10.0.0.1:5", "10.0.0.2:7117");
	CHECK_INT(flows_find(&fixture->flows, &fixture->packet, &fixture->flow), 0);
}

static void end(struct fixture *fixture)
{
	flows_release(&fixture->flows);
}

static void take(struct fixture *fixture, uint32_t sequence, const char *text, bool syn)
{
	fixture->packet.sequence = sequence;
	fixture->packet.payload = (const uint8_t *)text;
	fixture->packet.length = strlen(text);
	fixture->packet.syn = syn;
	CHECK_INT(flow_take(fixture->flow, &fixture->packet), 0);
}

static void check_stream(struct fixture *fixture, const char *text, size_t lost)
{
	struct flow *flow = fixture->flow;

	CHECK_INT(flow->stream.length, strlen(text));
	if (flow->stream.length == strlen(text))
		CHECK_BYTES(flow->stream.data, text, strlen(text));
	CHECK_INT(flow->lost, lost);
}

static void check_nothing_held(const struct fixture *fixture)
{
	CU_ASSERT_PTR_NULL(fixture->flow->held);
	CHECK_INT(fixture->flow->held_count, 0);
	CHECK_INT(fixture->flow->held_bytes, 0);
}

/* ---- orders ---- */

/* "abcdefghi" behind a SYN, in pieces, from a sequence number that `start` adds. */
struct piece {
	uint32_t at;
	const char *text;
};

static const struct {
	const char *name;
	struct piece pieces[6];
} orders[] = {
	{ "in order", { { 0, "abc" }, { 3, "def" }, { 6, "ghi" } } },
	{ "backwards", { { 6, "ghi" }, { 3, "def" }, { 0, "abc" } } },
	{ "one late", { { 0, "abc" }, { 6, "ghi" }, { 3, "def" } } },
	{ "all twice",
	  { { 0, "abc" }, { 0, "abc" }, { 3, "def" }, { 3, "def" }, { 6, "ghi" }, { 3, "def" } } },
	{ "twice while held", { { 3, "def" }, { 3, "def" }, { 6, "ghi" }, { 0, "abc" } } },
	{ "again in other pieces", { { 0, "abcde" }, { 3, "defg" }, { 1, "bcdefghi" } } },
	{ "held in other pieces", { { 4, "efg" }, { 2, "cdefghi" }, { 0, "abc" } } },
	{ "a byte before", { { 0, "a" }, { 0, "ab" }, { 1, "bc" }, { 2, "cdefghi" } } },
	{ "the end twice", { { 0, "abcdefghi" }, { 8, "i" } } },
};

/* Numbers are 32 bits, and go round anywhere. */
static const uint32_t starts[] = {
	0, 1, 1000, UINT32_MAX, UINT32_MAX - 2, UINT32_MAX - 3, UINT32_MAX - 7, INT32_MAX - 4,
};

static void test_orders(void)
{
	for (size_t i = 0; i < COUNT(orders); i++)
		for (size_t j = 0; j < COUNT(starts); j++) {
			struct fixture fixture;

			begin(&fixture);
			take(&fixture, starts[j], "", true);
			for (size_t k = 0; k < 6 && orders[i].pieces[k].text; k++)
				take(&fixture, starts[j] + orders[i].pieces[k].at,
				     orders[i].pieces[k].text, false);
			check_stream(&fixture, "abcdefghi", 0);
			check_nothing_held(&fixture);
			end(&fixture);
		}
}

/* ---- counts that go down again ---- */

/* Far more segments come too early than may be held, but never at the same time. */
static void test_held_now_and_then(void)
{
	const size_t rounds = 2 * MOST_HELD;
	struct fixture fixture;

	begin(&fixture);
	take(&fixture, 1, "", true);
	for (uint32_t i = 0; i < rounds; i++) {
		take(&fixture, 1 + 2 * i + 1, "b", false);
		CHECK_INT(fixture.flow->held_count, 1);
		take(&fixture, 1 + 2 * i, "a", false);
		check_nothing_held(&fixture);
	}
	CHECK_INT(fixture.flow->stream.length, 2 * rounds);
	CHECK_INT(fixture.flow->lost, 0);
	end(&fixture);
}

/* One too many is held: what is missing before them is given up. */
static void test_held_too_many(void)
{
	struct fixture fixture;

	begin(&fixture);
	take(&fixture, 1, "abc", true);
	for (uint32_t i = 0; i < MOST_HELD; i++)
		take(&fixture, 10 + i, "x", false);
	CHECK_INT(fixture.flow->held_count, MOST_HELD);
	check_stream(&fixture, "abc", 0);
	take(&fixture, 10 + MOST_HELD, "y", false);
	check_nothing_held(&fixture);
	CHECK_INT(fixture.flow->stream.length, MOST_HELD + 1);
	CHECK_INT(fixture.flow->lost, 3 + 6); /* "abc", which had no end, and the gap */
	end(&fixture);
}

/* ---- ends and beginnings ---- */

static void test_finish(void)
{
	struct fixture fixture;

	begin(&fixture);
	take(&fixture, 1, "", true);
	take(&fixture, 4, "def", false);
	take(&fixture, 10, "jk", false);
	CHECK_INT(flow_finish(fixture.flow), 0);
	check_stream(&fixture, "jk", 3 + 3 + 3);
	check_nothing_held(&fixture);
	CHECK_INT(flow_finish(fixture.flow), 0);
	check_stream(&fixture, "jk", 9);
	end(&fixture);
}

/* A connection between the same ports begins anew, and a SYN that comes again does not. */
static void test_syn(void)
{
	struct fixture fixture;

	begin(&fixture);
	take(&fixture, 1, "", true);
	take(&fixture, 1, "", true);
	take(&fixture, 1, "abc", false);
	take(&fixture, 9, "late", false);
	take(&fixture, 5000, "", true);
	check_nothing_held(&fixture);
	check_stream(&fixture, "", 0);
	take(&fixture, 5000, "new", false);
	check_stream(&fixture, "new", 0);
	end(&fixture);
}

/* A capture that begins in the middle. */
static void test_no_syn(void)
{
	struct fixture fixture;

	begin(&fixture);
	take(&fixture, 777, "", false);
	CU_ASSERT(!fixture.flow->started);
	take(&fixture, 777, "abc", false);
	take(&fixture, 780, "def", false);
	check_stream(&fixture, "abcdef", 0);
	end(&fixture);
}

/* ---- which flow ---- */

static struct flow *found(struct flows *flows, const char *from, const char *to, bool tcp)
{
	struct packet packet = packet_between(from, to);
	struct flow *flow = NULL;

	packet.tcp = tcp;
	CHECK_INT(flows_find(flows, &packet, &flow), 0);
	return flow;
}

static void test_which(void)
{
	struct flows flows = { .limit = 1 << 20 };
	const struct flow *one = found(&flows, "a:1", "b:2", true);
	const struct flow *back = found(&flows, "b:2", "a:1", true);
	const struct flow *datagrams = found(&flows, "a:1", "b:2", false);

	CU_ASSERT_PTR_EQUAL(found(&flows, "a:1", "b:2", true), one);
	CU_ASSERT_PTR_EQUAL(flows_reverse(&flows, one), back);
	CU_ASSERT_PTR_EQUAL(flows_reverse(&flows, back), one);
	CU_ASSERT_PTR_NULL(flows_reverse(&flows, datagrams));
	CHECK_INT(one->connection, 1);
	CHECK_INT(back->connection, 1);
	CHECK_INT(datagrams->connection, 3);
	CHECK_INT(flows.count, 3);
	/* As the table grows all are found, and none twice. */
	for (int i = 0; i < 1000; i++) {
		char from[32];
		struct flow *flow;

		snprintf(from, sizeof(from), "c:%d", i);
		flow = found(&flows, from, "b:2", true);
		CU_ASSERT_PTR_EQUAL(found(&flows, from, "b:2", true), flow);
	}
	CHECK_INT(flows.count, 1003);
	CU_ASSERT_PTR_EQUAL(found(&flows, "a:1", "b:2", true), one);
	CU_ASSERT_PTR_EQUAL(found(&flows, "a:1", "b:2", false), datagrams);
	flows_release(&flows);
}

/* ---- how much is kept ---- */

static void test_kept(void)
{
	static char text[60001];
	struct fixture fixture;

	memset(text, 'x', 60000);
	begin(&fixture);
	fixture.flows.limit = 100000;
	take(&fixture, 1, "", true);
	for (int i = 0; i < 10; i++) {
		/* Held, counted, and given back when it was read. */
		take(&fixture, fixture.flow->next + 1, text, false);
		CHECK_INT(flows_count(&fixture.flows, fixture.flow), 0);
		CU_ASSERT(fixture.flows.kept >= 60000);
		take(&fixture, fixture.flow->next, "y", false);
		CHECK_INT(fixture.flow->stream.length, 60001);
		fixture.flow->stream.length = 0;
		CHECK_INT(flows_count(&fixture.flows, fixture.flow), 0);
		CHECK_INT(fixture.flows.kept, 0);
	}
	take(&fixture, fixture.flow->next + 1, text, false);
	take(&fixture, fixture.flow->next + 1, text, false);
	CHECK_INT(flows_count(&fixture.flows, fixture.flow), -EFBIG);
	end(&fixture);
}

static const struct test tests[] = {
	{ "segments in any order", test_orders },
	{ "segments held now and then", test_held_now_and_then },
	{ "too many are held", test_held_too_many },
	{ "the end", test_finish },
	{ "beginning anew", test_syn },
	{ "no beginning", test_no_syn },
	{ "which flow", test_which },
	{ "how much is kept", test_kept },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("flows", tests);
}
