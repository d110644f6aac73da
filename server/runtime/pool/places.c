/* The places of a pool: which jobs run, and which device each of them may wait for. */
#include <stdio.h>

#include "server/runtime/log.h"
#include "server/runtime/pool/internal.h"

bool pool_has_place(const struct pool *pool, const struct pool_share *share, uint64_t device)
{
	unsigned int half = pool->most / 2, all = 0, own = 0;

	for (unsigned int i = 0; i < pool->most; i++) {
		const struct job *job = pool->running[i];

		if (!job || !job->inside || job->device != device)
			continue;
		all++;
		own += job->share == share;
	}
	return all < half && own < half - all;
}

bool pool_may_wait(struct job *job, uint64_t device, const char *what)
{
	struct pool *pool = job->pool;
	bool may;

	pthread_mutex_lock(&pool->lock);
	may = pool_has_place(pool, job->share, device);
	job->device = device;
	job->inside = may;
	snprintf(job->what, sizeof(job->what), "%s", what);
	pthread_mutex_unlock(&pool->lock);
	return may;
}

void pool_take_place(struct pool *pool, struct job *job)
{
	unsigned int place = 0;

	while (pool->running[place])
		place++;
	pool->running[place] = job;
	pool->busy++;
	job->share->runs++;
	job->state = JOB_RUNNING;
	job->since = loop_clock();
}

void pool_leave_place(struct pool *pool, struct job *job)
{
	unsigned int place = 0;

	while (pool->running[place] != job)
		place++;
	pool->running[place] = NULL;
	pool->busy--;
	job->share->runs--;
}

unsigned int pool_count_moving(const struct pool *pool, int64_t at_device)
{
	int64_t before = loop_clock() - at_device;
	unsigned int count = 0;

	for (unsigned int i = 0; i < pool->most; i++) {
		const struct job *job = pool->running[i];

		count += job && (!job->inside || job->since > before);
	}
	return count;
}

struct job *pool_find_longest(const struct pool *pool)
{
	struct job *longest = NULL;

	for (unsigned int i = 0; i < pool->most; i++) {
		struct job *job = pool->running[i];

		if (job && job->cancel &&
		    (!longest || job->share->runs > longest->share->runs ||
		     (job->share->runs == longest->share->runs && job->since < longest->since)))
			longest = job;
	}
	return longest;
}

static void log_hanging(const struct job *job)
{
	if (job->what[0])
		log_line(LOG_WARNING,
			 "a thread still waits in the kernel, at %s: we end without it", job->what);
	else
		log_line(LOG_WARNING,
			 "a procedure is still executed, which never said for what it may wait: "
			 "we end without it");
}

void pool_log_hanging(const struct pool *pool)
{
	for (unsigned int i = 0; i < pool->most; i++)
		if (pool->running[i])
			log_hanging(pool->running[i]);
}
