/* Reads markup that is well-formed: the report's HTML, which is XML as well, and its plots. */
#ifndef SIDECALL_TESTS_KIT_MARKUP_H
#define SIDECALL_TESTS_KIT_MARKUP_H

#include <stdbool.h>
#include <stddef.h>

#define MARKUP_DEPTH 64

enum markup_event {
	MARKUP_OPEN,  /* an element begins; one that is empty has its end next */
	MARKUP_CLOSE, /* an element ends */
	MARKUP_TEXT,
	MARKUP_END,  /* of the whole, with all elements closed */
	MARKUP_WRONG /* it is not well-formed; `text` says why */
};

/* Set at; the rest starts at zero. */
struct markup {
	const char *at;   /* what is left */
	char name[64];    /* of the element that begins or ends */
	char *attributes; /* of the element that begins, as they are written */
	char *text;       /* without entities */
	bool empty;       /* the element that has begun ends at once */
	int depth;        /* elements that are open */
	char open[MARKUP_DEPTH][64];
};

enum markup_event markup_next(struct markup *markup);
void markup_release(struct markup *markup);

/* An attribute of the element that has begun, without entities.  False when it has none. */
bool markup_attribute(const struct markup *markup, const char *name, char *value, size_t size);

/* The same as a number; NaN when there is none. */
double markup_number(const struct markup *markup, const char *name);

#endif
