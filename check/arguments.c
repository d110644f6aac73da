/* Cases of a contract: arguments of its procedures that break the rules of XDR. */
#include "check/arguments.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/value/example.h"
#include "contract/value/value.h"
#include "contract/value/walk.h"

#define UNDECLARED 0x7ffffff3 /* what an enum is hardly ever assigned */
#define MOST_OVER  4096       /* bytes of a bound that is overstepped */
#define WORD       sizeof(uint32_t)

#define OTHER_REASON "a call may be refused unread; some procedures never answer, as in batching"
#define ANY_NUMBER   "to encode it is an error; what a reader does with it is not said"

/* A kind of fault.  What is refused with GARBAGE_ARGS passes. */
struct fault {
	const char *name, *rule, *source, *why;
	unsigned int differs;
	const char *choice;
};

#define LENGTHS        "RFC 4506, sections 4.10, 4.11, 4.13"
#define REFUSED_BEFORE (CHECK_PROC_UNAVAIL | CHECK_AUTH_ERROR | CHECK_UNANSWERED)

static const struct fault missing = {
	"missing",
	"A call without the arguments that its procedure takes is refused: GARBAGE_ARGS.",
	"RFC 5531, section 9",
	"Who does not notice executes it with what the memory holds behind the message.",
	REFUSED_BEFORE,
	OTHER_REASON,
};
static const struct fault cut = {
	"cut",
	"A call whose arguments lack their last four bytes is refused: GARBAGE_ARGS.",
	"RFC 5531, section 9",
	"Who does not notice executes it with what the memory holds behind the message.",
	REFUSED_BEFORE,
	OTHER_REASON,
};
static const struct fault length_huge = {
	"length-huge",
	"A length of four billion is beyond the message, and mostly beyond the bound: "
	"GARBAGE_ARGS.",
	LENGTHS,
	"Who takes memory for it before looking for the data is ended by 44 bytes.",
	REFUSED_BEFORE,
	OTHER_REASON,
};
static const struct fault over_bound = {
	"over-bound",
	"Data of one byte more than its bound is refused, though all of it is there: GARBAGE_ARGS.",
	LENGTHS,
	"Who has room for what the contract allows, and copies more, writes beyond its end.",
	REFUSED_BEFORE,
	OTHER_REASON,
};
static const struct fault bool_2 = {
	"bool-2",
	"A bool is 0 or 1; whether optional data is there is one.",
	"RFC 4506, sections 4.4 and 4.19",
	"Two readers that take 2 for true, and for not 1, disagree about one message.",
	REFUSED_BEFORE | CHECK_SUCCESS,
	ANY_NUMBER,
};
static const struct fault undeclared = {
	"enum-undeclared",
	"An enum has the numbers that its declaration assigns.",
	"RFC 4506, section 4.3",
	"A number without a name reaches code that was written for those with one.",
	REFUSED_BEFORE | CHECK_SUCCESS,
	ANY_NUMBER,
};
static const struct fault no_arm = {
	"union-no-arm",
	"A union without a default has no arm for another number: GARBAGE_ARGS.",
	"RFC 4506, section 4.15",
	"Nobody knows how long it is, so what stands behind it is misread.",
	REFUSED_BEFORE,
	OTHER_REASON,
};

/* ---- a case ---- */

struct making {
	const struct contract_procedure *procedure;
	bool (*take)(void *context, const struct check_case *row);
	void *context;
	struct buffer example; /* the bytes of well-formed arguments */
};

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

/* The example up to so many bytes. */
static bool hand_out_cut(const struct making *making, const struct fault *fault, size_t length)
{
	struct buffer arguments = { 0 };
	bool more = true;

	if (buffer_append(&arguments, making->example.data, length) == 0)
		more = hand_out(making, fault, "", &arguments, length, 0);
	buffer_release(&arguments);
	return more;
}

