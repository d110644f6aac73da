/* What a server has counted, as JSON: what XDR makes of it, read by the contract. */
#include "programs/sidecall/status_json.h"

#include <stdlib.h>

#define MOST_BYTES (256u << 10) /* of a value in XDR: more than any of these can have */

/* The value as the contract's JSON has it; NULL: out of memory. */
static json_t *json_of(const char *type, xdrproc_t filter, void *value)
{
	struct buffer text = { 0 };
	struct value_form form = { 0 };
	char *bytes = malloc(MOST_BYTES), wrong[VALUE_WRONG];
	json_t *json = NULL;
	size_t used;
	XDR stream;

	if (!bytes)
		return NULL;
	xdrmem_create(&stream, bytes, MOST_BYTES, XDR_ENCODE);
	if (filter(&stream, value) &&
	    value_to_json(contract_type(contract_built_in(), type), (uint8_t *)bytes,
			  XDR_GETPOS(&stream), &form, &text, &used, wrong) == 0)
		json = json_loadb((const char *)text.data, text.length, 0, NULL);
	buffer_release(&text);
	free(bytes);
	return json;
}

static json_t *json_call(const struct contracts *contracts, status_calls *calls)
{
	json_t *json = json_of("status_calls", (xdrproc_t)xdr_status_calls, calls);
	char program[CALLS_NAME], procedure[CALLS_NAME];

	calls_program(contracts, calls, program);
	calls_procedure(contracts, calls, procedure);
	json_object_set_new(json, "program", json_string(program));
	json_object_set_new(json, "procedure", json_string(procedure));
	return json;
}

json_t *status_json(const struct contracts *contracts, struct counts *counts)
{
	json_t *all = json_array();

	for (size_t i = 0; i < counts->count; i++)
		json_array_append_new(all, json_call(contracts, &counts->calls[i]));
	return json_pack("{s:o,s:o,s:o}", "server",
			 json_of("status_server", (xdrproc_t)xdr_status_server, &counts->server),
			 "calls", all, "events",
			 json_of("status_events", (xdrproc_t)xdr_status_events, &counts->events));
}
