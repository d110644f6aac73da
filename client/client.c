/* One caller of the service: an endpoint, the channel to it, and the clients of both protocols. */
#include "client/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/failures.h"
#include <rpc/pmap_prot.h>
#include <rpc/rpcb_prot.h>

#include "client/protocols/all.h"
#include "client/runtime/discover.h"
#include "client/sidecalld.h"
#include "client/status.h"
#include "common/rendezvous.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"
#include "idl/status.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void client_init(struct client *client, const struct endpoint *endpoint, int64_t timeout)
{
	memset(client, 0, sizeof(*client));
	client->endpoint = *endpoint;
	client->timeout = timeout;
}

static void close_connection(struct client *client)
{
	for (size_t i = 0; i < COUNT(client->programs); i++)
		if (client->programs[i].rpc)
			clnt_destroy(client->programs[i].rpc);
	raw_client_release(&client->raw);
	channel_close(client->channel);
}

void client_release(struct client *client)
{
	close_connection(client);
	memset(client, 0, sizeof(*client));
}

void client_disconnect(struct client *client)
{
	close_connection(client);
	memset(client->programs, 0, sizeof(client->programs));
	memset(&client->raw, 0, sizeof(client->raw));
	client->channel = NULL;
	client->endpoint = client->given;
}

bool client_may_repeat(const struct client *client, bool once, const struct failure *failure)
{
	return client->channel && !client_loses(client) &&
	       client->endpoint.transport != ENDPOINT_PIPE &&
	       (failure->error == ECONNRESET || failure->error == EPIPE) &&
	       !(once && failure->sent);
}

void client_take(struct client *client, struct channel *channel)
{
	client->channel = channel;
	raw_client_init(&client->raw, channel, client_deadline(client));
}

int64_t client_deadline(const struct client *client)
{
	return clock_now() + client->timeout;
}

static bool is_ours(rpcprog_t program)
{
	return program == CALC_PROG || program == FILEINFO_PROG || program == STATUS_PROG;
}

/* ---- what to do when there is nothing to call ---- */

static bool starts_ours(const struct client *client, rpcprog_t program)
{
	return is_ours(program) && !client->any_server;
}

static int advise_connect(const struct client *client, bool ours, struct failure *failure)
{
	static const char *const named_by[] = { [ENDPOINT_TCP] = "address",
						[ENDPOINT_UDP] = "address",
						[ENDPOINT_UNIX] = "path",
						[ENDPOINT_FIFO] = "directory",
						[ENDPOINT_SHM] = "path" };
	const struct endpoint *endpoint = &client->endpoint;
	struct endpoint resolved = *endpoint;

	if (rendezvous_resolve(&resolved) < 0)
		failure_advise(failure, "Name another by SIDECALL_DIR");
	else if (failure->code == FAILURE_TIMEOUT)
		failure_advise(failure, "The call was not sent");
	else if (failure->error != ENOENT && failure->error != ECONNREFUSED)
		return failure->code;
	else if (endpoint->transport == ENDPOINT_PIPE && endpoint->path[0])
		failure_advise(failure, "Name the server's program: its path, or a name that is in "
					"PATH");
	else if (endpoint->transport == ENDPOINT_PIPE)
		failure_advise(failure, "Put it beside sidecall or into PATH, or name it in "
					"SIDECALLD");
	else
		failure_advise(failure, "%s there: start %s, or name its %s%s",
			       endpoint_has_host(endpoint) ? "Nothing listens" : "No server is",
			       ours ? client_protocol(endpoint)->server : "its server",
			       named_by[endpoint->transport], client->operand ? "" : " with --via");
	return failure->code;
}

static const char *what_to_start(int error, bool ours)
{
	switch (error) {
	case ENOENT:
		return ours ? "Start " SIDECALLD " there" : "Start its server there";
	case ECONNREFUSED:
		return ours ? "Start rpcbind and " SIDECALLD " there"
			    : "Start rpcbind and its server there";
	case ETIMEDOUT:
		return "The call was not executed. Restart rpcbind";
	case EPROTO:
		return "The call was not executed. See what listens there at port 111";
	default:
		return NULL;
	}
}

static int advise_port(const struct client *client, bool ours, struct failure *failure)
{
	const char *first = what_to_start(failure->error, ours);
	char name[ENDPOINT_MAX_NAME];

	endpoint_name(&client->endpoint, name);
	if (first)
		failure_advise(failure, "%s, or give the port, as in %s%s://HOST:PORT", first,
			       client->operand ? "" : "--via ", name);
	else if (failure->code == FAILURE_TIMEOUT) /* the host's name was not told */
		failure_advise(failure, "The call was not sent");
	return failure->code;
}

/* ---- connecting ---- */

/* Who asks rpcbind itself, and finds that it does not run. */
static int explain_no_rpcbind(const struct client *client, struct failure *failure)
{
	failure_set(failure, FAILURE_UNAVAILABLE, "no rpcbind answers on %.200s",
		    client->endpoint.host);
	failure_advise(failure, "Start it there, as by systemctl start rpcbind");
	failure->error = ECONNREFUSED;
	return failure->code;
}

static bool is_at_rpcbinds_port(const struct client *client, rpcprog_t program)
{
	return program == RPCBPROG && endpoint_has_host(&client->endpoint) &&
	       client->endpoint.port == PMAPPORT;
}

