/* What adding a procedure takes: the patches that add divmod apply, build, and answer as promised.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define BUILD_TIME 600 /* seconds, on a machine that does other things besides */

static char directory[] = "/tmp/sidecall-patch-XXXXXX"; /* of the copy of the tree */

/* The path of a program in the copy. */
static const char *patched(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/build/%s", directory, name);
	return path;
}

/* Calls by a pipe: `client` starts `server`. */
static struct outcome call(const char *client, const char *server, const char *via,
			   const char *const words[3])
{
	const char *const argv[] = { client,   "--via",  via,      "--json",
				     words[0], words[1], words[2], NULL };
	char path[PATH_MAX];

	if (!realpath(server, path))
		CU_FAIL_FATAL("the server was not built");
	setenv("SIDECALLD", path, 1);
	return process_run(argv, NULL);
}

static const char *const vias[] = { "rpc+pipe", "raw+pipe" };

/* ---- the tests ---- */

static void test_build(void)
{
	const char *const argv[] = { "tests/patches/build", directory, NULL };
	struct outcome outcome = process_run_within(argv, NULL, BUILD_TIME);

	if (outcome.status)
		printf("%s%s", outcome.out, outcome.error);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	outcome_release(&outcome);
}

#define LEAST "-9223372036854775808"

static void test_answers(void)
{
	static const struct {
		const char *words[3];
		int status;
		const char *out;
	} cases[] = {
		{ { "divmod", "7", "2" },
		  0,
		  "{\"status\":\"OK\",\"quotient\":3,\"remainder\":1}\n" },
		{ { "divmod", "-7", "2" },
		  0,
		  "{\"status\":\"OK\",\"quotient\":-3,\"remainder\":-1}\n" },
		{ { "divmod", "7", "-2" },
		  0,
		  "{\"status\":\"OK\",\"quotient\":-3,\"remainder\":1}\n" },
		{ { "divmod", LEAST, "10" },
		  0,
		  "{\"status\":\"OK\",\"quotient\":-922337203685477580,\"remainder\":-8}\n" },
		{ { "divmod", "7", "0" }, 1, "{\"status\":\"DIVIDE_BY_ZERO\"}\n" },
		{ { "divmod", LEAST, "-1" }, 1, "{\"status\":\"OVERFLOW\"}\n" },
		{ { "divide", "84", "2" }, 0, "{\"status\":\"OK\",\"value\":42}\n" },
	};

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		char client[PATH_MAX];
		struct outcome outcome;

		snprintf(client, sizeof(client), "%s", patched("sidecall"));
		outcome = call(client, patched("sidecalld"), vias[i % 2], cases[i / 2].words);
		CHECK_INT(outcome.status, cases[i / 2].status);
		CHECK_STR(outcome.out, cases[i / 2].out);
		outcome_release(&outcome);
	}
}

/* A server of before says that it does not have it, and a client of before misses nothing. */
static void test_versions(void)
{
	static const char *const refusals[] = { "in versions 1 to 2 only",
						"does not have this operation" };
	static const char *const divmod[] = { "divmod", "7", "2" };
	static const char *const divide[] = { "divide", "84", "2" };

	for (int i = 0; i < 2; i++) {
		char program[PATH_MAX];
		struct outcome outcome;

		snprintf(program, sizeof(program), "%s", program_path("sidecalld"));
		outcome = call(patched("sidecall"), program, vias[i], divmod);
		CHECK_INT(outcome.status, 76);
		CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, refusals[i]));
		outcome_release(&outcome);

		outcome = call(program_path("sidecall"), patched("sidecalld"), vias[i], divide);
		CHECK_INT(outcome.status, 0);
		CHECK_STR(outcome.out, "{\"status\":\"OK\",\"value\":42}\n");
		outcome_release(&outcome);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "the patches apply and build", test_build },
		{ "divmod by rpc and by raw", test_answers },
		{ "old and new beside each other", test_versions },
		{ 0 },
	};
	int status;

	if (!harness_directory(directory)) {
		perror(directory);
		return EXIT_FAILURE;
	}
	status = harness_run("patch", tests);
	remove_tree(directory);
	return status;
}
