/* How the bytes of calls are shown: a table of calls, one of endpoints, and every byte of one. */
#include "compare/bytes/bytes.h"

#include <string.h>

#include "compare/show/table.h"
#include "compare/show/svg.h"

#define MAX_GROUPS 64

/* Streams differ in nothing, so one stands for all. */
#define BY(protocol, symbol, title_, printed_)                                                     \
	COLUMN(symbol, .title = (title_), .printed = (printed_), .within = &figures.endpoints,     \
	       .at = protocol "+tcp")
#define BY_BOTH(symbol, name)                                                                      \
	BY("rpc", symbol, name ", rpc", name " rpc"), BY("raw", symbol, name ", raw", "raw")

static const struct column calls[] = {
	COLUMN(call),
	BY_BOTH(payload_bytes, "payload"),
	BY_BOTH(protocol_bytes, "protocol"),
	BY_BOTH(framing_bytes, "framing"),
	BY_BOTH(all_bytes, "all"),
	{ 0 },
};

static const struct column endpoints[] = {
	COLUMN(endpoint),
	COLUMN(payload_bytes),
	COLUMN(protocol_bytes),
	COLUMN(framing_bytes),
	COLUMN(all_bytes),
	COLUMN(discovery_bytes),
	{ 0 },
};

static const struct column fields[] = {
	COLUMN(offset), COLUMN(field_bytes), COLUMN(layer, .title = "spent on"),
	COLUMN(field),  COLUMN(value),       { 0 },
};

/* What the tables mean. */
static const char streams[] =
	"Payload is arguments and result, protocol is the header of call and reply, framing says "
	"where a message ends. All endpoints gave the same answers, or nothing would be shown.";
static const char discovery[] = "Discovery is asking rpcbind for an address, once, before the "
				"first call. Where there is no "
				"rpcbind it is not known. Raw messages have a fixed port, and "
				"paths are known.";

/* ---- on a terminal ---- */

void bytes_print(const json_t *part, const struct text *out)
{
	const json_t *message;
	size_t i;

	fputs("Each call and its reply over tcp, by rpc and by raw messages, which is what all "
	      "streams\ncarry; endpoint by endpoint below:\n",
	      out->file);
	table_print(out, figure_get(part, &figures.call_rows), calls);
	fputs("\ndivide 84 2, and asking rpcbind where to call:\n", out->file);
	table_print(out, figure_get(part, &figures.endpoint_rows), endpoints);
	json_array_foreach (figure_get(part, &figures.annotated), i, message) {
		fprintf(out->file, "\n%s: call, then reply\n",
			figure_text(message, &figures.endpoint));
		table_print(out, figure_get(message, &figures.sent), fields);
		table_print(out, figure_get(message, &figures.received), fields);
	}
}

/* ---- in the report ---- */

static const struct figure *const layers[] = { &figures.payload_bytes, &figures.protocol_bytes,
					       &figures.framing_bytes, &figures.discovery_bytes };

#define LAYERS 4

struct groups {
	struct svg_group groups[MAX_GROUPS];
	char names[MAX_GROUPS][64];
	size_t count;
};

static void add_group(struct groups *groups, const json_t *bytes)
{
	struct svg_group *group = &groups->groups[groups->count];

	group->name = groups->names[groups->count++];
	for (int i = 0; i < LAYERS; i++)
		group->values[i] = (struct svg_value){ .known = json_is_number(
							       figure_get(bytes, layers[i])),
						       .value = figure_number(bytes, layers[i]) };
}

/* With the first `count` layers. */
static void plot_groups(const struct groups *groups, const struct svg_words *words, size_t count,
			struct html *html)
{
	static const struct svg_axis axis = { "bytes, both ways", SVG_LINEAR, 1 };
	const char *titles[LAYERS];

	for (int i = 0; i < LAYERS; i++)
		titles[i] = layers[i]->title;
	svg_bars(html, words, &axis, true, titles, count, groups->groups, groups->count);
}

