/* Hosts with several addresses, from a resolver of the test's own: one that answers is found. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/runtime/transports/all.h"
#include "client/runtime/transports/hosts.h"
#include "common/duration.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MOST         4
#define HOST         "several.example.test"

/* ---- the resolver ---- */

/* What it answers, for any name that is not in figures. */
static struct {
	int result; /* as of getaddrinfo() */
	struct sockaddr_in addresses[MOST];
	int count;
	int wait; /* a pipe: it answers when there is something to read; -1: at once */
	_Atomic int asked, freed;
} resolver = { .wait = -1 };

static struct addrinfo *make_list(int type)
{
	struct addrinfo *list = NULL;

	for (int i = resolver.count - 1; i >= 0; i--) {
		struct addrinfo *item = calloc(1, sizeof(*item));

		*item = (struct addrinfo){ .ai_family = AF_INET,
					   .ai_socktype = type,
					   .ai_addr = (struct sockaddr *)&resolver.addresses[i],
					   .ai_addrlen = sizeof(resolver.addresses[i]),
					   .ai_next = list };
		list = item;
	}
	return list;
}

/* In the place of the C library's. */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
		struct addrinfo **list)
{
	char byte;

	(void)host;
	(void)port;
	if (hints->ai_flags & AI_NUMERICHOST)
		return EAI_NONAME;
	resolver.asked++;
	if (resolver.wait >= 0 && read(resolver.wait, &byte, 1) != 1)
		return EAI_AGAIN;
	if (resolver.result == 0)
		*list = make_list(hints->ai_socktype);
	return resolver.result;
}

void freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;

		free(list);
		list = next;
	}
	resolver.freed++;
}

/* ---- addresses ---- */

/* A socket at a port of its own, where connections are taken, or refused. */
static int bind_one(struct sockaddr_in *address, bool listens)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(*address);

	*address = (struct sockaddr_in){ .sin_family = AF_INET };
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_INT(bind(fd, (struct sockaddr *)address, length), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)address, &length), 0);
	if (listens)
		CHECK_INT(listen(fd, 5), 0);
	return fd;
}

static int connect_one(int *fd, struct failure *failure, int64_t time)
{
	const struct endpoint endpoint = {
		.protocol = ENDPOINT_RAW, .transport = ENDPOINT_TCP, .host = HOST, .port = 7117
	};

	memset(failure, 0, sizeof(*failure));
	*fd = -1;
	return connect_to_host(&endpoint, SOCK_STREAM, clock_now() + time, fd, failure);
}

static int port_of_peer(int fd)
{
	struct sockaddr_in peer = { 0 };
	socklen_t length = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &length) < 0 ? -1 : ntohs(peer.sin_port);
}

/* A letter an address: who takes connections (t), refuses them (r). */
static const struct {
	const char *addresses;
	int expected; /* whose the connection is, or -1 for nobody's */
} cases[] = {
	{ "t", 0 },   { "tt", 0 },   { "tr", 0 },   { "rt", 1 }, { "rrt", 2 },
	{ "rtr", 1 }, { "rrrt", 3 }, { "rtrt", 1 }, { "r", -1 }, { "rrrr", -1 },
};

static void check_case(size_t i)
{
	int sockets[MOST], fd, code, freed = resolver.freed;
	struct failure failure;

	resolver.count = (int)strlen(cases[i].addresses);
	for (int k = 0; k < resolver.count; k++)
		sockets[k] = bind_one(&resolver.addresses[k], cases[i].addresses[k] == 't');
	code = connect_one(&fd, &failure, 20 * SECOND);
	CHECK_THAT(code == (cases[i].expected < 0 ? FAILURE_UNAVAILABLE : 0), "%s: %d: %s",
		   cases[i].addresses, code, failure.why);
	if (code == 0) {
		CHECK_INT(port_of_peer(fd), ntohs(resolver.addresses[cases[i].expected].sin_port));
		close(fd);
	} else {
		CHECK_THAT(strstr(failure.why, HOST ":7117"), "%s", failure.why);
		CHECK_INT(failure.error, ECONNREFUSED);
	}
	CHECK_INT(resolver.freed, freed + 1);
	for (int k = 0; k < resolver.count; k++)
		close(sockets[k]);
}

