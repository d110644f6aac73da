/* What `sidecall compare` says of the code: scripts/code-lines, scripts/count-code, and their
 * showing. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/show/two_columns.h"
#include "compare/code/code.h"
#include "compare/code/counted.h"
#include "compare/part/part.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Runs a script of the shell, whose words after $0 are these two. */
static struct outcome shell(const char *script, const char *first, const char *second)
{
	const char *const argv[] = { "/bin/sh", "-c", script, "sh", first, second, NULL };

	return process_run(argv, NULL);
}

/* ---- scripts/code-lines ---- */

static void test_lines(void)
{
	static const struct {
		const char *source, *code;
	} cases[] = {
		{ "", "" },
		{ "\n \t\n\f\r\n", "" },
		{ "int a;\n", "int a;\n" },
		{ "int a;", "int a;\n" },
		{ "// no\n /* no */\n/* no\n\nno */\nyes;\n", "yes;\n" },
		{ "a; /* b */ c; // d\n", "a;   c; \n" },
		{ "a /* begins\nends */ b\n", "a  \n b\n" },
		{ "/* one */ /* two */\n", "" },
		{ "/* // */ a\n", "  a\n" },
		{ "// /*\na\n", "a\n" },
		{ "/*/ still */ a\n", "  a\n" },
		{ "/***/\n/**/a\n", " a\n" },
		{ "s = \"/* no comment */\";\n", "s = \"/* no comment */\";\n" },
		{ "s = \"// no comment\"; // one\n", "s = \"// no comment\"; \n" },
		{ "s = \"\\\"/*\"; a\n", "s = \"\\\"/*\"; a\n" },
		{ "s = \"\\\\\"; /* one */\n", "s = \"\\\\\";  \n" },
		{ "c = '\"'; // one\n", "c = '\"'; \n" },
		{ "c = '\\''; // one\n", "c = '\\''; \n" },
		{ "/* it's */ a\n\"b\"\n", "  a\n\"b\"\n" },
		{ "s = \"begins \\\n/* ends */\"; // one\n", "s = \"begins \\\n/* ends */\"; \n" },
		{ "// a comment \\\nthat goes on\na\n", "a\n" },
		{ "#define M(a) \\\n\t/* no */ \\\n\\\n\ta\n", "#define M(a) \\\n\ta\n" },
		{ "%#include <x.h>\nconst A = 1;\t/* bytes */\n",
		  "%#include <x.h>\nconst A = 1;\t \n" },
	};
	static const char *const argv[] = { "scripts/code-lines", NULL };

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct outcome outcome = process_run(argv, cases[i].source);

		CHECK_INT(outcome.status, 0);
		CHECK_STR(outcome.out, cases[i].code);
		outcome_release(&outcome);
	}
}

/* A comment that one file leaves open is not the next one's. */
static void test_files(void)
{
	struct outcome outcome = shell(
		"d=$(mktemp -d) && printf 'a /*\\n' >$d/1 && printf 'b\\n' >$d/2 && "
		"scripts/code-lines $d/1 $d/2; rm -r $d",
		"", "");

	CHECK_STR(outcome.out, "a  \nb\n");
	outcome_release(&outcome);
}

/* ---- the counts ---- */

static unsigned int counted_of(const char *file)
{
	unsigned int lines = 0;

	for (const struct code_lines *l = code_lines; l->file; l++)
		if (strcmp(l->file, file) == 0)
			lines += l->lines;
	return lines;
}

/* The preprocessor removes comments, too; what it leaves of a macro's lines ends in a backslash. */
static void test_against_preprocessor(void)
{
	static const char script[] =
		"gcc -fpreprocessed -dD -E -P -x c \"$1\" | grep -c '[^[:space:]\\\\]'";
	int files = 0;

	for (const struct code_lines *l = code_lines; l->file; l++) {
		bool generated = strcmp(l->author, "rpcgen") == 0;
		struct outcome outcome;
		char path[512];

		if (strcmp(l->author, "libtirpc") == 0)
			continue;
		snprintf(path, sizeof(path), "%s", generated ? program_path(l->file) : l->file);
		outcome = shell(script, path, "");
		harness_check_int(__FILE__, __LINE__, path, counted_of(l->file), atoi(outcome.out));
		outcome_release(&outcome);
		files++;
	}
	CU_ASSERT(files > 80);
}

/* All of a file, to be freed. */
static char *read_whole(const char *path)
{
	struct outcome outcome = shell("cat \"$1\"", path, "");
	char *text = strdup(outcome.out);

	outcome_release(&outcome);
	return text;
}

