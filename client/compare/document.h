/* The document of a comparison: made from its parts, and shown. */
#ifndef SIDECALL_CLIENT_COMPARE_DOCUMENT_H
#define SIDECALL_CLIENT_COMPARE_DOCUMENT_H

#include <stdio.h>

#include "client/compare/part.h"

/*
 * Runs the parts whose names stand in `only`, separated by commas, or all of them for NULL, and
 * adds machine and verdict.  The servers are running.  A new reference, or NULL with the failure: a
 * comparison is whole, or there is none.
 */
json_t *document_make(struct comparison *comparison, const char *only, struct failure *failure);

/* Whether such a list names parts only; if not, what it names instead. */
bool document_names_parts(const char *only, char unknown[64]);

/* A document that was kept as JSON.  NULL with the failure when it cannot be read, or is none. */
json_t *document_read(const char *path, struct failure *failure);

/* For people: on a terminal, or as the report.  A part that is missing is left out. */
void document_print(const json_t *document, const struct text *out);
void document_write(const json_t *document, FILE *file);

#endif
