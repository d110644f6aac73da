/* What every fuzzing target has: its one function, and how it says that something must hold. */
#ifndef SIDECALL_FUZZ_FUZZ_H
#define SIDECALL_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's name for it.  What a call does must depend on these bytes alone.  0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program, as an assertion does, but with NDEBUG too. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* The bytes as a text, a copy that ends where it ends.  The caller's to free. */
static inline char *exact_text(const void *bytes, size_t size)
{
	char *text = malloc(size + 1);

	MUST(text != NULL);
	if (size)
		memcpy(text, bytes, size);
	text[size] = '\0';
	return text;
}

#endif
