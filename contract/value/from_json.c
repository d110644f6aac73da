/* JSON to bytes, by the contract's types and without recursion. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/value/expect.h"
#include "contract/value/pack.h"
#include "contract/value/value.h"
#include "contract/value/walk.h"

#define MISSING     SIZE_MAX /* no node of the tape: a member that was left out */
#define FIRST_DEPTH 16

/* A value that has others within it, and where they stand in JSON. */
struct filled {
	struct walk_frame frame; /* first */
	size_t node;
	size_t child; /* the node that comes next, if all is in the contract's order */
	size_t used;  /* members that were looked at */
};

struct filler {
	const struct tape *tape;
	const struct value_form *form;
	struct buffer *out;
	size_t limit;
	struct filled *all;
	size_t depth, room;
	const struct type *next; /* a value that begins, and its node; NULL: none */
	size_t node;
	int64_t number; /* the last one */
	char *wrong;
	int error;
};

static struct filled *top_of(const struct filler *filler)
{
	return &filler->all[filler->depth - 1];
}

static const struct tape_node *node_at(const struct filler *filler, size_t node)
{
	return &filler->tape->nodes[node];
}

/* ---- what is wrong ---- */

/* Writes where it is, in the words of walk_path(). */
static size_t write_path(const struct filler *filler, char *text, size_t size)
{
	struct walk walk = { .room = filler->depth, .depth = filler->depth };
	char path[WALK_PATH];

	walk.frames = calloc(filler->depth + 1, sizeof(*walk.frames));
	for (size_t i = 0; walk.frames && i < filler->depth; i++)
		walk.frames[i] = filler->all[i].frame;
	walk.depth = walk.frames ? filler->depth : 0;
	walk_path(&walk, "$", path);
	free(walk.frames);
	return (size_t)snprintf(text, size, "%s", path);
}

__attribute__((format(printf, 2, 3))) static bool fail_filling(struct filler *filler,
							       const char *format, ...)
{
	size_t length = write_path(filler, filler->wrong, VALUE_WRONG);
	va_list arguments;

	length += (size_t)snprintf(filler->wrong + length, VALUE_WRONG - length, ": ");
	va_start(arguments, format);
	vsnprintf(filler->wrong + length, VALUE_WRONG - length, format, arguments);
	va_end(arguments);
	filler->error = -EBADMSG;
	return false;
}

static bool no_memory(struct filler *filler)
{
	filler->error = -ENOMEM;
	return false;
}

/* What is there, as far as it is worth saying. */
static const char *describe_node(const struct filler *filler, size_t node, char text[48])
{
	static const char *const words[] = {
		[TAPE_NULL] = "null",
		[TAPE_FALSE] = "false",
		[TAPE_TRUE] = "true",
		[TAPE_OBJECT] = "an object",
	};
	const struct tape_node *value = node == MISSING ? NULL : node_at(filler, node);
	int length = value && value->length < 24 ? (int)value->length : 24;

	if (!value)
		return "nothing";
	if (value->kind == TAPE_NUMBER)
		snprintf(text, 48, "%.*s", length, value->text);
	else if (value->kind == TAPE_STRING)
		snprintf(text, 48, "\"%.*s\"", length, value->text);
	else if (value->kind == TAPE_ARRAY)
		snprintf(text, 48, "an array of %zu", value->count);
	else
		snprintf(text, 48, "%s", words[value->kind]);
	return text;
}

static bool fail_expected(struct filler *filler, const struct type *type, size_t node)
{
	char words[EXPECT_ROOM], there[48];

	return fail_filling(filler, "expected %s, and there is %s", expect_words(type, words),
			    describe_node(filler, node, there));
}

static bool fail_count(struct filler *filler, uint64_t count, const char *what,
		       const struct type *type)
{
	return fail_filling(filler, "%" PRIu64 " %s, and the contract has %s%" PRIu32, count, what,
			    type->kind == TYPE_VECTOR || type->kind == TYPE_OPAQUE ? ""
										   : "at most ",
			    type->kind == TYPE_QUADRUPLE ? 16 : type->bound);
}

static bool fail_scalar(struct filler *filler, const struct type *type, size_t node,
			enum pack_result result)
{
	char words[EXPECT_ROOM], there[48];

	switch (result) {
	case PACK_NO_MEMORY:
		return no_memory(filler);
	case PACK_LONG:
	case PACK_SHORT:
		return fail_count(filler, (uint64_t)filler->number, "bytes", type);
	case PACK_SURROGATE:
		return fail_filling(filler, "half of a surrogate pair is no character");
	case PACK_RANGE:
		return fail_filling(filler, "%s is out of range: expected %s",
				    describe_node(filler, node, there), expect_words(type, words));
	case PACK_UNDECLARED:
		return fail_filling(filler,
				    "%" PRId64
				    " has no name in the contract (--undeclared takes it): "
				    "expected %s",
				    filler->number, expect_words(type, words));
	default:
		return fail_expected(filler, type, node);
	}
}

/* ---- frames ---- */

