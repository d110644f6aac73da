/* What rpcgen's filters, run by libtirpc, make of bytes, held against what we make of them. */
#include "tests/kit/filters.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/value/value.h"

/* ---- ours ---- */

struct ours {
	int taken; /* 0 when it was */
	size_t used;
	unsigned int warnings;
	struct buffer json, again;
	char wrong[VALUE_WRONG];
};

static void count_warning(void *context, const char *text)
{
	(void)text;
	++*(unsigned int *)context;
}

static void read_ours(struct ours *ours, const struct type *type, const uint8_t *bytes,
		      size_t length)
{
	const struct value_form form = { .warn = count_warning, .context = &ours->warnings };

	ours->taken = value_to_json(type, bytes, length, &form, &ours->json, &ours->used,
				    ours->wrong);
}

static bool write_ours(struct ours *ours, const struct type *type)
{
	const struct value_form form = { .undeclared = true };

	return value_from_json(type, (char *)ours->json.data, ours->json.length, &form,
			       &ours->again, ours->wrong) == 0;
}

/* Whether we refuse it for a reason that libtirpc does not have. */
static bool is_stricter(const struct ours *ours)
{
	return strstr(ours->wrong, "neither 0 nor 1") ||
	       strstr(ours->wrong, "no more are followed") ||
	       strstr(ours->wrong, "items without bytes");
}

/* Whether it is refused by a length, which libtirpc would reserve memory for first. */
static bool is_too_long(const struct ours *ours)
{
	return ours->taken && (strstr(ours->wrong, "length of") || strstr(ours->wrong, "count of"));
}

/* Whether it has a string that libtirpc cuts, or may have. */
static bool has_zero_byte(const struct ours *ours)
{
	return memmem(ours->json.data, ours->json.length, "\\u0000", 6) ||
	       memmem(ours->json.data, ours->json.length, "{\"hex\":", 7);
}

/* ---- theirs ---- */

struct theirs {
	bool taken;
	size_t used;
	struct buffer again;
};

static void write_theirs(struct theirs *theirs, const struct filter *filter, void *value)
{
	size_t room = xdr_sizeof(filter->filter, value);
	XDR stream;

	if (buffer_reserve(&theirs->again, room + 4) < 0)
		return;
	xdrmem_create(&stream, (char *)theirs->again.data, (u_int)room, XDR_ENCODE);
	if (filter->filter(&stream, value))
		theirs->again.length = XDR_GETPOS(&stream);
}

static void read_theirs(struct theirs *theirs, const struct filter *filter, const uint8_t *bytes,
			size_t length)
{
	void *value = calloc(1, filter->size + 16);
	XDR stream;

	if (!value)
		return;
	xdrmem_create(&stream, (char *)bytes, (u_int)length, XDR_DECODE);
	theirs->taken = filter->filter(&stream, value);
	theirs->used = XDR_GETPOS(&stream);
	if (theirs->taken)
		write_theirs(theirs, filter, value);
	xdr_free(filter->filter, value);
	free(value);
}

/* ---- held against each other ---- */

__attribute__((format(printf, 4, 5))) static bool differ(char *said, const struct filter *filter,
							 const struct ours *ours,
							 const char *format, ...)
{
	int length = snprintf(said, FILTERS_SAID, "%s: ", filter->type);
	va_list arguments;

	va_start(arguments, format);
	length += vsnprintf(said + length, FILTERS_SAID - (size_t)length, format, arguments);
	va_end(arguments);
	snprintf(said + length, FILTERS_SAID - (size_t)length, "; ours: %.200s, %.*s", ours->wrong,
		 (int)(ours->json.length < 300 ? ours->json.length : 300),
		 ours->json.data ? (char *)ours->json.data : "");
	return false;
}

static bool is_same(const struct buffer *written, const uint8_t *bytes, size_t length)
{
	return written->length == length &&
	       (length == 0 || memcmp(written->data, bytes, length) == 0);
}

static bool check_ours(struct ours *ours, const struct type *type, const struct filter *filter,
		       const uint8_t *bytes, char *said)
{
	if (ours->taken)
		return true;
	if (!write_ours(ours, type))
		return differ(said, filter, ours, "our own JSON is refused");
	if (!ours->warnings && !is_same(&ours->again, bytes, ours->used))
		return differ(said, filter, ours, "our JSON comes to other bytes");
	return true;
}

static bool check_theirs(const struct ours *ours, const struct theirs *theirs,
			 const struct filter *filter, const uint8_t *bytes, char *said)
{
	if (ours->taken && theirs->taken && !is_stricter(ours))
		return differ(said, filter, ours, "libtirpc takes it, and we do not");
	if (!ours->taken && !theirs->taken)
		return differ(said, filter, ours, "we take it, and libtirpc does not");
	if (ours->taken)
		return true;
	if (ours->used != theirs->used)
		return differ(said, filter, ours, "we take %zu bytes, and libtirpc %zu", ours->used,
			      theirs->used);
	if (!ours->warnings && !has_zero_byte(ours) &&
	    !is_same(&theirs->again, bytes, theirs->used))
		return differ(said, filter, ours, "libtirpc writes other bytes than it read");
	return true;
}

bool filters_agree(const struct type *type, const struct filter *filter, const uint8_t *bytes,
		   size_t length, char said[FILTERS_SAID])
{
	struct ours ours = { 0 };
	struct theirs theirs = { 0 };
	bool agree;

	read_ours(&ours, type, bytes, length);
	agree = check_ours(&ours, type, filter, bytes, said);
	if (agree && !is_too_long(&ours)) {
		read_theirs(&theirs, filter, bytes, length);
		agree = check_theirs(&ours, &theirs, filter, bytes, said);
	}
	buffer_release(&ours.json);
	buffer_release(&ours.again);
	buffer_release(&theirs.again);
	return agree;
}

