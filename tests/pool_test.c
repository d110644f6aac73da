/* Calls that take long: nobody else waits for them, and they end when nobody waits for them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/container.h"
#include "server/runtime/pool/pool.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TIMEOUT      (HARNESS_PATIENCE * SECOND)
#define WAIT         (HARNESS_PATIENCE * 1000) /* milliseconds */
#define HUGE_FILE    ((off_t)1 << 40)          /* bytes: no digest of it ever ends here */
#define JOBS         10000
#define PATIENCE     100     /* milliseconds that a job may run while others wait */
#define NEVER        1000000 /* likewise, where none is to make way */
#define CLOSE_TIME   20000   /* milliseconds: far more than any job here takes */

/* ---- the pool and the loop, without a daemon ---- */

struct counted {
	struct job job;
	struct byte_account *account;
	atomic_uint ran;
	unsigned int done;
};

struct byte_account {
	struct loop loop;
	struct pool *pool;
	struct pool_share share;
	struct pool_owner owner;
	pthread_t thread; /* the loop's */
	struct counted *jobs;
	struct party more;
	unsigned int submitted, done, count;
	unsigned int wrong; /* done before it ran, in another thread, or twice */
};

static bool count_run(struct job *job)
{
	atomic_fetch_add(&((struct counted *)job)->ran, 1);
	return true;
}

static void count_done(struct job *job)
{
	struct counted *counted = (struct counted *)job; /* its first member */
	struct byte_account *account = counted->account;

	account->wrong += !pthread_equal(pthread_self(), account->thread);
	account->wrong += atomic_load(&counted->ran) != 1 || counted->done++ != 0;
	if (++account->done == account->count)
		account->loop.stop = true;
}

/* A hundred at a time, so that the threads find now nothing, now much. */
static bool submit_some(struct party *more)
{
	struct byte_account *account = container_of(more, struct byte_account, more);

	for (int i = 0; i < 100 && account->submitted < account->count; i++) {
		struct counted *counted = &account->jobs[account->submitted++];

		counted->account = account;
		counted->job.run = count_run;
		counted->job.done = count_done;
		counted->job.loop = &account->loop;
		counted->job.always = true;
		pool_submit(account->pool, &account->share, &account->owner, &counted->job);
	}
	return account->submitted < account->count;
}

static void byte_account_begin(struct byte_account *account, unsigned int threads,
			       unsigned int patience)
{
	memset(account, 0, sizeof(*account));
	account->thread = pthread_self();
	account->count = JOBS;
	account->jobs = calloc(JOBS, sizeof(*account->jobs));
	account->more.take_turn = submit_some;
	pool_share_init(&account->share);
	pool_owner_init(&account->owner);
	CHECK_INT(loop_init(&account->loop), 0);
	account->pool = pool_open(threads, patience, 10);
	CU_ASSERT_FATAL(account->pool && account->jobs);
}

static void byte_account_check(struct byte_account *account)
{
	unsigned int missing = 0;

	for (unsigned int i = 0; i < JOBS; i++)
		missing += account->jobs[i].done != 1;
	CHECK_INT(missing, 0);
	CHECK_INT(account->wrong, 0);
	CHECK_INT(account->done, JOBS);
	loop_release(&account->loop);
	free(account->jobs);
}

static void test_every_job_once(void)
{
	static const unsigned int threads[] = { 1, 3, 32 };

	for (size_t i = 0; i < COUNT(threads); i++) {
		struct byte_account account;

		byte_account_begin(&account, threads[i], NEVER);
		loop_ask(&account.loop, &account.more);
		CHECK_INT(loop_run(&account.loop, 15000), 0);
		CHECK_INT(pool_close(account.pool, CLOSE_TIME), true);
		byte_account_check(&account);
	}
}

/* A thread takes memory that may be mapped.  False: the limit is not kept, as qemu keeps none. */
static bool limit_memory(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_AS, &limit);
	limit.rlim_cur = bytes;
	CHECK_INT(setrlimit(RLIMIT_AS, &limit), 0);
	getrlimit(RLIMIT_AS, &limit);
	return limit.rlim_cur == bytes;
}

static bool memory_can_be_limited(void)
{
	bool can = limit_memory(0);

	limit_memory(RLIM_INFINITY);
	return can;
}

/* It has none before the first job.  When they are not to be had that one is refused, be it one
 * that never is; and when they are, the next one is not. */
