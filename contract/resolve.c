/* What each name means, once all is read; and whether it can be meant so. */
#include <errno.h>
#include <inttypes.h>

#include "contract/reading.h"

/* ---- numbers ---- */

static void resolve_values(struct reading *reading)
{
	/* Enumerators first: each may lean on the one before it, and many do. */
	for (struct value *value = reading->first_value; value; value = value->next)
		if (!value->constant)
			value_known(reading, value);
	for (struct value *value = reading->first_value; value; value = value->next)
		if (value->constant && !value->text)
			value_known(reading, value);
}

static void resolve_numbers(struct reading *reading)
{
	for (struct number *number = reading->first_number; number; number = number->next) {
		struct integer value;
		char figures[INTEGER_ROOM];

		if (!expression_value(reading, number->expression, false, &value))
			continue;
		*number->slot = (uint32_t)value.low;
		if (!integer_fits(value, 32, false))
			reading_error(reading, number->at,
				      "%s is no %s: one is between 0 and %" PRIu32,
				      integer_text(value, figures), number->what, UINT32_MAX);
	}
}

/* Those of one group, from the first one on.  The next group's first. */
static struct number *refuse_doubled_in_group(struct reading *reading, struct number *first)
{
	struct growing_array names = { 0 }, numbers = { 0 };
	struct number *number = first;
	struct unique *unique;

	for (; number && number->group == first->group; number = number->next) {
		unique = reading_grow(reading, &names, sizeof(*unique));
		*unique = (struct unique){ .name = number->name, .at = number->at };
		unique = reading_grow(reading, &numbers, sizeof(*unique));
		*unique = (struct unique){ .number = integer_unsigned(*number->slot),
					   .at = number->at };
	}
	if (first->group) {
		reading_refuse_doubled(reading, names.items, names.count, first->what);
		reading_refuse_doubled(reading, numbers.items, numbers.count, first->what);
	}
	return number;
}

static void resolve_programs(struct reading *reading)
{
	struct contract_program **read = reading->programs_read.items;
	size_t count = reading->programs_read.count;
	struct unique *unique = reading_take(reading, (count + 1) * sizeof(*unique));
	struct contract *contract = &reading->contract;

	contract->programs = reading_take(reading, (count + 1) * sizeof(*contract->programs));
	contract->program_count = count;
	for (size_t i = 0; i < count; i++) {
		contract->programs[i] = *read[i];
		unique[i] = (struct unique){
			.number = integer_unsigned(read[i]->number),
			.at = ((struct position *)reading->program_places.items)[i]
		};
	}
	reading_refuse_doubled(reading, unique, count, "program");
	for (struct number *number = reading->first_number; number;)
		number = refuse_doubled_in_group(reading, number);
}

/* ---- names of types ---- */

static struct draft *find_draft(struct reading *reading, const char *name)
{
	struct named_draft *found = reading_find(&reading->types[0], name);

	if (!found)
		found = reading_find(&reading->types[1], name);
	return found ? found->draft : NULL;
}

/* What a type of a struct, an argument, ... stands for; itself when it is no bare name. */
static struct type *resolve_type(struct reading *reading, struct type *type)
{
	struct draft *draft = (struct draft *)type, *found;

	if (!draft || !draft->target || type->name)
		return type;
	found = find_draft(reading, draft->target);
	if (!found)
		reading_error(reading, draft->at, "no type named '%.80s'", draft->target);
	return found ? &found->type : type;
}

static void resolve_references(struct reading *reading)
{
	for (struct draft *draft = reading->first_draft; draft; draft = draft->next) {
		struct type *type = &draft->type;

		type->item = resolve_type(reading, type->item);
		type->discriminant.type = resolve_type(reading, type->discriminant.type);
		for (size_t i = 0; i < type->member_count; i++)
			type->members[i].type = resolve_type(reading, type->members[i].type);
	}
	for (size_t i = 0; i < reading->contract.program_count; i++) {
		struct contract_program *program = &reading->contract.programs[i];

		for (size_t v = 0; v < program->version_count; v++)
			for (size_t p = 0; p < program->versions[v].procedure_count; p++) {
				struct contract_procedure *in = &program->versions[v].procedures[p];

				in->arguments = resolve_type(reading, in->arguments);
				in->result = resolve_type(reading, in->result);
			}
	}
}

/* The type behind a chain of typedefs.  NULL after a complaint. */
static struct draft *follow_typedefs(struct reading *reading, struct draft *from)
{
	struct draft *draft = from, *last = from;

