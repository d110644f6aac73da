/* The queue of a pool: whose turn it is.  Peers take turns, and within a peer its owners. */
#include "common/container.h"
#include "server/runtime/pool/internal.h"

void pool_share_init(struct pool_share *share)
{
	*share = (struct pool_share){ 0 };
	list_init(&share->owners);
	list_init(&share->parked);
	list_init(&share->paused);
}

void pool_owner_init(struct pool_owner *owner)
{
	*owner = (struct pool_owner){ 0 };
	list_init(&owner->jobs);
}

static bool nothing_waits(const struct pool_share *share)
{
	return list_is_empty(&share->owners) && list_is_empty(&share->parked) &&
	       list_is_empty(&share->paused);
}

static void line_share_up(struct pool *pool, struct pool_share *share)
{
	struct pool_share *last = pool->last;

	if (share->next)
		return;
	share->next = last ? last->next : share;
	if (last)
		last->next = share;
	pool->last = share;
}

/* Takes the share behind `before` out of the ring. */
static void unlink_share(struct pool *pool, struct pool_share *before)
{
	struct pool_share *share = before->next;

	before->next = share->next;
	if (pool->last == share)
		pool->last = before == share ? NULL : before;
	share->next = NULL;
}

static struct job *first_of(struct link *list)
{
	return list_is_empty(list) ? NULL : container_of(list->next, struct job, link);
}

/* The paused job of the share that may go on, if there is one. */
static struct job *find_paused(const struct pool *pool, struct pool_share *share)
{
	for (struct link *link = share->paused.next; link != &share->paused; link = link->next) {
		struct job *job = container_of(link, struct job, link);

		if (job->withdrawn || !job->inside || pool_has_place(pool, share, job->device))
			return job;
	}
	return NULL;
}

/* The job of the owner whose turn it is. */
static struct job *find_fresh(const struct pool_share *share)
{
	if (list_is_empty(&share->owners))
		return NULL;
	return first_of(&container_of(share->owners.next, struct pool_owner, link)->jobs);
}

/* The first of the parked ones, if its device has a place now; otherwise another one is first,
 * whose device may have. */
static struct job *find_parked(const struct pool *pool, struct pool_share *share)
{
	struct job *job = first_of(&share->parked);

	if (!job || pool_has_place(pool, share, job->device))
		return job;
	list_append(&share->parked, list_pop(&share->parked));
	return NULL;
}

static struct job *older_of(struct job *a, struct job *b)
{
	if (!a || !b)
		return a ? a : b;
	return b->queued < a->queued ? b : a;
}

/* The job of the share whose turn it is, if the share may have another place: as many as would be
 * left free, of places and, for one that has no thread yet, of threads. */
static struct job *find_job(const struct pool *pool, struct pool_share *share)
{
	struct job *job = find_paused(pool, share);

	if (job && job->withdrawn)
		return job;
	if (share->runs >= pool->most - pool->busy)
		return NULL;
	if (share->threads < POOL_THREADS * pool->most - pool->taken) {
		job = older_of(job, find_parked(pool, share));
		job = older_of(job, find_fresh(share));
	}
	return job;
}

struct job *pool_find_next(const struct pool *pool, struct pool_share **before)
{
	struct job *job;

	*before = pool->last;
	if (!pool->last || pool->busy == pool->most)
		return NULL;
	do {
		job = find_job(pool, (*before)->next);
		if (job)
			return job;
		*before = (*before)->next;
	} while (*before != pool->last);
	return NULL;
}

/* Puts the owner behind the others, if it is its turn some time. */
static void line_owner_up(struct pool_share *share, struct pool_owner *owner)
{
	list_remove(&owner->link);
	if (!owner->parked && !list_is_empty(&owner->jobs))
		list_append(&share->owners, &owner->link);
}

/* Takes a job out of where it waits; its owner is last then. */
static void unlink_job(struct job *job)
{
	list_remove(&job->link);
	if (job->state == JOB_PAUSED)
		return;
	if (job->state == JOB_PARKED)
		job->owner->parked = false;
	line_owner_up(job->share, job->owner);
}

