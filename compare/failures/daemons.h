/*
 * Debian's own RPC daemons beside bad clients, as they are and on our runtime.  That takes root, a
 * mirror of Debian and half an hour, so it is not done while others are compared: tests/daemons/run
 * has judged them, and daemons.tsv, which is built in, has what it saw.
 */
#ifndef SIDECALL_COMPARE_FAILURES_DAEMONS_H
#define SIDECALL_COMPARE_FAILURES_DAEMONS_H

#include "common/text.h"
#include "compare/part/place.h"
#include "compare/part/verdict.h"

struct html;

/* The text of daemons.tsv. */
extern const char daemons_tsv[];

/* One of its lines: a daemon beside a bad client. */
struct daemon_cell {
	const char *daemon, *kind, *name; /* of the bad client: its kind, and which it is */
	const char *stock, *ours;         /* what became of the honest client, see daemons.c */
	double stock_ms, ours_ms;         /* its slowest call */
};

/* The next cell of a text, which is cut up for it and must outlive it; false behind the last. */
bool daemon_cell_next(char **text, struct daemon_cell *cell);

/* What a text of that form says, as an object of the document, with a row a daemon: a new
 * reference. */
json_t *daemons_read(const char *text);

/* Of a part that has such an object; of another they do nothing. */
void daemons_print(const json_t *part, const struct text *out);
void daemons_write(struct place part, struct html *html);
void daemons_judge(const json_t *part, struct verdict *verdict);

#endif