static void test_without_threads(void)
{
	struct byte_account account;
	int threads = observe_files("/proc/self/task");
	struct job *job;

	if (HARNESS_SLOWNESS > 1) {
		harness_skip("a sanitizer maps memory as it likes");
		return;
	}
	if (!memory_can_be_limited()) {
		harness_skip("memory cannot be limited here");
		return;
	}
	byte_account_begin(&account, 2, NEVER);
	CHECK_INT(observe_files("/proc/self/task"), threads);
	job = &account.jobs[0].job;
	*job = (struct job){
		.run = count_run, .done = count_done, .loop = &account.loop, .always = true
	};
	limit_memory(0);
	CHECK_INT(pool_submit(account.pool, &account.share, &account.owner, job), -EBUSY);
	limit_memory(RLIM_INFINITY);
	while (account.submitted < account.count)
		submit_some(&account.more);
	CHECK_INT(loop_run(&account.loop, 15000), 0);
	CHECK_INT(pool_close(account.pool, CLOSE_TIME), true);
	byte_account_check(&account);
}

/* What is queued when the pool closes is run all the same, and done afterwards. */
static void test_close_with_jobs(void)
{
	struct byte_account account;

	byte_account_begin(&account, 2, NEVER);
	while (account.submitted < account.count)
		submit_some(&account.more);
	CHECK_INT(pool_close(account.pool, CLOSE_TIME), true);
	CHECK_INT(account.done, 0);
	loop_run_posted(&account.loop);
	byte_account_check(&account);
	CHECK_INT(pool_close(NULL, 0), true);
}

/* ---- jobs that never end, while others wait ---- */

struct stuck {
	struct job job;
	atomic_bool runs, cancelled, refused;
	atomic_bool go, done; /* of one that asks for its device late */
	struct pool_owner owner;
	bool waits; /* for a device */
	uint64_t device;
};

static bool stuck_run(struct job *job)
{
	struct stuck *stuck = (struct stuck *)job; /* its first member */

	if (stuck->waits && !pool_may_wait(job, stuck->device, "somewhere")) {
		atomic_store(&stuck->refused, true);
		return false;
	}
	atomic_store(&stuck->runs, true);
	while (!atomic_load(&stuck->cancelled))
		poll(NULL, 0, 1);
	return true;
}

static void stuck_cancel(struct job *job)
{
	atomic_store(&((struct stuck *)job)->cancelled, true);
}

static void forget_done(struct job *job)
{
	(void)job;
}

static bool late_run(struct job *job)
{
	struct stuck *stuck = (struct stuck *)job; /* its first member */

	atomic_store(&stuck->runs, true);
	while (!atomic_load(&stuck->go))
		poll(NULL, 0, 1);
	return stuck_run(job);
}

static void late_done(struct job *job)
{
	atomic_store(&((struct stuck *)job)->done, true);
}

static void submit_stuck(struct stuck *stuck, struct byte_account *account,
			 struct pool_share *share, bool waits, uint64_t device)
{
	*stuck = (struct stuck){ .job = { .run = stuck_run,
					  .done = forget_done,
					  .cancel = stuck_cancel,
					  .loop = &account->loop },
				 .waits = waits,
				 .device = device };
	pool_owner_init(&stuck->owner);
	CHECK_INT(pool_submit(account->pool, share, &stuck->owner, &stuck->job), 0);
}

/* Whether it comes to be true, in far more time than that takes. */
static bool becomes(const atomic_bool *what)
{
	for (int i = 0; i < 10000 && !atomic_load(what); i++)
		poll(NULL, 0, 1);
	return atomic_load(what);
}

static unsigned int count_running(const struct stuck *stuck, unsigned int count)
{
	unsigned int running = 0;

	for (unsigned int i = 0; i < count; i++)
		running += atomic_load(&stuck[i].runs) && !atomic_load(&stuck[i].cancelled);
	return running;
}

static void end_all(struct byte_account *account, struct stuck *stuck, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		stuck_cancel(&stuck[i].job);
	CHECK_INT(pool_close(account->pool, CLOSE_TIME), true);
	loop_run_posted(&account->loop);
	loop_release(&account->loop);
	free(account->jobs);
}

/* A peer alone gets half of the threads, the next one half of those that are left, and so on, down
 * to one for each: whatever the first ones do, whoever comes next is served. */
