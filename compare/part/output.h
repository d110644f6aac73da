/* A file that is written whole or not at all: under another name beside it, and then renamed. */
#ifndef SIDECALL_COMPARE_PART_OUTPUT_H
#define SIDECALL_COMPARE_PART_OUTPUT_H

#include <limits.h>
#include <stdio.h>

#include "client/runtime/failure.h"

struct output {
	int directory; /* a descriptor; -1: none */
	char name[NAME_MAX + 1];
};

/* Looks, long before there is anything to write, whether the file can be.  Where it is does not
 * depend on the working directory from then on.  0, or the failure's code: FAILURE_OUTPUT. */
int output_open(struct output *output, const char *path, struct failure *failure);
void output_close(struct output *output);

/* Has `write` write it.  0, or the failure's code with the file as it was. */
int output_write(const struct output *output, void (*write)(const void *what, FILE *file),
		 const void *what, struct failure *failure);

#endif
