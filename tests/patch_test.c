/* What adding a procedure takes: the patches that add divmod apply, build, and answer as promised.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

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

/* A server that has one version of the calculator alone, as a program. */
static const char *of_version(unsigned int version)
{
	static char path[PATH_MAX];
	FILE *script;

	snprintf(path, sizeof(path), "%s/version-%u", directory, version);
	script = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(script);
	fprintf(script, "#!/bin/sh\nexec %s --calc-version %u \"$@\"\n", patched("sidecalld"),
		version);
	fclose(script);
	chmod(path, 0755);
	return path;
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

/* A server that has retired a version does not have what only others have, by whatever protocol. */
static void test_one_version(void)
{
	static const struct {
		unsigned int version;
		const char *words[3];
		int status[2]; /* by rpc, by raw */
	} cases[] = {
		{ 1, { "divide", "84", "2" }, { 0, 0 } },
		{ 1, { "accumulate", "x", "1" }, { 76, 76 } },
		{ 1, { "divmod", "7", "2" }, { 76, 76 } },
		{ 2, { "accumulate", "x", "1" }, { 0, 0 } },
		{ 2, { "divmod", "7", "2" }, { 76, 76 } },
		/* By raw nobody can tell by which version divide is meant. */
		{ 3, { "divide", "84", "2" }, { 76, 0 } },
		{ 3, { "divmod", "7", "2" }, { 0, 0 } },
		{ 4, { "null", NULL, NULL }, { 69, 69 } }, /* it does not start */
	};

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		char client[PATH_MAX];
		struct outcome outcome;

		snprintf(client, sizeof(client), "%s", patched("sidecall"));
		outcome = call(client, of_version(cases[i / 2].version), vias[i % 2],
			       cases[i / 2].words);
		CHECK_THAT(outcome.status == cases[i / 2].status[i % 2],
			   "%s of version %u by %s: %d, and %d was expected: %s",
			   cases[i / 2].words[0], cases[i / 2].version, vias[i % 2], outcome.status,
			   cases[i / 2].status[i % 2], outcome.error);
		outcome_release(&outcome);
	}
}

/* To its last byte, by the contract's names. */
static void test_trace(void)
{
	static const char *const shown[] = { "call CALC_DIVMOD", "reply CALC_DIVMOD",
					     "division.quotient", "division.remainder" };

	for (int i = 0; i < 2; i++) {
		const char *argv[] = {
			NULL, "--trace", "--via", vias[i], "divmod", "7", "2", NULL
		};
		char client[PATH_MAX];
		struct outcome outcome;

		snprintf(client, sizeof(client), "%s", patched("sidecall"));
		argv[0] = client;
		setenv("SIDECALLD", patched("sidecalld"), 1);
		outcome = process_run(argv, NULL);
		CHECK_INT(outcome.status, 0);
		CHECK_STR(outcome.out, "quotient   3\nremainder  1\n");
		for (size_t j = 0; j < sizeof(shown) / sizeof(shown[0]); j++)
			CHECK_THAT(strstr(outcome.error, shown[j]), "no %s in: %s", shown[j],
				   outcome.error);
		CU_ASSERT_PTR_NULL(strstr(outcome.error, "not understood"));
		CU_ASSERT_PTR_NULL(strstr(outcome.error, "not in the contract"));
		outcome_release(&outcome);
	}
}

/* The object of that key in a list of objects. */
static const json_t *object_of_key(const json_t *list, const char *key)
{
	size_t index;
	const json_t *object;

	json_array_foreach (list, index, object)
		if (strcmp(json_string_value(json_object_get(object, "key")), key) == 0)
			return object;
	CU_FAIL_FATAL(key);
	return NULL;
}

static void check_refused(const json_t *of, const char *cells, const char *by)
{
	size_t index;
	const json_t *cell, *list = json_object_get(of, cells);

	CU_ASSERT(json_array_size(list) > 2);
	json_array_foreach (list, index, cell) {
		const char *saw = json_string_value(json_object_get(cell, "saw"));

		CHECK_THAT(strcmp(saw, "refused") == 0, "%s of %s: %s",
			   json_string_value(json_object_get(of, "key")),
			   json_string_value(json_object_get(cell, by)), saw);
	}
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* What the comparison calls in vain still is not there. */
static void test_comparison(void)
{
	const char *argv[] = { NULL,     "compare", "--quick", "--only", "failures,evolution",
			       "--json", NULL };
	const json_t *faults, *changes;
	char client[PATH_MAX];
	struct outcome outcome;
	json_t *document;

	snprintf(client, sizeof(client), "%s", patched("sidecall"));
	argv[0] = client;
	setenv("SIDECALLD", patched("sidecalld"), 1);
	outcome = process_run_within(argv, NULL, BUILD_TIME);
	document = json_loads(outcome.out, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(document);
	faults = json_object_get(json_object_get(document, "failures"), "faults");
	check_refused(object_of_key(faults, "version"), "cells", "endpoint");
	check_refused(object_of_key(faults, "procedure"), "cells", "endpoint");
	CHECK_STR(text_of(object_of_key(faults, "version"), "how"),
		  "rpc: version 4 of the program; raw: version 2 of the protocol");
	changes = json_object_get(json_object_get(document, "evolution"), "changes");
	check_refused(object_of_key(changes, "unknown_procedure"), "answers", "protocol");
	check_refused(object_of_key(changes, "new_procedure"), "answers", "protocol");
	CHECK_STR(text_of(object_of_key(changes, "unknown_procedure"), "client"), "procedure 9");
	CHECK_STR(text_of(object_of_key(changes, "old_client"), "server"), "versions 1 to 3");
	CHECK_STR(text_of(object_of_key(changes, "retired"), "server"), "version 3 alone");
	json_decref(document);
	outcome_release(&outcome);
}

/* ---- how much there is to edit ---- */

static unsigned int count_places(const char *name)
{
	char path[128], line[512];
	unsigned int count = 0;
	FILE *patch;

	snprintf(path, sizeof(path), "tests/patches/divmod-%s.patch", name);
	patch = fopen(path, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(patch);
	while (fgets(line, sizeof(line), patch))
		count += strncmp(line, "@@ ", 3) == 0;
	fclose(patch);
	return count;
}

static void test_places(void)
{
	char text[65536], counted[160];
	FILE *page = fopen("docs/architecture.md", "re");

	CU_ASSERT_PTR_NOT_NULL_FATAL(page);
	text[fread(text, 1, sizeof(text) - 1, page)] = '\0';
	fclose(page);
	snprintf(counted, sizeof(counted),
		 "%u for the service, %u for the command; %u by rpc, after %u for a new version; "
		 "%u by hand.",
		 count_places("service"), count_places("command"), count_places("rpc"),
		 count_places("rpc-version"), count_places("raw"));
	CHECK_THAT(strstr(text, counted) != NULL, "docs/architecture.md says not: %s", counted);
}

int main(void)
{
	static const struct test tests[] = {
		{ "the places that are edited", test_places },
		{ "the patches apply and build", test_build },
		{ "divmod by rpc and by raw", test_answers },
		{ "old and new beside each other", test_versions },
		{ "servers of one version", test_one_version },
		{ "every byte of divmod explained", test_trace },
		{ "what does not exist, in the comparison", test_comparison },
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
