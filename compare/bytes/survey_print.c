/* What several endpoints made of the same calls, side by side. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/bytes/survey.h"
#include "compare/part/figures.h"
#include "client/json.h"
#include "client/json_write.h"

#define CALL_WIDTH   27 /* columns */
#define ANSWER_WIDTH 27
#define SIDE_BY_SIDE 4 /* columns of bytes, which fit into 120 columns of a terminal */

/* ---- columns ---- */

/* Prints a text in so many columns; what does not fit is cut. */
static void print_column(const struct text *out, const char *text, int width)
{
	char *escaped = text_escaped(out, text);
	int space = width - (escaped ? text_width(escaped) : 0);

	if (space < 0)
		fprintf(out->file, "%.*s... ", (int)text_fitting(escaped, width - 3), escaped);
	else
		fprintf(out->file, "%s%*s ", escaped ? escaped : "", space, "");
	free(escaped);
}

/* A member of an answer in a few words, to be freed. */
static char *member_words(const json_t *value)
{
	char *text = NULL;

	if (json_is_string(value))
		return strdup(json_string_value(value));
	if (!json_is_array(value))
		return json_written(value, 0);
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
		char *words = member_words(value);

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

/* ---- endpoints that took the same bytes share a column ---- */

struct columns {
	int of[COMPARE_MAX_ENDPOINTS]; /* each endpoint's column */
	int count;
};

static bool same_bytes(const struct row rows[], int count, int one, int other)
{
	for (int i = 0; i < count; i++) {
		const struct answer *a = &rows[i].answers[one], *b = &rows[i].answers[other];

		if (a->counted != b->counted || a->sent != b->sent || a->received != b->received)
			return false;
	}
	return true;
}

static struct columns share_columns(const struct survey *survey, const struct row rows[], int count)
{
	struct columns columns = { .count = 0 };

	for (int i = 0; i < survey->count; i++) {
		int same = 0;

		while (same < i && !same_bytes(rows, count, same, i))
			same++;
		columns.of[i] = same < i ? columns.of[same] : columns.count++;
	}
	return columns;
}

/* The n-th endpoint in a column, or -1. */
static int find_in_column(const struct survey *survey, const struct columns *columns, int column,
			  int n)
{
	for (int i = 0; i < survey->count; i++)
		if (columns->of[i] == column && n-- == 0)
			return i;
	return -1;
}

/* ---- the table ---- */

/* The n-th line of names above some columns.  Whether there was one to print. */
static bool print_names(const struct survey *survey, const struct columns *columns, int first,
			int end, int n, const struct text *out)
{
	char line[SIDE_BY_SIDE * (ENDPOINT_MAX_NAME + 16)];
	size_t length = 0, named = 0;

	for (int i = first; i < end; i++) {
		int endpoint = find_in_column(survey, columns, i, n);
		char name[ENDPOINT_MAX_NAME] = "";

		if (endpoint >= 0)
			endpoint_name(&survey->clients[endpoint].endpoint, name);
		length += (size_t)snprintf(line + length, sizeof(line) - length, " %13s", name);
		named = endpoint >= 0 ? length : named;
	}
	if (named)
		fprintf(out->file, "%-*s %-*s%.*s\n", CALL_WIDTH, n ? "" : "call", ANSWER_WIDTH,
			n ? "" : "answer", (int)named, line);
	return named;
}

static void print_row(const struct survey *survey, const struct columns *columns, int first,
		      int end, const struct row *row, const struct text *out)
{
	char call[SURVEY_CALL];

	print_column(out, survey_call(survey, row->sample, call), CALL_WIDTH);
	if (row->equal)
		print_answer(row->answers[0].json, out);
	else
		print_column(out, "DIFFERENT", ANSWER_WIDTH);
	for (int i = first; i < end; i++)
		print_bytes(&row->answers[find_in_column(survey, columns, i, 0)], out);
	putc('\n', out->file);
}

static void print_difference(const struct survey *survey, const struct row *row,
			     const struct text *out)
{
	for (int i = 0; i < survey->count; i++) {
		char name[ENDPOINT_MAX_NAME];

		endpoint_name(&survey->clients[i].endpoint, name);
		fprintf(out->file, "  %-10s  ", name);
		text_name(out, row->answers[i].json);
		putc('\n', out->file);
	}
}

void survey_print(const struct survey *survey, const struct row rows[], int count,
		  const struct text *out)
{
	struct columns columns = share_columns(survey, rows, count);

	for (int first = 0; first < columns.count; first += SIDE_BY_SIDE) {
		int end = first + SIDE_BY_SIDE < columns.count ? first + SIDE_BY_SIDE
							       : columns.count;

		if (first)
			putc('\n', out->file);
		for (int n = 0; print_names(survey, &columns, first, end, n, out);)
			n++;
		for (int i = 0; i < count; i++) {
			print_row(survey, &columns, first, end, &rows[i], out);
			if (first == 0 && !rows[i].equal)
				print_difference(survey, &rows[i], out);
		}
	}
}

static json_t *answer_json(const struct answer *answer)
{
	json_t *object = json_pack("{s:s}", KEY(answer), answer->json);

	if (answer->counted) {
		figure_set(object, &figures.sent_bytes, json_integer((json_int_t)answer->sent));
		figure_set(object, &figures.received_bytes,
			   json_integer((json_int_t)answer->received));
	}
	return object;
}

void survey_print_json(const struct survey *survey, const struct row *row)
{
	json_t *endpoints = json_array();

	for (int i = 0; i < survey->count; i++)
		json_array_append_new(endpoints, answer_json(&row->answers[i]));
	json_print(json_pack("{s:s,s:b,s:o}", KEY(procedure), row->sample->procedure, "equal",
			     row->equal, KEY(endpoints), endpoints));
}