/* A procedure's first call, by rpc and by raw messages on a stream. */
static void add_procedure(struct groups *groups, const json_t *call)
{
	const json_t *at = figure_get(call, &figures.endpoints);
	const char *name = figure_text(call, &figures.procedure);
	size_t length = strlen(name);

	for (size_t i = 0; i < groups->count; i++)
		if (strncmp(groups->names[i], name, length) == 0 && groups->names[i][length] == ' ')
			return;
	if (groups->count + 2 > MAX_GROUPS)
		return;
	snprintf(groups->names[groups->count], 64, "%s rpc", name);
	add_group(groups, json_object_get(at, "rpc+tcp"));
	snprintf(groups->names[groups->count], 64, "%s raw", name);
	add_group(groups, json_object_get(at, "raw+tcp"));
}

static void plot_calls(const json_t *part, struct html *html)
{
	const struct svg_words words = {
		"Bytes of a call and its reply, by procedure",
		"Stacked bars, one by rpc and one by raw messages for each procedure: payload, "
		"protocol and framing on a byte stream. The table below has the numbers."
	};
	struct groups groups = { .count = 0 };
	const json_t *call;
	size_t i;

	json_array_foreach (figure_get(part, &figures.call_rows), i, call)
		add_procedure(&groups, call);
	plot_groups(&groups, &words, 3, html);
}

/* What nobody counted at all is not drawn. */
static void plot_endpoints(const json_t *part, struct html *html)
{
	const struct svg_words words = {
		"Bytes of the first divide 84 2, by endpoint",
		"Stacked bars, one for each endpoint: payload, protocol, framing, and what asking "
		"rpcbind for the address takes, where that is known."
	};
	struct groups groups = { .count = 0 };
	const json_t *endpoint;
	size_t i;

	json_array_foreach (figure_get(part, &figures.endpoint_rows), i, endpoint) {
		const json_t *all = figure_get(endpoint, &figures.all_bytes);

		if (!all || groups.count == MAX_GROUPS)
			continue;
		snprintf(groups.names[groups.count], 64, "%s",
			 figure_text(endpoint, &figures.endpoint));
		add_group(&groups, endpoint);
	}
	plot_groups(&groups, &words, LAYERS, html);
}

static void write_message(struct place message, const struct figure *direction, const char *what,
			  struct html *html)
{
	char caption[256];

	snprintf(caption, sizeof(caption), "%s, %s of %s",
		 figure_text(message.value, &figures.endpoint), what,
		 figure_text(message.value, &figures.call));
	html_table(html, caption, place_member(message, direction), fields);
}

/* Those of both protocols beside each other, the call above the reply. */
static void write_annotated(struct place messages, struct html *html)
{
	html_element(html, "h3", "Every byte of one call");
	html_markup(html, "<div class=\"beside\">\n");
	for (int reply = 0; reply < 2; reply++)
		for (size_t i = 0; i < json_array_size(messages.value); i++) {
			html_markup(html, "<div>\n");
			write_message(place_item(messages, i),
				      reply ? &figures.received : &figures.sent,
				      reply ? "reply" : "call", html);
			html_markup(html, "</div>\n");
		}
	html_markup(html, "</div>\n");
}

void bytes_write(struct place part, struct html *html)
{
	html_element(html, "p", "%s", streams);
	html_pair_begin(html);
	plot_calls(part.value, html);
	html_pair_next(html);
	html_table(html, "Bytes of a call and its reply, on tcp",
		   place_member(part, &figures.call_rows), calls);
	html_pair_end(html);
}

void bytes_write_more(struct place part, struct html *html)
{
	html_element(html, "p", "%s", discovery);
	html_pair_begin(html);
	plot_endpoints(part.value, html);
	html_pair_next(html);
	html_table(html, "Bytes of divide 84 2 and its reply, and of asking where to call",
		   place_member(part, &figures.endpoint_rows), endpoints);
	html_pair_end(html);
	write_annotated(place_member(part, &figures.annotated), html);
}
