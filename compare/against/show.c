/* How it is shown what became better, and what became worse. */
#include <stdio.h>
#include <stdlib.h>

#include "compare/against/show.h"
#include "compare/show/table.h"
#include "compare/show/paragraph.h"

static const struct column columns[] = {
	COLUMN(figure), COLUMN(old), COLUMN(new), COLUMN(verdict), { 0 },
};

static long long count_of(const json_t *against, const struct figure *change)
{
	return figure_integer(against, change);
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
	const char *date = figure_text(against, &figures.old_date);

	fprintf(to,
		"Against the comparison of %s: %lld figures better, %lld worse, %lld the same "
		"within their margin.",
		*date ? date : "an unknown date", count_of(against, &figures.better),
		count_of(against, &figures.worse), count_of(against, &figures.tied));
	if (count_of(against, &figures.gone))
		fprintf(to, " %lld that the old one has are gone, which counts as worse.",
			count_of(against, &figures.gone));
	if (count_of(against, &figures.noisy))
		fprintf(to, " %lld too noisy to tell.", count_of(against, &figures.noisy));
	if (count_of(against, &figures.unjudged))
		fprintf(to,
			" %lld are left to chance and not judged: rates not on one CPU, single "
			"runs by udp.",
			count_of(against, &figures.unjudged));
}

/* A few sentences.  To be freed; NULL when out of memory. */
static char *summary_of(const json_t *against)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	say_counts(against, to);
	say_parts(figure_get(against, &figures.only_old), "old", to);
	say_parts(figure_get(against, &figures.only_new), "new", to);
	if (!json_is_true(figure_get(against, &figures.same_machine)))
		fputs(" It was made on another machine, or with other versions.", to);
	if (!json_is_true(figure_get(against, &figures.same_length)))
		fputs(" One of the two is a quick one.", to);
	return fclose(to) == 0 ? text : NULL;
}

void against_print(const json_t *against, const struct text *out)
{
	const json_t *rows = figure_get(against, &figures.rows);
	char *text = summary_of(against);

	if (text)
		paragraph_print(out, "", 0, PARAGRAPH_WIDTH, text);
	free(text);
	if (json_array_size(rows))
		table_print(out, rows, columns);
}

void against_write(struct place against, struct html *html)
{
	char *text = summary_of(against.value);

	if (text)
		html_element(html, "p", "%s", text);
	free(text);
	if (json_array_size(figure_get(against.value, &figures.rows)))
		html_table(html, "What is better, worse or gone",
			   place_member(against, &figures.rows), columns);
}
