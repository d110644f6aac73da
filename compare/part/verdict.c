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

void verdict_weigh(struct verdict *verdict, double weight)
{
	size_t last = json_array_size(verdict->sentences) - 1;
	json_t *sentence = json_array_get(verdict->sentences, last);

	if (weight <= verdict->most)
		return;
	verdict->most = weight;
	json_array_insert(verdict->sentences, verdict->first, sentence);
	json_array_remove(verdict->sentences, last + 1);
}

void verdict_gain(struct verdict *verdict, const char *way, const char *format, ...)
{
	json_t *object = json_pack("{s:s*}", "way", way);
	va_list arguments;

	va_start(arguments, format);
	add_text(object, "what", format, arguments);
	va_end(arguments);
	json_array_append_new(verdict->gains, object);
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

/* ---- the answer ---- */

/* What a way is chosen for: "Choose RPC for this, that and that".  How much there is of it. */
static size_t list_gains(const json_t *gains, const char *way, const char *before, FILE *to)
{
	size_t i, count = 0, said = 0;
	const json_t *gain;

	json_array_foreach (gains, i, gain)
		count += strcmp(json_text(gain, "way"), way) == 0;
	json_array_foreach (gains, i, gain)
		if (strcmp(json_text(gain, "way"), way) == 0) {
			fprintf(to, "%s%s",
				said == 0          ? before
				: said < count - 1 ? ", "
						   : " and ",
				json_text(gain, "what"));
			said++;
		}
	return count;
}

/* One sentence, or NULL where neither way gains anything. */
static json_t *answer_of(const json_t *gains)
{
	char *text = NULL;
	size_t size, count = 0;
	FILE *to = open_memstream(&text, &size);
	json_t *answer;

	if (!to)
		return NULL;
	count += list_gains(gains, "rpc", "Choose RPC for ", to);
	count += list_gains(gains, "raw",
			    count ? "; choose raw messages for " : "Choose raw messages for ", to);
	list_gains(gains, "", "; ", to);
	putc('.', to);
	fclose(to);
	answer = count && text ? json_string(text) : NULL;
	free(text);
	return answer;
}

json_t *verdict_make(const json_t *document)
{
	struct verdict verdict = { .sentences = json_array(),
				   .choices = json_array(),
				   .gains = json_array() };
	json_t *answer;

	for (const struct part *const *part = parts; *part; part++) {
		const json_t *object = json_object_get(document, (*part)->name);

		verdict.part = (*part)->name;
		verdict.first = json_array_size(verdict.sentences);
		verdict.most = 0;
		if (json_is_object(object) && (*part)->judge)
			(*part)->judge(object, &verdict);
	}
	answer = answer_of(verdict.gains);
	json_decref(verdict.gains);
	return json_pack("{s:o*,s:o,s:o}", "answer", answer, "sentences", verdict.sentences,
			 "choices", verdict.choices);
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

	if (json_object_get(verdict, "answer")) {
		print_safely(out, "", json_object_get(verdict, "answer"));
		putc('\n', out->file);
	}
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

void verdict_write_answer(const json_t *verdict, struct html *html)
{
	if (json_object_get(verdict, "answer"))
		html_element(html, "p class=\"answer\"", "%s", json_text(verdict, "answer"));
}

void verdict_write_choices(const json_t *verdict, struct html *html)
{
	const json_t *choices = json_object_get(verdict, "choices");

	if (!json_array_size(choices))
		return;
	html_markup(html, "<div class=\"cards\">\n");
	html_table(html, "What to choose, and when", "/verdict/choices", choices, columns);
	html_markup(html, "</div>\n");
}

/* What a part says, as elements of that kind: its first sentence, or the others.  `list` is around
 * them, where there are any. */
static void write_said(const json_t *verdict, const char *part, bool first, struct html *html)
{
	const json_t *item;
	size_t i, said = 0;

	json_array_foreach (json_object_get(verdict, "sentences"), i, item) {
		if (strcmp(json_text(item, "part"), part) != 0)
			continue;
		said++;
		if ((said == 1) != first)
			continue;
		html_markup(html, "%s", said == 2 ? "<ul class=\"said\">\n" : "");
		html_element(html, first ? "p class=\"finding\"" : "li", "%s",
			     json_text(item, "sentence"));
	}
	html_markup(html, "%s", !first && said > 1 ? "</ul>\n" : "");
}

void verdict_write_first(const json_t *verdict, const char *part, struct html *html)
{
	write_said(verdict, part, true, html);
}

void verdict_write_more(const json_t *verdict, const char *part, struct html *html)
{
	write_said(verdict, part, false, html);
}
