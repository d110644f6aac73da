/* Experiments in processes of their own: each ends, and leaves nothing behind. */
#include "common/duration.h"
#include "compare/failures/experiments.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "client/runtime/channel.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"

#define CELLS 40

/* ---- what a cell does ---- */

static void answer(const struct cell *cell)
{
	cell->sight->seen = SEEN_ANSWERED;
}

static void die(const struct cell *cell)
{
	(void)cell;
	raise(SIGKILL);
}

static void hang(const struct cell *cell)
{
	(void)cell;
	for (;;)
		pause();
}

/* Leaves a child behind, which holds the end of a pipe. */
static void leave_child(const struct cell *cell)
{
	if (fork() == 0)
		hang(cell);
	cell->sight->seen = SEEN_ANSWERED;
}

/* ---- the others ---- */

static bool always(void *watcher, size_t begun)
{
	(void)watcher;
	(void)begun;
	return true;
}

static bool up_to(void *watcher, size_t begun)
{
	return begun < *(const size_t *)watcher;
}

static void check_seen(void (*run)(const struct cell *), int64_t limit, enum seen seen)
{
	struct sight *sights = cells_sights(CELLS);
	struct cell cells[CELLS];
	int descriptors = observe_descriptors(getpid());

	for (size_t i = 0; i < CELLS; i++)
		cells[i] = (struct cell){ .run = run, .sight = &sights[i] };
	CHECK_INT(cells_run(cells, CELLS, 8, limit, always, NULL), 0);
	for (size_t i = 0; i < CELLS; i++)
		CHECK_INT(sights[i].seen, seen);
	CHECK_INT(observe_descriptors(getpid()), descriptors);
	CHECK_INT(observe_child(getpid()), 0);
	cells_release(sights, CELLS);
}

static void test_ends(void)
{
	check_seen(answer, 60 * SECOND, SEEN_ANSWERED);
	check_seen(die, 60 * SECOND, SEEN_NONE);
	check_seen(hang, SECOND / 50, SEEN_HUNG);
}

/* The pipe ends when all who had it are gone: not when a cell's child still has. */
static void test_children(void)
{
	struct sight *sights = cells_sights(1);
	struct cell cell = { .run = leave_child, .sight = sights };
	int ends[2];
	char byte;

	CU_ASSERT_FATAL(pipe(ends) == 0);
	CHECK_INT(cells_run(&cell, 1, 1, 60 * SECOND, always, NULL), 0);
	CHECK_INT(sights->seen, SEEN_ANSWERED);
	close(ends[1]);
	CHECK_INT(clock_wait(ends[0], POLLIN, clock_now() + 10 * SECOND), 0);
	CHECK_INT(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	cells_release(sights, 1);
}

/* Whoever stops it waits for nobody. */
static void test_stopped(void)
{
	struct sight *sights = cells_sights(CELLS);
	size_t most = 5;
	struct cell cells[CELLS];

	for (size_t i = 0; i < CELLS; i++)
		cells[i] = (struct cell){ .run = hang, .sight = &sights[i] };
	CHECK_INT(cells_run(cells, CELLS, 8, 1000 * SECOND, up_to, &most), -EINTR);
	CHECK_INT(observe_child(getpid()), 0);
	cells_release(sights, CELLS);
}

static const struct test tests[] = {
	{ "each ends", test_ends },
	{ "what a cell started", test_children },
	{ "stopped", test_stopped },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("cells", tests);
}