struct job *pool_next_job(struct pool *pool)
{
	struct pool_share *before, *share;
	struct job *job = pool_find_next(pool, &before);
	bool fresh;

	if (!job)
		return NULL;
	share = job->share;
	fresh = job->state != JOB_PAUSED;
	unlink_job(job);
	if (nothing_waits(share))
		unlink_share(pool, before);
	else
		pool->last = share;
	pool_take_place(pool, job);
	if (fresh) {
		share->waits--;
		share->threads++;
		pool->waiting--;
		pool->taken++;
		pool->begun++;
	} else {
		pool->paused--;
	}
	return job;
}

/* Called when one more job waits: the supervisor begins to look. */
static void count_waiting(struct pool *pool)
{
	pool->waiting++;
	if (pool->waiting == 1)
		pthread_cond_broadcast(&pool->look);
}

void pool_park(struct pool *pool, struct job *job)
{
	job->state = JOB_PARKED;
	job->owner->parked = true;
	list_remove(&job->owner->link);
	list_append(&job->share->parked, &job->link);
	line_share_up(pool, job->share);
	job->share->waits++;
	count_waiting(pool);
}

void pool_queue_paused(struct pool *pool, struct job *job)
{
	job->state = JOB_PAUSED;
	job->queued = loop_clock();
	list_append(&job->share->paused, &job->link);
	line_share_up(pool, job->share);
	pool->paused++;
}

static void job_done(struct posted *posted)
{
	struct job *job = container_of(posted, struct job, posted);

	job->done(job);
}

void pool_return(struct job *job)
{
	job->posted.run = job_done;
	loop_post(job->loop, &job->posted);
}

const struct job *pool_find_starving(const struct pool *pool)
{
	struct pool_share *share = pool->last;
	struct job *starving = NULL;

	if (!share)
		return NULL;
	do {
		if (!share->threads) {
			starving = older_of(starving, find_fresh(share));
			starving = older_of(starving, first_of(&share->parked));
		}
		share = share->next;
	} while (share != pool->last);
	return starving;
}

static void leave_ring_if_idle(struct pool *pool, struct pool_share *share)
{
	struct pool_share *before = share;

	if (!nothing_waits(share))
		return;
	while (before->next != share)
		before = before->next;
	unlink_share(pool, before);
}

bool pool_take_back(struct pool *pool, struct job *job)
{
	if (job->state != JOB_WAITING && job->state != JOB_PARKED)
		return false;
	unlink_job(job);
	job->share->waits--;
	pool->waiting--;
	leave_ring_if_idle(pool, job->share);
	job->state = JOB_IDLE;
	return true;
}

/* Of those whose jobs wait, the one that has most. */
static struct pool_share *find_most(const struct pool *pool)
{
	struct pool_share *most = pool->last;

	for (struct pool_share *s = pool->last->next; s != pool->last; s = s->next)
		if (s->waits > most->waits)
			most = s;
	return most;
}

static struct job *newest_of(const struct pool_share *share)
{
	const struct link *jobs = &share->parked;

	if (!list_is_empty(&share->owners))
		jobs = &container_of(share->owners.previous, struct pool_owner, link)->jobs;
	return list_is_empty(jobs) ? NULL : container_of(jobs->previous, struct job, link);
}

bool pool_make_room(struct pool *pool, const struct pool_share *share)
{
	const struct pool_share *most = find_most(pool);
	struct job *job = most->waits > share->waits + 1 ? newest_of(most) : NULL;

	if (!job || !job->cancel || !pool_take_back(pool, job))
		return false;
	job->refused = true;
	pool_return(job);
	return true;
}

void pool_enqueue(struct pool *pool, struct pool_share *share, struct pool_owner *owner,
		  struct job *job)
{
	job->pool = pool;
	job->share = share;
	job->owner = owner;
	job->state = JOB_WAITING;
	job->queued = loop_clock();
	job->inside = false;
	job->withdrawn = false;
	job->refused = false;
	list_append(&owner->jobs, &job->link);
	if (!list_has(&owner->link))
		line_owner_up(share, owner);
	share->waits++;
	line_share_up(pool, share);
	count_waiting(pool);
}
