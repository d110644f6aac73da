/* What follows from a comparison's figures, in words. */
#include "compare/part/verdict.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "compare/part/part.h"
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
	json_t *object = json_pack("{s:s*}", "part", verdict->part);
	va_list arguments;

	va_start(arguments, format);
	add_text(object, "sentence", format, arguments);
	va_end(arguments);
	json_array_append_new(verdict->sentences, object);
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

static bool number_of(const json_t *row, const char *key, const char *ending, double *number)
{
	char name[64];
	const json_t *value;

	snprintf(name, sizeof(name), "%s%s", key, ending);
	value = json_object_get(row, name);
	*number = json_number_value(value);
	return json_is_number(value);
}

bool verdict_figure_of(const json_t *row, const char *key, struct verdict_figure *figure)
{
	return number_of(row, key, "", &figure->value) &&
	       number_of(row, key, "_low", &figure->low) &&
	       number_of(row, key, "_high", &figure->high) && rounds_of(row, key, &figure->rounds);
}

json_t *verdict_make(const json_t *document)
{
	struct verdict verdict = { json_array(), json_array(), NULL };

	for (const struct part *const *part = parts; *part; part++) {
		const json_t *object = json_object_get(document, (*part)->name);

		verdict.part = (*part)->name;
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
		print_safely(out, "", json_object_get(item, "sentence"));
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

/* ---- in the report ---- */

/* A finding stands under its part's name, which leads there. */
static void write_finding(const struct part *part, const json_t *item, struct html *html)
{
	html_markup(html, "<dt><a href=\"#%s\">%.*s</a></dt>\n", part->name,
		    (int)strcspn(part->title, ":"), part->title);
	html_element(html, "dd", "%s", json_text(item, "sentence"));
}

void verdict_write_findings(const json_t *verdict, struct html *html)
{
	const char *last = "";
	const json_t *item;
	size_t i;

	html_markup(html, "<dl class=\"findings\">\n");
	json_array_foreach (json_object_get(verdict, "sentences"), i, item) {
		const char *name = json_text(item, "part");
		const struct part *part = part_find(name);

		if (part && strcmp(name, last) != 0)
			write_finding(part, item, html);
		last = name;
	}
	html_markup(html, "</dl>\n");
}

void verdict_write_choices(const json_t *verdict, struct html *html)
{
	const json_t *choices = json_object_get(verdict, "choices");

	if (!json_array_size(choices))
		return;
	html_markup(html, "<div class=\"cards\">\n");
	html_table(html, "Choose … when …", "/verdict/choices", choices, columns);
	html_markup(html, "</div>\n");
}

void verdict_write_part(const json_t *verdict, const char *part, struct html *html)
{
	bool any = false;
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(verdict, "sentences"), i, item) {
		if (strcmp(json_text(item, "part"), part) != 0)
			continue;
		html_markup(html, "%s", any ? "" : "<ul class=\"said\">\n");
		html_element(html, "li", "%s", json_text(item, "sentence"));
		any = true;
	}
	html_markup(html, "%s", any ? "</ul>\n" : "");
}
