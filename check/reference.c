/* The right answers to calls: what sidecalld says to the same bytes. */
#include "check/reference.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/failures.h"
#include "client/procedures.h"
#include "client/runtime/transports/all.h"
#include "client/sidecalld.h"
#include "measure/memory.h"

#define PATIENCE INT64_C(10000000000) /* nanoseconds: it is ours, and on this machine */

/* The type, the status, and a verifier without a body: ours has no other for who sends none. */
#define BEFORE_ANSWER (2 * sizeof(uint32_t) + 2 * sizeof(uint32_t))

static const struct endpoint raw_by_pipe = { .protocol = ENDPOINT_RAW, .transport = ENDPOINT_PIPE };

int reference_open(struct reference *reference, enum endpoint_protocol protocol, const char *root,
		   struct failure *failure)
{
	const struct endpoint by_pipe = { .protocol = protocol, .transport = ENDPOINT_PIPE };
	const bool raw = protocol == ENDPOINT_RAW;
	char path[4096];
	const char *command[] = { sidecalld_program(path, sizeof(path)),
				  "--stdio",
				  raw ? "raw" : "rpc",
				  root ? "--root" : NULL,
				  root,
				  NULL };
	int code = channel_spawn(&reference->channel, command, &by_pipe, failure);

	reference->before = sizeof(uint32_t) + (raw ? 0 : BEFORE_ANSWER);
	if (code)
		failure_advise(failure, "What is right is what sidecalld answers: put it beside "
					"sidecall or into PATH, or name it in SIDECALLD");
	return code;
}

void reference_close(struct reference *reference)
{
	if (reference->channel)
		channel_close(reference->channel);
	reference->channel = NULL;
}

/* ---- calls ---- */

static int count_words(const char *const words[])
{
	int count = 0;

	while (words[count])
		count++;
	return count;
}

/* Has the stub make a call that leads nowhere. */
static int make_call(const struct procedure *procedure, union procedure_arguments *arguments,
		     struct buffer *call)
{
	union procedure_result result = { .number = { 0 } };
	struct memory_channel memory;
	struct client client;
	int r;

	memory_init(&memory, &client, &raw_by_pipe);
	procedure->raw(arguments, &result, &client.raw);
	r = memory.sent.length ? buffer_append(call, memory.sent.data, memory.sent.length)
			       : -EINVAL;
	client_release(&client);
	memory_release(&memory);
	return r;
}

int reference_call(const char *const words[], uint32_t id, struct buffer *call)
{
	const struct procedure *procedure = procedure_find(words[0]);
	union procedure_arguments arguments = { .operands = { 0 } };
	const uint32_t name = htobe32(id);
	struct failure failure;
	int r = -EINVAL;

	if (!procedure)
		return r;
	if (procedure->arguments->parse(count_words(words) - 1, (char **)(uintptr_t)(words + 1),
					&arguments, &failure) == 0)
		r = make_call(procedure, &arguments, call);
	if (r == 0)
		memcpy(call->data, &name, sizeof(name));
	xdr_free(procedure->arguments->filter, &arguments);
	return r;
}

/* ---- answers ---- */

static int append_hex(struct buffer *hex, const uint8_t *bytes, size_t length)
{
	static const char figures[] = "0123456789abcdef";
	int r = 0;

	for (size_t i = 0; r == 0 && i < length; i++) {
		const char pair[] = { figures[bytes[i] >> 4], figures[bytes[i] & 15] };

		r = buffer_append(hex, pair, sizeof(pair));
	}
	return r ? r : buffer_append(hex, "", 1);
}

int reference_answer(const struct reference *reference, const struct buffer *call,
		     struct buffer *hex)
{
	struct message reply;
	bool sent;
	int r = channel_exchange(reference->channel, call->data, call->length, &reply,
				 clock_now() + PATIENCE, &sent);

	if (r == 0 && reply.length < reference->before)
		r = -EPROTO;
	return r < 0 ? r
		     : append_hex(hex, reply.bytes + reference->before,
				  reply.length - reference->before);
}
