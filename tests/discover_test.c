/* Asking rpcbind where a program is, in each of its versions; and hosts of several addresses, of
 * which the first says nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/runtime/discover.h"
#include "trace/trace.h"
#include "client/runtime/transports/hosts.h"
#include "idl/calc.h"
#include "tests/kit/harness.h"
#include "tests/kit/portmapper.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECONDS      INT64_C(1000000000)
#define LONG         (20 * SECONDS) /* for what answers */
#define SHARED       (2 * SECONDS)  /* for one that is silent, and one that answers */
#define PORT         7654

static struct endpoint on(enum endpoint_transport transport)
{
	return (struct endpoint){
		.protocol = ENDPOINT_RPC, .transport = transport, .host = "old.example", .port = -1
	};
}

static struct portmapper knowing(enum endpoint_transport transport, uint32_t low, uint32_t high)
{
	return (struct portmapper){ .transport = transport,
				    .low = low,
				    .high = high,
				    .program = CALC_PROG,
				    .version = CALC_V2,
				    .port = PORT };
}

static int find(struct endpoint *endpoint, const struct addrinfo *addresses, rpcvers_t version,
		int64_t time, struct failure *failure)
{
	const struct discover_request request = { .program = CALC_PROG,
						  .version = version,
						  .deadline = clock_now() + time };

	return discover_at(endpoint, addresses, &request, failure);
}

/* ---- versions ---- */

static const struct {
	uint32_t low, high;
	enum portmapper_refusal refusal;
	uint32_t asked[4]; /* in which versions it is asked until it answers */
} hosts[] = {
	{ 2, 4, PORTMAPPER_MISMATCH, { 4 } },       { 2, 3, PORTMAPPER_MISMATCH, { 4, 3 } },
	{ 3, 3, PORTMAPPER_MISMATCH, { 4, 3 } },    { 2, 2, PORTMAPPER_MISMATCH, { 4, 2 } },
	{ 2, 2, PORTMAPPER_UNAVAIL, { 4, 3, 2 } },  { 2, 2, PORTMAPPER_GARBAGE, { 4, 3, 2 } },
	{ 2, 2, PORTMAPPER_HANGS_UP, { 4, 3, 2 } },
};

static void check_asked(const struct portmapper *portmapper, const uint32_t asked[4])
{
	size_t count = 0;

	while (asked[count])
		count++;
	CHECK_INT(portmapper->count, count);
	for (size_t i = 0; i < count; i++)
		CHECK_INT(portmapper->asked[i], asked[i]);
}

/* It finds what is registered, and says of what is not that it is not. */
static void check_host(enum endpoint_transport transport, size_t i)
{
	for (int known = 0; known < 2; known++) {
		struct portmapper portmapper = knowing(transport, hosts[i].low, hosts[i].high);
		struct endpoint endpoint = on(transport);
		struct failure failure = { .why = "" };
		int code;

		portmapper.refusal = hosts[i].refusal;
		CU_ASSERT_FATAL(portmapper_start(&portmapper));
		code = find(&endpoint, &portmapper.info, known ? CALC_V2 : CALC_V1, LONG, &failure);
		portmapper_stop(&portmapper);
		check_asked(&portmapper, hosts[i].asked);
		CHECK_INT(endpoint.port, known ? PORT : -1);
		CHECK_STR(endpoint.host, known ? "127.0.0.1" : "old.example");
		CHECK_THAT(code == (known ? 0 : FAILURE_UNAVAILABLE), "%d: %s", code, failure.why);
		CU_ASSERT(known || strstr(failure.why, "is not registered with rpcbind on old."));
	}
}

static void test_versions(void)
{
	for (size_t i = 0; i < COUNT(hosts); i++) {
		check_host(ENDPOINT_TCP, i);
		if (hosts[i].refusal != PORTMAPPER_HANGS_UP)
			check_host(ENDPOINT_UDP, i);
	}
}

/* A port that cannot be one is none. */
static void test_impossible_port(void)
{
	static const struct {
		uint32_t low, high;
	} versions[] = { { 2, 2 }, { 4, 4 } };

	for (size_t i = 0; i < COUNT(versions); i++) {
		struct portmapper portmapper = knowing(ENDPOINT_UDP, versions[i].low,
						       versions[i].high);
		struct endpoint endpoint = on(ENDPOINT_UDP);
		struct failure failure;

		portmapper.port = 0;
		CU_ASSERT_FATAL(portmapper_start(&portmapper));
		CHECK_INT(find(&endpoint, &portmapper.info, CALC_V2, LONG, &failure),
			  FAILURE_UNAVAILABLE);
		portmapper_stop(&portmapper);
		CU_ASSERT(strstr(failure.why, "is not registered") != NULL);
	}
}

