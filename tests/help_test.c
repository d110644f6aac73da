/* Help on sidecall and its commands: what it names, how wide it is, and when it is bold. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "programs/sidecalld/options.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/terminal.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define WIDTH         47 /* columns of a terminal that no default has */
#define MOST_TEXT     16384

static struct outcome help_on(const char *first, const char *second)
{
	const char *const argv[] = { program_path("sidecall"), first, second, NULL };

	return process_run(argv, NULL);
}

static void check_has(const char *what, const char *text, const char *part)
{
	CHECK_THAT(strstr(text, part) != NULL, "%s: \"%.400s\" has \"%s\"", what, text, part);
}

/* ---- what it names ---- */

/* Every command that the list names has help of its own, said in both ways, with an example. */
static void check_command(const char *name)
{
	struct outcome help = help_on("help", name), same = help_on(name, "--help");
	char usage[96];

	snprintf(usage, sizeof(usage), "Usage: sidecall [OPTION...] %s", name);
	CHECK_INT(help.status, 0);
	CHECK_STR(help.error, "");
	CHECK_THAT(strncmp(help.out, usage, strlen(usage)) == 0, "%s: %.80s", name, help.out);
	check_has(name, help.out, "\nExample:\n  ");
	check_has(name, help.out, name);
	if (strcmp(name, "help") != 0)
		CHECK_STR(same.out, help.out);
	outcome_release(&help);
	outcome_release(&same);
}

static void test_commands(void)
{
	struct outcome all = help_on("help", NULL), same = help_on("--help", NULL);
	char *line = strstr(all.out, "Commands:\n"), *end = NULL, name[32];
	int count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CHECK_STR(same.out, all.out);
	end = strstr(line, "\n\n");
	while ((line = strchr(line, '\n')) && line < end)
		if (sscanf(++line, "  %31[a-z]", name) == 1 && line[2] != ' ') {
			check_command(name);
			count++;
		}
	CHECK_INT(count, 32);
	outcome_release(&all);
	outcome_release(&same);
}

/* The parser knows each option that help names: as a word that needs a value, or as one that does
 * not, and never as no option. */
static void check_option(const char *command, const char *option)
{
	struct outcome outcome = help_on(command, option);

	CHECK_THAT(strstr(outcome.error, "is no option") == NULL, "%s %s: %s", command, option,
		   outcome.error);
	outcome_release(&outcome);
}

static void test_options(void)
{
	static const struct {
		const char *command;
		int options;
	} commands[] = { { "list", 2 },      { "ping", 3 },   { "batch", 9 },    { "services", 2 },
			 { "call", 11 },     { "encode", 6 }, { "describe", 3 }, { "lint", 3 },
			 { "dissector", 3 }, { "decode", 9 }, { "measure", 14 }, { "compare", 7 } };

	setenv("SIDECALL_VIA", "raw+unix:/nowhere", 1); /* so that nothing is called */
	for (size_t i = 0; i < LENGTH(commands); i++) {
		struct outcome outcome = help_on("help", commands[i].command);
		char *line = strstr(outcome.out, "Options:\n"), option[32];
		int count = 0;

		CU_ASSERT_PTR_NOT_NULL_FATAL(line);
		while ((line = strstr(line, "\n  --"))) {
			sscanf(line, "\n  %31[-a-z]", option);
			count++;
			if (strcmp(commands[i].command, "compare") != 0)
				check_option(commands[i].command, option);
			line += 4;
		}
		for (line = outcome.out; (line = strstr(line, ", --")); line += 4) {
			sscanf(line, ", %31[-a-z]", option);
			count++;
			check_option(commands[i].command, option);
		}
		harness_check_int(__FILE__, __LINE__, commands[i].command, count,
				  commands[i].options);
		outcome_release(&outcome);
	}
	unsetenv("SIDECALL_VIA");
}

static void test_unknown(void)
{
	struct outcome outcome = help_on("help", "nonsense");

	CHECK_INT(outcome.status, 64);
	check_has("help nonsense", outcome.error, "nonsense: there is no such command");
	outcome_release(&outcome);
}

/* ---- on a terminal ---- */

/* False when there is no terminal to be had here. */
static bool show_in_terminal(char text[MOST_TEXT])
{
	const char *const argv[] = { program_path("sidecall"), "help", NULL };

	return terminal_run(argv, WIDTH, text, MOST_TEXT) >= 0;
}

/* Lines of words are as long as there is room for, and none of them is longer. */
static void test_width(void)
{
	char text[MOST_TEXT], *end;
	int widest = 0;

	setenv("TERM", "dumb", 1);
	if (!show_in_terminal(text)) {
		harness_skip("there is no terminal to be had here");
		return;
	}
	end = strstr(text, "\nEndpoints:");
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	for (char *line = strstr(text, "\nOptions:"); line && line < end;
	     line = strchr(line, '\n')) {
		int width = (int)strcspn(++line, "\r\n");

		CHECK_THAT(width <= WIDTH, "%d columns: %.60s", width, line);
		widest = width > widest ? width : widest;
	}
	CHECK_THAT(widest > WIDTH - 8, "the widest has %d columns", widest);
}

static void test_bold(void)
{
	static const struct {
		const char *terminal, *no_color;
		bool bold;
	} cases[] = { { "xterm", "", true }, { "xterm", "1", false }, { "dumb", "", false } };
	char text[MOST_TEXT];

	for (size_t i = 0; i < LENGTH(cases); i++) {
		setenv("TERM", cases[i].terminal, 1);
		setenv("NO_COLOR", cases[i].no_color, 1);
		if (!show_in_terminal(text)) {
			harness_skip("there is no terminal to be had here");
			break;
		}
		CHECK_INT(strstr(text, "\033[1mCommands:\033[0m") != NULL, cases[i].bold);
		CHECK_INT(strchr(text, '\033') != NULL, cases[i].bold);
	}
	unsetenv("NO_COLOR");
}

static void test_bold_in_a_pipe(void)
{
	struct outcome outcome;

	setenv("TERM", "xterm", 1);
	outcome = help_on("help", NULL);
	CHECK_INT(strchr(outcome.out, '\033') != NULL, false);
	outcome_release(&outcome);
}

/* README's table has each option of sidecalld, and what holds where it is not given. */
static void test_readme(void)
{
	FILE *file = fopen("README.md", "r");
	char *text = NULL, name[64];
	size_t size = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CHECK_INT(getdelim(&text, &size, '\0', file) > 0, true);
	fclose(file);
	for (const struct option_row *row = options_rows; row->name; row++) {
		const char *line;
		char usual[OPTION_USUAL];

		if (strcmp(row->name, "help") == 0 || strcmp(row->name, "version") == 0)
			continue;
		snprintf(name, sizeof(name), "| `--%s%s", row->name, row->value ? " " : "`");
		line = strstr(text, name);
		CHECK_THAT(line != NULL, "README has no %s", name);
		if (!line || !option_usual(row, usual))
			continue;
		line = strndup(line, strcspn(line, "\n"));
		CHECK_THAT(strstr(line, usual) != NULL, "--%s: README says not \"%s\"", row->name,
			   usual);
		free((char *)line);
	}
	free(text);
}

int main(void)
{
	static const struct test tests[] = {
		{ "each command", test_commands },
		{ "README's table of options", test_readme },
		{ "the parser knows each option", test_options },
		{ "a command that there is not", test_unknown },
		{ "as wide as the terminal", test_width },
		{ "bold where it helps", test_bold },
		{ "not bold in a pipe", test_bold_in_a_pipe },
		{ NULL, NULL },
	};

	return harness_run("help", tests);
}
