/*
 * The udp transport, the server's end: one call a datagram, several datagrams a system call.
 *
 * There are no sessions.  Those who send take turns: what one sends beyond its turn waits in a line
 * of its own, and beyond that is dropped, as the network might.  A call that must not be executed
 * twice gets the reply it got before when it comes again (server/runtime/replay.h).  A reply that
 * cannot be sent now is dropped: the caller asks again.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/container.h"
#include "server/runtime/log.h"
#include "server/runtime/replay.h"
#include "server/runtime/transports/address.h"
#include "server/runtime/transports/all.h"

#define DATAGRAMS_AT_ONCE 32
#define RECEIVES_AT_ONCE  8                 /* in a turn, so that the kernel need not drop any */
#define LAST_RECEIVES     1024              /* when the server stops */
#define MAX_DATAGRAM      65535             /* bytes received; no datagram is longer */
#define MAX_REPLY         65507             /* bytes that a datagram carries over IPv4 */
#define SOCKET_BUFFER     (4 << 20)         /* bytes asked of the kernel for a burst of calls */
#define MAX_WAITING       ((size_t)1 << 20) /* bytes of datagrams that wait for their turn */
#define MAX_SLOW_CALLS    256               /* calls of one socket in the pool */
#define CHAINS            256

/*
 * The address that a datagram came to, as the kernel tells it (ip(7), ipv6(7)) and as it is told to
 * it for the reply: bound to a wildcard address, the kernel would choose one by itself, and a
 * client that called another of our addresses would not know the reply.
 */
struct own_address {
	_Alignas(struct cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* Where a call came from, and so where its reply goes, and from which of our addresses. */
struct origin {
	struct sockaddr_storage address;
	socklen_t address_length;
	struct own_address source;
	size_t source_length;
};

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

/* One who sends datagrams, as long as some of his wait, or calls of his are in the pool. */
struct sender {
	struct party party; /* first: its turns among others who send here */
	struct sender *next;
	struct udp_listener *owner;
	struct peer *peer;
	struct port *ports;
	struct turns turns; /* of the ports */
	struct pool_owner pool_owners[POOL_KINDS];
	size_t bytes;
	unsigned int slow_calls; /* in the pools */
	bool in_turn;
};

/* What is kept of a call that a pool has. */
struct pooled {
	struct sender *sender;
	struct replay_entry *remembered;
	struct origin origin;
};

/* A reply that is to be sent, behind others. */
struct outgoing {
	struct origin origin;
	size_t start, length; /* in the replies */
};

struct udp_listener {
	struct listener listener; /* first: all that others see */
	struct replay_cache *replay;
	struct slow_calls slow_calls;
	struct turns turns; /* of those whose datagrams wait */
	size_t waiting;     /* bytes that do */
	struct turn_meter meter;
	struct sender *senders[CHAINS];
	bool finishing, closed; /* freed when the last work ends */
	struct buffer replies;  /* one behind the other */
	struct outgoing outgoing[DATAGRAMS_AT_ONCE];
	unsigned int outgoing_count;
	struct mmsghdr calls[DATAGRAMS_AT_ONCE];
	struct iovec call_parts[DATAGRAMS_AT_ONCE];
	struct origin origins[DATAGRAMS_AT_ONCE];
	uint8_t bytes[DATAGRAMS_AT_ONCE][MAX_DATAGRAM];
};

/* A call as it came. */
struct arrived {
	const struct origin *origin;
	const uint8_t *bytes;
	size_t length;
};

static struct sessions *sessions_of(const struct udp_listener *udp)
{
	return udp->listener.owner->sessions;
}

/* Turns what the kernel said of a call's way in into what is said of its reply's way out.  Its
 * length; 0 where nothing was said, for the socket has one address only. */
static size_t reply_from(struct msghdr *call)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(call);

	if (!header)
		return 0;
	if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo *info = (struct in_pktinfo *)(void *)CMSG_DATA(header);

		info->ipi_ifindex = 0; /* ipi_spec_dst is ours; how to get there, routes tell */
	}
	return call->msg_controllen;
}

/* Asks the kernel to say where datagrams come to, on a socket that is bound to all our addresses.
 */
static void ask_for_address(int fd, const struct sockaddr_storage *bound)
{
	const int on = 1;

	if (bound->ss_family == AF_INET &&
	    ((const struct sockaddr_in *)bound)->sin_addr.s_addr == htonl(INADDR_ANY))
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	else if (bound->ss_family == AF_INET6 &&
		 IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)bound)->sin6_addr))
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
}

