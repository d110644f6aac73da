/*
 * The rpc protocol: a call's bytes, through rpcgen's unmodified dispatcher, to a reply's bytes.
 *
 * libtirpc's SVCXPRT is a table of operations, so a transport of ours that reads arguments from
 * memory and writes the reply to memory is all that a dispatcher needs.  The refusals are those of
 * RFC 5531, section 9.
 */
#include "server/runtime/protocol.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <rpc/auth_unix.h>
#include <rpc/svc_mt.h>

#include "common/depth.h"
#include "common/xdr_growing.h"

/* Bytes of a call's header (RFC 5531, section 9), up to and with its ... */
#define TO_XID         4
#define TO_DIRECTION   8  /* whether it is a call */
#define TO_RPC_VERSION 12 /* with which it can be refused by its xid */
#define TO_PROGRAM     16
#define TO_VERSION     20
#define TO_PROCEDURE   24
#define TO_CREDENTIAL  32 /* its flavor and length; its body follows */
#define TO_ARGUMENTS   40 /* when neither credential nor verifier has a body */
/* The longest there is: credential and verifier. */
#define LONGEST_HEADER (TO_CREDENTIAL + 2 * MAX_AUTH_BYTES + 8)

#define SMALL_REPLY 512
#define MAX_GROUPS  16 /* RFC 5531, appendix A */

/* Who a caller says he is (RFC 5531, appendix A): as procedures find it, behind rq_clntcred. */
struct auth_sys {
	struct authunix_parms parameters;
	char machine[MAX_MACHINE_NAME + 1];
	gid_t groups[MAX_GROUPS];
};

/* One call under way, or the one that came last by a way that keeps it.  The transport comes first:
 * it is all that libtirpc sees. */
struct call {
	SVCXPRT transport;
	SVCXPRT_EXT extension;
	struct sidecall_svc_call *execution; /* NULL: it is over */
	struct way *way;
	const struct compat *compat;
	XDR arguments;
	struct depth depth; /* of them */
	/* As libtirpc's own transport of datagrams begins, behind xp_p2: rpcbind looks there. */
	struct {
		size_t size;
		uint32_t xid;
	} datagram;
	struct buffer *reply;
	size_t limit;
	int error;    /* what went wrong while replying: -ENOMEM */
	bool replied; /* a call has one reply */
	bool secured; /* by RPCSEC_GSS, of which libtirpc keeps a context for this transport */
	/* What its header's pointers lead to. */
	char credential[MAX_AUTH_BYTES], verifier[MAX_AUTH_BYTES];
	union {
		struct auth_sys sys;
		char other[400]; /* as much as libtirpc gives */
	} caller;
};

static struct call *call_of(SVCXPRT *transport)
{
	return transport->xp_p1;
}

/* ---- arguments ---- */

static bool_t call_freeargs(SVCXPRT *transport, xdrproc_t filter, void *arguments)
{
	(void)transport;
	xdr_free(filter, arguments);
	return TRUE;
}

