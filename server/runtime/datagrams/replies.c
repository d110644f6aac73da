/* Replies by datagrams: several a system call, each from the address that was called. */
#include <errno.h>
#include <sys/socket.h>

#include "common/container.h"
#include "common/internet.h"
#include "server/runtime/datagrams/internal.h"
#include "server/runtime/log.h"

#define MAX_REPLY 65507 /* bytes that a datagram carries over IPv4 */

size_t udp_reply_limit(const struct udp_listener *udp, const struct sockaddr_storage *address)
{
	const struct limits *limits = udp_sessions(udp)->limits;
	size_t most = limits_reply(limits) < MAX_REPLY ? limits_reply(limits) : MAX_REPLY;

	return limits->udp_reply < most && !internet_is_loopback(address) ? limits->udp_reply
									  : most;
}

void udp_send_replies(struct udp_listener *udp)
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
				 udp->outgoing_count - sent, MSG_DONTWAIT);

		sent += n > 0 ? (unsigned int)n : 1;
	}
	udp->outgoing_count = 0;
	udp->replies.length = 0;
}

void udp_address_reply(struct udp_listener *udp, const struct origin *origin, size_t start)
{
	struct outgoing *reply = &udp->outgoing[udp->outgoing_count];

	if (udp->replies.length == start)
		return; /* no reply */
	reply->origin = *origin;
	reply->start = start;
	reply->length = udp->replies.length - start;
	if (++udp->outgoing_count == DATAGRAMS_AT_ONCE)
		udp_send_replies(udp);
}

/* Sends one reply to the caller at hand, or to the last one. */
static int send_to_caller(struct udp_listener *udp, const uint8_t *bytes, size_t length)
{
	struct origin *caller = &udp->caller;
	struct iovec part = { (void *)bytes, length };
	const struct msghdr message = { .msg_name = &caller->address,
					.msg_namelen = caller->address_length,
					.msg_iov = &part,
					.msg_iovlen = 1,
					.msg_control = &caller->source,
					.msg_controllen = caller->source_length };

	return sendmsg(udp->listener.watch.fd, &message, MSG_DONTWAIT) < 0 ? -errno : 0;
}

static struct udp_listener *udp_of(struct way *way)
{
	return container_of(way, struct udp_listener, way);
}

/* What was replied stays in the buffer, to be remembered. */
static void flush_reply(struct way *way)
{
	struct udp_listener *udp = udp_of(way);

	if (udp->sent || udp->replies.length == udp->start)
		return;
	udp->sent = true;
	send_to_caller(udp, udp->replies.data + udp->start, udp->replies.length - udp->start);
}

static int send_apart(struct way *way, const uint8_t *bytes, size_t length)
{
	struct udp_listener *udp = udp_of(way);

	replay_answer(udp->replay, &udp->caller.address, bytes, length);
	return send_to_caller(udp, bytes, length);
}

/* A transport of datagrams is the socket's own: nothing more is received. */
static void close_socket(struct way *way)
{
	struct udp_listener *udp = udp_of(way);
	struct sessions *sessions = udp_sessions(udp);

	loop_watch(sessions->loop, &udp->listener.watch, 0);
	sessions->served->compat->gone(way->fd);
}

void udp_way_init(struct udp_listener *udp)
{
	addresses_of_datagrams(&udp->addresses, &udp->bound, udp->bound_length);
	udp->addresses.remote = (struct netbuf){ sizeof(udp->caller.address), 0,
						 &udp->caller.address };
	udp->way = (struct way){ .fd = udp->listener.watch.fd,
				 .addresses = &udp->addresses,
				 .peer = &udp->caller_id,
				 .flush = flush_reply,
				 .send = send_apart,
				 .close = close_socket };
}

struct counted udp_counted(const struct udp_listener *udp, const struct arrived *call)
{
	struct counted counted = { 0 };

	udp->listener.entrance.protocol->look(udp_sessions(udp)->served, call->bytes, call->length,
					      &counted);
	counted.protocol = udp->counted_protocol;
	counted.transport = ENDPOINT_UDP;
	return counted;
}

void udp_refuse(struct udp_listener *udp, const struct arrived *call)
{
	const struct protocol *protocol = udp->listener.entrance.protocol;
	const struct peer_id id = peer_of_datagram(&call->origin->address);
	struct sessions *sessions = udp_sessions(udp);
	struct counted refused = udp_counted(udp, call);
	size_t start = udp->replies.length;

	log_event(EVENT_BUSY, &id,
		  "%s: it has as many calls by datagrams here as it may; one was refused",
		  protocol->name);
	if (protocol->refuse(call->bytes, call->length, &udp->replies) < 0)
		return;
	refused.outcome = OUTCOME_BUSY;
	counters_count(&sessions->counters, &refused, sessions->loop->looked, call->length,
		       udp->replies.length - start);
	udp_address_reply(udp, call->origin, start);
}