static void udp_free(struct udp_listener *udp)
{
	replay_cache_close(udp->replay);
	buffer_release(&udp->replies);
	free(udp);
}

static bool is_on_this_machine(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;

	if (address->ss_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

/* Bytes that a reply may have.  Whoever forges a source shall not have us send it much. */
static size_t reply_limit(const struct udp_listener *udp, const struct sockaddr_storage *address)
{
	const struct limits *limits = sessions_of(udp)->limits;
	size_t most = is_on_this_machine(address) ? MAX_REPLY : limits->udp_reply;

	return limits->message < most ? limits->message : most;
}

/* ---- who sends ---- */

static struct sender **find_sender(struct udp_listener *udp, const struct peer *peer)
{
	struct sender **place = &udp->senders[peer->number % CHAINS];

	while (*place && (*place)->peer != peer)
		place = &(*place)->next;
	return place;
}

static bool take_turn(struct party *party);

/* The sender of a datagram, to be left by leave_sender(); NULL: out of memory. */
static struct sender *enter_sender(struct udp_listener *udp, const struct arrived *call)
{
	const struct peer_id id = peer_of_datagram(&call->origin->address);
	struct peers *peers = sessions_of(udp)->peers;
	struct peer *peer = peers_take(peers, &id);
	struct sender **place = peer ? find_sender(udp, peer) : NULL;

	if (place && !*place) {
		*place = calloc(1, sizeof(**place));
		if (*place) {
			(*place)->party.take_turn = take_turn;
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

/* Forgets a sender of whom nothing is here any more. */
static void leave_sender(struct sender *sender)
{
	struct udp_listener *udp = sender->owner;

	if (sender->slow_calls || sender->ports || sender->in_turn)
		return;
	*find_sender(udp, sender->peer) = sender->next;
	turns_forget(&udp->turns, &sender->party);
	peers_drop(sessions_of(udp)->peers, sender->peer);
	free(sender);
}

/* ---- replies ---- */

/* Sends the replies that there are.  One that is refused holds up none behind it. */
static void send_all(struct udp_listener *udp)
{
	struct mmsghdr messages[DATAGRAMS_AT_ONCE];
	struct iovec parts[DATAGRAMS_AT_ONCE];
	unsigned int sent = 0;

	for (unsigned int i = 0; i < udp->outgoing_count; i++) {
		struct outgoing *reply = &udp->outgoing[i];

		parts[i] = (struct iovec){ udp->replies.data + reply->start, reply->length };
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &reply->origin.address,
			.msg_namelen = reply->origin.address_length,
			.msg_iov = &parts[i],
			.msg_iovlen = 1,
			.msg_control = &reply->origin.source,
			.msg_controllen = reply->origin.source_length
		};
	}
	while (sent < udp->outgoing_count) {
		int n = sendmmsg(udp->listener.watch.fd, messages + sent,
				 udp->outgoing_count - sent, 0);

		sent += n > 0 ? (unsigned int)n : 1;
	}
	udp->outgoing_count = 0;
	udp->replies.length = 0;
}

/* What stands behind `start` of the replies goes to whoever called. */
static void address_reply(struct udp_listener *udp, const struct origin *origin, size_t start)
{
	struct outgoing *reply = &udp->outgoing[udp->outgoing_count];

	if (udp->replies.length == start)
		return; /* no reply */
	reply->origin = *origin;
	reply->start = start;
	reply->length = udp->replies.length - start;
	if (++udp->outgoing_count == DATAGRAMS_AT_ONCE)
		send_all(udp);
}

static void refuse_datagram(struct udp_listener *udp, const struct arrived *call)
{
	const struct protocol *protocol = udp->listener.entrance.protocol;
	const struct peer_id id = peer_of_datagram(&call->origin->address);
	size_t start = udp->replies.length;

	log_peer(&id, "%s: it has as many calls by datagrams here as it may; one was refused",
		 protocol->name);
	if (protocol->refuse(call->bytes, call->length, &udp->replies) == 0)
		address_reply(udp, call->origin, start);
}

/* ---- calls that the pool makes ---- */

static void slow_call_back(struct slow_calls *calls, struct slow_call *call)
{
	struct udp_listener *udp = container_of(calls, struct udp_listener, slow_calls);
	struct pooled *pooled = call->order.context;
	size_t start = udp->replies.length;

	pooled->sender->slow_calls--;
	leave_sender(pooled->sender);
	if (call->result == 0 && !call->job.refused)
		replay_end(udp->replay, pooled->remembered, call->reply.data, call->reply.length);
	else
		replay_forget(udp->replay, pooled->remembered);
	if (call->result == 0 && !udp->closed &&
	    buffer_append(&udp->replies, call->reply.data, call->reply.length) == 0) {
		address_reply(udp, &pooled->origin, start);
		send_all(udp);
	}
	free(pooled);
	if (udp->closed && !udp->slow_calls.count)
		udp_free(udp);
}

static struct pooled *pooled_of(const struct link *link)
{
	return container_of(link, struct slow_call, link)->order.context;
}

/* Whether the same call of the same peer is being executed now. */
static bool is_under_way(const struct udp_listener *udp, const struct arrived *call)
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
static bool make_way_in_pool(struct udp_listener *udp, const struct sender *sender)
{
	const unsigned int more = sender->slow_calls + 1;
	const struct sender *most = find_most(udp);

	if (!most || most->slow_calls <= more)
		return false;
	if (!refuse_newest(udp, most, 0) && !refuse_newest(udp, NULL, more))
		cancel_oldest(udp, most);
	return udp->slow_calls.count < 2 * MAX_SLOW_CALLS; /* what was cancelled may hang */
}

/* Hands a call of the sender to the pool, with what is kept of it.  0, -EBUSY, or -ENOMEM. */
static int submit_kept(struct udp_listener *udp, const struct arrived *call, struct pooled *pooled,
		       enum sidecall_wait wait)
{
	struct sessions *sessions = sessions_of(udp);
	const struct slow_call_order order = {
		.protocol = udp->listener.entrance.protocol,
		.served = sessions->served,
		.pools = sessions->pools,
		.loop = sessions->loop,
		.peer = pooled->sender->peer,
		.owners = pooled->sender->pool_owners,
		.caller = pooled->sender->peer->number,
		.forgeable = true,
		.bytes = call->bytes,
		.length = call->length,
		.limit = reply_limit(udp, &call->origin->address),
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

	if (sender->slow_calls + udp->slow_calls.count >= MAX_SLOW_CALLS &&
	    !make_way_in_pool(udp, sender))
		return -EBUSY;
	pooled = malloc(sizeof(*pooled));
	if (pooled) {
		*pooled = (struct pooled){ sender, remembered, *call->origin };
		r = submit_kept(udp, call, pooled, wait);
	}
	if (r < 0)
		free(pooled);
	return r;
}

/* Has the pool make the call, unless its first copy is there already. */
static void answer_later(struct udp_listener *udp, const struct arrived *call,
			 enum sidecall_wait wait, struct replay_entry *remembered)
{
	struct sender *sender;
	int r = -ENOMEM;

	if (is_under_way(udp, call))
		return;
	sender = enter_sender(udp, call);
	if (sender)
		r = submit_call(udp, call, sender, wait, remembered);
	if (r < 0)
		replay_forget(udp->replay, remembered);
	if (r == -EBUSY)
		refuse_datagram(udp, call);
	if (sender)
		leave_sender(sender);
}

/* ---- calls that are answered at once ---- */

static void execute_call(struct udp_listener *udp, const struct arrived *call,
			 enum sidecall_wait wait, struct replay_entry *remembered)
{
	struct sessions *sessions = sessions_of(udp);
	const struct protocol *protocol = udp->listener.entrance.protocol;
	const struct peer_id id = peer_of_datagram(&call->origin->address);
	size_t start = udp->replies.length;
	int r = 1;

	sessions->execution.caller = peers_number(sessions->peers, &id);
	sessions->execution.forgeable = true;
	sessions->execution.would_wait = false;
	if (wait == SIDECALL_NO_WAIT || !sessions->pools)
		r = protocol->answer(&sessions->execution, call->bytes, call->length, &udp->replies,
				     reply_limit(udp, &call->origin->address));
	if (r > 0) {
		answer_later(udp, call, wait == SIDECALL_NO_WAIT ? SIDECALL_SHORT_WAIT : wait,
			     remembered);
		return;
	}
	/* After an error it may have been executed: it gets no second chance. */
	replay_end(udp->replay, remembered, udp->replies.data + start, udp->replies.length - start);
	address_reply(udp, call->origin, start);
}

/* Answers one call: with the reply it got before, or by executing it now, if that is not to be done
 * elsewhere. */
static void answer_datagram(struct udp_listener *udp, const struct arrived *call)
{
	struct sessions *sessions = sessions_of(udp);
	struct traits traits = udp->listener.entrance.protocol->look(sessions->served, call->bytes,
								     call->length);
	size_t start = udp->replies.length, length;
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
		if (buffer_append(&udp->replies, reply, length) == 0)
			address_reply(udp, call->origin, start);
		break;
	case REPLAY_UNDER_WAY:
		break;
	case REPLAY_FULL:
		refuse_datagram(udp, call);
	}
}

/* ---- turns ---- */

static bool is_over_time(struct udp_listener *udp)
{
	return loop_turn_is_over(sessions_of(udp)->loop, &udp->meter);
}

static bool take_port_turn(struct party *party);

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
	port->party.take_turn = take_port_turn;
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
	peer_let_go(sessions_of(sender->owner)->peers, sender->peer, size);
	return datagram;
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
	peer_hold(sessions_of(sender->owner)->peers, sender->peer, size);
	turns_ask(&sender->turns, &port->party);
	turns_ask(&sender->owner->turns, &sender->party);
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
	return sender->bytes + size + sender->owner->waiting <= MAX_WAITING;
}

/* Keeps a datagram until it is its port's turn among its sender's, and his among others', if there
 * is room. */
static void keep_datagram(struct udp_listener *udp, const struct arrived *call)
{
	struct sender *sender = enter_sender(udp, call);
	struct port *port = sender ? find_port(sender, port_of(&call->origin->address)) : NULL;
	size_t size = sizeof(struct datagram) + call->length;

	if (port) {
		while (!has_room(sender, size) && make_way(sender, port, size))
			;
		if (has_room(sender, size))
			keep_at(port, call);
		else
			log_peer(&sender->peer->id,
				 "it sends datagrams faster than they are answered: some are "
				 "dropped");
		if (list_is_empty(&port->datagrams))
			free_port(port);
	}
	if (sender)
		leave_sender(sender);
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
	answer_datagram(udp, &call);
	free(datagram);
	return more;
}

/* A sender's turn: one of his ports'. */
static bool take_turn(struct party *party)
{
	struct sender *sender = (struct sender *)party; /* its first member */
	bool more;

	sender->in_turn = true; /* so that he stays until then */
	turns_give(&sender->turns);
	sender->in_turn = false;
	more = sender->ports;
	leave_sender(sender);
	return more;
}

/* Makes the first `count` places ready to receive into: the kernel writes over what they say. */
static void prepare_receive(struct udp_listener *udp, int count)
{
	for (int i = 0; i < count; i++) {
		struct origin *origin = &udp->origins[i];

		udp->call_parts[i] = (struct iovec){ udp->bytes[i], MAX_DATAGRAM };
		udp->calls[i].msg_hdr = (struct msghdr){ .msg_name = &origin->address,
							 .msg_namelen = sizeof(origin->address),
							 .msg_iov = &udp->call_parts[i],
							 .msg_iovlen = 1,
							 .msg_control = &origin->source,
							 .msg_controllen = sizeof(origin->source) };
	}
}

/* Receives several datagrams: answers them, or keeps them where others wait already or the turn is
 * over.  Whether there may be more. */
static bool receive_datagrams(struct udp_listener *udp)
{
	int count = recvmmsg(udp->listener.watch.fd, udp->calls, DATAGRAMS_AT_ONCE, MSG_DONTWAIT,
			     NULL);

	for (int i = 0; i < count; i++) {
		struct msghdr *header = &udp->calls[i].msg_hdr;
		struct origin *origin = &udp->origins[i];
		const struct arrived call = { origin, udp->bytes[i], udp->calls[i].msg_len };

		origin->address_length = header->msg_namelen;
		origin->source_length = reply_from(header);
		if (udp->turns.last || is_over_time(udp))
			keep_datagram(udp, &call);
		else
			answer_datagram(udp, &call);
	}
	send_all(udp);
	if (count > 0)
		prepare_receive(udp, count);
	return count == DATAGRAMS_AT_ONCE;
}

/* The socket's turn.  All that is in it is received, so that nobody's datagrams keep others' out of
 * it. */
static bool udp_turn(struct party *party)
{
	struct udp_listener *udp = (struct udp_listener *)container_of(party, struct listener,
								       party);
	bool more = !udp->finishing; /* or no flood would let it end */

	udp->meter = (struct turn_meter){ 0 };
	for (int i = 0; i < RECEIVES_AT_ONCE && more; i++)
		more = receive_datagrams(udp);
	while (udp->turns.last && !is_over_time(udp))
		turns_give(&udp->turns);
	send_all(udp);
	return more || udp->turns.last;
}

static void udp_ready(struct watch *watch, uint32_t events)
{
	struct listener *listener = container_of(watch, struct listener, watch);

	(void)events;
	loop_ask(listener->owner->sessions->loop, &listener->party);
}

/* ---- the end ---- */

/* What has come by now is still answered. */
static void udp_finish(struct listener *listener)
{
	struct udp_listener *udp = (struct udp_listener *)listener;

	for (int i = 0; i < LAST_RECEIVES && receive_datagrams(udp); i++)
		;
	udp->finishing = true;
	loop_watch(listener->owner->sessions->loop, &listener->watch, 0);
	if (udp->turns.last)
		loop_ask(listener->owner->sessions->loop, &listener->party);
}

static bool udp_is_over(const struct listener *listener)
{
	const struct udp_listener *udp = (const struct udp_listener *)listener;

	return !udp->slow_calls.count && !udp->turns.last;
}

static void drop_datagrams(struct sender *sender)
{
	while (sender->ports) {
		struct port *port = sender->ports;

		while (!list_is_empty(&port->datagrams))
			free(take_datagram(port));
		free_port(port);
	}
	leave_sender(sender);
}

static void udp_close(struct listener *listener)
{
	struct udp_listener *udp = (struct udp_listener *)listener;

	udp->closed = true;
	for (int i = 0; i < CHAINS; i++)
		for (struct sender *next, *sender = udp->senders[i]; sender; sender = next) {
			next = sender->next;
			drop_datagrams(sender);
		}
	slow_calls_cancel(&udp->slow_calls);
	if (!udp->slow_calls.count)
		udp_free(udp);
}

static int udp_share(struct listener *listener, struct listeners *others);

static int udp_open(struct listeners *listeners, const struct endpoint *endpoint,
		    const struct addrinfo *address, bool beside)
{
	const struct limits *limits = listeners->sessions->limits;
	const int size = SOCKET_BUFFER;
	struct udp_listener *udp = calloc(1, sizeof(*udp));
	struct sockaddr_storage bound;
	socklen_t length = sizeof(bound);
	int r = -ENOMEM;

	if (!udp)
		return r;
	udp->listener.watch = (struct watch){ .fd = bind_address(address, beside),
					      .ready = udp_ready };
	prepare_receive(udp, DATAGRAMS_AT_ONCE);
	udp->listener.endpoint = *endpoint;
	udp->listener.lock.fd = -1;
	udp->listener.party.take_turn = udp_turn;
	udp->listener.finish = udp_finish;
	udp->listener.is_over = udp_is_over;
	udp->listener.close = udp_close;
	udp->listener.share = udp_share;
	list_init(&udp->slow_calls.list);
	udp->replay = replay_cache_open(limits->remembered_size,
					limits->remembered * INT64_C(1000));
	if (udp->listener.watch.fd < 0)
		r = udp->listener.watch.fd;
	else if (getsockname(udp->listener.watch.fd, (struct sockaddr *)&bound, &length) < 0)
		r = -errno;
	else if (udp->replay) {
		endpoint_set_address(&udp->listener.endpoint, (struct sockaddr *)&bound, length);
		ask_for_address(udp->listener.watch.fd, &bound);
		setsockopt(udp->listener.watch.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		setsockopt(udp->listener.watch.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		r = listeners_add(listeners, &udp->listener);
	}
	if (r < 0) {
		if (udp->listener.watch.fd >= 0)
			close(udp->listener.watch.fd);
		udp_close(&udp->listener);
	}
	return r;
}

/* The kernel gives all datagrams of a peer to the same socket, so each worker remembers the replies
 * to its own peers. */
static int udp_share(struct listener *listener, struct listeners *others)
{
	return share_host(&listener->endpoint, SOCK_DGRAM, others, udp_open);
}

static const char *udp_listen(struct listeners *listeners, const struct endpoint *endpoint,
			      char why[SIDECALL_SVC_WHY])
{
	return listen_at_hosts(listeners, endpoint, SOCK_DGRAM, udp_open, why);
}

const struct transport transport_udp = { .transport = ENDPOINT_UDP, .listen = udp_listen };
