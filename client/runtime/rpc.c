/*
 * The rpc protocol, the client's end: a libtirpc CLIENT on a channel, for rpcgen's stubs.
 *
 * libtirpc's CLIENT is a table of operations, of which a stub uses one: cl_call.  It is written
 * after RFC 5531, sections 8 and 9.
 */
#include "client/runtime/rpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/depth.h"
#include "common/xdr.h"
#include "common/xdr_growing.h"

#define REFRESHES 2 /* of a credential that the server refused, before giving up */

struct rpc {
	CLIENT client;
	struct channel *channel;
	rpcprog_t program;
	rpcvers_t version;
	struct timeval timeout; /* when it was set; tv_sec is -1 when not */
	struct rpc_err error;   /* of the last call */
	struct buffer call;
	struct pending *pending; /* of the next call, when it is not to wait; else NULL */
};

/* One call: what the stub wants, and by when. */
struct call {
	uint32_t xid;
	rpcproc_t procedure;
	xdrproc_t arguments_filter, result_filter;
	void *arguments, *result;
	int64_t deadline;
};

static enum clnt_stat fail_call(struct rpc *rpc, enum clnt_stat status, int error)
{
	rpc->error.re_status = status;
	rpc->error.re_errno = error;
	return status;
}

/* ---- the call ---- */

static bool encode_into(XDR *stream, struct rpc *rpc, const struct call *call)
{
	AUTH *auth = rpc->client.cl_auth;
	int32_t procedure = (int32_t)call->procedure;
	struct rpc_msg header = { .rm_xid = call->xid };

	header.rm_call.cb_prog = rpc->program;
	header.rm_call.cb_vers = rpc->version;
	return xdr_callhdr(stream, &header) && XDR_PUTINT32(stream, &procedure) &&
	       AUTH_MARSHALL(auth, stream) &&
	       AUTH_WRAP(auth, stream, call->arguments_filter, call->arguments);
}

static enum clnt_stat encode_call(struct rpc *rpc, const struct call *call)
{
	struct xdr_growing growing;
	bool encoded;

	rpc->call.length = 0;
	xdr_growing_init(&growing, &rpc->call, UINT32_MAX);
	encoded = encode_into(&growing.stream, rpc, call);
	xdr_growing_end(&growing);
	if (growing.out_of_memory)
		return fail_call(rpc, RPC_CANTSEND, ENOMEM);
	return encoded ? RPC_SUCCESS : fail_call(rpc, RPC_CANTENCODEARGS, EINVAL);
}

static enum clnt_stat exchange_call(struct rpc *rpc, const struct call *call, struct message *reply)
{
	bool sent;
	int r = channel_exchange(rpc->channel, rpc->call.data, rpc->call.length, reply,
				 call->deadline, &sent);

	if (r == 0)
		return RPC_SUCCESS;
	return fail_call(rpc,
			 !sent             ? RPC_CANTSEND
			 : r == -ETIMEDOUT ? RPC_TIMEDOUT
					   : RPC_CANTRECV,
			 -r);
}

/* ---- the reply ---- */

bool rpc_answers(const void *call, const struct message *message)
{
	int32_t xid, direction;
	XDR stream;

	(void)call;
	xdrmem_create(&stream, (char *)message->bytes, (u_int)message->length, XDR_DECODE);
	return xdr_int32_t(&stream, &xid) && xdr_int32_t(&stream, &direction) && direction == REPLY;
}

/* The results that follow an accepted reply's header: all of them, and nothing else. */
static enum clnt_stat decode_results(struct rpc *rpc, const struct call *call, XDR *stream,
				     struct opaque_auth *verifier)
{
	AUTH *auth = rpc->client.cl_auth;

	if (!AUTH_VALIDATE(auth, verifier)) {
		rpc->error.re_status = RPC_AUTHERROR;
		rpc->error.re_why = AUTH_INVALIDRESP;
		return RPC_AUTHERROR;
	}
	if (!AUTH_UNWRAP(auth, stream, call->result_filter, call->result) || stream->x_handy != 0)
		return fail_call(rpc, RPC_CANTDECODERES, EPROTO);
	return RPC_SUCCESS;
}

/* RPC_SUCCESS, or the refusal; *refresh when another credential may help. */
static enum clnt_stat decode_reply(struct rpc *rpc, const struct call *call,
				   const struct message *message, bool *refresh)
{
	char verifier[MAX_AUTH_BYTES];
	struct rpc_msg reply = { 0 };
	struct depth depth;
	XDR stream;

	reply.acpted_rply.ar_verf.oa_base = verifier;
	reply.acpted_rply.ar_results.proc = xdr_nothing;
	depth_decode(&depth, &stream, message->bytes, message->length);
	if (!xdr_replymsg(&stream, &reply))
		return fail_call(rpc, RPC_CANTRECV, EPROTO);
	_seterr_reply(&reply, &rpc->error);
	if (rpc->error.re_status == RPC_SUCCESS)
		return decode_results(rpc, call, &stream, &reply.acpted_rply.ar_verf);
	*refresh = rpc->error.re_status == RPC_AUTHERROR &&
		   AUTH_REFRESH(rpc->client.cl_auth, &reply);
	return rpc->error.re_status;
}

/* ---- what a CLIENT does ---- */

static struct rpc *rpc_of(CLIENT *client)
{
	return client->cl_private;
}