static void test_shares(void)
{
	enum { THREADS = 8, EACH = 8, PEERS = 3 };
	static const unsigned int shares[PEERS] = { 4, 2, 1 };
	struct stuck stuck[PEERS][EACH];
	struct pool_share share[PEERS];
	struct byte_account account;

	byte_account_begin(&account, THREADS, NEVER);
	account.count = 1;
	for (int peer = 0; peer < PEERS; peer++) {
		pool_share_init(&share[peer]);
		for (int i = 0; i < EACH; i++)
			submit_stuck(&stuck[peer][i], &account, &share[peer], false, 0);
		for (unsigned int i = 0; i < shares[peer]; i++)
			CU_ASSERT(becomes(&stuck[peer][i].runs));
	}
	submit_some(&account.more); /* a fourth peer */
	CHECK_INT(loop_run(&account.loop, 10000), 0);
	CHECK_INT(account.done, 1);
	for (int peer = 0; peer < PEERS; peer++)
		CHECK_INT(count_running(stuck[peer], EACH), shares[peer]);
	end_all(&account, &stuck[0][0], PEERS * EACH);
}

/* One device gets half of the threads, whoever waits for it, and one peer half of these. */
static void test_devices(void)
{
	enum { THREADS = 8, EACH = 4, PEERS = 4 };
	struct stuck stuck[PEERS][EACH], other;
	const struct stuck *last = stuck[PEERS - 1];
	struct pool_share share[PEERS];
	struct byte_account account;

	byte_account_begin(&account, THREADS, NEVER);
	for (int peer = 0; peer < PEERS; peer++) {
		pool_share_init(&share[peer]);
		for (int i = 0; i < EACH; i++)
			submit_stuck(&stuck[peer][i], &account, &share[peer], true, 7);
	}
	AWAIT(atomic_load(&last->runs) || atomic_load(&last->refused));
	submit_stuck(&other, &account, &share[PEERS - 1], true, 8);
	CU_ASSERT(becomes(&other.runs));
	CU_ASSERT(count_running(&stuck[0][0], PEERS * EACH) <= THREADS / 2);
	CU_ASSERT(count_running(stuck[0], EACH) <= THREADS / 4);
	stuck_cancel(&other.job);
	/* One goes, and one of those that were put aside comes in its place. */
	for (int i = 0; i < PEERS * EACH; i++)
		stuck_cancel(&stuck[i / EACH][i % EACH].job);
	for (int i = 0; i < PEERS * EACH; i++)
		CU_ASSERT(becomes(&stuck[i / EACH][i % EACH].runs));
	end_all(&account, &stuck[0][0], PEERS * EACH);
}

/* A device has as many of a peer's jobs as it may, and one more runs that will ask for it. */
struct crowd {
	struct byte_account account;
	struct pool_share share;
	struct stuck inside[2], late;
};

static void crowd_begin(struct crowd *crowd)
{
	struct stuck *late = &crowd->late;

	byte_account_begin(&crowd->account, 8, NEVER);
	pool_share_init(&crowd->share);
	for (int i = 0; i < 2; i++) {
		submit_stuck(&crowd->inside[i], &crowd->account, &crowd->share, true, 7);
		CU_ASSERT(becomes(&crowd->inside[i].runs));
	}
	*late = (struct stuck){
		.job = { .run = late_run, .done = late_done, .loop = &crowd->account.loop },
		.waits = true,
		.device = 7
	};
	pool_owner_init(&late->owner);
	CHECK_INT(pool_submit(crowd->account.pool, &crowd->share, &late->owner, &late->job), 0);
	CU_ASSERT(becomes(&late->runs));
}

/* A job that was put aside for its device is one that waits: so those that come after it get
 * threads as they need them. */
static void test_threads_beside_parked(void)
{
	enum { OTHERS = 6 };
	struct stuck others[OTHERS];
	struct pool_share shares[OTHERS];
	struct crowd crowd;

	crowd_begin(&crowd);
	poll(NULL, 0, 50); /* nothing waits: whoever looks after the pool has nothing to do */
	atomic_store(&crowd.late.go, true);
	CU_ASSERT(becomes(&crowd.late.refused));
	for (int i = 0; i < OTHERS; i++) {
		pool_share_init(&shares[i]);
		submit_stuck(&others[i], &crowd.account, &shares[i], false, 0);
		CU_ASSERT(becomes(&others[i].runs));
	}
	for (int i = 0; i < OTHERS; i++)
		stuck_cancel(&others[i].job);
	stuck_cancel(&crowd.late.job);
	end_all(&crowd.account, crowd.inside, 2);
}

