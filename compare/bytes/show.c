/* How the bytes of calls are shown: a table of calls, one of endpoints, and every byte of one. */
#include "compare/bytes/bytes.h"

#include <string.h>

#include "compare/show/svg.h"
#include "client/json.h"

#define MAX_GROUPS 64

/* Streams differ in nothing, so one stands for all. */
static const struct column calls[] = {
	{ "call", "call", FIGURE_TEXT },
	{ "payload rpc", "endpoints.rpc+tcp.payload_bytes", FIGURE_COUNT },
	{ "raw", "endpoints.raw+tcp.payload_bytes", FIGURE_COUNT },
	{ "protocol rpc", "endpoints.rpc+tcp.protocol_bytes", FIGURE_COUNT },
	{ "raw", "endpoints.raw+tcp.protocol_bytes", FIGURE_COUNT },
	{ "framing rpc", "endpoints.rpc+tcp.framing_bytes", FIGURE_COUNT },
	{ "raw", "endpoints.raw+tcp.framing_bytes", FIGURE_COUNT },
	{ "all rpc", "endpoints.rpc+tcp.all_bytes", FIGURE_COUNT },
	{ "raw", "endpoints.raw+tcp.all_bytes", FIGURE_COUNT },
	{ 0 },
};

/* There each title says all. */
static const struct column calls_in_report[] = {
	{ "call", "call", FIGURE_TEXT },
	{ "payload, rpc", "endpoints.rpc+tcp.payload_bytes", FIGURE_COUNT },
	{ "payload, raw", "endpoints.raw+tcp.payload_bytes", FIGURE_COUNT },
	{ "protocol, rpc", "endpoints.rpc+tcp.protocol_bytes", FIGURE_COUNT },
	{ "protocol, raw", "endpoints.raw+tcp.protocol_bytes", FIGURE_COUNT },
	{ "framing, rpc", "endpoints.rpc+tcp.framing_bytes", FIGURE_COUNT },
	{ "framing, raw", "endpoints.raw+tcp.framing_bytes", FIGURE_COUNT },
	{ "all, rpc", "endpoints.rpc+tcp.all_bytes", FIGURE_COUNT },
	{ "all, raw", "endpoints.raw+tcp.all_bytes", FIGURE_COUNT },
	{ 0 },
};

static const struct column endpoints[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },
	{ "payload", "payload_bytes", FIGURE_COUNT },
	{ "protocol", "protocol_bytes", FIGURE_COUNT },
	{ "framing", "framing_bytes", FIGURE_COUNT },
	{ "all", "all_bytes", FIGURE_COUNT },
	{ "discovery", "discovery_bytes", FIGURE_COUNT },
	{ 0 },
};

static const struct column fields[] = {
	{ "offset", "offset", FIGURE_COUNT }, { "bytes", "bytes", FIGURE_TEXT },
	{ "spent on", "layer", FIGURE_TEXT }, { "field", "field", FIGURE_TEXT },
	{ "value", "value", FIGURE_TEXT },    { 0 },
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
	grid_print(out, json_object_get(part, "calls"), calls);
	fputs("\ndivide 84 2, and asking rpcbind where to call:\n", out->file);
	grid_print(out, json_object_get(part, "endpoints"), endpoints);
	json_array_foreach (json_object_get(part, "annotated"), i, message) {
		fprintf(out->file, "\n%s: call, then reply\n", json_text(message, "endpoint"));
		grid_print(out, json_object_get(message, "sent"), fields);
		grid_print(out, json_object_get(message, "received"), fields);
	}
}

/* ---- in the report ---- */

static const char *const layers[] = { "payload", "protocol", "framing", "discovery" };

struct groups {
	struct svg_group groups[MAX_GROUPS];
	char names[MAX_GROUPS][64];
	size_t count;
};

static struct svg_value value_of(const json_t *number)
{
	return (struct svg_value){ .known = json_is_number(number),
				   .value = json_number_value(number) };
}

