/* What follows from a contract's types: how long the shortest values are, and what is a list. */
#include "contract/reading.h"

/* ---- the shortest values ---- */

#define XDR_UNIT 4 /* bytes; all that XDR has is a multiple of it */

static uint32_t as_least(uint64_t bytes)
{
	return bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
}

static uint32_t least_of(struct type *type);

static uint32_t least_of_struct(const struct type *type)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < type->member_count; i++)
		sum += least_of(type->members[i].type);
	return as_least(sum);
}

/* An arm may be void, or none may be selected. */
static uint32_t least_of_union(const struct type *type)
{
	uint64_t least = type->member_count ? UINT32_MAX : 0;

	for (size_t i = 0; i < type->member_count; i++) {
		uint32_t arm = least_of(type->members[i].type);

		least = arm < least ? arm : least;
	}
	return as_least(least + least_of(type->discriminant.type));
}

static uint32_t compute_least(const struct type *type)
{
	switch (type->kind) {
	case TYPE_VOID:
		return 0;
	case TYPE_HYPER:
	case TYPE_UNSIGNED_HYPER:
	case TYPE_DOUBLE:
		return 8;
	case TYPE_QUADRUPLE:
		return 16;
	case TYPE_OPAQUE:
		return as_least(((uint64_t)type->bound + XDR_UNIT - 1) / XDR_UNIT * XDR_UNIT);
	case TYPE_VECTOR:
		return as_least((uint64_t)type->bound * least_of(type->item));
	case TYPE_STRUCT:
		return least_of_struct(type);
	case TYPE_UNION:
		return least_of_union(type);
	default: /* a number, a flag, or a length that is 0 */
		return XDR_UNIT;
	}
}

/* No type contains itself, and the depth was bounded, when this is asked. */
static uint32_t least_of(struct type *type)
{
	struct draft *draft = (struct draft *)type;

	if (!draft->measured) {
		type->least = compute_least(type);
		draft->measured = true;
	}
	return type->least;
}

/* ---- linked lists ---- */

/* A typedef's copy of a struct has the very members of it. */
static bool leads_to(const struct member *member, const struct type *type)
{
	return member->type->kind == TYPE_OPTIONAL &&
	       member->type->item->members == type->members &&
	       member->type->item->kind == TYPE_STRUCT;
}

static bool is_list(const struct type *type)
{
	const struct type *item = type->item;
	size_t count = 0;

	if (type->kind != TYPE_OPTIONAL || item->kind != TYPE_STRUCT || !item->member_count)
		return false;
	for (size_t i = 0; i < item->member_count; i++)
		count += leads_to(&item->members[i], item);
	return count == 1 && leads_to(&item->members[item->member_count - 1], item);
}

/* Optional data of optional data: every other one is nested, from within.  There may be a ring of
 * them, and then all are. */
static bool is_nested(const struct type *type)
{
	unsigned int within = 0;

	while (type->item && type->item->kind == TYPE_OPTIONAL && !type->item->list &&
	       within < CONTRACT_MAX_NESTED) {
		type = type->item;
		within++;
	}
	return within == CONTRACT_MAX_NESTED || within % 2;
}

void reading_measure(struct reading *reading)
{
	for (struct draft *draft = reading->first_draft; draft; draft = draft->next) {
		if (draft->target && !draft->copied)
			continue; /* but a name that stood for a type */
		least_of(&draft->type);
		draft->type.list = is_list(&draft->type);
	}
	for (struct draft *draft = reading->first_draft; draft; draft = draft->next)
		if (draft->type.kind == TYPE_OPTIONAL)
			draft->type.nested = is_nested(&draft->type);
}
