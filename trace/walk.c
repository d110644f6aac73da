/* Walks along a message's bytes and hands out their fields, as the contract describes them. */
#include "trace/walk.h"

#include <endian.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/shortest.h"

#define XDR_UNIT   4  /* bytes; everything in XDR is a multiple of it */
#define MOST_DEPTH 64 /* values within each other */

void walk_begin(struct walker *walker, bool xdr, const uint8_t *bytes, size_t length,
		struct field_sink *sink)
{
	walker->bytes = bytes;
	walker->length = length;
	walker->offset = 0;
	walker->xdr = xdr;
	walker->lost = false;
	walker->depth = 0;
	walker->layer = FIELD_PROTOCOL;
	walker->sink = sink;
	walker->name[0] = walker->value[0] = '\0';
}

static size_t left(const struct walker *walker)
{
	return walker->length - walker->offset;
}

/* Hands out the next bytes under a name, with the value that stands in walker->value. */
static void hand_out(struct walker *walker, size_t length, enum field_kind kind, const char *name)
{
	const struct field field = { .offset = walker->offset,
				     .length = length,
				     .bytes = walker->bytes + walker->offset,
				     .layer = walker->layer,
				     .kind = kind,
				     .name = name,
				     .value = walker->value };

	walker->offset += length;
	walker->sink->take(walker->sink, &field);
}

void walk_lose(struct walker *walker, const char *format, ...)
{
	va_list arguments;

	if (walker->lost)
		return;
	va_start(arguments, format);
	vsnprintf(walker->value, sizeof(walker->value), format, arguments);
	va_end(arguments);
	walker->lost = true;
	hand_out(walker, left(walker), FIELD_UNKNOWN, left(walker) ? "not understood" : "missing");
}

void walk_pass(struct walker *walker, size_t length, enum field_kind kind, const char *name,
	       const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(walker->value, sizeof(walker->value), format, arguments);
	va_end(arguments);
	hand_out(walker, length, kind, name);
}

/* Whether so many bytes are there; lost when not. */
static bool there(struct walker *walker, size_t length, const char *name)
{
	if (walker->lost)
		return false;
	if (length > left(walker))
		walk_lose(walker, "%s takes %zu bytes, and %zu are left", name, length,
			  left(walker));
	return !walker->lost;
}

bool walk_peek(struct walker *walker, size_t size, const char *name, uint64_t *number)
{
	*number = 0;
	if (!there(walker, size, name))
		return false;
	for (size_t i = 0; i < size; i++)
		*number = *number << 8 | walker->bytes[walker->offset + i];
	return true;
}

/* ---- names: what a field is called within its message ---- */

/* Adds to the name of the field under way.  Its length before, for leave_type(). */
static size_t enter_type(struct walker *walker, const char *format, const char *word, size_t index)
{
	size_t length = strlen(walker->name);

	snprintf(walker->name + length, sizeof(walker->name) - length, format, word, index);
	return length;
}

static size_t enter_member(struct walker *walker, const char *member)
{
	return enter_type(walker, walker->name[0] ? ".%s" : "%s", member, 0);
}

static void leave_type(struct walker *walker, size_t length)
{
	walker->name[length] = '\0';
}

/* ---- numbers ---- */

