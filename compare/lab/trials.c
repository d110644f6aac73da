/* Many small experiments, each in a process of its own, several at a time, each with an end. */
#include "compare/lab/trials.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/channel.h"
#include "common/fork.h"

#define MOST 32 /* at a time */
#define LOOK 50 /* milliseconds between two looks at whether it is to stop */

struct call_outcome *trials_outcomes(size_t count)
{
	struct call_outcome *outcomes = mmap(NULL, count * sizeof(*outcomes),
					     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
					     0);

	if (outcomes == MAP_FAILED)
		return NULL;
	for (size_t i = 0; i < count; i++)
		call_outcome_init(&outcomes[i]);
	return outcomes;
}

void trials_release(struct call_outcome *outcomes, size_t count)
{
	if (outcomes)
		munmap(outcomes, count * sizeof(*outcomes));
}

/* ---- one ---- */

static void become_trial(const struct trial *trial)
{
	setpgid(0, 0);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	trial->run(trial);
	_exit(EXIT_SUCCESS);
}

static int start_trial(struct trial *trial, int64_t limit)
{
	trial->until = clock_now() + limit;
	trial->pid = fork_tied();
	if (trial->pid == 0)
		become_trial(trial);
	if (trial->pid < 0)
		return -errno;
	setpgid(trial->pid, trial->pid); /* whoever comes first */
	trial->fd = (int)syscall(SYS_pidfd_open, trial->pid, 0);
	return trial->fd < 0 ? -errno : 0;
}

/* Its group is ended before it is reaped, while nobody else can have its number. */
static void end_trial(struct trial *trial)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)trial->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
		kill(trial->pid, SIGKILL);
	waitid(P_PID, (id_t)trial->pid, &info, WEXITED | WNOWAIT);
	kill(-trial->pid, SIGKILL);
	waitpid(trial->pid, NULL, 0);
	if (trial->fd >= 0)
		close(trial->fd);
	if (trial->outcome->kind == OUTCOME_NONE && info.si_code != CLD_EXITED)
		call_outcome_note(trial->outcome, "signal %d ended it", info.si_status);
}

static void end_hung(struct trial *trial, int64_t limit)
{
	call_outcome_init(trial->outcome);
	trial->outcome->kind = OUTCOME_HUNG;
	trial->outcome->after = limit;
	call_outcome_note(trial->outcome, "ended by us");
	end_trial(trial);
}

/* ---- several at a time ---- */

struct running {
	struct trial *trials[MOST];
	size_t count;
};

static void end_all(struct running *running)
{
	for (size_t i = 0; i < running->count; i++)
		end_trial(running->trials[i]);
	running->count = 0;
}

/* Sees to those that have ended, or have had their time. */
static void sweep_ended(struct running *running, const struct pollfd *waiting, int64_t limit)
{
	size_t left = 0;

	for (size_t i = 0; i < running->count; i++) {
		struct trial *trial = running->trials[i];

		if (waiting[i].revents)
			end_trial(trial);
		else if (clock_now() > trial->until)
			end_hung(trial, limit);
		else
			running->trials[left++] = trial;
	}
	running->count = left;
}

static void wait_and_sweep(struct running *running, int64_t limit)
{
	struct pollfd waiting[MOST];

	for (size_t i = 0; i < running->count; i++)
		waiting[i] = (struct pollfd){ .fd = running->trials[i]->fd, .events = POLLIN };
	if (poll(waiting, (nfds_t)running->count, LOOK) <= 0)
		for (size_t i = 0; i < running->count; i++)
			waiting[i].revents = 0;
	sweep_ended(running, waiting, limit);
}

int trials_run(struct trial *trials, size_t count, size_t most, int64_t limit,
	       bool (*goes_on)(void *watcher, size_t begun), void *watcher)
{
	struct running running = { .count = 0 };
	size_t next = 0;
	int r = 0;

	if (most > MOST)
		most = MOST;
	while (r == 0 && (next < count || running.count)) {
		if (!goes_on(watcher, next)) {
			r = -EINTR;
		} else if (next < count && running.count < most) {
			struct trial *trial = &trials[next++];

			r = start_trial(trial, limit);
			if (trial->pid > 0)
				running.trials[running.count++] = trial;
		} else {
			wait_and_sweep(&running, limit);
		}
	}
	end_all(&running);
	return r;
}