static struct svg_group *add_group(struct groups *groups, const json_t *bytes)
{
	struct svg_group *group = &groups->groups[groups->count];

	group->name = groups->names[groups->count++];
	group->values[0] = value_of(json_object_get(bytes, "payload_bytes"));
	group->values[1] = value_of(json_object_get(bytes, "protocol_bytes"));
	group->values[2] = value_of(json_object_get(bytes, "framing_bytes"));
	return group;
}

/* A procedure's first call, by rpc and by raw messages on a stream. */
static void add_procedure(struct groups *groups, const json_t *call)
{
	const json_t *at = json_object_get(call, "endpoints");
	const char *name = json_text(call, "procedure");
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
	const struct svg_axis axis = { "bytes, both ways", SVG_LINEAR, 1 };
	struct groups groups = { .count = 0 };
	const json_t *call;
	size_t i;

	json_array_foreach (json_object_get(part, "calls"), i, call)
		add_procedure(&groups, call);
	svg_stacks(html, &words, &axis, layers, 3, groups.groups, groups.count);
}

/* What nobody counted at all is not drawn. */
static void plot_endpoints(const json_t *part, struct html *html)
{
	const struct svg_words words = {
		"Bytes of the first divide 84 2, by endpoint",
		"Stacked bars, one for each endpoint: payload, protocol, framing, and what asking "
		"rpcbind for the address takes, where that is known."
	};
	const struct svg_axis axis = { "bytes, both ways", SVG_LINEAR, 1 };
	struct groups groups = { .count = 0 };
	const json_t *endpoint;
	size_t i;

	json_array_foreach (json_object_get(part, "endpoints"), i, endpoint) {
		const json_t *all = json_object_get(endpoint, "all_bytes");

		if (!all || groups.count == MAX_GROUPS)
			continue;
		snprintf(groups.names[groups.count], 64, "%s", json_text(endpoint, "endpoint"));
		add_group(&groups, endpoint)->values[3] = value_of(
			json_object_get(endpoint, "discovery_bytes"));
	}
	svg_stacks(html, &words, &axis, layers, 4, groups.groups, groups.count);
}

static void write_message(const json_t *message, size_t i, const char *key, const char *what,
			  struct html *html)
{
	char at[64], caption[256];

	snprintf(at, sizeof(at), "/bytes/annotated/%zu/%s", i, key);
	snprintf(caption, sizeof(caption), "%s, %s of %s", json_text(message, "endpoint"), what,
		 json_text(message, "call"));
	html_table(html, caption, at, json_object_get(message, key), fields);
}

/* Those of both protocols beside each other, the call above the reply. */
static void write_annotated(const json_t *part, struct html *html)
{
	static const char *const keys[] = { "sent", "received" }, *const what[] = { "call",
										    "reply" };
	const json_t *messages = json_object_get(part, "annotated"), *message;
	size_t i;

	html_element(html, "h3", "Every byte of one call");
	html_markup(html, "<div class=\"beside\">\n");
	for (int side = 0; side < 2; side++)
		json_array_foreach (messages, i, message) {
			html_markup(html, "<div>\n");
			write_message(message, i, keys[side], what[side], html);
			html_markup(html, "</div>\n");
		}
	html_markup(html, "</div>\n");
}

void bytes_write(const json_t *part, struct html *html)
{
	html_element(html, "p", "%s", streams);
	html_pair_begin(html);
	plot_calls(part, html);
	html_pair_next(html);
	html_table(html, "Bytes of a call and its reply, on tcp", "/bytes/calls",
		   json_object_get(part, "calls"), calls_in_report);
	html_pair_end(html);
}

void bytes_write_more(const json_t *part, struct html *html)
{
	html_element(html, "p", "%s", discovery);
	html_pair_begin(html);
	plot_endpoints(part, html);
	html_pair_next(html);
	html_table(html, "Bytes of divide 84 2 and its reply, and of asking where to call",
		   "/bytes/endpoints", json_object_get(part, "endpoints"), endpoints);
	html_pair_end(html);
	write_annotated(part, html);
}
