/* A daemon that is started, found, watched and ended; all in namespaces that tests/daemons/place
 * made. */
#ifndef SIDECALL_TESTS_DAEMONS_LAB_H
#define SIDECALL_TESTS_DAEMONS_LAB_H

#include <sys/types.h>

#include "tests/daemons/honest.h"

enum verdict { PASSED, FAILED, INAPPLICABLE };

struct lab {
	const struct daemon *daemon;
	const char *const *command;
	int near, far; /* the daemon's network namespace, and the other host's */
	int limit;     /* milliseconds that a call may take */
	rlim_t descriptors;
	pid_t pid; /* the daemon's */
	struct honest honest;
	int status; /* how it ended, as waitpid() has it, once it has */

	/* What is found out. */
	enum verdict verdict;
	char detail[320];
};

/* Notes a failure, the first of a case. */
void lab_fail(struct lab *lab, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lab_not_for(struct lab *lab, const char *why);
/* Adds to what is said of a cell that passed. */
void lab_note(struct lab *lab, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Starts the daemon, waits until it is registered and joins an honest client, by the ways in the
 * mask.  False, and noted, when that fails. */
bool lab_start(struct lab *lab, unsigned int ways);

/* Whether the daemon is there; notes a failure, and how it ended, when it is not. */
bool lab_lives(struct lab *lab);

/* The honest client's rounds; notes a failure when something goes wrong. */
bool lab_serves(struct lab *lab, const char *when, int64_t duration);

/* The program's first process, 0 when there is none. */
pid_t lab_find(const struct daemon *daemon);

/* Kills all its processes, also those that serve a single call. */
void lab_kill(struct lab *lab);

/* Waits for so many milliseconds until the daemon is gone. */
bool lab_ends(struct lab *lab, int milliseconds);

/* The other host's network is this process's (or its own again); and where it finds the daemon. */
void lab_go_far(const struct lab *lab, bool far);
void lab_place_as_far(struct place *place);

#endif
