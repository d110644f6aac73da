/*
 * JSON as text: what jansson writes, but for numbers, which have the fewest figures, and control
 * characters, all of which are escaped: a terminal may act on those from U+007F on, too.
 */
#include "client/json_write.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/shortest.h"

json_t *json_double(double number)
{
	char text[SHORTEST_ROOM];

	shortest(number, text);
	if (!isfinite(number))
		return json_string(text);
	/* All figures of a whole number; but no integer is -0. */
	if (text[strspn(text, "-0123456789")] == '\0' && strcmp(text, "-0") != 0)
		return json_integer(strtoll(text, NULL, 10));
	return json_real(number);
}

/* Text being written, and how deep in it we are. */
struct writing {
	FILE *file;
	int indent, depth;
};

static void write_value(struct writing *writing, const json_t *value);

static void write_real(FILE *file, double number)
{
	char text[SHORTEST_ROOM];

	fputs(shortest(number, text), file);
	if (!strpbrk(text, ".e"))
		fputs(".0", file);
}

/* jansson escapes what JSON demands: those below U+0020. */
static void write_string(FILE *file, const json_t *string)
{
	char *text = json_dumps(string, JSON_ENCODE_ANY);

	for (const unsigned char *c = (unsigned char *)text; c && *c; c++)
		if (*c == 0x7f)
			fputs("\\u007f", file);
		else if (*c == 0xc2 && c[1] < 0xa0)
			fprintf(file, "\\u00%02x", *++c);
		else
			putc(*c, file);
	free(text);
}

static void write_key(FILE *file, const char *key, int indent)
{
	json_t *string = json_string_nocheck(key);

	write_string(file, string);
	fputs(indent ? ": " : ":", file);
	json_decref(string);
}

static void begin_line(const struct writing *writing)
{
	if (writing->indent)
		fprintf(writing->file, "\n%*s", writing->indent * writing->depth, "");
}

static void write_object(struct writing *writing, const json_t *object)
{
	const char *key, *comma = "";
	json_t *value;

	json_object_foreach ((json_t *)object, key, value) {
		fputs(comma, writing->file);
		begin_line(writing);
		write_key(writing->file, key, writing->indent);
		write_value(writing, value);
		comma = ",";
	}
}

static void write_array(struct writing *writing, const json_t *array)
{
	const json_t *value;
	size_t i;

	json_array_foreach (array, i, value) {
		fputs(i ? "," : "", writing->file);
		begin_line(writing);
		write_value(writing, value);
	}
}

static void write_container(struct writing *writing, const json_t *value)
{
	bool is_object = json_is_object(value);

	putc(is_object ? '{' : '[', writing->file);
	writing->depth++;
	if (is_object)
		write_object(writing, value);
	else
		write_array(writing, value);
	writing->depth--;
	if (json_object_size(value) || json_array_size(value))
		begin_line(writing);
	putc(is_object ? '}' : ']', writing->file);
}

static void write_value(struct writing *writing, const json_t *value)
{
	if (json_is_real(value))
		write_real(writing->file, json_real_value(value));
	else if (json_is_object(value) || json_is_array(value))
		write_container(writing, value);
	else if (json_is_string(value))
		write_string(writing->file, value);
	else
		json_dumpf(value, writing->file, JSON_ENCODE_ANY);
}

void json_write(FILE *file, const json_t *value, int indent)
{
	struct writing writing = { .file = file, .indent = indent };

	write_value(&writing, value);
}

char *json_written(const json_t *value, int indent)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	json_write(file, value, indent);
	if (fclose(file) == 0)
		return text;
	free(text);
	return NULL;
}
