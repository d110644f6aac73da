/* Experiments in processes of their own: each ends, and leaves nothing behind. */
#include "common/duration.h"
#include "compare/lab/trials.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "client/runtime/channel.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"

#define CELLS 40

/* ---- what a trial does ---- */

static void answer(const struct trial *trial)
{
	trial->outcome->kind = OUTCOME_ANSWERED;
}

static void die(const struct trial *trial)
{
	(void)trial;
	raise(SIGKILL);
}

static void hang(const struct trial *trial)
{
	(void)trial;
	for (;;)
		pause();
}

/* Leaves a child behind, which holds the end of a pipe. */
static void leave_child(const struct trial *trial)
{
	if (fork() == 0)
		hang(trial);
	trial->outcome->kind = OUTCOME_ANSWERED;
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

static void check_seen(void (*run)(const struct trial *), int64_t limit, enum outcome_kind seen)
{
	struct call_outcome *outcomes = trials_outcomes(CELLS);
	struct trial trials[CELLS];
	int descriptors = observe_descriptors(getpid());

	for (size_t i = 0; i < CELLS; i++)
		trials[i] = (struct trial){ .run = run, .outcome = &outcomes[i] };
	CHECK_INT(trials_run(trials, CELLS, 8, limit, always, NULL), 0);
	for (size_t i = 0; i < CELLS; i++)
		CHECK_INT(outcomes[i].kind, seen);
	CHECK_INT(observe_descriptors(getpid()), descriptors);
	CHECK_INT(observe_child(getpid()), 0);
	trials_release(outcomes, CELLS);
}

static void test_ends(void)
{
	check_seen(answer, 60 * SECOND, OUTCOME_ANSWERED);
	check_seen(die, 60 * SECOND, OUTCOME_NONE);
	check_seen(hang, SECOND / 50, OUTCOME_HUNG);
}

/* The pipe ends when all who had it are gone: not when a trial's child still has. */
static void test_children(void)
{
	struct call_outcome *outcomes = trials_outcomes(1);
	struct trial trial = { .run = leave_child, .outcome = outcomes };
	int ends[2];
	char byte;

	CU_ASSERT_FATAL(pipe(ends) == 0);
	CHECK_INT(trials_run(&trial, 1, 1, 60 * SECOND, always, NULL), 0);
	CHECK_INT(outcomes->kind, OUTCOME_ANSWERED);
	close(ends[1]);
	CHECK_INT(clock_wait(ends[0], POLLIN, clock_now() + 10 * SECOND), 0);
	CHECK_INT(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	trials_release(outcomes, 1);
}

/* Whoever stops it waits for nobody. */
static void test_stopped(void)
{
	struct call_outcome *outcomes = trials_outcomes(CELLS);
	size_t most = 5;
	struct trial trials[CELLS];

	for (size_t i = 0; i < CELLS; i++)
		trials[i] = (struct trial){ .run = hang, .outcome = &outcomes[i] };
	CHECK_INT(trials_run(trials, CELLS, 8, 1000 * SECOND, up_to, &most), -EINTR);
	CHECK_INT(observe_child(getpid()), 0);
	trials_release(outcomes, CELLS);
}

static const struct test tests[] = {
	{ "each ends", test_ends },
	{ "what a trial started", test_children },
	{ "stopped", test_stopped },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("trials", tests);
}
