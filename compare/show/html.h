/* Writes the report: one HTML file that needs nothing else. */
#ifndef SIDECALL_COMPARE_SHOW_HTML_H
#define SIDECALL_COMPARE_SHOW_HTML_H

#include <stdbool.h>
#include <stdio.h>

#include "compare/show/column.h"
#include "compare/part/place.h"

struct html {
	FILE *file;          /* the caller's; its error indicator says whether all was written */
	unsigned int plots;  /* drawn so far: they number what must be unique in the file */
	unsigned int tables; /* likewise */
};

/* Markup as it is, which must not contain what others chose. */
void html_markup(struct html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text, escaped: what is no UTF-8, and what controls (direction as well), becomes U+FFFD.  Fit for
 * attributes between double quotes as well. */
void html_text(struct html *html, const char *text);

/* An element around some text: html_element(html, "h3", "Latency").  `tag` may have attributes. */
void html_element(struct html *html, const char *tag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The document's frame, and a part's section, whose anchor is its name. */
void html_begin(struct html *html, const char *title);
void html_end(struct html *html, const json_t *document); /* embeds it */
void html_section_begin(struct html *html, const char *name, const char *title);
void html_section_end(struct html *html);

/* Two things beside each other where there is room, as a plot and its table. */
void html_pair_begin(struct html *html);
void html_answer_begin(struct html *html); /* the second is the plot */
void html_pair_next(struct html *html);
void html_pair_end(struct html *html);

/* What is folded away under a summary, until somebody asks for it or prints the page. */
void html_fold_begin(struct html *html, const char *summary);
void html_fold_end(struct html *html);

/*
 * An array of objects as a table, in a box of its own, in which it scrolls where it is too wide.
 * With the array's place anybody can compare the table with the document, because each cell with a
 * number carries the exact one.  A column that is the same in all rows is no column: the caption
 * says what it has.
 */
void html_table(struct html *html, const char *caption, struct place rows,
		const struct column *columns);

/* The same of those rows alone that are wanted; each carries its own place then. */
void html_rows(struct html *html, const char *caption, struct place rows,
	       const struct column *columns, bool (*wanted)(const json_t *row, const void *context),
	       const void *context);

/* The box of something as wide as a table; one that may have to scroll is given the focus, to do so
 * by keyboard, and is called `label`.  </div> ends it. */
void html_box_begin(struct html *html, const char *label, bool broad);

/* A table of another make: its beginning, up to <thead>, and its end, from </tbody>.  `attributes`
 * are markup. */
void html_table_begin(struct html *html, const char *caption, const char *attributes,
		      size_t columns);
void html_table_end(struct html *html);

/* A value as unit_text() shows it; a number carries the exact one and, unless that is NULL, its
 * figure's key.  Nothing for what is absent. */
void html_figure(struct html *html, const struct figure *figure, const json_t *value,
		 enum unit unit);

/* "Repeat it:" and the object's member "command"; nothing when it has none. */
void html_command(struct html *html, const json_t *object);

/* Source text, or output, under a caption. */
void html_listing(struct html *html, const char *caption, const char *text);

#endif
