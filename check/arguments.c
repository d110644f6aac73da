/* Cases of a contract: arguments of its procedures that break the rules of XDR. */
#include "check/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "check/argument_cases.h"
#include "check/argument_lengths.h"
#include "contract/value/example.h"
#include "contract/value/value.h"

#define UNDECLARED 0x7ffffff3 /* what an enum is hardly ever assigned */
#define WORD       sizeof(uint32_t)

/* ---- the faults of a field ---- */

static bool is_closed_discriminant(const struct walk *walk)
{
	const struct walk_frame *frame = walk_above(walk);

	return frame && frame->type->kind == TYPE_UNION && frame->index == 1 &&
	       !frame->type->otherwise;
}

static bool spoil_number(const struct making *making, const struct walk *walk)
{
	if (walk->type->kind == TYPE_BOOL && !is_closed_discriminant(walk))
		return hand_out_number(making, &fault_bool_2, walk, 2);
	if (walk->type->kind == TYPE_ENUM && !is_closed_discriminant(walk))
		return hand_out_number(making, &fault_undeclared, walk, UNDECLARED);
	if (walk->size == WORD && is_closed_discriminant(walk))
		return hand_out_number(making, &fault_no_arm, walk, UNDECLARED);
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
		else if (step == WALK_PADDING)
			more = spoil_fixed(making, &walk);
		else if (step == WALK_FLAG)
			more = hand_out_number(making, &fault_bool_2, &walk, 2);
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
		more = hand_out_cut(making, &fault_missing, 0) &&
		       (making->example.length <= WORD ||
			hand_out_cut(making, &fault_cut, making->example.length - WORD)) &&
		       hand_out_more(making, &fault_behind) && spoil_fields(making);
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
