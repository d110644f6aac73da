/* Plots of bars, from zero to the right: groups of them side by side, or stacked. */
#include <math.h>

#include "compare/show/svg_draw.h"
#include "common/shortest.h"
#include "common/text.h"

#define PITCH     18 /* from one bar to the next */
#define THICK     13
#define GAP       8   /* between groups */
#define MAX_LABEL 24  /* characters of a group's name; the rest is in its title */
#define WHISKER   1.5 /* times the longest bar: as far as a spread is drawn */
#define MAX_VALUE 13  /* characters of what stands behind a bar */

/* What is drawn, and where. */
struct bars {
	struct html *html;
	const char *const *series;
	size_t count;
	bool stacked;
	double scale, left, top, bottom;
	double room; /* for spreads: a single round may be a hundred times the others */
	struct svg_map map;
};

static size_t count_characters(const char *text)
{
	size_t count = 0;

	for (; *text; count++) {
		size_t length = text_character(text);

		text += length ? length : 1;
	}
	return count;
}

/* Whether it is a number that can be drawn. */
static bool can_draw(const struct bars *bars, const struct svg_value *value)
{
	const struct svg_map linear = { .spread = SVG_LINEAR };

	return value->known && svg_can_place(&linear, value->value * bars->scale);
}

static double group_total(const struct bars *bars, const struct svg_group *group)
{
	double total = 0;

	for (size_t i = 0; i < bars->count; i++)
		total += can_draw(bars, &group->values[i]) ? group->values[i].value : 0;
	return total;
}

/* How far a bar goes with its spread, of which the plot has room for so much. */
static double reach_of(const struct bars *bars, const struct svg_value *value)
{
	return fmax(value->value, fmin(value->high, bars->room));
}

/* The longest bar, with its spread. */
static double group_reach(const struct bars *bars, const struct svg_group *group)
{
	double reach = 0;

	if (bars->stacked)
		return group_total(bars, group);
	for (size_t i = 0; i < bars->count; i++)
		if (can_draw(bars, &group->values[i]))
			reach = fmax(reach, reach_of(bars, &group->values[i]));
	return reach;
}

static double group_height(const struct bars *bars)
{
	return (double)(bars->stacked ? 1 : bars->count) * PITCH + GAP;
}

/* ---- one group ---- */

static void draw_label(const struct bars *bars, const char *name, double y)
{
	char shortened[4 * MAX_LABEL + 8];
	const char *end = name;

	if (count_characters(name) <= MAX_LABEL) {
		svg_text(bars->html, bars->left - 8, y, "end", name);
		return;
	}
	for (int i = 0; i < MAX_LABEL - 1; i++) {
		size_t length = text_character(end);

		end += length ? length : 1;
	}
	snprintf(shortened, sizeof(shortened), "%.*s\xe2\x80\xa6", (int)(end - name), name);
	svg_text(bars->html, bars->left - 8, y, "end", shortened);
}

static void draw_bar(const struct bars *bars, size_t series, double from, double value, double y)
{
	double x = svg_place(&bars->map, from), width = svg_place(&bars->map, from + value) - x;
	char exact[SHORTEST_ROOM];

	html_markup(bars->html,
		    "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%d\" "
		    "fill=\"var(--%s)\" data-value=\"%s\" data-series=\"",
		    x, y, width, THICK, svg_colour(bars->series[series], series),
		    shortest(value, exact));
	html_text(bars->html, bars->series[series]);
	html_markup(bars->html, "\"/>\n");
	svg_hatch(bars->html, series, x, y, width, THICK);
}

/* First what sets it off from the bar behind it. */
static void draw_spread(const struct bars *bars, const struct svg_value *value, double y)
{
	static const char *const classes[] = { "halo", "spread" };
	double low = svg_place(&bars->map, value->low);
	double high = svg_place(&bars->map, reach_of(bars, value));
	bool beyond = value->high > bars->room;

	if (value->high > value->low)
		for (int i = 0; i < 2; i++)
			html_markup(bars->html,
				    "<path class=\"%s%s\" d=\"M%.2f %.1fh0v8m0 -4H%.2f%s\" "
				    "fill=\"none\"/>\n",
				    classes[i], beyond ? " beyond" : "", low, y + 3, high,
				    beyond ? "l-5 -4m5 4l-5 4" : "m0 -4v8");
}

/* The number behind a bar, and what is to be added to it.  A stack is counted, so it may be whole.
 */
static void draw_number(const struct bars *bars, double reach, double number, const char *more,
			double y)
{
	char digits[FIGURE_ROOM], text[2 * FIGURE_ROOM + 16];

	if (bars->stacked && number * bars->map.scale == floor(number * bars->map.scale))
		snprintf(digits, sizeof(digits), "%.0f", number * bars->map.scale);
	else
		svg_figure(number, bars->map.scale, digits);
	snprintf(text, sizeof(text), "%s%s", digits, more);
	svg_text(bars->html, svg_place(&bars->map, reach) + 6, y + 12, "start", text);
}

/* Of a spread that goes on beyond the plot: how far. */
static void name_beyond(const struct bars *bars, const struct svg_value *value,
			char more[FIGURE_ROOM + 8])
{
	char digits[FIGURE_ROOM];

	more[0] = '\0';
	if (value->high > bars->room)
		snprintf(more, FIGURE_ROOM + 8, ", to %s",
			 svg_figure(value->high, bars->map.scale, digits));
}

