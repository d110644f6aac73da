/* scripts/layers: a small house that keeps the rules, and one that breaks each of them. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"

/* What the house has more than the sound one: a file, and what is in it. */
static const struct {
	const char *rule, *file, *text, *said;
	const char *edit; /* of the script, by sed(1) */
} cases[] = {
	{ "sound", "common/more.c", "int more(void) { return 1; }", "", "" },
	{ "a folder above, included", "common/more.c",
	  "#include \"server/runtime/face.h\"\nint more(void) { return 1; }",
	  "common/more includes server/runtime/face.h: common knows nothing of server/runtime",
	  "" },
	{ "a folder above, included through another", "client/more.c",
	  "#include \"client/through.h\"\nint more(void) { return 1; }",
	  "client/more includes server/runtime/face.h: client knows nothing of server/runtime",
	  "" },
	{ "a folder above, called", "server/runtime/more.c",
	  "int serve(void); int more(void) { return serve(); }",
	  "server/runtime/more calls serve() of server/service/serve: "
	  "server/runtime knows nothing of server/service",
	  "" },
	{ "the other end", "client/more.c", "int face(void); int more(void) { return face(); }",
	  "client/more calls face() of server/runtime/face: "
	  "client knows nothing of server/runtime",
	  "" },
	{ "a layer that is not above", "common/more.c", "int more(void) { return 1; }",
	  "common may not know server/runtime, which is not above it",
	  "s,^common: ,&server/runtime ," },
	{ "a file that others of its folder stand on", "server/runtime/loop.c",
	  "int face(void); int more(void) { return face(); }",
	  "server/runtime/loop calls face() of server/runtime/face: "
	  "server/runtime/loop. knows nothing of server/runtime",
	  "" },
	{ "the table of a folder's things", "server/runtime/svc.c", "int more(void) { return 1; }",
	  "server/runtime/again calls more() of "
	  "server/runtime/svc: server/runtime knows nothing of server/runtime/svc.c",
	  "" },
	{ "a circle", "server/runtime/more.c",
	  "int again(void); int more(void) { return again(); }", "a circle of object files:", "" },
	{ "a protocol with a descriptor", "server/raw.c",
	  "#include <unistd.h>\nint more(void) { return (int)write(1, \"\", 0); }",
	  "server/raw calls write(): a protocol knows bytes and no descriptors", "" },
	{ "a transport that looks into messages", "server/runtime/transports/more.c",
	  "int xdr_int(void); int more(void) { return xdr_int(); }",
	  "server/runtime/transports/more calls xdr_int(): "
	  "a transport knows nothing of what is in a message",
	  "" },
};

static const char build[] =
	"set -e; cd \"$1\"; mkdir -p common client server/runtime/transports server/service build\n"
	"echo 'int face(void);' >server/runtime/face.h\n"
	"echo '#include \"server/runtime/face.h\"' >client/through.h\n"
	"echo '#include \"server/runtime/face.h\"\nint face(void) { return 1; }' "
	">server/runtime/face.c\n"
	"echo 'int more(void); int again(void) { return more(); }' >server/runtime/again.c\n"
	"echo 'int serve(void) { return 1; }' >server/service/serve.c\n"
	"printf '%s\\n' \"$3\" >\"$2\"\n"
	"for file in $(find . -name '*.c' | sed 's,^./,,'); do\n"
	"  mkdir -p build/$(dirname $file)\n"
	"  ${CC:-cc} -w -I. -MMD -c $file -o build/${file%.c}.o\n"
	"done\n"
	"sed \"$5\" \"$4\" >layers; sh layers build";

/* A file in each layer of the script includes what it must not: the last layer's header, and that
 * one the comparison's.  The script says so of each. */
static const char break_all[] =
	"cd \"$1\"; layers=$(sed -n '/^known=/,/^.$/s/^\\([a-z][^ :]*\\).*:.*/\\1/p' \"$4\")\n"
	"mkdir -p programs/tables compare\n"
	"touch programs/tables/face.h compare/face.h\n"
	"for layer in $layers; do\n"
	"  case $layer in *.c) file=$layer ;; *.) file=${layer}c ;; *) file=$layer/more.c ;; esac\n"
	"  face=programs/tables/face.h\n"
	"  [ $layer != programs/tables ] || face=compare/face.h\n"
	"  mkdir -p $(dirname $file) build/$(dirname $file)\n"
	"  echo \"#include \\\"$face\\\"\" >$file\n"
	"  ${CC:-cc} -I. -MMD -c $file -o build/${file%.c}.o\n"
	"  echo \"${file%.c} includes $face: $layer knows nothing of ${face%/face.h}\"\n"
	"done | sort >expected\n"
	"sh \"$4\" build | sort >said; diff expected said && wc -l <said";

/* Has the shell build a house in a directory of its own, and look at it. */
static struct outcome look_at(const char *build_it, const char *file, const char *text,
			      const char *edit)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", script[PATH_MAX];
	const char *argv[] = { "/bin/sh", "-c", build_it, "sh", directory,
			       file,      text, script,   edit, NULL };
	struct outcome outcome;

	CU_ASSERT_PTR_NOT_NULL_FATAL(realpath("scripts/layers", script));
	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	outcome = process_run(argv, NULL);
	remove_tree(directory);
	return outcome;
}

static void try_case(size_t i)
{
	struct outcome outcome = look_at(build, cases[i].file, cases[i].text, cases[i].edit);

	CHECK_THAT(outcome.status == (cases[i].said[0] ? 1 : 0), "%s: status %d: %s", cases[i].rule,
		   outcome.status, outcome.error);
	CHECK_THAT(cases[i].said[0] ? strstr(outcome.out, cases[i].said) != NULL : !outcome.out[0],
		   "%s: %s", cases[i].rule, outcome.out);
	outcome_release(&outcome);
}

static void test_rules(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		try_case(i);
}

static void test_each_layer(void)
{
	struct outcome outcome = look_at(break_all, "", "", "");

	CHECK_STR(outcome.error, "");
	CHECK_THAT(atoi(outcome.out) > 30, "%s", outcome.out);
	outcome_release(&outcome);
}

int main(void)
{
	static const struct test tests[] = {
		{ "each rule, kept and broken", test_rules },
		{ "each layer's line, broken", test_each_layer },
		{ NULL, NULL },
	};

	return harness_run("layers", tests);
}
