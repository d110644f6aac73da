/* Programs, their versions and procedures: RFC 5531, section 12. */
#include "contract/definition.h"

/* `= NUMBER`, which stands behind whatever has one. */
static struct expression *parse_number_behind(struct cursor *cursor)
{
	struct expression *expression;

	cursor_expect(cursor, '=');
	expression = expression_parse(cursor, false);
	cursor_expect(cursor, ';');
	return expression;
}

/* What a number is for, whose place is not known yet. */
struct numbered {
	const char *name;
	struct position at;
	struct expression *expression;
};

/* One of several is a value; alone it may be void. */
static struct declared parse_argument(struct cursor *cursor, bool alone)
{
	struct position at = cursor->token.at;
	struct declared declared = parse_declaration(cursor, NAME_OPTIONAL);
	bool is_void = !declared.draft->target && declared.draft->type.kind == TYPE_VOID;

	if (is_void && !(alone && cursor_at(cursor, ')')))
		cursor_fail(cursor, at, "void is no argument beside others");
	return declared;
}

/* Several arguments are one struct, and none, as rpcgen takes it, is void. */
static struct draft *parse_arguments(struct cursor *cursor)
{
	struct growing_array members = { 0 }, places = { 0 };
	struct position at = cursor->token.at;
	struct declared declared;
	struct draft *all;

	cursor_expect(cursor, '(');
	if (cursor_accept(cursor, ')'))
		return new_draft(cursor, TYPE_VOID, at);
	do {
		declared = parse_argument(cursor, members.count == 0);
		*(struct member *)reading_grow(cursor->reading, &members, sizeof(struct member)) =
			(struct member){ .name = declared.name, .type = &declared.draft->type };
		*(struct position *)reading_grow(cursor->reading, &places,
						 sizeof(struct position)) = declared.at;
	} while (cursor_accept(cursor, ','));
	cursor_expect(cursor, ')');
	if (members.count == 1)
		return declared.draft;
	all = new_draft(cursor, TYPE_STRUCT, at);
	all->type.members = members.items;
	all->type.member_count = members.count;
	all->type.several = true;
	all->places = places.items;
	all->whole = true;
	return all;
}

static void parse_procedure(struct cursor *cursor, struct growing_array *procedures,
			    struct growing_array *numbers)
{
	struct contract_procedure procedure = { 0 };
	struct numbered number;

	procedure.result = &parse_result(cursor)->type;
	number.name = take_name(cursor, "the name of a procedure", &number.at);
	procedure.name = number.name;
	procedure.at = number.at;
	procedure.comment = reading_comment(cursor->reading, number.at);
	procedure.arguments = &parse_arguments(cursor)->type;
	number.expression = parse_number_behind(cursor);
	*(struct contract_procedure *)reading_grow(cursor->reading, procedures,
						   sizeof(procedure)) = procedure;
	*(struct numbered *)reading_grow(cursor->reading, numbers, sizeof(number)) = number;
}

/* The numbers of things of one kind, of which the first one's place is given. */
static void add_numbers(struct cursor *cursor, const char *what,
			const struct growing_array *numbers, uint32_t *slot, size_t size)
{
	const struct numbered *all = numbers->items;

	for (size_t i = 0; i < numbers->count; i++) {
		struct number *added = add_number(cursor, (uint32_t *)((char *)slot + i * size),
						  what, all[i].expression, all[i].at);

		added->name = all[i].name;
		added->group = slot;
		/* rpcgen makes a constant of it, too. */
		value_offer(cursor->reading, all[i].name, all[i].at, all[i].expression);
	}
}

static void parse_version(struct cursor *cursor, struct growing_array *versions,
			  struct growing_array *numbers)
{
	struct growing_array procedures = { 0 }, inner = { 0 };
	struct contract_version version = { 0 };
	struct numbered number;
	struct position opened;

	if (!token_is(&cursor->token, "version"))
		cursor_fail_expected(cursor, "'version' or '}'");
	cursor_advance(cursor);
	number.name = take_name(cursor, "the name of a version", &number.at);
	version.name = number.name;
	version.at = number.at;
	version.comment = reading_comment(cursor->reading, number.at);
	opened = cursor->token.at;
	cursor_expect(cursor, '{');
	while (body_goes_on(cursor, opened))
		parse_procedure(cursor, &procedures, &inner);
	number.expression = parse_number_behind(cursor);
	version.procedures = procedures.items;
	version.procedure_count = procedures.count;
	if (procedures.count)
		add_numbers(cursor, "procedure", &inner, &version.procedures->number,
			    sizeof(*version.procedures));
	*(struct contract_version *)reading_grow(cursor->reading, versions,
						 sizeof(version)) = version;
	*(struct numbered *)reading_grow(cursor->reading, numbers, sizeof(number)) = number;
}

void parse_program(struct cursor *cursor)
{
	struct reading *reading = cursor->reading;
	struct growing_array versions = { 0 }, inner = { 0 };
	struct contract_program *program = reading_take(reading, sizeof(*program));
	struct position at, opened;

	program->name = take_name(cursor, "the name of a program", &at);
	program->comment = reading_comment(reading, at);
	opened = cursor->token.at;
	cursor_expect(cursor, '{');
	while (body_goes_on(cursor, opened))
		parse_version(cursor, &versions, &inner);
	program->versions = versions.items;
	program->version_count = versions.count;
	add_number(cursor, &program->number, "program", parse_number_behind(cursor), at);
	if (versions.count)
		add_numbers(cursor, "version", &inner, &program->versions->number,
			    sizeof(*program->versions));
	*(struct contract_program **)reading_grow(reading, &reading->programs_read,
						  sizeof(struct contract_program *)) = program;
	*(struct position *)reading_grow(reading, &reading->program_places, sizeof(at)) = at;
}