static bool ends_in(const char *name, const char *end)
{
	size_t length = name ? strlen(name) : 0;

	return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

/* A number's bytes: in the raw protocol a type's kind takes one, and a status two. */
static size_t size_of_number(const struct walker *walker, const struct type *type)
{
	if (walker->xdr)
		return XDR_UNIT;
	if (type->kind == TYPE_BOOL || (type->kind == TYPE_ENUM && ends_in(type->name, "_type")))
		return 1;
	return type->kind == TYPE_ENUM && ends_in(type->name, "_status") ? 2 : 4;
}

/* What a number says besides, by what it is called. */
static void show_unsigned(struct walker *walker, uint64_t number)
{
	const struct contract_program *program = NULL;

	if (ends_in(walker->name, "prog"))
		program = contract_program(contract_built_in(), (uint32_t)number);
	if (program)
		snprintf(walker->value, sizeof(walker->value), "%#" PRIx64 " %s", number,
			 program->name);
	else
		snprintf(walker->value, sizeof(walker->value),
			 ends_in(walker->name, "mode") ? "%04" PRIo64 : "%" PRIu64, number);
}

static void show_enum(struct walker *walker, const struct type *type, uint64_t number)
{
	const char *known = contract_enumerator(type, (int32_t)number);

	snprintf(walker->value, sizeof(walker->value), "%" PRIu64 " %s", number,
		 known ? known : "(not in the contract)");
}

static void show_bool(struct walker *walker, uint64_t number)
{
	snprintf(walker->value, sizeof(walker->value), "%" PRIu64 " %s", number,
		 number > 1 ? "(neither TRUE nor FALSE)"
		 : number   ? "TRUE"
			    : "FALSE");
}

static void show_float(struct walker *walker, uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	snprintf(walker->value, sizeof(walker->value), "%.9g", (double)value);
}

/* A number of up to four bytes, and what it is; 0 when it is not there. */
static int64_t walk_number(struct walker *walker, const struct type *type)
{
	size_t size = size_of_number(walker, type);
	uint64_t number;

	if (!walk_peek(walker, size, walker->name, &number))
		return 0;
	if (type->kind == TYPE_ENUM)
		show_enum(walker, type, number);
	else if (type->kind == TYPE_BOOL)
		show_bool(walker, number);
	else if (type->kind == TYPE_FLOAT)
		show_float(walker, (uint32_t)number);
	else if (type->kind == TYPE_INT)
		snprintf(walker->value, sizeof(walker->value), "%" PRId32, (int32_t)number);
	else
		show_unsigned(walker, number);
	hand_out(walker, size, FIELD_VALUE, walker->name);
	return type->kind == TYPE_UNSIGNED ? (int64_t)number : (int32_t)number;
}

static int64_t walk_hyper(struct walker *walker, const struct type *type)
{
	uint64_t number;
	double value;

	if (!walk_peek(walker, 8, walker->name, &number))
		return 0;
	if (type->kind == TYPE_DOUBLE) {
		memcpy(&value, &number, sizeof(value));
		shortest(value, walker->value);
	} else if (type->kind == TYPE_HYPER && ends_in(walker->name, "seconds")) {
		value_seconds(walker->value, sizeof(walker->value), (int64_t)number);
	} else if (type->kind == TYPE_HYPER) {
		snprintf(walker->value, sizeof(walker->value), "%" PRId64, (int64_t)number);
	} else {
		snprintf(walker->value, sizeof(walker->value), "%" PRIu64, number);
	}
	hand_out(walker, 8, FIELD_VALUE, walker->name);
	return (int64_t)number;
}

/* ---- what has a length ---- */

void walk_padding(struct walker *walker, size_t length)
{
	size_t size = walker->xdr ? -length % XDR_UNIT : 0;

	if (size && there(walker, size, "padding"))
		walk_pass(walker, size, FIELD_PADDING, "padding", "%s", "");
}

/* Reads the length or count in front of something.  False, and lost, when it is beyond the bound,
 * or `item` bytes for each do not fit what is left. */
static bool walk_length(struct walker *walker, const char *what, size_t size, size_t bound,
			size_t item, size_t *length)
{
	char name[WALK_MAX_NAME + 16];
	uint64_t number;

	snprintf(name, sizeof(name), "%s of %s", what, walker->name);
	if (!walk_peek(walker, size, name, &number))
		return false;
	walk_pass(walker, size, FIELD_VALUE, name, "%" PRIu64, number);
	*length = (size_t)number;
	if (*length > bound)
		walk_lose(walker, "%s is beyond its bound of %zu", name, bound);
	else if (*length * item > left(walker))
		walk_lose(walker, "%s is %zu, and %zu bytes are left", name, *length, left(walker));
	return !walker->lost;
}

static void walk_string(struct walker *walker, const struct type *type)
{
	size_t length;

	if (!walk_length(walker, "length", walker->xdr ? XDR_UNIT : 2, type->bound, 1, &length))
		return;
	value_string(walker->value, sizeof(walker->value), walker->bytes + walker->offset, length);
	hand_out(walker, length, FIELD_VALUE, walker->name);
	walk_padding(walker, length);
}

/* Bytes of a length that is known. */
static void walk_bytes(struct walker *walker, size_t length)
{
	if (!there(walker, length, walker->name))
		return;
	value_hex(walker->value, sizeof(walker->value), walker->bytes + walker->offset, length);
	hand_out(walker, length, FIELD_VALUE, walker->name);
	walk_padding(walker, length);
}

static void walk_opaque(struct walker *walker, const struct type *type)
{
	size_t length = type->bound;

	if (type->kind == TYPE_OPAQUE ||
	    walk_length(walker, "length", walker->xdr ? XDR_UNIT : 2, type->bound, 1, &length))
		walk_bytes(walker, length);
}

static void walk_value(struct walker *walker, const struct type *type);

/* So many items.  Those that take no bytes would never come to an end. */
static void walk_items(struct walker *walker, const struct type *type, size_t count)
{
	for (size_t i = 0; i < count && !walker->lost; i++) {
		size_t length = enter_type(walker, "%s[%zu]", "", i), before = walker->offset;

		walk_value(walker, type->item);
		leave_type(walker, length);
		if (walker->offset == before)
			walk_lose(walker, "items without bytes");
	}
}

static void walk_array(struct walker *walker, const struct type *type)
{
	size_t count = type->bound;

	if (type->kind == TYPE_VECTOR || walk_length(walker, "count", 4, type->bound, 1, &count))
		walk_items(walker, type, count);
}

static void walk_optional(struct walker *walker, const struct type *type)
{
	static const struct type flag = { .kind = TYPE_BOOL };

	if (walk_number(walker, &flag) && !walker->lost)
		walk_value(walker, type->item);
}

/* ---- what has members ---- */

static void walk_member(struct walker *walker, const struct member *member)
{
	size_t length = enter_member(walker, member->name ? member->name : "argument");

	walk_value(walker, member->type);
	leave_type(walker, length);
}

static void walk_union(struct walker *walker, const struct type *type)
{
	size_t length = enter_member(walker, type->discriminant.name);
	const struct type *by = type->discriminant.type;
	int64_t value = by->kind == TYPE_HYPER || by->kind == TYPE_UNSIGNED_HYPER
				? walk_hyper(walker, by)
				: walk_number(walker, by);
	const struct member *arm = contract_arm(type, value);

	leave_type(walker, length);
	if (!arm)
		walk_lose(walker, "%s has no arm for this", type->name ? type->name : "the union");
	else if (!walker->lost && arm->name)
		walk_member(walker, arm);
}

static void walk_struct(struct walker *walker, const struct type *type)
{
	for (size_t i = 0; i < type->member_count && !walker->lost; i++)
		walk_member(walker, &type->members[i]);
}

static void walk_kind(struct walker *walker, const struct type *type)
{
	switch (type->kind) {
	case TYPE_VOID:
		break;
	case TYPE_INT:
	case TYPE_UNSIGNED:
	case TYPE_FLOAT:
	case TYPE_BOOL:
	case TYPE_ENUM:
		walk_number(walker, type);
		break;
	case TYPE_HYPER:
	case TYPE_UNSIGNED_HYPER:
	case TYPE_DOUBLE:
		walk_hyper(walker, type);
		break;
	case TYPE_QUADRUPLE:
		walk_bytes(walker, 16);
		break;
	case TYPE_STRING:
		walk_string(walker, type);
		break;
	case TYPE_OPAQUE:
	case TYPE_BYTES:
		walk_opaque(walker, type);
		break;
	case TYPE_VECTOR:
	case TYPE_ARRAY:
		walk_array(walker, type);
		break;
	case TYPE_OPTIONAL:
		walk_optional(walker, type);
		break;
	case TYPE_STRUCT:
		walk_struct(walker, type);
		break;
	case TYPE_UNION:
		walk_union(walker, type);
		break;
	}
}

static void walk_value(struct walker *walker, const struct type *type)
{
	if (++walker->depth > MOST_DEPTH)
		walk_lose(walker, "nested more than %d times", MOST_DEPTH);
	else
		walk_kind(walker, type);
	walker->depth--;
}

void walk_type(struct walker *walker, const struct type *type, const char *name)
{
	snprintf(walker->name, sizeof(walker->name), "%s", name);
	if (!walker->lost)
		walk_value(walker, type);
}

void walk_end(struct walker *walker)
{
	if (!walker->lost && left(walker))
		walk_lose(walker, "%zu bytes left over", left(walker));
}
