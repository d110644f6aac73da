/* JSON under way to bytes: what its numbers and strings become. */
#include "contract/value/pack.h"

#include <endian.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define XDR_UNIT 4

static enum pack_result pack_bytes(struct buffer *out, const void *bytes, size_t length)
{
	return buffer_append(out, bytes, length) < 0 ? PACK_NO_MEMORY : PACK_OK;
}

enum pack_result pack_word(struct buffer *out, uint32_t word)
{
	word = htobe32(word);
	return pack_bytes(out, &word, sizeof(word));
}

static enum pack_result pack_two_words(struct buffer *out, uint64_t words)
{
	words = htobe64(words);
	return pack_bytes(out, &words, sizeof(words));
}

/* ---- whole numbers ---- */

/* Reads figures, with a sign or without, and nothing else. */
static enum pack_result read_whole(const struct tape_node *node, struct integer *number)
{
	bool negative = node->length && node->text[0] == '-', beyond = false;
	size_t i = negative;

	if ((node->kind != TAPE_NUMBER && node->kind != TAPE_STRING) || i == node->length)
		return PACK_OTHER;
	for (*number = integer_unsigned(0); i < node->length; i++) {
		unsigned int figure = (unsigned int)(node->text[i] - '0');

		if (figure > 9)
			return PACK_OTHER;
		beyond = !integer_append(number, 10, figure) || beyond;
	}
	if (beyond || (negative && !integer_negate(*number, number)))
		return PACK_RANGE;
	return PACK_OK;
}

/* With `undeclared`, a short and a char are as wide as their bytes are. */
static enum pack_result pack_whole(const struct type *type, const struct tape_node *node,
				   bool undeclared, struct buffer *out, int64_t *value)
{
	bool has_sign = type->kind == TYPE_INT || type->kind == TYPE_HYPER;
	unsigned int bits = !type->bits ? 64 : undeclared ? 32 : type->bits;
	struct integer number;
	enum pack_result result = read_whole(node, &number);

	if (result != PACK_OK)
		return result;
	if (!integer_fits(number, bits, has_sign))
		return PACK_RANGE;
	*value = (int64_t)number.low;
	return bits == 64 ? pack_two_words(out, number.low) : pack_word(out, (uint32_t)number.low);
}

/* ---- enums and bools ---- */

static bool says(const struct tape_node *node, const char *name)
{
	return node->length == strlen(name) && memcmp(node->text, name, node->length) == 0;
}

static enum pack_result pack_enum(const struct type *type, const struct tape_node *node,
				  bool undeclared, struct buffer *out, int64_t *value)
{
	struct integer number;
	enum pack_result result;

	for (size_t i = 0; i < type->enumerator_count && node->kind == TAPE_STRING; i++)
		if (says(node, type->enumerators[i].name)) {
			*value = type->enumerators[i].value;
			return pack_word(out, (uint32_t)*value);
		}
	result = read_whole(node, &number);
	if (result == PACK_OTHER)
		return node->kind == TAPE_STRING ? PACK_NAME : PACK_OTHER;
	if (result != PACK_OK || !integer_fits(number, 32, true))
		return PACK_RANGE;
	*value = (int64_t)number.low;
	if (!undeclared && !contract_enumerator(type, *value))
		return PACK_UNDECLARED;
	return pack_word(out, (uint32_t)*value);
}

static enum pack_result pack_bool(const struct tape_node *node, struct buffer *out, int64_t *value)
{
	if (node->kind != TAPE_TRUE && node->kind != TAPE_FALSE)
		return PACK_OTHER;
	*value = node->kind == TAPE_TRUE;
	return pack_word(out, (uint32_t)*value);
}

/* ---- numbers with a fraction ---- */

/* What JSON has no number for. */
static bool read_endless(const struct tape_node *node, double *number)
{
	if (node->kind != TAPE_STRING)
		return false;
	*number = says(node, "NaN")         ? (double)NAN
		  : says(node, "Infinity")  ? HUGE_VAL
		  : says(node, "-Infinity") ? -HUGE_VAL
					    : 0;
	return *number != 0;
}

/* The figures, which end in a zero byte for strtod().  NULL: they are too many. */
static char *copy_figures(const struct tape_node *node)
{
	return strndup(node->text, node->length);
}

/* The number, or the nearest of those that a float has, which are not always the nearest of the
 * double's. */
static enum pack_result read_fraction(const struct tape_node *node, bool is_float, double *number)
{
	char *text;

	if (read_endless(node, number))
		return PACK_OK;
	if (node->kind != TAPE_NUMBER)
		return PACK_OTHER;
	text = copy_figures(node);
	if (!text)
		return PACK_NO_MEMORY;
	*number = is_float ? (double)strtof(text, NULL) : strtod(text, NULL);
	free(text);
	return isfinite(*number) ? PACK_OK : PACK_RANGE;
}

