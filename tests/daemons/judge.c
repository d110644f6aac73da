/*
 * judge [--far PID] [--limit MS] DAEMON CASE -- COMMAND...: starts a daemon by the command, does
 * the case to it, and prints one line: pass, fail or none (not for this daemon); the honest
 * client's slowest call in milliseconds; what was seen.  In namespaces that tests/daemons/place
 * made.  --list: what there is.  --readme: what README says of what was written
 * (tests/daemons/run).
 */
#include <sys/resource.h>

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/duration.h"
#include "tests/daemons/cases.h"
#include "tests/kit/readme_daemons.h"

static const struct test_case *find_case(const char *name)
{
	const struct test_case *test = test_cases;

	while (test->name && strcmp(test->name, name) != 0)
		test++;
	return test->name ? test : NULL;
}

static int list_all(void)
{
	for (const struct daemon *daemon = daemons; daemon->name; daemon++)
		printf("daemon %s\n", daemon->name);
	for (const struct test_case *test = test_cases; test->name; test++)
		printf("case %s\n", test->name);
	return 0;
}

/* Of the text on standard input. */
static int write_readme(void)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t length = getdelim(&text, &size, '\0', stdin);

	if (length > 0)
		readme_daemons(text, stdout);
	free(text);
	return length <= 0;
}

static int open_network(const char *pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%.20s/ns/net", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The options; false when they are wrong. */
static bool read_options(struct lab *lab, int argc, char **argv)
{
	static const struct option options[] = { { "far", required_argument, NULL, 'f' },
						 { "limit", required_argument, NULL, 'l' },
						 { 0 } };
	int option;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) >= 0) {
		if (option == 'f')
			lab->far = open_network(optarg);
		else if (option == 'l')
			lab->limit = atoi(optarg);
		else
			return false;
	}
	return argc - optind >= 4 && strcmp(argv[optind + 2], "--") == 0;
}

/* Right but slow is a failure, too. */
static void judge_slowness(struct lab *lab)
{
	int64_t slowest = lab->honest.slowest / MILLISECOND;

	if (lab->verdict == PASSED && lab->limit && slowest >= lab->limit)
		lab_fail(lab, "slow: %s took %lld ms", lab->honest.slowest_at, (long long)slowest);
}

static void print_verdict(const struct lab *lab)
{
	static const char *const verdicts[] = { "pass", "fail", "none" };

	printf("%s\t%.1f\t%s\n", verdicts[lab->verdict], (double)lab->honest.slowest / MILLISECOND,
	       lab->detail);
}

int main(int argc, char **argv)
{
	struct lab lab = { .near = open_network("self"), .far = -1, .limit = 100 };
	const struct test_case *test;

	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return list_all();
	if (argc == 2 && strcmp(argv[1], "--readme") == 0)
		return write_readme();
	if (!read_options(&lab, argc, argv)) {
		fputs("usage: judge [--far PID] [--limit MS] DAEMON CASE -- COMMAND...\n", stderr);
		return 64;
	}
	lab.daemon = daemon_named(argv[optind]);
	test = find_case(argv[optind + 1]);
	lab.command = (const char *const *)argv + optind + 3;
	if (!lab.daemon || !test) {
		fprintf(stderr, "judge: no daemon %s, or no case %s\n", argv[optind],
			argv[optind + 1]);
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	lab.descriptors = test->descriptors ? test->descriptors : 1024;
	test->run(&lab, test);
	judge_slowness(&lab);
	print_verdict(&lab);
	return lab.verdict == FAILED;
}
