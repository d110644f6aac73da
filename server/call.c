/* The service as one call has it. */
#include "server/call.h"

#include "common/container.h"

static struct sidecall_svc_call *call_behind(struct root_gate *gate)
{
	return container_of(gate, struct files, gate)->call;
}

static bool may_wait(struct root_gate *gate, dev_t device, const char *path)
{
	return sidecall_svc_may_wait(call_behind(gate), device, path);
}

static void let_others_run(struct root_gate *gate)
{
	sidecall_svc_pause(call_behind(gate));
}

static bool is_cancelled(struct root_gate *gate)
{
	return sidecall_svc_is_cancelled(call_behind(gate));
}

const struct root *call_files(struct files *files, struct sidecall_svc_call *call)
{
	const struct service *service = sidecall_svc_context(call);

	files->root = service->root;
	files->root.gate = &files->gate;
	files->gate = (struct root_gate){ may_wait, let_others_run, is_cancelled };
	files->call = call;
	return &files->root;
}

struct caller_registers call_registers(const struct sidecall_svc_call *call)
{
	const struct service *service = sidecall_svc_context(call);

	return (struct caller_registers){ service->registers, sidecall_svc_caller(call),
					  sidecall_svc_caller_is_forgeable(call) };
}

size_t call_page_limit(size_t limit)
{
	const size_t header = 24; /* of an accepted reply (RFC 5531, section 9) */

	return limit > header ? limit - header : 0;
}

/* ---- for rpcgen's procedures ---- */

static struct {
	struct sidecall_svc_call *call;
	size_t (*reply_limit)(const SVCXPRT *transport);
} stock;

void call_set_stock(struct sidecall_svc_call *call, size_t (*reply_limit)(const SVCXPRT *transport))
{
	stock.call = call;
	stock.reply_limit = reply_limit;
}

struct sidecall_svc_call *call_of_request(const struct svc_req *request)
{
	struct sidecall_svc_call *call = sidecall_svc_call(request);

	return call ? call : stock.call;
}

size_t call_reply_limit(const struct svc_req *request)
{
	return sidecall_svc_call(request) ? sidecall_svc_reply_limit(request)
					  : stock.reply_limit(request->rq_xprt);
}