static void test_addresses(void)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		check_case(i);
}

/* Each attempt that fails leaves nothing open. */
static void test_descriptors(void)
{
	int lowest = dup(STDIN_FILENO), fd, refusing, after;
	struct failure failure;

	close(lowest);
	refusing = bind_one(&resolver.addresses[0], false);
	resolver.addresses[1] = resolver.addresses[2] = resolver.addresses[0];
	resolver.count = 3;
	CHECK_INT(connect_one(&fd, &failure, 20 * SECOND), FAILURE_UNAVAILABLE);
	close(refusing);
	after = dup(STDIN_FILENO);
	CHECK_INT(after, lowest);
	close(after);
}

/* ---- datagrams ---- */

/* Sends back what comes, until it is nothing. */
static void *send_back(void *argument)
{
	int fd = *(int *)argument;
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	char bytes[64];
	ssize_t n;

	while ((n = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &length)) > 0)
		sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, length);
	return NULL;
}

/* A letter an address: who answers datagrams (a), takes them and is silent (s), or is not there
 * (r). */
static const struct {
	const char *addresses;
	int r; /* of the first call */
} datagrams[] = {
	{ "a", 0 },
	{ "ra", 0 },
	{ "rra", 0 },
	{ "rara", 0 },
	{ "r", -ECONNREFUSED },
	{ "rrr", -ECONNREFUSED },
	{ "sa", -ETIMEDOUT },
	{ "rsa", -ETIMEDOUT }, /* who is silent may have executed it */
};

static int bind_datagrams(struct sockaddr_in *address, bool stays)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(*address);

	*address = (struct sockaddr_in){ .sin_family = AF_INET };
	/* Of another address of this machine than any other socket's: the port stays free. */
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK + 7);
	CHECK_INT(bind(fd, (struct sockaddr *)address, length), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)address, &length), 0);
	if (stays)
		return fd;
	close(fd);
	return -1;
}

static struct channel *open_channel(enum endpoint_protocol protocol)
{
	const struct endpoint endpoint = {
		.protocol = protocol, .transport = ENDPOINT_UDP, .host = HOST, .port = 7117
	};
	struct failure failure = { 0 };
	struct channel *channel = NULL;

	CHECK_INT(channel_open(&channel, &endpoint, clock_now() + SECOND, &failure), 0);
	return channel;
}

static int call_host(enum endpoint_protocol protocol, int64_t time)
{
	struct channel *channel = open_channel(protocol);
	struct message reply;
	bool sent;
	int r;

	r = channel_exchange(channel, "call 1", 6, &reply, clock_now() + time, &sent);
	if (r == 0)
		r = channel_exchange(channel, "call 2", 6, &reply, clock_now() + time, &sent);
	if (r == 0)
		CHECK_THAT(reply.length == 6 && memcmp(reply.bytes, "call 2", 6) == 0,
			   "a reply to another call");
	channel_close(channel);
	return r;
}

/* Several calls are under way before anything is received: none gets lost. */
static int call_thrice(int64_t time)
{
	struct channel *channel = open_channel(ENDPOINT_RAW);
	struct pollfd before[2], after[2];
	struct message reply;
	int r;

	channel->operations->await(channel, before);
	r = channel_send(channel, "call 1", 6, clock_now() + time);
	for (int i = 2; i < 4 && r == 0; i++)
		r = channel_send(channel, "call n", 6, clock_now() + time);
	for (int i = 1; i < 4 && r >= 0; i++)
		r = channel_receive(channel, &reply, clock_now() + time);
	channel->operations->await(channel, after);
	if (resolver.count > 1)
		CHECK_THAT(before[0].fd < after[0].fd, "who waits is not told of another socket");
	channel_close(channel);
	return r;
}

