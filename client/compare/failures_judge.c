/* What follows from the failures that were seen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/compare/failures.h"
#include "client/compare/sight.h"
#include "client/compare/verdict.h"
#include "client/json.h"

/* Names with commas between, in memory of its own; NULL for none. */
struct names {
	char *text;
	int count;
};

static void add_name(struct names *names, const char *name)
{
	char *longer;

	names->count++;
	if (asprintf(&longer, "%s%s%s", names->text ? names->text : "", names->text ? ", " : "",
		     name) < 0)
		return;
	free(names->text);
	names->text = longer;
}

static const json_t *fault_of(const json_t *part, const char *key)
{
	const json_t *fault;
	size_t i;

	json_array_foreach (json_object_get(part, "faults"), i, fault)
		if (strcmp(json_text(fault, "key"), key) == 0)
			return fault;
	return NULL;
}

static const json_t *cells_of(const json_t *part, const char *key)
{
	return json_object_get(fault_of(part, key), "cells");
}

static bool saw(const json_t *cell, enum seen seen)
{
	return strcmp(json_text(cell, "saw"), seen_name(seen)) == 0;
}

/* ---- what goes unnoticed ---- */

static bool is_unnoticed(const json_t *cell)
{
	return saw(cell, SEEN_WRONG) || saw(cell, SEEN_ACCEPTED);
}

/* Success that is none: the worst that can be seen. */
static void say_unnoticed(const json_t *part, struct verdict *verdict)
{
	const json_t *fault, *cell;
	int count = 0, faults = 0;
	size_t i, k;

	json_array_foreach (json_object_get(part, "faults"), i, fault) {
		struct names names = { 0 };

		json_array_foreach (json_object_get(fault, "cells"), k, cell)
			if (is_unnoticed(cell))
				add_name(&names, json_text(cell, "endpoint"));
		if (names.text)
			verdict_say(verdict,
				    "A caller was told of success where there was none by %s: %s.",
				    names.text, json_text(fault, "title"));
		count += names.count;
		faults++;
		free(names.text);
	}
	if (faults && !count)
		verdict_say(verdict, "Of %d faults, none was taken for success at any endpoint.",
			    faults);
}

/* ---- one bad client, and the others ---- */

static void say_bystanders(const json_t *part, struct verdict *verdict)
{
	static const char *const keys[] = { "half_call", "garbage_call", "never_reads" };
	struct names held = { 0 };
	const json_t *cell;
	int served = 0;
	size_t i;

	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
		json_array_foreach (cells_of(part, keys[k]), i, cell) {
			char name[128];

			snprintf(name, sizeof(name), "%.40s (%.60s)", json_text(cell, "endpoint"),
				 json_text(fault_of(part, keys[k]), "title"));
			served += saw(cell, SEEN_ANSWERED);
			if (saw(cell, SEEN_TIMEOUT) || saw(cell, SEEN_HUNG) || saw(cell, SEEN_LATE))
				add_name(&held, name);
		}
	if (held.text)
		verdict_say(verdict,
			    "One bad client kept another waiting beyond its deadline %d times of "
			    "%d: %s.",
			    held.count, held.count + served, held.text);
	else if (served)
		verdict_say(verdict, "No bad client kept another one waiting, in %d cases.",
			    served);
	free(held.text);
}

/* ---- the same request twice ---- */

static void say_duplicates(const json_t *part, struct verdict *verdict)
{
	struct names once = { 0 }, often = { 0 };
	const json_t *cell;
	size_t i;

	json_array_foreach (cells_of(part, "duplicate"), i, cell) {
		json_int_t executed = json_integer_value(json_object_get(cell, "executed"));

		if (executed > 0)
			add_name(executed == 1 ? &once : &often, json_text(cell, "endpoint"));
	}
	if (once.text && often.text)
		verdict_say(verdict,
			    "The same request twice is executed once by %s, and more often by %s.",
			    once.text, often.text);
	if (once.text)
		verdict_choose(verdict, once.text,
			       "a request may come twice and must be executed once",
			       "of the same bytes twice, %d endpoints executed one and %d both",
			       once.count, often.count);
	free(once.text);
	free(often.text);
}

/* ---- a server that comes back ---- */

static void choose_for_restarts(const json_t *part, struct verdict *verdict)
{
	struct names answered = { 0 }, closed = { 0 };
	const json_t *cell;
	size_t i;

	json_array_foreach (cells_of(part, "restarted"), i, cell) {
		if (saw(cell, SEEN_ANSWERED))
			add_name(&answered, json_text(cell, "endpoint"));
		else if (saw(cell, SEEN_CLOSED))
			add_name(&closed, json_text(cell, "endpoint"));
	}
	if (answered.text && closed.text)
		verdict_choose(
			verdict, answered.text, "servers restart and callers should not notice",
			"the call after a restart was answered at %d endpoints, and found its "
			"connection closed at %d",
			answered.count, closed.count);
	free(answered.text);
	free(closed.text);
}

void failures_judge(const json_t *part, struct verdict *verdict)
{
	say_unnoticed(part, verdict);
	say_bystanders(part, verdict);
	say_duplicates(part, verdict);
	choose_for_restarts(part, verdict);
}
