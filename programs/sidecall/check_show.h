/* How sidecall check shows what it found. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_CHECK_SHOW_H
#define SIDECALL_PROGRAMS_SIDECALL_CHECK_SHOW_H

#include <stdio.h>

#include "check/check.h"

struct check_show;

/* A way to write it; each is given what was counted so far. */
struct check_format {
	void (*begin)(struct check_show *show, const char *endpoint);
	void (*finding)(struct check_show *show, const struct check_case *row,
			const struct check_finding *finding);
	/* A case that was not tried, behind all that were; NULL: they are only counted. */
	void (*left)(struct check_show *show, const struct check_case *row, bool first);
	void (*end)(struct check_show *show);
};

extern const struct check_format check_lines, check_objects; /* for people; JSON */
extern const struct check_format check_tap, check_junit;     /* for what runs tests */

extern const char *const check_verdicts[]; /* their names */

struct check_show {
	const struct check_format *format;
	const struct check_target *target;
	bool verbose;                   /* bytes and reasons also of what passes */
	size_t planned;                 /* cases, of which one may be the last */
	size_t passed, failed, differs; /* until now */
	char lacks[64];                 /* operations, with commas between them */
	const char *speaks;             /* the other protocol, by which nothing is left to try */
	FILE *cases;                    /* the format's: what it can write only at the end ... */
	char *text;                     /* ... goes there */
	size_t length;
};

void check_show_begin(struct check_show *show);
void check_show_finding(void *context, const struct check_case *row,
			const struct check_finding *finding);
void check_show_left(struct check_show *show, const struct check_case *row, bool first);
void check_show_end(struct check_show *show);

/* How many cases were not tried. */
size_t check_show_not_tried(const struct check_show *show);

/* Writes the first bytes of a message, `between` each line of 32 and the next.  Those that decide
 * stand in brackets. */
void check_write_bytes(FILE *to, const struct evidence *evidence, const char *between);

/* The call of a case that has words, as sidecall takes it, and where a server stopped in it.  The
 * second one makes a text of it, to be freed; NULL where a case has none. */
void check_write_asked(FILE *to, const struct check_case *row, const struct check_finding *finding);
char *check_asked(const struct check_case *row, const struct check_finding *finding);

#endif
