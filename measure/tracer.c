/*
 * Counts the system calls of two processes that talk to each other, with ptrace, as strace does.
 *
 * A thread is seized, which does not disturb it, and interrupted once, because only a thread that
 * goes on from a stop can be told to stop at system calls.  When this process dies the kernel lets
 * all of them go, so nobody stays traced whatever happens to us.
 */
#include "measure/tracer.h"

#include <dirent.h>
#include <errno.h>
#include <linux/net.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/channel.h"

#define MAX_THREADS 512
#define TIME_LIMIT  INT64_C(10000000000)

/* Nanoseconds: who makes no system call for so long, while his peer is held, and does not wait for
 * a processor either, is at rest. */
#define REST 2000000
/* Nanoseconds between two looks whether the user wants it to end. */
#define PATIENCE 50000000

#define OPTIONS                                                                                    \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK)

/* The first argument of getpid(), which the kernel does not look at. */
#define MARK 0x51decaUL

enum side { SIDE_CLIENT, SIDE_SERVER, SIDE_UNKNOWN };

struct thread {
	pid_t id;
	enum side side;
};

/* A stop, as wait tells it. */
struct stop {
	pid_t id;
	int signal, event;
};

struct trace {
	struct tracer *tracer;
	struct thread threads[MAX_THREADS];
	int count;
	int marks; /* of the client, that everybody rested at */
	bool held; /* the client, at a mark */
	struct tracer_calls *calls[2];
};

void tracer_mark(void)
{
	syscall(SYS_getpid, MARK);
}

/* ---- threads ---- */

static struct thread *find_thread(struct trace *trace, pid_t id)
{
	for (int i = 0; i < trace->count; i++)
		if (trace->threads[i].id == id)
			return &trace->threads[i];
	return NULL;
}

static struct thread *add_thread(struct trace *trace, pid_t id, enum side side)
{
	struct thread *thread = find_thread(trace, id);

	if (!thread && trace->count < MAX_THREADS) {
		thread = &trace->threads[trace->count++];
		*thread = (struct thread){ id, SIDE_UNKNOWN };
	}
	if (thread && side != SIDE_UNKNOWN)
		thread->side = side;
	return thread;
}

static void forget_thread(struct trace *trace, pid_t id)
{
	struct thread *thread = find_thread(trace, id);

	if (thread)
		*thread = trace->threads[--trace->count];
}

/* Whether it is one of the two: they are somebody's children, who will reap them. */
static bool is_process(const struct trace *trace, pid_t id)
{
	return id == trace->tracer->client || id == trace->tracer->server;
}

/* 0, also when the thread has ended meanwhile; or -errno. */
static int seize_thread(struct trace *trace, pid_t id, enum side side)
{
	if (trace->count == MAX_THREADS)
		return -E2BIG;
	if (ptrace(PTRACE_SEIZE, id, NULL, (void *)OPTIONS) < 0)
		return errno == ESRCH ? 0 : errno == ENOSYS || errno == EIO ? -EPERM : -errno;
	add_thread(trace, id, side);
	return ptrace(PTRACE_INTERRUPT, id, NULL, NULL) < 0 && errno != ESRCH ? -errno : 0;
}

/* Seizes the threads that are not seized yet.  How many, or -errno. */
static int seize_new(struct trace *trace, pid_t process, enum side side)
{
	char path[64];
	struct dirent *entry;
	DIR *threads;
	int r = 0, found = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)process);
	threads = opendir(path);
	if (!threads)
		return -errno;
	while (r == 0 && (entry = readdir(threads))) {
		pid_t id = atoi(entry->d_name);

		if (id <= 0 || find_thread(trace, id))
			continue;
		r = seize_thread(trace, id, side);
		found++;
	}
	closedir(threads);
	return r < 0 ? r : found;
}

/* Until there is no other: one that was not seized yet may have started another. */
static int seize_all(struct trace *trace, pid_t process, enum side side)
{
	int r;

	do
		r = seize_new(trace, process, side);
	while (r > 0);
	return r;
}

/* ---- stops ---- */

static bool is_stop(const siginfo_t *info)
{
	return info->si_code == CLD_TRAPPED || info->si_code == CLD_STOPPED;
}

static struct stop stop_of(const siginfo_t *info)
{
	return (struct stop){ info->si_pid, info->si_status & 0xff, info->si_status >> 8 };
}

/* Whether somebody has stopped. */
static bool next_stop(struct stop *stop)
{
	siginfo_t info = { 0 };

	if (waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG | __WALL) < 0 || !info.si_pid)
		return false;
	*stop = stop_of(&info);
	return true;
}

