/* A call that was packed once, to be sent many times. */
#include "measure/prepared.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/failures.h"
#include "measure/memory.h"

/* Has the stub pack the call: it goes nowhere, and that it gets no reply is no news. */
static int pack_call(struct prepared_call *prepared, const struct endpoint *endpoint,
		     struct failure *failure)
{
	union procedure_result result;
	struct memory_channel memory;
	struct client client;

	memory_init(&memory, &client, endpoint);
	procedure_call(prepared->answer->procedure, &client, prepared->answer->arguments, &result,
		       failure);
	procedure_release(prepared->answer->procedure, NULL, &result);
	client_release(&client);
	prepared->call = memory.sent;
	buffer_release(&memory.reply);
	return prepared->call.length ? 0 : failure->code;
}

/* Has the stub unpack a reply, and looks at it.  0, FAILURE_SERVICE, or the failure's code. */
static int unpack_reply(const struct prepared_call *prepared, const struct endpoint *endpoint,
			const struct message *reply, struct failure *failure)
{
	const struct procedure *procedure = prepared->answer->procedure;
	union procedure_result result = { 0 };
	struct memory_channel memory;
	struct client client;
	int code;

	memory_init(&memory, &client, endpoint);
	if (buffer_append(&memory.reply, reply->bytes, reply->length) < 0)
		code = failure_set(failure, FAILURE_SYSTEM, "out of memory");
	else
		code = procedure_call(procedure, &client, prepared->answer->arguments, &result,
				      failure);
	if (code == 0)
		code = answer_check(prepared->answer, &result, failure);
	procedure_release(procedure, NULL, &result);
	client_release(&client);
	memory_release(&memory);
	return code;
}

static int make_once(struct prepared_call *prepared, struct client *client, struct failure *failure)
{
	uint32_t id = htobe32(channel_next_id(client->channel));
	struct message reply;
	bool sent;
	int r;

	memcpy(prepared->call.data, &id, sizeof(id));
	r = channel_exchange(client->channel, prepared->call.data, prepared->call.length, &reply,
			     client_deadline(client), &sent);
	if (r < 0)
		return client_transport_failure(client, -r, sent, failure);
	if (buffer_append(&prepared->reply, reply.bytes, reply.length) < 0)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	return unpack_reply(prepared, &client->endpoint, &reply, failure);
}

int prepared_make(struct prepared_call *prepared, struct client *client, struct answer *answer,
		  struct failure *failure)
{
	int code;

	*prepared = (struct prepared_call){ .answer = answer };
	code = pack_call(prepared, &client->endpoint, failure);
	return code ? code : make_once(prepared, client, failure);
}

void prepared_release(struct prepared_call *prepared)
{
	buffer_release(&prepared->call);
	buffer_release(&prepared->reply);
}

int prepared_check(const struct prepared_call *prepared, const struct endpoint *endpoint,
		   const struct message *reply, struct failure *failure)
{
	const size_t name = sizeof(uint32_t);

	if (reply->length == prepared->reply.length &&
	    memcmp(reply->bytes + name, prepared->reply.data + name, reply->length - name) == 0)
		return 0;
	return unpack_reply(prepared, endpoint, reply, failure);
}

int prepared_make_all(struct prepared_calls *calls, struct client *client, struct answer *answers,
		      unsigned int count, struct failure *failure)
{
	int code = 0;

	*calls = (struct prepared_calls){ .list = calloc(count, sizeof(*calls->list)) };
	if (!calls->list)
		return failure_system(failure, ENOMEM, "calls");
	while (code == 0 && calls->count < count) {
		code = prepared_make(&calls->list[calls->count], client, &answers[calls->count],
				     failure);
		calls->count++;
	}
	return code;
}

void prepared_release_all(struct prepared_calls *calls)
{
	for (unsigned int i = 0; i < calls->count; i++)
		prepared_release(&calls->list[i]);
	free(calls->list);
	*calls = (struct prepared_calls){ 0 };
}

struct prepared_call *prepared_next(const struct prepared_calls *calls)
{
	return &calls->list[calls->next];
}

void prepared_advance(struct prepared_calls *calls)
{
	if (++calls->next == calls->count)
		calls->next = 0;
}
