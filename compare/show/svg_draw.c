/* What all plots are drawn with: their frame, text, axes and legend. */
#include "compare/show/svg_draw.h"

#include <math.h>
#include <string.h>

#define SWATCH 30 /* a legend's mark and the space behind it */
#define GAP    10 /* below the legend */

/* ---- numbers on axes ---- */

static double spread_out(enum svg_spread spread, double number)
{
	switch (spread) {
	case SVG_LOGARITHM:
		return log10(number);
	case SVG_PERCENTILES:
		return -log10(1 - number / 100);
	default:
		return number;
	}
}

bool svg_can_place(const struct svg_map *map, double number)
{
	return isfinite(number) && fabs(number) <= SVG_MOST &&
	       (map->spread != SVG_LOGARITHM || number > 0) &&
	       (map->spread != SVG_PERCENTILES || (number >= 0 && number < 100));
}

double svg_place(const struct svg_map *map, double number)
{
	double out = spread_out(map->spread, number * map->scale);

	return map->from + (out - map->low) / (map->high - map->low) * (map->to - map->from);
}

static void add_tick(struct svg_map *map, double number)
{
	if (map->tick_count < SVG_MAX_TICKS)
		map->ticks[map->tick_count++] = number;
}

/* 1, 2 or 5 times a power of ten, for about five steps. */
static double step_for(double most)
{
	double power = pow(10, floor(log10(most / 5)));
	double times = most / 5 / power;

	return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static void map_linear(struct svg_map *map, double most)
{
	double step = step_for(most > 0 ? most : 1);
	int steps = (int)ceil(most / step - 1e-9);

	for (int i = 0; i <= (steps ? steps : 1); i++)
		add_tick(map, i * step);
	map->low = 0;
	map->high = map->ticks[map->tick_count - 1];
}

/* Whole decades; when there are few of them, with 2 and 5 between. */
static void map_logarithm(struct svg_map *map, double least, double most)
{
	int first = (int)floor(log10(least) + 1e-9), last = (int)ceil(log10(most) - 1e-9);

	if (last <= first)
		last = first + 1;
	for (int i = first; i <= last; i++) {
		add_tick(map, pow(10, i));
		if (last - first <= 2 && i < last) {
			add_tick(map, 2 * pow(10, i));
			add_tick(map, 5 * pow(10, i));
		}
	}
	map->low = first;
	map->high = last;
}

/* From the least there is, by way of the median.  Two numbers alone would not say how the axis is
 * spread. */
static void map_percentiles(struct svg_map *map, double least, double most)
{
	add_tick(map, least);
	if (least < 50)
		add_tick(map, 50);
	if (least > 50 && least < 95 && most <= 99)
		add_tick(map, 95);
	for (double rest = 10; 100 - rest * 10 < most && rest > 1e-5; rest /= 10)
		if (100 - rest > least)
			add_tick(map, 100 - rest);
	map->low = spread_out(SVG_PERCENTILES, least);
	map->high = spread_out(SVG_PERCENTILES, map->ticks[map->tick_count - 1]);
}

void svg_map_init(struct svg_map *map, const struct svg_axis *axis, double least, double most,
		  double from, double to)
{
	*map = (struct svg_map){
		.spread = axis->spread, .scale = axis->scale, .from = from, .to = to
	};
	if (axis->spread == SVG_LOGARITHM)
		map_logarithm(map, least * axis->scale, most * axis->scale);
	else if (axis->spread == SVG_PERCENTILES)
		map_percentiles(map, least * axis->scale, most * axis->scale);
	else
		map_linear(map, most * axis->scale);
}

void svg_number(double number, char text[32])
{
	double size = fabs(number);
	const char *suffix = size >= 1e6 ? "M" : size >= 1e4 ? "k" : "";

	number /= size >= 1e6 ? 1e6 : size >= 1e4 ? 1e3 : 1;
	snprintf(text, 32, "%.*g%s", fabs(number) >= 1000 ? 4 : 3, number, suffix);
}

/* As a tick is labelled: 99.99 has more figures than a measurement. */
static void tick_number(const struct svg_map *map, int tick, char text[32])
{
	if (map->spread == SVG_PERCENTILES)
		snprintf(text, 32, "%g", map->ticks[tick]);
	else
		svg_number(map->ticks[tick], text);
}

/* ---- drawing ---- */

/* Hatchings, of lines in the paper's colour, once for the whole page. */
static const struct hatch {
	int turn; /* degrees */
	const char *path;
} hatches[SVG_MAX_SERIES] = {
	{ 0, "" },       { 45, "M0 3h6" },       { 0, "M3 0v6" },       { -45, "M0 3h6" },
	{ 0, "M0 3h6" }, { 45, "M0 3h6M3 0v6" }, { 0, "M0 3h6M3 0v6" }, { 0, "M2 3h2" },
};

static void define_hatches(struct html *html)
{
	html_markup(html, "<defs>\n");
	for (size_t i = 1; i < SVG_MAX_SERIES; i++)
		html_markup(html,
			    "<pattern id=\"hatch%zu\" width=\"6\" height=\"6\" "
			    "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(%d)\">"
			    "<path class=\"hatch\" d=\"%s\"/></pattern>\n",
			    i, hatches[i].turn, hatches[i].path);
	html_markup(html, "</defs>\n");
}

void svg_begin(struct html *html, const struct svg_words *words, double height)
{
	unsigned int id = ++html->plots;

	html_markup(html, "<figure class=\"plot\">\n");
	html_element(html, "figcaption", "%s", words->title);
	html_markup(html,
		    "<svg viewBox=\"0 0 %d %.0f\" role=\"img\" aria-labelledby=\"plot%ut\" "
		    "aria-describedby=\"plot%ud\">\n<title id=\"plot%ut\">",
		    SVG_WIDTH, height, id, id, id);
	html_text(html, words->title);
	html_markup(html, "</title>\n<desc id=\"plot%ud\">", id);
	html_text(html, words->description);
}

void svg_described(struct html *html)
{
	html_markup(html, "</desc>\n");
	if (html->plots == 1)
		define_hatches(html);
}

void svg_end(struct html *html)
{
	html_markup(html, "</svg>\n</figure>\n");
}

const char *svg_figure(double number, double scale, char room[FIGURE_ROOM])
{
	return measured_text(scale < 1 ? number / (double)(1 / scale) : number * scale, room);
}

void svg_text(struct html *html, double x, double y, const char *anchor, const char *text)
{
	html_markup(html, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	html_text(html, text);
	html_markup(html, "</text>\n");
}

void svg_axis_title(const struct svg_axis *axis, char text[96])
{
	static const char *const more[] = {
		[SVG_LINEAR] = "",
		[SVG_LOGARITHM] = ", logarithmic",
		[SVG_PERCENTILES] = ", drawn out towards 100",
	};

	snprintf(text, 96, "%s%s", axis->title, more[axis->spread]);
}

void svg_draw_x(struct html *html, const struct svg_map *map, const struct svg_axis *axis,
		double top, double bottom)
{
	char title[96];
	double end = -1; /* of the last label; the next one stands clear of it */

	for (int i = 0; i < map->tick_count; i++) {
		double x = svg_place(map, map->ticks[i] / map->scale), half;
		char text[32];

		html_markup(html,
			    "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" "
			    "y2=\"%.1f\"/>\n",
			    x, x, top, bottom);
		tick_number(map, i, text);
		half = (double)strlen(text) * SVG_CHARACTER / 2;
		if (x - half < end)
			continue;
		svg_text(html, x, bottom + SVG_LINE + 5, "middle", text);
		end = x + half + SVG_CHARACTER;
	}
	svg_axis_title(axis, title);
	svg_text(html, (map->from + map->to) / 2, bottom + 2 * SVG_LINE + 4, "middle", title);
}

/* ---- series ---- */

/* Whether a series' name begins with this one. */
static bool is_of(const char *name, const char *protocol)
{
	size_t length = strlen(protocol);

	return strncmp(name, protocol, length) == 0 && strchr("+ ", name[length]);
}

/* Calls by rpc to libtirpc's server are libtirpc's. */
const char *svg_colour(const char *name, size_t series)
{
	static const char *const protocols[] = { "rpc", "raw", "tirpc", "bare" };
	static const char *const others[SVG_MAX_SERIES] = { "violet", "ochre", "teal",  "wine",
							    "brown",  "olive", "slate", "ink" };

	if (strstr(name, " to libtirpc"))
		return "tirpc";
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (is_of(name, protocols[i]))
			return protocols[i];
	return others[series % SVG_MAX_SERIES];
}

const char *svg_outline(size_t series)
{
	static const char *const outlines[] = {
		"",
		"M-5 -5h10v10h-10z",
		"M0 -6.5L6 5h-12z",
		"M0 -7L7 0L0 7L-7 0z",
		"M0 6.5L6 -5h-12z",
		"M-5 -5L5 5M-5 5L5 -5",
		"M-7 0h14M0 -7v14",
		"M-3 -6h6v12h-6z",
	};

	return outlines[series % (sizeof(outlines) / sizeof(outlines[0]))];
}

void svg_mark(struct html *html, const char *name, size_t series, double x, double y)
{
	if (!*svg_outline(series))
		return;
	html_markup(html,
		    "<path class=\"mark\" stroke=\"var(--%s)\" "
		    "transform=\"translate(%.2f %.2f)\" d=\"%s\"/>\n",
		    svg_colour(name, series), x, y, svg_outline(series));
}

void svg_hatch(struct html *html, size_t series, double x, double y, double width, double height)
{
	size_t hatch = series % SVG_MAX_SERIES;

	if (hatch)
		html_markup(html,
			    "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.0f\" "
			    "fill=\"url(#hatch%zu)\"/>\n",
			    x, y, width, height, hatch);
}

const char *svg_dashes(size_t series)
{
	static const char *const dashes[] = { "none", "7 4", "2 4" };

	return dashes[series % (sizeof(dashes) / sizeof(dashes[0]))];
}

/* ---- legend ---- */

/* What is behind a name, for those who do not know it yet. */
static const char *in_words(const char *name)
{
	static const char *const words[][2] = {
		{ "rpc", "RPC: rpcgen's stubs on our transports" },
		{ "raw", "raw messages: packed by hand, same transports" },
		{ "tirpc", "libtirpc: rpcgen's stubs on its own runtime" },
		{ "bare", "bare: the transport alone, with the same bytes" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(name, words[i][0]) == 0)
			return words[i][1];
	return name;
}

/* How many columns of names stand side by side. */
static size_t legend_columns(const char *const names[], size_t count)
{
	size_t longest = 1, fit;

	for (size_t i = 0; i < count; i++)
		if (strlen(in_words(names[i])) > longest)
			longest = strlen(in_words(names[i]));
	fit = (size_t)(SVG_WIDTH / (SWATCH + SVG_CHARACTER * (double)(longest + 1)));
	return fit ? fit : 1;
}

double svg_legend_height(const char *const names[], size_t count)
{
	size_t columns = legend_columns(names, count);

	return (double)((count + columns - 1) / columns * SVG_LINE + GAP);
}

static void legend_line(struct html *html, const char *name, size_t series, double x, double y)
{
	html_markup(html,
		    "<line class=\"line\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" "
		    "stroke=\"var(--%s)\" stroke-dasharray=\"%s\"/>\n",
		    x, x + SWATCH - 6, y, y, svg_colour(name, series), svg_dashes(series));
	svg_mark(html, name, series, x + (SWATCH - 6) / 2.0, y);
	html_markup(html, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"var(--%s)\"/>\n",
		    x + (SWATCH - 6) / 2.0, y, svg_colour(name, series));
}

static void legend_box(struct html *html, const char *name, size_t series, double x, double y)
{
	html_markup(html,
		    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"14\" "
		    "fill=\"var(--%s)\"/>\n",
		    x, y, SWATCH - 8, svg_colour(name, series));
	svg_hatch(html, series, x, y, SWATCH - 8, 14);
}

void svg_legend(struct html *html, bool lines, const char *const names[], size_t count)
{
	size_t columns = legend_columns(names, count);

	for (size_t i = 0; i < count; i++) {
		double x = (double)(i % columns) * SVG_WIDTH / (double)columns;
		double y = (double)(i / columns) * SVG_LINE;

		if (lines)
			legend_line(html, names[i], i, x, y + 10);
		else
			legend_box(html, names[i], i, x, y + 3);
		svg_text(html, x + SWATCH, y + 15, "start", in_words(names[i]));
	}
}
