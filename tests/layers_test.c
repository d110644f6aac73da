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
} cases[] = {
	{ "sound", "common/more.c", "int more(void) { return 1; }", "" },
	{ "a folder above, included", "common/more.c",
	  "#include \"server/runtime/face.h\"\nint more(void) { return 1; }",
	  "common/more includes server/runtime/face.h: common/ knows nothing of server/runtime/" },
	{ "a folder above, included through another", "client/more.c",
	  "#include \"client/through.h\"\nint more(void) { return 1; }",
	  "client/more includes server/runtime/face.h: client/ knows nothing of server/runtime/" },
	{ "a folder above, called", "server/runtime/more.c",
	  "int serve(void); int more(void) { return serve(); }",
	  "server/runtime/more calls serve() of server/service/serve: "
	  "server/runtime/ knows nothing of server/service/" },
	{ "the other end", "client/more.c", "int face(void); int more(void) { return face(); }",
	  "client/more calls face() of server/runtime/face: "
	  "client/ knows nothing of server/runtime/" },
	{ "a circle", "server/runtime/more.c",
	  "int again(void); int more(void) { return again(); }", "a circle of object files:" },
	{ "a protocol with a descriptor", "server/raw.c",
	  "#include <unistd.h>\nint more(void) { return (int)write(1, \"\", 0); }",
	  "server/raw calls write(): a protocol knows bytes and no descriptors" },
	{ "a transport that looks into messages", "server/runtime/transports/more.c",
	  "int xdr_int(void); int more(void) { return xdr_int(); }",
	  "server/runtime/transports/more calls xdr_int(): "
	  "a transport knows nothing of what is in a message" },
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
	"\"$4\" build";

static void try_case(size_t i, const char *script)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX";
	const char *argv[] = { "/bin/sh",     "-c",          build,  "sh", NULL,
			       cases[i].file, cases[i].text, script, NULL };
	struct outcome outcome;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	argv[4] = directory;
	outcome = process_run(argv, NULL);
	CHECK_THAT(outcome.status == (cases[i].said[0] ? 1 : 0), "%s: status %d: %s", cases[i].rule,
		   outcome.status, outcome.error);
	CHECK_THAT(cases[i].said[0] ? strstr(outcome.out, cases[i].said) != NULL : !outcome.out[0],
		   "%s: %s", cases[i].rule, outcome.out);
	outcome_release(&outcome);
	remove_tree(directory);
}

static void test_rules(void)
{
	char script[PATH_MAX];

	CU_ASSERT_PTR_NOT_NULL_FATAL(realpath("scripts/layers", script));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		try_case(i, script);
}

int main(void)
{
	static const struct test tests[] = {
		{ "each rule, kept and broken", test_rules },
		{ NULL, NULL },
	};

	return harness_run("layers", tests);
}
