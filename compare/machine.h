/* What a comparison was made on: the machine and the versions, as far as they can be known. */
#ifndef SIDECALL_COMPARE_MACHINE_H
#define SIDECALL_COMPARE_MACHINE_H

#include "compare/show/html.h"
#include "common/text.h"

/*
 * An object: cpu, cpus (that this process may use), virtual (a boolean) and vendor, governor,
 * system, kernel, architecture, libtirpc, compiler.  What is not known is absent.
 */
json_t *machine_facts(void);

/* The facts of a document, with its version and its date. */
void machine_print(const json_t *document, const struct text *out);
void machine_write(const json_t *document, struct html *html);

#endif
