/* Rounds that are far from the others: a figure's range is explained where it would be doubted. */
#include <stdlib.h>
#include <string.h>

#include "compare/part/rounds.h"
#include "compare/time/time.h"

#define FAR 3 /* times the median of the rounds */

/* How many of a row's rounds are strays, and the most of them. */
static size_t count_strays(const json_t *row, double *most)
{
	double median = figure_number(row, &figures.p50_ns);
	struct rounds rounds;
	size_t count = 0;

	*most = 0;
	if (!rounds_of(row, &figures.p50_ns, &rounds))
		return 0;
	for (size_t i = 0; i < rounds.count; i++) {
		if (rounds.value[i] <= FAR * median)
			continue;
		*most = rounds.value[i] > *most ? rounds.value[i] : *most;
		count++;
	}
	return count;
}

void time_write_strays(const json_t *part, struct html *html, const char *placement)
{
	const json_t *row;
	bool any = false;
	size_t i;

	json_array_foreach (figure_get(part, &figures.latency), i, row) {
		double most;
		size_t strays = count_strays(row, &most);
		char room[FIGURE_ROOM];

		if (!strays || !figure_is(row, &figures.placement, placement))
			continue;
		html_markup(html, "%s",
			    any ? "; "
				: "<p class=\"note\">Far from the others (above three times the "
				  "median) were single rounds: ");
		html_markup(html, "%zu of ", strays);
		html_text(html, figure_text(row, &figures.endpoint));
		html_markup(html, ", up to %s \xc2\xb5s", number_text(most / 1e3, room));
		any = true;
	}
	html_markup(html, "%s", any ? ". What else ran in them is not known.</p>\n" : "");
}
