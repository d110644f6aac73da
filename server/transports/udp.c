/*
 * The udp transport, the server's end: one call a datagram, several datagrams a system call.
 *
 * There are no sessions.  A call that comes again gets the reply it got before (server/replay.h).
 * A reply that cannot be sent now is dropped, as the network might: the caller asks again.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/container.h"
#include "server/replay.h"
#include "server/transports/address.h"

#define DATAGRAMS_AT_ONCE 32
#define MAX_DATAGRAM      65535              /* bytes received; no datagram is longer */
#define MAX_REPLY         65507              /* bytes that a datagram carries over IPv4 */
#define REPLAY_SIZE       ((size_t)16 << 20) /* bytes that are remembered, unless limits say */
#define SOCKET_BUFFER     (4 << 20)          /* bytes asked of the kernel for a burst of calls */

#define MAX_WORKS 8 /* calls of one socket in the pool; a further one has to come again */

/*
 * The address that a datagram came to, as the kernel tells it (ip(7), ipv6(7)) and as it is told to
 * it for the reply: bound to a wildcard address, the kernel would choose one by itself, and a
 * client that called another of our addresses would not know the reply.
 */
union own_address {
	struct cmsghdr header;
	uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct udp_listener {
	struct listener listener; /* first: all that others see */
	struct replay_cache *replay;
	struct works works;    /* calls in the pool */
	bool closed;           /* freed when the last of them ends */
	struct buffer replies; /* of one round, one behind the other */
	struct mmsghdr calls[DATAGRAMS_AT_ONCE], answers[DATAGRAMS_AT_ONCE];
	struct iovec call_parts[DATAGRAMS_AT_ONCE], answer_parts[DATAGRAMS_AT_ONCE];
	struct sockaddr_storage peers[DATAGRAMS_AT_ONCE];
	union own_address own[DATAGRAMS_AT_ONCE];
	size_t reply_starts[DATAGRAMS_AT_ONCE + 1];
	uint8_t bytes[DATAGRAMS_AT_ONCE][MAX_DATAGRAM];
};

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

/* Bytes that a reply may have. */
static size_t reply_limit(const struct udp_listener *udp)
{
	size_t limit = udp->listener.owner->sessions->limits->message;

	return limit < MAX_REPLY ? limit : MAX_REPLY;
}

/* ---- calls that the pool makes ---- */

static void send_one(const struct udp_listener *udp, struct work *work)
{
	struct iovec part = { work->reply.data, work->reply.length };
	struct msghdr reply = { .msg_name = &work->peer,
				.msg_namelen = work->peer_length,
				.msg_iov = &part,
				.msg_iovlen = 1,
				.msg_control = work->own,
				.msg_controllen = work->own_length };

	sendmsg(udp->listener.watch.fd, &reply, 0);
}

static void work_done(struct works *works, struct work *work)
{
	struct udp_listener *udp = container_of(works, struct udp_listener, works);

	if (work->result == 0 && !udp->closed) {
		replay_cache_add(udp->replay, &work->peer, work->call, work->length,
				 work->reply.data, work->reply.length);
		send_one(udp, work);
	}
	if (udp->closed && !udp->works.count)
		udp_free(udp);
}

/* Whether the same call of the same peer is being executed now. */
static bool is_under_way(const struct udp_listener *udp, const struct sockaddr_storage *peer,
			 socklen_t peer_length, const void *call, size_t length)
{
	for (const struct work *work = udp->works.first; work; work = work->next)
		if (work->length == length && work->peer_length == peer_length &&
		    memcmp(&work->peer, peer, peer_length) == 0 &&
		    memcmp(work->call, call, length) == 0)
			return true;
	return false;
}

/* Cancels the work that was taken first, if it had its time: others wait. */
static void make_room(struct udp_listener *udp)
{
	const struct limits *limits = udp->listener.owner->sessions->limits;
	struct work *oldest = udp->works.first;

	while (oldest->next)
		oldest = oldest->next;
	if (loop_clock() - oldest->taken >= limits->patience)
		atomic_store(&oldest->cancelled, true);
}

/* Hands a call to the pool, unless its first copy is there already.  What is dropped comes again.
 */
static void submit(struct udp_listener *udp, struct msghdr *header, const void *call, size_t length)
{
	const struct sockaddr_storage *peer = header->msg_name;
	const socklen_t peer_length = header->msg_namelen;
	struct sessions *sessions = udp->listener.owner->sessions;
	struct work *work;

	if (is_under_way(udp, peer, peer_length, call, length))
		return;
	if (udp->works.count == MAX_WORKS) {
		make_room(udp);
		return; /* it comes again */
	}
	work = work_create(&udp->works, udp->listener.protocol, sessions->service, call, length);
	if (!work)
		return;
	memcpy(&work->peer, peer, peer_length);
	work->peer_length = peer_length;
	work->own_length = reply_from(header);
	memcpy(work->own, header->msg_control, work->own_length);
	work->limit = reply_limit(udp);
	work->done = work_done;
	work->taken = loop_clock();
	timer_start(sessions->loop, &sessions->executing, &work->timer);
	work_start(work, sessions->pool, sessions->loop);
}

/* ---- calls that are answered at once ---- */

/* Makes the first `count` places ready to receive into: the kernel writes over what they say. */
static void prepare(struct udp_listener *udp, int count)
{
	for (int i = 0; i < count; i++) {
		udp->call_parts[i] = (struct iovec){ udp->bytes[i], MAX_DATAGRAM };
		udp->calls[i].msg_hdr = (struct msghdr){ .msg_name = &udp->peers[i],
							 .msg_namelen = sizeof(udp->peers[i]),
							 .msg_iov = &udp->call_parts[i],
							 .msg_iovlen = 1,
							 .msg_control = &udp->own[i],
							 .msg_controllen = sizeof(udp->own[i]) };
	}
}

/* Appends the reply to one call: the one it got before, or that of executing it now, if it is not
 * to be executed elsewhere. */
static void answer(struct udp_listener *udp, int i)
{
	const struct sessions *sessions = udp->listener.owner->sessions;
	const struct protocol *protocol = udp->listener.protocol;
	size_t start = udp->replies.length, length = udp->calls[i].msg_len, reply_length;
	const uint8_t *reply;
	int r;

	if (replay_cache_find(udp->replay, &udp->peers[i], udp->bytes[i], length, &reply,
			      &reply_length)) {
		buffer_append(&udp->replies, reply, reply_length);
		return;
	}
	if (sessions->pool && protocol->may_wait(udp->bytes[i], length)) {
		submit(udp, &udp->calls[i].msg_hdr, udp->bytes[i], length);
		return;
	}
	r = protocol->answer(sessions->service, udp->bytes[i], length, &udp->replies,
			     reply_limit(udp));
	if (r < 0)
		udp->replies.length = start;
	if (r == -EPROTO)
		return; /* no call: dropped, and nothing to remember */
	/* After another error it may have been executed: it gets no second chance. */
	replay_cache_add(udp->replay, &udp->peers[i], udp->bytes[i], length,
			 udp->replies.data + start, udp->replies.length - start);
}

/* Sends the replies that there are.  One that is refused holds up none behind it. */
static void send_all(struct udp_listener *udp, int count)
{
	unsigned int ready = 0, sent = 0;

	for (int i = 0; i < count; i++) {
		size_t start = udp->reply_starts[i], length = udp->reply_starts[i + 1] - start;

		if (!length)
			continue;
		udp->answer_parts[ready] = (struct iovec){ udp->replies.data + start, length };
		udp->answers[ready].msg_hdr = (struct msghdr){
			.msg_name = &udp->peers[i],
			.msg_namelen = udp->calls[i].msg_hdr.msg_namelen,
			.msg_iov = &udp->answer_parts[ready],
			.msg_iovlen = 1,
			.msg_control = &udp->own[i],
			.msg_controllen = reply_from(&udp->calls[i].msg_hdr)
		};
		ready++;
	}
	while (sent < ready) {
		int n = sendmmsg(udp->listener.watch.fd, udp->answers + sent, ready - sent, 0);

		sent += n > 0 ? (unsigned int)n : 1;
	}
}

static void udp_ready(struct watch *watch, uint32_t events)
{
	struct udp_listener *udp = (struct udp_listener *)watch; /* its listener's first member */
	int count;

	(void)events;
	count = recvmmsg(watch->fd, udp->calls, DATAGRAMS_AT_ONCE, 0, NULL);
	udp->replies.length = 0;
	for (int i = 0; i < count; i++) {
		udp->reply_starts[i] = udp->replies.length;
		answer(udp, i);
	}
	if (count <= 0)
		return;
	udp->reply_starts[count] = udp->replies.length;
	send_all(udp, count);
	prepare(udp, count);
}

static void udp_close(struct listener *listener)
{
	struct udp_listener *udp = (struct udp_listener *)listener;

	udp->closed = true;
	works_cancel(&udp->works);
	if (!udp->works.count)
		udp_free(udp);
}

static int udp_share(struct listener *listener, struct listeners *others);

static int udp_open(struct listeners *listeners, const struct endpoint *endpoint,
		    const struct addrinfo *address, bool beside)
{
	const size_t replay = listeners->sessions->limits->replay;
	const int size = SOCKET_BUFFER;
	struct udp_listener *udp = calloc(1, sizeof(*udp));
	struct sockaddr_storage bound;
	socklen_t length = sizeof(bound);
	int r = -ENOMEM;

	if (!udp)
		return r;
	udp->listener.watch = (struct watch){ .fd = bind_address(address, beside),
					      .ready = udp_ready };
	prepare(udp, DATAGRAMS_AT_ONCE);
	udp->listener.endpoint = *endpoint;
	udp->listener.lock.fd = -1;
	udp->listener.close = udp_close;
	udp->listener.share = udp_share;
	udp->replay = replay_cache_open(replay ? replay : REPLAY_SIZE);
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
			      char why[LISTENER_WHY])
{
	return listen_at_hosts(listeners, endpoint, SOCK_DGRAM, udp_open, why);
}

const struct transport transport_udp = { .transport = ENDPOINT_UDP, .listen = udp_listen };
