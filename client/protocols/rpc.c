/* The rpc protocol, the client's end: rpcgen's stubs, on CLIENTs of the runtime. */
#include "client/protocols/rpc.h"

#include <errno.h>
#include <string.h>

#include "client/failures.h"
#include "client/procedures.h"
#include "client/reserved.h"
#include "client/runtime/clnt.h"
#include "client/runtime/rpc.h"
#include "client/sidecalld.h"
#include "client/status.h"
#include "idl/status.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- CLIENTs, one for each program and version ---- */

/* The program's place, or the one that is to be its; NULL: there is none left. */
static struct client_program *find_place(struct client *client, rpcprog_t program,
					 rpcvers_t version)
{
	for (size_t i = 0; i < COUNT(client->programs); i++) {
		struct client_program *place = &client->programs[i];

		if (!place->rpc || (place->number == program && place->version == version))
			return place;
	}
	return NULL;
}

CLIENT *rpc_find(struct client *client, rpcprog_t program, rpcvers_t version)
{
	struct client_program *place = find_place(client, program, version);

	return place ? place->rpc : NULL;
}

int rpc_create(struct client *client, rpcprog_t program, rpcvers_t version, int64_t deadline,
	       struct failure *failure)
{
	const struct timeval left = clock_left(deadline);
	struct client_program *place = find_place(client, program, version);
	struct sidecalld_command command;
	struct sidecall_error error;
	char endpoint[ENDPOINT_MAX_TEXT];
	CLIENT *rpc;

	if (!place)
		return failure_set(failure, FAILURE_BUG,
				   "more programs than a client has room for");
	endpoint_format(&client->endpoint, endpoint);
	rpc = sidecalld_is_child(&client->endpoint, &command)
		      ? sidecall_clnt_spawn(command.argv, program, version, &error)
		      : sidecall_clnt_create(endpoint, program, version, &left, &error);
	if (rpc) {
		*place = (struct client_program){ program, version, rpc, { -1, 0 } };
		return 0;
	}
	failure_set(failure, error.code, "%s", error.text);
	failure->error = error.error;
	return failure->code;
}

/* Has the next call end at the deadline, and not before.  libtirpc counts in milliseconds, and
 * being told takes it two system calls: so it is told only when the time is another one. */
static void tell_timeout(struct client_program *program, int64_t deadline, bool tirpc)
{
	struct timeval timeout = clock_left(tirpc ? deadline + 999000 : deadline);

	if (tirpc)
		timeout.tv_usec -= timeout.tv_usec % 1000;
	if (timeout.tv_sec != program->timeout.tv_sec ||
	    timeout.tv_usec != program->timeout.tv_usec)
		clnt_control(program->rpc, CLSET_TIMEOUT, (char *)&timeout);
	program->timeout = timeout;
}

CLIENT *rpc_client_for(struct client *client, rpcprog_t program, rpcvers_t version,
		       int64_t deadline)
{
	struct client_program *place = find_place(client, program, version);

	if (place && !place->rpc && client->channel)
		*place = (struct client_program){
			program, version, rpc_client(client->channel, program, version), { -1, 0 }
		};
	if (!place || !place->rpc)
		return NULL;
	tell_timeout(place, deadline, !client->channel);
	if (client->auth)
		place->rpc->cl_auth = client->auth;
	return place->rpc;
}

static int connect_by_rpc(struct client *client, rpcprog_t program, rpcvers_t version,
			  int64_t deadline, struct failure *failure)
{
	int code;

	if (client->channel)
		return 0;
	code = client->reserved
		       ? reserved_open(&client->channel, &client->endpoint, deadline, failure)
		       : rpc_create(client, program, version, deadline, failure);
	if (code)
		return code;
	if (!client->reserved)
		client->channel = channel_share(rpc_channel(client->programs[0].rpc));
	channel_observe(client->channel, &client->endpoint, false, client->observer);
	return 0;
}

/* ---- calls ---- */

static int no_program(rpcprog_t program, struct failure *failure)
{
	const char *name = program_name(program);

	failure_set(failure, FAILURE_PROTOCOL, "the server there does not have program %u%s%s",
		    (unsigned int)program, name ? ", " : "", name ? name : "");
	if (program == STATUS_PROG)
		failure_advise(failure, "A server counts on Sidecall's runtime alone: start it by "
					"sidecall run -- PROGRAM");
	else
		failure_advise(failure,
			       "Another server has this address: %srpcbind says where programs "
			       "are, by sidecall services",
			       name ? "sidecalld says which are its own, and " : "");
	return failure->code;
}

static int stub_failure(const struct procedure *procedure, const struct client *client, CLIENT *rpc,
			struct failure *failure)
{
	struct rpc_err error;

	clnt_geterr(rpc, &error);
	return error.re_status == RPC_PROGUNAVAIL ? no_program(procedure->program, failure)
						  : rpc_failure(client, &error, failure);
}

/* The null procedure says that a program is there, in whichever version the server has: one that is
 * asked for another says which. */
static bool is_in_another_version(struct client *client, const struct procedure *procedure,
				  CLIENT *rpc, int64_t deadline)
{
	struct rpc_err error;
	CLIENT *other = NULL;

	clnt_geterr(rpc, &error);
	if (error.re_status == RPC_PROGVERSMISMATCH && strcmp(procedure->name, "null") == 0)
		other = rpc_client_for(client, procedure->program, error.re_vers.high, deadline);
	return other && procedure->rpc(NULL, NULL, other) == RPC_SUCCESS;
}

