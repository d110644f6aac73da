/* The service as one call has it, by rpc and by raw messages alike. */
#ifndef SIDECALL_SERVER_CALL_H
#define SIDECALL_SERVER_CALL_H

#include "server/runtime/svc.h"
#include "server/service/service.h"

/* The files, as one call has them: whether they may keep it waiting, the runtime says. */
struct files {
	struct root root;
	struct root_gate gate; /* its own */
	struct sidecall_svc_call *call;
};
const struct root *call_files(struct files *files, struct sidecall_svc_call *call);

/* The registers, as one call has them. */
struct caller_registers call_registers(const struct sidecall_svc_call *call);

/*
 * How long a page of a directory, encoded in XDR, may be when a reply may be `limit` bytes long:
 * what the longer of the two headers leaves, so that a page is the same by both protocols.
 */
size_t call_page_limit(size_t limit);

/* ---- for rpcgen's procedures ---- */

/* The call of a request, and the bytes that its reply may have. */
struct sidecall_svc_call *call_of_request(const struct svc_req *request);
size_t call_reply_limit(const struct svc_req *request);

/*
 * The same for requests that libtirpc's own svc_run() brings (programs/sidecalld/stock.h).  That
 * has nowhere to put a context: a request names a transport, and the private pointers of that are
 * libtirpc's.  So this one is static, as libtirpc's own state is.
 */
void call_set_stock(struct sidecall_svc_call *call,
		    size_t (*reply_limit)(const SVCXPRT *transport));

#endif
