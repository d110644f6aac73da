/* Contracts as they are described: what is written can be read again, and examples can be sent. */
#include "contract/describe/describe.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "contract/describe/declaration.h"
#include "contract/value/example.h"
#include "contract/value/value.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct contract *read_text(const char *text)
{
	struct contract *contract = contract_open();

	CU_ASSERT_PTR_NOT_NULL_FATAL(contract);
	CHECK_INT(contract_add(contract, "t.x", text, strlen(text)), 0);
	CHECK_INT(contract_resolve(contract), 0);
	return contract;
}

/* ---- every contract that there is ---- */

static void for_files_in(const char *name, void (*look)(const struct contract *contract))
{
	DIR *directory = opendir(name);
	struct dirent *entry;
	char path[512];

	while (directory && (entry = readdir(directory))) {
		const char *dot = strrchr(entry->d_name, '.');
		struct contract *contract;

		if (!dot || strcmp(dot, ".x") != 0)
			continue;
		contract = contract_open();
		snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
		contract_add_file(contract, path);
		if (contract_resolve(contract) == 0)
			look(contract);
		contract_close(contract);
	}
	if (directory)
		closedir(directory);
}

static void for_all(void (*look)(const struct contract *contract))
{
	look(contract_built_in());
	for_files_in("tests/corpus", look);
	for_files_in("/usr/include/rpcsvc", look);
	for_files_in("/usr/include/tirpc/rpc", look);
	for_files_in("/usr/include/tirpc/rpcsvc", look);
}

/* ---- what is written can be read ---- */

static char *types_as_json(const struct contract *contract)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	for (size_t i = 0; i < contract->type_count; i++) {
		describe_type_as_json(to, contract->types[i]);
		fputc('\n', to);
	}
	fclose(to);
	return text;
}

static char *definitions(const struct contract *contract)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	for (size_t i = 0; i < contract->type_count; i++) {
		fputc('\n', to);
		definition_write(to, contract->types[i]);
	}
	fclose(to);
	return text;
}

static void check_definitions(const struct contract *contract)
{
	char *text = definitions(contract), *before = types_as_json(contract), *after;
	struct contract *again = read_text(text);

	after = types_as_json(again);
	CHECK_STR(after, before);
	contract_close(again);
	free(text);
	free(before);
	free(after);
}

static void test_definitions(void)
{
	for_all(check_definitions);
}

/* ---- examples ---- */

static void check_example(const struct type *type)
{
	const struct value_form form = { 0 };
	struct buffer bytes = { 0 }, json = { 0 };
	char *example = example_json(type), wrong[VALUE_WRONG] = "";
	size_t used;

	if (!example)
		return;
	CHECK_INT(value_from_json(type, example, strlen(example), &form, &bytes, wrong), 0);
	CHECK_STR(wrong, "");
	CHECK_INT(value_to_json(type, bytes.data, bytes.length, &form, &json, &used, wrong), 0);
	buffer_append(&json, "", 1);
	CHECK_INT(used, bytes.length);
	CHECK_STR((char *)json.data, example);
	buffer_release(&bytes);
	buffer_release(&json);
	free(example);
}

static void check_examples(const struct contract *contract)
{
	for (size_t i = 0; i < contract->type_count; i++)
		check_example(contract->types[i]);
}

