/* The comparison's bytes where calls by datagram get lost: what was sent again is not counted
 * twice. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fork.h"
#include "compare/bytes/bytes.h"
#include "compare/part/part.h"
#include "compare/lab/servers.h"
#include "tests/kit/calls.h"
#include "tests/kit/datagrams.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define EVERY 6 /* call by datagram of that number gets lost */

/* ---- a network that loses ---- */

static void pass(int front, int back)
{
	struct pollfd waiting[2] = { { .fd = front, .events = POLLIN },
				     { .fd = back, .events = POLLIN } };
	struct sockaddr_storage client;
	socklen_t length = 0;
	uint8_t bytes[4096];
	unsigned int calls = 0;
	ssize_t n;

	while (poll(waiting, 2, -1) > 0) {
		if (waiting[0].revents) {
			length = sizeof(client);
			n = recvfrom(front, bytes, sizeof(bytes), 0, (struct sockaddr *)&client,
				     &length);
			if (n > 0 && ++calls % EVERY)
				send(back, bytes, (size_t)n, 0);
		}
		n = waiting[1].revents ? recv(back, bytes, sizeof(bytes), 0) : 0;
		if (n > 0)
			sendto(front, bytes, (size_t)n, 0, (struct sockaddr *)&client, length);
	}
}

/* Puts one before an endpoint. */
static pid_t lose_calls_to(struct endpoint *endpoint)
{
	struct sockaddr_storage address;
	int front = datagram_bind(AF_INET, &address), back = datagram_connect(endpoint);
	pid_t child = fork_tied();

	if (child == 0) {
		pass(front, back);
		_exit(0);
	}
	close(front);
	close(back);
	endpoint->port = ntohs(((struct sockaddr_in *)&address)->sin_port);
	return child;
}

/* ---- the part ---- */

static bool never(void)
{
	return false;
}

static json_int_t bytes_of(const json_t *endpoints, const char *endpoint, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(endpoints, endpoint), key));
}

/* Each call takes by datagram what it takes on a stream, but for the mark. */
static void check_calls(const json_t *part)
{
	static const char *const pairs[][2] = { { "rpc+udp", "rpc+tcp" },
						{ "raw+udp", "raw+tcp" } };
	static const char *const keys[] = { "payload_bytes", "protocol_bytes" };
	const json_t *call;
	size_t i;

	CHECK_INT(json_array_size(json_object_get(part, "calls")), 15);
	json_array_foreach (json_object_get(part, "calls"), i, call)
		for (int k = 0; k < 4; k++)
			CHECK_INT(bytes_of(json_object_get(call, "endpoints"), pairs[k / 2][0],
					   keys[k % 2]),
				  bytes_of(json_object_get(call, "endpoints"), pairs[k / 2][1],
					   keys[k % 2]));
}

static void test_calls_get_lost(void)
{
	struct comparison comparison = {
		.quick = true, .timeout = 5 * SECOND, .part = &part_bytes, .stopped = never
	};
	struct servers servers;
	struct failure failure = { 0 };
	pid_t networks[2];
	json_t *part;
	int count = 0;

	CHECK_INT(servers_open(&servers, NULL, &failure), 0);
	CHECK_INT(chdir(servers.root), 0); /* as the servers of pipes */
	comparison.servers = &servers;
	for (int i = 0; i < servers.count; i++)
		if (servers.endpoints[i].transport == ENDPOINT_UDP &&
		    servers.endpoints[i].protocol != ENDPOINT_TIRPC && count < 2)
			networks[count++] = lose_calls_to(&servers.endpoints[i]);
	CHECK_INT(count, 2);
	part = part_bytes.run(&comparison, &failure);
	CHECK_STR(failure.why, "");
	check_calls(part);
	json_decref(part);
	for (int i = 0; i < count; i++) {
		kill(networks[i], SIGKILL);
		call_wait(networks[i]);
	}
	CHECK_INT(chdir("/"), 0);
	servers_close(&servers);
}

int main(void)
{
	static const struct test tests[] = {
		{ "calls by datagram that get lost", test_calls_get_lost },
		{ 0 },
	};

	if (!program_use_built())
		return EXIT_FAILURE;
	return harness_run("bytes", tests);
}