static void draw_pair(const struct bars *bars, const struct svg_group *group, double y)
{
	for (size_t i = 0; i < bars->count; i++, y += PITCH) {
		const struct svg_value *value = &group->values[i];
		char more[FIGURE_ROOM + 8];

		if (!can_draw(bars, value)) {
			svg_text(bars->html, bars->left + 6, y + 12, "start",
				 value->none ? "none" : "not known");
			continue;
		}
		draw_bar(bars, i, 0, value->value, y);
		draw_spread(bars, value, y);
		name_beyond(bars, value, more);
		draw_number(bars, reach_of(bars, value), value->value, more, y);
	}
}

/* What is not known is left out of a stack, whose number then says so. */
static void draw_stack(const struct bars *bars, const struct svg_group *group, double y)
{
	bool complete = true;
	double from = 0;

	for (size_t i = 0; i < bars->count; i++) {
		bool known = can_draw(bars, &group->values[i]);

		complete = complete && (known || group->values[i].none);
		if (!known || group->values[i].value <= 0)
			continue;
		draw_bar(bars, i, from, group->values[i].value, y);
		from += group->values[i].value;
	}
	draw_number(bars, from, from, complete ? "" : " + ?", y);
}

static void draw_group(const struct bars *bars, const struct svg_group *group, double y)
{
	html_markup(bars->html, "<g data-group=\"");
	html_text(bars->html, group->name);
	html_markup(bars->html, "\">\n");
	draw_label(bars, group->name, y + 12);
	if (bars->stacked)
		draw_stack(bars, group, y);
	else
		draw_pair(bars, group, y);
	html_markup(bars->html, "</g>\n");
}

/* ---- in words ---- */

/* The least and the most of a series, and where they are; nothing when none is known. */
static void describe_series(const struct bars *bars, size_t series, const struct svg_group *groups,
			    size_t count)
{
	const struct svg_group *least = NULL, *most = NULL;
	char low[FIGURE_ROOM], high[FIGURE_ROOM];

	for (size_t i = 0; i < count; i++) {
		double value = groups[i].values[series].value;

		if (!can_draw(bars, &groups[i].values[series]))
			continue;
		if (!least || value < least->values[series].value)
			least = &groups[i];
		if (!most || value > most->values[series].value)
			most = &groups[i];
	}
	if (!least)
		return;
	svg_figure(least->values[series].value, bars->scale, low);
	svg_figure(most->values[series].value, bars->scale, high);
	html_markup(bars->html, " ");
	html_text(bars->html, bars->series[series]);
	html_markup(bars->html, ": from %s (", low);
	html_text(bars->html, least->name);
	html_markup(bars->html, ") to %s (", high);
	html_text(bars->html, most->name);
	html_markup(bars->html, ").");
}

/* ---- all of them ---- */

static void lay_out(struct bars *bars, const struct svg_axis *axis, const struct svg_group *groups,
		    size_t count)
{
	struct svg_axis linear = { axis->title, SVG_LINEAR, axis->scale };
	double reach = 0;
	size_t label = 4;

	bars->scale = axis->scale;
	for (size_t i = 0; i < count; i++)
		reach = fmax(reach, group_reach(bars, &groups[i])); /* of bars alone */
	bars->room = WHISKER * reach;
	for (size_t i = 0; i < count; i++) {
		size_t length = count_characters(groups[i].name);

		label = length > label ? length : label;
		reach = fmax(reach, group_reach(bars, &groups[i]));
	}
	label = label < MAX_LABEL ? label : MAX_LABEL;
	bars->left = (double)label * SVG_CHARACTER + 10;
	bars->top = svg_legend_height(bars->series, bars->count);
	bars->bottom = bars->top + GAP + (double)count * group_height(bars);
	svg_map_init(&bars->map, &linear, 0, reach, bars->left,
		     SVG_WIDTH - MAX_VALUE * SVG_CHARACTER);
}

void svg_bars(struct html *html, const struct svg_words *words, const struct svg_axis *axis,
	      bool stacked, const char *const series[], size_t count,
	      const struct svg_group *groups, size_t group_count)
{
	struct bars all = { .html = html, .series = series, .stacked = stacked }, *bars = &all;

	bars->count = count < SVG_MAX_SERIES ? count : SVG_MAX_SERIES;
	lay_out(bars, axis, groups, group_count);
	svg_begin(bars->html, words, bars->bottom + 2 * SVG_LINE + 10);
	for (size_t i = 0; i < bars->count; i++)
		describe_series(bars, i, groups, group_count);
	svg_described(bars->html);
	svg_legend(bars->html, false, bars->series, bars->count);
	svg_draw_x(bars->html, &bars->map, &(struct svg_axis){ axis->title, SVG_LINEAR, 0 },
		   bars->top, bars->bottom);
	for (size_t i = 0; i < group_count; i++)
		draw_group(bars, &groups[i], bars->top + GAP + (double)i * group_height(bars));
	html_markup(bars->html,
		    "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
		    bars->left, bars->left, bars->top, bars->bottom);
	svg_end(bars->html);
}
