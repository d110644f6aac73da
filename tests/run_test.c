/* `sidecall run` as it is called: programs that it can run, and cannot; wrong options. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/odd.h"
#include "tests/kit/process.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- sidecall run ---- */

static void check_run(const char *const words[], int status, const char *out, const char *error)
{
	const char *argv[ODD_MOST_WORDS] = { program_path("sidecall"), "run" };
	struct outcome outcome;

	for (int i = 0; words[i]; i++)
		argv[2 + i] = words[i];
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, status);
	CHECK_STR(outcome.out, out);
	if (*error)
		CHECK_THAT(strstr(outcome.error, error), "%s has %s", outcome.error, error);
	else
		CHECK_STR(outcome.error, "");
	CHECK_THAT(!*outcome.error || strchr(outcome.error, '\n')[1] == '\0', "one line: %s",
		   outcome.error);
	outcome_release(&outcome);
}

static char *built(const char *name)
{
	static char paths[4][600];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s", program_path(name));
	return path;
}

static void test_not_for_us(void)
{
	if (!odd_can_preload())
		return;
	check_run((const char *[]){ "--", built("tests/preload/alone"), NULL }, 5, "done\n",
		  "is linked statically, so nothing can be loaded into it: it runs as it would "
		  "without us");
	check_run((const char *[]){ built("tests/preload/other"), NULL }, 5,
		  "registered 17\nremoved 17\ndone\n", "it is not linked with libtirpc");
	check_run((const char *[]){ built("tests/preload/old"), NULL }, 5, "registered 1\n",
		  "it is not linked with libtirpc");
	check_run((const char *[]){ "/bin/true", NULL }, 0, "", "it is not linked with libtirpc");
	check_run((const char *[]){ "sh", "-c", "true; echo well", NULL }, 0, "well\n",
		  "it is not linked with libtirpc");
	check_run((const char *[]){ "/nowhere/to/be", NULL }, 64, "", "No such file");
	check_run((const char *[]){ "/etc", NULL }, 71, "", "Permission denied");
}

static void test_wrong_options(void)
{
	static const char *const wrong[][3] = {
		{ NULL },
		{ "--max-message=12", "true" },
		{ "--max-message", "many" },
		{ "--no-such-option", "true" },
		{ "--message-timeout=0", "true" },
		{ "--require=NO_PROG.*=sys", "true" },
	};

	for (size_t i = 0; i < LENGTH(wrong); i++) {
		const char *argv[6] = { program_path("sidecall"), "run", wrong[i][0], wrong[i][1] };
		struct outcome outcome = process_run(argv, NULL);

		CHECK_INT(outcome.status, 64);
		CHECK_STR(outcome.out, "");
		CHECK_THAT(strncmp(outcome.error, "sidecall", 8) == 0, "%s", outcome.error);
		outcome_release(&outcome);
	}
}

/* Without a contract they are numbers. */
static void test_names_of_rules(void)
{
	const char *argv[] = { program_path("sidecall"), "run",  "--require",
			       "CALC_PROG.CALC_ADD=sys", "true", NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_INT(outcome.status, 64);
	CHECK_THAT(strstr(outcome.error, "names need --idl FILE.x"), "%s", outcome.error);
	outcome_release(&outcome);
}

/* A contract may be named behind them.  The program is loaded then, and takes no rules, as it knows
 * no libtirpc. */
static void test_names_of_a_contract(void)
{
	const char *argv[] = { program_path("sidecall"),
			       "run",
			       "--require",
			       "CALC_PROG.CALC_ADD=sys",
			       "--idl",
			       "idl/calc.x",
			       "true",
			       NULL };
	struct outcome outcome;

	if (!odd_can_preload())
		return;
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, 69);
	CHECK_THAT(strncmp(outcome.error, "true: it is not linked with libtirpc", 36) == 0, "%s",
		   outcome.error);
	outcome_release(&outcome);
}

/* A copy of the server, with this mode and owner. */
static bool copy_server(const char *to, mode_t mode, uid_t owner)
{
	const char *argv[] = { "/bin/cp", built("tests/preload/odd"), to, NULL };
	struct outcome outcome = process_run(argv, NULL);
	int status = outcome.status;

	outcome_release(&outcome);
	return status == 0 && (!owner || chown(to, owner, owner) == 0) && chmod(to, mode) == 0;
}

/* ---- how it is run ---- */

/* The port of a server that was started by other words than usual; it is ended with its input. */
static uint16_t start_by(const char *const argv[], struct odd *odd)
{
	int in, error;

	*odd = (struct odd){ .how = OURS, .way = TCP };
	odd->pid = process_start(argv, &in, &odd->out, &error);
	odd->in = in;
	odd->errors = error;
	snprintf(odd->directory, sizeof(odd->directory), "/tmp/sidecall-odd-XXXXXX");
	if (!harness_directory(odd->directory) || !odd_read_place(odd))
		CHECK_THAT(false, "%s does not begin", argv[0]);
	return odd->port;
}