static void test_examples(void)
{
	static const struct {
		const char *text, *example;
	} cases[] = {
		{ "struct t { int a; string b<2>; opaque c<>; opaque d[2]; bool e; };",
		  "{\"a\":0,\"b\":\"te\",\"c\":\"00000000\",\"d\":\"0000\",\"e\":false}" },
		{ "enum t { X = 3, Y = 4 };", "\"X\"" },
		{ "union t switch (int d) { case 7: int d; default: void; };",
		  "{\"d\":7,\"d_\":0}" },
		{ "struct t { t list<>; };", "{\"list\":[{\"list\":[{\"list\":[]}]}]}" },
		{ "struct n { int v; n *next; }; typedef n *t;", "[{\"v\":0}]" },
		{ "struct t { int *a; int b[2]; };", "{\"a\":null,\"b\":[0,0]}" },
		{ "typedef int t[100000];", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct contract *contract = read_text(cases[i].text);
		char *example = example_json(contract_type(contract, "t"));

		if (cases[i].example)
			CHECK_STR(example, cases[i].example);
		else
			CU_ASSERT_PTR_NULL(example);
		free(example);
		contract_close(contract);
	}
	for_all(check_examples);
}

/* ---- comments ---- */

static const char commented[] = "/*\n"
				" * The whole file.\n"
				" */\n"
				"\n"
				"const A = 1; /* of A */\n"
				"const B = 2;\n"
				"/* of C,\n"
				" * on two lines */\n"
				"const C = 3;\n"
				"const D = 4; // of D\n"
				"// of\n"
				"  // E\n"
				"const E = 5;\n"
				"struct s { /* of s */\n"
				"	int a; int b; /* of b */\n"
				"	int c;\n"
				"};\n"
				"/* of e */\r\n"
				"enum e { X = 1, /* of X */\r\n"
				"  /** of Y \\ \" \xff\x1b **/\r\n"
				"  Y };\r\n"
				"/* of P */\n"
				"program P {\n"
				"	version V { /* of V */\n"
				"		/* of N */\n"
				"		void N(void) = 0;\n"
				"		int M(s) = 1; /* of M */\n"
				"	} = 1;\n"
				"} = 9;\n";

static void check_comment(const char *comment, const char *expected)
{
	if (expected)
		CHECK_STR(comment ? comment : "(none)", expected);
	else
		CU_ASSERT_PTR_NULL(comment);
}

static void test_comments(void)
{
	static const char *const constants[] = { "of A", NULL, "of C, on two lines", "of D",
						 "of E" };
	struct contract *contract = read_text(commented);
	const struct contract_program *program = contract->programs;
	const struct type *s = contract_type(contract, "s"), *e = contract_type(contract, "e");

	CHECK_INT(contract->constant_count, COUNT(constants));
	for (size_t i = 0; i < COUNT(constants); i++)
		check_comment(contract->constants[i].comment, constants[i]);
	check_comment(s->comment, "of s");
	check_comment(s->members[0].comment, NULL);
	check_comment(s->members[1].comment, "of b");
	check_comment(s->members[2].comment, NULL);
	check_comment(e->comment, "of e");
	check_comment(e->enumerators[0].comment, "of X");
	check_comment(e->enumerators[1].comment, "of Y \\ \" ??");
	check_comment(program->comment, "of P");
	check_comment(program->versions[0].comment, "of V");
	check_comment(program->versions[0].procedures[0].comment, "of N");
	check_comment(program->versions[0].procedures[1].comment, "of M");
	contract_close(contract);
}

/* What opens a file is of the file when it is a licence. */
static void test_licence(void)
{
	static const struct {
		const char *text, *first, *second;
	} cases[] = {
		{ "/* Copyright 1987 */\nconst A = 1;\n", NULL, NULL },
		{ "\n /*\n  * Under some LICENSE\n  */\nconst A = 1;\n", NULL, NULL },
		{ "// A server\n// SPDX-Licence-Identifier: X\nconst A = 1;\n", NULL, NULL },
		{ "/* one.x */\n\n/* Copyright */\nconst A = 1;\n", NULL, NULL },
		{ "/* A number */\nconst A = 1;\n", "A number", NULL },
		{ "const A = 1; /* of A */\n/* of a licence */\nconst B = 1;\n", "of A",
		  "of a licence" },
		{ "const A = 1; /* the license's */\n", "the license's", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct contract *contract = read_text(cases[i].text);

		check_comment(contract->constants[0].comment, cases[i].first);
		if (contract->constant_count > 1)
			check_comment(contract->constants[1].comment, cases[i].second);
		contract_close(contract);
	}
}

/* ---- as people read it ---- */

static void test_page(void)
{
	static const char text[] = "/* Numbers. */\n"
				   "program P {\n"
				   "  version V {\n"
				   "    t *GET(int, string name<4>) = 7; /* One of them. */\n"
				   "  } = 2;\n"
				   "} = 300000;\n"
				   "const MOST = 18446744073709551615;\n"
				   "const WORD = \"x\";\n"
				   "struct t { u x[MANY]; t *y; };\n"
				   "const MANY = 3;\n"
				   "union u switch (bool b) { case TRUE: struct { int z; } s; };\n";
	static const char page[] =
		"/* Numbers. */\n"
		"program P = 0x493e0 (300000)\n"
		"  version V = 2\n"
		"    7  t *GET(int, string name<4>)          /* One of them. */\n"
		"\n"
		"const MOST = 18446744073709551615;\n"
		"const WORD = \"x\";\n"
		"const MANY = 3;\n"
		"\n"
		"struct t {\n"
		"    u x[3];\n"
		"    t *y;\n"
		"};\n"
		"\n"
		"union u switch (bool b) {\n"
		"case TRUE:\n"
		"    struct { int z; } s;\n"
		"};\n";
	struct contract *contract = read_text(text);
	char *said = NULL;
	size_t size;
	FILE *to = open_memstream(&said, &size);

	describe_contract(to, contract);
	fclose(to);
	CHECK_STR(said, page);
	free(said);
	contract_close(contract);
}

static void test_json(void)
{
	static const char text[] =
		"program P { version V { t GET(unsigned short, string<4>) = 7; } = 2; } = 9;\n"
		"union t switch (int d) { case 1: case 2: int a; default: void; }; /* \"x\" */\n"
		"const C = -1;";
	static const char json[] =
		"{\"programs\":[{\"name\":\"P\",\"number\":9,\"versions\":[{\"name\":\"V\","
		"\"number\":2,\"procedures\":[{\"name\":\"GET\",\"number\":7,\"arguments\":"
		"{\"kind\":\"struct\",\"members\":[{\"type\":{\"kind\":\"unsigned int\",\"bits\":"
		"16}},{\"type\":{\"kind\":\"string\",\"most\":4}}]},\"result\":\"t\"}]}]}],"
		"\"types\":[{\"kind\":\"union\",\"discriminant\":{\"type\":{\"kind\":\"int\"},"
		"\"name\":\"d\"},\"arms\":[{\"cases\":[1,2],\"type\":{\"kind\":\"int\"},\"name\":"
		"\"a\"},{\"cases\":[],\"default\":true,\"type\":{\"kind\":\"void\"}}],\"name\":"
		"\"t\"}],\"constants\":[{\"name\":\"C\",\"value\":-1}]}";
	struct contract *contract = read_text(text);
	char *said = NULL;
	size_t size;
	FILE *to = open_memstream(&said, &size);

	describe_contract_as_json(to, contract);
	fclose(to);
	CHECK_STR(said, json);
	free(said);
	contract_close(contract);
}

/* ---- procedures by their names ---- */

static void test_find(void)
{
	static const char text[] =
		"program P { version V1 { void A(void) = 1; void N(void) = 0; } = 1;\n"
		"            version V2 { void A(void) = 1; void B(void) = 2; } = 2; } = 9;\n"
		"program Q { version V2 { void A(void) = 3; } = 1; } = 10;\n";
	static const struct {
		const char *name;
		size_t count;
		uint32_t program, version, number; /* of the first */
	} cases[] = {
		{ "B", 1, 9, 2, 2 },       { "A", 3, 9, 1, 1 },     { "P.A", 2, 9, 1, 1 },
		{ "Q.A", 1, 10, 1, 3 },    { "V1.A", 1, 9, 1, 1 },  { "V2.A", 2, 9, 2, 1 },
		{ "P.V2.A", 1, 9, 2, 1 },  { "P.2.1", 1, 9, 2, 1 }, { "9.0x2.A", 1, 9, 2, 1 },
		{ "2", 1, 9, 2, 2 },       { "N", 1, 9, 1, 0 },     { "P.1.0", 1, 9, 1, 0 },
		{ "P.V1.N", 1, 9, 1, 0 },  { "P.2.0", 1, 9, 2, 0 }, { "P.2.NULL", 1, 9, 2, 0 },
		{ "C", 0, 0, 0, 0 },       { "", 0, 0, 0, 0 },      { ".", 0, 0, 0, 0 },
		{ "P.2.2.2", 0, 0, 0, 0 }, { "P.3.A", 0, 0, 0, 0 }, { "-7.2.A", 0, 0, 0, 0 },
		{ "P.2.", 0, 0, 0, 0 },
	};
	struct contract *contract = read_text(text);

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct contract_found found = { 0 };

		CHECK_THAT(contract_find(contract, cases[i].name, &found, 1) == cases[i].count,
			   "\"%s\" means %zu", cases[i].name,
			   contract_find(contract, cases[i].name, &found, 1));
		if (!cases[i].count || !found.procedure)
			continue;
		CHECK_INT(found.program->number, cases[i].program);
		CHECK_INT(found.version->number, cases[i].version);
		CHECK_INT(found.procedure->number, cases[i].number);
	}
	contract_close(contract);
}

int main(void)
{
	static const struct test tests[] = {
		{ "types that are written can be read", test_definitions },
		{ "examples can be sent", test_examples },
		{ "comments beside what they are of", test_comments },
		{ "a licence", test_licence },
		{ "a page for people", test_page },
		{ "the same as JSON", test_json },
		{ "procedures by their names", test_find },
		{ NULL, NULL },
	};

	return harness_run("describe", tests);
}
