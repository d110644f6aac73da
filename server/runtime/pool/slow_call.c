/* Calls that may wait for a disk, executed by a thread of a pool. */
#include "server/runtime/pool/slow_call.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "server/runtime/log.h"

static struct slow_call *call_of(struct job *job)
{
	return container_of(job, struct slow_call, job);
}

static struct job *job_behind(struct sidecall_svc_call *execution)
{
	return &container_of(execution, struct slow_call, execution)->job;
}

static bool ask_pool(struct sidecall_svc_call *execution, dev_t device, const char *what)
{
	return pool_may_wait(job_behind(execution), device, what);
}

static void let_others_run(struct sidecall_svc_call *execution)
{
	pool_pause(job_behind(execution));
}

static int clear_reply(struct slow_call *call)
{
	int r = buffer_reserve(&call->reply, call->order.room);

	call->reply.length = r < 0 ? 0 : call->order.room;
	return r;
}

static void count_as_ordered(struct slow_call *call)
{
	call->execution.counted.protocol = call->order.counted_protocol;
	call->execution.counted.transport = call->order.counted_transport;
}

/* Says that it was not executed.  Where nobody waits for the reply, it does no harm. */
static void refuse_call(struct slow_call *call)
{
	call->order.protocol->look(call->order.served, call->bytes, call->order.length,
				   &call->execution.counted);
	count_as_ordered(call);
	call->execution.counted.outcome = OUTCOME_BUSY;
	call->result = clear_reply(call);
	if (call->result == 0)
		call->result = call->order.protocol->refuse(call->bytes, call->order.length,
							    &call->reply);
}

/* A procedure that went on to its end, and never asked, has done what it was to do: its reply is
 * what the caller gets, whoever waits. */
static void execute_call(struct slow_call *call)
{
	call->result = clear_reply(call);
	if (call->result < 0)
		return;
	call->execution.would_wait = false;
	count_as_ordered(call);
	if (!sidecall_svc_is_cancelled(&call->execution))
		call->result = call->order.protocol->answer(&call->execution, call->bytes,
							    call->order.length, &call->reply,
							    call->order.limit);
	if (call->result == 0 && call->told)
		refuse_call(call); /* others wait */
}

static bool slow_call_run(struct job *job)
{
	struct slow_call *call = call_of(job);

	execute_call(call);
	return call->result <= 0;
}

static void leave_owner(struct slow_call *call)
{
	struct slow_calls *owner = call->owner;

	list_remove(&call->link);
	owner->count--;
	owner->bytes -= sizeof(*call) + call->order.length;
	timer_stop(&call->timer);
}

static void slow_call_free(struct slow_call *call)
{
	buffer_release(&call->reply);
	free(call);
}

static void count_call(const struct slow_call *call)
{
	if (call->result == 0 && call->order.counters)
		counters_count_apart(call->order.counters, &call->execution.counted,
				     loop_nanoseconds() - call->asked, call->order.length,
				     call->reply.length - call->order.room);
}

static void slow_call_done(struct job *job)
{
	struct slow_call *call = call_of(job);

	leave_owner(call);
	if (job->refused) {
		log_event(EVENT_MADE_WAY, &call->order.peer->id,
			  "%s: it has most calls waiting here; one made way for another peer's",
			  call->order.protocol->name);
		refuse_call(call);
	}
	count_call(call);
	call->order.done(call->owner, call);
	slow_call_free(call);
}

static void make_way(struct job *job)
{
	atomic_store(&call_of(job)->cancelled, true);
}

static struct slow_call *make_call(struct slow_calls *owner, const struct slow_call_order *order)
{
	struct slow_call *call = calloc(1, sizeof(*call) + order->length);

	if (!call)
		return NULL;
	call->owner = owner;
	call->order = *order;
	memcpy(call->bytes, order->bytes, order->length);
	call->order.bytes = call->bytes;
	call->execution = (struct sidecall_svc_call){ .served = order->served,
						      .way = order->way,
						      .caller = order->caller,
						      .forgeable = order->forgeable,
						      .may_wait = ask_pool,
						      .pause = let_others_run,
						      .cancelled = &call->cancelled,
						      .told = &call->told };
	call->job.run = slow_call_run;
	call->job.done = slow_call_done;
	call->job.cancel = make_way;
	call->job.loop = order->loop;
	call->asked = order->loop->looked;
	return call;
}

struct slow_call *slow_call_submit(struct slow_calls *owner, const struct slow_call_order *order,
				   int *r)
{
	enum pool_kind kind = order->wait == SIDECALL_LONG_WAIT ? POOL_LONG : POOL_SHORT;
	struct slow_call *call = make_call(owner, order);

	*r = -ENOMEM;
	if (!call)
		return NULL;
	list_append(&owner->list, &call->link);
	owner->count++;
	owner->bytes += sizeof(*call) + order->length;
	*r = pool_submit(order->pools[kind], &order->peer->share[kind], &order->owners[kind],
			 &call->job);
	if (*r == 0)
		return call;
	leave_owner(call);
	slow_call_free(call);
	return NULL;
}

bool slow_call_refuse(struct slow_call *call)
{
	if (!pool_refuse(&call->job))
		return false;
	slow_call_done(&call->job);
	return true;
}

void slow_call_cancel(struct slow_call *call)
{
	atomic_store(&call->cancelled, true);
	pool_withdraw(&call->job);
}

void slow_calls_cancel(struct slow_calls *calls)
{
	for (struct link *link = calls->list.next; link != &calls->list; link = link->next)
		slow_call_cancel(container_of(link, struct slow_call, link));
}
