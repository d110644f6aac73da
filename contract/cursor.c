/* Tokens one after the other, for whoever knows what may come. */
#include <stdarg.h>
#include <string.h>

#include "contract/reading.h"

void cursor_advance(struct cursor *cursor)
{
	cursor->behind = cursor->token.end;
	if (cursor_at(cursor, '{'))
		cursor->braces++;
	if (cursor_at(cursor, '}') && cursor->braces)
		cursor->braces--;
	cursor->next(cursor->reading, &cursor->token);
}

bool cursor_at(const struct cursor *cursor, int sign)
{
	return cursor->token.kind == TOKEN_SIGN && cursor->token.sign == sign;
}

bool cursor_accept(struct cursor *cursor, int sign)
{
	if (!cursor_at(cursor, sign))
		return false;
	cursor_advance(cursor);
	return true;
}

bool cursor_accept_word(struct cursor *cursor, const char *word)
{
	if (!token_is(&cursor->token, word))
		return false;
	cursor_advance(cursor);
	return true;
}

_Noreturn void cursor_fail(struct cursor *cursor, struct position at, const char *format, ...)
{
	va_list arguments;
	char text[sizeof(((struct complaint *)NULL)->text)];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	reading_error(cursor->reading, at, "%s", text);
	longjmp(cursor->escape, 1);
}

/* What closes or separates is missing behind what is there; anything else where it should begin. */
_Noreturn void cursor_fail_expected(struct cursor *cursor, const char *what)
{
	const struct token *token = &cursor->token;
	bool closes = *what == '\'' && strchr(";)]>,", what[1]) && cursor->behind.source;
	int length = token->length < 40 ? (int)token->length : 40;

	if (token->kind == TOKEN_END)
		cursor_fail(cursor, closes ? cursor->behind : token->at,
			    "expected %s, and there is nothing more", what);
	cursor_fail(cursor, closes ? cursor->behind : token->at, "expected %s, not '%.*s'", what,
		    length, token->text);
}

void cursor_expect(struct cursor *cursor, int sign)
{
	const char what[] = { '\'', (char)sign, '\'', '\0' };

	if (!cursor_accept(cursor, sign))
		cursor_fail_expected(cursor, what);
}

void cursor_descend(struct cursor *cursor)
{
	if (++cursor->depth > CONTRACT_MAX_DEPTH)
		cursor_fail(cursor, cursor->token.at, "more than %d within each other",
			    CONTRACT_MAX_DEPTH);
}

void cursor_ascend(struct cursor *cursor)
{
	cursor->depth--;
}