/* ---- values by chance ---- */

static unsigned int chance(unsigned int *seed, unsigned int below)
{
	return (unsigned int)rand_r(seed) % below;
}

static void put_word(struct buffer *bytes, uint32_t word)
{
	const uint8_t four[4] = { (uint8_t)(word >> 24), (uint8_t)(word >> 16),
				  (uint8_t)(word >> 8), (uint8_t)word };

	buffer_append(bytes, four, 4);
}

/* Small, or near an end of what there is, or anything. */
static uint32_t any_word(unsigned int *seed)
{
	static const uint32_t ends[] = { 0,      1,          0x7f,       0xff,       0x7fff,
					 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xffffff80 };
	uint32_t word = (uint32_t)rand_r(seed) << 16 ^ (uint32_t)rand_r(seed);

	return chance(seed, 2) ? ends[chance(seed, 10)] : chance(seed, 2) ? word & 63 : word;
}

static void put_data(struct buffer *bytes, uint32_t length, bool text, unsigned int *seed)
{
	static const char *const texts[] = { "a", "Z", "/", "\"", "\\", "\n", "\x7f" };
	static const uint8_t zeroes[4];
	uint8_t byte;

	for (uint32_t i = 0; i < length; i++) {
		byte = text && chance(seed, 50) ? (uint8_t)*texts[chance(seed, 7)]
						: (uint8_t)chance(seed, 256);
		buffer_append(bytes, &byte, 1);
	}
	buffer_append(bytes, zeroes, -length % 4);
}

/* Mostly a few, and rarely as many as there may be. */
static uint32_t any_count(const struct type *type, unsigned int *seed)
{
	uint32_t most = chance(seed, 30) || type->bound > 300 ? 5 : type->bound;

	return chance(seed, (most < type->bound ? most : type->bound) + 1);
}

struct maker {
	struct buffer *bytes;
	unsigned int *seed, depth;
};

static void make_value(struct maker *maker, const struct type *type);

static void make_items(struct maker *maker, const struct type *type, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		make_value(maker, type->item);
}

static void make_optional(struct maker *maker, const struct type *type)
{
	bool there = maker->depth < 12 && chance(maker->seed, 3);

	put_word(maker->bytes, there);
	if (there)
		make_value(maker, type->item);
}

/* A case that there is, most of the time. */
static void make_union(struct maker *maker, const struct type *type)
{
	const struct type *by = type->discriminant.type;
	int64_t value = any_word(maker->seed);
	const struct member *arm;

	if (type->label_count && chance(maker->seed, 8))
		value = type->labels[chance(maker->seed, (unsigned int)type->label_count)].value;
	if (by->kind == TYPE_BOOL)
		value &= 1;
	if (by->kind == TYPE_HYPER || by->kind == TYPE_UNSIGNED_HYPER)
		put_word(maker->bytes, (uint32_t)((uint64_t)value >> 32));
	put_word(maker->bytes, (uint32_t)value);
	arm = contract_arm(type, by->kind == TYPE_UNSIGNED ? (int64_t)(uint32_t)value
							   : (int64_t)(int32_t)value);
	if (arm && arm->name)
		make_value(maker, arm->type);
}

static void make_enum(struct maker *maker, const struct type *type)
{
	size_t i = chance(maker->seed, (unsigned int)type->enumerator_count);

	put_word(maker->bytes, chance(maker->seed, 20) ? (uint32_t)type->enumerators[i].value
						       : any_word(maker->seed));
}

static void make_kind(struct maker *maker, const struct type *type)
{
	uint32_t count = type->bound;

	switch (type->kind) {
	case TYPE_VOID:
		return;
	case TYPE_BOOL:
		return put_word(maker->bytes, chance(maker->seed, 2));
	case TYPE_ENUM:
		return make_enum(maker, type);
	case TYPE_HYPER:
	case TYPE_UNSIGNED_HYPER:
	case TYPE_DOUBLE:
		put_word(maker->bytes, any_word(maker->seed));
		return put_word(maker->bytes, any_word(maker->seed));
	case TYPE_STRING:
	case TYPE_BYTES:
		put_word(maker->bytes, count = any_count(type, maker->seed));
		return put_data(maker->bytes, count, type->kind == TYPE_STRING, maker->seed);
	case TYPE_OPAQUE:
		return put_data(maker->bytes, type->bound, false, maker->seed);
	case TYPE_VECTOR:
		return make_items(maker, type, type->bound);
	case TYPE_ARRAY:
		count = maker->depth < 12 ? any_count(type, maker->seed) : 0;
		put_word(maker->bytes, count);
		return make_items(maker, type, count);
	case TYPE_OPTIONAL:
		return make_optional(maker, type);
	case TYPE_STRUCT:
		for (size_t i = 0; i < type->member_count; i++)
			make_value(maker, type->members[i].type);
		return;
	case TYPE_UNION:
		return make_union(maker, type);
	default:
		put_word(maker->bytes, any_word(maker->seed));
	}
}

static void make_value(struct maker *maker, const struct type *type)
{
	maker->depth++;
	make_kind(maker, type);
	maker->depth--;
}

void filters_make_value(const struct type *type, struct buffer *bytes, unsigned int *seed)
{
	struct maker maker = { .bytes = bytes, .seed = seed };

	make_value(&maker, type);
}
