/* A test program of attacks: one test for each, in the order of their table. */
#ifndef SIDECALL_TESTS_KIT_CAMPAIGN_H
#define SIDECALL_TESTS_KIT_CAMPAIGN_H

#include "tests/kit/attacks.h"
#include "tests/kit/harness.h"

struct campaign {
	const char *suite;
	char *root;        /* made for the servers to show, and removed: a template of mkdtemp() */
	struct test first; /* before them all, if there is one */
	bool (*makes)(const struct attack *attack); /* NULL: all of them */
	void (*run)(const struct attack *attack);
};

/* main() of that program; with an argument it makes only the attacks that have this in their name,
 * whatever they are. */
int campaign_main(const struct campaign *campaign, int argc, char **argv);

#endif
