/* What a worker counts of calls: how they are put together, and what is not believed. */
#include "server/runtime/counters.h"

#include "tests/kit/harness.h"

static struct counters counters;

static struct counted call_of(uint32_t procedure, enum call_outcome outcome)
{
	return (struct counted){ .program = 0x20001234,
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
	return find(0x20001234, 1, procedure);
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
	count(1, OUTCOME_SUCCESS, 5000000);
	count(1, OUTCOME_SUCCESS, 9000000);
	counters_begin(&counters, true);
	CHECK_INT(known(1)->outcomes[OUTCOME_SUCCESS], 3);
	CHECK_INT(known(1)->nanoseconds, 2100);
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
		{ OUTCOME_CREDENTIAL, COUNTED_OTHER, COUNTED_OTHER, COUNTED_OTHER },
		{ OUTCOME_BUSY, COUNTED_OTHER, COUNTED_OTHER, COUNTED_OTHER },
		{ OUTCOME_VERSION, 0x20001234, COUNTED_OTHER, COUNTED_OTHER },
		{ OUTCOME_PROCEDURE, 0x20001234, 1, COUNTED_OTHER },
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

/* A program that answers any number fills the table, and no more: the rest is "other". */
static void test_full(void)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < 3 * COUNTERS_ROWS; i++)
		count(i, OUTCOME_SUCCESS, i);
	counters_settle(&counters, 3 * COUNTERS_ROWS);
	CHECK_INT(counters_rows(&counters), COUNTERS_ROWS);
	for (unsigned int i = 0; i < COUNTERS_ROWS; i++)
		all += counters.rows[i]->outcomes[OUTCOME_SUCCESS];
	CHECK_INT(all, 3 * COUNTERS_ROWS);
	CHECK_INT(find(COUNTED_OTHER, COUNTED_OTHER, COUNTED_OTHER)->outcomes[OUTCOME_SUCCESS],
		  2 * COUNTERS_ROWS + 1);
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
	{ "a full table has a row for the rest", test_full },
	{ 0 },
};

int main(void)
{
	return harness_run("counters", tests);
}
