/* What will hurt in a contract, and what breaks the callers of an older one. */
#include "contract/lint/lint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct contract *read_text(const char *text)
{
	struct contract *contract = contract_open();

	CU_ASSERT_PTR_NOT_NULL_FATAL(contract);
	CHECK_INT(contract_add(contract, "t.x", text, strlen(text)), 0);
	CHECK_INT(contract_resolve(contract), 0);
	return contract;
}

/* ---- one contract ---- */

#define NULLED "program P { version V { void N(void) = 0; "
#define ENDED  " } = 1; } = 9;"

static const struct {
	const char *text, *notes; /* line:column and three words, each ended by '|' */
} hurts[] = {
	{ NULLED "bool A(int) = 1;" ENDED, "" },
	{ "struct s { string a<>; opaque b<>; int c<>; };",
	  "1:19 without a bound,|1:31 without a bound,|1:40 without a bound,|" },
	{ "struct s { string a<3>; opaque b[3]; int c[3]; int *d; };", "" },
	{ "typedef string t<>; struct s { t a; t b; };", "1:16 without a bound,|" },
	{ "struct n { int v; n *next; }; typedef n *list; struct s { list a; };",
	  "1:22 a linked list:|1:42 a linked list:|" },
	{ "struct n { n *left; n *right; };", "" },
	{ "struct s { unsigned a; unsigned int b; };", "1:12 'unsigned' alone is|" },
	{ "struct s { int new; int old; }; struct class { int x; };",
	  "1:16 'new' is a|1:40 'class' is a|" },
	{ "program P { version V { bool A(int) = 1; } = 1; } = 9;", "1:21 V does not|" },
	{ "program P { version V { int N(void) = 0; } = 1; } = 9;", "1:29 procedure 0 is|" },
	{ NULLED "void A(int) = 1;" ENDED, "1:48 A returns no|" },
	{ NULLED "string A(int) = 1;" ENDED, "1:50 A returns no|" },
	{ "struct r { hyper a; };" NULLED "r A(int) = 1;" ENDED, "1:67 A returns no|" },
	{ "struct r { int status; };" NULLED "r A(int) = 1;" ENDED, "" },
	{ "enum e { X }; struct r { e a; };" NULLED "r A(int) = 1; int B(void) = 2;" ENDED, "" },
	{ "union r switch (int d) { case 0: int a; };" NULLED "r A(int) = 1;" ENDED, "" },
	{ "struct s { string a; };", "1:12 a string without|1:19 without a bound,|" },
	{ "struct s { string a; /* lint: ok, one of them a day */\n\tstring b<>; };",
	  "2:9 without a bound,|" },
	{ "struct s {\n\tstring b<>; // lint: ok\n};", "" },
};

/* The place, and the first three words. */
static void write_note(FILE *to, const struct complaint *note)
{
	const char *end = note->text;

	for (int words = 0; words < 3; words++)
		end += strcspn(end, " ") + (words < 2);
	fprintf(to, "%u:%u %.*s|", note->line, note->column, (int)(end - note->text), note->text);
}

static void check_notes(const struct contract *contract, const char *expected)
{
	char *said = NULL;
	size_t size;
	FILE *to = open_memstream(&said, &size);

	for (size_t i = 0; i < contract->complaint_count; i++)
		write_note(to, &contract->complaints[i]);
	fclose(to);
	CHECK_STR(said, expected);
	free(said);
}

static void test_hurts(void)
{
	for (size_t i = 0; i < COUNT(hurts); i++) {
		struct contract *contract = read_text(hurts[i].text);

		CHECK_INT(lint_contract(contract), 0);
		check_notes(contract, hurts[i].notes);
		contract_close(contract);
	}
}

/* ---- two contracts ---- */

#define CALLED(arguments, result)                                                                  \
	"program P { version V { " result " A(" arguments ") = 1; } = 1; } = 9;"
#define TOLD "P.V.A: "

