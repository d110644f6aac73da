/* How the code of the ways of calling is shown; compare/code/code.c makes what is shown. */
#ifndef SIDECALL_COMPARE_CODE_CODE_H
#define SIDECALL_COMPARE_CODE_CODE_H

#include <jansson.h>
#include <stdbool.h>

#include "compare/show/html.h"
#include "compare/part/part.h"
#include "compare/part/verdict.h"
#include "common/text.h"

extern const struct part part_code;

/* See struct part. */
void code_print(const json_t *part, const struct text *out);
void code_write(struct place part, struct html *html);
void code_write_more(struct place part, struct html *html);
void code_judge(const json_t *part, struct verdict *verdict);

/* What both show: the columns of their tables, the jobs in their order up to NULL, and words. */
extern const struct column code_line_columns[], code_procedure_columns[], code_patch_columns[];
extern const struct column code_file_columns[];
extern const struct figure *const code_jobs[];
extern const char code_what_counts[], code_what_shares[], code_what_patches[];

/* Which of the procedures the two ways differ in most: its place. */
size_t code_clearest(const json_t *part);

/* Which libtirpc was counted, to be freed; NULL when out of memory. */
char *code_libtirpc(const json_t *part);

/* Whether the piece of a procedure is of that job and, exactly, that way. */
bool code_is_piece(const json_t *piece, const char *job, const char *way);

#endif
