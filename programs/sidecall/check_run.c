/* Making all cases of a server, one after the other, within a time. */
#include "programs/sidecall/check_run.h"

#include <string.h>

#include "check/arguments.h"
#include "check/files.h"
#include "check/hostile.h"
#include "programs/sidecall/command.h"

#define FAILED   2  /* the exit code of who finds something, as of lint, or could not look */
#define TIMEOUTS 12 /* that all cases together may last */

struct running {
	const struct check_target *target;
	const struct check_run *how;
	struct check_show show;
	size_t passed_over; /* of those that are wanted, once all were made that can be */
	int64_t end;
};

/* Whether it is made over this transport, and was not left out. */
static bool is_wanted(const struct running *running, const struct check_case *row)
{
	return (row->on & check_where(running->target)) &&
	       (!running->how->only || strcmp(row->name, running->how->only) == 0);
}

/* Each returns false when no other case can be made: the server is gone, or the time is over. */
static bool run_case(void *context, const struct check_case *row)
{
	struct running *running = context;

	return !is_wanted(running, row) ||
	       (clock_now() < running->end &&
		check_make(running->target, row, check_show_finding, &running->show));
}

static bool count_case(void *context, const struct check_case *row)
{
	struct running *running = context;

	running->show.planned += is_wanted(running, row);
	return true;
}

/* The cases behind those that were made, in the same order. */
static bool name_left(void *context, const struct check_case *row)
{
	struct running *running = context;
	const size_t tried = running->show.planned - check_show_not_tried(&running->show);

	if (!is_wanted(running, row))
		return true;
	if (running->passed_over >= tried)
		check_show_left(&running->show, row, running->passed_over == tried);
	running->passed_over++;
	return true;
}

static void all_cases(struct running *running,
		      bool (*take)(void *context, const struct check_case *row))
{
	const struct check_case *groups[CHECK_MOST_GROUPS];

	check_groups(running->target, running->how->hostile, groups);
	for (size_t i = 0; groups[i]; i++)
		for (const struct check_case *row = groups[i]; row->name; row++)
			if (!take(running, row))
				return;
	if (running->how->files)
		check_files(running->target->reference, take, running);
	if (running->how->version)
		check_arguments(running->how->version, take, running);
}

int check_run(const struct check_target *target, const struct check_run *run)
{
	struct running running = {
		.target = target,
		.how = run,
		.show = { .format = run->format, .target = target, .verbose = run->verbose },
		.end = clock_now() + TIMEOUTS * target->timeout,
	};

	all_cases(&running, count_case);
	if (!running.show.planned && run->only)
		return command_usage("check", "there is no case %.60s over this transport",
				     run->only);
	if (run->hostile)
		running.end += (int64_t)running.show.planned * HOSTILE_TIME;
	check_show_begin(&running.show);
	all_cases(&running, run_case);
	if (check_show_not_tried(&running.show))
		all_cases(&running, name_left);
	check_show_end(&running.show);
	return running.show.failed || check_show_not_tried(&running.show) ? FAILED : 0;
}