	for (; draft && draft->target && !draft->copied;
	     draft = find_draft(reading, draft->target)) {
		if (draft->followed) {
			reading_error(reading, from->at, "'%.80s' is a name for itself alone",
				      from->type.name);
			return NULL;
		}
		draft->followed = true;
		last = draft;
	}
	if (!draft)
		reading_error(reading, last->at, "no type named '%.80s'", last->target);
	return draft;
}

/* A typedef of a name becomes a copy of what it is a name for, and so do those on the way. */
static void copy_typedefs(struct reading *reading)
{
	for (struct draft *draft = reading->first_draft; draft; draft = draft->next) {
		struct draft *next, *meant = NULL;

		if (draft->target && draft->type.name && !draft->followed)
			meant = follow_typedefs(reading, draft);
		for (struct draft *d = draft; meant && d != meant; d = next) {
			const char *name = d->type.name;

			next = find_draft(reading, d->target);
			d->type = meant->type;
			d->type.name = name;
			d->copied = true;
		}
	}
}

/* ---- enums and unions ---- */

static void resolve_enum(struct reading *reading, struct draft *draft)
{
	for (size_t i = 0; i < draft->type.enumerator_count; i++) {
		const struct value *value = draft->values[i];
		char figures[INTEGER_ROOM];

		draft->type.enumerators[i].value = (int64_t)value->number.low;
		if (value->state == VALUE_KNOWN && !integer_fits(value->number, 32, true))
			reading_error(reading, value->at,
				      "the number of an enum has 32 bits and a sign: %s",
				      integer_text(value->number, figures));
	}
}

/* What a discriminant has.  False: no type for one. */
static bool bits_of(const struct type *type, unsigned int *bits, bool *has_sign)
{
	*has_sign = type->kind == TYPE_INT || type->kind == TYPE_ENUM || type->kind == TYPE_HYPER;
	*bits = type->kind == TYPE_INT || type->kind == TYPE_UNSIGNED ? type->bits
		: type->kind == TYPE_ENUM                             ? 32
		: type->kind == TYPE_BOOL                             ? 1
								      : 64;
	return *has_sign || type->kind == TYPE_UNSIGNED || type->kind == TYPE_BOOL ||
	       type->kind == TYPE_UNSIGNED_HYPER;
}

static void resolve_label(struct reading *reading, const struct type *type, struct label *label,
			  const struct expression *expression)
{
	const struct type *by = type->discriminant.type;
	struct integer value;
	unsigned int bits;
	bool has_sign;
	char figures[INTEGER_ROOM];

	if (!expression_value(reading, expression, false, &value))
		return;
	label->value = (int64_t)value.low;
	bits_of(by, &bits, &has_sign);
	if (!integer_fits(value, bits, has_sign))
		reading_error(reading, expression->at, "%s is never %s", type->discriminant.name,
			      integer_text(value, figures));
	else if (by->kind == TYPE_ENUM && !contract_enumerator(by, label->value))
		reading_note(reading, expression->at, "%s has no name for %s",
			     by->name ? by->name : "the enum", integer_text(value, figures));
}

static void resolve_union(struct reading *reading, struct draft *draft)
{
	struct type *type = &draft->type;
	struct unique *labels = reading_take(reading, (type->label_count + 1) * sizeof(*labels));
	unsigned int bits;
	bool has_sign;

	if (!bits_of(type->discriminant.type, &bits, &has_sign))
		return reading_error(
			reading, draft->at,
			"a union is chosen by an int, an unsigned int, an enum or a bool");
	if (bits > 32)
		reading_note(reading, draft->at, "RFC 4506 has no union that is chosen by a hyper");
	for (size_t i = 0; i < type->label_count; i++) {
		resolve_label(reading, type, &type->labels[i], draft->cases[i]);
		labels[i] = (struct unique){ .number = integer_signed(type->labels[i].value),
					     .at = draft->cases[i]->at };
	}
	reading_refuse_doubled(reading, labels, type->label_count, "case");
}

static void refuse_doubled_members(struct reading *reading, struct draft *draft)
{
	struct growing_array names = { 0 };
	struct unique *unique;

	for (size_t i = 0; i < draft->type.member_count; i++) {
		if (!draft->type.members[i].name)
			continue;
		unique = reading_grow(reading, &names, sizeof(*unique));
		*unique = (struct unique){ .name = draft->type.members[i].name,
					   .at = draft->places[i] };
	}
	reading_refuse_doubled(reading, names.items, names.count, "member");
}

/* Whether it is a type, and not a name that means none, of which was complained. */
static bool is_known(const struct type *type)
{
	const struct draft *draft = (const struct draft *)type;

	return !draft->target || draft->copied;
}

