/* What several endpoints made of the same calls, side by side. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/compare/compare.h"
#include "client/json.h"

#define CALL_WIDTH   27 /* columns */
#define ANSWER_WIDTH 27

/* ---- columns ---- */

/* Prints a text in so many columns; what does not fit is cut. */
static void print_column(const struct text *out, const char *text, int width)
{
	char *escaped = text_escaped(out, text);

	if (escaped && (int)strlen(escaped) > width)
		fprintf(out->file, "%.*s... ", width - 3, escaped);
	else
		fprintf(out->file, "%-*s ", width, escaped ? escaped : "");
	free(escaped);
}

/* The call as it would be typed. */
static void print_call(const struct comparison *comparison, const struct sample *sample,
		       const struct text *out)
{
	char text[1024];
	int length = snprintf(text, sizeof(text), "%s", sample->procedure);

	for (int i = 0; sample->operands[i]; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, " %s",
				   comparison_operand(comparison, sample->operands[i]));
	print_column(out, text, CALL_WIDTH);
}

/* A member of an answer in a few words, to be freed. */
static char *describe(const json_t *value)
{
	char *text = NULL;

	if (json_is_string(value))
		return strdup(json_string_value(value));
	if (!json_is_array(value))
		return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	return asprintf(&text, "%zu", json_array_size(value)) < 0 ? NULL : text;
}

/* What the answer says: its status unless that is OK, then its first members. */
static void print_answer(const char *answer, const struct text *out)
{
	json_t *object = json_loads(answer, 0, NULL), *value;
	char text[1024] = "";
	size_t length = 0;
	const char *key;

	json_object_foreach (object, key, value) {
		bool status = strcmp(key, "status") == 0;
		char *words = describe(value);

		if (words && length < sizeof(text) - 1 && !(status && strcmp(words, "OK") == 0))
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s%s%s",
						   length ? ", " : "", status ? "" : key,
						   status ? "" : " ", words);
		free(words);
	}
	json_decref(object);
	print_column(out, text[0] ? text : "OK", ANSWER_WIDTH);
}

static void print_bytes(const struct answer *answer, const struct text *out)
{
	if (answer->counted)
		fprintf(out->file, " %5" PRIu64 " + %5" PRIu64, answer->sent, answer->received);
	else
		fprintf(out->file, " %5s + %5s", "?", "?");
}

/* ---- rows ---- */

void table_print_head(const struct comparison *comparison, const struct text *out)
{
	fprintf(out->file, "%-*s %-*s", CALL_WIDTH, "call", ANSWER_WIDTH, "answer");
	for (int i = 0; i < comparison->count; i++) {
		const struct endpoint *endpoint = &comparison->clients[i].endpoint;
		char name[32];

		snprintf(name, sizeof(name), "%s+%s", endpoint_protocol_name(endpoint->protocol),
			 endpoint_transport_name(endpoint->transport));
		fprintf(out->file, " %13s", name);
	}
	putc('\n', out->file);
}

void table_print_row(const struct comparison *comparison, const struct sample *sample,
		     const struct answer answers[], bool equal, const struct text *out)
{
	print_call(comparison, sample, out);
	if (equal)
		print_answer(answers[0].json, out);
	else
		print_column(out, "DIFFERENT", ANSWER_WIDTH);
	for (int i = 0; i < comparison->count; i++)
		print_bytes(&answers[i], out);
	putc('\n', out->file);
	for (int i = 0; !equal && i < comparison->count; i++) {
		fprintf(out->file, "  %d: ", i + 1);
		text_name(out, answers[i].json);
		putc('\n', out->file);
	}
}

static json_t *answer_json(const struct answer *answer)
{
	json_t *object = json_pack("{s:s}", "answer", answer->json);

	if (answer->counted) {
		json_object_set_new(object, "sent", json_integer((json_int_t)answer->sent));
		json_object_set_new(object, "received", json_integer((json_int_t)answer->received));
	}
	return object;
}

void table_print_json(const struct comparison *comparison, const struct sample *sample,
		      const struct answer answers[], bool equal)
{
	json_t *endpoints = json_array();

	for (int i = 0; i < comparison->count; i++)
		json_array_append_new(endpoints, answer_json(&answers[i]));
	json_print(json_pack("{s:s,s:b,s:o}", "procedure", sample->procedure, "equal", equal,
			     "endpoints", endpoints));
}
