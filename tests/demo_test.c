/* ./demo in a tree of its own, where nothing is to be installed or built, and the report is a line.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"

/* What is built is called, but for the comparison, which takes twenty seconds. */
static const char make_tree[] =
	"set -e; sidecall=$(realpath \"$2\"); cp demo \"$1\"; cd \"$1\"; mkdir bin build scripts "
	"tmp\n"
	"ln -s /bin/true scripts/install-packages; ln -s /bin/true bin/make\n"
	"ln -s \"${sidecall}d\" build/sidecalld\n"
	"cat >build/sidecall <<END\n"
	"#!/bin/sh\n"
	"case \\$* in\n"
	"'compare --quick'*) printf 'Choose rpc when it is a test:\\\\n  so it is\\\\n' ;;\n"
	"*) exec \"$sidecall\" \"\\$@\" ;;\n"
	"esac\n"
	"END\n"
	"chmod +x build/sidecall\n"
	"export TMPDIR=\"$1/tmp\" PATH=\"$1/bin:$PATH\" SIDECALLD=\"${sidecall}d\"\n";

/* Runs a line of shell there, and then says what is left in the directory for what is temporary. */
static struct outcome run_line(const char *line)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", script[2000];
	const char *argv[] = { "/bin/sh", "-c", script, "sh", directory, program_path("sidecall"),
			       NULL };
	struct outcome outcome;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(script, sizeof(script), "%s%s; status=$?; ls tmp; exit $status", make_tree, line);
	outcome = process_run(argv, NULL);
	remove_tree(directory);
	return outcome;
}

static size_t times(const char *text, const char *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		count++;
	return count;
}

static void test_short(void)
{
	struct outcome outcome = run_line("./demo");

	CHECK_INT(outcome.status, 0);
	CHECK_THAT(times(outcome.out, "\n\nThe answer is 42.  Bytes of call and reply") == 1, "%s",
		   outcome.out);
	CHECK_THAT(times(outcome.out, "Choose rpc when it is a test") == 1, "%s", outcome.out);
	CHECK_THAT(times(outcome.out, "so it is") == 0, "%s", outcome.out);
	outcome_release(&outcome);
}

static void test_verbose(void)
{
	struct outcome outcome = run_line("./demo -v");

	CHECK_INT(outcome.status, 0);
	CHECK_THAT(times(outcome.out, "with its bytes:\n\ncall  ") == 1, "%s", outcome.out);
	CHECK_THAT(times(outcome.out, "\n\nBytes of call and reply") == 1, "%s", outcome.out);
	CHECK_THAT(times(outcome.out, "Choose rpc when it is a test:\n  so it is\n") == 1, "%s",
		   outcome.out);
	CHECK_THAT(times(outcome.out, "Choose rpc") == 1, "%s", outcome.out);
	outcome_release(&outcome);
}

/* Whoever reads no more ends it, and it leaves neither files nor a server, which has some there. */
static void test_closed_pipe(void)
{
	struct outcome outcome = run_line("./demo | head -n 1");

	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.out, "One service, a calculator, called in two ways.  This is 84 divided "
			       "by 2, every byte of it:\n");
	outcome_release(&outcome);
}

static void test_wrong_words(void)
{
	static const char *const lines[] = { "./demo x", "./demo -v x", "./demo -v -v" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct outcome outcome = run_line(lines[i]);

		CHECK_INT(outcome.status, 64);
		CHECK_STR(outcome.error, "usage: ./demo [-v]\n");
		CHECK_STR(outcome.out, "");
		outcome_release(&outcome);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "what it shows", test_short },
		{ "with -v each thing once", test_verbose },
		{ "a reader that reads no more", test_closed_pipe },
		{ "words that it does not know", test_wrong_words },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_DFL); /* whatever starts the tests may ignore it */
	return harness_run("demo", tests);
}
