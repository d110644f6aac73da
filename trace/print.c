/* Prints messages for people: each byte in hexadecimal, its offset, its field and value. */
#include "trace/print.h"

#include <string.h>

#include "trace/framed.h"

#define LINE_BYTES 8

/* Prints what is handed to it, and hands it on to be counted. */
struct printer {
	struct field_sink sink; /* first */
	FILE *out;
	struct field_count *count;
};

/* Each byte, and a blank behind it; blanks for those that are not there. */
static void print_bytes(FILE *out, const uint8_t *bytes, size_t length)
{
	static const char figures[] = "0123456789abcdef";
	char text[3 * LINE_BYTES];

	memset(text, ' ', sizeof(text));
	for (size_t i = 0; i < length && i < LINE_BYTES; i++) {
		text[3 * i] = bytes ? figures[bytes[i] >> 4] : '_';
		text[3 * i + 1] = bytes ? figures[bytes[i] & 15] : '_';
	}
	fwrite(text, 1, sizeof(text), out);
}

static void print_offset(FILE *out, size_t offset)
{
	if (offset == SIZE_MAX)
		fprintf(out, "%6s ", "__");
	else
		fprintf(out, "%6zu ", offset);
}

/* The name stands on the first line; as many more follow as the bytes need. */
void trace_print_field(FILE *out, const struct field *field)
{
	print_offset(out, field->offset);
	fputc(' ', out);
	print_bytes(out, field->bytes, field->length);
	if (!field->value || field->value[0])
		fprintf(out, " %-26s  %s\n", field->name, field->value ? field->value : "____");
	else
		fprintf(out, " %s\n", field->name);
	for (size_t i = LINE_BYTES; i < field->length; i += LINE_BYTES) {
		size_t left = field->length - i;

		print_offset(out, field->offset == SIZE_MAX ? SIZE_MAX : field->offset + i);
		for (size_t j = 0; j < left && j < LINE_BYTES; j++) {
			if (field->bytes)
				fprintf(out, " %02x", field->bytes[i + j]);
			else
				fputs(" __", out);
		}
		fputc('\n', out);
	}
}

static void print_field(struct field_sink *sink, const struct field *field)
{
	struct printer *printer = (struct printer *)sink;

	trace_print_field(printer->out, field);
	printer->count->sink.take(&printer->count->sink, field);
}

/* Looks at a message without showing it. */
static void take_nothing(struct field_sink *sink, const struct field *field)
{
	(void)sink;
	(void)field;
}

static void print_title(FILE *out, const char *title, const struct trace_message *message,
			const struct message_summary *summary)
{
	const struct message_call *what = &summary->what;

	fprintf(out, "%s%s", title, summary->call ? "call" : "reply");
	if (what->procedure)
		fprintf(out, " %s", what->procedure->name);
	fprintf(out, ", %s, %zu bytes\n", message->form.rpc ? "rpc" : "raw",
		message->length + message->marked);
}

void trace_print(FILE *out, const char *title, const struct trace_message *message,
		 struct calls *calls, struct field_count *count)
{
	struct printer printer = { { print_field }, out, count };
	struct field_sink nothing = { take_nothing };
	uint32_t id = message_id(message->bytes, message->length);
	const struct message_call *call = calls_find(calls, message->connection, id);
	struct message_summary summary;
	struct framed framed;

	message_explain(message->form, message->bytes, message->length, call, &nothing, &summary);
	print_title(out, title, message, &summary);
	framed_begin(&framed, message->form.rpc, message->marks, message->marked, &printer.sink);
	message_explain(message->form, message->bytes, message->length, call, &framed.sink,
			&summary);
	framed_end(&framed);
	if (summary.call && message->form.call && message->length >= sizeof(id))
		calls_remember(calls, message->connection, id, &summary.what);
}

static void print_row(FILE *out, const char *name, const size_t bytes[FIELD_LAYERS], size_t padding)
{
	fprintf(out, "%-6s %9zu %9zu %9zu %9zu", name, bytes[FIELD_PAYLOAD], bytes[FIELD_PROTOCOL],
		bytes[FIELD_FRAMING],
		bytes[FIELD_PAYLOAD] + bytes[FIELD_PROTOCOL] + bytes[FIELD_FRAMING]);
	if (padding)
		fprintf(out, "  (padding: %zu)", padding);
	fputc('\n', out);
}

void trace_print_count(FILE *out, const struct field_count *call, const struct field_count *reply)
{
	size_t sum[FIELD_LAYERS];

	for (int i = 0; i < FIELD_LAYERS; i++)
		sum[i] = call->bytes[i] + reply->bytes[i];
	fprintf(out, "%-6s %9s %9s %9s %9s\n", "bytes", "payload", "protocol", "framing", "all");
	print_row(out, "call", call->bytes, call->padding);
	print_row(out, "reply", reply->bytes, reply->padding);
	print_row(out, "both", sum, call->padding + reply->padding);
}