/* Nobody waits for a job any more when it finds no place at its device: it is done. */
static void test_withdrawn_and_refused(void)
{
	struct crowd crowd;

	crowd_begin(&crowd);
	pool_withdraw(&crowd.late.job);
	atomic_store(&crowd.late.go, true);
	AWAIT((loop_run(&crowd.account.loop, 1), atomic_load(&crowd.late.done)));
	CHECK_INT(crowd.late.done, true);
	CHECK_INT(crowd.late.refused, true);
	stuck_cancel(&crowd.late.job);
	end_all(&crowd.account, crowd.inside, 2);
}

/* All threads are taken, and a peer that has none waits: the longest of the peer with most makes
 * way, once it has had its time. */
static void test_longest_makes_way(void)
{
	struct pool_share large, small, next;
	struct stuck first, second, third, fourth;
	struct byte_account account;

	byte_account_begin(&account, 3, PATIENCE);
	pool_share_init(&large);
	pool_share_init(&small);
	pool_share_init(&next);
	submit_stuck(&third, &account, &small, false, 0);
	CU_ASSERT(becomes(&third.runs));
	submit_stuck(&first, &account, &large, false, 0);
	CU_ASSERT(becomes(&first.runs));
	submit_stuck(&second, &account, &next, false, 0);
	CU_ASSERT(becomes(&second.runs));
	submit_stuck(&fourth, &account, &large, false,
		     0); /* its peer has one that runs: it waits */
	poll(NULL, 0, 3 * PATIENCE);
	CHECK_INT(third.cancelled || first.cancelled || second.cancelled, false);
	account.count = 1;
	submit_some(&account.more); /* and this one has none */
	CHECK_INT(loop_run(&account.loop, 10000), 0);
	CHECK_INT(account.done, 1);
	CHECK_INT(third.cancelled, true); /* all have one: it has run longest */
	stuck_cancel(&first.job);
	stuck_cancel(&second.job);
	stuck_cancel(&third.job);
	end_all(&account, &fourth, 1);
}

static void count_refused(struct job *job)
{
	struct counted *counted = (struct counted *)job; /* its first member */

	counted->done += job->refused;
}

static int submit_counted(struct counted *counted, struct byte_account *account,
			  struct pool_share *share, struct pool_owner *owner)
{
	counted->account = account;
	counted->job.run = count_run;
	counted->job.done = count_refused;
	counted->job.cancel = stuck_cancel; /* which is never called */
	counted->job.loop = &account->loop;
	return pool_submit(account->pool, share, owner, &counted->job);
}

/* A job whose peer has as many waiting as there is room left for is refused, and no other's. */
static void test_refused(void)
{
	struct pool_share greedy, modest;
	struct pool_owner other;
	struct byte_account account;
	struct stuck stuck;
	int refused = 0;

	byte_account_begin(&account, 1, NEVER);
	pool_share_init(&greedy);
	pool_share_init(&modest);
	pool_owner_init(&other);
	submit_stuck(&stuck, &account, &greedy, false, 0);
	CU_ASSERT(becomes(&stuck.runs));
	for (int i = 0; i < JOBS; i++) {
		bool last = i == JOBS - 1;

		refused += submit_counted(&account.jobs[i], &account, last ? &modest : &greedy,
					  last ? &other : &account.owner) == -EBUSY;
	}
	CU_ASSERT(refused > JOBS / 4 && refused < JOBS * 3 / 4);
	CHECK_INT(account.jobs[JOBS - 1].job.state, JOB_WAITING);
	for (int i = 0; i < JOBS; i++)
		if (account.jobs[i].job.state == JOB_WAITING)
			pool_withdraw(&account.jobs[i].job);
	CHECK_INT(pool_submit(account.pool, &greedy, &account.owner, &account.jobs[0].job),
		  0); /* and down again */
	end_all(&account, &stuck, 1);
}

static unsigned int count_waiting(const struct counted *jobs, unsigned int count)
{
	unsigned int waiting = 0;

	for (unsigned int i = 0; i < count; i++)
		waiting += jobs[i].job.state == JOB_WAITING;
	return waiting;
}

