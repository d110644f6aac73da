/* Types as the RPC language writes them. */
#include "contract/describe/declaration.h"

#include <inttypes.h>
#include <string.h>

#define INDENT        "    "
#define COMMENTS      44 /* the column of comments beside something */
#define COMMENT_WIDTH 88

/* ---- declarations ---- */

static const char *word_of(const struct type *type)
{
	static const char *const words[] = {
		[TYPE_VOID] = "void",
		[TYPE_INT] = "int",
		[TYPE_UNSIGNED] = "unsigned int",
		[TYPE_HYPER] = "hyper",
		[TYPE_UNSIGNED_HYPER] = "unsigned hyper",
		[TYPE_FLOAT] = "float",
		[TYPE_DOUBLE] = "double",
		[TYPE_QUADRUPLE] = "quadruple",
		[TYPE_BOOL] = "bool",
		[TYPE_STRING] = "string",
		[TYPE_OPAQUE] = "opaque",
		[TYPE_BYTES] = "opaque",
		[TYPE_ENUM] = "enum",
		[TYPE_STRUCT] = "struct",
		[TYPE_UNION] = "union",
	};

	if (type->bits == 16)
		return type->kind == TYPE_INT ? "short" : "unsigned short";
	if (type->bits == 8)
		return type->kind == TYPE_INT ? "char" : "unsigned char";
	return words[type->kind];
}

static void write_body(FILE *to, const struct type *type, int depth);

/* A type without a name of its own, on one line. */
static void write_word(FILE *to, const struct type *type)
{
	fputs(word_of(type), to);
	if (type->kind == TYPE_ENUM || type->kind == TYPE_STRUCT || type->kind == TYPE_UNION)
		write_body(to, type, -1);
}

static void write_length(FILE *to, const struct type *type)
{
	if (type->kind == TYPE_OPAQUE || type->kind == TYPE_VECTOR)
		fprintf(to, "[%" PRIu32 "]", type->bound);
	else if (type->bound == UINT32_MAX)
		fputs("<>", to);
	else
		fprintf(to, "<%" PRIu32 ">", type->bound);
}

static bool has_length(const struct type *type)
{
	return type->kind == TYPE_STRING || type->kind == TYPE_OPAQUE || type->kind == TYPE_BYTES ||
	       type->kind == TYPE_VECTOR || type->kind == TYPE_ARRAY;
}

/* What it is made of, a star, a name, and a length: of a type that has no name, or is given it. */
static void write_parts(FILE *to, const struct type *type, const char *name)
{
	bool optional = type->kind == TYPE_OPTIONAL;
	const struct type *inner = optional ? type->item : type;
	bool goes_by_name = inner != type && inner->name;
	bool length = !goes_by_name && has_length(inner);
	const struct type *word = length && inner->item ? inner->item : inner;

	if (word != type && word->name)
		fputs(word->name, to);
	else
		write_word(to, word);
	fprintf(to, "%s%s%s", optional || *name ? " " : "", optional ? "*" : "", name);
	if (length)
		write_length(to, inner);
}

void declaration_write(FILE *to, const struct type *type, const char *name)
{
	name = name ? name : "";
	if (type->name)
		fprintf(to, "%s%s%s", type->name, *name ? " " : "", name);
	else
		write_parts(to, type, name);
}

/* ---- comments ---- */

void comment_write(FILE *to, const char *comment)
{
	int column = 0;

	if (strlen(comment) <= COMMENT_WIDTH) {
		fprintf(to, "/* %s */\n", comment);
		return;
	}
	fputs("/*\n *", to);
	for (const char *word = comment; *word;) {
		int length = (int)strcspn(word, " ");

		if (column && column + length >= COMMENT_WIDTH) {
			fputs("\n *", to);
			column = 0;
		}
		fprintf(to, " %.*s", length, word);
		column += length + 1;
		word += length + (word[length] == ' ');
	}
	fputs("\n */\n", to);
}

/* ---- definitions ---- */

/* A line within a body; all of them on one line where the depth is negative. */
static long begin_line(FILE *to, int depth)
{
	if (depth < 0)
		fputc(' ', to);
	for (int i = 0; i < depth; i++)
		fputs(INDENT, to);
	return ftell(to);
}

static void end_line(FILE *to, int depth, long began, const char *comment)
{
	int width = (int)(ftell(to) - began) + (depth > 0 ? depth : 0) * (int)strlen(INDENT);

	if (depth < 0)
		return;
	if (comment)
		fprintf(to, "%*s/* %s */", width < COMMENTS ? COMMENTS - width : 1, "", comment);
	fputc('\n', to);
}

static void write_enumerators(FILE *to, const struct type *type, int depth)
{
	for (size_t i = 0; i < type->enumerator_count; i++) {
		const struct enumerator *one = &type->enumerators[i];
		long began = begin_line(to, depth);

		fprintf(to, "%s = %" PRId64 "%s", one->name, one->value,
			i + 1 < type->enumerator_count ? "," : "");
		end_line(to, depth, began, one->comment);
	}
}

static void write_member(FILE *to, const struct member *member, int depth)
{
	long began = begin_line(to, depth);

	declaration_write(to, member->type, member->name);
	fputc(';', to);
	end_line(to, depth, began, member->comment);
}

static void write_labels(FILE *to, const struct type *type, size_t arm, int depth)
{
	const struct type *by = type->discriminant.type;

	for (size_t i = 0; i < type->label_count; i++) {
		const char *name = contract_enumerator(by, type->labels[i].value);

		if (type->labels[i].arm != arm)
			continue;
		begin_line(to, depth);
		if (by->kind == TYPE_BOOL)
			fprintf(to, "case %s:", type->labels[i].value ? "TRUE" : "FALSE");
		else if (name)
			fprintf(to, "case %s:", name);
		else
			fprintf(to, "case %" PRId64 ":", type->labels[i].value);
		end_line(to, depth, 0, NULL);
	}
	if (type->otherwise == &type->members[arm]) {
		begin_line(to, depth);
		fputs("default:", to);
		end_line(to, depth, 0, NULL);
	}
}

static void write_arms(FILE *to, const struct type *type, int depth)
{
	for (size_t i = 0; i < type->member_count; i++) {
		write_labels(to, type, i, depth);
		write_member(to, &type->members[i], depth < 0 ? depth : depth + 1);
	}
}

static void write_body(FILE *to, const struct type *type, int depth)
{
	int deeper = depth < 0 ? depth : depth + 1;

	if (type->kind == TYPE_UNION) {
		fputs(" switch (", to);
		declaration_write(to, type->discriminant.type, type->discriminant.name);
		fputc(')', to);
	}
	fputs(depth < 0 ? " {" : " {\n", to);
	if (type->kind == TYPE_ENUM)
		write_enumerators(to, type, deeper);
	else if (type->kind == TYPE_UNION)
		write_arms(to, type, depth);
	else
		for (size_t i = 0; i < type->member_count; i++)
			write_member(to, &type->members[i], deeper);
	fputs(depth < 0 ? " }" : "}", to);
}

void definition_write(FILE *to, const struct type *type)
{
	bool composed = type->kind == TYPE_ENUM || type->kind == TYPE_STRUCT ||
			type->kind == TYPE_UNION;

	if (type->comment)
		comment_write(to, type->comment);
	if (composed) {
		fprintf(to, "%s %s", word_of(type), type->name);
		write_body(to, type, 0);
	} else {
		fputs("typedef ", to);
		write_parts(to, type, type->name);
	}
	fputs(";\n", to);
}
