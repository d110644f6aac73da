/* Datagrams that wait for their sender's turn, and within that for their port's. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "server/runtime/datagrams/internal.h"
#include "server/runtime/log.h"

#define MOST_KEPT ((size_t)1 << 20) /* bytes of datagrams that wait for their turn */

/* A datagram that waits for its sender's turn. */
struct datagram {
	struct link link;
	struct origin origin;
	size_t length;
	uint8_t bytes[];
};

/* A port of one who sends: what waits of it. */
struct port {
	struct party party; /* first: its turns among the sender's other ports */
	struct port *next;
	struct sender *owner;
	in_port_t number;
	struct link datagrams;
	size_t bytes;
};

static in_port_t port_of(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)address)->sin6_port
					      : ((const struct sockaddr_in *)address)->sin_port;
}

/* The sender's port, made if nothing of it waits yet; NULL: out of memory. */
static struct port *find_port(struct sender *sender, in_port_t number)
{
	struct port *port = sender->ports;

	while (port && port->number != number)
		port = port->next;
	if (port)
		return port;
	port = calloc(1, sizeof(*port));
	if (!port)
		return NULL;
	port->owner = sender;
	port->number = number;
	port->next = sender->ports;
	list_init(&port->datagrams);
	sender->ports = port;
	return port;
}

static void free_port(struct port *port)
{
	struct port **place = &port->owner->ports;

	while (*place != port)
		place = &(*place)->next;
	*place = port->next;
	turns_forget(&port->owner->turns, &port->party);
	free(port);
}

static struct datagram *take_datagram(struct port *port)
{
	struct datagram *datagram = container_of(list_pop(&port->datagrams), struct datagram, link);
	struct sender *sender = port->owner;
	size_t size = sizeof(*datagram) + datagram->length;

	port->bytes -= size;
	sender->bytes -= size;
	sender->owner->waiting -= size;
	peer_let_go(udp_sessions(sender->owner)->peers, sender->peer, size);
	return datagram;
}

/* Drops the first datagram of that port of the sender's that has most; not of this one, unless it
 * has more by now than any other would have. */
static bool make_way(struct sender *sender, const struct port *newcomer, size_t size)
{
	struct port *most = sender->ports;

	for (struct port *port = most; port; port = port->next)
		if (port->bytes > most->bytes)
			most = port;
	if (most == newcomer || most->bytes <= newcomer->bytes + size)
		return false;
	free(take_datagram(most));
	if (list_is_empty(&most->datagrams))
		free_port(most);
	return true;
}

/* Whether the sender may keep so much more: half of what is free then. */
static bool has_room(const struct sender *sender, size_t size)
{
	return sender->bytes + size + sender->owner->waiting <= MOST_KEPT;
}

/* A port's turn: one datagram. */
static bool take_port_turn(struct party *party)
{
	struct port *port = (struct port *)party; /* its first member */
	struct udp_listener *udp = port->owner->owner;
	struct datagram *datagram = take_datagram(port);
	const struct arrived call = { &datagram->origin, datagram->bytes, datagram->length };
	bool more = !list_is_empty(&port->datagrams);

	if (!more)
		free_port(port);
	udp_answer(udp, &call);
	free(datagram);
	return more;
}

/* A sender's turn: one of his ports'. */
static bool take_sender_turn(struct party *party)
{
	struct sender *sender = (struct sender *)party; /* its first member */
	bool more;

	sender->in_turn = true; /* so that he stays until then */
	turns_give(&sender->turns);
	sender->in_turn = false;
	more = sender->ports;
	udp_leave_sender(sender);
	return more;
}

static void keep_at(struct port *port, const struct arrived *call)
{
	struct sender *sender = port->owner;
	size_t size = sizeof(struct datagram) + call->length;
	struct datagram *datagram = malloc(size);

	if (!datagram)
		return;
	*datagram = (struct datagram){ .origin = *call->origin, .length = call->length };
	memcpy(datagram->bytes, call->bytes, call->length);
	list_append(&port->datagrams, &datagram->link);
	port->bytes += size;
	sender->bytes += size;
	sender->owner->waiting += size;
	peer_hold(udp_sessions(sender->owner)->peers, sender->peer, size);
	port->party.take_turn = take_port_turn;
	sender->party.take_turn = take_sender_turn;
	turns_ask(&sender->turns, &port->party);
	turns_ask(&sender->owner->turns, &sender->party);
}

void udp_keep(struct udp_listener *udp, const struct arrived *call)
{
	struct sender *sender = udp_enter_sender(udp, call);
	struct port *port = sender ? find_port(sender, port_of(&call->origin->address)) : NULL;
	size_t size = sizeof(struct datagram) + call->length;

	if (port) {
		while (!has_room(sender, size) && make_way(sender, port, size))
			;
		if (has_room(sender, size))
			keep_at(port, call);
		else
			log_event(EVENT_DATAGRAMS_DROPPED, &sender->peer->id,
				  "it sends datagrams faster than they are answered: some are "
				  "dropped");
		if (list_is_empty(&port->datagrams))
			free_port(port);
	}
	if (sender)
		udp_leave_sender(sender);
}

void udp_drop_kept(struct sender *sender)
{
	while (sender->ports) {
		struct port *port = sender->ports;

		while (!list_is_empty(&port->datagrams))
			free(take_datagram(port));
		free_port(port);
	}
	udp_leave_sender(sender);
}