static void check_datagrams(size_t i, enum endpoint_protocol protocol)
{
	const char *letters = datagrams[i].addresses;
	pthread_t threads[MOST];
	int sockets[MOST];

	resolver.count = (int)strlen(letters);
	for (int k = 0; k < resolver.count; k++) {
		sockets[k] = bind_datagrams(&resolver.addresses[k], letters[k] != 'r');
		if (letters[k] == 'a')
			pthread_create(&threads[k], NULL, send_back, &sockets[k]);
	}
	CHECK_THAT(call_host(protocol, datagrams[i].r == -ETIMEDOUT ? SECOND / 2 : 20 * SECOND) ==
			   datagrams[i].r,
		   "%s", letters);
	if (datagrams[i].r == 0 && *letters == 'r')
		CHECK_INT(call_thrice(20 * SECOND), 1);
	for (int k = 0; k < resolver.count; k++) {
		if (letters[k] == 'a') {
			sendto(sockets[k], "", 0, 0, (struct sockaddr *)&resolver.addresses[k],
			       sizeof(resolver.addresses[k]));
			pthread_join(threads[k], NULL);
		}
		if (sockets[k] >= 0)
			close(sockets[k]);
	}
}

/* As with connections: who is not there is passed over, and then nobody has executed the call. */
static void test_datagrams(void)
{
	for (size_t i = 0; i < COUNT(datagrams); i++) {
		int freed = resolver.freed, asked = resolver.asked;

		check_datagrams(i, ENDPOINT_RPC);
		check_datagrams(i, ENDPOINT_RAW);
		CHECK_INT(resolver.freed, resolver.asked - asked + freed);
	}
}

/* One took the first message, and is gone when the second comes: he may have executed it. */
static void test_gone(void)
{
	struct message reply;
	struct channel *channel;
	int first, second;

	first = bind_datagrams(&resolver.addresses[0], true);
	second = bind_datagrams(&resolver.addresses[1], true);
	resolver.count = 2;
	channel = open_channel(ENDPOINT_RAW);
	CHECK_INT(channel_send(channel, "call 1", 6, clock_now() + SECOND), 0);
	close(first);
	CHECK_INT(channel_send(channel, "call 1", 6, clock_now() + SECOND), 0);
	CHECK_INT(channel_receive(channel, &reply, clock_now() + SECOND), -ECONNREFUSED);
	CHECK_INT(recv(second, (char[8]){ 0 }, 8, MSG_DONTWAIT), -1);
	channel_close(channel);
	close(second);
}

/* ---- names ---- */

static void test_unknown(void)
{
	static const int results[] = { EAI_NONAME, EAI_AGAIN, EAI_FAIL };
	struct failure failure;
	int fd;

	for (size_t i = 0; i < COUNT(results); i++) {
		resolver.result = results[i];
		CHECK_INT(connect_one(&fd, &failure, 20 * SECOND), FAILURE_HOST);
		CHECK_THAT(strstr(failure.why, "host " HOST " is not known"), "%s", failure.why);
		CHECK_THAT(strstr(failure.why, gai_strerror(results[i])), "%s", failure.why);
	}
	resolver.result = EAI_SYSTEM;
	CHECK_INT(connect_one(&fd, &failure, 20 * SECOND), FAILURE_SYSTEM);
	resolver.result = 0;
}

/* Nobody waits for it any more: whoever asked frees what comes. */
static void test_late_answer(void)
{
	int ends[2], fd, listener = bind_one(&resolver.addresses[0], true), freed = resolver.freed;
	struct failure failure;

	CU_ASSERT_FATAL(pipe(ends) == 0);
	resolver.count = 1;
	resolver.wait = ends[0];
	CHECK_INT(connect_one(&fd, &failure, SECOND / 50), FAILURE_TIMEOUT);
	CHECK_INT(resolver.freed, freed);
	CHECK_INT(write(ends[1], "x", 1), 1);
	while (resolver.freed == freed)
		sched_yield();
	CHECK_INT(resolver.freed, freed + 1);
	resolver.wait = -1;
	CHECK_INT(connect_one(&fd, &failure, 20 * SECOND), 0);
	close(fd);
	close(ends[0]);
	close(ends[1]);
	close(listener);
}

static const struct test tests[] = {
	{ "one of several addresses", test_addresses },
	{ "attempts that fail leave nothing", test_descriptors },
	{ "one of several addresses, by datagrams", test_datagrams },
	{ "one that ends with a message", test_gone },
	{ "names that are not known", test_unknown },
	{ "an answer that comes too late", test_late_answer },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("addresses", tests);
}
