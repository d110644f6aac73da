/*
 * The least that a server of many clients can do, for `make bench` to hold the runtime against: an
 * epoll loop, a read of what is there, replies to `add` packed by hand, a write.
 *
 * `bare rpc` or `bare raw`.  It prints its endpoint, a free port of this machine, once it listens.
 * It knows no other procedure, no credential and no fragment, sets no limit and waits for a client
 * that does not read: it is no example.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 64
#define ROOM   32768 /* bytes of calls that one read may bring */

struct connection {
	int fd;
	size_t used;
	uint8_t in[ROOM], out[ROOM]; /* a reply is shorter than its call */
};

/* The way of writing `add`: a call of so many bytes becomes a reply of so many. */
static const struct protocol {
	const char *name;
	size_t call, reply;
	void (*answer)(const uint8_t *call, uint8_t *reply);
} * protocol;

static void put_unsigned(uint8_t *bytes, uint32_t value)
{
	value = htobe32(value);
	memcpy(bytes, &value, sizeof(value));
}

/* The sum of the two hypers that are the operands. */
static void put_sum(uint8_t *bytes, const uint8_t *operands)
{
	uint64_t a, b;

	memcpy(&a, operands, sizeof(a));
	memcpy(&b, operands + sizeof(a), sizeof(b));
	a = htobe64(be64toh(a) + be64toh(b));
	memcpy(bytes, &a, sizeof(a));
}

/* mark | xid, CALL, 2, program, version, procedure, no credential, no verifier | a, b
 * mark | xid, REPLY, MSG_ACCEPTED, no verifier, SUCCESS | CALC_OK, sum */
static void answer_rpc(const uint8_t *call, uint8_t *reply)
{
	memset(reply, 0, 40);
	put_unsigned(reply, 0x80000000 | 36);
	memcpy(reply + 4, call + 4, 4);
	put_unsigned(reply + 8, 1);
	put_sum(reply + 32, call + 44);
}

/* length | id, version, operation | a, b
 * length | id, operation, OK | CALC_OK, sum */
static void answer_raw(const uint8_t *call, uint8_t *reply)
{
	put_unsigned(reply, 18);
	memcpy(reply + 4, call + 4, 4);
	memcpy(reply + 8, call + 10, 2);
	reply[8] |= 0x80;
	put_unsigned(reply + 10, 0);
	put_sum(reply + 14, call + 12);
}

static const struct protocol protocols[] = {
	{ "rpc", 60, 40, answer_rpc },
	{ "raw", 28, 22, answer_raw },
};

static void answer_all(struct connection *connection)
{
	size_t done = 0, replied = 0;

	for (; connection->used - done >= protocol->call; done += protocol->call) {
		protocol->answer(connection->in + done, connection->out + replied);
		replied += protocol->reply;
	}
	connection->used -= done;
	memmove(connection->in, connection->in + done, connection->used);
	if (replied && write(connection->fd, connection->out, replied) != (ssize_t)replied)
		err(EXIT_FAILURE, "write");
}

static void serve(struct connection *connection)
{
	ssize_t n = read(connection->fd, connection->in + connection->used,
			 ROOM - connection->used);

	if (n > 0) {
		connection->used += (size_t)n;
		answer_all(connection);
		return;
	}
	close(connection->fd);
	free(connection);
}

static void accept_client(int epoll, int listening)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };

	if (!connection)
		err(EXIT_FAILURE, "calloc");
	connection->fd = accept(listening, NULL, NULL);
	if (connection->fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event) < 0)
		err(EXIT_FAILURE, "accept");
}

static int open_listener(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, SOMAXCONN) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		err(EXIT_FAILURE, "cannot listen");
	printf("%s+tcp://127.0.0.1:%d\n", protocol->name, ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS], event = { .events = EPOLLIN };
	int epoll = epoll_create1(0), listening, count;

	for (size_t i = 0; argc == 2 && i < 2; i++)
		if (strcmp(argv[1], protocols[i].name) == 0)
			protocol = &protocols[i];
	if (!protocol)
		errx(64, "usage: bare rpc|raw");
	listening = open_listener();
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, listening, &event) < 0)
		err(EXIT_FAILURE, "epoll");
	while ((count = epoll_wait(epoll, events, EVENTS, -1)) >= 0) {
		for (int i = 0; i < count; i++) {
			if (events[i].data.ptr)
				serve(events[i].data.ptr);
			else
				accept_client(epoll, listening);
		}
	}
	return EXIT_FAILURE;
}
