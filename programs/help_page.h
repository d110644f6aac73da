/* A page of help, as wide as the terminal is, on standard output. */
#ifndef SIDECALL_PROGRAMS_HELP_PAGE_H
#define SIDECALL_PROGRAMS_HELP_PAGE_H

#include "common/text.h"
#include "programs/option.h"

struct help_page {
	int width; /* columns */
	struct text out;
};

struct help_page help_page_open(void);

/* Writes words from this column on, and goes on below it where the line ends. */
void help_words(const struct help_page *page, int column, const char *text);

/* A name, and what is said of it; beside it, or below where the name is too long. */
void help_row(const struct help_page *page, const char *name, int column, const char *text);

void help_heading(const struct help_page *page, const char *heading);

/* Rows of a name and what is said of it, which end with a row of zeroes. */
struct help_list {
	const char *name, *heading;
	int column; /* where what is said begins */
	const char *const (*rows)[2];
};

/* All of it under its heading. */
void help_list(const struct help_page *page, const struct help_list *list);

/* A table of options under its heading. */
void help_options(const struct help_page *page, const char *heading, const struct option_row *rows);

#endif
