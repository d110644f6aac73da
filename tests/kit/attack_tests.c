/* A test program of attacks: one test for each, in the order of their table. */
#include "tests/kit/attack_tests.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/process.h"

#define MOST_TESTS 64

static const struct attack_tests *current;
static const struct attack *attack_of[MOST_TESTS];

static bool is_made(const struct attack_tests *program, const struct attack *attack,
		    const char *word)
{
	if (word)
		return strstr(attack->name, word) != NULL;
	return !program->makes || program->makes(attack);
}

/* CUnit calls without an argument, but in the order of the table. */
static void test_next(void)
{
	static int next;

	current->run(attack_of[next++]);
}

int attack_tests_main(const struct attack_tests *program, int argc, char **argv)
{
	struct test tests[MOST_TESTS + 2] = { program->first };
	int status, count = 0, before = program->first.name != NULL;

	signal(SIGPIPE, SIG_IGN);
	if (!program_use_built() || !attack_make_root(program->root))
		return EXIT_FAILURE;
	current = program;
	for (const struct attack *a = attacks; a->name && count < MOST_TESTS; a++)
		if (is_made(program, a, argc > 1 ? argv[1] : NULL)) {
			tests[before + count] = (struct test){ a->name, test_next };
			attack_of[count++] = a;
		}
	status = harness_run(program->suite, tests);
	remove_tree(program->root);
	return status;
}
