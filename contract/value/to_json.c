/* Bytes to JSON. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/shortest.h"
#include "common/text.h"
#include "contract/value/value.h"
#include "contract/value/walk.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct writer {
	struct walk walk;
	const struct value_form *form;
	struct buffer *out;
	bool full; /* there was no memory */
};

/* ---- text ---- */

static void make_room(struct writer *writer, size_t length)
{
	writer->full = writer->full || buffer_reserve(writer->out, length) < 0;
}

/* Most pieces are short, and have room. */
static inline void write_bytes(struct writer *writer, const void *bytes, size_t length)
{
	struct buffer *out = writer->out;

	if (out->capacity - out->length < length)
		make_room(writer, length);
	if (writer->full)
		return;
	memcpy(out->data + out->length, bytes, length);
	out->length += length;
}

static inline void write_text(struct writer *writer, const char *text)
{
	write_bytes(writer, text, strlen(text));
}

static void write_number(struct writer *writer, uint64_t number, bool negative)
{
	char text[24], *at = text + sizeof(text);

	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	if (negative)
		*--at = '-';
	write_bytes(writer, at, (size_t)(text + sizeof(text) - at));
}

static void write_signed(struct writer *writer, int64_t number)
{
	write_number(writer, number < 0 ? -(uint64_t)number : (uint64_t)number, number < 0);
}

static void write_hex(struct writer *writer, const uint8_t *bytes, size_t length)
{
	static const char figures[] = "0123456789abcdef";
	char pair[64];

	write_text(writer, "\"");
	while (length > 0) {
		size_t count = length < COUNT(pair) / 2 ? length : COUNT(pair) / 2;

		for (size_t i = 0; i < count; i++) {
			pair[2 * i] = figures[bytes[i] >> 4];
			pair[2 * i + 1] = figures[bytes[i] & 15];
		}
		write_bytes(writer, pair, 2 * count);
		bytes += count;
		length -= count;
	}
	write_text(writer, "\"");
}

/* ---- strings ---- */

/* The length of the UTF-8 character that begins here, of so many bytes; 0 when there is none. */
static size_t character_at(const uint8_t *bytes, size_t left)
{
	char few[5] = "";

	if (left >= 4)
		return text_character((const char *)bytes);
	memcpy(few, bytes, left);
	return text_character(few);
}

static bool is_utf8(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t size = bytes[i] < 0x80 ? 1 : character_at(bytes + i, length - i);

		if (size == 0 || size > length - i)
			return false;
		i += size;
	}
	return true;
}

/* A character that JSON, or a terminal, would not take as it is. */
static void escape_character(struct writer *writer, unsigned int character)
{
	static const char letters[][2] = {
		{ '"', '"' },  { '\\', '\\' }, { '\b', 'b' }, { '\f', 'f' },
		{ '\n', 'n' }, { '\r', 'r' },  { '\t', 't' },
	};
	char text[8] = { '\\' };

	for (size_t i = 0; i < COUNT(letters); i++)
		if (character == (unsigned char)letters[i][0])
			text[1] = letters[i][1];
	if (!text[1])
		snprintf(text, sizeof(text), "\\u%04x", character & 0xffff);
	write_text(writer, text);
}

/* How many bytes from here on stand for themselves. */
static size_t plain_ahead(const uint8_t *bytes, size_t length)
{
	size_t i = 0;

	while (i < length && bytes[i] >= ' ' && bytes[i] != '"' && bytes[i] != '\\' &&
	       bytes[i] != 0x7f && bytes[i] != 0xc2)
		i++;
	return i;
}

static void write_string(struct writer *writer, const uint8_t *bytes, size_t length)
{
	size_t plain;

	write_text(writer, "\"");
	for (size_t i = 0; i < length; i += plain) {
		plain = plain_ahead(bytes + i, length - i);
		write_bytes(writer, bytes + i, plain);
		if (plain)
			continue;
		plain = bytes[i] == 0xc2 ? 2 : 1; /* ISO 6429's, in UTF-8, among them */
		if (plain == 2 && bytes[i + 1] >= 0xa0)
			write_bytes(writer, bytes + i, 2);
		else
			escape_character(writer, bytes[i + plain - 1]);
	}
	write_text(writer, "\"");
}

static void write_data(struct writer *writer)
{
	const struct walk *walk = &writer->walk;
	const uint8_t *bytes = walk->bytes + walk->at;

	if (walk->type->kind != TYPE_STRING) {
		write_hex(writer, bytes, walk->size);
	} else if (is_utf8(bytes, walk->size)) {
		write_string(writer, bytes, walk->size);
	} else {
		write_text(writer, "{\"hex\":");
		write_hex(writer, bytes, walk->size);
		write_text(writer, "}");
	}
}

