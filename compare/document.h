/* The document of a comparison: made from its parts, and shown. */
#ifndef SIDECALL_COMPARE_DOCUMENT_H
#define SIDECALL_COMPARE_DOCUMENT_H

#include <stdio.h>

#include "compare/part/part.h"

/*
 * Runs the parts whose names stand in `only`, separated by commas, or all of them for NULL, and
 * adds machine and verdict.  The servers are running.  A new reference, or NULL with the failure: a
 * comparison is whole, or there is none.
 */
json_t *document_make(struct comparison *comparison, const char *only, struct failure *failure);

/* Whether such a list names parts only; if not, what it names instead. */
bool document_names_parts(const char *only, char unknown[64]);

/*
 * Takes JSON of that name as a document: its verdict is made anew, and what it said against another
 * one is dropped.  0, or FAILURE_DATA when it is none, or has members of the wrong type.
 */
int document_adopt(json_t *document, const char *name, struct failure *failure);

/* A document that was kept in a file, so taken.  NULL with the failure. */
json_t *document_read(const char *path, struct failure *failure);

/* For people: on a terminal, or as the report.  A part that is missing is left out. */
void document_print(const json_t *document, const struct text *out);
void document_write(const json_t *document, FILE *file);

#endif
