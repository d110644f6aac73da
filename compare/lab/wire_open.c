/* Either end of any transport, by hand: how it gets to the other one. */
#include <endian.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/blocking.h"
#include "compare/lab/servers.h"
#include "compare/lab/wire.h"
#include "common/rendezvous.h"

#define RING_SIZE 8192 /* bytes, of a server of ours */

/* ---- sockets ---- */

/* A socket's address: a path, or on loopback, where port 0 is any free one. */
static socklen_t address_of(const struct endpoint *endpoint, struct sockaddr_storage *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	struct sockaddr_un *un = (struct sockaddr_un *)address;

	memset(address, 0, sizeof(*address));
	if (endpoint_has_host(endpoint)) {
		in->sin_family = AF_INET;
		in->sin_port = htobe16(endpoint->port > 0 ? (uint16_t)endpoint->port : 0);
		in->sin_addr.s_addr = htobe32(INADDR_LOOPBACK);
		return sizeof(*in);
	}
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, endpoint->path, sizeof(endpoint->path));
	return sizeof(*un);
}

static bool is_udp(const struct endpoint *endpoint)
{
	return endpoint->transport == ENDPOINT_UDP;
}

static int make_socket(const struct endpoint *endpoint)
{
	int type = is_udp(endpoint) ? SOCK_DGRAM : SOCK_STREAM;

	return socket(endpoint_has_host(endpoint) ? AF_INET : AF_UNIX, type | SOCK_CLOEXEC, 0);
}

static bool connect_socket(struct wire *wire)
{
	struct sockaddr_storage address;
	socklen_t length = address_of(&wire->endpoint, &address);

	wire->in = wire->out = make_socket(&wire->endpoint);
	return connect(wire->in, (struct sockaddr *)&address, length) == 0;
}

static int listen_socket(struct endpoint *endpoint)
{
	struct sockaddr_storage address;
	socklen_t length = address_of(endpoint, &address);
	int fd = make_socket(endpoint);

	if (bind(fd, (struct sockaddr *)&address, length) < 0 ||
	    (!is_udp(endpoint) && listen(fd, 8) < 0) ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return -1;
	if (endpoint_has_host(endpoint))
		endpoint_set_address(endpoint, (struct sockaddr *)&address, length);
	return fd;
}

/* The first datagram, which stays to be read, tells who there is. */
static bool accept_socket(struct wire *wire, int listener)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	char byte;

	if (!is_udp(&wire->endpoint)) {
		wire->in = wire->out = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		return wire->in >= 0;
	}
	wire->in = wire->out = dup(listener);
	return recvfrom(listener, &byte, 1, MSG_PEEK, (struct sockaddr *)&peer, &length) >= 0 &&
	       connect(wire->in, (struct sockaddr *)&peer, length) == 0;
}

/* ---- shared memory ---- */

static bool map_rings(struct wire *wire, enum ring_name calls, enum ring_name replies)
{
	wire->memory = shm_map(wire->shared, &wire->size);
	if (!wire->memory)
		return false;
	ring_attach(&wire->writer, wire->memory, wire->size, calls, RING_WRITER);
	ring_attach(&wire->reader, wire->memory, wire->size, replies, RING_READER);
	return true;
}

static bool share_as_client(struct wire *wire)
{
	struct pollfd waiting = { .fd = wire->in, .events = POLLIN };

	return poll(&waiting, 1, 5000) == 1 && shm_receive(&wire->shared, wire->in) == 0 &&
	       map_rings(wire, RING_CALLS, RING_REPLIES);
}

static bool share_as_server(struct wire *wire)
{
	wire->shared = shm_make(RING_SIZE);
	return wire->shared >= 0 && shm_send(wire->shared, wire->in) == 0 &&
	       map_rings(wire, RING_REPLIES, RING_CALLS);
}

/* ---- ordinary pipes ---- */

static bool start_server(struct wire *wire)
{
	const char *options[] = { "--stdio", endpoint_protocol_name(wire->endpoint.protocol),
				  "--message-timeout", "1", NULL };
	int calls[2], replies[2], silence = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (pipe2(calls, O_CLOEXEC) < 0 || pipe2(replies, O_CLOEXEC) < 0)
		return false;
	wire->child = server_spawn(options, calls[0], replies[1], silence);
	close(calls[0]);
	close(replies[1]);
	close(silence);
	wire->in = replies[0];
	wire->out = calls[1];
	return wire->child > 0;
}

/* ---- named pipes ---- */