static int64_t deadline_of(const struct rpc *rpc, struct timeval timeout)
{
	if (rpc->timeout.tv_sec >= 0)
		timeout = rpc->timeout;
	return clock_deadline(timeout);
}

/* Sends the call and returns: RPC_INPROGRESS, or why it did not leave. */
static enum clnt_stat send_deferred(struct rpc *rpc, struct call *call)
{
	struct pending *pending = rpc->pending;
	enum clnt_stat status;
	int r;

	rpc->pending = NULL;
	call->xid = channel_next_id(rpc->channel);
	status = encode_call(rpc, call);
	if (status != RPC_SUCCESS)
		return status;
	pending->filter = call->result_filter;
	pending->result = call->result;
	r = pending_send(pending, rpc->channel, &rpc->call, call->deadline);
	return r < 0 ? fail_call(rpc, RPC_CANTSEND, -r) : RPC_INPROGRESS;
}

static enum clnt_stat client_call(CLIENT *client, rpcproc_t procedure, xdrproc_t arguments_filter,
				  void *arguments, xdrproc_t result_filter, void *result,
				  struct timeval timeout)
{
	struct rpc *rpc = rpc_of(client);
	struct call call = { .procedure = procedure,
			     .arguments_filter = arguments_filter,
			     .result_filter = result_filter,
			     .arguments = arguments,
			     .result = result,
			     .deadline = deadline_of(rpc, timeout) };
	enum clnt_stat status;
	int tries = 0;
	bool refresh;

	memset(&rpc->error, 0, sizeof(rpc->error));
	if (rpc->pending)
		return send_deferred(rpc, &call);
	do {
		struct message message;

		refresh = false;
		call.xid = channel_next_id(rpc->channel);
		status = encode_call(rpc, &call);
		if (status == RPC_SUCCESS)
			status = exchange_call(rpc, &call, &message);
		if (status == RPC_SUCCESS)
			status = decode_reply(rpc, &call, &message, &refresh);
	} while (refresh && tries++ < REFRESHES);
	return status;
}

static void client_geterr(CLIENT *client, struct rpc_err *error)
{
	*error = rpc_of(client)->error;
}

static bool_t client_freeres(CLIENT *client, xdrproc_t filter, void *result)
{
	(void)client;
	xdr_free(filter, result);
	return TRUE;
}

/* Libtirpc's, too, takes no other. */
static bool_t set_timeout(struct rpc *rpc, const struct timeval *timeout)
{
	if (!timeout || timeout->tv_sec < 0 || timeout->tv_usec < 0 || timeout->tv_usec >= 1000000)
		return FALSE;
	rpc->timeout = *timeout;
	return TRUE;
}

static bool_t get_timeout(const struct rpc *rpc, struct timeval *timeout)
{
	if (!timeout || rpc->timeout.tv_sec < 0)
		return FALSE;
	*timeout = rpc->timeout;
	return TRUE;
}

static bool_t client_control(CLIENT *client, u_int request, void *information)
{
	struct rpc *rpc = rpc_of(client);

	switch (request) {
	case CLSET_TIMEOUT:
		return set_timeout(rpc, information);
	case CLGET_TIMEOUT:
		return get_timeout(rpc, information);
	default:
		return FALSE;
	}
}

static void client_abort(CLIENT *client)
{
	(void)client; /* there is never a call under way that another thread could end */
}

static void client_destroy(CLIENT *client)
{
	struct rpc *rpc = rpc_of(client);

	buffer_release(&rpc->call);
	channel_close(rpc->channel);
	free(rpc);
}

/* Not const, for libtirpc's member is not; nothing writes to it. */
static struct clnt_ops operations = {
	.cl_call = client_call,
	.cl_abort = client_abort,
	.cl_geterr = client_geterr,
	.cl_freeres = client_freeres,
	.cl_destroy = client_destroy,
	.cl_control = client_control,
};

CLIENT *rpc_client(struct channel *channel, rpcprog_t program, rpcvers_t version)
{
	struct rpc *rpc = calloc(1, sizeof(*rpc));

	if (!rpc)
		return NULL;
	rpc->client = (CLIENT){ .cl_auth = authnone_create(),
				.cl_ops = &operations,
				.cl_private = rpc };
	rpc->channel = channel_share(channel);
	channel->answers = rpc_answers;
	rpc->program = program;
	rpc->version = version;
	rpc->timeout.tv_sec = -1;
	return &rpc->client;
}

struct channel *rpc_channel(const CLIENT *client)
{
	return client->cl_ops == &operations ? ((struct rpc *)client->cl_private)->channel : NULL;
}

void rpc_defer(CLIENT *client, struct pending *pending)
{
	rpc_of(client)->pending = pending;
}

enum clnt_stat rpc_finish(CLIENT *client, const struct pending *pending,
			  const struct message *reply)
{
	struct rpc *rpc = rpc_of(client);
	struct call call = { .result_filter = pending->filter, .result = pending->result };
	bool refresh;

	memset(&rpc->error, 0, sizeof(rpc->error));
	return decode_reply(rpc, &call, reply, &refresh);
}

enum clnt_stat rpc_null(void *arguments, void *result, CLIENT *client)
{
	const struct timeval limit = { .tv_sec = 25 }; /* as rpcgen's stubs have it */

	return clnt_call(client, NULLPROC, xdr_nothing, arguments, xdr_nothing, result, limit);
}