static const struct {
	const char *old, *new, *said; /* breaks: "!", safe: "+" */
} changes[] = {
	{ CALLED("int", "int"), CALLED("int", "int"), "" },
	/* programs, versions, procedures */
	{ CALLED("int", "int"), "", "!P: program 9 is gone|" },
	{ CALLED("int", "int"), "program P { version V { int A(int) = 1; } = 2; } = 9;",
	  "!P.V: version 1 is gone|+P.V: version 2 is new|" },
	{ CALLED("int", "int"), "program P { version V { int A(int) = 2; } = 1; } = 9;",
	  "!" TOLD "procedure 1 is gone|+" TOLD "procedure 2 is new|" },
	{ CALLED("int", "int"), "program Q { version W { int B(int) = 1; } = 1; } = 9;",
	  "+" TOLD "it is called B now|" },
	{ CALLED("int", "int"),
	  CALLED("int", "int") "program Q { version V { void A(void) = 1; } = 1; } = 8;",
	  "+Q: program 8 is new|" },
	{ "program P { version V { void N(void) = 0; } = 1; } = 9;",
	  "program P { version V { void A(void) = 1; } = 1; } = 9;",
	  "+P.V.N: it is called NULL now|+" TOLD "procedure 1 is new|" },
	/* numbers */
	{ CALLED("int", "int"), CALLED("hyper", "int"),
	  "!" TOLD "arguments: an int is sent, and a hyper is taken|" },
	{ CALLED("int", "int"), CALLED("int", "bool"),
	  "+" TOLD "result: from an old server to a new caller: an int is sent, and a bool is "
	  "taken|" },
	{ CALLED("int", "int"), CALLED("short", "int"),
	  "!" TOLD "arguments: 32 bits are sent, and 16 are taken|" },
	{ CALLED("int", "unsigned int"), CALLED("int", "int"),
	  "!" TOLD "result: an int is sent, and an unsigned int is taken|" },
	/* bounds */
	{ "typedef string t<8>;" CALLED("t", "int"), "typedef string t<9>;" CALLED("t", "int"),
	  "+" TOLD "arguments: from a new caller to an old server: up to 9 bytes may be sent, and "
	  "up to 8 are taken|" },
	{ "typedef string t<8>;" CALLED("t", "int"), "typedef string t<7>;" CALLED("t", "int"),
	  "!" TOLD "arguments: up to 8 bytes may be sent, and up to 7 are taken|" },
	{ "typedef string t<8>;" CALLED("int", "t"), "typedef string t<>;" CALLED("int", "t"),
	  "!" TOLD "result: any number of bytes may be sent, and 8 are taken|" },
	{ "typedef int t<8>;" CALLED("int", "t"), "typedef int t<7>;" CALLED("int", "t"),
	  "+" TOLD "result: from an old server to a new caller: up to 8 items may be sent, and up "
	  "to 7 are taken|" },
	{ "typedef opaque t[8];" CALLED("t", "int"), "typedef opaque t[9];" CALLED("t", "int"),
	  "!" TOLD "arguments: 8 bytes are sent, and 9 are taken|" },
	{ "typedef int t<8>;" CALLED("t", "int"), "typedef hyper t<8>;" CALLED("t", "int"),
	  "!" TOLD "arguments[]: an int is sent, and a hyper is taken|" },
	/* enums */
	{ "enum e { X };" CALLED("e", "int"), "enum e { X, Y };" CALLED("e", "int"),
	  "+" TOLD "arguments: from a new caller to an old server: Y (1) may be sent, and is not "
	  "known|" },
	{ "enum e { X };" CALLED("int", "e"), "enum e { X, Y };" CALLED("int", "e"),
	  "!" TOLD "result: Y (1) may be sent, and is not known|" },
	{ "enum e { X };" CALLED("int", "e"), "enum e { Z };" CALLED("int", "e"), "" },
	/* structs */
	{ "struct s { int a; };" CALLED("s", "int"), "struct s { int b; };" CALLED("s", "int"),
	  "" },
	{ "struct s { int a; };" CALLED("s", "int"),
	  "struct s { int a; int b; };" CALLED("s", "int"),
	  "!" TOLD "arguments: 1 member is sent, and 2 are taken|" },
	{ "struct s { int a; int b; };" CALLED("s", "int"),
	  "struct s { int b; int a; };" CALLED("s", "int"),
	  "!" TOLD "arguments: a is sent where b is taken|!" TOLD
	  "arguments: b is sent where a is taken|" },
	{ CALLED("int, int", "int"), CALLED("int, hyper", "int"),
	  "!" TOLD "arguments[1]: an int is sent, and a hyper is taken|" },
	/* what leads back to itself */
	{ "struct n { int v; n *next; };" CALLED("n", "int"),
	  "struct n { int v; n *next; };" CALLED("n", "int"), "" },
	{ "struct n { int v; n *next; };" CALLED("n", "int"),
	  "struct n { bool v; n *next; };" CALLED("n", "int"),
	  "!" TOLD "arguments.v: an int is sent, and a bool is taken|" },
	/* unions */
	{ "union u switch (int d) { case 1: int a; };" CALLED("int", "u"),
	  "union u switch (int d) { case 1: int a; case 2: void; };" CALLED("int", "u"),
	  "!" TOLD "result: the case 2 may be sent, and selects nothing|" },
	{ "union u switch (int d) { case 1: int a; };" CALLED("u", "int"),
	  "union u switch (int d) { case 1: int a; default: void; };" CALLED("u", "int"),
	  "+" TOLD "arguments: from a new caller to an old server: another case may be sent, and "
	  "selects nothing|" },
	{ "union u switch (int d) { default: void; };" CALLED("u", "int"),
	  "union u switch (int d) { case 1: int a; default: void; };" CALLED("u", "int"),
	  "!" TOLD "arguments.the case 1: void is sent, and an int is taken|" },
	{ "union u switch (bool d) { case TRUE: int a; };" CALLED("u", "int"),
	  "union u switch (bool d) { case TRUE: hyper a; };" CALLED("u", "int"),
	  "!" TOLD "arguments.a: an int is sent, and a hyper is taken|" },
	/* types alone */
	{ "struct s { int a; }; struct t { int a; };", "struct s { hyper a; };",
	  "!s: s.a: an int is sent, and a hyper is taken|!t: the type is gone|" },
};

