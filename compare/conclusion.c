/* What follows from a document: what all its parts say, and the answer that is made of it. */
#include "compare/conclusion.h"

#include <stdlib.h>

#include "compare/part/verdict.h"
#include "compare/parts.h"
#include "compare/show/paragraph.h"

#define WIDTH 96 /* columns of a sentence on a terminal */

/* ---- the answer ---- */

/* What a way is chosen for: "Choose RPC for this, that and that".  How much there is of it. */
static size_t list_gains(const json_t *gains, const char *way, const char *before, FILE *to)
{
	size_t i, count = 0, said = 0;
	const json_t *gain;

	json_array_foreach (gains, i, gain)
		count += figure_is(gain, &figures.way, way);
	json_array_foreach (gains, i, gain)
		if (figure_is(gain, &figures.way, way)) {
			fprintf(to, "%s%s",
				said == 0          ? before
				: said < count - 1 ? ", "
						   : " and ",
				figure_text(gain, &figures.what));
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

json_t *conclusion_make(const json_t *document)
{
	struct verdict verdict = { .sentences = json_array(),
				   .choices = json_array(),
				   .gains = json_array() };
	json_t *answer;

	for (const struct part *const *part = parts; *part; part++) {
		const json_t *object = figure_get(document, (*part)->figure);

		verdict.part = (*part)->figure->key;
		verdict.first = json_array_size(verdict.sentences);
		verdict.most = 0;
		if (json_is_object(object) && (*part)->judge)
			(*part)->judge(object, &verdict);
	}
	answer = answer_of(verdict.gains);
	json_decref(verdict.gains);
	return json_pack("{s:o*,s:o,s:o}", KEY(answer), answer, KEY(sentences), verdict.sentences,
			 KEY(choices), verdict.choices);
}

/* ---- shown ---- */

static const struct column columns[] = {
	COLUMN(choose),
	COLUMN(when),
	COLUMN(because),
	{ 0 },
};

void conclusion_print(const json_t *verdict, const struct text *out)
{
	const json_t *item;
	size_t i;

	if (figure_get(verdict, &figures.answer)) {
		paragraph_print(out, "", 0, WIDTH, figure_text(verdict, &figures.answer));
		putc('\n', out->file);
	}
	json_array_foreach (figure_get(verdict, &figures.sentences), i, item)
		paragraph_print(out, "", 0, WIDTH, figure_text(item, &figures.sentence));
	json_array_foreach (figure_get(verdict, &figures.choices), i, item) {
		fputs(i ? "" : "\n", out->file);
		fputs("Choose ", out->file);
		text_name(out, figure_text(item, &figures.choose));
		fputs(" when ", out->file);
		text_name(out, figure_text(item, &figures.when));
		fputs(":\n", out->file);
		paragraph_print(out, "  ", 2, WIDTH, figure_text(item, &figures.because));
	}
}

/* ---- in the report ---- */

void conclusion_write_answer(const json_t *verdict, struct html *html)
{
	if (figure_get(verdict, &figures.answer))
		html_element(html, "p class=\"answer\"", "%s",
			     figure_text(verdict, &figures.answer));
}

void conclusion_write_choices(struct place verdict, struct html *html)
{
	const struct place choices = place_member(verdict, &figures.choices);

	if (!json_array_size(choices.value))
		return;
	html_markup(html, "<div class=\"cards\">\n");
	html_table(html, "What to choose, and when", choices, columns);
	html_markup(html, "</div>\n");
}

void conclusion_write_said(const json_t *verdict, const char *part, bool first, struct html *html)
{
	const json_t *item;
	size_t i, said = 0;

	json_array_foreach (figure_get(verdict, &figures.sentences), i, item) {
		if (!figure_is(item, &figures.part, part))
			continue;
		said++;
		if ((said == 1) != first)
			continue;
		html_markup(html, "%s", said == 2 ? "<ul class=\"said\">\n" : "");
		html_element(html, first ? "p class=\"finding\"" : "li", "%s",
			     figure_text(item, &figures.sentence));
	}
	html_markup(html, "%s", !first && said > 1 ? "</ul>\n" : "");
}
