/* Calls that may wait for a disk, made by a thread of a pool. */
#include "server/runtime/slow_call.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "server/runtime/log.h"

static struct work *work_of(struct job *job)
{
	return container_of(job, struct work, job);
}

static bool may_wait(struct root_gate *gate, dev_t device, const char *path)
{
	struct work *work = container_of(gate, struct work, gate);

	return pool_may_wait(&work->job, device, path);
}

static void let_others_run(struct root_gate *gate)
{
	pool_pause(&container_of(gate, struct work, gate)->job);
}

/* Says that it was not executed.  Where nobody waits for the reply, it does no harm. */
static void refuse(struct work *work)
{
	work->result = buffer_reserve(&work->reply, work->room);
	work->reply.length = work->room;
	if (work->result == 0)
		work->result = work->protocol->refuse(work->call, work->length, &work->reply);
}

static void answer(struct work *work)
{
	work->result = buffer_reserve(&work->reply, work->room);
	if (work->result < 0)
		return;
	work->reply.length = work->room;
	work->gate.refused = false;
	if (!atomic_load(&work->cancelled))
		work->result = work->protocol->answer(&work->service, work->call, work->length,
						      &work->reply, work->limit);
	if (work->result == 0 && atomic_load(&work->cancelled))
		refuse(work); /* others wait */
}

static bool work_run(struct job *job)
{
	struct work *work = work_of(job);

	answer(work);
	return work->result <= 0;
}

static void leave(struct work *work)
{
	struct works *owner = work->owner;

	list_remove(&work->link);
	owner->count--;
	owner->bytes -= sizeof(*work) + work->length;
	timer_stop(&work->timer);
}

static void work_free(struct work *work)
{
	buffer_release(&work->reply);
	free(work);
}

static void work_done(struct job *job)
{
	struct work *work = work_of(job);

	leave(work);
	if (job->refused) {
		log_peer(&work->peer->id,
			 "%s: it has most calls waiting here; one made way for another peer's",
			 work->protocol->name);
		refuse(work);
	}
	work->done(work->owner, work);
	work_free(work);
}

static void work_cancel(struct job *job)
{
	atomic_store(&work_of(job)->cancelled, true);
}

struct work *work_create(struct works *owner, const struct work_order *order)
{
	struct work *work = calloc(1, sizeof(*work) + order->length);

	if (!work)
		return NULL;
	work->owner = owner;
	work->protocol = order->protocol;
	work->service = *order->service;
	work->gate.may_wait = may_wait;
	work->gate.pause = let_others_run;
	work->service.root.gate = &work->gate;
	work->service.root.cancelled = &work->cancelled;
	work->peer = order->peer;
	work->limit = order->limit;
	work->room = order->room;
	memcpy(work->call, order->call, order->length);
	work->length = order->length;
	return work;
}

int work_start(struct work *work, const struct work_order *order)
{
	enum pool_kind kind = order->wait == LONG_WAIT ? POOL_LONG : POOL_SHORT;
	struct works *owner = work->owner;
	int r;

	list_append(&owner->list, &work->link);
	owner->count++;
	owner->bytes += sizeof(*work) + work->length;
	work->job.run = work_run;
	work->job.done = work_done;
	work->job.cancel = work_cancel;
	work->job.loop = order->loop;
	r = pool_submit(order->pools[kind], &order->peer->share[kind], &order->owners[kind],
			&work->job);
	if (r < 0) {
		leave(work);
		work_free(work);
	}
	return r;
}

bool work_refuse(struct work *work)
{
	if (!pool_refuse(&work->job))
		return false;
	work_done(&work->job);
	return true;
}

void works_cancel(struct works *works)
{
	for (struct link *link = works->list.next; link != &works->list; link = link->next) {
		struct work *work = container_of(link, struct work, link);

		atomic_store(&work->cancelled, true);
		pool_withdraw(&work->job);
	}
}
