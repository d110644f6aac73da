/*
 * What a dispatcher has of one call: libtirpc's SVCXPRT, which decodes arguments from the call's
 * bytes and encodes the reply behind what is already waiting to be sent.
 */
#ifndef SIDECALL_SERVER_RUNTIME_RPC_TRANSPORT_H
#define SIDECALL_SERVER_RUNTIME_RPC_TRANSPORT_H

#include <stdbool.h>

#include <rpc/rpc.h>

#include <rpc/auth_unix.h>
#include <rpc/svc_mt.h>

#include "common/depth.h"
#include "server/runtime/protocol.h"

#define MAX_GROUPS 16 /* RFC 5531, appendix A */

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

static inline struct call *call_of(SVCXPRT *transport)
{
	return transport->xp_p1;
}

/* A call without what depends on the message. */
void call_init(struct call *call, struct way *way, const struct compat *compat);

/* The call for a message: the way's own, where it keeps one, or else this one.  NULL: out of
 * memory. */
struct call *call_begin(struct call *call, struct sidecall_svc_call *execution);

/* What it decodes, and where its reply goes, of so many bytes at most. */
void call_set_message(struct call *call, const uint8_t *bytes, size_t length, struct buffer *reply,
		      size_t limit);

/* Frees a call that a way kept. */
void call_release(void *kept);

/* Between these the call is ours, and no thread of the program's comes in; a dispatcher is called
 * outside. */
static inline void call_enter(const struct call *call)
{
	if (call->compat)
		call->compat->enter();
}

static inline void call_leave(const struct call *call)
{
	if (call->compat)
		call->compat->leave();
}

/* Whether all has been decoded. */
static inline bool call_is_decoded(const struct call *call)
{
	return call->arguments.x_handy == 0;
}

/* As the transport's operation (SVC_REPLY()): the first reply counts. */
bool_t call_reply(SVCXPRT *transport, struct rpc_msg *message);

#endif