/* ---- what is odd ---- */

__attribute__((format(printf, 2, 3))) static void warn_of(const struct writer *writer,
							  const char *format, ...)
{
	char path[WALK_PATH], what[160], text[sizeof(path) + sizeof(what) + 32];
	va_list arguments;

	if (!writer->form->warn)
		return;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	snprintf(text, sizeof(text), "offset %zu: %s %s", writer->walk.at,
		 walk_path(&writer->walk, "$", path), what);
	writer->form->warn(writer->form->context, text);
}

/* XDR has nothing shorter than 32 bits, and libtirpc cuts off what is more than a char or short. */
static void check_range(const struct writer *writer, const struct type *type, int64_t number)
{
	int64_t least = type->kind == TYPE_INT ? -(INT64_C(1) << (type->bits - 1)) : 0;
	int64_t most = (INT64_C(1) << (type->bits - (type->kind == TYPE_INT))) - 1;

	if (number < least || number > most)
		warn_of(writer, "is %" PRId64 ", beyond the %" PRIu32 " bits of its type", number,
			type->bits);
}

static void check_padding(const struct writer *writer)
{
	const struct walk *walk = &writer->walk;

	for (size_t i = 0; i < walk->size; i++)
		if (walk->bytes[walk->at + i]) {
			warn_of(writer, "is padded with something else than zeroes");
			return;
		}
}

/* ---- numbers ---- */

/* A whole number keeps what says that it is none of the integers: -0 is -0.0. */
static void write_real(struct writer *writer, const char *text, bool finite)
{
	if (!finite)
		write_text(writer, "\"");
	write_text(writer, strcmp(text, "-0") == 0 ? "-0.0" : text);
	if (!finite)
		write_text(writer, "\"");
}

static void write_double(struct writer *writer, uint64_t bits)
{
	char text[SHORTEST_ROOM];
	double number;

	memcpy(&number, &bits, sizeof(number));
	if (isnan(number) && bits != UINT64_C(0x7ff8000000000000))
		warn_of(writer, "is a NaN of its own, %016" PRIx64, bits);
	write_real(writer, shortest(number, text), isfinite(number));
}

static void write_float(struct writer *writer, uint32_t bits)
{
	char text[SHORTEST_ROOM];
	float number;

	memcpy(&number, &bits, sizeof(number));
	if (isnan(number) && bits != UINT32_C(0x7fc00000))
		warn_of(writer, "is a NaN of its own, %08" PRIx32, bits);
	write_real(writer, shortest_float(number, text), isfinite(number));
}

static void write_enum(struct writer *writer, const struct type *type, int32_t number)
{
	const char *name = contract_enumerator(type, number);

	if (name) {
		write_text(writer, "\"");
		write_text(writer, name);
		write_text(writer, "\"");
		return;
	}
	warn_of(writer, "is %" PRId32 ", which the contract has no name for", number);
	write_signed(writer, number);
}

/* False: it is none of the values that the type has. */
static bool write_scalar(struct writer *writer)
{
	const struct type *type = writer->walk.type;
	uint64_t number = writer->walk.number;

	switch (type->kind) {
	case TYPE_BOOL:
		write_text(writer, number ? "true" : "false");
		return number <= 1;
	case TYPE_ENUM:
		write_enum(writer, type, (int32_t)number);
		return true;
	case TYPE_FLOAT:
		write_float(writer, (uint32_t)number);
		return true;
	case TYPE_DOUBLE:
		write_double(writer, number);
		return true;
	case TYPE_UNSIGNED_HYPER:
		write_number(writer, number, false);
		return true;
	default:
		if (type->bits && type->bits < 32)
			check_range(writer, type, walk_signed(type, number));
		write_signed(writer, walk_signed(type, number));
		return true;
	}
}

/* ---- what has others within it ---- */

static void begin_line(struct writer *writer, size_t depth)
{
	static const char blanks[] = "                                ";
	size_t left = writer->form->indent * depth;

	if (!writer->form->indent)
		return;
	write_text(writer, "\n");
	for (size_t n; left > 0; left -= n) {
		n = left < sizeof(blanks) - 1 ? left : sizeof(blanks) - 1;
		write_bytes(writer, blanks, n);
	}
}

