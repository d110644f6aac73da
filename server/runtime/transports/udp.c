/*
 * The udp transport, the server's end: one call a datagram, several datagrams a system call.
 *
 * There are no sessions.  Those who send take turns: what one sends beyond its turn waits in a
 * queue of its own, and beyond that is dropped, as the network might (server/runtime/datagrams/).
 * A reply that cannot be sent now is dropped: the caller asks again.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/container.h"
#include "server/runtime/access.h"
#include "server/runtime/datagrams/internal.h"
#include "server/runtime/log.h"
#include "server/runtime/transports/address.h"
#include "server/runtime/transports/all.h"
#include "server/runtime/transports/given.h"

#define RECEIVES_AT_ONCE 8         /* in a turn, so that the kernel need not drop any */
#define LAST_RECEIVES    1024      /* when the server stops */
#define SOCKET_BUFFER    (4 << 20) /* bytes asked of the kernel for a burst of calls */

/* Turns what the kernel said of a call's way in into what is said of its reply's way out.  Its
 * length; 0 where nothing was said, for the socket has one address only. */
static size_t prepare_source(struct msghdr *call)
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

/* ---- turns ---- */

static bool is_over_time(struct udp_listener *udp)
{
	return loop_turn_is_over(udp_sessions(udp)->loop, &udp->meter);
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

/* Whose datagrams are dropped gets no word of it: a source is easily forged, and nobody shall have
 * us send anything to those who may not even call. */
static bool may_call(const struct udp_listener *udp, const struct sockaddr_storage *address)
{
	struct peer_id id;

	if (access_admits_sender(udp_sessions(udp)->served->access, address))
		return true;
	id = peer_of_datagram(address);
	log_event(EVENT_NOT_ALLOWED, &id,
		  "it is not among those who may call: its datagrams are dropped");
	return false;
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
		origin->source_length = prepare_source(header);
		if (!may_call(udp, &origin->address))
			continue;
		if (udp->turns.last || is_over_time(udp))
			udp_keep(udp, &call);
		else
			udp_answer(udp, &call);
	}
	udp_send_replies(udp);
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
	struct sessions *sessions = udp_sessions(udp);
	bool more = !udp->finishing; /* or no flood would let it end */

	counters_begin(&sessions->counters, true);
	udp->meter = (struct turn_meter){ 0 };
	for (int i = 0; i < RECEIVES_AT_ONCE && more; i++)
		more = receive_datagrams(udp);
	while (udp->turns.last && !is_over_time(udp))
		turns_give(&udp->turns);
	udp_send_replies(udp);
	counters_settle(&sessions->counters, loop_look(sessions->loop));
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
	bool kept = listener->custody == CUSTODY_KEPT;

	for (int i = 0; i < LAST_RECEIVES && !kept && receive_datagrams(udp); i++)
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

static void udp_close(struct listener *listener)
{
	struct udp_listener *udp = (struct udp_listener *)listener;

	udp->closed = true;
	for (int i = 0; i < SENDER_CHAINS; i++)
		for (struct sender *next, *sender = udp->senders[i]; sender; sender = next) {
			next = sender->next;
			udp_drop_kept(sender);
		}
	slow_calls_cancel(&udp->slow_calls);
	udp_free_if_over(udp);
}

/* ---- the beginning ---- */

int udp_serve(struct listeners *listeners, int fd, const struct endpoint *endpoint,
	      enum custody custody, share_function *share)
{
	const struct limits *limits = listeners->sessions->limits;
	struct udp_listener *udp = calloc(1, sizeof(*udp));
	int r = -ENOMEM;

	if (!udp) {
		if (custody != CUSTODY_BORROWED)
			close(fd);
		return r;
	}
	udp->listener.watch = (struct watch){ .fd = fd, .ready = udp_ready };
	udp->listener.custody = custody;
	udp->bound_length = sizeof(udp->bound);
	prepare_receive(udp, DATAGRAMS_AT_ONCE);
	udp->listener.endpoint = *endpoint;
	udp->counted_protocol = (uint8_t)endpoint->protocol;
	udp->listener.lock.fd = -1;
	udp->listener.party.take_turn = udp_turn;
	udp->listener.finish = udp_finish;
	udp->listener.is_over = udp_is_over;
	udp->listener.close = udp_close;
	udp->listener.share = share;
	list_init(&udp->slow_calls.list);
	udp->replay = replay_cache_open(limits->remembered_size,
					limits->remembered * INT64_C(1000));
	if (getsockname(fd, (struct sockaddr *)&udp->bound, &udp->bound_length) < 0)
		r = -errno;
	else if (udp->replay) {
		endpoint_set_address(&udp->listener.endpoint, (struct sockaddr *)&udp->bound,
				     udp->bound_length);
		ask_for_address(fd, &udp->bound);
		udp_way_init(udp);
		r = listeners_add(listeners, &udp->listener);
	}
	if (r < 0) {
		if (custody != CUSTODY_BORROWED)
			close(fd);
		udp_close(&udp->listener);
	}
	return r;
}

static int udp_share(struct listener *listener, struct listeners *others);

static int udp_open(struct listeners *listeners, const struct endpoint *endpoint,
		    const struct addrinfo *address, bool reuse_port)
{
	const int size = SOCKET_BUFFER;
	int fd = bind_address(address, reuse_port);

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return udp_serve(listeners, fd, endpoint, CUSTODY_OURS, udp_share);
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
