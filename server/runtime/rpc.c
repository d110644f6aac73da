/*
 * The rpc protocol: a call's bytes, through rpcgen's unmodified dispatcher, to a reply's bytes.
 *
 * libtirpc's SVCXPRT is a table of operations, so a transport of ours that reads arguments from
 * memory and writes the reply to memory is all that a dispatcher needs.  The refusals are those of
 * RFC 5531, section 9.
 */
#include "server/runtime/rpc_transport.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "server/runtime/access.h"

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
	void (*dispatch)(struct svc_req * request, SVCXPRT * transport);

	if (request->rq_proc == NULLPROC && !call->compat && !call_is_decoded(call)) {
		svcerr_decode(transport); /* rpcgen does not look at void arguments */
		return;
	}
	dispatch = program->dispatch; /* the table may be another one as soon as we leave */
	call_leave(call);
	dispatch(request, transport);
	call_enter(call);
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

/* Any other flavor than these is one only where somebody has looked at it: the null procedure is
 * there for who makes one up. */
static bool has_credential(const struct call *call, const struct svc_req *request)
{
	return request->rq_cred.oa_flavor == AUTH_SYS ||
	       (call->compat && request->rq_cred.oa_flavor != AUTH_NONE);
}

static bool is_enough(const struct call *call, const struct svc_req *request)
{
	return access_suffices(call->execution->served->access, call->way ? call->way->peer : NULL,
			       request->rq_prog, request->rq_proc, has_credential(call, request));
}

static void execute_call(struct call *call, struct rpc_msg *message)
{
	struct call_body *body = &message->rm_call;
	struct svc_req request = { .rq_prog = body->cb_prog,
				   .rq_vers = body->cb_vers,
				   .rq_proc = body->cb_proc,
				   .rq_cred = body->cb_cred,
				   .rq_xprt = &call->transport };
	struct counted *counted = &call->execution->counted;
	bool_t no_dispatch = FALSE;
	enum auth_stat why = call->compat ? authenticate_compatibly(&request, message, &no_dispatch)
					  : authenticate_caller(&request);

	if (why == AUTH_OK && !no_dispatch && !is_enough(call, &request))
		why = AUTH_TOOWEAK;
	counted->program = body->cb_prog;
	counted->version = body->cb_vers;
	counted->procedure = body->cb_proc;
	if (why != AUTH_OK)
		svcerr_auth(&call->transport, why);
	else if (!no_dispatch)
		dispatch_request(&request);
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
	call = call_begin(&own, execution);
	if (!call)
		return -ENOMEM;
	call_set_message(call, bytes, length, reply, limit);
	r = answer_call(call, length);
	call->execution = NULL;
	return r;
}

static struct traits rpc_look(const struct served *served, const uint8_t *bytes, size_t length,
			      struct counted *counted)
{
	struct counted found = { 0 };

	if (length < TO_PROCEDURE || word_before(bytes, TO_DIRECTION) != CALL ||
	    word_before(bytes, TO_RPC_VERSION) != RPC_MSG_VERSION)
		return (struct traits){ SIDECALL_NO_WAIT, SIDECALL_REPEAT_FREELY };
	found.program = word_before(bytes, TO_PROGRAM);
	found.version = word_before(bytes, TO_VERSION);
	found.procedure = word_before(bytes, TO_PROCEDURE);
	if (counted)
		*counted = found;
	return served_traits(served, found.program, found.version, found.procedure,
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
	call_set_message(&call, bytes, length, reply, SMALL_REPLY);
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
	.release = call_release,
};
