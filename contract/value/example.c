/* A value of a type, as JSON, for people to begin with. */
#include "contract/value/example.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 4096 /* bytes; what is longer is none */
#define DEEPEST 6    /* arrays and optional data further within are empty */

struct example {
	FILE *to;
	unsigned int depth;
};

static bool is_too_long(const struct example *example)
{
	return ftell(example->to) > LONGEST;
}

static void write_value(struct example *example, const struct type *type);

/* ---- what has no parts ---- */

/* Its own name says what it may be for; but a short one is cut. */
static void write_string(const struct example *example, const struct type *type)
{
	static const char text[] = "text";
	uint32_t length = type->bound < 4 ? type->bound : 4;

	fprintf(example->to, "\"%.*s\"", (int)length, text);
}

static void write_hex(const struct example *example, uint32_t bytes)
{
	fputc('"', example->to);
	for (uint32_t i = 0; i < bytes && !is_too_long(example); i++)
		fprintf(example->to, "00");
	fputc('"', example->to);
}

static void write_enum(const struct example *example, const struct type *type)
{
	fprintf(example->to, "\"%s\"", type->enumerators[0].name);
}

/* ---- what has parts ---- */

static void write_items(struct example *example, const struct type *type, uint32_t count)
{
	fputc('[', example->to);
	for (uint32_t i = 0; i < count && !is_too_long(example); i++) {
		fputs(i ? "," : "", example->to);
		write_value(example, type);
	}
	fputc(']', example->to);
}

static void write_key(const struct example *example, const char *name, const char *behind)
{
	fprintf(example->to, "\"%s%s\":", name, behind);
}

/* The members of an object, or, without `names`, of an array. */
static void write_members(struct example *example, const struct type *type, size_t count,
			  bool names)
{
	fputc(names ? '{' : '[', example->to);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? "," : "", example->to);
		if (names)
			write_key(example, type->members[i].name, "");
		write_value(example, type->members[i].type);
	}
	fputc(names ? '}' : ']', example->to);
}

static void write_list(struct example *example, const struct type *type)
{
	fputc('[', example->to);
	if (example->depth < DEEPEST)
		write_members(example, type->item, type->item->member_count - 1, true);
	fputc(']', example->to);
}

static void write_label(const struct example *example, const struct type *by, int64_t value)
{
	const char *name = contract_enumerator(by, value);

	if (by->kind == TYPE_BOOL)
		fputs(value ? "true" : "false", example->to);
	else if (name)
		fprintf(example->to, "\"%s\"", name);
	else
		fprintf(example->to, "%" PRId64, value);
}

/* By its first case; where there is none, by the default. */
static void write_union(struct example *example, const struct type *type)
{
	const struct type *by = type->discriminant.type;
	int64_t value = type->label_count      ? type->labels[0].value
			: by->enumerator_count ? by->enumerators[0].value
					       : 0;
	const struct member *arm = contract_arm(type, value);

	fputc('{', example->to);
	write_key(example, type->discriminant.name, "");
	write_label(example, by, value);
	if (arm && arm->name) {
		fputc(',', example->to);
		write_key(example, arm->name,
			  strcmp(arm->name, type->discriminant.name) ? "" : "_");
		write_value(example, arm->type);
	}
	fputc('}', example->to);
}

static void write_kind(struct example *example, const struct type *type)
{
	switch (type->kind) {
	case TYPE_VOID:
		fputs("null", example->to);
		break;
	case TYPE_BOOL:
		fputs("false", example->to);
		break;
	case TYPE_ENUM:
		write_enum(example, type);
		break;
	case TYPE_STRING:
		write_string(example, type);
		break;
	case TYPE_OPAQUE:
		write_hex(example, type->bound);
		break;
	case TYPE_QUADRUPLE:
		write_hex(example, 16);
		break;
	case TYPE_BYTES:
		write_hex(example, type->bound < 4 ? type->bound : 4);
		break;
	case TYPE_VECTOR:
		write_items(example, type->item, type->bound);
		break;
	case TYPE_ARRAY:
		write_items(example, type->item, type->bound && example->depth < DEEPEST);
		break;
	case TYPE_OPTIONAL:
		if (type->list)
			write_list(example, type);
		else
			fputs(type->nested ? "[]" : "null", example->to);
		break;
	case TYPE_STRUCT:
		write_members(example, type, type->member_count, !type->several);
		break;
	case TYPE_UNION:
		write_union(example, type);
		break;
	default:
		fputc('0', example->to);
	}
}

/* Types within types are bounded by the contract, and arrays and lists by the depth. */
static void write_value(struct example *example, const struct type *type)
{
	if (is_too_long(example))
		return;
	example->depth++;
	write_kind(example, type);
	example->depth--;
}

char *example_json(const struct type *type)
{
	struct example example = { 0 };
	char *text = NULL;
	bool too_long;
	size_t size;

	example.to = open_memstream(&text, &size);
	if (!example.to)
		return NULL;
	write_value(&example, type);
	too_long = is_too_long(&example);
	if (fclose(example.to) == 0 && !too_long)
		return text;
	free(text);
	return NULL;
}
