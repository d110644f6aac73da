/* Calls that take long: nobody else waits for them, and they end when nobody waits for them. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/pool.h"
#include "tests/calls.h"
#include "tests/harness.h"
#include "tests/observe.h"
#include "tests/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TIMEOUT      (HARNESS_PATIENCE * SECOND)
#define WAIT         (HARNESS_PATIENCE * 1000) /* milliseconds */
#define HUGE_FILE    ((off_t)1 << 40)          /* bytes: no digest of it ever ends here */
#define JOBS         10000
#define PATIENCE     100 /* milliseconds that a job may run while others wait */

/* ---- the pool and the loop, without a daemon ---- */

struct counted {
	struct job job;
	struct tally *tally;
	atomic_uint ran;
	unsigned int done;
};

struct tally {
	struct loop loop;
	struct pool *pool;
	struct job_owner owner;
	pthread_t thread; /* the loop's */
	struct counted *jobs;
	struct deferred again;
	unsigned int submitted, done, count;
	unsigned int wrong; /* done before it ran, in another thread, or twice */
};

static void count_run(struct job *job)
{
	atomic_fetch_add(&((struct counted *)job)->ran, 1);
}

static void count_done(struct job *job)
{
	struct counted *counted = (struct counted *)job; /* its first member */
	struct tally *tally = counted->tally;

	tally->wrong += !pthread_equal(pthread_self(), tally->thread);
	tally->wrong += atomic_load(&counted->ran) != 1 || counted->done++ != 0;
	if (++tally->done == tally->count)
		tally->loop.stop = true;
}

/* A hundred at a time, so that the threads find now nothing, now much. */
static void submit_some(struct deferred *again)
{
	struct tally *tally = (struct tally *)((char *)again - offsetof(struct tally, again));

	for (int i = 0; i < 100 && tally->submitted < tally->count; i++) {
		struct counted *counted = &tally->jobs[tally->submitted++];

		counted->tally = tally;
		counted->job.run = count_run;
		counted->job.done = count_done;
		counted->job.loop = &tally->loop;
		pool_submit(tally->pool, &tally->owner, &counted->job);
	}
	if (tally->submitted < tally->count)
		loop_defer(&tally->loop, again);
}

static void tally_begin(struct tally *tally, unsigned int threads)
{
	memset(tally, 0, sizeof(*tally));
	tally->thread = pthread_self();
	tally->count = JOBS;
	tally->jobs = calloc(JOBS, sizeof(*tally->jobs));
	tally->again.run = submit_some;
	CHECK_INT(loop_init(&tally->loop), 0);
	tally->pool = pool_open(threads, PATIENCE);
	CU_ASSERT_FATAL(tally->pool && tally->jobs);
}

static void tally_check(struct tally *tally)
{
	unsigned int missing = 0;

	for (unsigned int i = 0; i < JOBS; i++)
		missing += tally->jobs[i].done != 1;
	CHECK_INT(missing, 0);
	CHECK_INT(tally->wrong, 0);
	CHECK_INT(tally->done, JOBS);
	loop_release(&tally->loop);
	free(tally->jobs);
}

static void test_every_job_once(void)
{
	static const unsigned int threads[] = { 1, 3, 32 };

	for (size_t i = 0; i < COUNT(threads); i++) {
		struct tally tally;

		tally_begin(&tally, threads[i]);
		loop_defer(&tally.loop, &tally.again);
		CHECK_INT(loop_run(&tally.loop, WAIT), 0);
		pool_close(tally.pool);
		tally_check(&tally);
	}
}

/* What is queued when the pool closes is run all the same, and done afterwards. */
static void test_close_with_jobs(void)
{
	struct tally tally;

	tally_begin(&tally, 2);
	while (tally.submitted < tally.count)
		submit_some(&tally.again);
	pool_close(tally.pool);
	CHECK_INT(tally.done, 0);
	loop_run_posted(&tally.loop);
	tally.again.queued = false;
	tally_check(&tally);
	pool_close(NULL);
}

/* ---- jobs that never end, while others wait ---- */

struct stuck {
	struct job job;
	atomic_bool runs, cancelled;
	int64_t ended; /* when it was, in milliseconds */
};

static void stuck_run(struct job *job)
{
	struct stuck *stuck = (struct stuck *)job; /* its first member */

	atomic_store(&stuck->runs, true);
	while (!atomic_load(&stuck->cancelled))
		poll(NULL, 0, 1);
}

static void stuck_cancel(struct job *job)
{
	atomic_store(&((struct stuck *)job)->cancelled, true);
}

static void stuck_done(struct job *job)
{
	((struct stuck *)job)->ended = loop_clock();
}

static void submit_stuck(struct stuck *stuck, struct tally *tally)
{
	*stuck = (struct stuck){ .job = { .run = stuck_run,
					  .done = stuck_done,
					  .cancel = stuck_cancel,
					  .loop = &tally->loop } };
	pool_submit(tally->pool, &tally->owner, &stuck->job);
	AWAIT(atomic_load(&stuck->runs));
	CHECK_INT(stuck->runs, true);
}

