/* Where an entry of rpcbind's leads: a server that crashed leaves its entries behind. */
#include "server/runtime/registry/known.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/framing.h"
#include "common/xdr.h"
#include "server/runtime/loop.h"

#define MARK       FRAMING_HEADER
#define CALL_ROOM  64
#define REPLY_ROOM (MARK + 64 + MAX_AUTH_BYTES)

/* ---- universal addresses (RFC 5665, section 5.2.3.3) ---- */

/* The port in a universal address, with the dot in front: ".165.91"; NULL in a path. */
static const char *port_part(const char *address)
{
	const char *dot = strrchr(address, '.');
	unsigned int high, low;

	while (dot && dot > address && *--dot != '.')
		;
	return *address != '/' && dot && sscanf(dot, ".%3u.%3u", &high, &low) == 2 ? dot : NULL;
}

void known_address(const char *address, char *text, size_t size)
{
	const char *port = port_part(address);
	unsigned int high = 0, low = 0;

	if (!port || sscanf(port, ".%3u.%3u", &high, &low) != 2)
		snprintf(text, size, "%s", address);
	else
		snprintf(text, size, strchr(address, ':') ? "[%.*s]:%u" : "%.*s:%u",
			 (int)(port - address), address, high << 8 | low);
}

static bool is_any(const char *address)
{
	return strncmp(address, "0.0.0.0.", 8) == 0 || strncmp(address, "::.", 3) == 0;
}

bool known_is_same(const char *address, const char *ours)
{
	const char *port = port_part(address), *own = port_part(ours);

	if (strcmp(address, ours) == 0)
		return true;
	return port && own && strcmp(port, own) == 0 && (is_any(address) || is_any(ours));
}

static socklen_t path_address(const char *path, struct sockaddr_un *address)
{
	address->sun_family = AF_UNIX;
	if ((size_t)snprintf(address->sun_path, sizeof(address->sun_path), "%s", path) >=
	    sizeof(address->sun_path))
		return 0;
	return sizeof(*address);
}

static socklen_t host_address(const char *text, bool ipv6, struct sockaddr_storage *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;
	const char *part = port_part(text);
	unsigned int high, low;
	char host[INET6_ADDRSTRLEN];

	if (!part || sscanf(part, ".%3u.%3u", &high, &low) != 2 ||
	    (size_t)(part - text) >= sizeof(host))
		return 0;
	snprintf(host, sizeof(host), "%.*s", (int)(part - text), text);
	address->ss_family = ipv6 ? AF_INET6 : AF_INET;
	in->sin_port = htons((uint16_t)(high << 8 | low)); /* of IPv6 it is at the same place */
	if (inet_pton(address->ss_family, host,
		      ipv6 ? (void *)&in6->sin6_addr : (void *)&in->sin_addr) != 1)
		return 0;
	return ipv6 ? sizeof(*in6) : sizeof(*in);
}

/* The socket address of a registered one.  Its length, or 0.  Not by uaddr2taddr(), which reads
 * /etc/netconfig: who confined himself may not. */
static socklen_t socket_address(const struct rpcb *known, struct sockaddr_storage *address)
{
	static const char *const hosts[] = { "tcp", "tcp6", "udp", "udp6" };

	if (strcmp(known->r_netid, "local") == 0 || strcmp(known->r_netid, "unix") == 0)
		return path_address(known->r_addr, (struct sockaddr_un *)address);
	for (int i = 0; i < 4; i++)
		if (strcmp(known->r_netid, hosts[i]) == 0)
			return host_address(known->r_addr, i % 2, address);
	return 0;
}

/* ---- a call ----
 *
 * Not by a CLIENT of libtirpc's: who answers may be anybody, and one byte now and then would keep
 * that waiting for ever.
 */

