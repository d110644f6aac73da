/* A client that means no harm, on many endpoints at once: how long it waits, at worst. */
#include "tests/kit/honest_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/procedures.h"
#include "client/runtime/stream.h"
#include "client/runtime/transports/udp.h"

#define NOBODY 65534 /* a user who has nothing */

struct honest_client_self honest_client_another(void)
{
	return (struct honest_client_self){ "127.0.0.2", geteuid() ? 0 : NOBODY };
}

static void note_failure(struct honest_client *honest, const char *who, const char *why)
{
	if (!honest->failures++)
		snprintf(honest->why, sizeof(honest->why), "%s: %s", who, why);
}

/* ---- an address of its own ---- */

static bool bind_and_connect(int fd, const char *own, const struct endpoint *endpoint,
			     int64_t deadline)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)endpoint->port) };
	socklen_t size = sizeof(int);
	int error = 0;

	if (inet_pton(AF_INET, own, &from.sin_addr) != 1 ||
	    inet_pton(AF_INET, endpoint->host, &to.sin_addr) != 1 ||
	    bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		return false;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return true;
	return errno == EINPROGRESS && clock_wait(fd, POLLOUT, deadline) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

/* A channel as the transport's own, from an address of ours; NULL when the server does not let us
 * in. */
static struct channel *open_from(const char *own, const struct endpoint *endpoint, int64_t deadline)
{
	bool tcp = endpoint->transport == ENDPOINT_TCP;
	const int on = 1;
	int fd = socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0);

	if (fd < 0 || !bind_and_connect(fd, own, endpoint, deadline)) {
		close(fd);
		return NULL;
	}
	if (!tcp)
		return udp_channel(fd);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return stream_channel(fd, fd, channel_framing(endpoint));
}

/* Connects a client that has to have that address and is not connected yet; others do it by
 * themselves.  False when the server does not let it in. */
static bool connect_as(const struct honest_client *honest, struct client *client)
{
	const char *own = honest->self.address;
	struct channel *channel;

	if (!own || client->channel || !endpoint_has_host(&client->endpoint))
		return true;
	channel = open_from(own, &client->endpoint, client_deadline(client));
	if (channel)
		client_take(client, channel);
	return channel != NULL;
}

/* ---- another user ---- */

static bool is_local(const struct client *client)
{
	return client->endpoint.transport == ENDPOINT_UNIX ||
	       client->endpoint.transport == ENDPOINT_SHM;
}

/* From here on this process is that user, in what it connects to; and itself again. */
static void become_another(const struct honest_client *honest, const struct client *client)
{
	if (honest->self.user && is_local(client) && seteuid(honest->self.user) < 0)
		perror("seteuid");
}

static void become_oneself(const struct honest_client *honest)
{
	if (honest->self.user && seteuid(0) < 0)
		perror("seteuid");
}

/* ---- calls ---- */

/* Whether it is another peer there than the attacker.  Named pipes all belong to the user whose
 * directory they are in. */
static bool is_apart(const struct honest_client *honest, const struct client *client)
{
	return client->endpoint.transport != ENDPOINT_FIFO &&
	       (honest->self.user || !is_local(client));
}

/* A small page: what may wait for a disk has to be served, too, though nobody promises how soon:
 * the pool's priority is low, so on a busy machine it is late with everything. */
static void list_in_turn(struct honest_client *honest, struct client *client)
{
	char path[] = ".";
	fileinfo_list_args arguments = { path, 0, 4096 };
	const struct procedure *procedure = procedure_find("list");
	union procedure_result result = { 0 };
	struct failure failure = { 0 };
	int64_t began = clock_now(), took;
	char at[ENDPOINT_MAX_TEXT];

	/* Of hundreds of connections of one peer each gets its turn, which may take a minute; and
	 * by datagram others' calls keep out one that comes again and again, too late. */
	if (!is_apart(honest, client) || client->endpoint.transport == ENDPOINT_UDP)
		return;
	if (procedure_call_by(procedure, client, began + 4 * honest->timeout, &arguments, &result,
			      &failure)) {
		endpoint_format(&client->endpoint, at);
		note_failure(honest, at, failure.why);
	}
	took = clock_now() - began;
	if (took > honest->slowest_list)
		honest->slowest_list = took;
	procedure_release(procedure, NULL, &result);
}

/* As who it is. */
static int add_as(const struct honest_client *honest, struct client *client, quad_t *sum,
		  struct failure *failure)
{
	calc_operands operands = { 40, 2 };
	union procedure_result result = { 0 };
	int code;

	become_another(honest, client);
	if (connect_as(honest, client))
		code = procedure_call(procedure_find("add"), client, &operands, &result, failure);
	else
		code = failure_set(failure, FAILURE_UNAVAILABLE, "no connection");
	become_oneself(honest);
	*sum = result.number.calc_result_u.value;
	return code;
}

static void call_add_by(struct honest_client *honest, struct client *client, const char *who)
{
	struct failure failure = { 0 };
	int64_t began = clock_now(), took;
	quad_t sum;
	int code = add_as(honest, client, &sum, &failure);
	char at[ENDPOINT_MAX_TEXT];

	took = clock_now() - began;
	honest->calls++;
	if (code == 0 && sum == 42 && took <= honest->slowest)
		return;
	endpoint_format(&client->endpoint, at);
	if (took > honest->slowest) {
		honest->slowest = took;
		snprintf(honest->slowest_at, sizeof(honest->slowest_at), "%s, %s", at, who);
	}
	if (code)
		note_failure(honest, at, failure.why);
	else if (sum != 42)
		note_failure(honest, at, "a wrong answer");
}

void honest_client_join(struct honest_client *honest, const struct endpoint *endpoints,
			unsigned int count, int64_t timeout, struct honest_client_self self)
{
	*honest = (struct honest_client){ .count = count, .timeout = timeout, .self = self };
	for (unsigned int i = 0; i < count; i++)
		client_init(&honest->stayers[i], &endpoints[i], timeout);
	honest_client_round(honest, 0);
}

void honest_client_leave(struct honest_client *honest)
{
	for (unsigned int i = 0; i < honest->count; i++)
		client_release(&honest->stayers[i]);
}

static void join_anew(struct client *stayer, int64_t timeout)
{
	struct endpoint endpoint = stayer->endpoint;

	client_release(stayer);
	client_init(stayer, &endpoint, timeout);
}

void honest_client_round(struct honest_client *honest, unsigned int newcomers)
{
	for (unsigned int i = 0; i < honest->count; i++) {
		struct client *stayer = &honest->stayers[i], newcomer;
		bool welcome = newcomers & 1U << stayer->endpoint.transport;

		if (honest->failures)
			return;
		if (!welcome && newcomers && !is_apart(honest, stayer)) {
			/* Of its peer's connections it may be the one that makes way. */
			join_anew(stayer, honest->timeout);
			continue;
		}
		call_add_by(honest, stayer, "connected before");
		if (honest->failures || !welcome)
			continue;
		client_init(&newcomer, &stayer->endpoint, honest->timeout);
		call_add_by(honest, &newcomer, "a newcomer");
		client_release(&newcomer);
	}
	list_in_turn(honest, &honest->stayers[honest->rounds++ % honest->count]);
}