/* How many of its braces are not closed: none, in a definition that is whole. */
static int open_braces(const char *text)
{
	int open = 0;

	for (; *text; text++)
		open += (*text == '{') - (*text == '}');
	return open;
}

static void test_texts(void)
{
	int texts = 0;

	for (const struct code_text *t = code_texts; t->text; t++, texts++) {
		bool generated = strcmp(t->author, "rpcgen") == 0;
		char *source = read_whole(generated ? program_path(t->file) : t->file);
		const char *found = strstr(source, t->text);

		if (!found)
			printf("%s is not in %s\n", t->text, t->file);
		CU_ASSERT(found && (found == source || found[-1] == '\n'));
		CU_ASSERT(t->lines > 0);
		harness_check_int(__FILE__, __LINE__, t->text, open_braces(t->text), 0);
		free(source);
	}
	CU_ASSERT(texts > 40);
}

/* What is not as the table says ends the count, and says what. */
static void test_refusals(void)
{
	static const struct {
		const char *edit; /* of the table, by sed */
		const char *why;
	} cases[] = {
		{ "s|client/raw.c client/raw.h|client/row.c client/raw.h|",
		  "there is no client/row.c" },
		{ "/server\\/raw.c$/d", "server/raw.c" },
		{ "s| raw_divide| raw_divine|", "client/raw.c defines no raw_divine" },
		{ "s|case RAW_LIST|case RAW_LISP|", "server/raw.c has no case RAW_LISP" },
		{ "s|line RAW_DIVIDE = 4,|line RAW_DIVIDE = 5,|",
		  "common/raw.h has no \"RAW_DIVIDE = 5,\"" },
		{ "s|line RAW_DIVIDE = 4,|line RAW_|", "common/raw.h has \"RAW_\" twice" },
		{ "s|client/raw.c client/raw.h|& common/raw.c|", "common/raw.c is counted twice" },
		{ "s|from program CALC_PROG|from version CALC_V1|",
		  "idl/calc.x has no \"version CALC_V1\"" },
		{ "s|from program CALC_PROG|from union calc_result|",
		  "idl/calc.x is counted twice" },
		{ "s|from program CALC_PROG|from const CALC_MAX_EXP|",
		  "idl/calc.x is counted twice" },
		{ "/from program CALC_PROG/d", "idl/calc.x is not counted whole" },
		{ "s|^none |&client/raw.c |", "client/raw.c takes part in a call and does not" },
		{ "s|^none server|none client/gone.c server|", "there is no client/gone.c" },
		{ "s|^none |&client/gone/* |", "there is no client/gone/" },
		{ "s|server/runtime/pool/[*]|server/runtime/gone/*|",
		  "there is no server/runtime/gone/*" },
		{ "s|^lines raw |lines tirpc,raw |", "\"tirpc,raw\" are no ways" },
		{ "s| stubs rpcgen | stumps rpcgen |", "\"stumps\" is no job" },
		{ "s|^text divide raw     packing  person|text divide raw packing gnome|",
		  "\"gnome\" writes nothing here" },
		{ "s|^patch raw |patch row |", "\"row\" are no ways" },
		{ "s|server/runtime/log[*]||", "server/runtime/log.c: " },
		{ "s|libtirpc/xdr.c|libtirpc/xdrs.c|", "has no xdrs.c" },
		{ "s|divmod-raw.patch|divmod-row.patch|",
		  "there is no tests/patches/divmod-row.patch" },
		{ "s|^none|some|", "\"some\" is not known here" },
	};
	static const char script[] = "d=$(mktemp -d) && cp compare/code/libtirpc-* $d && "
				     "sed \"$1\" compare/code/sources >$d/sources && "
				     "scripts/count-code --c $d/sources; r=$?; rm -r $d; exit $r";

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct outcome outcome = shell(script, cases[i].edit, "");

		harness_check_int(__FILE__, __LINE__, cases[i].edit, outcome.status, 1);
		if (!strstr(outcome.error, cases[i].why))
			harness_check_str(__FILE__, __LINE__, cases[i].edit, outcome.error,
					  cases[i].why);
		CHECK_STR(outcome.out, "");
		outcome_release(&outcome);
	}
}