static bool wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd watched = { .fd = fd, .events = events };
	int64_t left;
	int n;

	do {
		left = deadline - loop_clock();
		n = poll(&watched, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

/* A connected socket that never waits, or -errno. */
static int connect_within(const struct sockaddr *address, socklen_t length, int type,
			  int64_t deadline)
{
	int error = 0, fd = socket(address->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t size = sizeof(error);

	if (fd < 0)
		return -errno;
	if (connect(fd, address, length) < 0)
		error = errno;
	if (error == EINPROGRESS && wait_for(fd, POLLOUT, deadline))
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (!error)
		return fd;
	close(fd);
	return -error;
}

/* The bytes of a call of the null procedure, behind a record mark (RFC 5531, section 11). */
static size_t encode_call(const struct rpcb *known, uint8_t call[CALL_ROOM])
{
	struct rpc_msg message = { .rm_xid = (uint32_t)getpid(), .rm_direction = CALL };
	XDR stream;

	message.rm_call.cb_rpcvers = RPC_MSG_VERSION;
	message.rm_call.cb_prog = known->r_prog;
	message.rm_call.cb_vers = known->r_vers;
	xdrmem_create(&stream, (char *)call + MARK, CALL_ROOM - MARK, XDR_ENCODE);
	if (!xdr_callmsg(&stream, &message))
		return 0;
	framing_mark(&framing_record_marking, call, xdr_getpos(&stream));
	return MARK + xdr_getpos(&stream);
}

/* Whether a reply is there to its end, as one fragment. */
static bool is_whole(const uint8_t *reply, size_t length)
{
	uint32_t mark = 0;

	memcpy(&mark, reply, MARK);
	return length >= MARK && length - MARK >= (ntohl(mark) & INT32_MAX);
}

/* The length of what comes back by the deadline, behind room for a record mark; 0 when nothing
 * does that could be a reply, and -errno. */
static ssize_t receive(int fd, bool stream, uint8_t reply[REPLY_ROOM], int64_t deadline)
{
	size_t got = stream ? 0 : MARK;

	while (got < REPLY_ROOM && wait_for(fd, POLLIN, deadline)) {
		ssize_t n = recv(fd, reply + got, REPLY_ROOM - got, 0);

		if (n <= 0)
			return n < 0 ? -errno : 0;
		got += (size_t)n;
		if (!stream || is_whole(reply, got))
			return (ssize_t)got;
	}
	return 0;
}

/* ---- who is there ---- */

/* What it means that a connection cannot be made.  Where we may not look, or a queue is full,
 * somebody may be. */
static enum known_state unreachable(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ENOENT:
	case ENOTDIR:
	case EADDRNOTAVAIL:
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EAFNOSUPPORT:
		return KNOWN_GONE;
	default:
		return KNOWN_SILENT;
	}
}

/* What a reply says.  Garbage comes from another kind of server, which somebody may mean. */
static enum known_state read_reply(uint8_t *reply, size_t length)
{
	struct rpc_msg message = { .acpted_rply = { .ar_results = { .proc = xdr_nothing } } };
	char verifier[MAX_AUTH_BYTES];
	XDR stream;

	message.acpted_rply.ar_verf.oa_base = verifier;
	xdrmem_create(&stream, (char *)reply + MARK, (u_int)(length - MARK), XDR_DECODE);
	if (!xdr_replymsg(&stream, &message) || message.rm_direction != REPLY)
		return KNOWN_SILENT;
	if (message.rm_reply.rp_stat != MSG_ACCEPTED)
		return KNOWN_ALIVE;
	return message.acpted_rply.ar_stat == PROG_UNAVAIL ||
			       message.acpted_rply.ar_stat == PROG_MISMATCH
		       ? KNOWN_GONE
		       : KNOWN_ALIVE;
}

static enum known_state ask(int fd, bool stream, const struct rpcb *known, int64_t deadline)
{
	uint8_t call[CALL_ROOM], reply[REPLY_ROOM] = { 0 };
	size_t skipped = stream ? 0 : MARK, length = encode_call(known, call);
	ssize_t n;

	if (!length || send(fd, call + skipped, length - skipped, MSG_NOSIGNAL) < 0)
		return KNOWN_SILENT;
	n = receive(fd, stream, reply, deadline);
	if (n < 0)
		return unreachable((int)-n); /* of a port of udp the kernel says so only now */
	return n > MARK ? read_reply(reply, (size_t)n) : KNOWN_SILENT;
}

enum known_state known_look(const struct rpcb *known, int64_t time)
{
	int64_t deadline = loop_clock() + time;
	struct sockaddr_storage address = { 0 };
	socklen_t length = socket_address(known, &address);
	bool stream = strncmp(known->r_netid, "udp", 3) != 0;
	enum known_state state;
	int fd;

	if (!length)
		return KNOWN_GONE;
	fd = connect_within((struct sockaddr *)&address, length, stream ? SOCK_STREAM : SOCK_DGRAM,
			    deadline);
	if (fd < 0)
		return unreachable(-fd);
	state = ask(fd, stream, known, deadline);
	close(fd);
	return state;
}
