/* A JSON text as a row of nodes. */
#include "contract/value/tape.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define NOWHERE SIZE_MAX

/* A text being read; where it is wrong, the rest of it is passed over. */
struct tape_reading {
	struct tape *tape;
	const char *text, *at, *end;
	size_t within; /* which node has the next ones; NOWHERE: none */
	size_t *above; /* for each node within others, those; a stack */
	size_t depth, room;
	char *wrong;
	int error;
};

/* ---- what is wrong ---- */

__attribute__((format(printf, 2, 3))) static bool fail_reading(struct tape_reading *reading,
							       const char *format, ...)
{
	size_t line = 1, column = 1;
	va_list arguments;
	int length;

	for (const char *c = reading->text; c < reading->at; c++, column++)
		if (*c == '\n') {
			line++;
			column = 0;
		}
	length = snprintf(reading->wrong, TAPE_WRONG, "no JSON at line %zu, column %zu: ", line,
			  column);
	va_start(arguments, format);
	vsnprintf(reading->wrong + length, TAPE_WRONG - (size_t)length, format, arguments);
	va_end(arguments);
	reading->error = -EBADMSG;
	return false;
}

static bool fail_expected(struct tape_reading *reading, const char *what)
{
	if (reading->at == reading->end)
		return fail_reading(reading, "expected %s, and there is nothing more", what);
	return fail_reading(reading, "expected %s", what);
}

static bool no_memory(struct tape_reading *reading)
{
	reading->error = -ENOMEM;
	return false;
}

/* ---- characters ---- */

static char peek(const struct tape_reading *reading)
{
	return reading->at < reading->end ? *reading->at : '\0';
}

static void pass_space(struct tape_reading *reading)
{
	while (reading->at < reading->end && strchr(" \t\r\n", *reading->at) && *reading->at)
		reading->at++;
}

static bool pass(struct tape_reading *reading, char c)
{
	if (peek(reading) != c || reading->at == reading->end)
		return false;
	reading->at++;
	return true;
}

