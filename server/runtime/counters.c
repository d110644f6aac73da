/* What a worker counts of calls. */
#include "server/runtime/counters.h"

#include <stdbool.h>
#include <stdlib.h>

#include "server/runtime/loop.h"
#include "server/runtime/served.h"

unsigned int counters_span(int64_t nanoseconds)
{
	unsigned int bits = nanoseconds > 0 ? 64 - (unsigned int)__builtin_clzll(
							   (unsigned long long)nanoseconds)
					    : 0;

	if (bits <= COUNTERS_LEAST)
		return 0;
	return bits - COUNTERS_LEAST < COUNTERS_SPANS ? bits - COUNTERS_LEAST : COUNTERS_SPANS;
}

void counters_release(struct counters *counters)
{
	unsigned int count = counters_rows(counters);

	for (unsigned int i = 0; i < count; i++)
		free(counters->rows[i]);
	*counters = (struct counters){ .served = counters->served };
}

/* ---- rows ---- */

static bool is_same(const struct counted *one, const struct counted *other)
{
	return memcmp(one, other, sizeof(*one)) == 0;
}

static struct counters_row *find_row(const struct counters *counters, const struct counted *call)
{
	unsigned int count = counters_rows(counters);

	for (unsigned int i = 0; i < count; i++)
		if (is_same(&counters->rows[i]->call, call))
			return counters->rows[i];
	return NULL;
}

/* NULL: there is no room. */
static struct counters_row *add_row(struct counters *counters, const struct counted *call)
{
	unsigned int count = counters_rows(counters);
	struct counters_row *row = NULL;

	/* The last place is for what has none. */
	if (count < COUNTERS_ROWS - 1 || (count < COUNTERS_ROWS && call->program == COUNTED_OTHER))
		row = aligned_alloc(64, (sizeof(*row) + 63) & ~(size_t)63);
	if (!row)
		return NULL;
	*row = (struct counters_row){ .call = *call };
	atomic_store_explicit(&counters->rows[count], row, memory_order_relaxed);
	atomic_store_explicit(&counters->count, count + 1, memory_order_release);
	return row;
}

/* Whether an outcome shows that its program has the procedure: that has looked at the arguments. */
static bool is_proof(enum call_outcome outcome)
{
	switch (outcome) {
	case OUTCOME_SUCCESS:
	case OUTCOME_NO_REPLY:
	case OUTCOME_ARGUMENTS:
	case OUTCOME_SYSTEM:
	case OUTCOME_TOO_LARGE:
		return true;
	default:
		return false;
	}
}

static int64_t version_of(const struct counted *call)
{
	return call->protocol == ENDPOINT_RAW || call->outcome == OUTCOME_VERSION
		       ? SERVED_ANY_VERSION
		       : call->version;
}

/* What of its numbers there is here, whatever became of it: callers make up what they like. */
static struct counted without_unknown(const struct counters *counters, const struct counted *call,
				      bool proven)
{
	const struct served *served = counters->served;
	struct counted known = *call;

	known.outcome = OUTCOME_SUCCESS; /* 0 */
	if (call->outcome == OUTCOME_PROGRAM || call->outcome == OUTCOME_RPC ||
	    !served_has_version(served, call->program, version_of(call)))
		known.program = COUNTED_OTHER;
	if (call->outcome == OUTCOME_VERSION || known.program == COUNTED_OTHER)
		known.version = COUNTED_OTHER;
	if (call->outcome == OUTCOME_PROCEDURE || known.version == COUNTED_OTHER)
		known.procedure = COUNTED_OTHER;
	if (!proven && known.procedure != COUNTED_OTHER && !find_row(counters, &known) &&
	    !served_has_procedure(served, call->program, version_of(call), call->procedure))
		known.procedure = COUNTED_OTHER;
	return known;
}

/* Whether it may be a program that answers any number: then it takes no more rows from others. */
static bool has_many(const struct counters *counters, const struct counted *call)
{
	unsigned int count = counters_rows(counters), alike = 0, all = 0;
	struct counted known = *call;

	for (unsigned int i = 0; i < count; i++) {
		known.procedure = counters->rows[i]->call.procedure;
		alike += is_same(&known, &counters->rows[i]->call);
		all += known.program == counters->rows[i]->call.program;
	}
	return (alike >= COUNTERS_PROCEDURES || all >= COUNTERS_ROWS / 2) &&
	       !served_has_procedure(counters->served, call->program, version_of(call),
				     call->procedure);
}

/* NULL: there is none, and no room. */
static struct counters_row *make_row(struct counters *counters, const struct counted *call)
{
	struct counters_row *row = find_row(counters, call);

