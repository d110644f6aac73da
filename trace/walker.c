/* Walks along a message's bytes and hands out their fields, as the contract describes them. */
#include "trace/walker.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/shortest.h"
#include "contract/value/walk.h"

#define XDR_UNIT 4 /* bytes; everything in XDR is a multiple of it */

void walker_begin(struct walker *walker, bool xdr, const uint8_t *bytes, size_t length,
		  struct field_sink *sink)
{
	walker->bytes = bytes ? bytes : (const uint8_t *)""; /* nothing is somewhere, too */
	walker->length = length;
	walker->offset = 0;
	walker->xdr = xdr;
	walker->lost = false;
	walker->contract = NULL;
	walker->layer = FIELD_PROTOCOL;
	walker->sink = sink;
	walker->value[0] = '\0';
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

void walker_lose(struct walker *walker, const char *format, ...)
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

void walker_pass(struct walker *walker, size_t length, enum field_kind kind, const char *name,
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
		walker_lose(walker, "%s takes %zu bytes, and %zu are left", name, length,
			    left(walker));
	return !walker->lost;
}

bool walker_peek(struct walker *walker, size_t size, const char *name, uint64_t *number)
{
	*number = 0;
	if (!there(walker, size, name))
		return false;
	for (size_t i = 0; i < size; i++)
		*number = *number << 8 | walker->bytes[walker->offset + i];
	return true;
}

/* ---- values ---- */

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name);

	return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

const struct contract_program *walker_program(const struct walker *walker, uint32_t number)
{
	const struct contract_program *program = walker->contract
							 ? contract_program(walker->contract,
									    number)
							 : NULL;

	return program ? program : contract_program(contract_built_in(), number);
}

/* What a number says besides, by what it is called. */
static void show_unsigned(struct walker *walker, const char *name, uint64_t number)
{
	const struct contract_program *program = NULL;

	if (ends_in(name, "prog"))
		program = walker_program(walker, (uint32_t)number);
	if (program)
		snprintf(walker->value, sizeof(walker->value), "%#" PRIx64 " %s", number,
			 program->name);
	else
		snprintf(walker->value, sizeof(walker->value),
			 ends_in(name, "mode") ? "%04" PRIo64 : "%" PRIu64, number);
}

static void show_signed(struct walker *walker, const struct type *type, const char *name,
			int64_t number)
{
	if (type->kind == TYPE_HYPER && ends_in(name, "seconds"))
		value_seconds(walker->value, sizeof(walker->value), number);
	else
		snprintf(walker->value, sizeof(walker->value), "%" PRId64, number);
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
	shortest_float(value, walker->value);
}

static void show_double(struct walker *walker, uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	shortest(value, walker->value);
}

static void show_number(struct walker *walker, const struct walk *walk, const char *name)
{
	const struct type *type = walk->type;

	switch (type->kind) {
	case TYPE_OPTIONAL: /* whether it is there */
	case TYPE_BOOL:
		return show_bool(walker, walk->number);
	case TYPE_ENUM:
		return show_enum(walker, type, walk->number);
	case TYPE_FLOAT:
		return show_float(walker, (uint32_t)walk->number);
	case TYPE_DOUBLE:
		return show_double(walker, walk->number);
	case TYPE_INT:
	case TYPE_HYPER:
		return show_signed(walker, type, name, walk_signed(type, walk->number));
	default:
		return show_unsigned(walker, name, walk->number);
	}
}

static void show_data(struct walker *walker, const struct walk *walk)
{
	const uint8_t *bytes = walk->bytes + walk->at;

	if (walk->type->kind == TYPE_STRING)
		value_string(walker->value, sizeof(walker->value), bytes, walk->size);
	else
		value_hex(walker->value, sizeof(walker->value), bytes, walk->size);
}

/* ---- steps ---- */

void walker_padding(struct walker *walker, size_t length)
{
	size_t size = walker->xdr ? -length % XDR_UNIT : 0;

	if (size && there(walker, size, "padding"))
		walker_pass(walker, size, FIELD_PADDING, "padding", "%s", "");
}

static void hand_out_length(struct walker *walker, const struct walk *walk, const char *path)
{
	char name[WALK_PATH + 16];

	snprintf(name, sizeof(name), "%s of %s",
		 walk->type->kind == TYPE_ARRAY ? "count" : "length", path);
	walker_pass(walker, walk->size, FIELD_VALUE, name, "%" PRIu64, walk->number);
}

static void hand_out_step(struct walker *walker, const struct walk *walk, enum walk_step step,
			  const char *name)
{
	char path[WALK_PATH];

	walk_path(walk, name, path);
	switch (step) {
	case WALK_LENGTH:
		hand_out_length(walker, walk, path);
		break;
	case WALK_NUMBER:
	case WALK_FLAG:
		show_number(walker, walk, path);
		hand_out(walker, walk->size, FIELD_VALUE, path);
		break;
	case WALK_DATA:
		show_data(walker, walk);
		hand_out(walker, walk->size, FIELD_VALUE, path);
		break;
	case WALK_PADDING:
		walker_pass(walker, walk->size, FIELD_PADDING, "padding", "%s", "");
		break;
	default:
		break;
	}
}

void walker_type(struct walker *walker, const struct type *type, const char *name)
{
	struct walk walk = { 0 };
	char path[WALK_PATH];
	enum walk_step step;

	if (walker->lost)
		return;
	walk_begin(&walk, type, walker->xdr ? WALK_XDR : WALK_RAW, walker->bytes, walker->length);
	walk.offset = walker->offset;
	while ((step = walk_next(&walk)) > WALK_END)
		hand_out_step(walker, &walk, step, name);
	if (step == WALK_WRONG)
		walker_lose(walker, "%s%s%s %s", walk.subject, walk.subject[0] ? " " : "",
			    walk_path(&walk, name, path), walk.why);
	walk_release(&walk);
}

void walker_end(struct walker *walker)
{
	if (!walker->lost && left(walker))
		walker_lose(walker, "%zu bytes left over", left(walker));
}
