/* A test program of attacks: one test for each, in the order of their table. */
#include "tests/kit/campaign.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/process.h"

#define MOST_TESTS 64

static const struct campaign *current;
static const struct attack *attack_of[MOST_TESTS];

static bool is_made(const struct campaign *campaign, const struct attack *attack, const char *word)
{
	if (word)
		return strstr(attack->name, word) != NULL;
	return !campaign->makes || campaign->makes(attack);
}

/* CUnit calls without an argument, but in the order of the table. */
static void test_next(void)
{
	static int next;

	current->run(attack_of[next++]);
}

int campaign_main(const struct campaign *campaign, int argc, char **argv)
{
	struct test tests[MOST_TESTS + 2] = { campaign->first };
	int status, count = 0, before = campaign->first.name != NULL;

	signal(SIGPIPE, SIG_IGN);
	if (!program_use_built() || !attack_make_root(campaign->root))
		return EXIT_FAILURE;
	current = campaign;
	for (const struct attack *a = attacks; a->name && count < MOST_TESTS; a++)
		if (is_made(campaign, a, argc > 1 ? argv[1] : NULL)) {
			tests[before + count] = (struct test){ a->name, test_next };
			attack_of[count++] = a;
		}
	status = harness_run(campaign->suite, tests);
	remove_tree(campaign->root);
	return status;
}
