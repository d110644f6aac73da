/* Text that others chose, such as names of files, on its way to somebody's eyes. */
#ifndef SIDECALL_COMMON_TEXT_H
#define SIDECALL_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Where text goes.  The stream is the caller's. */
struct text {
	FILE *file;
	bool terminal;
};

/* What makes the text behind it bold, and plain again: "" where it is no terminal, or one without
 * such, or where NO_COLOR is set (https://no-color.org). */
const char *text_bold(const struct text *text);
const char *text_plain(const struct text *text);

/* Asks, once, whether the stream is a terminal. */
struct text text_to(FILE *file);

/*
 * Writes a name.  On a terminal, control characters are escaped (\n, \033), for there a file's name
 * could do harm; anywhere else bytes stay as they are.
 */
void text_name(const struct text *text, const char *name);

/* Writes what others said into a line of ours: escaped wherever it goes, for anywhere it could
 * forge another line. */
void text_line(FILE *file, const char *words);

/* A name into memory: the escaped name, to be freed; NULL when out of memory. */
char *text_escaped(const struct text *text, const char *name);

/* The length of the UTF-8 character at `bytes`, 1 to 4; 0 when there is none. */
size_t text_character(const char *bytes);

/* Whether a terminal acts on the character of so many bytes (0: not UTF-8): the control characters
 * of ASCII, and those from 0x80 on that ISO 6429 adds, as one byte or as UTF-8. */
bool text_is_control(const char *bytes, size_t length);

/* How many columns a text takes on a terminal: one for each character of UTF-8.  And how many bytes
 * of it fit into so many columns. */
int text_width(const char *text);
size_t text_fitting(const char *text, int columns);

/* Writes words, broken where a line has so many columns, and ends the last line.  The first stands
 * at `column`, which is where the file is; further lines are indented by `indent` columns. */
void text_wrap(FILE *file, int column, int indent, int width, const char *text);

#endif
