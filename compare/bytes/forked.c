/* A part's work in a process of its own, so that it can be ended at any time. */
#include "compare/bytes/forked.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare/lab/trials.h"

#define NO_LIMIT (INT64_MAX / 4) /* nanoseconds: what it does has ends of its own */

/* What both processes hold. */
struct forked {
	struct comparison *comparison;
	json_t *(*make)(struct comparison *comparison, struct failure *failure);
	int file;                /* in memory: gets the object */
	struct failure *failure; /* shared: what it says when there is none */
};

static void make_in_child(const struct trial *trial)
{
	const struct forked *forked = trial->context;
	json_t *part;

	signal(SIGTTOU, SIG_IGN); /* its progress goes to the terminal from the background */
	part = forked->make(forked->comparison, forked->failure);
	if (!part)
		return;
	if (json_dumpfd(part, forked->file, JSON_COMPACT) < 0)
		failure_system(forked->failure, errno, "cannot hand over what was found");
}

static bool goes_on(void *watcher, size_t begun)
{
	const struct comparison *comparison = watcher;

	(void)begun;
	return !comparison->stopped();
}

/* Those of its group whose parent it was are ours now, and dead. */
static void reap_group(pid_t group)
{
	while (waitpid(-group, NULL, 0) > 0 || errno == EINTR)
		;
}

/* 0 with the file complete, or the failure's code. */
static int run_to_its_end(struct forked *forked, struct call_outcome *outcome,
			  struct failure *failure)
{
	struct trial trial = { .run = make_in_child, .context = forked, .outcome = outcome };
	int r;

	/* Until somebody says otherwise: */
	failure_set(forked->failure, FAILURE_BUG, "it ended without a result");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	r = trials_run(&trial, 1, 1, NO_LIMIT, goes_on, forked->comparison);
	if (trial.pid > 0)
		reap_group(trial.pid);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	if (r == -EINTR)
		comparison_interrupted(failure);
	else if (r < 0)
		failure_system(failure, -r, "cannot start a process");
	return r < 0 ? (int)failure->code : 0;
}

static json_t *take_part(const struct forked *forked, struct failure *failure)
{
	json_t *part;

	lseek(forked->file, 0, SEEK_SET);
	part = json_loadfd(forked->file, 0, NULL);
	if (!part)
		*failure = *forked->failure;
	return part;
}

json_t *forked_make(struct comparison *comparison,
		    json_t *(*make)(struct comparison *comparison, struct failure *failure),
		    struct failure *failure)
{
	struct forked forked = { .comparison = comparison,
				 .make = make,
				 .file = memfd_create("part", MFD_CLOEXEC) };
	struct call_outcome *outcome = trials_outcomes(1);
	json_t *part = NULL;

	forked.failure = mmap(NULL, sizeof(*failure), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (forked.file < 0 || !outcome || forked.failure == MAP_FAILED)
		failure_system(failure, errno, comparison->part->figure->key);
	else if (run_to_its_end(&forked, outcome, failure) == 0)
		part = take_part(&forked, failure);
	if (forked.failure != MAP_FAILED)
		munmap(forked.failure, sizeof(*failure));
	trials_release(outcome, 1);
	if (forked.file >= 0)
		close(forked.file);
	return part;
}
