/* Those who send datagrams to a socket. */
#include <stdlib.h>

#include "server/runtime/datagrams/internal.h"

static struct sender **find_sender(struct udp_listener *udp, const struct peer *peer)
{
	struct sender **place = &udp->senders[peer->number % SENDER_CHAINS];

	while (*place && (*place)->peer != peer)
		place = &(*place)->next;
	return place;
}

struct sender *udp_enter_sender(struct udp_listener *udp, const struct arrived *call)
{
	const struct peer_id id = peer_of_datagram(&call->origin->address);
	struct peers *peers = udp_sessions(udp)->peers;
	struct peer *peer = peers_take(peers, &id);
	struct sender **place = peer ? find_sender(udp, peer) : NULL;

	if (place && !*place) {
		*place = calloc(1, sizeof(**place));
		if (*place) {
			(*place)->owner = udp;
			(*place)->peer = peer;
			for (int kind = 0; kind < POOL_KINDS; kind++)
				pool_owner_init(&(*place)->pool_owners[kind]);
			return *place;
		}
	}
	if (peer)
		peers_drop(peers, peer); /* the sender has it, or there is none */
	return place ? *place : NULL;
}

void udp_leave_sender(struct sender *sender)
{
	struct udp_listener *udp = sender->owner;

	if (sender->slow_calls || sender->ports || sender->in_turn)
		return;
	*find_sender(udp, sender->peer) = sender->next;
	turns_forget(&udp->turns, &sender->party);
	peers_drop(udp_sessions(udp)->peers, sender->peer);
	free(sender);
}
