/* Walks along the bytes of a value, without recursion. */
#include "contract/value/walk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define XDR_UNIT    4 /* bytes; everything in XDR is a multiple of it */
#define FIRST_DEPTH 16

void walk_begin(struct walk *walk, const struct type *type, enum walk_encoding encoding,
		const uint8_t *bytes, size_t length)
{
	/* The frames are kept, for whoever walks often. */
	struct walk_frame *frames = walk->frames;
	size_t room = walk->room;

	*walk = (struct walk){ .encoding = encoding,
			       .bytes = bytes,
			       .length = length,
			       .limit = WALK_DEPTH,
			       .frames = frames,
			       .room = room,
			       .next = type->kind == TYPE_VOID ? NULL : type,
			       .subject = "" };
}

void walk_release(struct walk *walk)
{
	free(walk->frames);
	*walk = (struct walk){ 0 };
}

static size_t bytes_left(const struct walk *walk)
{
	return walk->length - walk->offset;
}

/* ---- what is wrong ---- */

__attribute__((format(printf, 3, 4))) static enum walk_step fail_walk(struct walk *walk,
								      const char *subject,
								      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(walk->why, sizeof(walk->why), format, arguments);
	va_end(arguments);
	walk->subject = subject;
	return WALK_WRONG;
}

/* ---- bytes ---- */

/* Takes the bytes of a step.  False, and it is wrong, when they are not there. */
static bool take_bytes(struct walk *walk, const struct type *type, const char *subject, size_t size)
{
	if (size > bytes_left(walk)) {
		fail_walk(walk, subject, "takes %zu bytes, and %zu are left", size,
			  bytes_left(walk));
		return false;
	}
	walk->type = type;
	walk->at = walk->offset;
	walk->size = size;
	walk->offset += size;
	return true;
}

/* The same for a number of 1, 2, 4 or 8 bytes. */
static bool take_number(struct walk *walk, const struct type *type, const char *subject,
			size_t size)
{
	const uint8_t *bytes = walk->bytes + walk->offset;

	if (!take_bytes(walk, type, subject, size))
		return false;
	for (walk->number = 0; size > 0; size--)
		walk->number = walk->number << 8 | *bytes++;
	return true;
}