/* Peers that ask for more room than there is, one after the other: of the one that has most the
 * newest job makes way for who has fewer, and is told so; in the end all have as much. */
static void test_several_take_all(void)
{
	enum { PEERS = 20, EACH = JOBS / PEERS };
	struct pool_share shares[PEERS], first;
	struct pool_owner owners[PEERS];
	struct byte_account account;
	struct stuck stuck;
	unsigned int made_way = 0;

	byte_account_begin(&account, 1, NEVER);
	pool_share_init(&first);
	submit_stuck(&stuck, &account, &first, false, 0);
	CU_ASSERT(becomes(&stuck.runs));
	for (int i = 0; i < JOBS; i++) {
		int peer = i / EACH;

		if (i % EACH == 0) {
			pool_share_init(&shares[peer]);
			pool_owner_init(&owners[peer]);
		}
		account.wrong += submit_counted(&account.jobs[i], &account, &shares[peer],
						&owners[peer]) != 0;
	}
	CHECK_THAT(account.wrong < EACH, "%u were refused", account.wrong);
	for (int peer = 0; peer < PEERS; peer++) {
		unsigned int waiting = count_waiting(&account.jobs[peer * EACH], EACH);

		CHECK_THAT(waiting > EACH / 4 * 3, "%u of peer %d wait", waiting, peer);
	}
	loop_run_posted(&account.loop);
	for (int i = 0; i < JOBS; i++)
		made_way += account.jobs[i].done;
	CHECK_INT(made_way + account.wrong + count_waiting(account.jobs, JOBS), JOBS);
	end_all(&account, &stuck, 1);
}

/* What hangs does not keep the pool's owner: it is told so. */
static void test_hangs(void)
{
	struct stuck stuck;
	struct byte_account account;

	byte_account_begin(&account, 2, NEVER);
	submit_stuck(&stuck, &account, &account.share, true, 7);
	CU_ASSERT(becomes(&stuck.runs));
	CHECK_INT(pool_close(account.pool, 20), false);
	stuck_cancel(&stuck.job);
	/* It ends all the same, by itself; its memory is its own until then. */
	CHECK_INT(pool_close(account.pool, CLOSE_TIME), true);
	loop_run_posted(&account.loop);
	loop_release(&account.loop);
	free(account.jobs);
}

/* ---- whose turn it is ---- */

/* What ran, in order, in the only thread there is. */
struct noted {
	struct job job;
	char name;
	char *notes;
};

static bool note(struct job *job)
{
	struct noted *noted = (struct noted *)job; /* its first member */

	noted->notes[strlen(noted->notes)] = noted->name;
	return true;
}

static void note_done(struct job *job)
{
	((struct noted *)job)->name = '-';
}

/* Runs jobs in the one thread there is: peers' in turn, and of each its owners' in turn.  A job is
 * named by its owner, of whom the letters before 'm' are one peer's; 'x' withdraws what waits. */
static void check_turns(const char *names, const char *expected)
{
	struct pool_share shares[2];
	struct pool_owner owners[128];
	struct noted jobs[32];
	char notes[32] = "";
	struct stuck stuck;
	struct byte_account account;

	byte_account_begin(&account, 1, NEVER);
	for (size_t i = 0; i < COUNT(shares); i++)
		pool_share_init(&shares[i]);
	for (size_t i = 0; i < COUNT(owners); i++)
		pool_owner_init(&owners[i]);
	submit_stuck(&stuck, &account, &account.share, false, 0); /* until all are here */
	CU_ASSERT(becomes(&stuck.runs));
	for (size_t i = 0; names[i]; i++) {
		jobs[i] = (struct noted){
			.job = { .run = note, .done = note_done, .loop = &account.loop },
			.name = names[i],
			.notes = notes
		};
		CHECK_INT(pool_submit(account.pool, &shares[names[i] < 'm'], &owners[(int)names[i]],
				      &jobs[i].job),
			  0);
	}
	for (size_t i = 0; names[i]; i++)
		if (names[i] == 'x')
			pool_withdraw(&jobs[i].job);
	loop_run_posted(&account.loop);
	for (size_t i = 0; names[i]; i++)
		CHECK_INT(jobs[i].name, names[i] == 'x' ? '-' : names[i]);
	end_all(&account, &stuck, 1);
	CHECK_STR(notes, expected);
}