static int hex_figure(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* Behind a backslash. */
static bool pass_escape(struct tape_reading *reading)
{
	char c = peek(reading);

	if (!c || !strchr("\"\\/bfnrtu", c))
		return fail_expected(reading, "one of \" \\ / b f n r t u behind a backslash");
	reading->at++;
	for (int i = 0; c == 'u' && i < 4; i++, reading->at++)
		if (hex_figure(peek(reading)) < 0)
			return fail_expected(reading, "four hexadecimal figures behind \\u");
	return true;
}

static bool pass_character(struct tape_reading *reading)
{
	size_t left = (size_t)(reading->end - reading->at), length;
	char few[5] = "";

	memcpy(few, reading->at, left < 4 ? left : 4);
	length = text_character(few);
	if (length == 0 || length > left)
		return fail_expected(reading, "UTF-8; other bytes are written {\"hex\": \"...\"}");
	reading->at += length;
	return true;
}

/* A string, whose first quote is there. */
static bool take_string(struct tape_reading *reading, const char **text, size_t *length)
{
	*text = ++reading->at;
	while (!pass(reading, '"')) {
		unsigned char c = (unsigned char)peek(reading);

		if (reading->at == reading->end)
			return fail_expected(reading, "the end of a string, '\"'");
		if (c < ' ')
			return fail_expected(reading, "no control character in a string, as \\n");
		if (c == '\\') {
			reading->at++;
			if (!pass_escape(reading))
				return false;
		} else if (c < 0x80) {
			reading->at++;
		} else if (!pass_character(reading)) {
			return false;
		}
	}
	*length = (size_t)(reading->at - *text) - 1;
	return true;
}

/* ---- numbers and words ---- */

static bool pass_figures(struct tape_reading *reading)
{
	const char *begin = reading->at;

	while (peek(reading) >= '0' && peek(reading) <= '9')
		reading->at++;
	return reading->at > begin || fail_expected(reading, "a figure");
}

static bool take_number(struct tape_reading *reading, struct tape_node *node)
{
	node->kind = TAPE_NUMBER;
	pass(reading, '-');
	if (!pass(reading, '0') && !pass_figures(reading))
		return false;
	if (pass(reading, '.') && !pass_figures(reading))
		return false;
	if (pass(reading, 'e') || pass(reading, 'E')) {
		if (!pass(reading, '+'))
			pass(reading, '-');
		if (!pass_figures(reading))
			return false;
	}
	node->length = (size_t)(reading->at - node->text);
	return true;
}

static bool take_word(struct tape_reading *reading, struct tape_node *node)
{
	static const struct {
		const char *word;
		enum tape_kind kind;
	} words[] = { { "null", TAPE_NULL }, { "false", TAPE_FALSE }, { "true", TAPE_TRUE } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t length = strlen(words[i].word);

		if ((size_t)(reading->end - reading->at) >= length &&
		    memcmp(reading->at, words[i].word, length) == 0) {
			node->kind = words[i].kind;
			node->length = length;
			reading->at += length;
			return true;
		}
	}
	return fail_expected(reading, "a value");
}

/* ---- nodes ---- */

static struct tape_node *add_node(struct tape_reading *reading)
{
	struct tape *tape = reading->tape;

	if (tape->count == tape->room) {
		size_t room = tape->room ? 2 * tape->room : 16;
		struct tape_node *nodes = realloc(tape->nodes, room * sizeof(*nodes));

		if (!nodes)
			return NULL;
		tape->nodes = nodes;
		tape->room = room;
	}
	if (reading->within != NOWHERE)
		tape->nodes[reading->within].count++;
	tape->nodes[tape->count] = (struct tape_node){ .text = reading->at,
						       .next = tape->count + 1 };
	return &tape->nodes[tape->count++];
}

static bool enter_node(struct tape_reading *reading, enum tape_kind kind)
{
	if (reading->depth == reading->room) {
		size_t room = reading->room ? 2 * reading->room : 16;
		size_t *above = realloc(reading->above, room * sizeof(*above));

		if (!above)
			return no_memory(reading);
		reading->above = above;
		reading->room = room;
	}
	reading->above[reading->depth++] = reading->within;
	reading->within = reading->tape->count - 1;
	reading->tape->nodes[reading->within].kind = kind;
	reading->at++;
	return true;
}

static void leave_node(struct tape_reading *reading)
{
	struct tape_node *node = &reading->tape->nodes[reading->within];

	node->next = reading->tape->count;
	node->length = (size_t)(++reading->at - node->text);
	reading->within = reading->above[--reading->depth];
}

/* A value, or the beginning of one that has others within it. */
static bool take_value(struct tape_reading *reading, const char *key, size_t key_length)
{
	struct tape_node *node = add_node(reading);
	char c = peek(reading);

	if (!node)
		return no_memory(reading);
	node->key = key;
	node->key_length = key_length;
	if (c == '{' || c == '[')
		return enter_node(reading, c == '{' ? TAPE_OBJECT : TAPE_ARRAY);
	if (c == '"') {
		node->kind = TAPE_STRING;
		return take_string(reading, &node->text, &node->length);
	}
	return c == '-' || (c >= '0' && c <= '9') ? take_number(reading, node)
						  : take_word(reading, node);
}

/* A member's key, and the colon behind it. */
static bool take_key(struct tape_reading *reading, const char **key, size_t *length)
{
	if (peek(reading) != '"')
		return fail_expected(reading, "a name between quotes");
	if (!take_string(reading, key, length))
		return false;
	pass_space(reading);
	if (!pass(reading, ':'))
		return fail_expected(reading, "':'");
	pass_space(reading);
	return true;
}

/* What comes next within an object or an array: another value, or its end. */
static bool go_on(struct tape_reading *reading)
{
	const struct tape_node *around = &reading->tape->nodes[reading->within];
	bool object = around->kind == TAPE_OBJECT;
	size_t length = 0;
	const char *key = NULL;

	if (peek(reading) == (object ? '}' : ']')) {
		leave_node(reading);
		return true;
	}
	if (around->count && !pass(reading, ','))
		return fail_expected(reading, object ? "',' or '}'" : "',' or ']'");
	pass_space(reading);
	return (!object || take_key(reading, &key, &length)) && take_value(reading, key, length);
}

static bool read_all(struct tape_reading *reading)
{
	pass_space(reading);
	if (!take_value(reading, NULL, 0))
		return false;
	for (pass_space(reading); reading->within != NOWHERE; pass_space(reading))
		if (!go_on(reading))
			return false;
	return reading->at == reading->end ||
	       fail_reading(reading, "there is more behind the value");
}

int tape_read(struct tape *tape, const char *text, size_t length, char wrong[TAPE_WRONG])
{
	struct tape_reading reading = { .tape = tape,
					.text = text,
					.at = text,
					.end = text + length,
					.within = NOWHERE,
					.wrong = wrong };

	tape->count = 0;
	read_all(&reading);
	free(reading.above);
	return reading.error;
}

void tape_release(struct tape *tape)
{
	free(tape->nodes);
	*tape = (struct tape){ 0 };
}

/* ---- strings ---- */

static unsigned int read_code(const char *text)
{
	unsigned int code = 0;

	for (int i = 0; i < 4; i++)
		code = code << 4 | (unsigned int)hex_figure(text[i]);
	return code;
}

static char *put_character(char *to, unsigned int code)
{
	if (code < 0x80) {
		*to++ = (char)code;
	} else if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
		*to++ = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	} else {
		*to++ = (char)(0xf0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 0x3f));
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	}
	return to;
}

/* The character behind "\u", which may take another such; NULL: half of one. */
static char *put_code(char *to, const char **from, const char *end)
{
	unsigned int code = read_code(*from), low = 0;

	*from += 4;
	if (code >= 0xdc00 && code < 0xe000)
		return NULL;
	if (code >= 0xd800 && code < 0xdc00) {
		if (end - *from >= 6 && (*from)[0] == '\\' && (*from)[1] == 'u')
			low = read_code(*from + 2);
		if (low < 0xdc00 || low >= 0xe000)
			return NULL;
		*from += 6;
		code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
	}
	return put_character(to, code);
}

long tape_unescape(const char *text, size_t length, char *to)
{
	static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
	const char *end = text + length, *begin = to;

	while (text < end) {
		char c = *text++;

		if (c != '\\') {
			*to++ = c;
			continue;
		}
		c = *text++;
		if (c == 'u')
			to = put_code(to, &text, end);
		else
			*to++ = strchr(letters, c) ? meant[strchr(letters, c) - letters] : c;
		if (!to)
			return -1;
	}
	return to - begin;
}

bool tape_has_key(const struct tape_node *node, const char *key)
{
	size_t length = strlen(key);
	char said[256];

	if (!memchr(node->key, '\\', node->key_length))
		return node->key_length == length && memcmp(node->key, key, length) == 0;
	return node->key_length <= sizeof(said) &&
	       tape_unescape(node->key, node->key_length, said) == (long)length &&
	       memcmp(said, key, length) == 0;
}
