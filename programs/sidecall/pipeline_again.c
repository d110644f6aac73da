/* How calls in flight end, or begin again over another connection. */
#include "programs/sidecall/pipeline_again.h"

#include "client/failures.h"
#include "programs/sidecall/pipeline_list.h"

/* ---- how calls end ---- */

void pipeline_end_call(struct pipeline_list *list, struct pipeline_call *call, int code)
{
	pipeline_take(list, call);
	pending_release(&call->pending.any);
	call->code = code;
	call->done(call);
}

void pipeline_fail_all(struct pipeline *pipeline, int error)
{
	const struct client *client = pipeline->client;
	struct pipeline_list flying = pipeline->flying, waiting = pipeline->waiting;

	pipeline->flying = pipeline->waiting = (struct pipeline_list){ 0 };
	while (flying.first)
		pipeline_end_call(
			&flying, flying.first,
			client_transport_failure(client, error, true, &flying.first->failure));
	while (waiting.first)
		pipeline_end_call(
			&waiting, waiting.first,
			client_transport_failure(client, error, false, &waiting.first->failure));
}

/* ---- another connection ---- */

/* Those in flight wait again, in front of the others; but those fail that may have been executed
 * and must not be twice. */
static void call_again(struct pipeline *pipeline, int error)
{
	struct pipeline_list flying = pipeline->flying, again = { 0 };

	pipeline->flying = (struct pipeline_list){ 0 };
	while (flying.first) {
		struct pipeline_call *call = flying.first;

		client_transport_failure(pipeline->client, error, true, &call->failure);
		if (call->procedure->once) {
			pipeline_end_call(&flying, call, call->failure.code);
			continue;
		}
		pipeline_take(&flying, call);
		pending_release(&call->pending.any);
		pipeline_append(&again, call);
	}
	pipeline_move(&pipeline->waiting, &again);
	pipeline->waiting = again;
}

bool pipeline_may_connect_again(const struct pipeline *pipeline, int error)
{
	const struct failure failure = { .error = error };

	return pipeline->broken < pipeline->client->repeats &&
	       client_may_repeat(pipeline->client, false, &failure);
}

bool pipeline_connect_again(struct pipeline *pipeline, int error)
{
	const struct pipeline_call *first = pipeline->flying.first ? pipeline->flying.first
								   : pipeline->waiting.first;
	struct client *client = pipeline->client;
	struct failure failure;

	pipeline->broken++;
	client_disconnect(client);
	if (client_connect(client, first->procedure->program, first->procedure->version,
			   client_deadline(client), &failure))
		return false;
	client->channel->corked = true;
	call_again(pipeline, error);
	return true;
}
