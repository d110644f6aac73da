/* A page of help, as wide as the terminal is. */
#include "programs/help_page.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LEAST_WIDTH 40 /* columns; narrower terminals break lines themselves */
#define MOST_WIDTH  100

struct help_page help_page_open(void)
{
	struct help_page page = { .width = 80, .out = text_to(stdout) };
	struct winsize size;

	if (page.out.terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		page.width = size.ws_col;
	if (page.width > MOST_WIDTH)
		page.width = MOST_WIDTH;
	if (page.width < LEAST_WIDTH)
		page.width = LEAST_WIDTH;
	return page;
}

void help_words(const struct help_page *page, int column, const char *text)
{
	text_wrap(stdout, column, column, page->width, text);
}

void help_row(const struct help_page *page, const char *name, int column, const char *text)
{
	int width = printf("  %s", name);

	if (column > page->width / 2)
		column = 8;
	if (width + 2 > column)
		printf("\n%*s", column, "");
	else
		printf("%*s", column - width, "");
	help_words(page, column, text);
}

void help_heading(const struct help_page *page, const char *heading)
{
	printf("\n%s%s%s\n", text_bold(&page->out), heading, text_plain(&page->out));
}

void help_list(const struct help_page *page, const struct help_list *list)
{
	help_heading(page, list->heading);
	for (const char *const(*row)[2] = list->rows; **row; row++)
		help_row(page, (*row)[0], list->column, (*row)[1]);
}

/* What is said of an option, with what holds where it is not given. */
static void write_option(const struct help_page *page, const char *name,
			 const struct option_row *row)
{
	char said[512], usual[OPTION_USUAL];
	bool any = option_usual(row, usual);

	snprintf(said, sizeof(said), "%s%s%s%s", row->help, any ? " (default: " : "", usual,
		 any ? ")" : "");
	help_row(page, name, 24, said);
}

void help_options(const struct help_page *page, const char *heading, const struct option_row *rows)
{
	char name[80];

	help_heading(page, heading);
	for (const struct option_row *row = rows; row->name; row++) {
		int length = 0;

		if (row->key < 256)
			length = sprintf(name, "-%c, ", row->key);
		snprintf(name + length, sizeof(name) - (size_t)length, "--%s%s%s", row->name,
			 row->value ? " " : "", row->value ? row->value : "");
		write_option(page, name, row);
	}
}
