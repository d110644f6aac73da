/* Calls that may wait for a disk, made by a thread of the pool. */
#include "server/work.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"

static struct work *work_of(struct job *job)
{
	return container_of(job, struct work, job);
}

static void work_run(struct job *job)
{
	struct work *work = work_of(job);

	if (atomic_load(&work->cancelled)) {
		work->result = -ECANCELED; /* before it began: many may wait */
		return;
	}
	work->result = buffer_reserve(&work->reply, work->room);
	if (work->result < 0)
		return;
	work->reply.length = work->room;
	work->result = work->protocol->answer(&work->service, work->call, work->length,
					      &work->reply, work->limit);
}

static void leave(struct work *work)
{
	struct works *owner = work->owner;

	if (work->next)
		work->next->previous = work->previous;
	if (work->previous)
		work->previous->next = work->next;
	else
		owner->first = work->next;
	owner->count--;
	owner->bytes -= sizeof(*work) + work->length;
	timer_stop(&work->timer);
}

static void work_done(struct job *job)
{
	struct work *work = work_of(job);

	leave(work);
	work->done(work->owner, work);
	buffer_release(&work->reply);
	free(work);
}

static void work_cancel(struct job *job)
{
	atomic_store(&work_of(job)->cancelled, true);
}

struct work *work_create(struct works *owner, const struct protocol *protocol,
			 const struct service *service, const void *call, size_t length)
{
	struct work *work = calloc(1, sizeof(*work) + length);

	if (!work)
		return NULL;
	work->owner = owner;
	work->protocol = protocol;
	work->service = *service;
	work->service.root.cancelled = &work->cancelled;
	memcpy(work->call, call, length);
	work->length = length;
	work->result = -ECANCELED; /* unless it is run */
	return work;
}

static enum job_kind kind_of(const struct work *work)
{
	enum wait wait = work->protocol->may_wait(work->call, work->length);

	return wait == LONG_WAIT ? JOB_LONG : JOB_SHORT;
}

void work_start(struct work *work, struct pool *pool, struct loop *loop)
{
	struct works *owner = work->owner;

	work->next = owner->first;
	if (work->next)
		work->next->previous = work;
	owner->first = work;
	owner->count++;
	owner->bytes += sizeof(*work) + work->length;
	owner->pool = pool;
	work->job = (struct job){ .run = work_run,
				  .done = work_done,
				  .cancel = work_cancel,
				  .loop = loop,
				  .kind = kind_of(work) };
	pool_submit(pool, &owner->owner, &work->job);
}

void works_cancel(struct works *works)
{
	for (struct work *work = works->first; work; work = work->next)
		atomic_store(&work->cancelled, true);
	if (works->count)
		pool_withdraw(works->pool, &works->owner);
}
