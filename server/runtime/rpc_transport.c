/* What a dispatcher has of one call. */
#include "server/runtime/rpc_transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/xdr_growing.h"
#include "server/runtime/log.h"

/* ---- arguments ---- */

static bool_t call_freeargs(SVCXPRT *transport, xdrproc_t filter, void *arguments)
{
	(void)transport;
	xdr_free(filter, arguments);
	return TRUE;
}

/*
 * Whether the arguments, encoded again, are the very bytes that were decoded.  They are not when a
 * string has a zero byte inside, where a C string ends: "a\0b" would be taken for "a".  There is
 * room for them in the reply's buffer, where nothing stands yet.
 */
static bool same_again(struct call *call, u_int start, xdrproc_t filter, void *arguments)
{
	struct buffer *reply = call->reply;
	u_int length = XDR_GETPOS(&call->arguments) - start;
	char *room;
	XDR stream;

	if (buffer_reserve(reply, length) < 0)
		return false;
	room = (char *)reply->data + reply->length;
	xdrmem_create(&stream, room, length, XDR_ENCODE);
	return filter(&stream, arguments) && XDR_GETPOS(&stream) == length &&
	       memcmp(room, call->arguments.x_base + start, length) == 0;
}

/* Filters of <sidecall/xdr.h> saw it while decoding. */
static bool are_as_sent(struct call *call, u_int start, xdrproc_t filter, void *arguments)
{
	const struct xdr_reader *reader = &call->depth.reader;

	return !reader->altered && (!reader->unseen || same_again(call, start, filter, arguments));
}

static bool_t call_getargs(SVCXPRT *transport, xdrproc_t filter, void *arguments)
{
	struct call *call = call_of(transport);
	u_int start = XDR_GETPOS(&call->arguments);

	if (call->compat)
		return SVCAUTH_UNWRAP(&call->extension.xp_auth, &call->arguments, filter,
				      arguments);
	call->depth.reader.altered = call->depth.reader.unseen = false;
	if (filter(&call->arguments, arguments) && call_is_decoded(call) &&
	    are_as_sent(call, start, filter, arguments))
		return TRUE;
	/* The dispatcher forgets what was decoded until it failed. */
	xdr_free(filter, arguments);
	return FALSE;
}

/* ---- the reply ---- */

/* Whether results are signed or sealed, as by RPCSEC_GSS. */
static bool is_wrapped(const struct call *call)
{
	return call->compat &&
	       call->extension.xp_auth.svc_ah_ops != call->compat->unwrapped->svc_ah_ops;
}

static bool_t encode_nothing(XDR *stream, ...)
{
	(void)stream;
	return TRUE;
}

/* RFC 2203: the header is plain, the results are not. */
static bool encode_wrapped(struct call *call, XDR *stream, struct rpc_msg *message)
{
	struct rpc_msg header = *message;

	if (message->rm_reply.rp_stat != MSG_ACCEPTED || message->acpted_rply.ar_stat != SUCCESS)
		return xdr_replymsg(stream, message);
	header.acpted_rply.ar_results.where = NULL;
	header.acpted_rply.ar_results.proc = encode_nothing;
	return xdr_replymsg(stream, &header) &&
	       SVCAUTH_WRAP(&call->extension.xp_auth, stream, message->acpted_rply.ar_results.proc,
			    message->acpted_rply.ar_results.where);
}

/* The header of most replies: success, and AUTH_NONE without a body for a verifier. */
static bool encode_plain(XDR *stream, struct rpc_msg *message)
{
	const struct accepted_reply *accepted = &message->acpted_rply;
	uint32_t header[6] = { htonl(message->rm_xid), htonl(REPLY) };

	return XDR_PUTBYTES(stream, (char *)header, sizeof(header)) &&
	       accepted->ar_results.proc(stream, accepted->ar_results.where);
}

static bool is_plain(const struct rpc_msg *message)
{
	const struct accepted_reply *accepted = &message->acpted_rply;

	return message->rm_direction == REPLY && message->rm_reply.rp_stat == MSG_ACCEPTED &&
	       accepted->ar_stat == SUCCESS && accepted->ar_verf.oa_flavor == AUTH_NONE &&
	       accepted->ar_verf.oa_length == 0;
}

