/* What follows from how old and new ends got on. */
#include <stdio.h>

#include "compare/evolution/evolution.h"
#include "compare/part/outcome.h"
#include "compare/part/verdict.h"

/* How one protocol did, over all changes of a kind. */
struct record {
	const char *protocol;
	bool one_end_new; /* the kind: or calls of what no end has */
	int cases, saw[OUTCOME_COUNT];
	int informed; /* of those refused: who were told which versions there are */
};

static void take_answer(struct record *record, const json_t *answer)
{
	enum outcome_kind seen = outcome_find(figure_text(answer, &figures.saw));

	if (!figure_is(answer, &figures.protocol, record->protocol) || seen == OUTCOME_NONE)
		return;
	record->cases++;
	record->saw[seen]++;
	record->informed += seen == OUTCOME_REFUSED && figure_get(answer, &figures.high);
}

static struct record record_of(const json_t *part, const char *protocol, bool one_end_new)
{
	struct record record = { .protocol = protocol, .one_end_new = one_end_new };
	const json_t *change, *answer;
	size_t i, k;

	json_array_foreach (figure_get(part, &figures.changes), i, change)
		if (json_is_true(figure_get(change, &figures.one_end_new)) == one_end_new)
			json_array_foreach (figure_get(change, &figures.answers), k, answer)
				take_answer(&record, answer);
	return record;
}

/* "2 answered, 5 refused (4 of these named the versions there are), 1 detected": all cases. */
static void list_outcomes(const struct record *record, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (int seen = 0; seen < OUTCOME_COUNT && length < size; seen++) {
		if (!record->saw[seen])
			continue;
		length += (size_t)snprintf(text + length, size - length, "%s%d %s",
					   length ? ", " : "", record->saw[seen],
					   outcome_name((enum outcome_kind)seen));
		if (seen == OUTCOME_REFUSED && record->one_end_new && length < size)
			length += (size_t)snprintf(text + length, size - length,
						   " (%d of these named the versions there are)",
						   record->informed);
	}
}

static void say_record(const struct record *record, struct verdict *verdict)
{
	char outcomes[400];

	if (!record->cases)
		return;
	list_outcomes(record, outcomes, sizeof(outcomes));
	if (record->one_end_new)
		verdict_say(verdict, "With only one end new, of %d cases by %s: %s.", record->cases,
			    record->protocol, outcomes);
	else
		verdict_say(verdict, "Of %d calls of what no version has, by %s: %s.",
			    record->cases, record->protocol, outcomes);
	verdict_weigh(verdict, record->saw[OUTCOME_ACCEPTED] + record->saw[OUTCOME_WRONG]);
}

void evolution_judge(const json_t *part, struct verdict *verdict)
{
	static const char *const protocols[] = { "rpc", "raw", "tirpc" };
	struct record rpc = record_of(part, "rpc", true), raw = record_of(part, "raw", true);

	for (int kind = 0; kind < 2; kind++)
		for (int i = 0; i < 3; i++) {
			const struct record record = record_of(part, protocols[i], kind == 0);

			say_record(&record, verdict);
		}
	if (rpc.informed <= raw.informed)
		return;
	verdict_choose(verdict, "rpc", "old and new ends have to find out what the other has",
		       "a refusal named the versions there are in %d cases by rpc and in %d by "
		       "raw messages",
		       rpc.informed, raw.informed);
	verdict_gain(verdict, "rpc",
		     "refusals that name the versions there are (in %d of %d cases, not in %d)",
		     rpc.informed, rpc.cases, raw.informed);
}
