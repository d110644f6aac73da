/* Writes the report: one HTML file that needs nothing else. */
#include "compare/show/html.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "compare/show/style.h"
#include "client/json_write.h"
#include "common/text.h"

/* ---- text ---- */

void html_markup(struct html *html, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(html->file, format, arguments);
	va_end(arguments);
}

/* Whether it is one of those that have text run the other way: U+202A to U+202E, U+2066 to U+2069.
 */
static bool turns_text(const char *text, size_t length)
{
	unsigned char last = length == 3 ? (unsigned char)text[2] : 0;

	return length == 3 && ((memcmp(text, "\xe2\x80", 2) == 0 && last >= 0xaa && last <= 0xae) ||
			       (memcmp(text, "\xe2\x81", 2) == 0 && last >= 0xa6 && last <= 0xa9));
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
		 (byte == 0xc2 && (unsigned char)text[1] < 0xa0) || turns_text(text, length))
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
static void embed_document(FILE *file, const json_t *document)
{
	char *text = json_written(document, 1);

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
	embed_document(html->file, document);
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

/* ---- layout ---- */

void html_pair_begin(struct html *html)
{
	fputs("<div class=\"pair\"><div>\n", html->file);
}

void html_answer_begin(struct html *html)
{
	fputs("<div class=\"pair answer\"><div>\n", html->file);
}

void html_pair_next(struct html *html)
{
	fputs("</div><div>\n", html->file);
}

void html_pair_end(struct html *html)
{
	fputs("</div></div>\n", html->file);
}

void html_fold_begin(struct html *html, const char *summary)
{
	fputs("<details>\n", html->file);
	html_element(html, "summary", "%s", summary);
}

void html_fold_end(struct html *html)
{
	fputs("</details>\n", html->file);
}

/* ---- figures, commands and listings ---- */

void html_figure(struct html *html, const struct figure *figure, const json_t *value,
		 enum unit unit)
{
	char room[FIGURE_ROOM], *exact;
	const char *text = unit_text(value, unit, room);

	if (!text)
		return;
	exact = json_is_number(value) ? json_written(value, 0) : NULL;
	if (exact)
		fprintf(html->file, "<data value=\"%s\"", exact);
	if (exact && figure)
		fprintf(html->file, " data-key=\"%s\"", figure->key);
	fputs(exact ? ">" : "", html->file);
	html_text(html, text);
	fputs(exact ? "</data>" : "", html->file);
	free(exact);
}

/* Opens the box that scrolls; one that may need to is given the focus, to scroll by keyboard. */
void html_box_begin(struct html *html, const char *label, bool broad)
{
	fputs("<div class=\"box\"", html->file);
	if (broad) {
		fputs(" tabindex=\"0\" role=\"region\" aria-label=\"", html->file);
		html_text(html, label);
		fputs("\"", html->file);
	}
	fputs(">", html->file);
}

void html_command(struct html *html, const json_t *object)
{
	const char *command = json_string_value(figure_get(object, &figures.command));

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
	html_box_begin(html, caption, true);
	fputs("<pre>", html->file);
	html_text(html, text);
	fputs("</pre></div></figure>\n", html->file);
}
