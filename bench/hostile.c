/*
 * make hostile: how long an honest client waits beside each of the attacks in tests/kit/attacks.c,
 * as a table for docs/hostile.md.
 *
 * Beside each stands a control: the same client at the same server, just before the attack.  What
 * is promised is that its slowest call takes 100 ms at most, or ten times as long as in the
 * control. With an argument it makes only the attacks that have this in their name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/duration.h"
#include "tests/kit/calls.h"
#include "tests/kit/campaign.h"
#include "tests/kit/siege.h"

#define DEADLINE    (10 * SECOND) /* of an honest client's call */
#define DURATION    SECOND        /* of the control, and of the attack, at least */
#define MOST        (100 * MILLISECOND) /* that its slowest call may take */
#define MOST_TIMES  10                  /* or as many times the control's */
#define ROWS        64

static char root[] = "/tmp/sidecall-test-XXXXXX";

/* What is printed when all have been made. */
static struct row {
	const char *name;
	struct siege siege;
} rows[ROWS];
static int count;

static double milliseconds(int64_t nanoseconds)
{
	return (double)nanoseconds / (double)MILLISECOND;
}

/* Of a control that took no time to speak of, too. */
static double ratio(const struct siege *siege)
{
	return (double)siege->attacked.slowest / (double)(siege->control.slowest + 1);
}

static bool is_kept(const struct siege *siege)
{
	return !siege->why[0] && (siege->attacked.slowest <= MOST || ratio(siege) <= MOST_TIMES);
}

static void run(const struct attack *attack)
{
	struct siege siege = { .deadline = DEADLINE, .before = DURATION, .during = DURATION };

	siege_run(&siege, attack, root);
	CHECK_THAT(is_kept(&siege), "%.1f ms, %.1f times the control's (%s)%s%s",
		   milliseconds(siege.attacked.slowest), ratio(&siege), siege.attacked.at,
		   siege.why[0] ? "; " : "", siege.why);
	if (count < ROWS)
		rows[count++] = (struct row){ attack->name, siege };
}

/* The endpoint as in "rpc+tcp", and who called: paths and ports say nothing. */
static void print_where(const char *at)
{
	const char *who = strrchr(at, ',');

	printf("%.*s%s", (int)strcspn(at, ":,"), at, who ? who : "");
}

static void print_row(const struct row *row)
{
	const struct siege *siege = &row->siege;

	printf("| %s | %.1f | %.1f | %.1f | ", row->name, milliseconds(siege->attacked.slowest),
	       milliseconds(siege->control.slowest), ratio(siege));
	print_where(siege->attacked.at);
	printf(" | %.1f | %.1f | %ld | %s |\n", milliseconds(siege->attacked.slowest_list),
	       milliseconds(siege->control.slowest_list), siege->growth,
	       is_kept(siege) ? "kept" : "**missed**");
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
		kept += is_kept(&rows[i].siege);
	}
	printf("\n%d of %d kept.\n", kept, count);
}

int main(int argc, char **argv)
{
	static const struct campaign campaign = {
		.suite = "make hostile",
		.root = root,
		.run = run,
	};
	int status = campaign_main(&campaign, argc, argv);

	print_table();
	return status;
}
