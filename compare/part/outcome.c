/* What a caller sees of a call that goes wrong, or should: the outcome in a word, and the rest. */
#include "compare/part/outcome.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/json.h"

/* Best is the right answer, then to be told what is wrong, then to see that nothing will come, then
 * to wait in vain; worst is success that is none. */
/* clang-format off */
const struct outcome_text outcome_texts[OUTCOME_COUNT] = {
	[OUTCOME_NONE] = { "not staged", "..", MEANS_NOTHING, 0, "it could not be made to happen" },
	[OUTCOME_ANSWERED] = { "answered", "ok", MEANS_SERVED, 0, "right, and in time" },
	[OUTCOME_LATE] = { "late", "la", MEANS_DOUBT, 5, "answered right, but after the deadline" },
	[OUTCOME_WRONG] = { "wrong", "WR", MEANS_HARM, 7, "success, with a wrong result" },
	[OUTCOME_ACCEPTED] = { "accepted", "AC", MEANS_HARM, 7, "success, where a refusal was due" },
	[OUTCOME_REFUSED] = { "refused", "re", MEANS_TOLD, 2, "the server said what is wrong" },
	[OUTCOME_DETECTED] = { "detected", "de", MEANS_TOLD, 3, "the caller saw that this is no reply" },
	[OUTCOME_CLOSED] = { "closed", "cl", MEANS_DOUBT, 4, "the connection ended" },
	[OUTCOME_NOBODY] = { "nobody", "no", MEANS_DOUBT, 4, "nobody is there" },
	[OUTCOME_TIMEOUT] = { "timed out", "to", MEANS_DOUBT, 5, "nothing came before the deadline" },
	[OUTCOME_HUNG] = { "hung", "HU", MEANS_HARM, 6, "not even the deadline ended it" },
	[OUTCOME_FAILED] = { "failed", "FA", MEANS_DOUBT, 6, "something else went wrong" },
};
/* clang-format on */

const char *outcome_name(enum outcome_kind seen)
{
	return outcome_texts[seen].name;
}

enum outcome_kind outcome_find(const char *name)
{
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (name && strcmp(outcome_texts[i].name, name) == 0)
			return (enum outcome_kind)i;
	return OUTCOME_NONE;
}

void call_outcome_init(struct call_outcome *outcome)
{
	memset(outcome, 0, sizeof(*outcome));
	outcome->code = OUTCOME_UNKNOWN;
	outcome->after = OUTCOME_UNKNOWN;
	outcome->executed = OUTCOME_UNKNOWN;
}

static enum outcome_kind seen_of(int code, const struct failure *failure, enum outcome_kind refusal)
{
	switch (code) {
	case FAILURE_TIMEOUT:
		return failure->error == EBUSY       ? refusal
		       : failure->error == EREMOTEIO ? OUTCOME_FAILED
						     : OUTCOME_TIMEOUT;
	case FAILURE_UNAVAILABLE:
		return failure->error == ECONNREFUSED || failure->error == ENOENT ? OUTCOME_NOBODY
										  : OUTCOME_CLOSED;
	case FAILURE_PROTOCOL:
	case FAILURE_DATA:
	case FAILURE_PERMISSION:
		return refusal;
	default:
		return OUTCOME_FAILED;
	}
}

void call_outcome_take(struct call_outcome *outcome, int code, const struct failure *failure,
		       enum outcome_kind success, enum outcome_kind refusal)
{
	outcome->code = code;
	outcome->said[0] = '\0';
	outcome->kind = code ? seen_of(code, failure, refusal) : success;
	if (code)
		snprintf(outcome->said, sizeof(outcome->said), "%s%s%s", failure->why,
			 failure->advice[0] ? ". " : "", failure->advice);
}

void call_outcome_note(struct call_outcome *outcome, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(outcome->note, sizeof(outcome->note), format, arguments);
	va_end(arguments);
}

static void put_number(json_t *object, const struct figure *figure, int64_t number)
{
	if (number != OUTCOME_UNKNOWN)
		figure_set(object, figure, json_integer(number));
}

void call_outcome_put(const struct call_outcome *outcome, json_t *object)
{
	figure_set(object, &figures.saw, json_string(outcome_name(outcome->kind)));
	put_number(object, &figures.exit_code, outcome->code);
	put_number(object, &figures.after_ns, outcome->after);
	put_number(object, &figures.executed, outcome->executed);
	if (outcome->bad_client)
		figure_set(object, &figures.seen_by_bad_client, json_true());
	if (outcome->said[0])
		json_set_bytes(object, KEY(said), outcome->said);
	if (outcome->note[0])
		json_set_bytes(object, KEY(note), outcome->note);
}
