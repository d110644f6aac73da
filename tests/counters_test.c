/* What a worker counts of calls: how they are put together, and what is not believed. */
#include "server/runtime/counters.h"

#include "server/runtime/served.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define PROGRAM  0x20001234
#define VERSIONS 10
#define ANOTHER  0x20005678
#define NAMED    1000 /* procedures of it from there on are in a contract */
#define MADE_UP  0x30000000

static const struct sidecall_svc_program programs[] = {
	{ .program = PROGRAM, .version = 1 }, { .program = PROGRAM, .version = 2 },
	{ .program = PROGRAM, .version = 3 }, { .program = PROGRAM, .version = 4 },
	{ .program = PROGRAM, .version = 5 }, { .program = PROGRAM, .version = 6 },
	{ .program = PROGRAM, .version = 7 }, { .program = PROGRAM, .version = 8 },
	{ .program = PROGRAM, .version = 9 }, { .program = PROGRAM, .version = VERSIONS },
	{ .program = ANOTHER, .version = 1 }, { 0 },
};

static bool is_named(rpcprog_t program, rpcvers_t version, rpcproc_t procedure)
{
	(void)version;
	return program == ANOTHER && procedure >= NAMED && procedure != COUNTED_OTHER;
}

static const struct served served = { .programs = programs, .has = is_named };
static struct counters counters = { .served = &served };

static struct counted call_of(uint32_t procedure, enum call_outcome outcome)
{
	return (struct counted){ .program = PROGRAM,
				 .version = 1,
				 .procedure = procedure,
				 .outcome = (uint8_t)outcome };
}

static void count(uint32_t procedure, enum call_outcome outcome, int64_t looked)
{
	const struct counted call = call_of(procedure, outcome);

	counters_count(&counters, &call, looked, 40, 28);
}

static const struct counters_row *find(uint32_t program, uint32_t version, uint32_t procedure)
{
	for (unsigned int i = 0; i < counters_rows(&counters); i++) {
		const struct counters_row *row = counters.rows[i];

		if (row->call.program == program && row->call.version == version &&
		    row->call.procedure == procedure)
			return row;
	}
	return NULL;
}

static const struct counters_row *known(uint32_t procedure)
{
	return find(PROGRAM, 1, procedure);
}

/* ---- durations ---- */

