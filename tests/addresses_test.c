/* Hosts with several addresses, from a resolver of the test's own: one that answers is found. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
	{ "names that are not known", test_unknown },
	{ "an answer that comes too late", test_late_answer },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("addresses", tests);
}
