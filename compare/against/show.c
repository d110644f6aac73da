/* How it is shown what became better, and what became worse. */
#include <stdio.h>
#include <stdlib.h>

#include "compare/against/against.h"
#include "compare/against/change.h"
#include "compare/show/paragraph.h"
#include "client/json.h"

static const struct column columns[] = {
	{ "figure", "figure", FIGURE_TEXT },
	{ "old", "old", FIGURE_COUNT },
	{ "new", "new", FIGURE_COUNT },
	{ "verdict", "verdict", FIGURE_TEXT },
	{ 0 },
};

static long long count_of(const json_t *against, enum change change)
{
	return json_integer_value(json_object_get(against, change_name(change)));
}

/* " Only the old one has bytes, time." */
static void say_parts(const json_t *names, const char *which, FILE *to)
{
	const json_t *name;
	size_t i;

	json_array_foreach (names, i, name)
		if (i)
			fprintf(to, ", %s", json_string_value(name));
		else
			fprintf(to, " Only the %s one has %s", which, json_string_value(name));
	fputs(json_array_size(names) ? "." : "", to);
}

static void say_counts(const json_t *against, FILE *to)
{
	const char *date = json_text(against, "old_date");

	fprintf(to,
		"Against the comparison of %s: %lld figures better, %lld worse, %lld the same "
		"within their margin.",
		*date ? date : "an unknown date", count_of(against, CHANGE_BETTER),
		count_of(against, CHANGE_WORSE), count_of(against, CHANGE_TIED));
	if (count_of(against, CHANGE_GONE))
		fprintf(to, " %lld that the old one has are gone, which counts as worse.",
			count_of(against, CHANGE_GONE));
	if (count_of(against, CHANGE_NOISY))
		fprintf(to, " %lld too noisy to tell.", count_of(against, CHANGE_NOISY));
	if (count_of(against, CHANGE_UNJUDGED))
		fprintf(to,
			" %lld are left to chance and not judged: rates not on one CPU, single "
			"runs by udp.",
			count_of(against, CHANGE_UNJUDGED));
}

/* A few sentences.  To be freed; NULL when out of memory. */
static char *summary(const json_t *against)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	say_counts(against, to);
	say_parts(json_object_get(against, "only_old"), "old", to);
	say_parts(json_object_get(against, "only_new"), "new", to);
	if (!json_is_true(json_object_get(against, "same_machine")))
		fputs(" It was made on another machine, or with other versions.", to);
	if (!json_is_true(json_object_get(against, "same_length")))
		fputs(" One of the two is a quick one.", to);
	return fclose(to) == 0 ? text : NULL;
}

void against_print(const json_t *against, const struct text *out)
{
	const json_t *rows = json_object_get(against, "rows");
	char *text = summary(against);

	if (text)
		paragraph_print(out, "", 0, text);
	free(text);
	if (json_array_size(rows))
		grid_print(out, rows, columns);
}

void against_write(const json_t *against, struct html *html)
{
	const json_t *rows = json_object_get(against, "rows");
	char *text = summary(against);

	if (text)
		html_element(html, "p", "%s", text);
	free(text);
	if (json_array_size(rows))
		html_table(html, "What is better, worse or gone", "/against/rows", rows, columns);
}
