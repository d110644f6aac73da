/* A test program of attacks: one test for each, in the order of their table. */
#ifndef SIDECALL_TESTS_KIT_ATTACK_TESTS_H
#define SIDECALL_TESTS_KIT_ATTACK_TESTS_H

#include "tests/kit/attacks.h"
#include "tests/kit/harness.h"

struct attack_tests {
	const char *suite;
	char *root;        /* made for the servers to show, and removed: a template of mkdtemp() */
	struct test first; /* before them all, if there is one */
	bool (*makes)(const struct attack *attack); /* NULL: all of them */
	void (*run)(const struct attack *attack);
};

/* main() of that program; with an argument it makes only the attacks that have this in their name,
 * whatever they are. */
int attack_tests_main(const struct attack_tests *program, int argc, char **argv);

#endif
