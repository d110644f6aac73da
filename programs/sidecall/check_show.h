/* How sidecall check shows what it found. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_CHECK_SHOW_H
#define SIDECALL_PROGRAMS_SIDECALL_CHECK_SHOW_H

#include "check/check.h"

struct check_show;

/* A way to write it; each is given what was counted so far. */
struct check_format {
	void (*begin)(const struct check_show *show, const char *endpoint);
	void (*finding)(const struct check_show *show, const struct check_case *row,
			const struct check_finding *finding);
	void (*end)(const struct check_show *show);
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
};

void check_show_begin(const struct check_show *show);
void check_show_finding(void *context, const struct check_case *row,
			const struct check_finding *finding);
void check_show_end(const struct check_show *show);

/* How many cases were not tried. */
size_t check_show_left(const struct check_show *show);

#endif