static void test_libtirpc(void)
{
	static const char script[] =
		"d=$(mktemp -d) && mkdir $d/src && printf 'AC_INIT([libtirpc],[9.8.7])\\n' "
		">$d/configure.ac && "
		"printf '/* no */\\na;\\nb;\\n' >$d/src/xdr.c && scripts/count-libtirpc $d && "
		"rm $d/configure.ac && ! scripts/count-libtirpc $d 2>/dev/null; r=$?; rm -r $d; "
		"exit $r";
	struct outcome outcome = shell(script, "", "");

	CHECK_INT(outcome.status, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "libtirpc 9.8.7,"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "\nxdr.c 2\n"));
	outcome_release(&outcome);
}

/* What these objects call of libtirpc is counted for that way: libtirpc.a knows which file has it.
 */
static void check_libtirpc_of(unsigned int way, const char *objects)
{
	static const char script[] =
		"cd \"$1\" && nm -A \"$(gcc -print-file-name=libtirpc.a)\" 2>/dev/null | "
		"sed -n 's/.*:libtirpc_la-\\(.*\\)\\.o:[0-9a-f]* [TDBRC] /\\1 /p' | awk '"
		"NR == FNR { file[$2] = $1; next } NF == 2 && $2 in file { print file[$2] }"
		"' - /dev/fd/3 3<<EOF | sort -u\n$(nm -u $2)\nEOF\n";
	struct outcome outcome = shell(script, program_path(""), objects);
	int files = 0;

	for (char *name = strtok(outcome.out, "\n"); name; name = strtok(NULL, "\n"), files++) {
		char file[64];
		bool counted = false;

		snprintf(file, sizeof(file), "libtirpc/%s.c", name);
		for (const struct code_lines *l = code_lines; l->file; l++)
			counted = counted || ((l->ways & way) && strcmp(l->file, file) == 0);
		harness_check_int(__FILE__, __LINE__, file, counted, true);
	}
	if (files == 0)
		harness_skip("libtirpc.a is not there, or has other names in it");
	outcome_release(&outcome);
}

static void test_libtirpc_files(void)
{
	check_libtirpc_of(CODE_RPC, "idl/calc_xdr.o idl/fileinfo_xdr.o idl/calc_svc.o "
				    "idl/fileinfo_svc.o client/runtime/rpc.o server/runtime/rpc.o");
	check_libtirpc_of(CODE_TIRPC, "client/runtime/tirpc.o programs/sidecalld/stock.o");
}

/* ---- the part ---- */

static json_t *run_part(void)
{
	struct comparison comparison = { 0 };
	struct failure failure;
	json_t *part = part_code.run(&comparison, &failure);

	CU_ASSERT_PTR_NOT_NULL_FATAL(part);
	return part;
}

/* The sum of a job's lines in the rows whose member is that. */
static json_int_t sum(const json_t *rows, const char *key, const char *value, const char *job)
{
	json_int_t lines = 0;
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (strcmp(json_string_value(json_object_get(row, key)), value) == 0)
			lines += json_integer_value(
				json_object_get(json_object_get(row, "lines"), job));
	return lines;
}

/* The same from the counts. */
static json_int_t count(unsigned int way, const char *job)
{
	json_int_t lines = 0;

	for (const struct code_lines *l = code_lines; l->file; l++)
		if ((l->ways & way) && (!job || strcmp(l->job, job) == 0))
			lines += l->lines;
	return lines;
}

static void test_sums(void)
{
	json_t *part = run_part();
	const json_t *ways = json_object_get(part, "ways"),
		     *shares = json_object_get(part, "shares");

	CHECK_INT(sum(ways, "way", "tirpc", "all"), count(CODE_TIRPC, NULL));
	CHECK_INT(sum(ways, "way", "rpc", "all"), count(CODE_RPC, NULL));
	CHECK_INT(sum(ways, "way", "raw", "all"), count(CODE_RAW, NULL));
	for (size_t i = 0; code_jobs[i]; i++) {
		const char *job = code_jobs[i]->key;

		CHECK_INT(sum(ways, "way", "rpc", job), count(CODE_RPC, job));
		CHECK_INT(sum(shares, "way", "rpc", job) +
				  sum(shares, "way", "tirpc and rpc", job) +
				  sum(shares, "way", "rpc and raw", job) +
				  sum(shares, "way", "all three", job),
			  count(CODE_RPC, job));
	}
	json_decref(part);
}

