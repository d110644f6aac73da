/* What a type takes, in words. */
#include "contract/value/expect.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Text that is cut where there is no room. */
struct words {
	char *text;
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void add_words(struct words *words, const char *format,
							    ...)
{
	va_list arguments;
	int n;

	if (words->length >= EXPECT_ROOM - 1)
		return;
	va_start(arguments, format);
	n = vsnprintf(words->text + words->length, EXPECT_ROOM - words->length, format, arguments);
	va_end(arguments);
	words->length += (size_t)n;
}

static void add_whole_number(struct words *words, const struct type *type)
{
	bool has_sign = type->kind == TYPE_INT;
	int64_t most = (INT64_C(1) << (type->bits - has_sign)) - 1;

	if (has_sign)
		add_words(words, "a whole number from %" PRId64 " to %" PRId64, -most - 1, most);
	else
		add_words(words, "a whole number from 0 to %" PRId64, most);
}

static void add_names(struct words *words, const struct type *type)
{
	for (size_t i = 0; i < type->enumerator_count; i++)
		add_words(words, "%s%s",
			  i == 0                           ? ""
			  : i + 1 < type->enumerator_count ? ", "
							   : " or ",
			  type->enumerators[i].name);
}

static void add_bound(struct words *words, const struct type *type, const char *of)
{
	if (type->bound != UINT32_MAX)
		add_words(words, " of at most %" PRIu32 " %s", type->bound, of);
}

static void add_members(struct words *words, const struct type *type)
{
	add_words(words, "an object");
	for (size_t i = 0; i < type->member_count; i++)
		add_words(words, "%s %s", i ? "," : " with", type->members[i].name);
}

static void add_optional(struct words *words, const struct type *type)
{
	const char *name = type->item->name;

	if (type->list)
		add_words(words, "an array of %s", name ? name : "objects");
	else if (type->nested)
		add_words(words, "[], or a value between [ and ]");
	else
		add_words(words, "null, or %s%s", name ? "a " : "a value", name ? name : "");
}

/* Of kinds that say all. */
static const char *const plain[TYPE_UNION + 1] = {
	[TYPE_VOID] = "null",
	[TYPE_HYPER] = "a whole number of 64 bits",
	[TYPE_UNSIGNED_HYPER] = "a whole number of 64 bits, from 0 on",
	[TYPE_FLOAT] = "a float, or \"NaN\", \"Infinity\" or \"-Infinity\"",
	[TYPE_DOUBLE] = "a double, or \"NaN\", \"Infinity\" or \"-Infinity\"",
	[TYPE_BOOL] = "true or false",
	[TYPE_STRING] = "a string",
	[TYPE_QUADRUPLE] = "32 hexadecimal figures",
	[TYPE_BYTES] = "hexadecimal figures",
	[TYPE_ARRAY] = "an array",
};

static void add_struct(struct words *words, const struct type *type)
{
	if (type->several)
		add_words(words, "an array of %zu arguments", type->member_count);
	else
		add_members(words, type);
}

static void add_kind(struct words *words, const struct type *type)
{
	switch (type->kind) {
	case TYPE_INT:
	case TYPE_UNSIGNED:
		add_whole_number(words, type);
		break;
	case TYPE_ENUM:
		add_names(words, type);
		break;
	case TYPE_STRING:
	case TYPE_BYTES:
		add_bound(words, type, "bytes");
		break;
	case TYPE_OPAQUE:
		add_words(words, "%" PRIu64 " hexadecimal figures", (uint64_t)type->bound * 2);
		break;
	case TYPE_VECTOR:
		add_words(words, "an array of %" PRIu32, type->bound);
		break;
	case TYPE_ARRAY:
		add_bound(words, type, "items");
		break;
	case TYPE_OPTIONAL:
		add_optional(words, type);
		break;
	case TYPE_STRUCT:
		add_struct(words, type);
		break;
	case TYPE_UNION:
		add_words(words, "an object with %s and what it selects", type->discriminant.name);
		break;
	default:
		break;
	}
}

const char *expect_words(const struct type *type, char text[EXPECT_ROOM])
{
	struct words words = { .text = text };

	*text = '\0';
	if (plain[type->kind])
		add_words(&words, "%s", plain[type->kind]);
	add_kind(&words, type);
	return text;
}
