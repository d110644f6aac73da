/* One way to call the same two procedures, for who asks what others' runtimes take: main.c measures
 * it, and a file of its own has each of them. */
#ifndef SIDECALL_BENCH_OTHERS_WAY_H
#define SIDECALL_BENCH_OTHERS_WAY_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whatever fails is said on standard error. */
struct way {
	/* Serves the files below a directory until it is killed, and prints its address first.
	 * NULL: sidecalld does. */
	int (*serve)(const char *directory);
	bool (*open)(const char *address);
	bool (*divide)(int64_t dividend, int64_t divisor, int64_t *quotient);
	/* All that the reply says of each file is read: the sum of the lengths of the names and of
	 * the sizes, so that nobody gets by with less. */
	bool (*list)(uint64_t *sum);
};

extern const struct way way; /* the program's */

#ifdef __cplusplus
}
#endif

#endif