/* Two jobs that never end keep two of the threads busy; for `before` milliseconds nobody waits, and
 * then one more job does.  Whether the first of the two made way for it. */
static bool first_makes_way(unsigned int threads, int before)
{
	struct stuck first, second;
	struct tally tally;
	bool cancelled;

	tally_begin(&tally, threads);
	tally.count = 1;
	submit_stuck(&first, &tally);
	submit_stuck(&second, &tally);
	poll(NULL, 0, before);
	CHECK_INT(first.cancelled, false);
	submit_some(&tally.again);
	CHECK_INT(loop_run(&tally.loop, WAIT), 0);
	CHECK_INT(tally.done, 1);
	CHECK_INT(second.cancelled, false);
	cancelled = first.cancelled;
	stuck_cancel(&first.job);
	stuck_cancel(&second.job);
	pool_close(tally.pool);
	loop_run_posted(&tally.loop);
	CU_ASSERT(first.ended - first.job.started >= (cancelled ? PATIENCE : 0));
	loop_release(&tally.loop);
	free(tally.jobs);
	return cancelled;
}

static void test_longest_makes_way(void)
{
	CHECK_INT(first_makes_way(2, 0), true);
	CHECK_INT(first_makes_way(2, 2 * PATIENCE), true);
	CHECK_INT(first_makes_way(3, 2 * PATIENCE), false); /* there is a thread for each */
}

/* ---- whose turn it is ---- */

/* What ran, in order, in the only thread there is. */
struct noted {
	struct job job;
	char name;
	char *notes;
};

static void note(struct job *job)
{
	struct noted *noted = (struct noted *)job; /* its first member */

	noted->notes[strlen(noted->notes)] = noted->name;
}

static void forget_done(struct job *job)
{
	((struct noted *)job)->name = '-';
}

static void submit_noted(struct tally *tally, struct job_owner *owner, struct noted *noted,
			 enum job_kind kind, char name, char *notes)
{
	*noted = (struct noted){
		.job = { .run = note, .done = forget_done, .loop = &tally->loop, .kind = kind },
		.name = name,
		.notes = notes
	};
	pool_submit(tally->pool, owner, &noted->job);
}

/* Three owners, two of whom have much: d and e digest, l lists, and one withdraws what waits. */
static void test_turns(void)
{
	static const char names[] = "dddddeeellxx";
	struct job_owner owners[128] = { 0 };
	struct noted jobs[sizeof(names) - 1];
	char notes[sizeof(names)] = "";
	struct stuck stuck;
	struct tally tally;

	tally_begin(&tally, 1);
	submit_stuck(&stuck, &tally); /* the thread is busy until all are here */
	for (size_t i = 0; i < COUNT(jobs); i++)
		submit_noted(&tally, &owners[(int)names[i]], &jobs[i],
			     names[i] == 'l' ? JOB_SHORT : JOB_LONG, names[i], notes);
	pool_withdraw(tally.pool, &owners['x']);
	loop_run_posted(&tally.loop);
	CHECK_INT(jobs[COUNT(jobs) - 1].name, '-');
	CHECK_INT(jobs[0].name, 'd');
	stuck_cancel(&stuck.job);
	pool_close(tally.pool);
	CHECK_STR(notes, "dleldededd");
	loop_run_posted(&tally.loop);
	loop_release(&tally.loop);
	free(tally.jobs);
}

/* ---- a daemon with a file that is too long ---- */

static const char *const kinds[] = { "rpc+tcp", "raw+unix", "rpc+shm", "raw+fifo", "raw+udp" };
static const char *const options[] = { "--message-timeout",
				       "1",
				       "--listen",
				       "rpc+tcp://127.0.0.1:0",
				       "--listen",
				       "raw+unix",
				       "--listen",
				       "rpc+shm",
				       "--listen",
				       "raw+fifo",
				       "--listen",
				       "raw+udp://127.0.0.1:0",
				       NULL };

static void make_file(const struct daemon *daemon, const char *name, off_t size)
{
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", daemon->root, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0 && ftruncate(fd, size) == 0);
	close(fd);
}

static void start(struct daemon *daemon)
{
	CU_ASSERT_FATAL(daemon_start(daemon, NULL, options));
	make_file(daemon, "huge", HUGE_FILE);
	make_file(daemon, "small", 100);
}

/* Waits until the daemon has the file open so many times. */
static void wait_for_digests(const struct daemon *daemon, int count)
{
	AWAIT(observe_open_files(daemon->pid, "huge") == count);
	CHECK_INT(observe_open_files(daemon->pid, "huge"), count);
}

/* Adds on every endpoint, each on a connection of its own.  None waits for any of so many digests:
 * these do not end. */
static void check_served(const struct daemon *daemon, int digests)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct endpoint endpoint = call_endpoint(daemon_endpoint(daemon, kinds[i]));

		CHECK_INT(call_add(&endpoint, TIMEOUT, 20, 22), 42);
	}
	CHECK_INT(observe_open_files(daemon->pid, "huge"), digests);
}