static enum pack_result pack_double(const struct tape_node *node, struct buffer *out)
{
	double number;
	enum pack_result result = read_fraction(node, false, &number);
	uint64_t bits;

	if (result != PACK_OK)
		return result;
	memcpy(&bits, &number, sizeof(bits));
	return pack_two_words(out, bits);
}

static enum pack_result pack_float(const struct tape_node *node, struct buffer *out)
{
	double number;
	enum pack_result result = read_fraction(node, true, &number);
	float narrow;
	uint32_t bits;

	if (result != PACK_OK)
		return result;
	narrow = (float)number;
	memcpy(&bits, &narrow, sizeof(bits));
	return pack_word(out, bits);
}

/* ---- strings and bytes ---- */

static int hex_figure(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

static bool is_hex(const struct tape_node *node)
{
	if (node->kind != TAPE_STRING || node->length % 2)
		return false;
	for (size_t i = 0; i < node->length; i++)
		if (hex_figure(node->text[i]) < 0)
			return false;
	return true;
}

/* Two figures a byte. */
static void unhex(const struct tape_node *node, uint8_t *to)
{
	for (size_t i = 0; i + 1 < node->length; i += 2)
		*to++ = (uint8_t)(hex_figure(node->text[i]) << 4 | hex_figure(node->text[i + 1]));
}

/* Makes room for data of at most so many bytes, with its length and padding; and takes what of that
 * was used. */
static enum pack_result end_data(struct buffer *out, size_t length)
{
	static const uint8_t zeroes[XDR_UNIT];

	out->length += length;
	return pack_bytes(out, zeroes, -length % XDR_UNIT);
}

static enum pack_result check_bound(const struct type *type, size_t length, int64_t *count)
{
	bool fixed = type->kind == TYPE_OPAQUE;

	*count = (int64_t)length;
	if (type->kind == TYPE_QUADRUPLE)
		return length == 16 ? PACK_OK : PACK_SHORT;
	if (fixed && length != type->bound)
		return PACK_SHORT;
	return length > type->bound ? PACK_LONG : PACK_OK;
}

static enum pack_result pack_hex(const struct type *type, const struct tape_node *node,
				 struct buffer *out, int64_t *count)
{
	size_t length = node->length / 2;
	bool fixed = type->kind == TYPE_OPAQUE || type->kind == TYPE_QUADRUPLE;
	enum pack_result result = check_bound(type, length, count);

	if (!is_hex(node))
		return PACK_OTHER;
	if (result != PACK_OK || (!fixed && (result = pack_word(out, (uint32_t)length)) != PACK_OK))
		return result;
	if (buffer_reserve(out, length) < 0)
		return PACK_NO_MEMORY;
	unhex(node, out->data + out->length);
	return end_data(out, length);
}

static enum pack_result pack_text(const struct type *type, const struct tape_node *node,
				  struct buffer *out, int64_t *count)
{
	size_t begin = out->length;
	enum pack_result result = pack_word(out, 0);
	uint32_t length_sent;
	long length;

	if (result != PACK_OK || buffer_reserve(out, node->length) < 0)
		return PACK_NO_MEMORY;
	length = tape_unescape(node->text, node->length, (char *)out->data + out->length);
	if (length < 0)
		return PACK_SURROGATE;
	result = check_bound(type, (size_t)length, count);
	if (result != PACK_OK)
		return result;
	length_sent = htobe32((uint32_t)length);
	memcpy(out->data + begin, &length_sent, sizeof(length_sent));
	return end_data(out, (size_t)length);
}

/* {"hex": "..."}: a string whose bytes are not UTF-8. */
static enum pack_result pack_string(const struct type *type, const struct tape *tape, size_t node,
				    struct buffer *out, int64_t *count)
{
	const struct tape_node *string = &tape->nodes[node];

	if (string->kind == TAPE_STRING)
		return pack_text(type, string, out, count);
	if (string->kind == TAPE_OBJECT && string->count == 1 && tape_has_key(string + 1, "hex"))
		return pack_hex(type, string + 1, out, count);
	return PACK_OTHER;
}

enum pack_result pack_scalar(const struct type *type, const struct tape *tape, size_t node,
			     bool undeclared, struct buffer *out, int64_t *number)
{
	const struct tape_node *value = &tape->nodes[node];

	switch (type->kind) {
	case TYPE_FLOAT:
		return pack_float(value, out);
	case TYPE_DOUBLE:
		return pack_double(value, out);
	case TYPE_BOOL:
		return pack_bool(value, out, number);
	case TYPE_ENUM:
		return pack_enum(type, value, undeclared, out, number);
	case TYPE_STRING:
		return pack_string(type, tape, node, out, number);
	case TYPE_OPAQUE:
	case TYPE_BYTES:
	case TYPE_QUADRUPLE:
		return pack_hex(type, value, out, number);
	default:
		return pack_whole(type, value, undeclared, out, number);
	}
}