static bool enter_filled(struct filler *filler, const struct type *type, size_t node, size_t count)
{
	if (filler->depth == filler->limit)
		return fail_filling(filler, "it is within %zu others, and no more are followed",
				    filler->depth);
	if (filler->depth == filler->room) {
		size_t room = filler->room ? 2 * filler->room : FIRST_DEPTH;
		struct filled *all = realloc(filler->all, room * sizeof(*all));

		if (!all)
			return no_memory(filler);
		filler->all = all;
		filler->room = room;
	}
	filler->all[filler->depth++] = (struct filled){ .frame = { .type = type, .count = count },
							.node = node,
							.child = node + 1 };
	return true;
}

/* The member of an object that has this name, or MISSING.  Most stand in the contract's order. */
static size_t take_member(struct filler *filler, struct filled *filled, const char *name)
{
	const struct tape_node *object = node_at(filler, filled->node);
	size_t at = filled->child;

	for (size_t i = 0; i < object->count; i++) {
		struct tape_node *member;

		if (at == object->next)
			at = filled->node + 1;
		member = &filler->tape->nodes[at];
		if (!member->used && tape_has_key(member, name)) {
			member->used = true;
			filled->child = member->next;
			filled->used++;
			return at;
		}
		at = member->next;
	}
	return MISSING;
}

/* A member that nobody asked for: it is none of them, or one that was there already. */
static bool refuse_member(struct filler *filler, const struct filled *filled)
{
	const struct tape_node *object = node_at(filler, filled->node);
	size_t at = filled->node + 1;
	char words[EXPECT_ROOM];
	int length;

	while (at < object->next && node_at(filler, at)->used)
		at = node_at(filler, at)->next;
	length = node_at(filler, at)->key_length < 64 ? (int)node_at(filler, at)->key_length : 64;
	filler->depth--;
	for (size_t i = filled->node + 1; i < object->next; i = node_at(filler, i)->next) {
		const struct tape_node *other = node_at(filler, i), *node = node_at(filler, at);

		if (other->used && other->key_length == node->key_length &&
		    memcmp(other->key, node->key, node->key_length) == 0)
			return fail_filling(filler, "\"%.*s\" is there twice", length, node->key);
	}
	return fail_filling(filler, "there is no \"%.*s\": expected %s", length,
			    node_at(filler, at)->key, expect_words(filled->frame.type, words));
}

static bool leave_filled(struct filler *filler)
{
	const struct filled *filled = top_of(filler);
	enum type_kind kind = filled->frame.type->kind;

	if ((kind == TYPE_STRUCT || kind == TYPE_UNION) && !filled->frame.type->several &&
	    filled->used < node_at(filler, filled->node)->count)
		return refuse_member(filler, filled);
	filler->depth--;
	return true;
}

static void begin_part(struct filler *filler, const struct type *type, size_t node)
{
	filler->next = type;
	filler->node = node;
}

/* ---- values that begin ---- */

static bool is_kind(const struct filler *filler, size_t node, enum tape_kind kind)
{
	return node != MISSING && node_at(filler, node)->kind == kind;
}

static bool put_word(struct filler *filler, uint64_t word)
{
	return pack_word(filler->out, (uint32_t)word) == PACK_OK || no_memory(filler);
}

/* A vector, an array, or several arguments. */
static bool begin_items(struct filler *filler, const struct type *type, size_t node)
{
	size_t count;

	if (!is_kind(filler, node, TAPE_ARRAY))
		return fail_expected(filler, type, node);
	count = node_at(filler, node)->count;
	if (type->kind == TYPE_STRUCT && count != type->member_count)
		return fail_expected(filler, type, node);
	if (type->kind != TYPE_STRUCT &&
	    (type->kind == TYPE_VECTOR ? count != type->bound : count > type->bound))
		return fail_count(filler, count, "items", type);
	if (type->kind == TYPE_ARRAY && !put_word(filler, count))
		return false;
	return enter_filled(filler, type, node, count);
}

/* Optional data: null, nothing, or [] where it is nested; else the value, in brackets there. */
static bool begin_optional(struct filler *filler, const struct type *type, size_t node)
{
	bool nothing = node == MISSING || (!type->nested && is_kind(filler, node, TAPE_NULL)) ||
		       (type->nested && is_kind(filler, node, TAPE_ARRAY) &&
			node_at(filler, node)->count == 0);

	if (nothing)
		return put_word(filler, 0);
	if (type->nested &&
	    (!is_kind(filler, node, TAPE_ARRAY) || node_at(filler, node)->count != 1))
		return fail_expected(filler, type, node);
	if (!put_word(filler, 1) || !enter_filled(filler, type, node, 1))
		return false;
	top_of(filler)->frame.index = 1;
	begin_part(filler, type->item, type->nested ? node + 1 : node);
	return true;
}

static bool begin_list(struct filler *filler, const struct type *type, size_t node)
{
	if (node == MISSING || is_kind(filler, node, TAPE_NULL))
		return put_word(filler, 0);
	if (!is_kind(filler, node, TAPE_ARRAY))
		return fail_expected(filler, type, node);
	return enter_filled(filler, type, node, node_at(filler, node)->count);
}

