/* A part of a comparison, and what all of them share while they run. */
#ifndef SIDECALL_COMPARE_PART_PART_H
#define SIDECALL_COMPARE_PART_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "client/runtime/failure.h"
#include "common/text.h"
#include "compare/part/place.h"

struct html;
struct servers;
struct part;
struct verdict;

/* What all parts share while they run. */
struct comparison {
	bool quick;              /* twenty seconds for all parts, instead of three minutes */
	const char *root;        /* what the user has the servers serve; NULL: files of ours */
	int64_t timeout;         /* nanoseconds for a call */
	struct servers *servers; /* running; a part that breaks servers starts its own */
	const struct part *part; /* under way */
	/* Whether the user wants it to end: a part looks between its steps. */
	bool (*stopped)(void);
	/* Says what is being done, where somebody looks on.  See comparison_progress(). */
	void (*progress)(struct comparison *comparison, const char *what);
};

/* What a part does now, in a few words, as in "rpc+tcp: list". */
void comparison_progress(struct comparison *comparison, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What repeats this part alone, as it is run now: a new string. */
json_t *comparison_command(const struct comparison *comparison, const struct part *part);

/* Writes that the user ended it, and returns NULL: for a part to return. */
json_t *comparison_interrupted(struct failure *failure);

/*
 * A part makes one object of the document, of figures (figures.h).  Its numbers are plain, in base
 * units, with the unit in the key (p50_ns, all_bytes, per_second, lines); what is not known is
 * absent.  A figure that was measured several times has its bounds beside it.
 * Objects that hold figures have a "command", which repeats them.  Terminal and report show this
 * object and nothing else.
 */
struct part {
	const struct figure *figure; /* its object in the document; its key is the part's name */
	const char *title;           /* "Code: who writes it, and how much of it" */
	/* Makes the part's object: a new reference, or NULL with the failure. */
	json_t *(*run)(struct comparison *comparison, struct failure *failure);
	/* Prints it for people, in 100 columns. */
	void (*print)(const json_t *part, const struct text *out);
	/* Writes what everybody sees of its section of the report, behind what weighs most: at most
	 * one plot and one table. */
	void (*write)(struct place part, struct html *html);
	/* Writes the rest, which is folded under `more`, its summary. */
	void (*write_more)(struct place part, struct html *html);
	const char *more;
	/* What follows from its figures.  May be NULL. */
	void (*judge)(const json_t *part, struct verdict *verdict);
};

/* Declares a part's row, and what its slots hold. */
#define PART_DECLARE(name)                                                                         \
	extern const struct part part_##name;                                                      \
	void name##_print(const json_t *part, const struct text *out);                             \
	void name##_write(struct place part, struct html *html);                                   \
	void name##_write_more(struct place part, struct html *html);                              \
	void name##_judge(const json_t *part, struct verdict *verdict)

#endif