static void take_change(void *context, bool breaks, const char *where, const char *what)
{
	fprintf(context, "%c%s: %s|", breaks ? '!' : '+', where, what);
}

static void test_changes(void)
{
	for (size_t i = 0; i < COUNT(changes); i++) {
		struct contract *old = read_text(changes[i].old), *new = read_text(changes[i].new);
		char *said = NULL;
		size_t size;
		FILE *to = open_memstream(&said, &size);

		CHECK_INT(lint_against(old, new, take_change, to), 0);
		fclose(to);
		CHECK_STR(said, changes[i].said);
		free(said);
		contract_close(old);
		contract_close(new);
	}
}

/* A chain of twenty thousand types is no deeper than a short one. */
static void test_long_chain(void)
{
	char *text = NULL, *said = NULL;
	size_t size, said_size;
	FILE *to = open_memstream(&text, &size);
	struct contract *contract;

	for (int i = 0; i < 20000; i++)
		fprintf(to, "struct s%d { s%d *x; };\n", i, i + 1);
	fputs("struct s20000 { int x; };" CALLED("s0", "int"), to);
	fclose(to);
	contract = read_text(text);
	to = open_memstream(&said, &said_size);
	CHECK_INT(lint_against(contract, contract, take_change, to), 0);
	fclose(to);
	CHECK_STR(said, "");
	contract_close(contract);
	free(text);
	free(said);
}

/* ---- the command ---- */

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
	fclose(file);
}

static void check_command(const char *const words[], int code, const char *out)
{
	const char *argv[12] = { program_path("sidecall"), "lint" };
	struct outcome outcome;

	for (int i = 0; words[i]; i++)
		argv[i + 2] = words[i];
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, code);
	if (!strstr(outcome.out, out))
		CHECK_STR(outcome.out, out);
	outcome_release(&outcome);
}

static void test_command(void)
{
	char directory[] = "/tmp/sidecall-lint-XXXXXX", old[64], new[64];

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(old, sizeof(old), "%s/old.x", directory);
	snprintf(new, sizeof(new), "%s/new.x", directory);
	write_file(old, "struct s { int a[N]; };\n");
	write_file(new, "struct s { hyper a[N]; string b<>; };\n");
	check_command((const char *const[]){ "-D", "N=2", old, NULL }, 0, "");
	check_command((const char *const[]){ old, NULL }, 65, "");
	check_command((const char *const[]){ "-D", "N=2", new, NULL }, 2,
		      "new.x:1:31: note: without a bound");
	check_command((const char *const[]){ "-D", "N=2", "--against", old, new, NULL }, 2,
		      "breaks s: s: 1 member is sent, and 2 are taken\n");
	check_command((const char *const[]){ "-D", "N=2", "--against", old, old, NULL }, 0,
		      "0 changes break callers, 0 are safe\n");
	write_file(new, "struct s { int a[3]; };\n");
	check_command((const char *const[]){ "-D", "N=2", "--against", old, new, NULL }, 2,
		      "\n1 change breaks callers, 0 are safe\n");
	write_file(new, "struct s { hyper a[N]; string b<>; };\n");
	check_command((const char *const[]){ "--json", "-D", "N=2", "--against", old, new, NULL },
		      2, "{\"breaks\":true,\"where\":\"s\",\"what\":\"s: 1 member is");
	check_command((const char *const[]){ NULL }, 64, "");
	remove_tree(directory);
}

int main(void)
{
	static const struct test tests[] = {
		{ "what will hurt", test_hurts },
		{ "what breaks callers, and what is safe", test_changes },
		{ "types that are far within each other", test_long_chain },
		{ "the command", test_command },
		{ NULL, NULL },
	};

	return harness_run("lint", tests);
}
