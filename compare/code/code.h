/* How the code of the ways of calling is shown; compare/code/code.c makes what is shown. */
#ifndef SIDECALL_COMPARE_CODE_CODE_H
#define SIDECALL_COMPARE_CODE_CODE_H

#include "compare/show/html.h"
#include "compare/part/part.h"
#include "compare/part/verdict.h"

PART_DECLARE(code);

/* The jobs of a call, in their order, up to NULL. */
extern const struct figure *const code_jobs[];

/* Which of the procedures the two ways differ in most: its place. */
size_t code_clearest(const json_t *part);

/* Which libtirpc was counted, to be freed; NULL when out of memory. */
char *code_libtirpc(const json_t *part);

#endif
