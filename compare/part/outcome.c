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
const struct seen_words seen_words[SEEN_COUNT] = {
	[SEEN_NONE] = { "not staged", "..", NOTHING, 0, "it could not be made to happen" },
	[SEEN_ANSWERED] = { "answered", "ok", SERVED, 0, "right, and in time" },
	[SEEN_LATE] = { "late", "la", DOUBT, 5, "answered right, but after the deadline" },
	[SEEN_WRONG] = { "wrong", "WR", HARM, 7, "success, with a wrong result" },
	[SEEN_ACCEPTED] = { "accepted", "AC", HARM, 7, "success, where a refusal was due" },
	[SEEN_REFUSED] = { "refused", "re", TOLD, 2, "the server said what is wrong" },
	[SEEN_DETECTED] = { "detected", "de", TOLD, 3, "the caller saw that this is no reply" },
	[SEEN_CLOSED] = { "closed", "cl", DOUBT, 4, "the connection ended" },
	[SEEN_NOBODY] = { "nobody", "no", DOUBT, 4, "nobody is there" },
	[SEEN_TIMEOUT] = { "timed out", "to", DOUBT, 5, "nothing came before the deadline" },
	[SEEN_HUNG] = { "hung", "HU", HARM, 6, "not even the deadline ended it" },
	[SEEN_FAILED] = { "failed", "FA", DOUBT, 6, "something else went wrong" },
};
/* clang-format on */

const char *seen_name(enum seen seen)
{
	return seen_words[seen].name;
}

enum seen seen_find(const char *name)
{
	for (int i = 0; i < SEEN_COUNT; i++)
		if (name && strcmp(seen_words[i].name, name) == 0)
			return (enum seen)i;
	return SEEN_NONE;
}

void sight_init(struct sight *sight)
{
	memset(sight, 0, sizeof(*sight));
	sight->code = SIGHT_UNKNOWN;
	sight->after = SIGHT_UNKNOWN;
	sight->executed = SIGHT_UNKNOWN;
}

static enum seen seen_of(int code, const struct failure *failure, enum seen refusal)
{
	switch (code) {
	case FAILURE_TIMEOUT:
		return failure->error == EBUSY       ? refusal
		       : failure->error == EREMOTEIO ? SEEN_FAILED
						     : SEEN_TIMEOUT;
	case FAILURE_UNAVAILABLE:
		return failure->error == ECONNREFUSED || failure->error == ENOENT ? SEEN_NOBODY
										  : SEEN_CLOSED;
	case FAILURE_PROTOCOL:
	case FAILURE_DATA:
	case FAILURE_PERMISSION:
		return refusal;
	default:
		return SEEN_FAILED;
	}
}

void sight_take(struct sight *sight, int code, const struct failure *failure, enum seen success,
		enum seen refusal)
{
	sight->code = code;
	sight->said[0] = '\0';
	sight->seen = code ? seen_of(code, failure, refusal) : success;
	if (code)
		snprintf(sight->said, sizeof(sight->said), "%s%s%s", failure->why,
			 failure->advice[0] ? ". " : "", failure->advice);
}

void sight_note(struct sight *sight, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sight->note, sizeof(sight->note), format, arguments);
	va_end(arguments);
}

static void put_number(json_t *object, const struct figure *figure, int64_t number)
{
	if (number != SIGHT_UNKNOWN)
		figure_set(object, figure, json_integer(number));
}

void sight_put(const struct sight *sight, json_t *object)
{
	figure_set(object, &figures.saw, json_string(seen_name(sight->seen)));
	put_number(object, &figures.exit_code, sight->code);
	put_number(object, &figures.after_ns, sight->after);
	put_number(object, &figures.executed, sight->executed);
	if (sight->bad_client)
		figure_set(object, &figures.seen_by_bad_client, json_true());
	if (sight->said[0])
		json_set_bytes(object, KEY(said), sight->said);
	if (sight->note[0])
		json_set_bytes(object, KEY(note), sight->note);
}
