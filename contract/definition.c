/* A text's definitions: RFC 4506, section 6.3; and where to go on behind one that is wrong. */
#include <string.h>

#include "contract/definition.h"

/* ---- constants ---- */

static void parse_constant(struct cursor *cursor)
{
	struct reading *reading = cursor->reading;
	struct position at;
	const char *name = take_name(cursor, "the name of a constant", &at);
	struct value *value;

	cursor_expect(cursor, '=');
	if (cursor->token.kind == TOKEN_TEXT) {
		value = value_add(reading, name, at, NULL);
		value->text = reading_copy(reading, cursor->token.text, cursor->token.length);
		cursor_advance(cursor);
	} else {
		value = value_add(reading, name, at, expression_parse(cursor, false));
	}
	value->constant = true;
	cursor_expect(cursor, ';');
}

/* ---- typedef ---- */

static void parse_typedef(struct cursor *cursor)
{
	struct declared declared = parse_declaration(cursor, NAME_NEEDED);
	struct draft *draft = declared.draft;

	if (!declared.name)
		cursor_fail_expected(cursor, "a type and a name");
	if (strcmp(declared.name, draft->target      ? draft->target
				  : draft->type.name ? draft->type.name
						     : "") == 0) {
		cursor_expect(cursor,
			      ';'); /* typedef struct NAME NAME: C needs that, and XDR not */
		return;
	}
	if (draft->type.name) { /* a struct with a name of its own has another one */
		draft = new_draft(cursor, TYPE_VOID, declared.at);
		draft->target = declared.draft->type.name;
	}
	draft->at = declared.at;
	name_draft(cursor, draft, declared.name, declared.at);
	cursor_expect(cursor, ';');
}

/* ---- all of them ---- */

/* What some readers are told by a pragma is nothing to us. */
static void pass_pragma(struct cursor *cursor)
{
	while (cursor->token.kind != TOKEN_END && !cursor_at(cursor, ';'))
		cursor_advance(cursor);
	cursor_expect(cursor, ';');
}

static void enter_namespace(struct cursor *cursor)
{
	struct position at;

	take_name(cursor, "the name of a namespace", &at);
	cursor_expect(cursor, '{');
	cursor->namespaces++;
}

/* `union ... { ... } body;` is how RFC 5531 writes one in passing. */
static void end_composed(struct cursor *cursor)
{
	struct position at = cursor->token.at;

	if (cursor->token.kind == TOKEN_WORD && !word_is_reserved(&cursor->token)) {
		reading_note(cursor->reading, at, "a name behind a definition means nothing");
		cursor_advance(cursor);
	}
	cursor_expect(cursor, ';');
}

static void parse_definition(struct cursor *cursor)
{
	enum type_kind kind;

	cursor->braces = cursor->depth = 0;
	if (cursor_accept(cursor, ';'))
		return;
	if (cursor->namespaces && cursor_accept(cursor, '}'))
		cursor->namespaces--;
	else if (cursor_accept_word(cursor, "const"))
		parse_constant(cursor);
	else if (cursor_accept_word(cursor, "typedef"))
		parse_typedef(cursor);
	else if (cursor_accept_word(cursor, "program"))
		parse_program(cursor);
	else if (cursor_accept_word(cursor, "pragma"))
		pass_pragma(cursor);
	else if (cursor_accept_word(cursor, "namespace"))
		enter_namespace(cursor);
	else if (at_composed(cursor, &kind)) {
		parse_composed(cursor, kind);
		end_composed(cursor);
	} else {
		cursor_fail_expected(cursor, "a definition");
	}
}

static bool begins_line(const struct token *token)
{
	size_t offset = token->at.offset;

	return offset == 0 || strchr("\r\n", token->at.source->text[offset - 1]);
}

static bool may_begin_definition(const struct token *token)
{
	static const char *const words[] = { "const",  "typedef", "enum",
					     "struct", "union",   "program" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (token_is(token, words[i]))
			return true;
	return false;
}

/* Goes to where the next definition is likely to begin: behind this one's end, or at a word that
 * begins one and its line, for braces may be what is wrong. */
static void find_next_definition(struct cursor *cursor)
{
	while (cursor->token.kind != TOKEN_END) {
		if (may_begin_definition(&cursor->token) && begins_line(&cursor->token))
			return;
		if (cursor->braces == 0 && cursor_accept(cursor, ';'))
			return;
		cursor_advance(cursor);
	}
}

void reading_definitions(struct reading *reading)
{
	struct cursor *cursor = reading_take(reading, sizeof(*cursor));

	cursor->reading = reading;
	cursor->next = reading_next;
	cursor_advance(cursor);
	if (setjmp(cursor->escape))
		find_next_definition(cursor);
	while (cursor->token.kind != TOKEN_END)
		parse_definition(cursor);
	if (cursor->namespaces)
		reading_error(reading, cursor->token.at, "a namespace is never closed");
}
