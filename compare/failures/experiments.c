/* Many small experiments, each in a process of its own, several at a time, each with an end. */
#include "compare/failures/experiments.h"

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

struct sight *cells_sights(size_t count)
{
	struct sight *sights = mmap(NULL, count * sizeof(*sights), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (sights == MAP_FAILED)
		return NULL;
	for (size_t i = 0; i < count; i++)
		sight_init(&sights[i]);
	return sights;
}

void cells_release(struct sight *sights, size_t count)
{
	if (sights)
		munmap(sights, count * sizeof(*sights));
}

/* ---- one ---- */

static void become_cell(const struct cell *cell)
{
	setpgid(0, 0);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	cell->run(cell);
	_exit(EXIT_SUCCESS);
}

static int start_cell(struct cell *cell, int64_t limit)
{
	cell->until = clock_now() + limit;
	cell->pid = fork_tied();
	if (cell->pid == 0)
		become_cell(cell);
	if (cell->pid < 0)
		return -errno;
	setpgid(cell->pid, cell->pid); /* whoever comes first */
	cell->fd = (int)syscall(SYS_pidfd_open, cell->pid, 0);
	return cell->fd < 0 ? -errno : 0;
}

/* Its group is ended before it is reaped, while nobody else can have its number. */
static void end_cell(struct cell *cell)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)cell->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
		kill(cell->pid, SIGKILL);
	waitid(P_PID, (id_t)cell->pid, &info, WEXITED | WNOWAIT);
	kill(-cell->pid, SIGKILL);
	waitpid(cell->pid, NULL, 0);
	if (cell->fd >= 0)
		close(cell->fd);
	if (cell->sight->seen == SEEN_NONE && info.si_code != CLD_EXITED)
		sight_note(cell->sight, "signal %d ended it", info.si_status);
}

static void end_hung(struct cell *cell, int64_t limit)
{
	sight_init(cell->sight);
	cell->sight->seen = SEEN_HUNG;
	cell->sight->after = limit;
	sight_note(cell->sight, "ended by us");
	end_cell(cell);
}

/* ---- several at a time ---- */

struct running {
	struct cell *cells[MOST];
	size_t count;
};

static void end_all(struct running *running)
{
	for (size_t i = 0; i < running->count; i++)
		end_cell(running->cells[i]);
	running->count = 0;
}

/* Sees to those that have ended, or have had their time. */
static void sweep_ended(struct running *running, const struct pollfd *waiting, int64_t limit)
{
	size_t left = 0;

	for (size_t i = 0; i < running->count; i++) {
		struct cell *cell = running->cells[i];

		if (waiting[i].revents)
			end_cell(cell);
		else if (clock_now() > cell->until)
			end_hung(cell, limit);
		else
			running->cells[left++] = cell;
	}
	running->count = left;
}

static void wait_and_sweep(struct running *running, int64_t limit)
{
	struct pollfd waiting[MOST];

	for (size_t i = 0; i < running->count; i++)
		waiting[i] = (struct pollfd){ .fd = running->cells[i]->fd, .events = POLLIN };
	if (poll(waiting, (nfds_t)running->count, LOOK) <= 0)
		for (size_t i = 0; i < running->count; i++)
			waiting[i].revents = 0;
	sweep_ended(running, waiting, limit);
}

int cells_run(struct cell *cells, size_t count, size_t most, int64_t limit,
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
			struct cell *cell = &cells[next++];

			r = start_cell(cell, limit);
			if (cell->pid > 0)
				running.cells[running.count++] = cell;
		} else {
			wait_and_sweep(&running, limit);
		}
	}
	end_all(&running);
	return r;
}
