/* What a server has counted, as a program of its own: the procedures that rpcgen's dispatcher
 * calls. */
#include "server/status/status.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "idl/status.h"
#include "server/runtime/log.h"
#include "server/runtime/served.h"
#include "server/runtime/watched.h"

static const struct watched *watched_by(const struct svc_req *request)
{
	return sidecall_svc_call(request)->served->watched;
}

/* Nothing can be told without memory.  The dispatcher sends no reply of its own then. */
static bool_t out_of_memory(const struct svc_req *request)
{
	svcerr_systemerr(request->rq_xprt);
	return FALSE;
}

/* ---- the server ---- */

static bool set_sessions(status_server *result, const struct watched_server *server)
{
	status_sessions *list = calloc(ENDPOINT_PROTOCOLS * ENDPOINT_TRANSPORTS, sizeof(*list));
	bool all = list != NULL;
	u_int count = 0;

	for (int p = 0; list && p < ENDPOINT_PROTOCOLS; p++)
		for (int t = 0; t < ENDPOINT_TRANSPORTS; t++) {
			const struct watched_sessions *here = &server->sessions[p][t];

			if (!here->opened)
				continue;
			list[count] = (status_sessions){
				.protocol = strdup(
					endpoint_protocol_name((enum endpoint_protocol)p)),
				.transport = strdup(
					endpoint_transport_name((enum endpoint_transport)t)),
				.open = here->open,
				.opened = here->opened
			};
			all = all && list[count].protocol && list[count].transport;
			count++;
		}
	result->sessions.sessions_val = list;
	result->sessions.sessions_len = count;
	return all;
}

static status_budget budget_of(const struct watched_budget *budget)
{
	return (status_budget){ budget->used, budget->limit };
}

bool_t status_server_1_svc(void *nothing, status_server *result, struct svc_req *request)
{
	const struct watched *watched = watched_by(request);
	const struct watched_server server = watched_server(watched);
	char program[LOG_PROGRAM];

	(void)nothing;
	log_program(program);
	*result = (status_server){ .name = strdup(program),
				   .release = strdup(SIDECALL_VERSION),
				   .pid = (u_int)getpid(),
				   .started = watched->started,
				   .uptime = (u_quad_t)server.uptime,
				   .workers = server.workers,
				   .connections = budget_of(&server.connections),
				   .descriptors = budget_of(&server.descriptors),
				   .memory = budget_of(&server.memory) };
	return (set_sessions(result, &server) && result->name && result->release) ||
	       out_of_memory(request);
}

/* ---- its calls ---- */

/* NULL: no program here has it; or, with *all not set, there is no memory. */
static u_int *number_of(uint32_t number, bool *all)
{
	u_int *place = number == COUNTED_OTHER ? NULL : malloc(sizeof(*place));

	if (place)
		*place = number;
	else if (number != COUNTED_OTHER)
		*all = false;
	return place;
}

static status_outcomes outcomes_of(const struct watched_calls *calls)
{
	const uint64_t *of = calls->outcomes;

	return (status_outcomes){ .success = of[OUTCOME_SUCCESS],
				  .no_reply = of[OUTCOME_NO_REPLY],
				  .prog_unavail = of[OUTCOME_PROGRAM],
				  .prog_mismatch = of[OUTCOME_VERSION],
				  .proc_unavail = of[OUTCOME_PROCEDURE],
				  .garbage_args = of[OUTCOME_ARGUMENTS],
				  .system_err = of[OUTCOME_SYSTEM],
				  .rpc_mismatch = of[OUTCOME_RPC],
				  .auth_error = of[OUTCOME_CREDENTIAL],
				  .too_large = of[OUTCOME_TOO_LARGE],
				  .busy = of[OUTCOME_BUSY] };
}

static bool set_calls(status_calls *row, const struct watched_calls *calls)
{
	const struct counted *call = &calls->call;
	bool all = true, nameless = call->protocol == ENDPOINT_RAW && !call->version;

	*row = (status_calls){
		.prog = number_of(call->program, &all),
		.vers = number_of(nameless ? COUNTED_OTHER : call->version, &all),
		.proc = number_of(call->procedure, &all),
		.protocol = strdup(endpoint_protocol_name(call->protocol)),
		.transport = strdup(endpoint_transport_name(call->transport)),
		.outcomes = outcomes_of(calls),
		.remembered = calls->remembered,
		.received_bytes = calls->received,
		.sent_bytes = calls->sent,
		.nanoseconds = calls->nanoseconds,
	};
	for (int i = 0; i < STATUS_SPANS; i++)
		row->durations[i] = calls->spans[i];
	return all && row->protocol && row->transport;
}

/* Those from `first` on.  False: out of memory. */
static bool set_page(status_page *page, const struct watched_calls *calls, u_int first, u_int count)
{
	u_int left = first < count ? count - first : 0,
	      here = left < STATUS_PAGE ? left : STATUS_PAGE;
	bool all = true;

	page->next = left > here ? first + here : 0;
	page->rows.rows_val = calloc(here ? here : 1, sizeof(status_calls));
	if (!page->rows.rows_val)
		return false;
	page->rows.rows_len = here;
	for (u_int i = 0; i < here; i++)
		all = set_calls(&page->rows.rows_val[i], &calls[first + i]) && all;
	return all;
}

bool_t status_calls_1_svc(u_int *first, status_page *result, struct svc_req *request)
{
	struct watched_calls *calls = NULL;
	int count = watched_calls(watched_by(request), &calls);
	bool all;

	*result = (status_page){ 0 };
	all = count >= 0 && set_page(result, calls, *first, (u_int)count);
	free(calls);
	return all || out_of_memory(request);
}

/* ---- what clients caused ---- */

static bool set_event(status_event *event, enum event which, const struct event_count *count)
{
	char name[PEER_NAME] = "";

	if (count->known)
		peer_name(&count->peer, name);
	*event = (status_event){ .name = strdup(event_name(which)),
				 .count = count->count,
				 .peer = strdup(name),
				 .last = count->last };
	return event->name && event->peer;
}

bool_t status_events_1_svc(void *nothing, status_events *result, struct svc_req *request)
{
	struct log_target *log = watched_by(request)->log;
	status_event *list = calloc(EVENTS, sizeof(*list));
	bool all = list != NULL;

	(void)nothing;
	*result = (status_events){ .status_events_val = list };
	for (int i = 0; list && i < EVENTS; i++) {
		const struct event_count count = log_target_count(log, (enum event)i);

		if (count.count)
			all = set_event(&list[result->status_events_len++], (enum event)i,
					&count) &&
			      all;
	}
	return all || out_of_memory(request);
}

/* Frees what a result owns, after the reply. */
int status_prog_1_freeresult(SVCXPRT *transport, xdrproc_t filter, caddr_t result)
{
	(void)transport;
	xdr_free(filter, result);
	return TRUE;
}