/* Looks for what has ended: threads are reaped, processes are their owner's.  -ECHILD for those. */
static int check_ends(struct trace *trace)
{
	for (;;) {
		siginfo_t info = { 0 };

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0)
			return -errno;
		if (!info.si_pid || is_stop(&info)) /* those are told unasked */
			return 0;
		if (!find_thread(trace, info.si_pid) || is_process(trace, info.si_pid))
			return -ECHILD;
		forget_thread(trace, info.si_pid);
		waitpid(info.si_pid, NULL, __WALL);
	}
}

static bool is_syscall(const struct stop *stop)
{
	return stop->event == 0 && stop->signal == (SIGTRAP | 0x80);
}

/* Whether it has started a thread or a process. */
static bool is_start(const struct stop *stop)
{
	return stop->event == PTRACE_EVENT_CLONE || stop->event == PTRACE_EVENT_FORK ||
	       stop->event == PTRACE_EVENT_VFORK;
}

/* A signal that the thread is to get when it goes on. */
static long signal_of(const struct stop *stop)
{
	return stop->event == 0 && !is_syscall(stop) ? stop->signal : 0;
}

static void go_on(const struct stop *stop)
{
	/* Somebody wants the whole process to stand still: that is none of our business. */
	bool group = stop->event == PTRACE_EVENT_STOP && stop->signal != SIGTRAP;

	ptrace(group ? PTRACE_LISTEN : PTRACE_SYSCALL, stop->id, NULL, (void *)signal_of(stop));
}

/* The call's number; of one that goes through socketcall(2), as glibc has them on some processors,
 * that of the call itself. */
static uint64_t number_of(const struct __ptrace_syscall_info *info)
{
#ifdef SYS_socketcall
	static const uint16_t within[] = {
		[SYS_SEND] = SYS_sendto,
		[SYS_RECV] = SYS_recvfrom,
		[SYS_SENDTO] = SYS_sendto,
		[SYS_RECVFROM] = SYS_recvfrom,
		[SYS_SENDMSG] = SYS_sendmsg,
		[SYS_RECVMSG] = SYS_recvmsg,
		[SYS_SENDMMSG] = SYS_sendmmsg,
		[SYS_RECVMMSG] = SYS_recvmmsg,
		[SYS_GETSOCKOPT] = SYS_getsockopt,
		[SYS_SETSOCKOPT] = SYS_setsockopt,
		[SYS_GETPEERNAME] = SYS_getpeername,
		[SYS_GETSOCKNAME] = SYS_getsockname,
	};
	const uint64_t call = info->entry.args[0];

	if (info->entry.nr == SYS_socketcall && call < sizeof(within) / sizeof(within[0]) &&
	    within[call])
		return within[call];
#endif
	return info->entry.nr;
}

/* Counts it if it begins a system call.  Whether that is a mark. */
static bool count_call(struct trace *trace, const struct thread *thread)
{
	struct __ptrace_syscall_info info;
	uint64_t number;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->id, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	if (info.entry.nr == SYS_getpid && info.entry.args[0] == MARK)
		return thread->side == SIDE_CLIENT;
	number = number_of(&info);
	if (trace->marks == 1 && thread->side != SIDE_UNKNOWN && number < TRACER_NUMBERS)
		trace->calls[thread->side]->of[number]++;
	return false;
}

/* A thread has started another, or a process: that of the client is the server. */
static void add_started(struct trace *trace, const struct thread *thread, const struct stop *stop)
{
	enum side side = stop->event == PTRACE_EVENT_CLONE ? thread->side : SIDE_SERVER;
	unsigned long id;

	if (ptrace(PTRACE_GETEVENTMSG, stop->id, NULL, &id) == 0)
		add_thread(trace, (pid_t)id, side);
}

static void take_stop(struct trace *trace, const struct stop *stop)
{
	/* One that was just started may stop before its starter tells. */
	const struct thread *thread = add_thread(trace, stop->id, SIDE_UNKNOWN);

	if (thread && is_syscall(stop) && count_call(trace, thread)) {
		trace->held = true;
		return;
	}
	if (thread && is_start(stop))
		add_started(trace, thread, stop);
	go_on(stop);
}

/* ---- from mark to mark ---- */

static bool wait_for_child(long nanoseconds)
{
	const struct timespec limit = { .tv_nsec = nanoseconds };
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	return sigtimedwait(&child, NULL, &limit) >= 0;
}

/* Whether a thread runs, or would if a busy machine let it. */
static bool any_runs(pid_t id)
{
	char path[64], state = 'S';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)id);
	file = fopen(path, "re");
	if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'S';
	if (file)
		fclose(file);
	return state == 'R';
}

static bool all_rest(const struct trace *trace)
{
	for (int i = 0; i < trace->count; i++)
		if (any_runs(trace->threads[i].id))
			return false;
	return true;
}

/* All is quiet: the client goes on behind its mark, or stays there when it was the last. */
static void let_go(struct trace *trace)
{
	trace->held = ++trace->marks == 2;
	if (!trace->held)
		ptrace(PTRACE_SYSCALL, trace->tracer->client, NULL, NULL);
}