static bool arguments_end_here(struct call *call)
{
	return call->arguments.x_handy == 0;
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
	if (filter(&call->arguments, arguments) && arguments_end_here(call) &&
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
	if (call->replied && call->compat)
		call->way->flush(call->way);
	return call->replied;
}

static void enter(const struct call *call)
{
	if (call->compat)
		call->compat->enter();
}

static void leave(const struct call *call)
{
	if (call->compat)
		call->compat->leave();
}

static bool_t call_reply(SVCXPRT *transport, struct rpc_msg *message)
{
	struct call *call = call_of(transport);
	bool_t replied;

	enter(call);
	replied = reply_once(call, message);
	leave(call);
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

	enter(call);
	if (call->compat)
		call->way->close(call->way);
	leave(call);
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

/* ---- one call ---- */

static void refuse_rpc_version(struct call *call)
{
	struct rpc_msg message = { .rm_direction = REPLY };

	message.rm_reply.rp_stat = MSG_DENIED;
	message.rjcted_rply.rj_stat = RPC_MISMATCH;
	message.rjcted_rply.rj_vers.low = RPC_MSG_VERSION;
	message.rjcted_rply.rj_vers.high = RPC_MSG_VERSION;
	call_reply(&call->transport, &message);
}

/* Whether an AUTH_SYS credential is one. */
static bool decode_auth_sys(const struct opaque_auth *credential, struct auth_sys *sys)
{
	XDR stream;

	sys->parameters = (struct authunix_parms){ .aup_machname = sys->machine,
						   .aup_gids = sys->groups };
	xdrmem_create(&stream, credential->oa_base, credential->oa_length, XDR_DECODE);
	return xdr_authunix_parms(&stream, &sys->parameters);
}

/* Whoever asks the null procedure, which is there for all, need not say who he is in a way that we
 * know. */
static enum auth_stat authenticate_caller(struct svc_req *request)
{
	const struct opaque_auth *credential = &request->rq_cred;
	struct call *call = call_of(request->rq_xprt);

	switch (credential->oa_flavor) {
	case AUTH_NONE:
		return AUTH_OK;
	case AUTH_SYS:
		request->rq_clntcred = &call->caller.sys.parameters;
		return decode_auth_sys(credential, &call->caller.sys) ? AUTH_OK : AUTH_BADCRED;
	}
	return request->rq_proc == NULLPROC ? AUTH_OK : AUTH_REJECTEDCRED;
}

/* As libtirpc does, where rq_clntcred always leads somewhere and a verifier comes back. */
static enum auth_stat authenticate_compatibly(struct svc_req *request, struct rpc_msg *message,
					      bool_t *no_dispatch)
{
	struct call *call = call_of(request->rq_xprt);
	enum auth_stat why;

	request->rq_clntcred = call->caller.other;
	if (request->rq_cred.oa_flavor != AUTH_NONE && request->rq_cred.oa_flavor != AUTH_SYS) {
		call->secured |= request->rq_cred.oa_flavor == RPCSEC_GSS;
		return call->compat->authenticate(request, message, no_dispatch);
	}
	call->extension.xp_auth = *call->compat->unwrapped;
	why = authenticate_caller(request);
	if (request->rq_cred.oa_flavor == AUTH_SYS && message->rm_call.cb_verf.oa_length)
		call->transport.xp_verf = message->rm_call.cb_verf;
	return why;
}

static void run_dispatcher(const struct sidecall_svc_program *program, struct svc_req *request)
{
	SVCXPRT *transport = request->rq_xprt;
	struct call *call = call_of(transport);

	if (request->rq_proc == NULLPROC && !call->compat && !arguments_end_here(call)) {
		svcerr_decode(transport); /* rpcgen does not look at void arguments */
		return;
	}
	leave(call);
	program->dispatch(request, transport);
	enter(call);
}

/* Hands the request to the dispatcher of its program and version, or says which there are. */
static void dispatch_request(struct svc_req *request)
{
	const struct served *served = call_of(request->rq_xprt)->execution->served;
	rpcvers_t low = UINT32_MAX, high = 0;

	for (const struct sidecall_svc_program *p = served->programs; p->program; p++) {
		if (p->program != request->rq_prog)
			continue;
		if (p->version == request->rq_vers) {
			run_dispatcher(p, request);
			return;
		}
		low = p->version < low ? p->version : low;
		high = p->version > high ? p->version : high;
	}
	if (low <= high)
		svcerr_progvers(request->rq_xprt, low, high);
	else
		svcerr_noprog(request->rq_xprt);
}

static void execute_call(struct call *call, struct rpc_msg *message)
{
	struct call_body *body = &message->rm_call;
	struct svc_req request = { .rq_prog = body->cb_prog,
				   .rq_vers = body->cb_vers,
				   .rq_proc = body->cb_proc,
				   .rq_cred = body->cb_cred,
				   .rq_xprt = &call->transport };
	bool_t no_dispatch = FALSE;
	enum auth_stat why = call->compat ? authenticate_compatibly(&request, message, &no_dispatch)
					  : authenticate_caller(&request);

	if (why != AUTH_OK)
		svcerr_auth(&call->transport, why);
	else if (!no_dispatch)
		dispatch_request(&request);
}

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

/* A call without what depends on the message. */
static void call_init(struct call *call, struct way *way, const struct compat *compat)
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

/* The call for a message: the way's own, where it keeps one, or else this one.  NULL: out of
 * memory. */
static struct call *begin_call(struct call *call, struct sidecall_svc_call *execution)
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
	return call;
}

static void set_message(struct call *call, const uint8_t *bytes, size_t length,
			struct buffer *reply, size_t limit)
{
	call->reply = reply;
	call->limit = limit;
	depth_decode(&call->depth, &call->arguments, bytes, length);
}

/* A word of the header, which ends at a place that RFC 5531, section 9, fixes. */
static uint32_t word_before(const uint8_t *bytes, size_t end)
{
	uint32_t word;

	memcpy(&word, bytes + end - sizeof(word), sizeof(word));
	return ntohl(word);
}

/* The header of most calls: two times AUTH_NONE, each without a body. */
static bool decode_plain_header(XDR *stream, struct rpc_msg *message)
{
	static const uint8_t no_auth[TO_ARGUMENTS - TO_PROCEDURE];
	const uint8_t *bytes = stream->x_private;

	if (stream->x_handy < TO_ARGUMENTS ||
	    memcmp(bytes + TO_PROCEDURE, no_auth, sizeof(no_auth)) != 0 ||
	    word_before(bytes, TO_DIRECTION) != CALL ||
	    word_before(bytes, TO_RPC_VERSION) != RPC_MSG_VERSION)
		return false;
	message->rm_xid = word_before(bytes, TO_XID);
	message->rm_direction = CALL;
	message->rm_call.cb_prog = word_before(bytes, TO_PROGRAM);
	message->rm_call.cb_vers = word_before(bytes, TO_VERSION);
	message->rm_call.cb_proc = word_before(bytes, TO_PROCEDURE);
	message->rm_call.cb_cred.oa_flavor = message->rm_call.cb_verf.oa_flavor = AUTH_NONE;
	message->rm_call.cb_cred.oa_length = message->rm_call.cb_verf.oa_length = 0;
	return XDR_SETPOS(stream, TO_ARGUMENTS);
}

/* What is wrong with a header that could not be decoded although its beginning could. */
static enum auth_stat find_fault(const struct call_body *body, size_t length)
{
	size_t end = TO_CREDENTIAL + RNDUP(body->cb_cred.oa_length);

	return body->cb_cred.oa_length <= MAX_AUTH_BYTES && end <= length ? AUTH_BADVERF
									  : AUTH_BADCRED;
}

/* It says no more than "no", but what had been decoded by then tells why. */
static int refuse_header(struct call *call, const struct rpc_msg *message, size_t length)
{
	if (message->rm_direction != CALL)
		return -EPROTO;
	call->datagram.xid = message->rm_xid;
	if (message->rm_call.cb_rpcvers != RPC_MSG_VERSION)
		refuse_rpc_version(call);
	else if (length < TO_PROCEDURE)
		return -EPROTO;
	else
		svcerr_auth(&call->transport, find_fault(&message->rm_call, length));
	return call->error;
}

static int answer_call(struct call *call, size_t length)
{
	size_t start = call->reply->length;
	struct rpc_msg message;

	message.rm_direction = REPLY;
	message.rm_call.cb_rpcvers = RPC_MSG_VERSION;
	message.rm_call.cb_cred.oa_base = call->credential;
	message.rm_call.cb_cred.oa_length = UINT_MAX;
	message.rm_call.cb_verf.oa_base = call->verifier;
	if (!decode_plain_header(&call->arguments, &message) &&
	    !xdr_callmsg(&call->arguments, &message))
		return refuse_header(call, &message, length);
	call->datagram.xid = message.rm_xid;
	execute_call(call, &message);
	if (!call->execution->would_wait)
		return call->error;
	call->reply->length = start;
	return 1;
}

static int rpc_answer(struct sidecall_svc_call *execution, const uint8_t *bytes, size_t length,
		      struct buffer *reply, size_t limit)
{
	struct call own, *call;
	int r;

	if (length < TO_RPC_VERSION)
		return -EPROTO;
	call = begin_call(&own, execution);
	if (!call)
		return -ENOMEM;
	set_message(call, bytes, length, reply, limit);
	r = answer_call(call, length);
	call->execution = NULL;
	return r;
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

static void rpc_release(void *kept)
{
	struct call *call = kept;

	if (call->secured)
		forget_context(call);
	free(call);
}

static struct traits rpc_look(const struct served *served, const uint8_t *bytes, size_t length)
{
	if (length < TO_PROCEDURE || word_before(bytes, TO_DIRECTION) != CALL ||
	    word_before(bytes, TO_RPC_VERSION) != RPC_MSG_VERSION)
		return (struct traits){ SIDECALL_NO_WAIT, SIDECALL_REPEAT_FREELY };
	return served_traits(served, word_before(bytes, TO_PROGRAM), word_before(bytes, TO_VERSION),
			     word_before(bytes, TO_PROCEDURE),
			     length > LONGEST_HEADER ? length - LONGEST_HEADER : 0);
}

/* RPC has no word for it: the nearest is that the system cannot. */
static int rpc_refuse(const uint8_t *bytes, size_t length, struct buffer *reply)
{
	struct sidecall_svc_call refused = { 0 };
	struct call call;

	if (length < TO_RPC_VERSION || word_before(bytes, TO_DIRECTION) != CALL)
		return -EPROTO;
	call_init(&call, NULL, NULL);
	call.execution = &refused;
	set_message(&call, bytes, length, reply, SMALL_REPLY);
	call.datagram.xid = word_before(bytes, TO_XID);
	svcerr_systemerr(&call.transport);
	return call.error;
}

/* Behind its xid a call has its message type, where a raw message has its version (and another
 * meaning of the mark: to the record marking it is the first part of a long record). */
static bool rpc_may_be(const uint8_t *begun, size_t length)
{
	static const uint8_t is_call[4] = { 0, 0, 0, CALL };

	return length < 8 || memcmp(begun + 4, is_call, sizeof(is_call)) == 0;
}

const struct protocol protocol_rpc = {
	.name = "rpc",
	.framing = &framing_record_marking,
	.answer = rpc_answer,
	.may_be = rpc_may_be,
	.look = rpc_look,
	.refuse = rpc_refuse,
	.release = rpc_release,
};
