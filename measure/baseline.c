/* The baseline of a transport: two processes that write and read, and do nothing else. */
#include "measure/baseline.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fork.h"
#include "measure/process.h"

#define LOOK 50000 /* microseconds between two looks whether to go on */

/* One run of this process' end. */
struct bare_run {
	const struct baseline *baseline;
	struct bare_end *end;
	int64_t began; /* the exchange under way */
};

/* ---- an end to every wait ---- */

/* To set a deadline for each exchange would be a system call, and the baseline has none to spare.
 * So now and then a signal interrupts whatever waits, which asks, or what does not wait asks next.
 */
struct watch {
	struct sigaction action;
	struct itimerval timer;
	sigset_t mask;
};

static volatile sig_atomic_t is_due;

static void interrupt_pair(int signal)
{
	(void)signal;
	is_due = 1;
}

static void watch_begin(struct watch *before)
{
	const struct sigaction action = { .sa_handler = interrupt_pair };
	const struct itimerval timer = { { .tv_usec = LOOK }, { .tv_usec = LOOK } };
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigaction(SIGALRM, &action, &before->action);
	sigprocmask(SIG_UNBLOCK, &alarm, &before->mask);
	setitimer(ITIMER_REAL, &timer, &before->timer);
}

static void watch_end(const struct watch *before)
{
	setitimer(ITIMER_REAL, &before->timer, NULL);
	sigprocmask(SIG_SETMASK, &before->mask, NULL);
	sigaction(SIGALRM, &before->action, NULL);
}

static bool may_go_on(const struct bare_end *end)
{
	const struct bare_run *run = end->context;
	const struct baseline *baseline = run->baseline;

	return !(baseline->stopped && baseline->stopped()) &&
	       clock_now() - run->began < baseline->timeout;
}

/* False with errno. */
static bool look_for_end(const struct bare_run *run)
{
	is_due = 0;
	errno = EINTR;
	return may_go_on(run->end);
}

/* ---- the two processes ---- */

static void echo_messages(struct bare_end *end, const struct baseline *baseline)
{
	static uint8_t bytes[BASELINE_MAX_MESSAGE];

	while (bare_take(end, bytes, baseline->call) && bare_give(end, bytes, baseline->reply))
		;
}

static pid_t start_echo(const struct baseline *baseline, struct bare_end ends[2])
{
	pid_t child = fork_tied();

	if (child != 0)
		return child;
	bare_close(&ends[0]);
	echo_messages(&ends[1], baseline);
	_exit(0);
}

/* What comes back is what was sent this time, or nothing has been measured.  False with errno. */
static bool exchange_all(struct bare_run *run, int64_t duration, struct load_result *result)
{
	static uint8_t sent[BASELINE_MAX_MESSAGE], bytes[BASELINE_MAX_MESSAGE];
	const struct baseline *baseline = run->baseline;
	const size_t same = baseline->call < baseline->reply ? baseline->call : baseline->reply;
	int64_t start = clock_now(), now = start;

	while (now - start < duration) {
		run->began = now;
		if (is_due && !look_for_end(run))
			return false;
		memcpy(sent, &now, sizeof(now));
		if (!bare_give(run->end, sent, baseline->call) ||
		    !bare_take(run->end, bytes, baseline->reply))
			return false;
		now = clock_now();
		histogram_add(&result->latency, now - run->began);
		if (memcmp(bytes, sent, same) != 0) {
			errno = EBADMSG;
			return false;
		}
	}
	result->elapsed = now - start;
	result->sent = result->latency.count * baseline->call;
	result->received = result->latency.count * baseline->reply;
	return true;
}

static int explain_errno(int error, const struct baseline *baseline, struct failure *failure)
{
	if (error == EBADMSG)
		return failure_set(failure, FAILURE_BUG,
				   "the bare transport brings other bytes back");
	if (error != EINTR)
		return failure_set(failure, FAILURE_UNAVAILABLE,
				   "the other end of the bare transport is gone");
	if (baseline->stopped && baseline->stopped())
		return failure_set(failure, FAILURE_SYSTEM, "interrupted");
	return failure_set(failure, FAILURE_TIMEOUT,
			   "the other end of the bare transport does not answer");
}

static int run_watched(struct bare_run *run, pid_t child, struct load_result *result,
		       struct failure *failure)
{
	const struct baseline *baseline = run->baseline;
	double own, others;
	bool right = exchange_all(run, baseline->warmup, result);

	if (right) {
		memset(result, 0, sizeof(*result));
		own = process_cpu(getpid());
		others = process_cpu(child);
		right = exchange_all(run, baseline->duration, result);
		result->client_cpu = process_cpu(getpid()) - own;
		result->server_cpu = process_cpu(child) - others;
	}
	return right ? 0 : explain_errno(errno, baseline, failure);
}

static int run_pinned(const struct baseline *baseline, struct bare_end *end, pid_t child,
		      struct load_result *result, struct failure *failure)
{
	struct bare_run run = { .baseline = baseline, .end = end };
	struct saved_affinity pinned;
	struct watch before;
	int code = process_pin(&pinned, child, baseline->pin, failure);

	end->go_on = may_go_on;
	end->context = &run;
	watch_begin(&before);
	if (code == 0)
		code = run_watched(&run, child, result, failure);
	watch_end(&before);
	process_unpin(&pinned);
	return code;
}

int baseline_run(const struct baseline *baseline, struct load_result *result,
		 struct failure *failure)
{
	const struct bare_end unconnected = {
		.in = -1, .out = -1, .waiter = -1, .spin = baseline->spin
	};
	struct bare_end ends[2] = { unconnected, unconnected };
	pid_t child = -1;
	int code = 0, r = bare_connect(baseline->transport, ends);

	if (r == 0 && baseline->many)
		r = bare_wait_for_many(&ends[1]);

	memset(result, 0, sizeof(*result));
	if (r == 0)
		child = start_echo(baseline, ends);
	bare_close(&ends[1]);
	if (child < 0)
		code = failure_system(failure, r < 0 ? -r : errno, "the floor");
	else
		code = run_pinned(baseline, &ends[0], child, result, failure);
	bare_close(&ends[0]);
	bare_unmap(&ends[0]);
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return code;
}
