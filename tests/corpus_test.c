/* Contracts as they are in life: files with a trap in each, and those that come with the system. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contract/contract.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

/* ---- ours: what each is to be taken for is written beside them ---- */

#define CORPUS "tests/corpus"

static struct contract *read_file(const char *path)
{
	struct contract *contract = contract_open();

	CU_ASSERT_PTR_NOT_NULL_FATAL(contract);
	CHECK_INT(contract_add_file(contract, path), 0);
	contract_resolve(contract);
	return contract;
}

static void check_verdict(const char *name, const char *verdict)
{
	char path[128];
	struct contract *contract;

	snprintf(path, sizeof(path), CORPUS "/%s", name);
	contract = read_file(path);
	CHECK_THAT((contract->error_count == 0) == (strcmp(verdict, "accept") == 0),
		   "%s: expected to %s it: %s", name, verdict,
		   contract->complaint_count ? contract->complaints[0].text : "nothing is said");
	contract_close(contract);
}

static void test_corpus(void)
{
	FILE *expected = fopen(CORPUS "/EXPECT.tsv", "re");
	char line[256], name[64], verdict[16];
	size_t count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(expected);
	for (; fgets(line, sizeof(line), expected); count++) {
		CHECK_INT(sscanf(line, "%63[^\t]\t%15[a-z]", name, verdict), 2);
		check_verdict(name, verdict);
	}
	fclose(expected);
	CHECK_INT(count, 40);
}

/* ---- the system's: rpcsvc-proto, libnsl-dev and libtirpc-dev have them ---- */

static const char *const directories[] = { "/usr/include/rpcsvc", "/usr/include/tirpc/rpc",
					   "/usr/include/tirpc/rpcsvc" };

static void check_public(const char *path)
{
	struct contract *contract = read_file(path);

	CHECK_THAT(contract->error_count == 0, "%s: %s", path,
		   contract->complaint_count ? contract->complaints[0].text : "");
	CHECK_THAT(contract->type_count + contract->program_count > 0, "%s: it has nothing", path);
	contract_close(contract);
}

/* How many there were. */
static size_t check_directory(const char *name)
{
	DIR *directory = opendir(name);
	struct dirent *entry;
	char path[512];
	size_t count = 0;

	while (directory && (entry = readdir(directory))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".x") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
		check_public(path);
		count++;
	}
	if (directory)
		closedir(directory);
	return count;
}

static void test_public(void)
{
	size_t count = 0;

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		count += check_directory(directories[i]);
	if (count == 0)
		harness_skip("no public contracts are installed");
}

/* ---- files that the C compiler is told of ---- */

static void write_file(const char *directory, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
	fclose(file);
}

/* `%#include "other.h"` names other.x, which stands beside it; its own header names itself, and
 * another one has no contract. */
static void test_header_of_contract(void)
{
	char directory[] = "/tmp/sidecall-corpus-XXXXXX", path[128];
	struct contract *contract;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	write_file(directory, "other.x",
		   "%#include \"one.h\"\n%#include \"third.h\"\n"
		   "struct b { int y; };\n");
	write_file(directory, "third.x", "struct c { int z; };\n");
	write_file(directory, "fourth.x", "struct d { int u; };\n");
	write_file(directory, "one.x",
		   "%#include \"one.h\"\n%#include \"other.h\" /* b */\n"
		   "%#include \"third.h\"\n%#include \"nothing.h\"\n"
		   "%#include <x/fourth.h>\nstruct a { b x; c z; d w; };\n");
	snprintf(path, sizeof(path), "%s/one.x", directory);
	contract = read_file(path);
	CHECK_INT(contract->error_count, 0);
	CHECK_INT(contract->type_count, 4);
	CHECK_INT(contract->complaint_count, 3);
	CHECK_INT(contract->complaints[0].note, true);
	CU_ASSERT_PTR_NOT_NULL(strstr(contract->complaints[0].text, "other.x is read for it"));
	contract_close(contract);
	remove_tree(directory);
}

int main(void)
{
	static const struct test tests[] = {
		{ "files with a trap in each", test_corpus },
		{ "the system's own contracts", test_public },
		{ "headers that are made of contracts", test_header_of_contract },
		{ NULL, NULL },
	};

	return harness_run("corpus", tests);
}