static bool ends_in(const char *name, const char *end)
{
	size_t length = name ? strlen(name) : 0;

	return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

/* In the raw protocol a type's kind takes one byte, and a status two. */
static size_t size_in_raw(const struct type *type)
{
	if (type->kind == TYPE_BOOL || (type->kind == TYPE_ENUM && ends_in(type->name, "_type")))
		return 1;
	return type->kind == TYPE_ENUM && ends_in(type->name, "_status") ? 2 : 4;
}

static size_t size_of_number(const struct walk *walk, const struct type *type)
{
	if (type->kind == TYPE_HYPER || type->kind == TYPE_UNSIGNED_HYPER ||
	    type->kind == TYPE_DOUBLE)
		return 8;
	return walk->encoding == WALK_RAW ? size_in_raw(type) : XDR_UNIT;
}

int64_t walk_signed(const struct type *type, uint64_t number)
{
	switch (type->kind) {
	case TYPE_INT:
	case TYPE_ENUM:
	case TYPE_BOOL:
		return (int32_t)number;
	default:
		return (int64_t)number;
	}
}

/* ---- frames ---- */

static bool enter_frame(struct walk *walk, const struct type *type, size_t count)
{
	if (walk->depth == walk->limit) {
		fail_walk(walk, "", "is within %zu others, and no more are followed", walk->depth);
		return false;
	}
	if (walk->depth == walk->room) {
		size_t room = walk->room ? 2 * walk->room : FIRST_DEPTH;
		struct walk_frame *frames = realloc(walk->frames, room * sizeof(*frames));

		if (!frames) {
			fail_walk(walk, "", "needs more memory than there is");
			return false;
		}
		walk->frames = frames;
		walk->room = room;
	}
	walk->frames[walk->depth++] = (struct walk_frame){ .type = type, .count = count };
	return true;
}

static struct walk_frame *top_frame(struct walk *walk)
{
	return &walk->frames[walk->depth - 1];
}

static enum walk_step leave_frame(struct walk *walk)
{
	const struct walk_frame *frame = top_frame(walk);

	walk->type = frame->type;
	walk->parts = frame->index;
	walk->at = walk->offset;
	walk->size = 0;
	walk->depth--;
	return WALK_LEAVE;
}

/* ---- values that begin ---- */

/* A count is bounded by the contract, and by the bytes that so many items take at least. */
static bool check_count(struct walk *walk, const struct type *type, size_t count)
{
	uint64_t least = walk->encoding == WALK_XDR ? type->item->least : type->item->least > 0;

	walk->empty += least ? 0 : count;
	if (walk->empty > WALK_MOST_EMPTY)
		fail_walk(walk, "", "has more than %d items without bytes", WALK_MOST_EMPTY);
	else if (count * least > bytes_left(walk))
		fail_walk(walk, "count of", "is %zu, and %zu bytes are left", count,
			  bytes_left(walk));
	return !walk->why[0];
}

static bool take_length(struct walk *walk, const struct type *type, const char *what, size_t size)
{
	if (!take_number(walk, type, what, size))
		return false;
	if (walk->number > type->bound)
		fail_walk(walk, what, "is %" PRIu64 ", beyond its bound of %" PRIu32, walk->number,
			  type->bound);
	return !walk->why[0];
}

static enum walk_step begin_data(struct walk *walk, const struct type *type)
{
	if (!take_length(walk, type, "length of", walk->encoding == WALK_RAW ? 2 : XDR_UNIT))
		return WALK_WRONG;
	if (walk->number > bytes_left(walk))
		return fail_walk(walk, "length of", "is %" PRIu64 ", and %zu bytes are left",
				 walk->number, bytes_left(walk));
	walk->data = true;
	return WALK_LENGTH;
}

static enum walk_step take_data(struct walk *walk, const struct type *type, size_t size)
{
	walk->data = false;
	if (!take_bytes(walk, type, "", size))
		return WALK_WRONG;
	walk->padding = walk->encoding == WALK_XDR && size % XDR_UNIT;
	return WALK_DATA;
}

static enum walk_step take_padding(struct walk *walk)
{
	walk->padding = false;
	return take_bytes(walk, walk->type, "padding of", -walk->size % XDR_UNIT) ? WALK_PADDING
										  : WALK_WRONG;
}

static enum walk_step begin_array(struct walk *walk, const struct type *type)
{
	size_t count;

	if (!take_length(walk, type, "count of", XDR_UNIT))
		return WALK_WRONG;
	count = (size_t)walk->number; /* it is within its bound */
	if (!check_count(walk, type, count) || !enter_frame(walk, type, count))
		return WALK_WRONG;
	return WALK_LENGTH;
}

/* A struct that is a list's item has its last member left out. */
static size_t member_count(const struct walk *walk, const struct type *type)
{
	const struct walk_frame *around = walk->depth ? &walk->frames[walk->depth - 1] : NULL;

	return type->member_count - (around && around->type->list);
}

static enum walk_step go_on(struct walk *walk);

/* Enters what has parts. */
static enum walk_step begin_frame(struct walk *walk, const struct type *type, size_t count)
{
	if (!enter_frame(walk, type, count))
		return WALK_WRONG;
	return go_on(walk);
}

static enum walk_step begin_value(struct walk *walk, const struct type *type)
{
	walk->next = NULL;
	switch (type->kind) {
	case TYPE_VOID:
		return walk_next(walk);
	case TYPE_STRING:
	case TYPE_BYTES:
		return begin_data(walk, type);
	case TYPE_OPAQUE:
		return take_data(walk, type, type->bound);
	case TYPE_QUADRUPLE:
		return take_data(walk, type, 16);
	case TYPE_VECTOR:
		if (!check_count(walk, type, type->bound))
			return WALK_WRONG;
		return begin_frame(walk, type, type->bound);
	case TYPE_ARRAY:
		return begin_array(walk, type);
	case TYPE_OPTIONAL:
		return begin_frame(walk, type, SIZE_MAX);
	case TYPE_STRUCT:
		return begin_frame(walk, type, member_count(walk, type));
	case TYPE_UNION:
		return begin_frame(walk, type, 1);
	default:
		return take_number(walk, type, "", size_of_number(walk, type)) ? WALK_NUMBER
									       : WALK_WRONG;
	}
}

/* ---- values that go on ---- */

static enum walk_step take_flag(struct walk *walk, struct walk_frame *frame)
{
	frame->index++;
	if (!take_number(walk, frame->type, "", walk->encoding == WALK_RAW ? 1 : XDR_UNIT))
		return WALK_WRONG;
	if (walk->number)
		walk->next = frame->type->item;
	else
		frame->count = frame->index - 1;
	return WALK_FLAG;
}

/* Optional data is there once; a list goes on until a flag says no. */
static enum walk_step go_on_optional(struct walk *walk, struct walk_frame *frame)
{
	bool over = frame->count != SIZE_MAX;

	if (!over && !(frame->index && !frame->type->list))
		return take_flag(walk, frame);
	frame->index -= over;
	return leave_frame(walk);
}

static enum walk_step go_on_union(struct walk *walk, struct walk_frame *frame)
{
	const struct type *by = frame->type->discriminant.type;

	if (frame->index == 0) {
		frame->index = 1;
		return begin_value(walk, by);
	}
	if (frame->index == 2 || (frame->arm && !frame->arm->name))
		return leave_frame(walk);
	/* What was taken last is the discriminant. */
	frame->arm = contract_arm(frame->type, walk_signed(by, walk->number));
	if (!frame->arm)
		return fail_walk(walk, "", "is %" PRId64 ", for which %s has no arm",
				 walk_signed(by, walk->number),
				 frame->type->name ? frame->type->name : "the union");
	if (!frame->arm->name)
		return leave_frame(walk);
	frame->index = 2;
	return begin_value(walk, frame->arm->type);
}

static enum walk_step go_on_with_parts(struct walk *walk, struct walk_frame *frame)
{
	size_t index = frame->index;

	if (index == frame->count)
		return leave_frame(walk);
	frame->index++;
	return begin_value(walk, frame->type->kind == TYPE_STRUCT ? frame->type->members[index].type
								  : frame->type->item);
}

static enum walk_step go_on(struct walk *walk)
{
	struct walk_frame *frame = top_frame(walk);

	if (!frame->entered) {
		frame->entered = true;
		walk->type = frame->type;
		walk->at = walk->offset;
		walk->size = 0;
		return WALK_ENTER;
	}
	if (frame->type->kind == TYPE_OPTIONAL)
		return go_on_optional(walk, frame);
	return frame->type->kind == TYPE_UNION ? go_on_union(walk, frame)
					       : go_on_with_parts(walk, frame);
}

enum walk_step walk_next(struct walk *walk)
{
	if (walk->why[0])
		return WALK_WRONG;
	if (walk->data)
		return take_data(walk, walk->type, (size_t)walk->number);
	if (walk->padding)
		return take_padding(walk);
	if (walk->next)
		return begin_value(walk, walk->next);
	return walk->depth ? go_on(walk) : WALK_END;
}

/* ---- where it is ---- */

const struct walk_frame *walk_above(const struct walk *walk)
{
	bool has_frame = walk->depth && walk->frames[walk->depth - 1].type == walk->type &&
			 walk->frames[walk->depth - 1].index == 0;
	size_t above = walk->depth - has_frame;

	return above ? &walk->frames[above - 1] : NULL;
}

/* What is added to a path for the part that a frame is at. */
static int name_part(const struct walk_frame *frame, bool first, char *text, size_t size)
{
	const struct type *type = frame->type;
	const struct member *member = NULL;

	if (type->kind == TYPE_UNION)
		member = frame->index == 1 ? &type->discriminant : frame->arm;
	else if (type->kind == TYPE_STRUCT && !type->several)
		member = &type->members[frame->index - 1];
	if (member) /* an arm is not to be taken for the discriminant */
		return snprintf(text, size, "%s%s%s", first ? "" : ".", member->name,
				member == frame->arm && frame->index == 2 &&
						strcmp(member->name, type->discriminant.name) == 0
					? "_"
					: "");
	if (type->kind == TYPE_OPTIONAL && !type->list)
		return 0;
	return snprintf(text, size, "[%zu]", frame->index - 1);
}

const char *walk_path(const struct walk *walk, const char *itself, char path[WALK_PATH])
{
	size_t length = (size_t)snprintf(path, WALK_PATH, "%s", itself);

	for (size_t i = 0; i < walk->depth && length < WALK_PATH; i++)
		if (walk->frames[i].index)
			length += (size_t)name_part(&walk->frames[i], !length, path + length,
						    WALK_PATH - length);
	return path;
}