/* The command beside the tables prints their sums. */
static void test_command_repeats(void)
{
	json_t *part = run_part();
	struct outcome outcome = shell("BUILD=${BUILD:-build} scripts/count-code", "", "");
	const json_t *row;
	char line[160];
	size_t i;

	json_array_foreach (json_object_get(part, "ways"), i, row) {
		snprintf(line, sizeof(line), "%6d  %s %s:",
			 (int)json_integer_value(
				 json_object_get(json_object_get(row, "lines"), "all")),
			 json_string_value(json_object_get(row, "way")),
			 json_string_value(json_object_get(row, "author")));
		CHECK_THAT(strstr(outcome.out, line) != NULL, "no line \"%s\"", line);
	}
	json_array_foreach (json_object_get(json_object_get(part, "adding"), "rows"), i, row) {
		snprintf(line, sizeof(line), "%6d  patch: %s:",
			 (int)json_integer_value(
				 json_object_get(json_object_get(row, "lines"), "all")),
			 json_string_value(json_object_get(row, "what")));
		CHECK_THAT(strstr(outcome.out, line) != NULL, "no line \"%s\"", line);
	}
	outcome_release(&outcome);
	json_decref(part);
}

static json_int_t lines_of(const json_t *row, const struct figure *job)
{
	return figure_integer(figure_get(row, &figures.lines), job);
}

/* What is known is there, also when it is nothing: raw registers nowhere. */
static void test_nothing_is_zero(void)
{
	json_t *part = run_part();
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "ways"), i, row) {
		CHECK_INT(json_object_size(json_object_get(row, "lines")), 8);
		CU_ASSERT(lines_of(row, &figures.all) > 0);
		if (strcmp(json_string_value(json_object_get(row, "way")), "raw") == 0)
			CHECK_INT(lines_of(row, &figures.registration), 0);
	}
	json_decref(part);
}

static void test_patches(void)
{
	json_t *part = run_part();
	const json_t *rows = json_object_get(json_object_get(part, "adding"), "rows"), *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		struct outcome outcome = shell("grep '^+' \"$1\" | grep -v '^+++' | cut -c 2- | "
					       "if [ \"$2\" ]; then scripts/code-lines; fi | wc -l",
					       json_string_value(json_object_get(row, "patch")),
					       "code");

		/* A document's added lines are no code, but look like it. */
		CHECK_INT(lines_of(row, &figures.all) + lines_of(row, &figures.document),
			  atoi(outcome.out));
		outcome_release(&outcome);
	}
	CHECK_INT(i, 5);
	json_decref(part);
}

/* No file is changed in both ways, so either can be applied without the other. */
static void test_patches_are_apart(void)
{
	int rpc = 0, raw = 0;

	for (const struct code_change *one = code_changes; one->patch; one++) {
		rpc += one->ways == CODE_RPC;
		raw += one->ways == CODE_RAW;
		for (const struct code_change *other = code_changes; other->patch; other++)
			if (one->ways == CODE_RPC && other->ways == CODE_RAW)
				CU_ASSERT_STRING_NOT_EQUAL(one->file, other->file);
	}
	CU_ASSERT(rpc > 0);
	CU_ASSERT(raw > 0);
}

static void test_versions(void)
{
	static const struct {
		const char *part, *says;
	} cases[] = {
		{ "{\"libtirpc\":{\"counted_version\":\"1.3.3\",\"installed_version\":\"1.3.3\"}}",
		  "libtirpc's lines are those of 1.3.3, which this is built with." },
		{ "{\"libtirpc\":{\"counted_version\":\"1.3.3\",\"installed_version\":\"1.3.6\"}}",
		  "libtirpc's lines are those of 1.3.3; this is built with 1.3.6." },
		{ "{\"libtirpc\":{\"counted_version\":\"1.3.3\"}}",
		  "libtirpc's lines are those of 1.3.3; which one this is built with is not "
		  "known." },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		json_t *part = json_loads(cases[i].part, 0, NULL);
		char *says = code_libtirpc(part);

		CHECK_STR(says, cases[i].says);
		free(says);
		json_decref(part);
	}
}

/* ---- how it is shown ---- */

