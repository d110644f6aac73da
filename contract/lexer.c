/* A text as tokens. */
#include <ctype.h>
#include <string.h>

#include "contract/reading.h"

static bool is_over(const struct input *input)
{
	return input->offset >= input->source->length;
}

static char character_ahead(const struct input *input, size_t ahead)
{
	size_t i = input->offset + ahead;

	return i < input->source->length ? input->source->text[i] : '\0';
}

/* As many bytes as end a line: 1, or 2 of CR and LF; 0 when there is none. */
static size_t newline_ahead(const struct input *input, size_t ahead)
{
	char c = character_ahead(input, ahead);

	if (c == '\r')
		return character_ahead(input, ahead + 1) == '\n' ? 2 : 1;
	return c == '\n';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\f' || c == '\v';
}

size_t lexer_pass_newline(struct input *input)
{
	size_t length = newline_ahead(input, 0);

	input->offset += length;
	input->fresh |= length > 0;
	return length;
}

void lexer_pass_blanks(struct input *input)
{
	while (is_blank(character_ahead(input, 0)))
		input->offset++;
}

static bool comment_begins(const struct input *input, char second)
{
	return character_ahead(input, 0) == '/' && character_ahead(input, 1) == second;
}

/* Passes a comment.  False when it has no end. */
static bool pass_comment(struct input *input)
{
	const char *text = input->source->text;
	size_t length = input->source->length;

	for (size_t i = input->offset + 2; i + 1 < length; i++)
		if (text[i] == '*' && text[i + 1] == '/') {
			input->offset = i + 2;
			return true;
		}
	input->offset = length;
	return false;
}

void lexer_pass_line(struct input *input, bool raw)
{
	while (!is_over(input) && !newline_ahead(input, 0)) {
		size_t spliced = character_ahead(input, 0) == '\\' ? newline_ahead(input, 1) : 0;

		if (spliced)
			input->offset += 1 + spliced;
		else if (!raw && comment_begins(input, '*'))
			pass_comment(input);
		else if (!raw && comment_begins(input, '/'))
			raw = true;
		else
			input->offset++;
	}
}

/* Passes what stands between tokens: also lines' ends, but in a directive. */
static void pass_space(struct reading *reading, struct input *input)
{
	for (;;) {
		struct position at = { input->source, input->offset };

		lexer_pass_blanks(input);
		if (character_ahead(input, 0) == '\\' && newline_ahead(input, 1))
			input->offset += 1 + newline_ahead(input, 1);
		else if (comment_begins(input, '/'))
			lexer_pass_line(input, true);
		else if (comment_begins(input, '*') &&
			 (at.offset = input->offset, !pass_comment(input)))
			reading_error(reading, at, "this comment has no end");
		else if (!input->directive)
			lexer_pass_newline(input);
		if (input->offset == at.offset)
			return;
	}
}

static bool is_of_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static void take_while(struct input *input, bool (*belongs)(char))
{
	while (belongs(character_ahead(input, 0)))
		input->offset++;
}

/* Also what is none, to be complained of as a whole. */
static bool is_of_number(char c)
{
	return is_of_word(c) || c == '\'' || c == '.';
}

static bool is_of_text(char c)
{
	return c != '"' && c != '\n' && c != '\r' && c != '\0';
}

static void take_text(struct reading *reading, struct input *input, struct token *token)
{
	token->kind = TOKEN_TEXT;
	input->offset++;
	take_while(input, is_of_text);
	token->text++;
	token->length = (size_t)(input->source->text + input->offset - token->text);
	if (character_ahead(input, 0) == '"')
		input->offset++;
	else
		reading_error(reading, token->at, "this text has no end");
}

/* False: it is none. */
static bool take_sign(struct input *input, struct token *token)
{
	static const char pairs[][3] = { "<<", ">>", "&&", "||", "==", "!=", "<=", ">=" };
	char c = character_ahead(input, 0);

	token->kind = TOKEN_SIGN;
	token->sign = c;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (c == pairs[i][0] && character_ahead(input, 1) == pairs[i][1])
			token->sign = SIGN(pairs[i][0], pairs[i][1]);
	input->offset += token->sign == c ? 1 : 2;
	return c && strchr("{}[]()<>*,;:=+-/%&|^~!?#", c);
}

static void begin_token(struct input *input, struct token *token)
{
	*token = (struct token){ .text = input->source->text + input->offset,
				 .at = { input->source, input->offset } };
}

/* What stands here, which is not space; false when it is nothing that a contract has. */
static bool take_token(struct reading *reading, struct input *input, struct token *token)
{
	char c = character_ahead(input, 0);

	if (input->fresh && !input->directive && (c == '#' || c == '%')) {
		token->kind = c == '#' ? TOKEN_DIRECTIVE : TOKEN_PERCENT;
		input->offset++;
	} else if (isdigit((unsigned char)c)) {
		token->kind = TOKEN_NUMBER;
		take_while(input, is_of_number);
	} else if (is_of_word(c)) {
		token->kind = TOKEN_WORD;
		take_while(input, is_of_word);
	} else if (c == '"') {
		take_text(reading, input, token);
		return true;
	} else if (!take_sign(input, token)) {
		reading_error(reading, token->at,
			      isgraph((unsigned char)c) ? "a contract has no '%c' here"
							: "a contract has no byte 0x%02x here",
			      (unsigned char)c);
		return false;
	}
	token->length = input->offset - token->at.offset;
	return true;
}

void lexer_next(struct reading *reading, struct input *input, struct token *token)
{
	do {
		pass_space(reading, input);
		begin_token(input, token);
		if (is_over(input) || newline_ahead(input, 0))
			break;
	} while (!take_token(reading, input, token));
	input->fresh = input->fresh && token->kind == TOKEN_END;
	token->end = (struct position){ input->source, input->offset };
}

bool token_is(const struct token *token, const char *word)
{
	return token->kind == TOKEN_WORD && *word == *token->text &&
	       strlen(word) == token->length && memcmp(token->text, word, token->length) == 0;
}