static bool begin_object(struct filler *filler, const struct type *type, size_t node, size_t count)
{
	if (!is_kind(filler, node, TAPE_OBJECT))
		return fail_expected(filler, type, node);
	return enter_filled(filler, type, node, count);
}

/* A list's item lacks its last member. */
static size_t count_members(const struct filler *filler, const struct type *type)
{
	return type->member_count - (filler->depth && top_of(filler)->frame.type->list);
}

static bool fill_scalar(struct filler *filler, const struct type *type, size_t node)
{
	enum pack_result result = node == MISSING ? PACK_OTHER
						  : pack_scalar(type, filler->tape, node,
								filler->form->undeclared,
								filler->out, &filler->number);

	return result == PACK_OK || fail_scalar(filler, type, node, result);
}

static bool begin_value(struct filler *filler, const struct type *type, size_t node)
{
	switch (type->kind) {
	case TYPE_VOID:
		return node == MISSING || is_kind(filler, node, TAPE_NULL) ||
		       fail_expected(filler, type, node);
	case TYPE_VECTOR:
	case TYPE_ARRAY:
		return begin_items(filler, type, node);
	case TYPE_OPTIONAL:
		return type->list ? begin_list(filler, type, node)
				  : begin_optional(filler, type, node);
	case TYPE_STRUCT:
		return type->several
			       ? begin_items(filler, type, node)
			       : begin_object(filler, type, node, count_members(filler, type));
	case TYPE_UNION:
		return begin_object(filler, type, node, 2);
	default:
		return fill_scalar(filler, type, node);
	}
}

/* ---- values that go on ---- */

static bool go_on_array(struct filler *filler, struct filled *filled)
{
	const struct type *type = filled->frame.type;
	size_t node = filled->child, index = filled->frame.index++;

	if (type->list && !put_word(filler, 1))
		return false;
	filled->child = node_at(filler, node)->next;
	begin_part(filler, type->kind == TYPE_STRUCT ? type->members[index].type : type->item,
		   node);
	return true;
}

static bool go_on_struct(struct filler *filler, struct filled *filled)
{
	const struct member *member = &filled->frame.type->members[filled->frame.index++];

	begin_part(filler, member->type, take_member(filler, filled, member->name));
	return true;
}

static bool begin_arm(struct filler *filler, struct filled *filled)
{
	const struct type *type = filled->frame.type;
	const struct member *arm = contract_arm(type, filler->number);
	char name[256];

	if (!arm)
		return fail_filling(filler, "%s has no arm for this",
				    type->name ? type->name : "the union");
	filled->frame.index = 2;
	filled->frame.arm = arm;
	if (!arm->name)
		return leave_filled(filler);
	snprintf(name, sizeof(name), "%.250s%s", arm->name,
		 strcmp(arm->name, type->discriminant.name) ? "" : "_");
	begin_part(filler, arm->type, take_member(filler, filled, name));
	return true;
}

static bool go_on_union(struct filler *filler, struct filled *filled)
{
	const struct member *by = &filled->frame.type->discriminant;

	if (filled->frame.index == 1)
		return begin_arm(filler, filled);
	filled->frame.index = 1;
	begin_part(filler, by->type, take_member(filler, filled, by->name));
	return true;
}

static bool go_on(struct filler *filler)
{
	struct filled *filled = top_of(filler);
	const struct type *type = filled->frame.type;

	if (filled->frame.index == filled->frame.count) {
		if (type->list && !put_word(filler, 0))
			return false;
		return leave_filled(filler);
	}
	if (type->kind == TYPE_UNION)
		return go_on_union(filler, filled);
	return type->kind == TYPE_STRUCT && !type->several ? go_on_struct(filler, filled)
							   : go_on_array(filler, filled);
}

static bool fill_all(struct filler *filler)
{
	for (;;) {
		const struct type *type = filler->next;

		filler->next = NULL;
		if (type && !begin_value(filler, type, filler->node))
			return false;
		if (!filler->next && filler->depth == 0)
			return true;
		if (!filler->next && !go_on(filler))
			return false;
	}
}

int value_from_json(const struct type *type, const char *json, size_t length,
		    const struct value_form *form, struct buffer *bytes, char wrong[VALUE_WRONG])
{
	struct tape tape = { 0 };
	struct filler filler = { .tape = &tape,
				 .form = form,
				 .out = bytes,
				 .limit = form->depth ? form->depth : WALK_DEPTH,
				 .next = type,
				 .wrong = wrong };
	char no_json[TAPE_WRONG];
	int r = tape_read(&tape, json, length, no_json);

	if (r == -EBADMSG)
		snprintf(wrong, VALUE_WRONG, "%s", no_json);
	if (r == 0) {
		fill_all(&filler);
		r = filler.error;
	}
	free(filler.all);
	tape_release(&tape);
	return r;
}
