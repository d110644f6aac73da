/* Types as they are declared: RFC 4506, section 6.3, and what rpcgen and others take besides. */
#include <string.h>

#include "contract/definition.h"

/* ---- words ---- */

/* Those of RFC 4506 and of C's types, which name nothing else; program, version and the like do. */
bool word_is_reserved(const struct token *word)
{
	static const char *const words[] = {
		"bool",    "case",  "const",    "default", "double", "enum",   "float",
		"hyper",   "int",   "opaque",   "short",   "string", "struct", "switch",
		"typedef", "union", "unsigned", "void",    "long",   "char",   "quadruple",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (token_is(word, words[i]))
			return true;
	return false;
}

const char *take_name(struct cursor *cursor, const char *what, struct position *at)
{
	const struct token *token = &cursor->token;
	const char *name;

	if (token->kind != TOKEN_WORD || word_is_reserved(token))
		cursor_fail_expected(cursor, what);
	*at = token->at;
	name = reading_copy(cursor->reading, token->text, token->length);
	cursor_advance(cursor);
	return name;
}

/* Whether a body goes on; false when its end was passed. */
bool body_goes_on(struct cursor *cursor, struct position opened)
{
	if (cursor->token.kind == TOKEN_END)
		cursor_fail(cursor, opened, "this '{' is never closed");
	return !cursor_accept(cursor, '}');
}

/* ---- drafts ---- */

struct draft *new_draft(struct cursor *cursor, enum type_kind kind, struct position at)
{
	struct reading *reading = cursor->reading;
	struct draft *draft = reading_take(reading, sizeof(*draft));

	draft->type.kind = kind;
	draft->at = at;
	*reading->last_draft = draft;
	reading->last_draft = &draft->next;
	return draft;
}

/* What a name stands for, which may be declared later. */
static struct draft *new_reference(struct cursor *cursor, const char *name, struct position at)
{
	struct draft *draft = new_draft(cursor, TYPE_VOID, at);

	draft->target = name;
	return draft;
}

void name_draft(struct cursor *cursor, struct draft *draft, const char *name, struct position at)
{
	struct reading *reading = cursor->reading;
	struct named_draft *new = reading_take(reading, sizeof(*new)), *known;
	void **tree = &reading->types[at.source->predefined];

	draft->type.name = name;
	*new = (struct named_draft){ name, draft };
	known = reading_enter(reading, tree, new);
	draft->listed = known == new && !at.source->predefined;
	if (known == new || (draft->target && known->draft->target &&
			     strcmp(draft->target, known->draft->target) == 0))
		return; /* the same typedef may be there twice, as in C */
	reading_error(reading, at, "there is a type '%.80s' already", name);
}

struct number *add_number(struct cursor *cursor, uint32_t *slot, const char *what,
			  struct expression *expression, struct position at)
{
	struct reading *reading = cursor->reading;
	struct number *number = reading_take(reading, sizeof(*number));

	*number = (struct number){ .slot = slot, .what = what, .expression = expression, .at = at };
	*reading->last_number = number;
	reading->last_number = &number->next;
	return number;
}

/* ---- enum ---- */

static void parse_enumerator(struct cursor *cursor, struct growing_array *values,
			     struct value *previous)
{
	struct reading *reading = cursor->reading;
	struct expression *expression;
	struct position at;
	const char *name = take_name(cursor, "the name of a number", &at);

	if (cursor_accept(cursor, '=')) {
		expression = expression_parse(cursor, false);
	} else {
		expression = reading_take(reading, sizeof(*expression));
		expression->at = at;
		if (previous)
			expression = expression_add(
				reading, expression_named(reading, previous->name, at), 1);
	}
	*(struct value **)reading_grow(reading, values, sizeof(struct value *)) = value_add(
		reading, name, at, expression);
}

static void parse_enum_body(struct cursor *cursor, struct draft *draft)
{
	struct position opened = cursor->token.at;
	struct growing_array values = { 0 };
	struct value *previous = NULL;

	cursor_expect(cursor, '{');
	do {
		if (values.count && cursor_at(cursor, '}'))
			break; /* a comma behind the last one */
		parse_enumerator(cursor, &values, previous);
		previous = ((struct value **)values.items)[values.count - 1];
	} while (cursor_accept(cursor, ','));
	if (body_goes_on(cursor, opened))
		cursor_fail_expected(cursor, "',' or '}'");
	draft->values = values.items;
	draft->type.enumerator_count = values.count;
	draft->type.enumerators = reading_take(cursor->reading,
					       values.count * sizeof(*draft->type.enumerators));
	for (size_t i = 0; i < values.count; i++)
		draft->type.enumerators[i].name = draft->values[i]->name;
}

/* ---- struct and union ---- */

static void add_member(struct cursor *cursor, struct growing_array *members,
		       struct growing_array *places, const struct declared *declared)
{
	struct member *member = reading_grow(cursor->reading, members, sizeof(*member));

	*member = (struct member){ .name = declared->name, .type = &declared->draft->type };
	*(struct position *)reading_grow(cursor->reading, places,
					 sizeof(struct position)) = declared->at;
}

static void parse_struct_body(struct cursor *cursor, struct draft *draft)
{
	struct position opened = cursor->token.at;
	struct growing_array members = { 0 }, places = { 0 };

	cursor_expect(cursor, '{');
	do {
		struct declared declared = parse_declaration(cursor, NAME_NEEDED);

		cursor_expect(cursor, ';');
		if (declared.name)
			add_member(cursor, &members, &places, &declared);
	} while (body_goes_on(cursor, opened));
	draft->type.members = members.items;
	draft->type.member_count = members.count;
	draft->places = places.items;
}

struct union_body {
	struct growing_array members, places, labels, cases;
	bool has_default;
	size_t default_arm;
};

/* `case VALUE:` or `default:`.  False when it is neither. */
static bool parse_case(struct cursor *cursor, struct union_body *body)
{
	struct position at = cursor->token.at;
	struct label *label;

	if (cursor_accept_word(cursor, "default")) {
		if (body->has_default)
			cursor_fail(cursor, at, "there is a default already");
		body->has_default = true;
		body->default_arm = body->members.count;
	} else if (cursor_accept_word(cursor, "case")) {
		label = reading_grow(cursor->reading, &body->labels, sizeof(*label));
		label->arm = body->members.count;
		*(struct expression **)reading_grow(
			cursor->reading, &body->cases,
			sizeof(struct expression *)) = expression_parse(cursor, false);
	} else {
		return false;
	}
	cursor_expect(cursor, ':');
	return true;
}

static void parse_arm(struct cursor *cursor, struct union_body *body)
{
	struct declared declared;

	if (!parse_case(cursor, body))
		cursor_fail_expected(cursor, "'case', 'default' or '}'");
	while (parse_case(cursor, body))
		continue;
	declared = parse_declaration(cursor, NAME_NEEDED);
	cursor_expect(cursor, ';');
	add_member(cursor, &body->members, &body->places, &declared);
}

static void parse_union_body(struct cursor *cursor, struct draft *draft)
{
	struct union_body body = { 0 };
	struct declared discriminant;
	struct position opened;

	cursor_expect(cursor, '(');
	discriminant = parse_declaration(cursor, NAME_NEEDED);
	cursor_expect(cursor, ')');
	opened = cursor->token.at;
	cursor_expect(cursor, '{');
	do {
		parse_arm(cursor, &body);
	} while (body_goes_on(cursor, opened));
	draft->type.discriminant = (struct member){ .name = discriminant.name,
						    .type = &discriminant.draft->type };
	draft->type.members = body.members.items;
	draft->type.member_count = body.members.count;
	draft->places = body.places.items;
	draft->type.labels = body.labels.items;
	draft->type.label_count = body.labels.count;
	draft->cases = body.cases.items;
	if (body.has_default)
		draft->type.otherwise = &draft->type.members[body.default_arm];
}

/* struct, union or enum: a body with or without a name, or the name of one. */
struct draft *parse_composed(struct cursor *cursor, enum type_kind kind)
{
	struct position at = cursor->token.at;
	struct draft *draft;
	const char *name = NULL;
	bool has_body;

	cursor_advance(cursor);
	if (cursor->token.kind == TOKEN_WORD && !token_is(&cursor->token, "switch"))
		name = take_name(cursor, "a name for it", &at);
	has_body = kind == TYPE_UNION ? cursor_accept_word(cursor, "switch")
				      : cursor_at(cursor, '{');
	if (!has_body && name && !cursor_at(cursor, '{'))
		return new_reference(cursor, name, at);
	if (!has_body)
		cursor_fail_expected(cursor, kind == TYPE_UNION ? "'switch'" : "'{'");
	cursor_descend(cursor);
	draft = new_draft(cursor, kind, at);
	if (name)
		name_draft(cursor, draft, name, at);
	if (kind == TYPE_STRUCT)
		parse_struct_body(cursor, draft);
	else if (kind == TYPE_UNION)
		parse_union_body(cursor, draft);
	else
		parse_enum_body(cursor, draft);
	draft->whole = true;
	cursor_ascend(cursor);
	return draft;
}

bool at_composed(const struct cursor *cursor, enum type_kind *kind)
{
	if (token_is(&cursor->token, "struct"))
		*kind = TYPE_STRUCT;
	else if (token_is(&cursor->token, "union"))
		*kind = TYPE_UNION;
	else if (token_is(&cursor->token, "enum"))
		*kind = TYPE_ENUM;
	else
		return false;
	return true;
}

/* ---- the simple ones ---- */

static const struct simple {
	const char *word;
	enum type_kind kind;
	uint32_t bits;
} simple_types[] = {
	{ "int", TYPE_INT, 32 },      { "long", TYPE_INT, 32 }, /* in XDR, 4 bytes */
	{ "short", TYPE_INT, 16 },    { "char", TYPE_INT, 8 },
	{ "hyper", TYPE_HYPER, 0 },   { "float", TYPE_FLOAT, 0 },
	{ "double", TYPE_DOUBLE, 0 }, { "quadruple", TYPE_QUADRUPLE, 0 },
	{ "bool", TYPE_BOOL, 0 },     { "void", TYPE_VOID, 0 },
	{ "string", TYPE_STRING, 0 }, { "opaque", TYPE_OPAQUE, 0 },
};

static const struct simple *find_simple(const struct token *word)
{
	for (size_t i = 0; i < sizeof(simple_types) / sizeof(simple_types[0]); i++)
		if (token_is(word, simple_types[i].word))
			return &simple_types[i];
	return NULL;
}

/* `unsigned`, which was read, with a word behind it or without. */
static struct draft *parse_unsigned(struct cursor *cursor, struct position at)
{
	const struct simple *simple = find_simple(&cursor->token);
	struct draft *draft;

	if (!simple || (simple->kind != TYPE_INT && simple->kind != TYPE_HYPER))
		simple = NULL;
	else
		cursor_advance(cursor);
	draft = new_draft(
		cursor, simple && simple->kind == TYPE_HYPER ? TYPE_UNSIGNED_HYPER : TYPE_UNSIGNED,
		at);
	draft->type.bits = simple ? simple->bits : 32;
	draft->alone = !simple;
	return draft;
}

static struct draft *parse_type(struct cursor *cursor)
{
	const struct simple *simple = find_simple(&cursor->token);
	struct position at = cursor->token.at;
	enum type_kind kind;
	struct draft *draft;
	const char *name;

	if (at_composed(cursor, &kind))
		return parse_composed(cursor, kind);
	if (cursor_accept_word(cursor, "unsigned"))
		return parse_unsigned(cursor, at);
	if (simple) {
		cursor_advance(cursor);
		draft = new_draft(cursor, simple->kind, at);
		draft->type.bits = simple->bits;
		return draft;
	}
	name = take_name(cursor, "a type", &at);
	return new_reference(cursor, name, at);
}

/* ---- declarations ---- */

static void take_bound(struct cursor *cursor, struct draft *draft, int close)
{
	struct position at = cursor->token.at;

	draft->type.bound = UINT32_MAX;
	if (close != '>' || !cursor_at(cursor, '>'))
		add_number(cursor, &draft->type.bound, "length",
			   expression_parse(cursor, close == '>'), at);
	cursor_expect(cursor, close);
	if (cursor_at(cursor, '[') || cursor_at(cursor, '<'))
		cursor_fail(cursor, cursor->token.at,
			    "an array has one dimension: use a typedef for the other");
}

/* Text and opaque bytes have a length of their own; of any other type it makes an array. */
static struct draft *parse_length(struct cursor *cursor, struct draft *draft, enum naming naming)
{
	enum type_kind kind = draft->target ? TYPE_STRUCT : draft->type.kind;
	bool fixed = cursor_at(cursor, '[');
	struct draft *array;

	if (!fixed && !cursor_at(cursor, '<')) {
		if (kind == TYPE_OPAQUE)
			cursor_fail_expected(cursor, "'[' or '<'");
		if (kind == TYPE_STRING && naming == NAME_NEEDED)
			reading_note(cursor->reading, draft->at,
				     "a string without <> is taken as one with them");
		draft->type.bound = kind == TYPE_STRING ? UINT32_MAX : 0;
		return draft;
	}
	if (kind == TYPE_VOID || (kind == TYPE_STRING && fixed))
		cursor_fail_expected(cursor, kind == TYPE_VOID ? "';'" : "'<'");
	cursor_advance(cursor);
	array = draft;
	if (kind == TYPE_OPAQUE) {
		draft->type.kind = fixed ? TYPE_OPAQUE : TYPE_BYTES;
	} else if (kind != TYPE_STRING) {
		array = new_draft(cursor, fixed ? TYPE_VECTOR : TYPE_ARRAY, draft->at);
		array->type.item = &draft->type;
	}
	take_bound(cursor, array, fixed ? ']' : '>');
	return array;
}

static struct draft *make_optional(struct cursor *cursor, struct draft *draft)
{
	struct draft *optional;

	if (!draft->target && draft->type.kind == TYPE_VOID)
		cursor_fail(cursor, draft->at, "void cannot be optional");
	optional = new_draft(cursor, TYPE_OPTIONAL, draft->at);
	optional->type.item = &draft->type;
	return optional;
}

struct declared parse_declaration(struct cursor *cursor, enum naming naming)
{
	struct declared declared = { .draft = parse_type(cursor), .at = cursor->token.at };
	bool is_void = !declared.draft->target && declared.draft->type.kind == TYPE_VOID;
	bool optional;

	if (is_void && !cursor_at(cursor, '*') && cursor->token.kind != TOKEN_WORD)
		return declared;
	if (is_void)
		cursor_fail(cursor, declared.draft->at, "void has neither a name nor a length");
	optional = cursor_accept(cursor, '*');
	if (naming == NAME_NEEDED || cursor->token.kind == TOKEN_WORD)
		declared.name = take_name(cursor, "a name", &declared.at);
	declared.draft = parse_length(cursor, declared.draft, naming);
	if (optional)
		declared.draft = make_optional(cursor, declared.draft);
	return declared;
}

struct draft *parse_result(struct cursor *cursor)
{
	struct draft *draft = parse_type(cursor);

	if (!draft->target && draft->type.kind == TYPE_OPAQUE)
		cursor_fail(cursor, draft->at, "opaque bytes need a typedef here");
	if (!draft->target && draft->type.kind == TYPE_STRING)
		draft->type.bound = UINT32_MAX;
	return cursor_accept(cursor, '*') ? make_optional(cursor, draft) : draft;
}
