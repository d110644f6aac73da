/* What README says of Debian's daemons, as tests/daemons/run --write puts it there. */
#ifndef SIDECALL_TESTS_KIT_README_DAEMONS_H
#define SIDECALL_TESTS_KIT_README_DAEMONS_H

#include <stdio.h>

/* Writes it, as Markdown, from a text that has the form of compare/failures/daemons.tsv. */
void readme_daemons(const char *text, FILE *out);

#endif
