/* Calls of any procedure of any program. */
#include "client/any.h"

#include <errno.h>

#include "client/procedures.h"

#define XDR_UNIT 4 /* bytes */

static bool_t filter_arguments(XDR *stream, void *what)
{
	struct any_arguments *arguments = what;

	if (stream->x_op == XDR_FREE) {
		buffer_release(&arguments->bytes);
		return TRUE;
	}
	return stream->x_op == XDR_ENCODE &&
	       xdr_opaque(stream, (char *)arguments->bytes.data, (u_int)arguments->bytes.length);
}

/* How long the rest is no stream says, so it is read until there is no more: libtirpc's records end
 * so, too. */
static bool_t read_rest(XDR *stream, struct buffer *bytes)
{
	for (;; bytes->length += XDR_UNIT) {
		if (buffer_reserve(bytes, XDR_UNIT) < 0)
			return FALSE;
		if (!xdr_opaque(stream, (char *)bytes->data + bytes->length, XDR_UNIT))
			return TRUE;
	}
}

static bool_t filter_result(XDR *stream, void *what)
{
	struct any_result *result = what;

	switch (stream->x_op) {
	case XDR_FREE:
		buffer_release(&result->bytes);
		return TRUE;
	case XDR_DECODE:
		result->bytes.length = 0;
		return read_rest(stream, &result->bytes);
	default:
		return xdr_opaque(stream, (char *)result->bytes.data, (u_int)result->bytes.length);
	}
}

static enum clnt_stat call_rpc(void *arguments, void *result, CLIENT *client)
{
	const struct timeval limit = { .tv_sec = 25 }; /* as rpcgen's stubs have it */

	return clnt_call(client, ((struct any_arguments *)arguments)->number,
			 (xdrproc_t)filter_arguments, arguments, (xdrproc_t)filter_result, result,
			 limit);
}

/* Raw messages have numbers of operations, which no contract says. */
static int call_raw(void *arguments, void *result, struct raw_client *client)
{
	(void)arguments;
	(void)result;
	(void)client;
	return -EOPNOTSUPP;
}

const struct argument_kind arguments_any = { .filter = (xdrproc_t)filter_arguments };
const struct result_kind result_any = { .filter = (xdrproc_t)filter_result };

void any_procedure(struct procedure *row, const char *name, rpcprog_t program, rpcvers_t version)
{
	*row = (struct procedure){ .name = name,
				   .arguments = &arguments_any,
				   .rpc = call_rpc,
				   .raw = call_raw,
				   .result = &result_any,
				   .program = program,
				   .version = version,
				   .once = true };
}
