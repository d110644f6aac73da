/* What is served, and what a procedure may ask of its call. */
#include "server/runtime/served.h"

#include "server/runtime/access.h"
#include "server/runtime/protocol.h"

/* ---- what is served ---- */

static bool is_version(const struct sidecall_svc_program *row, rpcprog_t program, int64_t version)
{
	return row->program == program && (version < 0 || row->version == version);
}

static const struct sidecall_svc_procedure *find_procedure(
	const struct sidecall_svc_program *program, rpcproc_t procedure)
{
	for (size_t i = 0; i < program->procedure_count; i++)
		if (program->procedures[i].procedure == procedure)
			return &program->procedures[i];
	return NULL;
}

struct traits served_traits(const struct served *served, rpcprog_t program, int64_t version,
			    rpcproc_t procedure, size_t arguments)
{
	/* What there is not is refused, which changes nothing. */
	struct traits traits = { SIDECALL_NO_WAIT, SIDECALL_REPEAT_FREELY };

	for (const struct sidecall_svc_program *p = served->programs; p->program; p++) {
		const struct sidecall_svc_procedure *row;

		if (!is_version(p, program, version))
			continue;
		row = find_procedure(p, procedure);
		if (row && row->arguments && arguments > row->arguments)
			return (struct traits){ SIDECALL_NO_WAIT, SIDECALL_REPEAT_FREELY };
		if (row)
			return (struct traits){ row->wait, row->repeat };
		traits.repeat = p->others;
	}
	return traits;
}

bool served_has_version(const struct served *served, rpcprog_t program, int64_t version)
{
	for (const struct sidecall_svc_program *p = served->programs; p->program; p++)
		if (is_version(p, program, version))
			return true;
	return false;
}

bool served_has_procedure(const struct served *served, rpcprog_t program, int64_t version,
			  rpcproc_t procedure)
{
	for (const struct sidecall_svc_program *p = served->programs; p->program; p++)
		if (is_version(p, program, version) &&
		    (procedure == NULLPROC || access_names(served->access, program, procedure) ||
		     (served->has && served->has(program, p->version, procedure))))
			return true;
	return false;
}

enum endpoint_protocol served_index(const struct served *served, const struct protocol *protocol)
{
	int i = 0;

	while (i < ENDPOINT_PROTOCOLS && served->protocols[i] != protocol)
		i++;
	return (enum endpoint_protocol)i;
}

const char *served_other(const struct served *served, const struct protocol *protocol)
{
	for (int i = 0; i < ENDPOINT_PROTOCOLS; i++)
		if (served->protocols[i] && served->protocols[i] != protocol)
			return served->protocols[i]->name;
	return NULL;
}

/* ---- for procedures ---- */

void *sidecall_svc_context(const struct sidecall_svc_call *call)
{
	return call->served->context;
}

uint64_t sidecall_svc_caller(const struct sidecall_svc_call *call)
{
	return call->caller;
}

bool sidecall_svc_caller_is_forgeable(const struct sidecall_svc_call *call)
{
	return call->forgeable;
}

bool sidecall_svc_may_wait(struct sidecall_svc_call *call, dev_t device, const char *what)
{
	if (!call->may_wait || call->may_wait(call, device, what))
		return true;
	call->would_wait = true;
	return false;
}

void sidecall_svc_pause(struct sidecall_svc_call *call)
{
	if (call->pause)
		call->pause(call);
}

bool sidecall_svc_is_cancelled(const struct sidecall_svc_call *call)
{
	if (!call->cancelled || !atomic_load_explicit(call->cancelled, memory_order_relaxed))
		return false;
	*call->told = true;
	return true;
}
