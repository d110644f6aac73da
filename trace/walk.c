/* Walks along a message's bytes and hands out their fields, as the contract describes them. */
#include "trace/walk.h"

#include <endian.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/shortest.h"

#define XDR_UNIT 4 /* bytes; everything in XDR is a multiple of it */

void walk_begin(struct walker *walker, bool xdr, const uint8_t *bytes, size_t length,
		struct field_sink *sink)
{
	walker->bytes = bytes;
	walker->length = length;
	walker->offset = 0;
	walker->xdr = xdr;
	walker->lost = false;
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

/* Adds to the name of the field under way.  Its length before, for leave(). */
static size_t enter(struct walker *walker, const char *format, const char *word, size_t index)
{
	size_t length = strlen(walker->name);

	snprintf(walker->name + length, sizeof(walker->name) - length, format, word, index);
	return length;
}

static size_t enter_member(struct walker *walker, const char *member)
{
	return enter(walker, walker->name[0] ? ".%s" : "%s", member, 0);
}

static void leave(struct walker *walker, size_t length)
{
	walker->name[length] = '\0';
}

/* ---- numbers ---- */

static void walk_unsigned(struct walker *walker, const struct type *type)
{
	const struct contract_program *program;
	uint64_t number;

	if (!walk_peek(walker, 4, walker->name, &number))
		return;
	program = type->unit == UNIT_PROGRAM ? contract_program((uint32_t)number) : NULL;
	if (type->unit == UNIT_MODE)
		walk_pass(walker, 4, FIELD_VALUE, walker->name, "%04" PRIo64, number);
	else if (program)
		walk_pass(walker, 4, FIELD_VALUE, walker->name, "%#" PRIx64 " %s", number,
			  program->name);
	else
		walk_pass(walker, 4, FIELD_VALUE, walker->name, "%" PRIu64, number);
}

static void walk_hyper(struct walker *walker, const struct type *type)
{
	uint64_t number;
	double value;

	if (!walk_peek(walker, 8, walker->name, &number))
		return;
	if (type->kind == TYPE_DOUBLE) {
		memcpy(&value, &number, sizeof(value));
		shortest(value, walker->value);
	} else if (type->unit == UNIT_SECONDS) {
		value_seconds(walker->value, sizeof(walker->value), (int64_t)number);
	} else if (type->kind == TYPE_HYPER) {
		snprintf(walker->value, sizeof(walker->value), "%" PRId64, (int64_t)number);
	} else {
		snprintf(walker->value, sizeof(walker->value), "%" PRIu64, number);
	}
	hand_out(walker, 8, FIELD_VALUE, walker->name);
}

static void walk_bool(struct walker *walker)
{
	size_t size = walker->xdr ? XDR_UNIT : 1;
	uint64_t number;

	if (walk_peek(walker, size, walker->name, &number))
		walk_pass(walker, size, FIELD_VALUE, walker->name, "%" PRIu64 " %s", number,
			  number > 1 ? "(neither TRUE nor FALSE)"
			  : number   ? "TRUE"
				     : "FALSE");
}

static uint32_t walk_enum(struct walker *walker, const struct type *type)
{
	size_t size = walker->xdr ? XDR_UNIT : type->raw_size;
	const char *known;
	uint64_t number;

	if (!walk_peek(walker, size, walker->name, &number))
		return 0;
	known = contract_enumerator(type->enumerators, (uint32_t)number);
	walk_pass(walker, size, FIELD_VALUE, walker->name, "%" PRIu64 " %s", number,
		  known ? known : "(not in the contract)");
	return (uint32_t)number;
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

static void walk_opaque(struct walker *walker, const struct type *type)
{
	if (!there(walker, type->bound, walker->name))
		return;
	value_hex(walker->value, sizeof(walker->value), walker->bytes + walker->offset,
		  type->bound);
	hand_out(walker, type->bound, FIELD_VALUE, walker->name);
	walk_padding(walker, type->bound);
}

static void walk_value(struct walker *walker, const struct type *type);

static void walk_array(struct walker *walker, const struct type *type)
{
	size_t count;

	/* No item is empty, so that a count is a bound for how long this takes. */
	if (!walk_length(walker, "count", 4, type->bound, 1, &count))
		return;
	for (size_t i = 0; i < count && !walker->lost; i++) {
		size_t length = enter(walker, "%s[%zu]", "", i);

		walk_value(walker, type->item);
		leave(walker, length);
	}
}

/* ---- what has members ---- */

static void walk_member(struct walker *walker, const struct member *member)
{
	size_t length = enter_member(walker, member->name);

	walk_value(walker, member->type);
	leave(walker, length);
}

static void walk_union(struct walker *walker, const struct type *type)
{
	size_t length = enter_member(walker, type->discriminant);
	uint32_t arm = walk_enum(walker, type->item);

	leave(walker, length);
	if (walker->lost)
		return;
	for (const struct member *member = type->members; member->name; member++)
		if (member->arm == arm)
			walk_member(walker, member);
}

static void walk_value(struct walker *walker, const struct type *type)
{
	switch (type->kind) {
	case TYPE_VOID:
		break;
	case TYPE_UNSIGNED:
		walk_unsigned(walker, type);
		break;
	case TYPE_HYPER:
	case TYPE_UNSIGNED_HYPER:
	case TYPE_DOUBLE:
		walk_hyper(walker, type);
		break;
	case TYPE_BOOL:
		walk_bool(walker);
		break;
	case TYPE_ENUM:
		walk_enum(walker, type);
		break;
	case TYPE_STRING:
		walk_string(walker, type);
		break;
	case TYPE_OPAQUE:
		walk_opaque(walker, type);
		break;
	case TYPE_ARRAY:
		walk_array(walker, type);
		break;
	case TYPE_STRUCT:
		for (const struct member *m = type->members; m->name && !walker->lost; m++)
			walk_member(walker, m);
		break;
	case TYPE_UNION:
		walk_union(walker, type);
		break;
	}
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
