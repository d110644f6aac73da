/*
 * What the udp transport's files share: its socket is transports/udp.c's, and what becomes of a
 * datagram that it received is said here.
 */
#ifndef SIDECALL_SERVER_RUNTIME_DATAGRAMS_INTERNAL_H
#define SIDECALL_SERVER_RUNTIME_DATAGRAMS_INTERNAL_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "common/buffer.h"
#include "server/runtime/listener.h"
#include "server/runtime/replay.h"

#define DATAGRAMS_AT_ONCE 32
#define MAX_DATAGRAM      65535 /* bytes received; no datagram is longer */
#define SENDER_CHAINS     256

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

/* A reply that is to be sent, behind others. */
struct outgoing {
	struct origin origin;
	size_t start, length; /* in the replies */
};

/* The socket. */
struct udp_listener {
	struct listener listener; /* first: all that others see */
	struct replay_cache *replay;
	uint8_t counted_protocol; /* of its endpoint, as its calls are counted */
	struct slow_calls slow_calls;
	struct turns turns; /* of those whose datagrams wait */
	size_t waiting;     /* bytes that do */
	struct turn_meter meter;
	struct sender *senders[SENDER_CHAINS];
	bool finishing, closed; /* freed when the last work ends */
	struct sockaddr_storage bound;
	socklen_t bound_length;
	struct way way; /* of the call at hand, or the last one, which came from ... */
	struct addresses addresses;
	struct origin caller;
	struct peer_id caller_id;
	size_t start;          /* where its reply begins in the replies ... */
	bool sent;             /* which is on its way */
	struct buffer replies; /* one behind the other */
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

static inline struct sessions *udp_sessions(const struct udp_listener *udp)
{
	return udp->listener.owner->sessions;
}

/* ---- replies.c ---- */

/* Bytes that a reply may have.  Whoever forges a source shall not have us send it much. */
size_t udp_reply_limit(const struct udp_listener *udp, const struct sockaddr_storage *address);

/* Sends the replies that there are.  One that is refused holds up none behind it. */
void udp_send_replies(struct udp_listener *udp);

/* What stands behind `start` of the replies goes to whoever called. */
void udp_address_reply(struct udp_listener *udp, const struct origin *origin, size_t start);

/* Fills in the socket's way, once it is bound. */
void udp_way_init(struct udp_listener *udp);

/* Which call it is, of one that is not executed. */
struct counted udp_counted(const struct udp_listener *udp, const struct arrived *call);

/* Says to who called that the server is busy. */
void udp_refuse(struct udp_listener *udp, const struct arrived *call);

/* ---- senders.c ---- */

/* The sender of a datagram, to be left by udp_leave_sender(); NULL: out of memory. */
struct sender *udp_enter_sender(struct udp_listener *udp, const struct arrived *call);

/* Forgets a sender of whom nothing is here any more. */
void udp_leave_sender(struct sender *sender);

/* ---- slow_calls.c ---- */

/* Has a pool make the call, unless its first copy is there already. */
void udp_answer_later(struct udp_listener *udp, const struct arrived *call, enum sidecall_wait wait,
		      struct replay_entry *remembered);

/* Frees what was closed, unless calls of it are still in the pools. */
void udp_free_if_over(struct udp_listener *udp);

/* ---- answers.c ---- */

/* Answers one call: with the reply it got before, or by executing it now, if that is not to be done
 * elsewhere. */
void udp_answer(struct udp_listener *udp, const struct arrived *call);

/* ---- queue.c ---- */

/* Keeps a datagram until it is its port's turn among its sender's, and his among others', if there
 * is room. */
void udp_keep(struct udp_listener *udp, const struct arrived *call);

/* Drops all that is kept of a sender, and him with it if nothing else is here. */
void udp_drop_kept(struct sender *sender);

#endif
