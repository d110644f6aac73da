/* Answers to calls by datagrams: a call that must not be executed twice gets the reply it got
 * before, when it comes again (server/runtime/replay.h). */
#include "server/runtime/datagrams/internal.h"

static void execute_call(struct udp_listener *udp, const struct arrived *call,
			 enum sidecall_wait wait, struct replay_entry *remembered)
{
	struct sessions *sessions = udp_sessions(udp);
	const struct protocol *protocol = udp->listener.entrance.protocol;
	size_t start = udp->replies.length;
	int r = 1;

	udp->caller = *call->origin;
	udp->caller_id = peer_of_datagram(&call->origin->address);
	udp->addresses.remote.len = call->origin->address_length;
	udp->start = start;
	udp->sent = false;
	sessions->execution.way = &udp->way;
	sessions->execution.caller = peers_number(sessions->peers, &udp->caller_id);
	sessions->execution.forgeable = true;
	sessions->execution.would_wait = false;
	sessions->execution.counted.protocol = udp->counted_protocol;
	sessions->execution.counted.transport = ENDPOINT_UDP;
	if (wait == SIDECALL_NO_WAIT || !sessions->pools)
		r = protocol->answer(&sessions->execution, call->bytes, call->length, &udp->replies,
				     udp_reply_limit(udp, &call->origin->address));
	sessions->execution.way = NULL;
	if (r > 0) {
		udp_answer_later(udp, call, wait == SIDECALL_NO_WAIT ? SIDECALL_SHORT_WAIT : wait,
				 remembered);
		return;
	}
	if (r == 0)
		counters_count(&sessions->counters, &sessions->execution.counted,
			       sessions->loop->looked, call->length, udp->replies.length - start);
	/* After an error it may have been executed: it gets no second chance. */
	replay_end(udp->replay, remembered, buffer_at(&udp->replies, start),
		   udp->replies.length - start);
	if (udp->replies.length == start)
		replay_await(udp->replay, remembered, &call->origin->address, call->bytes);
	if (udp->sent)
		udp->replies.length = start;
	else
		udp_address_reply(udp, call->origin, start);
}

void udp_answer(struct udp_listener *udp, const struct arrived *call)
{
	struct sessions *sessions = udp_sessions(udp);
	struct traits traits = udp->listener.entrance.protocol->look(sessions->served, call->bytes,
								     call->length, NULL);
	size_t start = udp->replies.length, length;
	struct counted counted;
	struct replay_entry *entry = NULL;
	enum replay replay = REPLAY_NEW;
	const uint8_t *reply;

	if (traits.repeat != SIDECALL_REPEAT_FREELY)
		replay = replay_begin(udp->replay, &call->origin->address, call->bytes,
				      call->length, traits.repeat == SIDECALL_REPEAT_NEVER,
				      sessions->loop->now, &entry);
	switch (replay) {
	case REPLAY_NEW:
		execute_call(udp, call, traits.wait, entry);
		break;
	case REPLAY_KNOWN:
		reply = replay_reply(entry, &length);
		counted = udp_counted(udp, call);
		counters_count_remembered(&sessions->counters, &counted, call->length, length);
		if (buffer_append(&udp->replies, reply, length) == 0)
			udp_address_reply(udp, call->origin, start);
		break;
	case REPLAY_UNDER_WAY:
		break;
	case REPLAY_FULL:
		udp_refuse(udp, call);
	}
}
