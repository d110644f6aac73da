/* How sidecall check shows what it found. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_CHECK_SHOW_H
#define SIDECALL_PROGRAMS_SIDECALL_CHECK_SHOW_H

#include "check/check.h"
#include "programs/sidecall/command.h"

struct check_show {
	const struct context *context;
	bool verbose;                   /* bytes and reasons also of what passes */
	size_t planned;                 /* cases, of which one may be the last */
	size_t passed, failed, differs; /* until now */
};

void check_show_begin(struct check_show *show, const struct check_target *target);
void check_show_finding(void *context, const struct check_case *row,
			const struct check_finding *finding);
void check_show_end(struct check_show *show);

#endif
