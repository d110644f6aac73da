/* Writes the report: one HTML file that needs nothing else. */
#include "client/compare/html.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/compare/style.h"

/* ---- text ---- */

void html_markup(struct html *html, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(html->file, format, arguments);
	va_end(arguments);
}

/* Writes a character of so many bytes; 0 is one that is no UTF-8. */
static void put_character(FILE *file, const char *text, size_t length)
{
	unsigned char byte = (unsigned char)text[0];

	if (byte == '&')
		fputs("&amp;", file);
	else if (byte == '<')
		fputs("&lt;", file);
	else if (byte == '>')
		fputs("&gt;", file);
	else if (byte == '"')
		fputs("&quot;", file);
	else if (length == 0 || byte == 0x7f || (byte < ' ' && byte != '\n' && byte != '\t') ||
		 (byte == 0xc2 && (unsigned char)text[1] < 0xa0))
		fputs("\xef\xbf\xbd", file);
	else
		fwrite(text, 1, length, file);
}

void html_text(struct html *html, const char *text)
{
	while (*text) {
		size_t length = text_character(text);

		put_character(html->file, text, length);
		text += length ? length : 1;
	}
}

void html_element(struct html *html, const char *tag, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	fprintf(html->file, "<%s>", tag);
	if (length >= 0) {
		html_text(html, text);
		free(text);
	}
	fprintf(html->file, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

/* ---- the document ---- */

/* The policy has the browser itself refuse whatever would make the page ask for something. */
void html_begin(struct html *html, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; img-src data:\"/>\n"
	      "<link rel=\"icon\" href=\"data:,\"/>\n",
	      html->file);
	html_element(html, "title", "%s", title);
	fprintf(html->file, "<style>\n%s</style>\n</head>\n<body>\n<main>\n", style_sheet);
	html_element(html, "h1", "%s", title);
}

/* JSON may write these otherwise, and then nothing in it is markup: "</" cannot end the element,
 * and the file is XML besides. */
static void embed(FILE *file, const json_t *document)
{
	char *text = json_dumps(document, JSON_INDENT(1) | JSON_REAL_PRECISION(17));

	for (const char *c = text; c && *c; c++)
		if (strchr("<>&", *c))
			fprintf(file, "\\u%04x", (unsigned int)*c);
		else
			putc(*c, file);
	free(text);
}

void html_end(struct html *html, const json_t *document)
{
	fputs("</main>\n<script type=\"application/json\" id=\"data\">\n", html->file);
	embed(html->file, document);
	fputs("\n</script>\n</body>\n</html>\n", html->file);
}

void html_section_begin(struct html *html, const char *name, const char *title)
{
	fputs("<section id=\"", html->file);
	html_text(html, name);
	fputs("\">\n", html->file);
	html_element(html, "h2", "%s", title);
}

void html_section_end(struct html *html)
{
	fputs("</section>\n", html->file);
}

/* ---- tables ---- */

/* A number's exact value stands beside what is shown of it. */
static void write_cell(struct html *html, const json_t *value, const struct column *column)
{
	char room[FIGURE_ROOM];
	const char *text = figure_text(value, column->figure, room);
	char *exact;

	if (!text) {
		fputs("<td class=\"missing\"><span aria-label=\"not "
		      "known\">\xe2\x80\x93</span></td>",
		      html->file);
		return;
	}
	fputs(column->figure == FIGURE_TEXT ? "<td>" : "<td class=\"number\">", html->file);
	exact = json_is_number(value) ? json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17))
				      : NULL;
	if (exact)
		fprintf(html->file, "<data value=\"%s\">", exact);
	html_text(html, text);
	fputs(exact ? "</data></td>" : "</td>", html->file);
	free(exact);
}

static void write_titles(struct html *html, const struct column *columns)
{
	fputs("<thead><tr>", html->file);
	for (const struct column *c = columns; c->title; c++) {
		fprintf(html->file, "<th scope=\"col\"%s data-key=\"",
			c->figure == FIGURE_TEXT ? "" : " class=\"number\"");
		html_text(html, c->key);
		fputs("\">", html->file);
		html_text(html, c->title);
		fputs("</th>", html->file);
	}
	fputs("</tr></thead>\n", html->file);
}

/* Opens the box that scrolls; one needs the keyboard to scroll it, so it takes the focus. */
static void open_box(struct html *html, const char *label)
{
	fputs("<div class=\"box\" tabindex=\"0\" role=\"region\" aria-label=\"", html->file);
	html_text(html, label);
	fputs("\">", html->file);
}

void html_table(struct html *html, const char *caption, const char *at, const json_t *rows,
		const struct column *columns)
{
	const json_t *row;
	size_t i;

	open_box(html, caption);
	fputs("<table data-at=\"", html->file);
	html_text(html, at);
	fputs("\">\n", html->file);
	html_element(html, "caption", "%s", caption);
	write_titles(html, columns);
	fputs("<tbody>\n", html->file);
	json_array_foreach (rows, i, row) {
		fputs("<tr>", html->file);
		for (const struct column *c = columns; c->title; c++)
			write_cell(html, grid_cell(row, c->key), c);
		fputs("</tr>\n", html->file);
	}
	fputs("</tbody></table></div>\n", html->file);
	html->tables++;
}

void html_command(struct html *html, const json_t *object)
{
	const char *command = json_string_value(json_object_get(object, "command"));

	if (!command)
		return;
	fputs("<p class=\"command\">Repeat it: <code>", html->file);
	html_text(html, command);
	fputs("</code></p>\n", html->file);
}

void html_listing(struct html *html, const char *caption, const char *text)
{
	fputs("<figure class=\"listing\">\n", html->file);
	html_element(html, "figcaption", "%s", caption);
	open_box(html, caption);
	fputs("<pre>", html->file);
	html_text(html, text);
	fputs("</pre></div></figure>\n", html->file);
}