static int follow_thread(struct trace *trace)
{
	int64_t deadline = clock_now() + TIME_LIMIT;
	struct stop stop;
	int r = 0;

	while (r == 0 && trace->marks < 2) {
		if (next_stop(&stop)) {
			take_stop(trace, &stop);
			continue;
		}
		r = check_ends(trace);
		if (r < 0 || wait_for_child(trace->held ? REST : PATIENCE))
			continue;
		if (trace->held && all_rest(trace))
			let_go(trace);
		if (trace->tracer->stopped())
			r = -EINTR;
		else if (clock_now() > deadline)
			r = -ETIMEDOUT;
	}
	return r;
}

/* ---- the end ---- */

/* Lets one go, which has to stop for that: at once, or somewhere it was about to stop anyway. */
static void detach_thread(struct trace *trace, const struct thread *thread)
{
	siginfo_t info = { 0 };
	struct stop stop;

	if (trace->held && thread->id == trace->tracer->client) {
		ptrace(PTRACE_DETACH, thread->id, NULL, NULL);
		return;
	}
	if (ptrace(PTRACE_INTERRUPT, thread->id, NULL, NULL) < 0 && errno != ESRCH)
		return;
	if (waitid(P_PID, (id_t)thread->id, &info, WSTOPPED | WEXITED | WNOWAIT | __WALL) < 0)
		return;
	if (!is_stop(&info)) {
		if (!is_process(trace, thread->id))
			waitpid(thread->id, NULL, __WALL);
		return;
	}
	stop = stop_of(&info);
	if (is_start(&stop))
		add_started(trace, thread, &stop);
	ptrace(PTRACE_DETACH, thread->id, NULL, (void *)signal_of(&stop));
}

/* From the last to the first, since a process has not ended before its threads are reaped. */
static void detach_all(struct trace *trace)
{
	while (trace->count) {
		const struct thread last = trace->threads[--trace->count];

		detach_thread(trace, &last);
	}
}

int tracer_run(struct tracer *tracer)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	sigset_t child, before;
	int r;

	if (!trace)
		return -ENOMEM;
	*trace = (struct trace){ .tracer = tracer,
				 .calls = { &tracer->client_calls, &tracer->server_calls } };
	memset(&tracer->client_calls, 0, sizeof(tracer->client_calls));
	memset(&tracer->server_calls, 0, sizeof(tracer->server_calls));
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	r = seize_all(trace, tracer->client, SIDE_CLIENT);
	if (r == 0 && tracer->server)
		r = seize_all(trace, tracer->server, SIDE_SERVER);
	if (r == 0) {
		tracer->ready(tracer->context);
		r = follow_thread(trace);
	}
	detach_all(trace);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(trace);
	return r;
}

/* ---- names ---- */

/* clang-format off */
#define NAMED(call) { SYS_##call, #call }
static const struct {
	int number;
	const char *name;
} names[] = {
	NAMED(read),
	NAMED(write),
	NAMED(readv),
	NAMED(writev),
	NAMED(sendto),
	NAMED(recvfrom),
	NAMED(sendmsg),
	NAMED(recvmsg),
	NAMED(sendmmsg),
	NAMED(recvmmsg),
	NAMED(ppoll),
	NAMED(pselect6),
	NAMED(epoll_ctl),
	NAMED(epoll_pwait),
	NAMED(epoll_pwait2),
#ifdef SYS_poll
	NAMED(poll),
#endif
#ifdef SYS_select
	NAMED(select),
#endif
#ifdef SYS_ppoll_time64 /* where a long has 32 bits, those with a time are there twice */
	{ SYS_ppoll_time64, "ppoll" },
	{ SYS_pselect6_time64, "pselect6" },
	{ SYS_recvmmsg_time64, "recvmmsg" },
	{ SYS_futex_time64, "futex" },
	{ SYS_clock_gettime64, "clock_gettime" },
	{ SYS_timerfd_settime64, "timerfd_settime" },
#endif
#ifdef SYS_epoll_wait
	NAMED(epoll_wait),
#endif
	NAMED(futex),
	NAMED(rt_sigprocmask),
	NAMED(rt_sigaction),
	NAMED(sched_yield),
	NAMED(restart_syscall),
	NAMED(clock_gettime),
	NAMED(gettimeofday),
	NAMED(timerfd_settime),
	NAMED(getsockopt),
	NAMED(setsockopt),
	NAMED(getpeername),
	NAMED(getsockname),
	NAMED(fcntl),
	NAMED(ioctl),
	NAMED(brk),
	NAMED(mmap),
	NAMED(munmap),
	NAMED(madvise),
	NAMED(openat),
	NAMED(close),
};
/* clang-format on */

const char *tracer_name(int number)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}
