/* What a caller sees of a call that goes wrong, or should: the outcome in a word, and the rest. */
#include "compare/part/outcome.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/json.h"

static const struct {
	const char *name, *meaning;
} outcomes[SEEN_COUNT] = {
	[SEEN_NONE] = { "not staged", "it could not be made to happen" },
	[SEEN_ANSWERED] = { "answered", "right, and in time" },
	[SEEN_LATE] = { "late", "answered right, but after the deadline" },
	[SEEN_WRONG] = { "wrong", "success, with a wrong result" },
	[SEEN_ACCEPTED] = { "accepted", "success, where a refusal was due" },
	[SEEN_REFUSED] = { "refused", "the server said what is wrong" },
	[SEEN_DETECTED] = { "detected", "the caller saw that this is no reply" },
	[SEEN_CLOSED] = { "closed", "the connection ended" },
	[SEEN_NOBODY] = { "nobody", "nobody is there" },
	[SEEN_TIMEOUT] = { "timed out", "nothing came before the deadline" },
	[SEEN_HUNG] = { "hung", "not even the deadline ended it" },
	[SEEN_FAILED] = { "failed", "something else went wrong" },
};

const char *seen_name(enum seen seen)
{
	return outcomes[seen].name;
}

const char *seen_meaning(enum seen seen)
{
	return outcomes[seen].meaning;
}

enum seen seen_find(const char *name)
{
	for (int i = 0; i < SEEN_COUNT; i++)
		if (name && strcmp(outcomes[i].name, name) == 0)
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
