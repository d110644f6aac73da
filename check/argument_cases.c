/* Cases made of a procedure's example arguments, each with something else in them. */
#include "check/argument_cases.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#define WORD sizeof(uint32_t)

size_t field_end(const struct making *making, const struct walk *walk)
{
	const size_t left = making->example.length - walk->at;
	struct walk within = { 0 };
	size_t end;

	walk_begin(&within, walk->type, WALK_XDR, making->example.data + walk->at, left);
	while (walk_next(&within) > WALK_END)
		;
	end = walk->at + within.offset;
	walk_release(&within);
	return end;
}

/* `at` and `length` are the bytes of the arguments that decide. */
static bool hand_out(const struct making *making, const struct fault *fault, const char *path,
		     const struct buffer *arguments, size_t at, size_t length)
{
	char name[WALK_PATH + 128];
	const struct check_case row = {
		.name = name,
		.on = CHECK_ANYWHERE,
		.rule = fault->rule,
		.source = fault->source,
		.why = fault->why,
		.passes = CHECK_GARBAGE_ARGS,
		.differs = fault->differs,
		.choice = fault->choice,
		.at = CALL_HEADER + at,
		.length = length,
		.procedure = making->procedure->number,
		.arguments = arguments,
	};

	snprintf(name, sizeof(name), "%.80s %s%s%s", making->procedure->name, fault->name,
		 *path ? " " : "", path);
	return making->take(making->context, &row);
}

bool hand_out_cut(const struct making *making, const struct fault *fault, size_t length)
{
	struct buffer arguments = { 0 };
	bool more = true;

	if (buffer_append(&arguments, making->example.data, length) == 0)
		more = hand_out(making, fault, "", &arguments, length, 0);
	buffer_release(&arguments);
	return more;
}

bool hand_out_more(const struct making *making, const struct fault *fault)
{
	static const uint8_t behind[WORD];
	struct buffer arguments = { 0 };
	bool more = true;

	if (buffer_copy(&arguments, &making->example) == 0 &&
	    buffer_append(&arguments, behind, sizeof(behind)) == 0)
		more = hand_out(making, fault, "", &arguments, making->example.length,
				sizeof(behind));
	buffer_release(&arguments);
	return more;
}

bool hand_out_number(const struct making *making, const struct fault *fault,
		     const struct walk *walk, uint32_t number)
{
	const uint32_t word = htobe32(number);
	struct buffer arguments = { 0 };
	char path[WALK_PATH];
	bool more = true;

	if (buffer_copy(&arguments, &making->example) == 0) {
		memcpy(arguments.data + walk->at, &word, sizeof(word));
		more = hand_out(making, fault, walk_path(walk, "args", path), &arguments, walk->at,
				WORD);
	}
	buffer_release(&arguments);
	return more;
}

bool hand_out_byte(const struct making *making, const struct fault *fault, const struct walk *walk,
		   size_t at)
{
	struct buffer arguments = { 0 };
	char path[WALK_PATH];
	bool more = true;

	if (buffer_copy(&arguments, &making->example) == 0) {
		arguments.data[at] = 1;
		more = hand_out(making, fault, walk_path(walk, "args", path), &arguments, at, 1);
	}
	buffer_release(&arguments);
	return more;
}

bool hand_out_instead(const struct making *making, const struct fault *fault,
		      const struct walk *walk, const struct buffer *field, size_t at, size_t length)
{
	const size_t rest = field_end(making, walk);
	struct buffer arguments = { 0 };
	char path[WALK_PATH];
	bool more = true;

	if (buffer_append(&arguments, making->example.data, walk->at) == 0 &&
	    buffer_append(&arguments, field->data, field->length) == 0 &&
	    buffer_append(&arguments, making->example.data + rest, making->example.length - rest) ==
		    0)
		more = hand_out(making, fault, walk_path(walk, "args", path), &arguments,
				walk->at + at, length);
	buffer_release(&arguments);
	return more;
}
