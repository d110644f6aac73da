/* The units in systemd/: systemd takes them, and finds little that their services can do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define ANALYZE      "/usr/bin/systemd-analyze"
#define EXPOSURE     2.0 /* of 10, at most */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const units[] = { "sidecalld.service", "sidecalld.socket", "sidecalld@.service",
				     "sidecalld@.socket" };
static char directory[32];

/* Runs words of a shell in the directory of the installed units; is their status 0? */
static struct outcome run(const char *words)
{
	const char *const argv[] = { "/bin/sh", "-c", words, "sh", directory, NULL };

	return process_run(argv, NULL);
}

/* As `make install` fills the paths in: with those of the build, which has the programs. */
static void install_units(void)
{
	char words[512];

	strcpy(directory, "/tmp/sidecall-test-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	for (size_t i = 0; i < COUNT(units); i++) {
		struct outcome outcome;

		snprintf(words, sizeof(words),
			 "sed 's|@SBINDIR@|'\"$BUILD\"'|' 'systemd/%s' >\"$1/%s\" && "
			 "! grep '@[A-Z]*@' \"$1/%s\"",
			 units[i], units[i], units[i]);
		outcome = run(words);
		CHECK_THAT(outcome.status == 0, "%s: %s%s", units[i], outcome.out, outcome.error);
		outcome_release(&outcome);
	}
}

static void test_verified(void)
{
	struct outcome outcome = run("cd \"$1\" && SYSTEMD_UNIT_PATH=$1: " ANALYZE
				     " --man=no verify ./sidecalld.service ./sidecalld.socket "
				     "./sidecalld@one.service ./sidecalld@one.socket 2>&1");

	CHECK_THAT(outcome.status == 0, "%s", outcome.out);
	CHECK_STR(outcome.out, "");
	outcome_release(&outcome);
}

/* The overall level, as systemd's own command counts it. */
static void check_exposure(const char *unit)
{
	char words[256];
	struct outcome outcome;
	const char *level;

	snprintf(words, sizeof(words), ANALYZE " --no-pager security --offline=yes \"$1/%s\"",
		 unit);
	outcome = run(words);
	level = strstr(outcome.out, "Overall exposure level for ");
	level = level ? strstr(level, ": ") : NULL;
	CHECK_THAT(level && strtod(level + 2, NULL) > 0 && strtod(level + 2, NULL) <= EXPOSURE,
		   "%s: %s%s", unit, outcome.out, outcome.error);
	outcome_release(&outcome);
}

static void test_exposure(void)
{
	check_exposure("sidecalld.service");
	check_exposure("sidecalld@.service");
}

static void test_user_and_directory(void)
{
	struct outcome outcome;

	outcome = run("mkdir \"$1/root\" && mkdir \"$1/root/etc\" && "
		      "systemd-sysusers --root=\"$1/root\" \"$PWD/systemd/sidecall.sysusers\" && "
		      "grep -q '^sidecall:' \"$1/root/etc/passwd\"");
	CHECK_THAT(outcome.status == 0, "%s%s", outcome.out, outcome.error);
	outcome_release(&outcome);
	outcome = run(
		"systemd-tmpfiles --root=\"$1/root\" --create \"$PWD/systemd/sidecall.tmpfiles\""
		" && stat -c %a \"$1/root/run/sidecall\"");
	CHECK_THAT(geteuid() != 0 || outcome.status == 0, "%s", outcome.error);
	CHECK_THAT(geteuid() != 0 || strcmp(outcome.out, "755\n") == 0, "%s", outcome.out);
	outcome_release(&outcome);
}

static void test_units(void)
{
	if (access(ANALYZE, X_OK) < 0) {
		harness_skip("systemd-analyze is not installed (package systemd)");
		return;
	}
	install_units();
	test_verified();
	test_exposure();
	test_user_and_directory();
	remove_tree(directory);
}

int main(void)
{
	static const struct test tests[] = {
		{ "systemd takes them, and their services can do little", test_units },
		{ 0 },
	};

	if (!program_use_built())
		return 1;
	return harness_run("units", tests);
}