	return row ? row : add_row(counters, call);
}

/* Of its protocol and transport; where there is no room for that, of any.  NULL: out of memory. */
static struct counters_row *other_row(struct counters *counters, struct counted call)
{
	struct counters_row *row;

	call.program = call.version = call.procedure = COUNTED_OTHER;
	row = make_row(counters, &call);
	for (unsigned int i = counters_rows(counters); !row && i > 0; i--)
		if (counters->rows[i - 1]->call.program == COUNTED_OTHER)
			row = counters->rows[i - 1];
	return row;
}

/* `proven`: its program has the procedure.  NULL: out of memory. */
static struct counters_row *row_of(struct counters *counters, const struct counted *call,
				   bool proven)
{
	struct counted known = without_unknown(counters, call, proven);
	struct counters_row **memo = &counters->memo[(known.procedure + 8u * known.transport +
						      known.version + known.protocol) %
						     COUNTERS_MEMO];
	struct counters_row *row;

	if (*memo && is_same(&(*memo)->call, &known))
		return *memo;
	row = find_row(counters, &known);
	if (!row && has_many(counters, &known))
		known.procedure = COUNTED_OTHER;
	if (!row)
		row = make_row(counters, &known);
	if (!row)
		return other_row(counters, known);
	*memo = row;
	return row;
}

/* ---- counting ---- */

#define WORTH_PASSING 4 /* calls: for fewer the next look does */

static void count_alike(struct counters_row *row, const struct tally *tally, int64_t each)
{
	counter_add(&row->outcomes[tally->call.outcome], tally->count);
	counter_add(&row->received, tally->received);
	counter_add(&row->sent, tally->sent);
	counter_add(&row->nanoseconds, (uint64_t)each * tally->count);
	counter_add(&row->spans[counters_span(each)], tally->count);
}

/* A row that is not the call's own may be another one the next time. */
static void settle_one(struct counters *counters, struct tally *tally, int64_t each)
{
	struct counters_row *row = tally->row;

	if (!tally->count)
		return;
	if (!row)
		row = row_of(counters, &tally->call, is_proof(tally->call.outcome));
	if (is_proof(tally->call.outcome))
		tally->row = row;
	if (row)
		count_alike(row, tally, each);
	tally->count = tally->received = tally->sent = 0;
}

static void settle_all(struct counters *counters, int64_t each)
{
	for (unsigned int i = 0; i < counters->tallies; i++)
		settle_one(counters, &counters->tally[i], each);
	counters->usual = each;
	counters->pending = 0;
}

void counters_begin(struct counters *counters, bool timed)
{
	if (counters->pending)
		settle_all(counters, counters->usual);
	counters->untimed = !timed;
}

void counters_settle(struct counters *counters, int64_t now)
{
	int64_t took = now - counters->since;
	unsigned int pending = counters->pending;

	if (!pending)
		return;
	if (counters->untimed)
		settle_all(counters, counters->usual);
	else if (pending == 1)
		settle_all(counters, took > 0 ? took : 0);
	else
		settle_all(counters, took > 0 ? took / pending : 0);
}

void counters_pass(struct counters *counters, int64_t looked)
{
	counters->looked = looked;
	if (counters->pending >= WORTH_PASSING)
		counters_settle(counters, looked);
	if (!counters->pending)
		counters->since = looked;
}

/* The places are used again when all are taken: each call is in its row then. */
struct tally *counters_place(struct counters *counters, const struct counted *call)
{
	for (unsigned int i = 0; i < counters->tallies; i++)
		if (is_same(&counters->tally[i].call, call)) {
			counters->last = i;
			return &counters->tally[i];
		}
	if (counters->tallies == COUNTERS_TALLIES) {
		counters_settle(counters, loop_nanoseconds());
		counters->tallies = 0;
	}
	counters->last = counters->tallies++;
	counters->tally[counters->last] = (struct tally){ .call = *call };
	return &counters->tally[counters->last];
}

void counters_count_apart(struct counters *counters, const struct counted *call, int64_t took,
			  size_t received, size_t sent)
{
	const struct tally tally = {
		.call = *call, .count = 1, .received = received, .sent = sent
	};
	struct counters_row *row = row_of(counters, call, is_proof(call->outcome));

	if (row)
		count_alike(row, &tally, took > 0 ? took : 0);
}

void counters_count_remembered(struct counters *counters, const struct counted *call,
			       size_t received, size_t sent)
{
	struct counters_row *row = row_of(counters, call, false);

	if (!row)
		return;
	counter_add(&row->remembered, 1);
	counter_add(&row->received, received);
	counter_add(&row->sent, sent);
}
