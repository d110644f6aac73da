/* What is a contract: for us, and for rpcgen.  Where we are stricter, docs/call.md says so. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/contract.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CORPUS       "tests/corpus"

/* What rpcgen takes and we refuse; and the words of docs/call.md for it. */
static const struct kind {
	const char *name, *words;
} kinds[] = {
	{ "undeclared", "| a name that is nowhere declared |" },
	{ "twice", "| a name or a number that is there twice |" },
	{ "number", "| a number that is none, or out of its range |" },
	{ "itself", "| a type that contains itself |" },
	{ "discriminant", "| a discriminant that is no whole number, or a case it cannot have |" },
	{ "byte", "| a zero byte |" },
};

/* The files of the corpus of which that is so. */
static const struct known {
	const char *file, *kind;
} known[] = {
	{ "dup_type.x", "twice" },
	{ "enum_dup_label.x", "twice" },
	{ "nul_byte.x", "byte" },
	{ "octal_bad.x", "number" },
	{ "program_dup_version.x", "twice" },
	{ "self_mutual.x", "itself" },
	{ "union_dup.x", "twice" },
	{ "union_label_unknown.x", "undeclared" },
	{ "unknown_type.x", "undeclared" },
};

static char directory[] = "/tmp/sidecall-rpcgen-XXXXXX";

/* ---- both verdicts ---- */

/* It never ends with some, so it has a second of the processor. */
static bool rpcgen_accepts(const char *path)
{
	const char *const argv[] = { "/bin/sh", "-c",
				     "ulimit -t 1; exec rpcgen -C -c \"$0\" >/dev/null", path,
				     NULL };
	struct outcome outcome = process_run(argv, NULL);
	bool accepts = outcome.status == 0;

	outcome_release(&outcome);
	return accepts;
}

static bool is_accepted(const char *path)
{
	struct contract *contract = contract_open();
	bool accepted;

	CU_ASSERT_PTR_NOT_NULL_FATAL(contract);
	CHECK_INT(contract_add_file(contract, path), 0);
	contract_resolve(contract);
	accepted = contract->error_count == 0;
	contract_close(contract);
	return accepted;
}

/* `kind` is one of `kinds`, or "-": what rpcgen accepts is accepted. */
static void check_file(const char *path, const char *kind, const char *what)
{
	bool refused = rpcgen_accepts(path) && !is_accepted(path);

	CHECK_THAT(refused == (strcmp(kind, "-") != 0),
		   refused ? "rpcgen takes it, and we do not: %s"
			   : "this is no difference to rpcgen (any more): %s",
		   what);
}

/* ---- what there is ---- */

static const char *kind_of(const char *file)
{
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i].file, file) == 0)
			return known[i].kind;
	return "-";
}

static size_t check_directory(const char *name)
{
	DIR *files = opendir(name);
	struct dirent *entry;
	char path[512];
	size_t count = 0;

	while (files && (entry = readdir(files))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".x") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
		check_file(path, kind_of(entry->d_name), path);
		count++;
	}
	if (files)
		closedir(files);
	return count;
}

static void test_corpus(void)
{
	CHECK_INT(check_directory(CORPUS), 40);
}

static void test_public(void)
{
	size_t count = check_directory("/usr/include/rpcsvc") +
		       check_directory("/usr/include/tirpc/rpc") +
		       check_directory("/usr/include/tirpc/rpcsvc");

	if (count == 0)
		harness_skip("no public contracts are installed");
}

static void check_definition(const char *kind, const char *definition)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/one.x", directory);
	file = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(definition, file);
	fclose(file);
	check_file(path, kind, definition);
}

static void test_definitions(void)
{
	FILE *list = fopen(CORPUS "/definitions.tsv", "re");
	char line[512], *tab;
	size_t count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(list);
	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	for (; fgets(line, sizeof(line), list); count++) {
		tab = strchr(line, '\t');
		CU_ASSERT_PTR_NOT_NULL_FATAL(tab);
		*tab = '\0';
		check_definition(line, tab + 1);
	}
	fclose(list);
	remove_tree(directory);
	CHECK_THAT(count > 180, "%zu definitions", count);
}

/* ---- what is said of it ---- */

static void test_said(void)
{
	char text[65536];
	FILE *page = fopen("docs/call.md", "re");

	CU_ASSERT_PTR_NOT_NULL_FATAL(page);
	text[fread(text, 1, sizeof(text) - 1, page)] = '\0';
	fclose(page);
	for (size_t i = 0; i < COUNT(kinds); i++)
		CHECK_THAT(strstr(text, kinds[i].words) != NULL, "docs/call.md has no \"%s\"",
			   kinds[i].words);
}

static bool is_kind(const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return true;
	return strcmp(name, "-") == 0;
}

/* Each difference is of a kind that is said. */
static void test_kinds(void)
{
	FILE *list = fopen(CORPUS "/definitions.tsv", "re");
	char line[512];

	CU_ASSERT_PTR_NOT_NULL_FATAL(list);
	while (fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\t")] = '\0';
		CHECK_THAT(is_kind(line), "\"%s\" is no kind", line);
	}
	fclose(list);
	for (size_t i = 0; i < COUNT(known); i++)
		CHECK_THAT(is_kind(known[i].kind), "\"%s\" is no kind", known[i].kind);
}

int main(void)
{
	static const struct test tests[] = {
		{ "the corpus", test_corpus },
		{ "the system's own contracts", test_public },
		{ "definitions, right and wrong", test_definitions },
		{ "the differences are of kinds", test_kinds },
		{ "the kinds are documented", test_said },
		{ NULL, NULL },
	};

	return harness_run("rpcgen", tests);
}
