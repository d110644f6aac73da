/*
 * make hostile: how long an honest client waits beside each of the attacks in tests/kit/attacks.c,
 * as a table for docs/hostile.md.
 *
 * Beside each stands a control: the same client at the same server, just before the attack.  What
 * is promised is that its slowest call takes 100 ms at most, or ten times as long as in the
 * control. With an argument it makes only the attacks that have this in their name.
 */
#include <stdio.h>
#include <string.h>

#include "common/duration.h"
#include "tests/kit/calls.h"
#include "tests/kit/attack_tests.h"
#include "tests/kit/attack_run.h"

#define DEADLINE   (10 * SECOND)       /* of an honest client's call */
#define DURATION   SECOND              /* of the control, and of the attack, at least */
#define MOST       (100 * MILLISECOND) /* that its slowest call may take */
#define MOST_TIMES 10                  /* or as many times the control's */
#define ROWS       64

static char root[] = "/tmp/sidecall-test-XXXXXX";

/* What is printed when all have been made. */
static struct row {
	const char *name;
	struct attack_run run;
} rows[ROWS];
static int count;

static double milliseconds(int64_t nanoseconds)
{
	return (double)nanoseconds / (double)MILLISECOND;
}

/* Of a control that took no time to speak of, too. */
static double ratio(const struct attack_run *run)
{
	return (double)run->attacked.slowest / (double)(run->control.slowest + 1);
}

static bool is_kept(const struct attack_run *run)
{
	return !run->why[0] && (run->attacked.slowest <= MOST || ratio(run) <= MOST_TIMES);
}

static void make_attack(const struct attack *attack)
{
	struct attack_run run = { .deadline = DEADLINE, .before = DURATION, .during = DURATION };

	attack_run_make(&run, attack, root);
	CHECK_THAT(is_kept(&run), "%.1f ms, %.1f times the control's (%s)%s%s",
		   milliseconds(run.attacked.slowest), ratio(&run), run.attacked.at,
		   run.why[0] ? "; " : "", run.why);
	if (count < ROWS)
		rows[count++] = (struct row){ attack->name, run };
}

/* The endpoint as in "rpc+tcp", and who called: paths and ports say nothing. */
static void print_where(const char *at)
{
	const char *who = strrchr(at, ',');

	printf("%.*s%s", (int)strcspn(at, ":,"), at, who ? who : "");
}

static void print_row(const struct row *row)
{
	const struct attack_run *run = &row->run;

	printf("| %s | %.1f | %.1f | %.1f | ", row->name, milliseconds(run->attacked.slowest),
	       milliseconds(run->control.slowest), ratio(run));
	print_where(run->attacked.at);
	printf(" | %.1f | %.1f | %ld | %s |\n", milliseconds(run->attacked.slowest_list),
	       milliseconds(run->control.slowest_list), run->growth,
	       is_kept(run) ? "kept" : "**missed**");
}

static void print_table(void)
{
	int kept = 0;

	puts("\n| attack | slowest call, ms | control, ms | ratio | at | slowest page, ms | "
	     "control, ms "
	     "| growth, KiB | |");
	puts("|---|---|---|---|---|---|---|---|---|");
	for (int i = 0; i < count; i++) {
		print_row(&rows[i]);
		kept += is_kept(&rows[i].run);
	}
	printf("\n%d of %d kept.\n", kept, count);
}

int main(int argc, char **argv)
{
	static const struct attack_tests program = {
		.suite = "make hostile",
		.root = root,
		.run = make_attack,
	};
	int status = attack_tests_main(&program, argc, argv);

	print_table();
	return status;
}