static int connect_now(struct client *client, rpcprog_t program, rpcvers_t version,
		       int64_t deadline, struct failure *failure)
{
	int code = client_protocol(&client->endpoint)
			   ->connect(client, program, version, deadline, failure);

	if (code == FAILURE_TIMEOUT)
		failure_append(failure, ": no answer within %g s", (double)client->timeout / 1e9);
	if (code == FAILURE_UNAVAILABLE && failure->error == ECONNREFUSED &&
	    is_at_rpcbinds_port(client, program))
		return explain_no_rpcbind(client, failure);
	return code ? advise_connect(client, starts_ours(client, program), failure) : 0;
}

/* rpcbind's own socket, where it speaks its newer versions. */
static struct endpoint endpoint_of_rpcbind(rpcvers_t version)
{
	struct endpoint there = { .protocol = ENDPOINT_RPC,
				  .transport = ENDPOINT_UNIX,
				  .port = -1 };

	if (version != PMAPVERS)
		snprintf(there.path, sizeof(there.path), "%s", _PATH_RPCBINDSOCK);
	return there;
}

/* Connects to the server there, if there is one: it may be too busy to accept.  0 or the failure's
 * code. */
static int connect_here(struct client *client, const struct endpoint *here, rpcprog_t program,
			rpcvers_t version, int64_t deadline, struct failure *failure)
{
	const struct endpoint asked = client->endpoint;
	int code = FAILURE_UNAVAILABLE;

	client->endpoint = *here;
	if (here->path[0])
		code = connect_now(client, program, version, deadline, failure);
	if (code == 0 || code == FAILURE_TIMEOUT)
		return code;
	client->endpoint = asked;
	return 0;
}

/* To one of ours, or rpcbind, without asking anybody where it is. */
static int connect_nearby(struct client *client, rpcprog_t program, rpcvers_t version,
			  int64_t deadline, struct failure *failure)
{
	struct endpoint nearby[RENDEZVOUS_NEARBY];
	const struct endpoint rpcbind = endpoint_of_rpcbind(version);
	int code = 0;

	if (program == RPCBPROG)
		return connect_here(client, &rpcbind, program, version, deadline, failure);
	rendezvous_nearby(nearby);
	for (int i = 0; i < RENDEZVOUS_NEARBY && is_ours(program) && code == 0 && !client->channel;
	     i++)
		code = connect_here(client, &nearby[i], program, version, deadline, failure);
	return code;
}

/* Asks rpcbind for tcp, and connects: an entry may have outlived its server. */
static int connect_as_rpcbind_says(struct client *client, const struct discover_request *request,
				   struct failure *failure)
{
	const struct endpoint given = client->endpoint;
	int code = discover(&client->endpoint, request, failure);

	if (code)
		advise_port(client, starts_ours(client, request->program), failure);
	else
		code = connect_now(client, request->program, request->version, request->deadline,
				   failure);
	if (code != FAILURE_UNAVAILABLE)
		return code;
	if (client->elsewhere(client, request->program, request->version, request->deadline))
		return 0;
	client->endpoint = given;
	return code;
}

/* Nobody said where to call, and nothing is there. */
static int explain_nowhere(int code, struct failure *failure)
{
	struct endpoint nearby[RENDEZVOUS_NEARBY];
	char why[sizeof(failure->why)];
	int error = failure->error;

	if (code != FAILURE_UNAVAILABLE || rendezvous_nearby(nearby) < 0)
		return code;
	snprintf(why, sizeof(why), "%s", failure->why);
	failure_set(failure, FAILURE_UNAVAILABLE, "no server is at %s, and %s", nearby[0].path,
		    why);
	failure_advise(failure, "Start sidecalld, or say where one is, as in "
				"--via rpc+tcp://HOST:PORT");
	failure->error = error;
	return failure->code;
}

/* Makes the endpoint complete, or connects at once. */
static int find_server(struct client *client, rpcprog_t program, rpcvers_t version,
		       int64_t deadline, struct failure *failure)
{
	const struct discover_request request = { program, version, program_name(program), deadline,
						  client->observer };
	bool ours = is_ours(program);
	bool anywhere = client->anywhere && ours;
	int code = 0;

	if (client->anywhere)
		code = connect_nearby(client, program, version, deadline, failure);
	if (code || client->channel || !endpoint_asks_rpcbind(&client->endpoint))
		return code;
	if (program == RPCBPROG) { /* which does not ask itself */
		client->endpoint.port = PMAPPORT;
		if (!client->endpoint.host[0])
			snprintf(client->endpoint.host, sizeof(client->endpoint.host), "localhost");
		return 0;
	}
	if (client->anywhere && client->elsewhere && !ours)
		return connect_as_rpcbind_says(client, &request, failure);
	code = discover(&client->endpoint, &request, failure);
	if (code)
		advise_port(client, starts_ours(client, program), failure);
	return anywhere ? explain_nowhere(code, failure) : code;
}

int client_connect(struct client *client, rpcprog_t program, rpcvers_t version, int64_t deadline,
		   struct failure *failure)
{
	int code;

	if (client->channel)
		return 0;
	client->given = client->endpoint;
	code = find_server(client, program, version, deadline, failure);
	return code ? code : connect_now(client, program, version, deadline, failure);
}

bool client_traffic(const struct client *client, uint64_t *sent, uint64_t *received)
{
	*sent = client->channel ? client->channel->sent : 0;
	*received = client->channel ? client->channel->received : 0;
	return client_protocol(&client->endpoint)->on_channel;
}