static void test_turns(void)
{
	check_turns("dddddeee", "dededed"
				"d");
	check_turns("dddppp", "dpdpdp");
	check_turns("ddddeepqq", "dpeqdqed"
				 "d");
	check_turns("xdxxdxpx", "pdd");
}

/* ---- pauses ---- */

struct walker {
	struct job job; /* first */
	struct pool_share share;
	struct pool_owner owner;
	atomic_uint steps;
	atomic_bool enough;
};

static bool walk(struct job *job)
{
	struct walker *walker = (struct walker *)job;

	while (!atomic_load(&walker->enough)) {
		poll(NULL, 0, 1);
		pool_pause(job);
		atomic_fetch_add(&walker->steps, 1);
	}
	return true;
}

/* Longer than a turn: it lets others run, and goes on even when they never end. */
static void check_walks_on(struct walker *walker)
{
	unsigned int steps = atomic_load(&walker->steps), before = steps;

	AWAIT((steps = atomic_load(&walker->steps)) >= before + 200);
	CHECK_THAT(steps >= before + 200, "%u steps", steps - before);
}

static void test_goes_on_after_pauses(void)
{
	enum { HANGING = 8 };
	struct pool_share shares[HANGING];
	struct stuck stuck[HANGING];
	struct walker walker = { .job = { .run = walk, .done = forget_done } };
	struct byte_account account;

	byte_account_begin(&account, 4 * HANGING, NEVER);
	walker.job.loop = &account.loop;
	pool_share_init(&walker.share);
	pool_owner_init(&walker.owner);
	CHECK_INT(pool_submit(account.pool, &walker.share, &walker.owner, &walker.job), 0);
	for (int i = 0; i < HANGING; i++) {
		check_walks_on(&walker);
		pool_share_init(&shares[i]);
		submit_stuck(&stuck[i], &account, &shares[i], false, 0);
	}
	check_walks_on(&walker);
	atomic_store(&walker.enough, true);
	end_all(&account, stuck, HANGING);
}

/* ---- a daemon with a file that is too long ---- */

static const char *const kinds[] = { "rpc+tcp", "raw+unix", "rpc+shm", "raw+fifo", "raw+udp" };
static const char *const options[] = { "--message-timeout",
				       "1",
				       "--stop-timeout",
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

/* What is no call, though it looks like a list, ends the session when what was asked before is
 * answered. */
static void test_no_call_behind_a_digest(void)
{
	static const uint8_t reply[] = { 0, 0, 0, 22, 0, 0, 0, 2, 0x80, 102, 0, 102, 0,
					 0, 0, 0, 0,  0, 0, 0, 0, 0,    1,   0, 0,   0 };
	const char *small = "small";
	struct buffer calls = { 0 };
	struct daemon daemon;
	uint8_t byte;
	int fd;

	start(&daemon);
	fd = connect_path(daemon_endpoint(&daemon, "raw+unix"));
	call_make(&calls, false, true, 1, "digest", &small);
	CHECK_INT(buffer_append(&calls, reply, sizeof(reply)), 0);
	CHECK_INT(send(fd, calls.data, calls.length, 0), calls.length);
	CHECK_INT(next_id(fd), 1);
	CHECK_INT(recv(fd, &byte, 1, 0), 0);
	buffer_release(&calls);
	close(fd);
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
		{ "a pool without threads", test_without_threads },
		{ "the others do not wait", test_others_do_not_wait },
		{ "one connection, many calls", test_one_connection },
		{ "what is no call, behind a digest", test_no_call_behind_a_digest },
		{ "eight digests at once", test_eight_at_once },
		{ "a server that stops meanwhile", test_stop },
		/* Last, for no process may be forked beside threads under ThreadSanitizer. */
		{ "every job is done once", test_every_job_once },
		{ "a pool that closes with jobs", test_close_with_jobs },
		{ "a peer's share of the threads", test_shares },
		{ "a device's share of the threads", test_devices },
		{ "threads for others, beside one that is put aside", test_threads_beside_parked },
		{ "one that is withdrawn, and finds no place", test_withdrawn_and_refused },
		{ "a peer without any, when all are taken", test_longest_makes_way },
		{ "more jobs than there is room for", test_refused },
		{ "several peers that take all", test_several_take_all },
		{ "a job that hangs", test_hangs },
		{ "whose turn it is", test_turns },
		{ "a pause, and others that hang", test_goes_on_after_pauses },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("pool", tests);
}
