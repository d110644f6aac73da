/* What follows from how old and new ends got on. */
#include <string.h>

#include "client/compare/evolution.h"
#include "client/compare/sight.h"
#include "client/compare/verdict.h"

/* How one protocol did, over all changes. */
struct record {
	const char *protocol;
	int asked, worked, refused, informed, unnoticed;
};

static bool has(const json_t *answer, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(answer, key));

	return value && strcmp(value, text) == 0;
}

static void take(struct record *record, const json_t *answer)
{
	if (!has(answer, "protocol", record->protocol))
		return;
	record->asked++;
	record->worked += has(answer, "saw", seen_name(SEEN_ANSWERED));
	record->refused += has(answer, "saw", seen_name(SEEN_REFUSED));
	record->informed += has(answer, "saw", seen_name(SEEN_REFUSED)) &&
			    json_object_get(answer, "high");
	record->unnoticed += has(answer, "saw", seen_name(SEEN_ACCEPTED)) ||
			     has(answer, "saw", seen_name(SEEN_WRONG));
}

static struct record record_of(const json_t *part, const char *protocol)
{
	struct record record = { .protocol = protocol };
	const json_t *change, *answer;
	size_t i, k;

	json_array_foreach (json_object_get(part, "changes"), i, change)
		json_array_foreach (json_object_get(change, "answers"), k, answer)
			take(&record, answer);
	return record;
}

void evolution_judge(const json_t *part, struct verdict *verdict)
{
	const struct record records[] = { record_of(part, "rpc"), record_of(part, "raw"),
					  record_of(part, "tirpc") };
	const struct record *rpc = &records[0], *raw = &records[1];

	for (int i = 0; i < 3; i++)
		if (records[i].asked)
			verdict_say(verdict,
				    "With only one end new, %s answered %d of %d cases, refused %d "
				    "(and "
				    "named the versions there are in %d of these), and let %d pass "
				    "unnoticed.",
				    records[i].protocol, records[i].worked, records[i].asked,
				    records[i].refused, records[i].informed, records[i].unnoticed);
	if (rpc->informed > raw->informed)
		verdict_choose(
			verdict, "rpc", "old and new ends have to find out what the other has",
			"a refusal named the versions there are in %d cases by rpc and in %d by "
			"raw messages",
			rpc->informed, raw->informed);
}
