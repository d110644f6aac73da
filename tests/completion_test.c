/* What shells complete, by the files that were made of the programs' tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define MOST_TEXT   256
#define NO_TERMINAL 77 /* what the script for zsh ends with then */

/* A line behind the program's path, and the end of what is offered there, or is not. */
static const struct completion {
	const char *program, *line, *offered, *not_offered;
} cases[] = {
	{ "sidecall", "di", "divide", "add" },
	{ "sidecall", "--ti", "--timeout", "--trace" },
	{ "sidecall", "--via raw+u", "raw+unix:", "tirpc+unix:" },
	{ "sidecall", "--via=rpc+s", "rpc+shm:", "rpc+unix:" },
	{ "sidecall", "-v raw+unix:docs/uni", "unix.md", "udp.md" },
	{ "sidecall", "--json call --li", "--lines", "--json" },
	{ "sidecall", "call --auth s", "sys", "none" },
	{ "sidecall", "call --auth sys CALC_A", "CALC_ACCUMULATE", "FILEINFO_STAT" },
	{ "sidecall", "call --idl tests/stranger/guestbook.x GUESTBOOK_", "GUESTBOOK_SIGN",
	  "CALC_ADD" },
	{ "sidecall", "measure --procedure CALC_A", "CALC_ADD", "CALC_PROG" },
	{ "sidecall", "encode --as calc_op", "calc_operands", "CALC_ADD" },
	{ "sidecall", "encode --as CALC_ADD", "CALC_ADD:args", "calc_operands" },
	{ "sidecall", "describe CALC_", "CALC_PROG", "FILEINFO_PROG" },
	{ "sidecall", "lint idl/", "calc.x", "Makefile" },
	{ "sidecall", "compare --only bytes,co", "code", "time" },
	{ "sidecall", "compare raw+f", "raw+fifo:", "raw+shm:" },
	{ "sidecall", "help enc", "encode", "decode" },
	{ "sidecall", "stat Make", "Makefile", "README.md" },
	{ "sidecall", "add ", NULL, "Makefile" },
	{ "sidecalld", "--li", "--listen", "--root" },
	{ "sidecalld", "--listen raw+", "raw+fifo:", "raw+pipe:" },
	{ "sidecalld", "--stdio r", "raw", "auto" },
	{ "sidecalld", "--root do", "docs/", "demo" },
	{ "sidecall", "doctor net", "netbase", "kernel" },
	{ "sidecall", "doctor netbase reg", "registered", "netbase" },
	{ "sidecalld", "--require CALC_PROG.CALC_A", "CALC_PROG.CALC_ADD=sys",
	  "CALC_PROG.CALC_DIVIDE=sys" },
	{ "sidecalld", "--require FILEINFO_PROG.", "FILEINFO_PROG.*=local", "CALC_PROG.*=local" },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

/* Whether one of the lines up to the next "== " ends so; a slash behind it is that of a directory.
 */
static bool has_line(const char *text, const char *end)
{
	size_t length = strlen(end), bare = length - (end[length - 1] == '/');

	while (*text && strncmp(text, "== ", 3) != 0) {
		size_t width = strcspn(text, "\n"),
		       rest = width - (width && text[width - 1] == '/');

		if (rest >= bare && strncmp(text + rest - bare, end, bare) == 0)
			return true;
		text += width + (text[width] == '\n');
	}
	return false;
}

static void check_case(const char *shell, const char *line, const struct completion *expected,
		       const char *said)
{
	char heading[MOST_TEXT + 5];
	const char *offered;

	snprintf(heading, sizeof(heading), "== %.255s\n", line);
	offered = strstr(said, heading);
	CHECK_THAT(offered != NULL, "%s: nothing is said of \"%s\": %.200s", shell, line, said);
	if (!offered)
		return;
	offered += strlen(heading);
	if (expected->offered)
		CHECK_THAT(has_line(offered, expected->offered), "%s: \"%s\": %.80s has %s", shell,
			   line, offered, expected->offered);
	CHECK_THAT(!has_line(offered, expected->not_offered), "%s: \"%s\": %.80s has no %s", shell,
		   line, offered, expected->not_offered);
}

static void check_shell(const char *shell)
{
	char script[MOST_TEXT], file[MOST_TEXT], lines[CASES][MOST_TEXT];
	const char *argv[CASES + 3] = { script, file };
	struct outcome outcome;

	snprintf(script, sizeof(script), "tests/completion/%s", shell);
	snprintf(file, sizeof(file), "completion/%s", shell);
	snprintf(file, sizeof(file), "%s", program_path(file));
	for (size_t i = 0; i < CASES; i++) {
		snprintf(lines[i], MOST_TEXT, "%s %s", program_path(cases[i].program),
			 cases[i].line);
		argv[i + 2] = lines[i];
	}
	outcome = process_run_within(argv, NULL, 120);
	if (outcome.status == NO_TERMINAL) {
		harness_skip("there is no terminal to be had here");
	} else {
		CHECK_THAT(outcome.status == 0, "%s: %d", shell, outcome.status);
		CHECK_STR(outcome.error, "");
		for (size_t i = 0; i < CASES; i++)
			check_case(shell, lines[i], &cases[i], outcome.out);
	}
	outcome_release(&outcome);
}

static void test_bash(void)
{
	check_shell("bash");
}

static void test_zsh(void)
{
	if (access("/bin/zsh", X_OK) == 0)
		check_shell("zsh");
	else
		harness_skip("zsh is not installed");
}

static void test_fish(void)
{
	if (access("/usr/bin/fish", X_OK) == 0)
		check_shell("fish");
	else
		harness_skip("fish is not installed");
}

int main(void)
{
	static const struct test tests[] = {
		{ "bash", test_bash },
		{ "zsh", test_zsh },
		{ "fish", test_fish },
		{ NULL, NULL },
	};

	if (!program_use_built())
		return EXIT_FAILURE;
	return harness_run("completion", tests);
}