static void write_key(struct writer *writer, const char *name, const char *behind)
{
	write_text(writer, "\"");
	write_text(writer, name);
	write_text(writer, behind);
	write_text(writer, writer->form->indent ? "\": " : "\":");
}

/* What stands in front of a value: a comma and a name, by what it is within. */
static void begin_part(struct writer *writer)
{
	const struct walk_frame *around = walk_above(&writer->walk);
	const struct type *type = around ? around->type : NULL;

	if (!around || (type->kind == TYPE_OPTIONAL && !type->list))
		return;
	if (around->index > 1)
		write_text(writer, ",");
	begin_line(writer, (size_t)(around - writer->walk.frames) + 1);
	if (type->kind == TYPE_UNION && around->index == 1)
		write_key(writer, type->discriminant.name, "");
	else if (type->kind == TYPE_UNION) /* an arm is not to be taken for the discriminant */
		write_key(writer, around->arm->name,
			  strcmp(around->arm->name, type->discriminant.name) ? "" : "_");
	else if (type->kind == TYPE_STRUCT && !type->several)
		write_key(writer, type->members[around->index - 1].name, "");
}

/* The brackets around it, if there are any: opening and closing. */
static const char *brackets_of(const struct type *type)
{
	if (type->kind == TYPE_OPTIONAL && !type->list)
		return type->nested ? "[]" : NULL;
	return type->kind == TYPE_UNION || (type->kind == TYPE_STRUCT && !type->several) ? "{}"
											 : "[]";
}

static void open_bracket(struct writer *writer)
{
	const char *brackets = brackets_of(writer->walk.type);

	begin_part(writer);
	if (brackets)
		write_bytes(writer, brackets, 1);
}

static void close_bracket(struct writer *writer)
{
	const struct type *type = writer->walk.type;
	const char *brackets = brackets_of(type);

	if (writer->walk.parts && (type->kind != TYPE_OPTIONAL || type->list))
		begin_line(writer, writer->walk.depth);
	if (brackets)
		write_bytes(writer, brackets + 1, 1);
}

static bool write_flag(struct writer *writer)
{
	const struct type *type = writer->walk.type;

	if (!writer->walk.number && !type->list && !type->nested)
		write_text(writer, "null");
	return writer->walk.number <= 1;
}

/* ---- all of it ---- */

/* False: the bytes are there, but they are no value. */
static bool write_step(struct writer *writer, enum walk_step step)
{
	switch (step) {
	case WALK_ENTER:
		open_bracket(writer);
		return true;
	case WALK_LEAVE:
		close_bracket(writer);
		return true;
	case WALK_NUMBER:
		begin_part(writer);
		return write_scalar(writer);
	case WALK_DATA:
		begin_part(writer);
		write_data(writer);
		return true;
	case WALK_FLAG:
		return write_flag(writer);
	case WALK_PADDING:
		check_padding(writer);
		return true;
	default:
		return true;
	}
}

static int explain_wrong(const struct writer *writer, bool flag, char wrong[VALUE_WRONG])
{
	const struct walk *walk = &writer->walk;
	char path[WALK_PATH];

	walk_path(walk, "$", path);
	if (flag)
		snprintf(wrong, VALUE_WRONG, "offset %zu: %s is %" PRIu64 ", neither 0 nor 1",
			 walk->at, path, walk->number);
	else
		snprintf(wrong, VALUE_WRONG, "offset %zu: %s%s%s %s", walk->offset, walk->subject,
			 walk->subject[0] ? " " : "", path, walk->why);
	return -EBADMSG;
}

static int write_steps(struct writer *writer, char wrong[VALUE_WRONG])
{
	enum walk_step step;

	while ((step = walk_next(&writer->walk)) > WALK_END)
		if (!write_step(writer, step))
			return explain_wrong(writer, true, wrong);
	if (writer->full)
		return -ENOMEM;
	return step == WALK_END ? 0 : explain_wrong(writer, false, wrong);
}

int value_to_json(const struct type *type, const uint8_t *bytes, size_t length,
		  const struct value_form *form, struct buffer *json, size_t *used,
		  char wrong[VALUE_WRONG])
{
	struct writer writer = { .form = form, .out = json };
	int r;

	walk_begin(&writer.walk, type, WALK_XDR, bytes, length);
	if (form->depth)
		writer.walk.limit = form->depth;
	if (type->kind == TYPE_VOID)
		write_text(&writer, "null");
	r = write_steps(&writer, wrong);
	*used = writer.walk.offset;
	walk_release(&writer.walk);
	return r;
}
