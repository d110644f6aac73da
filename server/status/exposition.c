/* Metrics as text. */
#include "server/status/exposition.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MOST_LINE (LABELS_MOST + 512) /* bytes */

/* ---- labels ---- */

void labels_clear(struct labels *labels)
{
	labels->length = 0;
	labels->text[0] = '\0';
}

/* As a text is written between quotation marks. */
static size_t escape(char *to, size_t room, const char *value)
{
	size_t length = 0;

	for (; *value && length + 2 < room; value++) {
		if (*value == '\\' || *value == '"' || *value == '\n')
			to[length++] = '\\';
		to[length++] = *value == '\n' ? 'n' : *value;
	}
	to[length] = '\0';
	return length;
}

void labels_add(struct labels *labels, const char *name, const char *value)
{
	char escaped[160];
	int room = (int)(LABELS_MOST - labels->length), length;

	escape(escaped, sizeof(escaped), value);
	length = snprintf(labels->text + labels->length, (size_t)room, "%s%s=\"%s\"",
			  labels->length ? "," : "", name, escaped);
	if (length < room)
		labels->length += (size_t)length;
	labels->text[labels->length] = '\0';
}

void labels_add_number(struct labels *labels, const char *name, uint32_t number)
{
	char text[16];

	snprintf(text, sizeof(text), "%" PRIu32, number);
	labels_add(labels, name, text);
}

/* ---- lines ---- */

static void __attribute__((format(printf, 2, 3)))
add_line(struct exposition *page, const char *format, ...)
{
	char line[MOST_LINE];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof(line) ||
	    buffer_append(page->text, line, (size_t)length) < 0)
		page->failed = true;
}

const char *exposition_type(const struct exposition *page)
{
	return page->open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
			  : "text/plain; version=0.0.4; charset=utf-8";
}

/* The older format has no infos, and says of a counter what its samples are called. */
void exposition_begin(struct exposition *page, const struct family *family)
{
	bool counter = strcmp(family->type, "counter") == 0;
	bool info = strcmp(family->type, "info") == 0;
	const char *suffix = page->open ? "" : counter ? "_total" : info ? "_info" : "";
	const char *type = info && !page->open ? "gauge" : family->type;

	page->family = family;
	add_line(page, "# TYPE %s%s %s\n", family->name, suffix, type);
	if (page->open && family->unit)
		add_line(page, "# UNIT %s %s\n", family->name, family->unit);
	add_line(page, "# HELP %s%s %s.\n", family->name, suffix, family->help);
}

void exposition_add(struct exposition *page, const char *suffix, const struct labels *labels,
		    uint64_t value)
{
	const char *open = labels->length ? "{" : "", *close = labels->length ? "}" : "";

	add_line(page, "%s%s%s%s%s %" PRIu64 "\n", page->family->name, suffix, open, labels->text,
		 close, value);
}

void exposition_add_bucket(struct exposition *page, const struct labels *labels, double most,
			   uint64_t count)
{
	add_line(page, "%s_bucket{%s,le=\"%.9g\"} %" PRIu64 "\n", page->family->name, labels->text,
		 most, count);
}

void exposition_add_sum(struct exposition *page, const struct labels *labels, uint64_t count,
			double sum)
{
	const char *name = page->family->name;

	add_line(page, "%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n", name, labels->text, count);
	add_line(page, "%s_sum{%s} %.9g\n", name, labels->text, sum);
	add_line(page, "%s_count{%s} %" PRIu64 "\n", name, labels->text, count);
}

void exposition_end(struct exposition *page)
{
	if (page->open)
		add_line(page, "# EOF\n");
}
