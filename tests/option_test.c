/* Options as people write them, in every order and half. */
#include "programs/option.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/kit/harness.h"

enum { MOST = 256, MORE, FLAG, ONE, LIST };

static const struct option_row rows[] = {
	OPTION_NUMBER("most", MOST, "N", "", 0, NULL, 1, 100),
	OPTION_NUMBER("more", MORE, "N", "", 0, NULL, -5, 5),
	OPTION_TEXT("root", 'r', "DIRECTORY", "", NULL),
	OPTION_FLAG("flag", FLAG, ""),
	OPTION_FLAG("quick", 'q', ""),
	OPTION_FLAG("quicker", 'Q', ""),
	OPTION_CHOICE("one", ONE, "WORD", "rpc|raw|tirpc", "", NULL),
	OPTION_CHOICE("list", LIST, "WORD[,WORD...]", "rpc|raw", "", NULL),
	{ 0 },
};

static const char *take(void *what, int key, const char *value, int64_t number)
{
	char *taken = what;

	sprintf(taken + strlen(taken), key < 256 ? "%c" : "%d", key);
	if (value)
		sprintf(taken + strlen(taken), "=%s/%" PRId64, value, number);
	strcat(taken, " ");
	return value && strcmp(value, "wrong") == 0 ? "as it was said" : NULL;
}

static const struct {
	const char *words[6];
	const char *taken, *wrong;
	int behind; /* words that are no options */
} cases[] = {
	{ { NULL }, "", NULL, 0 },
	{ { "-q", "word", "-q" }, "q ", NULL, 2 },
	{ { "--", "-q" }, "", NULL, 1 },
	{ { "-", "-q" }, "", NULL, 2 },
	{ { "", "-q" }, "", NULL, 2 },
	{ { "-qQrx", "-r", "y", "-r=z" }, "q Q r=x/0 r=y/0 r==z/0 ", NULL, 0 },
	{ { "--root", "--" }, "r=--/0 ", NULL, 0 },
	{ { "--root=", "--root=a=b" }, "r=/0 r=a=b/0 ", NULL, 0 },
	{ { "--ro", "x", "--fl" }, "r=x/0 258 ", NULL, 0 },
	{ { "--quick", "--quicke" }, "q Q ", NULL, 0 },
	{ { "--most=100", "--most", "1" }, "256=100/100 256=1/1 ", NULL, 0 },
	{ { "--more=-5" }, "257=-5/-5 ", NULL, 0 },
	{ { "-q", "--root=wrong", "-q" }, "q r=wrong/0 ", "as it was said", 1 },
	{ { "-q", "--most=101" }, "q ", "--most takes a number from 1 to 100, not \"101\"", 0 },
	{ { "--most=" }, "", "--most takes a number from 1 to 100, not \"\"", 0 },
	{ { "--most=1k" }, "", "--most takes a number from 1 to 100, not \"1k\"", 0 },
	{ { "--most=99999999999999999999" },
	  "",
	  "--most takes a number from 1 to 100, not \"99999999999999999999\"",
	  0 },
	{ { "--one=rpc", "--one", "tirpc" }, "259=rpc/0 259=tirpc/0 ", NULL, 0 },
	{ { "--one=ra" }, "", "--one takes rpc, raw or tirpc, not \"ra\"", 0 },
	{ { "--one=" }, "", "--one takes rpc, raw or tirpc, not \"\"", 0 },
	{ { "--one=rpc|raw" }, "", "--one takes rpc, raw or tirpc, not \"rpc|raw\"", 0 },
	{ { "--list=raw,x" }, "260=raw,x/0 ", NULL, 0 },
	{ { "--root" }, "", "--root needs a value", 0 },
	{ { "-qr" }, "q ", "-qr needs a value", 0 },
	{ { "--flag=x" }, "", "--flag=x: it takes no value", 0 },
	{ { "--quick=" }, "", "--quick=: it takes no value", 0 },
	{ { "-qz" },
	  "q ",
	  "-z is no option; there are --most, --more, --root, --flag, --quick, --quicker, --one "
	  "and --list",
	  1 },
	{ { "-:" }, "", "-: is no option; there are --most,", 0 },
	{ { "--=x" }, "", "--=x is no option; there are --most,", 0 },
	{ { "---flag" }, "", "---flag is no option; there are --most,", 0 },
	{ { "--mo" }, "", "--mo is short for --most and --more", 0 },
	{ { "--mo=1" }, "", "--mo=1 is short for --most and --more", 0 },
	{ { "--qui" }, "", "--qui is short for --quick and --quicker", 0 },
	{ { "--mot" }, "", "--mot is no option; there are --most,", 0 },
};

static void test_words(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *words[8] = { (char[]){ "program" } }, taken[200] = "";
		char wrong[OPTION_WRONG];
		const char *why;
		int count = 1;

		for (; cases[i].words[count - 1]; count++)
			words[count] = (char *)cases[i].words[count - 1];
		why = option_take(count, words, rows, take, taken, wrong);
		CHECK_STR(taken, cases[i].taken);
		if (cases[i].wrong)
			CHECK_THAT(why && strncmp(why, cases[i].wrong, strlen(cases[i].wrong)) == 0,
				   "case %zu: %s", i, why ? why : "nothing is wrong");
		else
			CHECK_THAT(!why && count - optind == cases[i].behind,
				   "case %zu: %d are behind: %s", i, count - optind,
				   why ? why : "");
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "every way to write them", test_words },
		{ NULL, NULL },
	};

	return harness_run("option", tests);
}