/* Who speaks none of them was not asleep: to restart it would not help. */
static void test_no_version(void)
{
	struct portmapper portmapper = knowing(ENDPOINT_TCP, 1, 1);
	struct endpoint endpoint = on(ENDPOINT_TCP);
	struct failure failure;

	portmapper.refusal = PORTMAPPER_UNAVAIL;
	CU_ASSERT_FATAL(portmapper_start(&portmapper));
	CHECK_INT(find(&endpoint, &portmapper.info, CALC_V2, LONG, &failure), FAILURE_UNAVAILABLE);
	portmapper_stop(&portmapper);
	check_asked(&portmapper, (const uint32_t[4]){ 4, 3, 2 });
	CU_ASSERT(strstr(failure.why, "old.example did not say where the program is") != NULL);
	CHECK_INT(failure.error, EPROTO);
}

/* --trace explains the portmapper's question, too. */
static void test_trace(void)
{
	static const char *const says[] = { "asking rpcbind: ",
					    "RPCBPROC_GETADDR",
					    "PROG_MISMATCH",
					    "PMAPPROC_GETPORT",
					    "6 tcp",
					    "7654" };
	struct portmapper portmapper = knowing(ENDPOINT_TCP, 2, 2);
	struct endpoint endpoint = on(ENDPOINT_TCP);
	struct discover_request request = { .program = CALC_PROG, .version = CALC_V2 };
	struct channel_observer *trace;
	struct failure failure;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_FATAL(portmapper_start(&portmapper));
	trace = trace_create(out);
	request.observer = trace;
	request.deadline = clock_now() + LONG;
	CHECK_INT(discover_at(&endpoint, &portmapper.info, &request, &failure), 0);
	portmapper_stop(&portmapper);
	trace_release(trace);
	fclose(out);
	for (size_t i = 0; i < COUNT(says); i++)
		CHECK_THAT(strstr(text, says[i]), "no %s: %s", says[i], text);
	CU_ASSERT(strstr(text, "not understood") == NULL);
	free(text);
}

/* ---- several addresses ---- */

/* An address that takes connections, or datagrams, and says nothing; or, when it is full, not even
 * takes connections; or where nobody is. */
enum quiet { SAYS_NOTHING, TAKES_NOTHING, NOBODY };

struct address {
	struct sockaddr_in in;
	struct addrinfo info;
	int fd, fill[3];
};

