/* Whether what one contract sends is what another one takes. */
#include "contract/lint/fits.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACE 200 /* bytes of a place's name; what is longer is cut */

/* Two types that stand at one place.  Types may lead back to themselves, so each two are looked at
 * once, and one after the other instead of within each other. */
struct pair {
	const struct type *taken, *sent;
	char place[PLACE];
	struct pair *next;
};

struct check {
	fits_listener *listener;
	void *context;
	void *known; /* pairs, a tree of tsearch() */
	struct pair *first, **last;
	bool full; /* there was no memory */
};

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *one = a, *other = b;

	if (one->taken != other->taken)
		return one->taken < other->taken ? -1 : 1;
	return one->sent < other->sent ? -1 : one->sent > other->sent;
}

__attribute__((format(printf, 5, 6))) static void add_pair(struct check *check,
							   const struct type *taken,
							   const struct type *sent,
							   const struct pair *within,
							   const char *format, ...)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	struct pair **found;
	va_list arguments;
	size_t length = 0;

	if (!pair || check->full) {
		free(pair);
		check->full = true;
		return;
	}
	*pair = (struct pair){ .taken = taken, .sent = sent };
	if (within)
		length = (size_t)snprintf(pair->place, PLACE, "%s", within->place);
	va_start(arguments, format);
	vsnprintf(pair->place + length, PLACE - length, format, arguments);
	va_end(arguments);
	found = tsearch(pair, &check->known, compare_pairs);
	check->full = !found;
	if (!found || *found != pair) {
		free(pair);
		return;
	}
	*check->last = pair;
	check->last = &pair->next;
}

__attribute__((format(printf, 3, 4))) static void tell(struct check *check, const struct pair *pair,
						       const char *format, ...)
{
	char what[300];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	check->listener(check->context, pair->place, what);
}

/* ---- numbers ---- */

static const char *word_of(const struct type *type)
{
	static const char *const words[] = {
		[TYPE_VOID] = "void",
		[TYPE_INT] = "an int",
		[TYPE_UNSIGNED] = "an unsigned int",
		[TYPE_HYPER] = "a hyper",
		[TYPE_UNSIGNED_HYPER] = "an unsigned hyper",
		[TYPE_FLOAT] = "a float",
		[TYPE_DOUBLE] = "a double",
		[TYPE_QUADRUPLE] = "a quadruple",
		[TYPE_BOOL] = "a bool",
		[TYPE_ENUM] = "an enum",
		[TYPE_STRING] = "a string",
		[TYPE_OPAQUE] = "opaque bytes of a fixed length",
		[TYPE_BYTES] = "opaque bytes of a variable length",
		[TYPE_VECTOR] = "an array of a fixed length",
		[TYPE_ARRAY] = "an array of a variable length",
		[TYPE_OPTIONAL] = "optional data",
		[TYPE_STRUCT] = "a struct",
		[TYPE_UNION] = "a union",
	};

	return words[type->kind];
}

/* An int takes whatever enum and bool are. */
static bool is_same_kind(const struct type *taken, const struct type *sent)
{
	return taken->kind == sent->kind || (taken->kind == TYPE_INT && taken->bits == 32 &&
					     (sent->kind == TYPE_ENUM || sent->kind == TYPE_BOOL));
}

static void check_bits(struct check *check, const struct pair *pair)
{
	if (pair->sent->bits > pair->taken->bits && pair->taken->bits)
		tell(check, pair, "%" PRIu32 " bits are sent, and %" PRIu32 " are taken",
		     pair->sent->bits, pair->taken->bits);
}

static void check_names(struct check *check, const struct pair *pair)
{
	for (size_t i = 0; i < pair->sent->enumerator_count; i++) {
		const struct enumerator *one = &pair->sent->enumerators[i];

		if (!contract_enumerator(pair->taken, one->value))
			tell(check, pair, "%s (%" PRId64 ") may be sent, and is not known",
			     one->name, one->value);
	}
}

/* ---- lengths ---- */

static const char *unit_of(const struct type *type)
{
	return type->item ? "items" : "bytes";
}

static void check_bound(struct check *check, const struct pair *pair)
{
	const struct type *taken = pair->taken, *sent = pair->sent;
	bool fixed = taken->kind == TYPE_OPAQUE || taken->kind == TYPE_VECTOR;

	if (fixed && sent->bound != taken->bound)
		tell(check, pair, "%" PRIu32 " %s are sent, and %" PRIu32 " are taken", sent->bound,
		     unit_of(sent), taken->bound);
	else if (!fixed && sent->bound > taken->bound && sent->bound == UINT32_MAX)
		tell(check, pair, "any number of %s may be sent, and %" PRIu32 " are taken",
		     unit_of(sent), taken->bound);
	else if (!fixed && sent->bound > taken->bound)
		tell(check, pair,
		     "up to %" PRIu32 " %s may be sent, and up to %" PRIu32 " are taken",
		     sent->bound, unit_of(sent), taken->bound);
}

