/* The document of a comparison: made from its parts, and shown. */
#include "compare/document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/failures.h"
#include "compare/against/show.h"
#include "compare/conclusion.h"
#include "compare/show/html.h"
#include "compare/machine.h"
#include "compare/time/time.h"
#include "compare/time/plots.h"
#include "compare/parts.h"
#include "compare/schema.h"

#define TITLE    "RPC and raw messages, compared"
#define KEEP_ONE "Keep one with  sidecall --json compare >FILE"

/* ---- which parts ---- */

/* The next name of a list: its length, with the list moved behind it; 0 at its end. */
static size_t next_name(const char **list)
{
	size_t length;

	*list += strspn(*list, ",");
	length = strcspn(*list, ",");
	*list += length;
	return length;
}

static bool is_wanted(const char *only, const char *name)
{
	size_t length;

	if (!only)
		return true;
	while ((length = next_name(&only)))
		if (length == strlen(name) && strncmp(only - length, name, length) == 0)
			return true;
	return false;
}

bool document_names_parts(const char *only, char unknown[64])
{
	size_t length;

	snprintf(unknown, 64, "%s", "");
	while ((length = next_name(&only))) {
		snprintf(unknown, 64, "%.*s", (int)length, only - length);
		if (!part_find(unknown))
			return false;
	}
	return unknown[0] != '\0';
}

/* ---- made ---- */

static json_t *frame_of(const struct comparison *comparison)
{
	time_t now = time(NULL);
	struct tm utc;
	char date[32];

	gmtime_r(&now, &utc);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_pack("{s:s,s:s,s:b,s:o}", KEY(sidecall), SIDECALL_VERSION, KEY(date), date,
			 KEY(quick), comparison->quick, KEY(machine), machine_facts());
}

json_t *document_make(struct comparison *comparison, const char *only, struct failure *failure)
{
	json_t *document = frame_of(comparison);

	for (const struct part *const *part = parts; *part; part++) {
		json_t *object;

		if (!is_wanted(only, (*part)->figure->key))
			continue;
		comparison->part = *part;
		object = comparison->stopped() ? comparison_interrupted(failure)
					       : (*part)->run(comparison, failure);
		if (!object) {
			json_decref(document);
			return NULL;
		}
		figure_set(document, (*part)->figure, object);
	}
	figure_set(document, &figures.verdict, conclusion_make(document));
	return document;
}

/* What follows is said anew: it must not contradict the figures, whoever has changed them. */
static void conclude_anew(json_t *document)
{
	figure_set(document, &figures.verdict, conclusion_make(document));
	json_object_del(document, KEY(against));
}

int document_adopt(json_t *document, const char *name, struct failure *failure)
{
	char *complaint = schema_complaint(document);

	if (!complaint) {
		conclude_anew(document);
		return 0;
	}
	failure_set(failure, FAILURE_DATA, "%.100s is no comparison: %.160s", name, complaint);
	failure_advise(failure, KEEP_ONE);
	free(complaint);
	return FAILURE_DATA;
}

json_t *document_read(const char *path, struct failure *failure)
{
	FILE *file = fopen(path, "r");
	json_error_t error;
	json_t *document;

	if (!file) {
		failure_set(failure, FAILURE_SYSTEM, "cannot read %.200s: %s", path,
			    strerror(errno));
		return NULL;
	}
	document = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	fclose(file);
	if (!document) {
		failure_set(failure, FAILURE_DATA, "%.100s is no comparison: %.160s", path,
			    error.text);
		failure_advise(failure, KEEP_ONE);
	} else if (document_adopt(document, path, failure)) {
		json_decref(document);
		document = NULL;
	}
	return document;
}

/* ---- shown ---- */

static void print_title(const struct text *out, const char *title)
{
	fprintf(out->file, "\n%s\n", title);
	for (const char *c = title; *c; c++)
		putc('-', out->file);
	fputs("\n\n", out->file);
}

static void print_command(const struct text *out, const char *before, const json_t *command)
{
	fputs(before, out->file);
	text_name(out, json_is_string(command) ? json_string_value(command) : "");
	putc('\n', out->file);
}

