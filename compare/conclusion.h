/* What follows from a document: what all its parts say, and the answer that is made of it. */
#ifndef SIDECALL_COMPARE_CONCLUSION_H
#define SIDECALL_COMPARE_CONCLUSION_H

#include "common/text.h"
#include "compare/show/html.h"

/* The document's member "verdict": a new object. */
json_t *conclusion_make(const json_t *document);

void conclusion_print(const json_t *verdict, const struct text *out);

/* In the report: the answer; the table of choices; and what a part says, first or else. */
void conclusion_write_answer(const json_t *verdict, struct html *html);
void conclusion_write_choices(struct place verdict, struct html *html);
void conclusion_write_said(const json_t *verdict, const char *part, bool first, struct html *html);

#endif