static void test_spans(void)
{
	static const struct {
		int64_t time;
		unsigned int span;
	} rows[] = { { 0, 0 },         { 255, 0 },
		     { 256, 1 },       { 511, 1 },
		     { 512, 2 },       { (INT64_C(1) << 34) - 1, 26 },
		     { -1, 0 },        { INT64_C(1) << 35, 28 },
		     { INT64_MAX, 28 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_INT(counters_span(rows[i].time), rows[i].span);
}

/* Calls between two looks at the clock share what it took. */
static void test_share(void)
{
	for (int i = 0; i < 3; i++)
		count(1, OUTCOME_SUCCESS, 1000);
	count(2, OUTCOME_SUCCESS, 1000);
	CHECK_INT(counters_rows(&counters), 0); /* not yet */
	counters_settle(&counters, 5000);
	CHECK_INT(known(1)->outcomes[OUTCOME_SUCCESS], 3);
	CHECK_INT(known(1)->nanoseconds, 3000);
	CHECK_INT(known(1)->spans[counters_span(1000)], 3);
	CHECK_INT(known(1)->received, 120);
	CHECK_INT(known(1)->sent, 84);
	CHECK_INT(known(2)->nanoseconds, 1000);
	counters_settle(&counters, 9000); /* nobody called since */
	CHECK_INT(known(1)->nanoseconds, 3000);
	counters_release(&counters);
}

/* A look in the middle of a turn ends the part of those before, when there are some. */
static void test_look_between(void)
{
	for (int i = 0; i < 4; i++)
		count(1, OUTCOME_SUCCESS, 1000);
	count(1, OUTCOME_SUCCESS, 5000); /* those before took 1000 each */
	CU_ASSERT_PTR_NOT_NULL_FATAL(known(1));
	CHECK_INT(known(1)->outcomes[OUTCOME_SUCCESS], 4);
	CHECK_INT(known(1)->nanoseconds, 4000);
	count(1, OUTCOME_SUCCESS, 5100); /* for one alone it is not worth it */
	CHECK_INT(known(1)->outcomes[OUTCOME_SUCCESS], 4);
	counters_settle(&counters, 5300);
	CHECK_INT(known(1)->nanoseconds, 4300);
	CHECK_INT(known(1)->outcomes[OUTCOME_SUCCESS], 6);
	counters_release(&counters);
}

/* What was refused before anybody knew it does not stay with the others. */
static void test_known_later(void)
{
	count(9, OUTCOME_CREDENTIAL, 1);
	counters_settle(&counters, 2);
	count(9, OUTCOME_SUCCESS, 2);
	counters_settle(&counters, 3);
	count(9, OUTCOME_CREDENTIAL, 3);
	counters_settle(&counters, 4);
	CU_ASSERT_PTR_NOT_NULL_FATAL(known(9));
	CHECK_INT(known(9)->outcomes[OUTCOME_CREDENTIAL], 1);
	counters_release(&counters);
}

/* Those that are not timed take as long as the last one that was. */
static void test_untimed(void)
{
	counters_begin(&counters, true);
	count(1, OUTCOME_SUCCESS, 1000);
	counters_settle(&counters, 1700);
	counters_begin(&counters, false);
	for (int64_t i = 1; i <= 5; i++) /* in the midst of which a look puts some into their row */
		count(1, OUTCOME_SUCCESS, i * 5000000);
	counters_begin(&counters, true);
	CHECK_INT(known(1)->outcomes[OUTCOME_SUCCESS], 6);
	CHECK_INT(known(1)->nanoseconds, 4200);
	counters_release(&counters);
}

/* More that differ than there are places for are counted all the same. */
static void test_many_at_once(void)
{
	for (uint32_t i = 1; i <= 3 * COUNTERS_TALLIES; i++)
		count(i, OUTCOME_SUCCESS, 1000);
	counters_settle(&counters, 2000);
	for (uint32_t i = 1; i <= 3 * COUNTERS_TALLIES; i++)
		CHECK_INT(known(i)->outcomes[OUTCOME_SUCCESS], 1);
	counters_release(&counters);
}

/* ---- numbers that callers make up ---- */

static void test_unknown(void)
{
	static const struct {
		enum call_outcome outcome;
		uint32_t program, version, procedure; /* of the row that it comes to */
	} rows[] = {
		{ OUTCOME_PROGRAM, COUNTED_OTHER, COUNTED_OTHER, COUNTED_OTHER },
		{ OUTCOME_RPC, COUNTED_OTHER, COUNTED_OTHER, COUNTED_OTHER },
		{ OUTCOME_VERSION, PROGRAM, COUNTED_OTHER, COUNTED_OTHER },
		{ OUTCOME_PROCEDURE, PROGRAM, 1, COUNTED_OTHER },
		{ OUTCOME_CREDENTIAL, PROGRAM, 1, COUNTED_OTHER },
		{ OUTCOME_BUSY, PROGRAM, 1, COUNTED_OTHER },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t n = 0; n < 1000; n++)
			count(100 + n, rows[i].outcome, 1000 + n);
		counters_settle(&counters, 5000);
		CU_ASSERT_PTR_NOT_NULL_FATAL(
			find(rows[i].program, rows[i].version, rows[i].procedure));
		CHECK_INT(find(rows[i].program, rows[i].version, rows[i].procedure)
				  ->outcomes[rows[i].outcome],
			  1000);
	}
	CHECK_INT(counters_rows(&counters), 3);
	counters_release(&counters);
}

/* What a procedure that is known is refused for counts as its own. */
static void test_known_refused(void)
{
	count(7, OUTCOME_SUCCESS, 1);
	count(7, OUTCOME_CREDENTIAL, 1);
	count(7, OUTCOME_BUSY, 1);
	counters_settle(&counters, 2);
	CHECK_INT(known(7)->outcomes[OUTCOME_CREDENTIAL], 1);
	CHECK_INT(known(7)->outcomes[OUTCOME_BUSY], 1);
	CHECK_INT(counters_rows(&counters), 1);
	counters_release(&counters);
}

static void count_all(const struct counted *call, int64_t now)
{
	struct counted one = *call;

	for (uint8_t outcome = 0; outcome < OUTCOMES; outcome++) {
		one.outcome = outcome;
		counters_count(&counters, &one, now, 40, 28);
		counters_count_apart(&counters, &one, 1, 40, 28);
	}
	one.outcome = 0;
	counters_count_remembered(&counters, &one, 40, 28);
}

/* Whatever becomes of a call, and with the numbers among them that stand for "other": what is not
 * here has no row, and what is here has. */
static void test_made_up(void)
{
	static const uint32_t versions[] = { 0, 1, 99, COUNTED_OTHER };
	static const uint32_t procedures[] = { 0, 1, 99, NAMED, COUNTED_OTHER };
	static const uint8_t protocols[] = { ENDPOINT_RPC, ENDPOINT_RAW };

	for (uint32_t i = 0; i < 3 * COUNTERS_ROWS; i++) {
		const struct counted call = { .program = i ? MADE_UP + i : COUNTED_OTHER,
					      .version = versions[i % 4],
					      .procedure = procedures[i % 5],
					      .protocol = protocols[i % 2] };

		count_all(&call, i);
	}
	counters_settle(&counters, 3 * COUNTERS_ROWS);
	for (unsigned int i = 0; i < counters_rows(&counters); i++) {
		CHECK_INT(counters.rows[i]->call.program, COUNTED_OTHER);
		CHECK_INT(counters.rows[i]->call.version, COUNTED_OTHER);
		CHECK_INT(counters.rows[i]->call.procedure, COUNTED_OTHER);
	}
	CHECK_INT(counters_rows(&counters), COUNT(protocols));
	count(1, OUTCOME_SUCCESS, 1);
	counters_settle(&counters, 2);
	CU_ASSERT_PTR_NOT_NULL(known(1));
	counters_release(&counters);
}

/* A reply that is sent again says nothing of its procedure. */
static void test_made_up_again(void)
{
	for (uint32_t i = 0; i < 1000; i++) {
		const struct counted call = call_of(100 + i, OUTCOME_SUCCESS);

		counters_count_remembered(&counters, &call, 40, 28);
	}
	CHECK_INT(counters_rows(&counters), 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(known(COUNTED_OTHER));
	CHECK_INT(known(COUNTED_OTHER)->remembered, 1000);
	counters_release(&counters);
}

/* Whatever a contract says of it. */
static void test_unavailable(void)
{
	const struct counted call = {
		.program = ANOTHER, .version = 1, .procedure = NAMED, .outcome = OUTCOME_PROCEDURE
	};

	counters_count(&counters, &call, 1, 40, 28);
	counters_settle(&counters, 2);
	CU_ASSERT_PTR_NOT_NULL(find(ANOTHER, 1, COUNTED_OTHER));
	CHECK_INT(counters_rows(&counters), 1);
	counters_release(&counters);
}

/* Raw messages name no version; a version 0 by rpc is one that nobody has. */
static void test_no_version(void)
{
	struct counted call = { .program = ANOTHER,
				.procedure = NAMED,
				.protocol = ENDPOINT_RAW,
				.outcome = OUTCOME_BUSY };

	counters_count(&counters, &call, 1, 40, 28);
	call.protocol = ENDPOINT_RPC;
	counters_count(&counters, &call, 1, 40, 28);
	counters_settle(&counters, 2);
	CU_ASSERT_PTR_NOT_NULL(find(ANOTHER, 0, NAMED));
	CU_ASSERT_PTR_NOT_NULL(find(COUNTED_OTHER, COUNTED_OTHER, COUNTED_OTHER));
	CHECK_INT(counters_rows(&counters), 2);
	counters_release(&counters);
}

/* A program that answers any number has some rows, and leaves the others theirs: what a contract
 * names is not of those. */
static void test_any_number(void)
{
	struct counted call = { .program = ANOTHER, .version = 1, .procedure = 1 };

	for (uint32_t i = 0; i < 3 * COUNTERS_ROWS; i++)
		count(i, OUTCOME_SUCCESS, i);
	for (call.procedure = 0; call.procedure < 2 * COUNTERS_PROCEDURES; call.procedure++)
		counters_count(&counters, &call, 1, 40, 28);
	for (call.procedure = NAMED; call.procedure < NAMED + 10; call.procedure++)
		counters_count(&counters, &call, 1, 40, 28);
	counters_settle(&counters, 2);
	CHECK_INT(counters_rows(&counters), 2 * (COUNTERS_PROCEDURES + 1) + 10);
	CHECK_INT(known(COUNTED_OTHER)->outcomes[OUTCOME_SUCCESS],
		  3 * COUNTERS_ROWS - COUNTERS_PROCEDURES);
	CHECK_INT(find(ANOTHER, 1, COUNTED_OTHER)->outcomes[OUTCOME_SUCCESS], COUNTERS_PROCEDURES);
	CU_ASSERT_PTR_NOT_NULL(find(ANOTHER, 1, NAMED + 9));
	counters_release(&counters);
}

/* In many versions it has half of all rows; versions that come too late have one for the null
 * procedure, and one for the rest. */
static void test_any_number_of_versions(void)
{
	const unsigned int calls = VERSIONS * COUNTERS_PROCEDURES;
	const unsigned int late = VERSIONS - COUNTERS_ROWS / 2 / COUNTERS_PROCEDURES;
	struct counted call = { .program = PROGRAM };

	for (unsigned int i = 0; i < calls; i++) {
		call.version = 1 + i / COUNTERS_PROCEDURES;
		call.procedure = i % COUNTERS_PROCEDURES;
		counters_count(&counters, &call, i, 40, 28);
	}
	counters_settle(&counters, calls);
	CHECK_INT(counters_rows(&counters), COUNTERS_ROWS / 2 + 2 * late);
	CU_ASSERT_PTR_NOT_NULL(find(PROGRAM, VERSIONS, NULLPROC));
	CU_ASSERT_PTR_NOT_NULL(find(PROGRAM, VERSIONS, COUNTED_OTHER));
	counters_release(&counters);
}

/* Where there are more than the table has room for, the rest is "other". */
static void test_full(void)
{
	const unsigned int calls = 2 * COUNTERS_ROWS;
	struct counted call = { .program = ANOTHER, .version = 1 };
	uint64_t all = 0;

	for (unsigned int i = 0; i < calls; i++) {
		call.procedure = NAMED + i;
		counters_count(&counters, &call, i, 40, 28);
	}
	counters_settle(&counters, calls);
	CHECK_INT(counters_rows(&counters), COUNTERS_ROWS);
	for (unsigned int i = 0; i < COUNTERS_ROWS; i++)
		all += counters.rows[i]->outcomes[OUTCOME_SUCCESS];
	CHECK_INT(all, calls);
	CHECK_INT(find(COUNTED_OTHER, COUNTED_OTHER, COUNTED_OTHER)->outcomes[OUTCOME_SUCCESS],
		  calls - COUNTERS_ROWS + 1);
	counters_release(&counters);
}

static const struct test tests[] = {
	{ "a duration has its span", test_spans },
	{ "calls between two looks at the clock share the time", test_share },
	{ "a look in the middle ends the part of those before", test_look_between },
	{ "what is known later has its own refusals from then on", test_known_later },
	{ "calls that are not timed take as long as the last one", test_untimed },
	{ "many different calls at once are all counted", test_many_at_once },
	{ "numbers that callers make up fill no table", test_unknown },
	{ "a refusal of what is known counts for it", test_known_refused },
	{ "what nobody has shares a row, whatever becomes of it", test_made_up },
	{ "also when its reply is sent again", test_made_up_again },
	{ "what its program says it has not is other", test_unavailable },
	{ "raw messages name no version", test_no_version },
	{ "a program that answers any number leaves others room", test_any_number },
	{ "in many versions, too", test_any_number_of_versions },
	{ "a full table has a row for the rest", test_full },
	{ 0 },
};

int main(void)
{
	return harness_run("counters", tests);
}