static void resolve_drafts(struct reading *reading)
{
	for (struct draft *draft = reading->first_draft; draft; draft = draft->next) {
		if (!draft->whole)
			continue;
		if (draft->type.kind == TYPE_UNION && is_known(draft->type.discriminant.type))
			resolve_union(reading, draft);
		refuse_doubled_members(reading, draft);
	}
}

/* ---- what contains itself ---- */

/* How deeply it has others within it, whatever the values are.  A typedef's copy has the members of
 * the type itself, so a circle comes back to where it was all the same. */
static unsigned int nesting_of(struct reading *reading, struct type *type, unsigned int depth)
{
	struct draft *draft = (struct draft *)type;
	unsigned int deepest = 0;

	if (draft->left || type->kind == TYPE_OPTIONAL || type->kind == TYPE_ARRAY)
		return draft->nesting;
	if (draft->entered) {
		reading_error(reading, draft->at, "%.80s contains itself",
			      type->name ? type->name : "this");
		draft->left = true;
		return 0;
	}
	draft->entered = true;
	for (size_t i = 0; i < type->member_count && depth <= CONTRACT_MAX_NESTED; i++) {
		unsigned int nesting = nesting_of(reading, type->members[i].type, depth + 1);

		deepest = nesting > deepest ? nesting : deepest;
	}
	if (type->kind == TYPE_VECTOR && depth <= CONTRACT_MAX_NESTED)
		deepest = nesting_of(reading, type->item, depth + 1);
	draft->left = true;
	draft->nesting = deepest + 1;
	if (draft->nesting == CONTRACT_MAX_NESTED || depth == CONTRACT_MAX_NESTED)
		reading_error(reading, draft->at, "more than %d types within each other",
			      CONTRACT_MAX_NESTED);
	return draft->nesting;
}

static void refuse_circles(struct reading *reading)
{
	for (struct draft *draft = reading->first_draft; draft; draft = draft->next)
		nesting_of(reading, &draft->type, 0);
}

/* ---- what others see ---- */

static void publish_constants(struct reading *reading)
{
	struct growing_array constants = { 0 };

	for (const struct value *value = reading->first_value; value; value = value->next)
		if (value->constant && !value->at.source->predefined)
			*(struct contract_constant *)reading_grow(
				reading, &constants, sizeof(struct contract_constant)) =
				(struct contract_constant){ value->name, value->number, value->text,
							    reading_comment(reading, value->at) };
	reading->contract.constants = constants.items;
	reading->contract.constant_count = constants.count;
}

/* Members are shared by all names of their struct. */
static void publish_comments(struct reading *reading)
{
	for (struct draft *draft = reading->first_draft; draft; draft = draft->next) {
		struct type *type = &draft->type;

		for (size_t i = 0; draft->places && i < type->member_count; i++)
			type->members[i].comment = reading_comment(reading, draft->places[i]);
		for (size_t i = 0; draft->values && i < type->enumerator_count; i++)
			type->enumerators[i].comment = reading_comment(reading,
								       draft->values[i]->at);
	}
}

static void publish_types(struct reading *reading)
{
	struct growing_array types = { 0 };

	for (struct draft *draft = reading->first_draft; draft; draft = draft->next)
		if (draft->listed) {
			draft->type.comment = reading_comment(reading, draft->at);
			*(struct type **)reading_grow(reading, &types,
						      sizeof(struct type *)) = &draft->type;
		}
	reading->contract.types = types.items;
	reading->contract.type_count = types.count;
}

/* Each step needs what the one before has found. */
static void resolve_all(struct reading *reading)
{
	resolve_values(reading);
	resolve_numbers(reading);
	resolve_programs(reading);
	resolve_references(reading);
	for (struct draft *draft = reading->first_draft; draft; draft = draft->next)
		if (draft->type.kind == TYPE_ENUM)
			resolve_enum(reading, draft);
	copy_typedefs(reading);
	resolve_drafts(reading);
	refuse_circles(reading);
	if (!reading->contract.error_count)
		reading_measure(reading);
	publish_constants(reading);
	publish_comments(reading);
	publish_types(reading);
	reading_sort_complaints(reading);
}

int contract_resolve(struct contract *contract)
{
	struct reading *reading = (struct reading *)contract;
	jmp_buf given_up;

	reading->given_up = &given_up;
	if (setjmp(given_up))
		return reading->reason;
	resolve_all(reading);
	return contract->error_count ? -EBADMSG : 0;
}
