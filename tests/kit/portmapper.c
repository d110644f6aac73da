/* A portmapper, or an rpcbind, of whichever versions a test likes, at a port of its own. */
#include "tests/kit/portmapper.h"

#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rpc/rpc.h>

#include <rpc/pmap_prot.h>

#define CALL_WORDS  128
#define REPLY_WORDS 32
#define ARGUMENTS   10 /* words before them, with an empty credential and verifier */

struct reply {
	uint32_t words[REPLY_WORDS]; /* big-endian; the first is the mark on a stream */
	size_t count;
};

static void put(struct reply *reply, uint32_t word)
{
	reply->words[reply->count++] = htobe32(word);
}

static void put_string(struct reply *reply, const char *text)
{
	size_t length = strlen(text);

	put(reply, (uint32_t)length);
	memset(reply->words + reply->count, 0, length + 4);
	memcpy(reply->words + reply->count, text, length);
	reply->count += (length + 3) / 4;
}

static uint32_t word(const uint32_t *call, size_t i)
{
	return be32toh(call[i]);
}

/* ---- what it says ---- */

/* An answer in version 2: the port, or 0. */
static void put_port(const struct portmapper *portmapper, const uint32_t *call, struct reply *reply)
{
	uint32_t protocol = portmapper->transport == ENDPOINT_UDP ? IPPROTO_UDP : IPPROTO_TCP;
	bool known = word(call, ARGUMENTS) == portmapper->program &&
		     word(call, ARGUMENTS + 1) == portmapper->version &&
		     word(call, ARGUMENTS + 2) == protocol;

	put(reply, known ? portmapper->port : 0);
}

/* And in 3 and 4: the address, or none. */
static void put_address(const struct portmapper *portmapper, const uint32_t *call,
			struct reply *reply)
{
	const char *netid = portmapper->transport == ENDPOINT_UDP ? "udp" : "tcp";
	bool known = word(call, ARGUMENTS) == portmapper->program &&
		     word(call, ARGUMENTS + 1) == portmapper->version &&
		     word(call, ARGUMENTS + 2) == strlen(netid) &&
		     memcmp(call + ARGUMENTS + 3, netid, strlen(netid)) == 0;
	char address[64] = "";

	if (known)
		snprintf(address, sizeof(address), "127.0.0.1.%u.%u", portmapper->port >> 8,
			 portmapper->port & 255);
	put_string(reply, address);
}

/* False when it hangs up. */
static bool refuse(const struct portmapper *portmapper, struct reply *reply)
{
	switch (portmapper->refusal) {
	case PORTMAPPER_MISMATCH:
		put(reply, PROG_MISMATCH);
		put(reply, portmapper->low);
		put(reply, portmapper->high);
		return true;
	case PORTMAPPER_UNAVAIL:
		put(reply, PROG_UNAVAIL);
		return true;
	case PORTMAPPER_GARBAGE:
		put(reply, GARBAGE_ARGS);
		return true;
	default:
		return false;
	}
}

static bool answer(struct portmapper *portmapper, const uint32_t *call, struct reply *reply)
{
	uint32_t version = word(call, 4);

	reply->count = 1; /* the mark's */
	put(reply, word(call, 0));
	put(reply, REPLY);
	put(reply, MSG_ACCEPTED);
	put(reply, 0);
	put(reply, 0);
	if (portmapper->count < sizeof(portmapper->asked) / sizeof(portmapper->asked[0]))
		portmapper->asked[portmapper->count++] = version;
	if (version < portmapper->low || version > portmapper->high)
		return refuse(portmapper, reply);
	put(reply, SUCCESS);
	if (version == PMAPVERS)
		put_port(portmapper, call, reply);
	else
		put_address(portmapper, call, reply);
	return true;
}

/* ---- its sockets ---- */

static void serve_datagram(struct portmapper *portmapper)
{
	uint32_t call[CALL_WORDS] = { 0 };
	struct sockaddr_in peer;
	socklen_t length = sizeof(peer);
	struct reply reply;

	if (recvfrom(portmapper->fd, call, sizeof(call), 0, (struct sockaddr *)&peer, &length) >
		    0 &&
	    answer(portmapper, call, &reply))
		sendto(portmapper->fd, reply.words + 1, (reply.count - 1) * 4, 0,
		       (struct sockaddr *)&peer, length);
}

/* One connection, until it closes: its calls come whole. */
static void serve_connection(struct portmapper *portmapper)
{
	int fd = accept(portmapper->fd, NULL, NULL);
	uint32_t call[CALL_WORDS + 1] = { 0 };
	struct reply reply;

	while (recv(fd, call, 4, MSG_WAITALL) == 4) {
		size_t length = word(call, 0) & 0x7fffffff;

		if (length > CALL_WORDS * 4 ||
		    recv(fd, call + 1, length, MSG_WAITALL) != (ssize_t)length ||
		    !answer(portmapper, call + 1, &reply))
			break;
		reply.words[0] = htobe32(0x80000000 | (uint32_t)(reply.count - 1) * 4);
		send(fd, reply.words, reply.count * 4, MSG_NOSIGNAL);
	}
	close(fd);
}

static void *serve(void *argument)
{
	struct portmapper *portmapper = argument;
	struct pollfd waiting[2] = { { .fd = portmapper->fd, .events = POLLIN },
				     { .fd = portmapper->stop[0], .events = POLLIN } };

	while (poll(waiting, 2, -1) > 0 && !waiting[1].revents)
		if (portmapper->transport == ENDPOINT_UDP)
			serve_datagram(portmapper);
		else
			serve_connection(portmapper);
	return NULL;
}

bool portmapper_start(struct portmapper *portmapper)
{
	int type = portmapper->transport == ENDPOINT_UDP ? SOCK_DGRAM : SOCK_STREAM;
	socklen_t length = sizeof(portmapper->address);

	portmapper->address = (struct sockaddr_in){ .sin_family = AF_INET,
						    .sin_addr.s_addr = htobe32(INADDR_LOOPBACK) };
	portmapper->info = (struct addrinfo){ .ai_family = AF_INET,
					      .ai_socktype = type,
					      .ai_addrlen = length,
					      .ai_addr = (struct sockaddr *)&portmapper->address };
	portmapper->fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	return bind(portmapper->fd, portmapper->info.ai_addr, length) == 0 &&
	       (type == SOCK_DGRAM || listen(portmapper->fd, 8) == 0) &&
	       getsockname(portmapper->fd, portmapper->info.ai_addr, &length) == 0 &&
	       pipe(portmapper->stop) == 0 &&
	       pthread_create(&portmapper->thread, NULL, serve, portmapper) == 0;
}

void portmapper_stop(struct portmapper *portmapper)
{
	close(portmapper->stop[1]);
	pthread_join(portmapper->thread, NULL);
	close(portmapper->stop[0]);
	close(portmapper->fd);
}