/* ---- members ---- */

static bool has_member(const struct type *type, const char *name)
{
	for (size_t i = 0; i < type->member_count; i++)
		if (type->members[i].name && strcmp(type->members[i].name, name) == 0)
			return true;
	return false;
}

/* Another name means the same bytes; but one that stands elsewhere means that they changed places.
 */
static bool is_misplaced(const struct pair *pair, size_t i)
{
	const char *taken = pair->taken->members[i].name, *sent = pair->sent->members[i].name;

	return taken && sent && strcmp(taken, sent) != 0 && has_member(pair->taken, sent);
}

static const char *name_of(const struct member *member, char *room, size_t size, size_t i)
{
	if (member->name)
		return member->name;
	snprintf(room, size, "[%zu]", i);
	return room;
}

static void check_members(struct check *check, const struct pair *pair)
{
	const struct type *taken = pair->taken, *sent = pair->sent;

	if (taken->member_count != sent->member_count)
		tell(check, pair, "%zu %s sent, and %zu %s taken", sent->member_count,
		     sent->member_count == 1 ? "member is" : "members are", taken->member_count,
		     taken->member_count == 1 ? "is" : "are");
	for (size_t i = 0; i < taken->member_count && i < sent->member_count; i++) {
		char room[24];
		const char *name = name_of(&sent->members[i], room, sizeof(room), i);

		if (is_misplaced(pair, i))
			tell(check, pair, "%s is sent where %s is taken", name,
			     taken->members[i].name);
		add_pair(check, taken->members[i].type, sent->members[i].type, pair, "%s%s",
			 *name == '[' ? "" : ".", name);
	}
}

/* ---- unions ---- */

static void check_case(struct check *check, const struct pair *pair, const struct member *sent,
		       const struct member *taken, const char *name)
{
	if (!sent)
		return; /* it is never sent */
	if (!taken)
		tell(check, pair, "%s may be sent, and selects nothing", name);
	else
		add_pair(check, taken->type, sent->type, pair, ".%s",
			 sent->name ? sent->name : name);
}

static const char *name_case(const struct type *type, int64_t value, char *room, size_t size)
{
	const char *name = contract_enumerator(type->discriminant.type, value);

	snprintf(room, size, "the case %" PRId64, value);
	return name ? name : room;
}

/* The cases that either of them has, and then all others. */
static void check_union(struct check *check, const struct pair *pair)
{
	const struct type *taken = pair->taken, *sent = pair->sent;
	char room[40];

	add_pair(check, taken->discriminant.type, sent->discriminant.type, pair, ".%s",
		 sent->discriminant.name);
	for (size_t i = 0; i < sent->label_count; i++) {
		int64_t value = sent->labels[i].value;

		check_case(check, pair, contract_arm(sent, value), contract_arm(taken, value),
			   name_case(sent, value, room, sizeof(room)));
	}
	for (size_t i = 0; i < taken->label_count && sent->otherwise; i++) {
		int64_t value = taken->labels[i].value;

		check_case(check, pair, contract_arm(sent, value), contract_arm(taken, value),
			   name_case(taken, value, room, sizeof(room)));
	}
	check_case(check, pair, sent->otherwise, taken->otherwise, "another case");
}

/* ---- all of it ---- */

static void check_pair(struct check *check, const struct pair *pair)
{
	const struct type *taken = pair->taken, *sent = pair->sent;

	if (!is_same_kind(taken, sent)) {
		tell(check, pair, "%s is sent, and %s is taken", word_of(sent), word_of(taken));
		return;
	}
	switch (taken->kind) {
	case TYPE_INT:
	case TYPE_UNSIGNED:
		return check_bits(check, pair);
	case TYPE_ENUM:
		return check_names(check, pair);
	case TYPE_STRING:
	case TYPE_OPAQUE:
	case TYPE_BYTES:
		return check_bound(check, pair);
	case TYPE_VECTOR:
	case TYPE_ARRAY:
		check_bound(check, pair);
		return add_pair(check, taken->item, sent->item, pair, "[]");
	case TYPE_OPTIONAL:
		return add_pair(check, taken->item, sent->item, pair, "%s", "");
	case TYPE_STRUCT:
		return check_members(check, pair);
	case TYPE_UNION:
		return check_union(check, pair);
	default:
		return;
	}
}

static void leave_it(void *pair)
{
	(void)pair; /* it is in the list, too */
}

int fits_check(const struct type *taken, const struct type *sent, const char *place,
	       fits_listener *listener, void *context)
{
	struct check check = { .listener = listener, .context = context };

	check.last = &check.first;
	add_pair(&check, taken, sent, NULL, "%s", place);
	for (struct pair *pair = check.first; pair && !check.full; pair = pair->next)
		check_pair(&check, pair);
	tdestroy(check.known, leave_it);
	for (struct pair *pair = check.first, *next; pair; pair = next) {
		next = pair->next;
		free(pair);
	}
	return check.full ? -ENOMEM : 0;
}