static bool encode_reply(struct call *call, XDR *stream, struct rpc_msg *message)
{
	if (is_wrapped(call))
		return encode_wrapped(call, stream, message);
	return is_plain(message) ? encode_plain(stream, message) : xdr_replymsg(stream, message);
}

/* Appends the reply.  False when it is too long: then the dispatcher answers SYSTEM_ERR instead. */
static bool append_reply(struct call *call, struct buffer *reply, struct rpc_msg *message)
{
	size_t start = reply->length;
	struct xdr_growing growing;

	xdr_growing_init(&growing, reply, call->limit);
	if (encode_reply(call, &growing.stream, message)) {
		xdr_growing_end(&growing);
		return true;
	}
	reply->length = start;
	call->error = growing.out_of_memory ? -ENOMEM : 0;
	if (growing.too_deep)
		log_event(EVENT_RESULT_TOO_DEEP, NULL,
			  "rpc: a result is a list of more items than the stack has room for "
			  "(ulimit -s): it was not sent");
	return false;
}

/* The call is over, or it is another process's: the reply goes its own way. */
static bool reply_apart(struct call *call, struct rpc_msg *message)
{
	struct buffer reply = { 0 };
	bool sent = append_reply(call, &reply, message) &&
		    call->way->send(call->way, reply.data, reply.length) == 0;

	buffer_release(&reply);
	return sent;
}

static uint8_t outcome_of(const struct rpc_msg *message)
{
	static const uint8_t accepted[] = {
		[SUCCESS] = OUTCOME_SUCCESS,        [PROG_UNAVAIL] = OUTCOME_PROGRAM,
		[PROG_MISMATCH] = OUTCOME_VERSION,  [PROC_UNAVAIL] = OUTCOME_PROCEDURE,
		[GARBAGE_ARGS] = OUTCOME_ARGUMENTS, [SYSTEM_ERR] = OUTCOME_SYSTEM,
	};

	if (message->rm_reply.rp_stat == MSG_ACCEPTED)
		return message->acpted_rply.ar_stat <= SYSTEM_ERR
			       ? accepted[message->acpted_rply.ar_stat]
			       : OUTCOME_SYSTEM;
	return message->rjcted_rply.rj_stat == RPC_MISMATCH ? OUTCOME_RPC : OUTCOME_CREDENTIAL;
}

static bool_t reply_once(struct call *call, struct rpc_msg *message)
{
	if (call->replied)
		return TRUE;
	message->rm_xid = call->datagram.xid;
	if (!call->execution || (call->compat && call->compat->in_child)) {
		call->replied = reply_apart(call, message);
		return call->replied;
	}
	call->replied = append_reply(call, call->reply, message);
	if (call->replied)
		call->execution->counted.outcome = outcome_of(message);
	if (call->replied && call->compat)
		call->way->flush(call->way);
	return call->replied;
}

bool_t call_reply(SVCXPRT *transport, struct rpc_msg *message)
{
	struct call *call = call_of(transport);
	bool_t replied;

	call_enter(call);
	replied = reply_once(call, message);
	call_leave(call);
	return replied;
}

/* ---- the rest of a transport's operations ---- */

static bool_t call_recv(SVCXPRT *transport, struct rpc_msg *message)
{
	(void)transport;
	(void)message;
	return FALSE;
}

static enum xprt_stat call_stat(SVCXPRT *transport)
{
	(void)transport;
	return XPRT_IDLE;
}

static void call_destroy(SVCXPRT *transport)
{
	struct call *call = call_of(transport);

	call_enter(call);
	if (call->compat)
		call->way->close(call->way);
	call_leave(call);
}

static const struct xp_ops call_operations = {
	.xp_recv = call_recv,
	.xp_stat = call_stat,
	.xp_getargs = call_getargs,
	.xp_reply = call_reply,
	.xp_freeargs = call_freeargs,
	.xp_destroy = call_destroy,
};

