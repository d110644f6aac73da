/* Reads markup that is well-formed: the report's HTML, which is XML as well, and its plots. */
#include "tests/kit/markup.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum markup_event wrong(struct markup *markup, const char *why, const char *what)
{
	free(markup->text);
	if (asprintf(&markup->text, "%s: %.60s", why, what) < 0)
		markup->text = NULL;
	return MARKUP_WRONG;
}

/* Copies so many bytes, with each entity replaced.  NULL when one is unknown, or bare. */
static char *decode(const char *from, size_t length)
{
	static const struct {
		const char *name;
		char character;
	} entities[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' } };
	char *text = malloc(length + 1), *to = text;

	for (const char *end = from + length; from < end;) {
		size_t i = 0;

		if (*from != '&') {
			*to++ = *from++;
			continue;
		}
		while (i < 4 && strncmp(from, entities[i].name, strlen(entities[i].name)) != 0)
			i++;
		if (i == 4) {
			free(text);
			return NULL;
		}
		*to++ = entities[i].character;
		from += strlen(entities[i].name);
	}
	*to = '\0';
	return text;
}

static enum markup_event take_text(struct markup *markup)
{
	size_t length = strcspn(markup->at, "<");
	const char *from = markup->at;

	markup->at += length;
	free(markup->text);
	markup->text = decode(from, length);
	return markup->text ? MARKUP_TEXT : wrong(markup, "a bare &", from);
}

static enum markup_event close_element(struct markup *markup, const char *name)
{
	if (markup->depth == 0 || strcmp(markup->open[markup->depth - 1], name) != 0)
		return wrong(markup, "an end without its beginning", name);
	markup->depth--;
	snprintf(markup->name, sizeof(markup->name), "%s", name);
	return MARKUP_CLOSE;
}

static enum markup_event take_end(struct markup *markup)
{
	const char *end = strchr(markup->at, '>');
	char name[64];

	if (!end)
		return wrong(markup, "a tag without end", markup->at);
	snprintf(name, sizeof(name), "%.*s", (int)(end - markup->at - 2), markup->at + 2);
	markup->at = end + 1;
	return close_element(markup, name);
}

/* Each attribute has a value in double quotes, without "<". */
static const char *skip_attributes(const char *at)
{
	while (isspace((unsigned char)*at)) {
		at += strspn(at, " \t\n");
		if (*at == '>' || *at == '/')
			return at;
		at += strcspn(at, "=<>\" \t\n");
		if (at[0] != '=' || at[1] != '"')
			return NULL;
		at += 2 + strcspn(at + 2, "\"<");
		if (*at++ != '"')
			return NULL;
	}
	return at;
}

static enum markup_event take_begin(struct markup *markup)
{
	const char *name = markup->at + 1;
	size_t length = strcspn(name, " \t\n/><");
	const char *end = skip_attributes(name + length);

	if (!length || length >= sizeof(markup->name) || markup->depth == MARKUP_DEPTH)
		return wrong(markup, "not a tag", markup->at);
	if (!end || (*end != '>' && strncmp(end, "/>", 2) != 0))
		return wrong(markup, "wrong attributes", markup->at);
	snprintf(markup->name, sizeof(markup->name), "%.*s", (int)length, name);
	free(markup->attributes);
	markup->attributes = strndup(name + length, (size_t)(end - name) - length);
	markup->empty = *end == '/';
	markup->at = end + 1 + markup->empty;
	strcpy(markup->open[markup->depth++], markup->name);
	return MARKUP_OPEN;
}

enum markup_event markup_next(struct markup *markup)
{
	if (markup->empty) {
		markup->empty = false;
		return close_element(markup, markup->name);
	}
	if (strncmp(markup->at, "<!DOCTYPE html>", 15) == 0)
		markup->at += 15;
	if (!*markup->at)
		return markup->depth ? wrong(markup, "an element without end",
					     markup->open[markup->depth - 1])
				     : MARKUP_END;
	if (*markup->at != '<')
		return take_text(markup);
	return markup->at[1] == '/' ? take_end(markup) : take_begin(markup);
}

void markup_release(struct markup *markup)
{
	free(markup->attributes);
	free(markup->text);
}

bool markup_attribute(const struct markup *markup, const char *name, char *value, size_t size)
{
	size_t length = strlen(name);
	const char *at = markup->attributes;

	while ((at = strstr(at, name))) {
		char *text;

		if (at == markup->attributes || at[-1] != ' ' || strncmp(at + length, "=\"", 2)) {
			at += length;
			continue;
		}
		at += length + 2;
		text = decode(at, strcspn(at, "\""));
		snprintf(value, size, "%s", text ? text : "");
		free(text);
		return true;
	}
	return false;
}

double markup_number(const struct markup *markup, const char *name)
{
	char text[64];

	return markup_attribute(markup, name, text, sizeof(text)) ? strtod(text, NULL) : NAN;
}
