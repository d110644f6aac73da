/* How the bytes of calls are shown: a table of calls, one of endpoints, and every byte of one. */
#include "client/compare/bytes.h"

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

static const struct column endpoints[] = {
	{ "endpoint", "endpoint", FIGURE_TEXT },
	{ "framing of a null call", "framing_bytes", FIGURE_COUNT },
	{ "discovery sent", "discovery_sent_bytes", FIGURE_COUNT },
	{ "received", "discovery_received_bytes", FIGURE_COUNT },
	{ 0 },
};

static const struct column fields[] = {
	{ "offset", "offset", FIGURE_COUNT }, { "bytes", "bytes", FIGURE_TEXT },
	{ "spent on", "layer", FIGURE_TEXT }, { "field", "field", FIGURE_TEXT },
	{ "value", "value", FIGURE_TEXT },    { 0 },
};

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* ---- on a terminal ---- */

void bytes_print(const json_t *part, const struct text *out)
{
	const json_t *message;
	size_t i;

	grid_print(out, json_object_get(part, "calls"), calls);
	putc('\n', out->file);
	grid_print(out, json_object_get(part, "endpoints"), endpoints);
	json_array_foreach (json_object_get(part, "annotated"), i, message) {
		fprintf(out->file, "\n%s: call, then reply\n", text_of(message, "endpoint"));
		grid_print(out, json_object_get(message, "sent"), fields);
		grid_print(out, json_object_get(message, "received"), fields + 0);
	}
}

/* ---- in the report ---- */

static void write_message(const json_t *message, size_t i, const char *key, const char *what,
			  struct html *html)
{
	char at[64], caption[256];

	snprintf(at, sizeof(at), "/bytes/annotated/%zu/%s", i, key);
	snprintf(caption, sizeof(caption), "%s, %s of %s", text_of(message, "endpoint"), what,
		 text_of(message, "call"));
	html_table(html, caption, at, json_object_get(message, key), fields);
}

void bytes_write(const json_t *part, struct html *html)
{
	const json_t *message;
	size_t i;

	html_table(html, "Bytes of a call and its reply on a byte stream", "/bytes/calls",
		   json_object_get(part, "calls"), calls);
	html_table(html, "By endpoint", "/bytes/endpoints", json_object_get(part, "endpoints"),
		   endpoints);
	html_command(html, part);
	html_element(html, "h3", "Every byte of one call");
	json_array_foreach (json_object_get(part, "annotated"), i, message) {
		write_message(message, i, "sent", "call", html);
		write_message(message, i, "received", "reply", html);
	}
}