/* That it is taken over shows where stock stands still. */
static void check_taken(const char *const argv[], const char *what)
{
	struct odd odd;
	int stalled;

	if (start_by(argv, &odd)) {
		stalled = odd_connect(&odd);
		odd_send_all(stalled, "\x80", 1);
		odd_send_all(stalled, "", 1);
		odd_check_served(&odd, what);
		close(stalled);
	}
	odd_stop(&odd);
}

static void test_taken(void)
{
	char directory[] = "/tmp/sidecall-odd-XXXXXX", path[64], script[64];
	const char *sidecall = built("sidecall");
	FILE *file;

	if (!odd_can_preload() || !harness_directory(directory))
		return;
	snprintf(path, sizeof(path), "%s/a server", directory);
	snprintf(script, sizeof(script), "%s/script", directory);
	CHECK_INT(copy_server(path, 0755, 0), true);
	check_taken((const char *[]){ sidecall, "run", "--", path, "-t", "tcp", NULL }, "spaces");
	file = fopen(script, "w");
	fprintf(file, "#!/bin/sh\nexec '%s' -t tcp\n", path);
	fclose(file);
	chmod(script, 0755);
	check_taken((const char *[]){ sidecall, "run", script, NULL }, "a script");
	remove_tree(directory);
}

/* Its calls come to us, but libtirpc is not there for us: it runs as it would without. */
static void test_loaded_later(void)
{
	const char *argv[] = { built("sidecall"),
			       "run",
			       built("tests/preload/later"),
			       built("tests/preload/part.so"),
			       "-t",
			       "tcp",
			       NULL };
	struct odd odd;

	if (!odd_can_preload())
		return;
	if (start_by(argv, &odd))
		odd_check_served(&odd, "a part that was loaded later");
	odd_stop(&odd);
}

/* What else is to be loaded comes behind us. */
static void test_preloaded(void)
{
	static const char end[] = "/libsidecall-preload.so:libm.so.6\n";
	const char *argv[] = { built("sidecall"), "run", "sh", "-c", "echo $LD_PRELOAD", NULL };
	struct outcome outcome;

	if (!odd_can_preload())
		return;
	setenv("LD_PRELOAD", "libm.so.6", 1);
	outcome = process_run(argv, NULL);
	unsetenv("LD_PRELOAD");
	CHECK_THAT(outcome.length > sizeof(end) &&
			   strcmp(outcome.out + outcome.length - sizeof(end) + 1, end) == 0,
		   "%s ends with %s", outcome.out, end);
	outcome_release(&outcome);
}

/* A signal that was ignored stays ignored, as with nohup(1). */
static void test_ignored_signal(void)
{
	static struct notes notes;
	char command[1400];
	const char *argv[] = { "/bin/sh", "-c", command, NULL };
	struct odd odd;
	int fd;

	if (!odd_can_preload())
		return;
	snprintf(command, sizeof(command), "trap '' PIPE; exec '%s' run -- '%s' -t tcp",
		 built("sidecall"), built("tests/preload/odd"));
	if (start_by(argv, &odd)) {
		fd = odd_connect(&odd);
		odd_make_text_call(&notes, &odd, fd, &odd_nobody, ITSELF);
		CHECK_THAT(strstr(notes.text, "SIGPIPE is ignored"), "%s", notes.text);
		close(fd);
	}
	odd_stop(&odd);
}

static void test_set_uid(void)
{
	char directory[] = "/tmp/sidecall-odd-XXXXXX", path[64];

	if (geteuid() != 0) {
		harness_skip("only root can have another user's program run as him");
		return;
	}
	if (!odd_can_preload() || !harness_directory(directory))
		return;
	chmod(directory, 0755);
	snprintf(path, sizeof(path), "%s/set-uid", directory);
	CHECK_INT(copy_server(path, 04755, 65534), true);
	check_run((const char *[]){ path, "-z", NULL }, 1, "", "runs with other rights than ours");
	remove_tree(directory);
}

static const struct test tests[] = {
	{ "run: spaces, a script, a preload", test_taken },
	{ "run: a server that is loaded later", test_loaded_later },
	{ "run: what is preloaded already", test_preloaded },
	{ "run: a signal that is ignored", test_ignored_signal },
	{ "run: programs that cannot be taken over", test_not_for_us },
	{ "run: wrong options", test_wrong_options },
	{ "run: names of rules", test_names_of_rules },
	{ "run: names of rules in a contract", test_names_of_a_contract },
	{ "run: a set-uid program", test_set_uid },
	{ 0 },
};

int main(void)
{
	program_use_built();
	return harness_run("run", tests);
}
