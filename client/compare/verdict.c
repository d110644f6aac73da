/* What follows from a comparison's figures, in words. */
#include "client/compare/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/compare/part.h"
#include "client/json.h"

#define WIDTH 96 /* columns of a sentence on a terminal */

/* ---- what parts say ---- */

static void add_text(json_t *object, const char *key, const char *format, va_list arguments)
{
	char *text = NULL;

	if (vasprintf(&text, format, arguments) < 0)
		return;
	json_set_bytes(object, key, text);
	free(text);
}

void verdict_say(struct verdict *verdict, const char *format, ...)
{
	json_t *object = json_object();
	va_list arguments;

	va_start(arguments, format);
	add_text(object, "sentence", format, arguments);
	va_end(arguments);
	json_array_append(verdict->sentences, json_object_get(object, "sentence"));
	json_decref(object);
}

void verdict_choose(struct verdict *verdict, const char *choose, const char *when,
		    const char *format, ...)
{
	json_t *object = json_pack("{s:s,s:s}", "choose", choose, "when", when);
	va_list arguments;

	va_start(arguments, format);
	add_text(object, "because", format, arguments);
	va_end(arguments);
	json_array_append_new(verdict->choices, object);
}

int verdict_order(const struct verdict_figure *one, const struct verdict_figure *other)
{
	double spread = fmax(one->high - one->low, other->high - other->low);

	if (fabs(one->value - other->value) <= spread)
		return 0;
	return one->value < other->value ? -1 : 1;
}

json_t *verdict_make(const json_t *document)
{
	struct verdict verdict = { json_array(), json_array() };

	for (const struct part *const *part = parts; *part; part++) {
		const json_t *object = json_object_get(document, (*part)->name);

		if (json_is_object(object) && (*part)->judge)
			(*part)->judge(object, &verdict);
	}
	return json_pack("{s:o,s:o}", "sentences", verdict.sentences, "choices", verdict.choices);
}

/* ---- shown ---- */

static const struct column columns[] = {
	{ "choose", "choose", FIGURE_TEXT },
	{ "when", "when", FIGURE_TEXT },
	{ "because", "because", FIGURE_TEXT },
	{ 0 },
};

/* Prints words, with line breaks between them where a line is full. */
static void print_words(const struct text *out, const char *indent, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (column && column + 1 + length > WIDTH - strlen(indent)) {
			putc('\n', out->file);
			column = 0;
		}
		fputs(column ? " " : indent, out->file);
		fwrite(text, 1, length, out->file);
		column += length + (column > 0);
		text += length;
		text += strspn(text, " ");
	}
	putc('\n', out->file);
}

static void print_safely(const struct text *out, const char *indent, const json_t *string)
{
	char *text = text_escaped(out, json_is_string(string) ? json_string_value(string) : "");

	print_words(out, indent, text ? text : "");
	free(text);
}

void verdict_print(const json_t *verdict, const struct text *out)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(verdict, "sentences"), i, item)
		print_safely(out, "", item);
	json_array_foreach (json_object_get(verdict, "choices"), i, item) {
		fputs(i ? "" : "\n", out->file);
		fputs("Choose ", out->file);
		text_name(out, json_string_value(json_object_get(item, "choose")) ?: "");
		fputs(" when ", out->file);
		text_name(out, json_string_value(json_object_get(item, "when")) ?: "");
		fputs(":\n", out->file);
		print_safely(out, "  ", json_object_get(item, "because"));
	}
}

void verdict_write(const json_t *verdict, struct html *html)
{
	const json_t *choices = json_object_get(verdict, "choices"), *sentence;
	size_t i;

	json_array_foreach (json_object_get(verdict, "sentences"), i, sentence)
		if (json_is_string(sentence))
			html_element(html, "p", "%s", json_string_value(sentence));
	if (json_array_size(choices))
		html_table(html, "Choose … when …", "/verdict/choices", choices, columns);
}