static int no_memory(struct failure *failure)
{
	return failure_set(failure, FAILURE_SYSTEM, "out of memory");
}

int call_by_rpc(const struct procedure *procedure, struct client *client, int64_t deadline,
		void *arguments, void *result, struct failure *failure)
{
	CLIENT *rpc = rpc_client_for(client, procedure->program, procedure->version, deadline);

	if (!rpc)
		return no_memory(failure);
	if (procedure->rpc(arguments, result, rpc) == RPC_SUCCESS ||
	    is_in_another_version(client, procedure, rpc, deadline))
		return 0;
	return stub_failure(procedure, client, rpc, failure);
}

static int begin_by_rpc(const struct procedure *procedure, struct client *client, int64_t deadline,
			void *arguments, void *result, union procedure_pending *pending,
			struct failure *failure)
{
	CLIENT *rpc = rpc_client_for(client, procedure->program, procedure->version, deadline);
	struct rpc_err error;

	if (!rpc)
		return no_memory(failure);
	rpc_defer(rpc, &pending->any);
	if (procedure->rpc(arguments, result, rpc) == RPC_INPROGRESS)
		return 0;
	clnt_geterr(rpc, &error);
	return error.re_errno == EAGAIN ? -EAGAIN : stub_failure(procedure, client, rpc, failure);
}

static int finish_by_rpc(const struct procedure *procedure, struct client *client,
			 const union procedure_pending *pending, const struct message *reply,
			 struct failure *failure)
{
	CLIENT *rpc = rpc_find(client, procedure->program, procedure->version);

	if (rpc_finish(rpc, &pending->any, reply) == RPC_SUCCESS)
		return 0;
	return stub_failure(procedure, client, rpc, failure);
}

const struct client_protocol client_protocol_rpc = {
	.server = "sidecalld",
	.other = "raw",
	.on_channel = true,
	.connect = connect_by_rpc,
	.call = call_by_rpc,
	.begin = begin_by_rpc,
	.finish = finish_by_rpc,
};

/* ---- refusals (RFC 5531, section 9) ---- */

static int other_version(const char *who, const struct rpc_err *error, struct failure *failure)
{
	unsigned int low = (unsigned int)error->re_vers.low,
		     high = (unsigned int)error->re_vers.high;

	if (low == high)
		return failure_set(failure, FAILURE_PROTOCOL, "%s in version %u only", who, low);
	return failure_set(failure, FAILURE_PROTOCOL, "%s in versions %u to %u only", who, low,
			   high);
}

/* RPC has no word for a server that is busy: it says that it met a system error. */
static int busy_or_unable(struct failure *failure)
{
	failure_set(failure, FAILURE_TIMEOUT,
		    "the server is busy, met a system error, or its reply was too large");
	failure_advise(failure,
		       "The call may have been executed. If twice does no harm, try again");
	failure->error = EREMOTEIO;
	return failure->code;
}

/* What would be enough: a credential, where there was none, and a transport by which the kernel
 * says who calls, where there was another. */
static void advise_more(const struct client *client, struct failure *failure)
{
	bool vouched = !endpoint_has_host(&client->endpoint) &&
		       client->endpoint.transport != ENDPOINT_PIPE;

	failure_advise(failure, "The call was not executed%s%s%s%s",
		       client->auth && vouched ? "" : ": try ",
		       client->auth ? "" : "sidecall call --auth sys",
		       client->auth || vouched ? "" : ", or ",
		       vouched ? "" : "rpc+unix on the server's machine");
}

static int credential_refused(const struct client *client, enum auth_stat why,
			      struct failure *failure)
{
	if (why != AUTH_TOOWEAK)
		return failure_set(failure, FAILURE_PERMISSION,
				   "the server refuses the credential (%d)", (int)why);
	failure_set(failure, FAILURE_PERMISSION,
		    "the server lets only some make this call, by better credentials");
	advise_more(client, failure);
	return failure->code;
}

int rpc_failure(const struct client *client, const struct rpc_err *error, struct failure *failure)
{
	switch (error->re_status) {
	case RPC_CANTSEND:
		return client_transport_failure(client, error->re_errno, false, failure);
	case RPC_TIMEDOUT: /* libtirpc leaves an older call's errno there */
		return client_transport_failure(client, ETIMEDOUT, true, failure);
	case RPC_CANTRECV:
		return client_transport_failure(client, error->re_errno, true, failure);
	case RPC_CANTDECODERES:
		return failure_undecodable(failure);
	case RPC_CANTENCODEARGS:
		return failure_unencodable(failure);
	case RPC_CANTDECODEARGS:
		return failure_set(failure, FAILURE_DATA, "the server cannot decode the arguments");
	case RPC_PROGVERSMISMATCH:
		return other_version("the server has this program", error, failure);
	case RPC_PROCUNAVAIL:
		failure_set(failure, FAILURE_PROTOCOL, "%s", clnt_sperrno(error->re_status));
		failure_advise(failure, "The server has this program and version without that "
					"procedure: is its contract an older or another one?");
		return failure->code;
	case RPC_VERSMISMATCH:
		return other_version("the server speaks RPC", error, failure);
	case RPC_AUTHERROR:
		return credential_refused(client, error->re_why, failure);
	case RPC_SYSTEMERROR:
		return busy_or_unable(failure);
	default:
		return failure_set(failure, FAILURE_PROTOCOL, "%s", clnt_sperrno(error->re_status));
	}
}