/* Greets with a pair of our own, and waits for the greeting to come back. */
static bool greet_server(struct wire *wire, int server, const struct rendezvous_pair *pair,
			 uint64_t number)
{
	struct pollfd waiting = { .events = POLLIN };
	char greeting[RENDEZVOUS_GREETING + 1];

	rendezvous_greet(number, greeting);
	waiting.fd = wire->in = rendezvous_open_fifo(pair->replies, O_RDONLY);
	if (wire->in < 0 || write(server, greeting, RENDEZVOUS_GREETING) < 0 ||
	    poll(&waiting, 1, 5000) != 1 ||
	    read(wire->in, greeting, RENDEZVOUS_GREETING) != RENDEZVOUS_GREETING)
		return false;
	wire->out = rendezvous_open_fifo(pair->calls, O_WRONLY);
	if (wire->out < 0)
		return false;
	blocking_set(wire->in, true);
	blocking_set(wire->out, true);
	return true;
}

static bool meet_server(struct wire *wire)
{
	static unsigned int count; /* of the pairs that this process made */
	char path[RENDEZVOUS_MAX_FIFO];
	struct rendezvous_pair pair;
	uint64_t number = (uint64_t)getpid() << 32 | count++;
	bool met;
	int server;

	rendezvous_fifo(&wire->endpoint, path);
	rendezvous_pair(&wire->endpoint, number, &pair);
	server = rendezvous_open_fifo(path, O_WRONLY);
	met = mkfifo(pair.calls, 0600) == 0 && mkfifo(pair.replies, 0600) == 0 &&
	      greet_server(wire, server, &pair, number);
	unlink(pair.calls);
	unlink(pair.replies);
	if (server >= 0)
		close(server);
	return met;
}

static int listen_fifo(const struct endpoint *endpoint)
{
	char path[RENDEZVOUS_MAX_FIFO];
	int fd;

	rendezvous_fifo(endpoint, path);
	if (mkfifo(path, 0600) < 0)
		return -1;
	fd = rendezvous_open_fifo(path, O_RDWR);
	blocking_set(fd, true);
	return fd;
}

static bool meet_client(struct wire *wire, int listener)
{
	char greeting[RENDEZVOUS_GREETING + 1];
	struct rendezvous_pair pair;
	uint64_t number;

	if (read(listener, greeting, RENDEZVOUS_GREETING) != RENDEZVOUS_GREETING ||
	    !rendezvous_read_line(greeting + 1, RENDEZVOUS_GREETING - 2, &number))
		return false;
	rendezvous_pair(&wire->endpoint, number, &pair);
	wire->in = rendezvous_open_fifo(pair.calls, O_RDONLY);
	wire->out = rendezvous_open_fifo(pair.replies, O_WRONLY);
	if (write(wire->out, greeting, RENDEZVOUS_GREETING) < 0)
		return false;
	/* Until he opens his end there is no writer, which a read would take for the end. */
	poll(&(struct pollfd){ .fd = wire->in, .events = POLLIN }, 1, 5000);
	blocking_set(wire->in, true);
	blocking_set(wire->out, true);
	return true;
}

/* ---- both ends ---- */

static void wire_init(struct wire *wire, const struct endpoint *endpoint)
{
	*wire = (struct wire){ .endpoint = *endpoint, .in = -1, .out = -1, .shared = -1 };
	rendezvous_resolve(&wire->endpoint);
}

bool wire_connect(struct wire *wire, const struct endpoint *endpoint)
{
	wire_init(wire, endpoint);
	switch (endpoint->transport) {
	case ENDPOINT_PIPE:
		return start_server(wire);
	case ENDPOINT_FIFO:
		return meet_server(wire);
	case ENDPOINT_SHM:
		return connect_socket(wire) && share_as_client(wire);
	default:
		return connect_socket(wire);
	}
}

int wire_listen(struct endpoint *endpoint)
{
	rendezvous_resolve(endpoint);
	return endpoint->transport == ENDPOINT_FIFO   ? listen_fifo(endpoint)
	       : endpoint->transport == ENDPOINT_PIPE ? -1
						      : listen_socket(endpoint);
}

bool wire_accept(struct wire *wire, const struct endpoint *endpoint, int listener)
{
	wire_init(wire, endpoint);
	switch (endpoint->transport) {
	case ENDPOINT_PIPE:
		wire->in = STDIN_FILENO;
		wire->out = STDOUT_FILENO;
		return true;
	case ENDPOINT_FIFO:
		return meet_client(wire, listener);
	case ENDPOINT_SHM:
		return accept_socket(wire, listener) && share_as_server(wire);
	default:
		return accept_socket(wire, listener);
	}
}

bool wire_close(struct wire *wire)
{
	int status = 0;

	if (wire->memory)
		munmap(wire->memory, ring_segment(wire->size));
	if (wire->shared >= 0)
		close(wire->shared);
	if (wire->in >= 0)
		close(wire->in);
	if (wire->out >= 0 && wire->out != wire->in)
		close(wire->out);
	if (wire->child)
		waitpid(wire->child, &status, 0);
	return status == 0;
}
