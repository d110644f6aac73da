/*
 * Every type of the contracts that come with the system: what rpcgen's filters and libtirpc take
 * for a value we take for the same, and the bytes come back from JSON.
 *
 * The filters are made here, by rpcgen and the C compiler.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/kit/filters.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define VALUES 300 /* of each type */

/*
 * Of nis.x rpcgen makes no header (nis_callback.x is about its types), and those of rpcb_prot.x and
 * crypt.x would be in the way of libtirpc's own.
 */
static const char *const names[] = {
	"bootparam_prot", "key_prot", "klm_prot", "mount",    "nfs_prot", "nlm_prot", "rex",
	"rquota",         "rstat",    "rusers",   "sm_inter", "spray",    "yp",       "yppasswd",
};
static const char *const folders[] = { "/usr/include/rpcsvc", "/usr/include/tirpc/rpc" };

static char directory[] = "/tmp/sidecall-public-XXXXXX";

/* Where it is; false when it is not installed. */
static bool find_file(const char *name, char path[128])
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, 128, "%s/%s.x", folders[i], name);
		if (access(path, R_OK) == 0)
			return true;
	}
	return false;
}

/* What has the filters and the sizes of all types in a table. */
static void write_table(const struct contract *contract, const char *name)
{
	char path[128];
	FILE *to;

	snprintf(path, sizeof(path), "%s/%s_table.c", directory, name);
	to = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(to);
	fprintf(to,
		"#include \"%s.h\"\n"
		"const struct { const char *type; xdrproc_t filter; unsigned long size; }\n"
		"filters[] = {\n",
		name);
	for (size_t i = 0; i < contract->type_count; i++)
		fprintf(to, "{ \"%s\", (xdrproc_t)xdr_%s, sizeof(%s) },\n",
			contract->types[i]->name, contract->types[i]->name,
			contract->types[i]->name);
	fputs("{ 0 } };\n", to);
	fclose(to);
}

static bool build_filters(const char *name, const char *source)
{
	char command[1024];

	snprintf(command, sizeof(command),
		 "cd %s && cp %s . && "
		 "rpcgen -h -o %s.h %s.x && rpcgen -c -o %s_xdr.c %s.x && "
		 "${CC:-cc} -w -shared -fPIC -Wl,-Bsymbolic -I/usr/include/tirpc -o %s.so "
		 "%s_xdr.c %s_table.c >%s.log 2>&1",
		 directory, source, name, name, name, name, name, name, name, name);
	return system(command) == 0;
}

/* ---- values, and what is nearly one ---- */

/* Changes a byte, cuts the end off, or adds something. */
static void spoil(struct buffer *bytes, unsigned int *seed)
{
	unsigned int at = (unsigned int)rand_r(seed), how = (unsigned int)rand_r(seed) % 4;

	if (how == 0 || bytes->length == 0)
		buffer_append(bytes, "\0\0\0\1", 4);
	else if (how == 1)
		bytes->length = at % bytes->length;
	else if (how == 2)
		bytes->data[at % bytes->length] ^= (uint8_t)(1 << rand_r(seed) % 8);
	else
		bytes->data[at % bytes->length / 4 * 4] = 0; /* a length or a flag, perhaps */
}

static bool check_type(const char *name, const struct type *type, const struct filter *filter)
{
	char said[FILTERS_SAID] = "";
	struct buffer bytes = { 0 };
	unsigned int seed = 1;
	bool agree = true;

	for (int i = 0; i < VALUES && agree; i++) {
		bytes.length = 0;
		filters_make_value(type, &bytes, &seed);
		if (i % 2)
			spoil(&bytes, &seed);
		agree = filters_agree(type, filter, bytes.data, bytes.length, said);
	}
	CHECK_THAT(agree, "%s.x: %s", name, said);
	buffer_release(&bytes);
	return agree;
}

static void check_filters(const struct contract *contract, const char *name)
{
	char path[128];
	const struct filter *filters;
	void *library;

	snprintf(path, sizeof(path), "%s/%s.so", directory, name);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	filters = library ? dlsym(library, "filters") : NULL;
	CHECK_THAT(filters != NULL, "%s: %s", name, library ? "no table" : dlerror());
	for (; filters && filters->type; filters++)
		check_type(name, contract_type(contract, filters->type), filters);
	if (library)
		dlclose(library);
}

static bool check_contract(const char *name)
{
	struct contract *contract;
	char path[128];

	if (!find_file(name, path))
		return false;
	contract = contract_open();
	CHECK_INT(contract_add_file(contract, path), 0);
	CHECK_INT(contract_resolve(contract), 0);
	write_table(contract, name);
	if (build_filters(name, path))
		check_filters(contract, name);
	else
		CHECK_THAT(false, "rpcgen and the C compiler make no filters of %s", path);
	contract_close(contract);
	return true;
}

static void test_public(void)
{
	size_t count = 0;

	if (system("rpcgen --version >/dev/null 2>&1; [ $? -ne 127 ]") != 0)
		return harness_skip("there is no rpcgen");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		count += check_contract(names[i]);
	if (count == 0)
		harness_skip("no public contracts are installed");
}

int main(void)
{
	static const struct test tests[] = {
		{ "values of public contracts, ours and libtirpc's", test_public },
		{ NULL, NULL },
	};
	int status;

	if (!harness_directory(directory))
		return 1;
	status = harness_run("public", tests);
	remove_tree(directory);
	return status;
}