static void address_open(struct address *address, int type, enum quiet quiet)
{
	socklen_t length = sizeof(address->in);

	*address = (struct address){ .in = { .sin_family = AF_INET,
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
				     .fill = { -1, -1, -1 } };
	address->info = (struct addrinfo){ .ai_family = AF_INET,
					   .ai_socktype = type,
					   .ai_addrlen = length,
					   .ai_addr = (struct sockaddr *)&address->in };
	address->fd = socket(AF_INET, type, 0);
	CHECK_INT(bind(address->fd, address->info.ai_addr, length), 0);
	CHECK_INT(getsockname(address->fd, address->info.ai_addr, &length), 0);
	if (quiet == NOBODY && type == SOCK_DGRAM) {
		close(address->fd);
		address->fd = -1;
	}
	if (quiet == NOBODY || type == SOCK_DGRAM)
		return;
	CHECK_INT(listen(address->fd, quiet == TAKES_NOTHING ? 0 : 8), 0);
	for (size_t i = 0; quiet == TAKES_NOTHING && i < COUNT(address->fill); i++) {
		address->fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(address->fill[i], address->info.ai_addr, length);
	}
}

static void address_close(struct address *address)
{
	close(address->fd);
	for (size_t i = 0; i < COUNT(address->fill); i++)
		if (address->fill[i] >= 0)
			close(address->fill[i]);
}

/* The lowest descriptor that is not open: the same as before when none was left behind. */
static int lowest_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

/* The one behind is found, whatever stands in front of it. */
static void check_behind(enum endpoint_transport transport, enum quiet quiet)
{
	struct portmapper portmapper = knowing(transport, 2, 4);
	struct endpoint endpoint = on(transport);
	struct failure failure = { .why = "" };
	struct address first;
	int code;

	address_open(&first, transport == ENDPOINT_UDP ? SOCK_DGRAM : SOCK_STREAM, quiet);
	CU_ASSERT_FATAL(portmapper_start(&portmapper));
	first.info.ai_next = &portmapper.info;
	code = find(&endpoint, &first.info, CALC_V2, SHARED, &failure);
	portmapper_stop(&portmapper);
	address_close(&first);
	CHECK_THAT(code == 0, "behind %d: %d: %s", (int)quiet, code, failure.why);
	CHECK_INT(endpoint.port, PORT);
}

static void test_asking_behind(void)
{
	check_behind(ENDPOINT_TCP, SAYS_NOTHING);
	check_behind(ENDPOINT_TCP, TAKES_NOTHING);
	check_behind(ENDPOINT_TCP, NOBODY);
	check_behind(ENDPOINT_UDP, SAYS_NOTHING);
	check_behind(ENDPOINT_UDP, NOBODY);
}

/* An rpcbind that does not know the program is not the last one to be asked; and when it is the
 * only one that answers, it is right. */
static void test_unregistered_at_first(void)
{
	struct portmapper first = knowing(ENDPOINT_TCP, 2, 4), second = first;
	struct endpoint endpoint = on(ENDPOINT_TCP);
	struct address nobody;
	struct failure failure;

	first.version = CALC_V1;
	CU_ASSERT_FATAL(portmapper_start(&first) && portmapper_start(&second));
	address_open(&nobody, SOCK_STREAM, NOBODY);
	first.info.ai_next = &second.info;
	CHECK_INT(find(&endpoint, &first.info, CALC_V2, LONG, &failure), 0);
	CHECK_INT(endpoint.port, PORT);
	endpoint = on(ENDPOINT_TCP);
	first.info.ai_next = &nobody.info;
	CHECK_INT(find(&endpoint, &first.info, CALC_V2, LONG, &failure), FAILURE_UNAVAILABLE);
	CU_ASSERT(strstr(failure.why, "is not registered") != NULL);
	address_close(&nobody);
	portmapper_stop(&first);
	portmapper_stop(&second);
}

static void test_connecting_behind(void)
{
	static const enum quiet in_front[] = { TAKES_NOTHING, NOBODY };
	struct address last;

	address_open(&last, SOCK_STREAM, SAYS_NOTHING);
	for (size_t i = 0; i < COUNT(in_front); i++) {
		struct sockaddr_in peer = { 0 };
		socklen_t length = sizeof(peer);
		struct address first;
		int fd;

		address_open(&first, SOCK_STREAM, in_front[i]);
		/* It is as quiet as it should be. */
		CHECK_INT(connect_to_any(&first.info, clock_now() + SECONDS / 20),
			  in_front[i] == NOBODY ? -ECONNREFUSED : -ETIMEDOUT);
		first.info.ai_next = &last.info;
		fd = connect_to_any(&first.info, clock_now() + SHARED);
		CHECK_THAT(fd >= 0, "behind %d: %s", (int)in_front[i], strerror(-fd));
		getpeername(fd, (struct sockaddr *)&peer, &length);
		CHECK_INT(peer.sin_port, last.in.sin_port);
		close(fd);
		address_close(&first);
	}
	address_close(&last);
}

/* The first that takes it is the one, whatever stands behind it; and no other is left open. */
static void test_connecting_to_the_first(void)
{
	static const enum quiet behind[] = { SAYS_NOTHING, NOBODY, TAKES_NOTHING };
	struct address first;

	address_open(&first, SOCK_STREAM, SAYS_NOTHING);
	for (size_t i = 0; i < COUNT(behind); i++) {
		struct sockaddr_in peer = { 0 };
		socklen_t length = sizeof(peer);
		struct address second;
		int fd, lowest;

		address_open(&second, SOCK_STREAM, behind[i]);
		first.info.ai_next = &second.info;
		lowest = lowest_descriptor();
		fd = connect_to_any(&first.info, clock_now() + LONG);
		CHECK_INT(fd, lowest);
		getpeername(fd, (struct sockaddr *)&peer, &length);
		CHECK_INT(peer.sin_port, first.in.sin_port);
		close(fd);
		CHECK_INT(lowest_descriptor(), lowest);
		address_close(&second);
	}
	address_close(&first);
}

/* Nor is one left open that took none. */
static void test_connecting_to_none(void)
{
	struct address first, second;
	int lowest;

	address_open(&first, SOCK_STREAM, NOBODY);
	address_open(&second, SOCK_STREAM, TAKES_NOTHING);
	second.info.ai_next = &first.info;
	lowest = lowest_descriptor();
	CHECK_INT(connect_to_any(&second.info, clock_now() + SECONDS), -ECONNREFUSED);
	CHECK_INT(lowest_descriptor(), lowest);
	address_close(&first);
	address_close(&second);
}

int main(void)
{
	static const struct test tests[] = {
		{ "each version of rpcbind, and the portmapper's", test_versions },
		{ "a port that cannot be one", test_impossible_port },
		{ "an rpcbind of no version that is known", test_no_version },
		{ "what --trace says of the portmapper", test_trace },
		{ "asking behind an address that is silent", test_asking_behind },
		{ "asking behind one that does not know", test_unregistered_at_first },
		{ "connecting behind an address that is silent", test_connecting_behind },
		{ "connecting to the first of two", test_connecting_to_the_first },
		{ "connecting to none of two", test_connecting_to_none },
		{ NULL, NULL },
	};

	return harness_run("discover", tests);
}
