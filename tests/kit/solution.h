/* The servers of examples/servers/, which are shown to learners: built, started and ended. */
#ifndef SIDECALL_TESTS_KIT_SOLUTION_H
#define SIDECALL_TESTS_KIT_SOLUTION_H

#include <stdbool.h>
#include <sys/types.h>

/* Builds one of those in C ("all": each), from a directory like examples/servers/c into another,
 * by the Makefile that learners use.  What it says is printed when it fails. */
bool solution_build(const char *source, const char *target, const char *name);

/* Whether there is python3; the test counts as skipped where not. */
bool solution_has_python(void);

struct solution {
	pid_t pid;
	int out, error;
	char endpoint[256]; /* what it says first: where it is */
};

/* Starts a program and reads its first line.  False: it says nothing; it is to be ended then, too.
 */
bool solution_start(struct solution *solution, const char *const argv[]);

/* Has it end.  Its exit status, as in struct outcome; what it said on standard error is in *said,
 * for free(). */
int solution_stop(struct solution *solution, char **said);

#endif