static bool_t call_control(SVCXPRT *transport, const u_int request, void *value)
{
	(void)transport;
	(void)request;
	(void)value;
	return FALSE;
}

static const struct xp_ops2 more_operations = { .xp_control = call_control };

/* ---- what a procedure may ask of its call ---- */

static bool is_ours(const SVCXPRT *transport)
{
	return transport->xp_ops == &call_operations;
}

struct sidecall_svc_call *sidecall_svc_call(const struct svc_req *request)
{
	return is_ours(request->rq_xprt) ? call_of(request->rq_xprt)->execution : NULL;
}

size_t sidecall_svc_reply_limit(const struct svc_req *request)
{
	return is_ours(request->rq_xprt) ? call_of(request->rq_xprt)->limit : 0;
}

/* ---- a call ---- */

/* As libtirpc has it in the place where there is room for Internet addresses alone. */
static void set_address_of_old(SVCXPRT *transport, const struct netbuf *remote)
{
	const struct sockaddr *address = remote->buf;

	memset(&transport->xp_raddr, 0, sizeof(transport->xp_raddr));
	transport->xp_addrlen = sizeof(*address);
	if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
		return; /* AF_UNSPEC */
	transport->xp_addrlen = (int)remote->len;
	memcpy(&transport->xp_raddr, address, remote->len);
}

static void set_addresses(SVCXPRT *transport, const struct addresses *addresses)
{
	transport->xp_port = addresses->port;
	transport->xp_netid = (char *)addresses->netid;
	transport->xp_ltaddr = addresses->local;
	transport->xp_rtaddr = addresses->remote;
	set_address_of_old(transport, &addresses->remote);
}

void call_init(struct call *call, struct way *way, const struct compat *compat)
{
	memset(call, 0, offsetof(struct call, credential));
	call->transport.xp_fd = way ? way->fd : -1;
	call->transport.xp_ops = &call_operations;
	call->transport.xp_ops2 = &more_operations;
	call->transport.xp_p1 = call;
	call->transport.xp_p2 = &call->datagram;
	call->transport.xp_p3 = &call->extension;
	call->transport.xp_tp = (char *)"";
	call->way = way;
	call->compat = compat;
	if (compat)
		call->extension.xp_auth = *compat->unwrapped;
}

struct call *call_begin(struct call *call, struct sidecall_svc_call *execution)
{
	const struct compat *compat = execution->served->compat;
	struct way *way = execution->way;

	if (!compat)
		call_init(call, way, NULL);
	else if (!way->kept && (way->kept = malloc(sizeof(*call))))
		call_init(way->kept, way, compat);
	if (compat)
		call = way->kept;
	if (!call)
		return NULL;
	if (way && way->addresses)
		set_addresses(&call->transport, way->addresses);
	if (compat && way->deliver)
		call->transport.xp_port = 0; /* which tells connections from listeners */
	call->transport.xp_verf = (struct opaque_auth){ .oa_flavor = AUTH_NONE };
	call->execution = execution;
	call->replied = false;
	call->error = 0;
	execution->counted.program = 0;
	execution->counted.outcome = OUTCOME_NO_REPLY;
	return call;
}

void call_set_message(struct call *call, const uint8_t *bytes, size_t length, struct buffer *reply,
		      size_t limit)
{
	call->reply = reply;
	call->limit = limit;
	depth_decode(&call->depth, &call->arguments, bytes, length);
}

/* libtirpc keeps its context by the transport's address, which the next client's may have.  It may
 * also have forgotten it by now: so it is asked for it, by a credential that is none. */
static void forget_context(struct call *call)
{
	struct svc_req request = { .rq_xprt = &call->transport, .rq_clntcred = call->caller.other };
	struct rpc_msg message = { .rm_call.cb_cred.oa_flavor = RPCSEC_GSS };
	bool_t no_dispatch = FALSE;

	call->compat->authenticate(&request, &message, &no_dispatch);
	if (is_wrapped(call))
		SVCAUTH_DESTROY(&call->extension.xp_auth);
}

void call_release(void *kept)
{
	struct call *call = kept;

	if (call->secured)
		forget_context(call);
	free(call);
}