static void test_fold(void)
{
	static const struct {
		const char *text;
		size_t columns;
		const char *folded;
	} cases[] = {
		{ "", 20, "" },
		{ "a\n\nb", 20, "a\n\nb\n" },
		{ "\tif (a)\n\t\treturn;\n", 20, "    if (a)\n        return;\n" },
		{ "ab\tc  \n", 20, "ab  c\n" },
		{ "one two three four\n", 13, "one two three\n    four\n" },
		{ "\tone two three four\n", 17, "    one two three\n        four\n" },
		{ "abcdefghijklmnopqrst\n", 16, "abcdefghijklmnop\n    qrst\n" },
		{ "a\033[2J\302\233\177\r\n", 20, "a?[2J????\n" },
		{ "\t\t\tabcdefghijkl\n", 16, "            abcd\n    efghijkl\n" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *folded = NULL;
		size_t size;
		FILE *to = open_memstream(&folded, &size);

		two_columns_fold(to, cases[i].text, cases[i].columns);
		fclose(to);
		CHECK_STR(folded, cases[i].folded);
		free(folded);
	}
}

static void test_print(void)
{
	json_t *part = run_part();
	char *printed = NULL;
	size_t size;
	struct text out = { .file = open_memstream(&printed, &size) };

	part_code.print(part, &out);
	fclose(out.file);
	for (const char *line = printed; *line; line += strcspn(line, "\n") + 1)
		if (strcspn(line, "\n") > 100)
			CHECK_INT(strcspn(line, "\n"), 100);
	CU_ASSERT_PTR_NOT_NULL(strstr(printed, "| int raw_divide("));
	CU_ASSERT_PTR_NOT_NULL(strstr(printed, "| int raw_list("));
	CU_ASSERT_PTR_NOT_NULL(strstr(printed, "bool_t fileinfo_list_1_svc("));
	free(printed);
	json_decref(part);
}

static void test_write(void)
{
	json_t *part = run_part();
	char *written = NULL;
	size_t size;
	struct html html = { .file = open_memstream(&written, &size) };

	part_code.write((struct place){ part, "/code" }, &html);
	CHECK_INT(html.plots, 1);
	CHECK_INT(html.tables, 1);
	part_code.write_more((struct place){ part, "/code" }, &html);
	fclose(html.file);
	CHECK_INT(html.plots, 1);
	CHECK_INT(html.tables, 6);
	CU_ASSERT_PTR_NOT_NULL(strstr(written, "operands-&gt;a = unpack_i64(in);"));
	CU_ASSERT_PTR_NULL(strstr(written, "operands->a"));
	free(written);
	json_decref(part);
}

/* A document may be anybody's (--from): nothing in it is taken for granted, or reaches a terminal.
 */
static void test_foreign(void)
{
	static const char *const documents[] = {
		"{}",
		"{\"ways\":[{}],\"procedures\":[{}],\"adding\":{\"rows\":[{}]},\"libtirpc\":{}}",
		"{\"ways\":1,\"procedures\":[{\"pieces\":[{}]}],\"adding\":[],\"libtirpc\":\"\"}",
		"{\"procedures\":[{\"procedure\":\"\\u001b[2J\",\"pieces\":[{\"way\":\"rpc\","
		"\"job\":"
		"\"packing\",\"file\":\"\\u001b[2J\",\"author\":\"\\u009b2J\",\"text\":\"\\u001b[2J"
		"\"}]}],\"libtirpc\":{\"counted_version\":\"\\u001b[2J\"}}",
	};

	for (size_t i = 0; i < LENGTH(documents); i++) {
		json_t *part = json_loads(documents[i], 0, NULL);
		char *printed = NULL, *written = NULL;
		size_t size;
		struct text out = { .file = open_memstream(&printed, &size), .terminal = true };
		struct html html = { .file = open_memstream(&written, &size) };

		CU_ASSERT_PTR_NOT_NULL_FATAL(part);
		part_code.print(part, &out);
		part_code.write((struct place){ part, "/code" }, &html);
		part_code.write_more((struct place){ part, "/code" }, &html);
		fclose(out.file);
		fclose(html.file);
		CU_ASSERT_PTR_NULL(strpbrk(printed, "\033\233"));
		CU_ASSERT_PTR_NULL(strchr(written, '\033'));
		free(printed);
		free(written);
		json_decref(part);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "what a line of code is", test_lines },
		{ "files one after the other", test_files },
		{ "counts: the preprocessor finds the same", test_against_preprocessor },
		{ "texts stand in the sources", test_texts },
		{ "a table that is not true is refused", test_refusals },
		{ "libtirpc's lines", test_libtirpc },
		{ "libtirpc's files that are called", test_libtirpc_files },
		{ "sums by way and job", test_sums },
		{ "the command that repeats them", test_command_repeats },
		{ "nothing is zero, and known", test_nothing_is_zero },
		{ "lines that patches add", test_patches },
		{ "patches of one way do without the other", test_patches_are_apart },
		{ "which libtirpc it is", test_versions },
		{ "folded lines", test_fold },
		{ "on a terminal", test_print },
		{ "in the report", test_write },
		{ "a document of somebody else's", test_foreign },
		{ 0 },
	};

	return harness_run("code", tests);
}
