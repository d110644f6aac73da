/* Calls by datagrams that a pool makes: which are in progress, and which make way for others. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "server/runtime/datagrams/internal.h"

#define MOST_SLOW_CALLS 256 /* of one socket */

/* What is kept of a call that a pool has. */
struct pooled {
	struct sender *sender;
	struct replay_entry *remembered;
	struct origin origin;
	struct way way;
	struct addresses addresses;
};

void udp_free_if_over(struct udp_listener *udp)
{
	if (!udp->closed || udp->slow_calls.count)
		return;
	replay_cache_close(udp->replay);
	if (udp->way.kept)
		udp->listener.entrance.protocol->release(udp->way.kept);
	buffer_release(&udp->replies);
	free(udp);
}

static void slow_call_back(struct slow_calls *calls, struct slow_call *call)
{
	struct udp_listener *udp = container_of(calls, struct udp_listener, slow_calls);
	struct pooled *pooled = call->order.context;
	size_t start = udp->replies.length;

	pooled->sender->slow_calls--;
	udp_leave_sender(pooled->sender);
	if (call->result == 0 && !call->job.refused)
		replay_end(udp->replay, pooled->remembered, call->reply.data, call->reply.length);
	else
		replay_forget(udp->replay, pooled->remembered);
	if (call->result == 0 && !udp->closed &&
	    buffer_append(&udp->replies, call->reply.data, call->reply.length) == 0) {
		udp_address_reply(udp, &pooled->origin, start);
		udp_send_replies(udp);
	}
	free(pooled);
	udp_free_if_over(udp);
}

static struct pooled *pooled_of(const struct link *link)
{
	return container_of(link, struct slow_call, link)->order.context;
}

/* Whether the same call of the same peer is being executed now. */
static bool is_in_progress(const struct udp_listener *udp, const struct arrived *call)
{
	for (const struct link *link = udp->slow_calls.list.next; link != &udp->slow_calls.list;
	     link = link->next) {
		const struct slow_call *other = container_of(link, struct slow_call, link);
		const struct origin *origin = &pooled_of(link)->origin;

		if (other->order.length == call->length &&
		    origin->address_length == call->origin->address_length &&
		    memcmp(&origin->address, &call->origin->address, origin->address_length) == 0 &&
		    memcmp(other->bytes, call->bytes, call->length) == 0)
			return true;
	}
	return false;
}

/* Of the senders that have calls in the pool, the one that has most. */
static const struct sender *find_most(const struct udp_listener *udp)
{
	const struct sender *most = NULL;

	for (const struct link *link = udp->slow_calls.list.next; link != &udp->slow_calls.list;
	     link = link->next) {
		const struct sender *sender = pooled_of(link)->sender;

		if (!most || sender->slow_calls > most->slow_calls)
			most = sender;
	}
	return most;
}

/* Refuses the newest call that no thread has taken: of this sender, or of any that has more than so
 * many.  False: there is none. */
static bool refuse_newest(struct udp_listener *udp, const struct sender *sender, unsigned int more)
{
	struct link *link = udp->slow_calls.list.previous;

	for (; link != &udp->slow_calls.list; link = link->previous) {
		const struct sender *owner = pooled_of(link)->sender;

		if ((sender ? owner == sender : owner->slow_calls > more) &&
		    slow_call_refuse(container_of(link, struct slow_call, link)))
			return true;
	}
	return false;
}

/* Has the oldest call of this sender end that is not about to. */
static void cancel_oldest(struct udp_listener *udp, const struct sender *sender)
{
	for (struct link *link = udp->slow_calls.list.next; link != &udp->slow_calls.list;
	     link = link->next) {
		struct slow_call *call = container_of(link, struct slow_call, link);

		if (pooled_of(link)->sender == sender && !atomic_load(&call->cancelled)) {
			slow_call_cancel(call);
			return;
		}
	}
}

/* Has a call make way for one more of this sender's: one that waits, of whoever has most, or else
 * of anybody who has more; and where all of these are executed now, one of whoever has most is not
 * executed to its end.  False: nobody has more. */
static bool make_way(struct udp_listener *udp, const struct sender *sender)
{
	const unsigned int more = sender->slow_calls + 1;
	const struct sender *most = find_most(udp);

	if (!most || most->slow_calls <= more)
		return false;
	if (!refuse_newest(udp, most, 0) && !refuse_newest(udp, NULL, more))
		cancel_oldest(udp, most);
	return udp->slow_calls.count < 2 * MOST_SLOW_CALLS; /* what was cancelled may hang */
}

/* Hands a call of the sender to the pool, with what is kept of it.  0, -EBUSY, or -ENOMEM. */
static int submit_kept(struct udp_listener *udp, const struct arrived *call, struct pooled *pooled,
		       enum sidecall_wait wait)
{
	struct sessions *sessions = udp_sessions(udp);
	const struct slow_call_order order = {
		.protocol = udp->listener.entrance.protocol,
		.served = sessions->served,
		.counters = &sessions->counters,
		.counted_protocol = udp->counted_protocol,
		.counted_transport = ENDPOINT_UDP,
		.pools = sessions->pools,
		.loop = sessions->loop,
		.way = &pooled->way,
		.peer = pooled->sender->peer,
		.owners = pooled->sender->pool_owners,
		.caller = pooled->sender->peer->number,
		.forgeable = true,
		.bytes = call->bytes,
		.length = call->length,
		.limit = udp_reply_limit(udp, &call->origin->address),
		.wait = wait,
		.done = slow_call_back,
		.context = pooled,
	};
	struct slow_call *slow;
	int r;

	slow = slow_call_submit(&udp->slow_calls, &order, &r);
	if (!slow)
		return r;
	pooled->sender->slow_calls++;
	timer_start(sessions->loop, &sessions->executing, &slow->timer);
	return 0;
}

static int submit_call(struct udp_listener *udp, const struct arrived *call, struct sender *sender,
		       enum sidecall_wait wait, struct replay_entry *remembered)
{
	struct pooled *pooled;
	int r = -ENOMEM;

	if (sender->slow_calls + udp->slow_calls.count >= MOST_SLOW_CALLS && !make_way(udp, sender))
		return -EBUSY;
	pooled = malloc(sizeof(*pooled));
	if (pooled) {
		*pooled = (struct pooled){ .sender = sender,
					   .remembered = remembered,
					   .origin = *call->origin,
					   .way = { .fd = udp->way.fd,
						    .addresses = &pooled->addresses,
						    .peer = &sender->peer->id },
					   .addresses = udp->addresses };
		pooled->addresses.remote.buf = &pooled->origin.address;
		pooled->addresses.remote.len = pooled->origin.address_length;
		r = submit_kept(udp, call, pooled, wait);
	}
	if (r < 0)
		free(pooled);
	return r;
}

void udp_answer_later(struct udp_listener *udp, const struct arrived *call, enum sidecall_wait wait,
		      struct replay_entry *remembered)
{
	struct sender *sender;
	int r = -ENOMEM;

	if (is_in_progress(udp, call))
		return;
	sender = udp_enter_sender(udp, call);
	if (sender)
		r = submit_call(udp, call, sender, wait, remembered);
	if (r < 0)
		replay_forget(udp->replay, remembered);
	if (r == -EBUSY)
		udp_refuse(udp, call);
	if (sender)
		udp_leave_sender(sender);
}