static void test_others_do_not_wait(void)
{
	struct daemon daemon;

	start(&daemon);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		pid_t caller = call_digesting(daemon_endpoint(&daemon, kinds[i]), "huge",
					      4 * TIMEOUT);

		wait_for_digests(&daemon, 1);
		check_served(&daemon, 1);
		kill(caller, SIGKILL);
		CHECK_INT(call_wait(caller), 128 + SIGKILL);
		if (i + 1 < COUNT(kinds)) /* by datagram, nobody can see that a caller died */
			wait_for_digests(&daemon, 0);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- on one connection ---- */

static int connect_path(const char *endpoint)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = HARNESS_PATIENCE };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", strchr(endpoint, ':') + 1);
	CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

/* The id that the next reply on a raw stream names; its result is passed over. */
static uint32_t next_id(int fd)
{
	uint8_t bytes[4 + 64] = { 0 };

	if (recv(fd, bytes, 4, MSG_WAITALL) != 4 || bytes[3] > 64 ||
	    recv(fd, bytes + 4, bytes[3], MSG_WAITALL) != bytes[3])
		return 0;
	return bytes[7];
}

/* Digests, and behind them calls on the same connection: what is ready first comes first, up to
 * four digests.  Beyond those the connection waits, and no other. */
static void test_one_connection(void)
{
	const char *huge = "huge", *small = "small";
	struct buffer calls = { 0 };
	struct daemon daemon;
	int fd, full;

	start(&daemon);
	fd = connect_path(daemon_endpoint(&daemon, "raw+unix"));
	for (uint32_t id = 1; id <= 3; id++)
		call_make(&calls, false, true, id, "digest", &huge);
	call_make(&calls, false, true, 7, "null", NULL);
	CHECK_INT(send(fd, calls.data, calls.length, 0), calls.length);
	CHECK_INT(next_id(fd), 7);
	calls.length = 0;
	call_make(&calls, false, true, 8, "digest", &small);
	CHECK_INT(send(fd, calls.data, calls.length, 0), calls.length);
	CHECK_INT(next_id(fd), 8);
	calls.length = 0;
	for (uint32_t id = 1; id <= 4; id++)
		call_make(&calls, false, true, id, "digest", &huge);
	call_make(&calls, false, true, 9, "null", NULL);
	full = connect_path(daemon_endpoint(&daemon, "raw+unix"));
	CHECK_INT(send(full, calls.data, calls.length, 0), calls.length);
	wait_for_digests(&daemon, 7);
	check_served(&daemon, 7);
	CHECK_INT(poll(&(struct pollfd){ .fd = full, .events = POLLIN }, 1, 50), 0);
	buffer_release(&calls);
	close(full);
	close(fd);
	CU_ASSERT(observe_idle(daemon.pid));
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- many at once ---- */

static void start_eight(const struct daemon *daemon, pid_t callers[8])
{
	for (int i = 0; i < 8; i++) /* not by datagram, where nobody can see a caller die */
		callers[i] = call_digesting(daemon_endpoint(daemon, kinds[i % 4]), "huge",
					    4 * TIMEOUT);
	wait_for_digests(daemon, 8);
}

static void end_eight(const pid_t callers[8])
{
	for (int i = 0; i < 8; i++) {
		kill(callers[i], SIGKILL);
		call_wait(callers[i]);
	}
}

static void test_eight_at_once(void)
{
	union procedure_result result;
	char name[] = "small";
	fileinfo_path path = name;
	pid_t callers[8];
	struct daemon daemon;

	start(&daemon);
	start_eight(&daemon, callers);
	check_served(&daemon, 8);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct endpoint endpoint = call_endpoint(daemon_endpoint(&daemon, kinds[i]));

		CHECK_INT(call_once(&endpoint, TIMEOUT, "digest", &path, &result), 0);
		CHECK_INT(result.digest.fileinfo_digest_result_u.digest.size, 100);
	}
	CU_ASSERT(observe_is_running(daemon.pid));
	end_eight(callers);
	CU_ASSERT(observe_idle(daemon.pid)); /* --message-timeout and then some */
	check_served(&daemon, 0);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* It does not wait for digests, which take hours. */
static void test_stop(void)
{
	pid_t callers[8];
	struct daemon daemon;

	start(&daemon);
	start_eight(&daemon, callers);
	CHECK_INT(daemon_stop(&daemon), 0);
	for (int i = 0; i < 8; i++)
		CHECK_INT(call_wait(callers[i]), FAILURE_UNAVAILABLE);
}

int main(void)
{
	static const struct test tests[] = {
		{ "the others do not wait", test_others_do_not_wait },
		{ "one connection, many calls", test_one_connection },
		{ "eight digests at once", test_eight_at_once },
		{ "a server that stops meanwhile", test_stop },
		/* Last, for no process may be forked beside threads under ThreadSanitizer. */
		{ "every job is done once", test_every_job_once },
		{ "a pool that closes with jobs", test_close_with_jobs },
		{ "jobs that never end, and others that wait", test_longest_makes_way },
		{ "whose turn it is", test_turns },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("pool", tests);
}