/* The example with another number. */
static bool hand_out_number(const struct making *making, const struct fault *fault,
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

/* The example with data of this length in the place of what is there. */
static bool hand_out_longer(const struct making *making, const struct walk *walk, uint32_t length)
{
	static const uint8_t data[MOST_OVER + 2 * WORD];
	const uint32_t word = htobe32(length);
	const size_t rest = walk->at + WORD +
			    ((size_t)walk->number + 3) / 4 * 4; /* within its bound */
	struct buffer arguments = { 0 };
	char path[WALK_PATH];
	bool more = true;

	if (buffer_append(&arguments, making->example.data, walk->at) == 0 &&
	    buffer_append(&arguments, &word, sizeof(word)) == 0 &&
	    buffer_append(&arguments, data, (length + 3) / 4 * 4) == 0 &&
	    buffer_append(&arguments, making->example.data + rest, making->example.length - rest) ==
		    0)
		more = hand_out(making, &over_bound, walk_path(walk, "args", path), &arguments,
				walk->at, WORD);
	buffer_release(&arguments);
	return more;
}

/* ---- the faults of a field ---- */

static bool spoil_length(const struct making *making, const struct walk *walk)
{
	const struct type *type = walk->type;
	bool data = type->kind == TYPE_STRING || type->kind == TYPE_BYTES;

	return hand_out_number(making, &length_huge, walk, UINT32_MAX) &&
	       (!data || type->bound > MOST_OVER || hand_out_longer(making, walk, type->bound + 1));
}

static bool is_closed_discriminant(const struct walk *walk)
{
	const struct walk_frame *frame = walk_above(walk);

	return frame && frame->type->kind == TYPE_UNION && frame->index == 1 &&
	       !frame->type->otherwise;
}

static bool spoil_number(const struct making *making, const struct walk *walk)
{
	if (walk->type->kind == TYPE_BOOL && !is_closed_discriminant(walk))
		return hand_out_number(making, &bool_2, walk, 2);
	if (walk->type->kind == TYPE_ENUM && !is_closed_discriminant(walk))
		return hand_out_number(making, &undeclared, walk, UNDECLARED);
	if (walk->size == WORD && is_closed_discriminant(walk))
		return hand_out_number(making, &no_arm, walk, UNDECLARED);
	return true;
}

static bool spoil_fields(const struct making *making)
{
	enum walk_step step;
	struct walk walk = { 0 };
	bool more = true;

	walk_begin(&walk, making->procedure->arguments, WALK_XDR, making->example.data,
		   making->example.length);
	while (more && (step = walk_next(&walk)) > WALK_END)
		if (step == WALK_LENGTH)
			more = spoil_length(making, &walk);
		else if (step == WALK_NUMBER)
			more = spoil_number(making, &walk);
		else if (step == WALK_FLAG)
			more = hand_out_number(making, &bool_2, &walk, 2);
	walk_release(&walk);
	return more;
}

/* ---- the faults of a procedure ---- */

static bool make_example(struct making *making)
{
	const struct type *type = making->procedure->arguments;
	const struct value_form form = { 0 };
	char *json = example_json(type), wrong[VALUE_WRONG];
	bool made = json &&
		    value_from_json(type, json, strlen(json), &form, &making->example, wrong) == 0;

	free(json);
	return made;
}

static bool spoil_procedure(struct making *making)
{
	bool more = true;

	if (make_example(making) && making->example.length)
		more = hand_out_cut(making, &missing, 0) &&
		       (making->example.length <= WORD ||
			hand_out_cut(making, &cut, making->example.length - WORD)) &&
		       spoil_fields(making);
	buffer_release(&making->example);
	return more;
}

void check_arguments(const struct contract_version *version,
		     bool (*take)(void *context, const struct check_case *row), void *context)
{
	struct making making = { .take = take, .context = context };
	bool more = true;

	for (size_t i = 0; more && i < version->procedure_count; i++) {
		making.procedure = &version->procedures[i];
		more = spoil_procedure(&making);
	}
}