/* What repeats a part; and what there has to be for the commands of its single figures. */
static void print_commands(const struct text *out, const json_t *part)
{
	const json_t *prepare = figure_get(part, &figures.prepare), *command;
	size_t i;

	print_command(out, "\nRepeat it: ", figure_get(part, &figures.command));
	if (json_array_size(prepare))
		fputs("Each figure has a command of its own (--json shows it), for servers that "
		      "are started so:\n",
		      out->file);
	json_array_foreach (prepare, i, command)
		print_command(out, "  ", command);
}

static void print_all(const json_t *document, const struct text *out)
{
	const json_t *against = figure_get(document, &figures.against);

	machine_print(document, out);
	for (const struct part *const *part = parts; *part; part++) {
		const json_t *object = figure_get(document, (*part)->figure);

		if (!json_is_object(object))
			continue;
		print_title(out, (*part)->title);
		(*part)->print(object, out);
		print_commands(out, object);
	}
	print_title(out, "Verdict");
	conclusion_print(figure_get(document, &figures.verdict), out);
	if (!against)
		return;
	print_title(out, "Against an earlier comparison");
	against_print(against, out);
}

/* Line by line, for a line's end is escaped as well. */
static void print_safely(char *text, const struct text *out)
{
	char *line;

	while ((line = strsep(&text, "\n")) && text) {
		text_name(out, line);
		putc('\n', out->file);
	}
}

/* A document that somebody kept can say anything, and on a terminal that could do harm. */
void document_print(const json_t *document, const struct text *out)
{
	struct text memory = { .terminal = true };
	char *text = NULL;
	size_t size;

	if (!out->terminal) {
		print_all(document, out);
		return;
	}
	memory.file = open_memstream(&text, &size);
	if (!memory.file)
		return;
	print_all(document, &memory);
	if (fclose(memory.file) == 0)
		print_safely(text, out);
	free(text);
}

static void write_link(struct html *html, const char *name, const char *title)
{
	html_markup(html, "<li><a href=\"#%s\">%.*s</a></li>\n", name, (int)strcspn(title, ":"),
		    title);
}

static void write_contents(const json_t *document, struct html *html)
{
	html_markup(html, "<nav aria-label=\"Parts\"><ul>\n");
	for (const struct part *const *part = parts; *part; part++)
		if (json_is_object(figure_get(document, (*part)->figure)))
			write_link(html, (*part)->figure->key, (*part)->title);
	if (figure_get(document, &figures.against))
		write_link(html, KEY(against), "Against an earlier comparison");
	html_markup(html, "</ul></nav>\n");
}

/* Who reads one screen reads this: what to choose, beside the plot that most people come for. */
static void write_verdict(const json_t *document, struct html *html)
{
	const struct place verdict = place_member(place_of_document(document), &figures.verdict);
	const json_t *time = figure_get(document, &figures.time);

	html_markup(html, "<section id=\"verdict\" aria-label=\"What to choose, and when\">\n");
	conclusion_write_answer(verdict.value, html);
	if (time)
		html_answer_begin(html);
	conclusion_write_choices(verdict, html);
	if (time) {
		html_pair_next(html);
		time_plot_p50(time, html, PLACEMENT_ONE_CPU);
		html_element(html, "p class=\"note\"", "%s", time_spread);
		html_pair_end(html);
	}
	html_section_end(html);
}

static void write_part(const json_t *document, const struct part *part, struct html *html)
{
	const struct place object = place_member(place_of_document(document), part->figure);
	const json_t *verdict = figure_get(document, &figures.verdict);
	const char *name = part->figure->key;

	if (!json_is_object(object.value))
		return;
	html_section_begin(html, name, part->title);
	conclusion_write_said(verdict, name, true, html);
	part->write(object, html);
	html_fold_begin(html, part->more);
	conclusion_write_said(verdict, name, false, html);
	part->write_more(object, html);
	html_fold_end(html);
	html_command(html, object.value);
	html_section_end(html);
}

void document_write(const json_t *document, FILE *file)
{
	struct html html = { .file = file };
	const struct place against = place_member(place_of_document(document), &figures.against);

	html_begin(&html, TITLE);
	write_verdict(document, &html);
	machine_write(document, &html);
	write_contents(document, &html);
	for (const struct part *const *part = parts; *part; part++)
		write_part(document, *part, &html);
	if (against.value) {
		html_section_begin(&html, KEY(against), "Against an earlier comparison");
		against_write(against, &html);
		html_section_end(&html);
	}
	html_end(&html, document);
}
