/* A call of ONC RPC put together by hand: any of its fields may be wrong. */
#include "check/call.h"

#include <endian.h>
#include <string.h>

#include <rpc/rpc.h>

struct check_call check_call_null(uint32_t program, uint32_t version, uint32_t xid)
{
	return (struct check_call){
		.xid = xid,
		.type = CALL,
		.rpc_version = RPC_MSG_VERSION,
		.program = program,
		.version = version,
	};
}

static size_t padded(size_t length)
{
	return (length + 3) & ~(size_t)3;
}

void call_auth_put(struct call_auth *auth, uint32_t number)
{
	const uint32_t word = htobe32(number);

	memcpy(auth->body + auth->length, &word, sizeof(word));
	auth->length += sizeof(word);
	auth->claims = (uint32_t)auth->length;
}

void call_auth_overwrite(struct call_auth *auth, size_t at, uint32_t number)
{
	const uint32_t word = htobe32(number);

	memcpy(auth->body + at, &word, sizeof(word));
}

void call_auth_sys(struct call_auth *auth, size_t name, unsigned int groups)
{
	*auth = (struct call_auth){ .flavor = AUTH_SYS };
	call_auth_put(auth, 0); /* stamp */
	call_auth_put(auth, (uint32_t)name);
	memset(auth->body + auth->length, 'c', name);
	auth->length += padded(name);
	call_auth_put(auth, UINT32_C(65534)); /* user and group: nobody's */
	call_auth_put(auth, UINT32_C(65534));
	call_auth_put(auth, groups);
	for (unsigned int i = 0; i < groups; i++)
		call_auth_put(auth, UINT32_C(65534));
}

static int put(struct buffer *out, uint32_t number)
{
	const uint32_t word = htobe32(number);

	return buffer_append(out, &word, sizeof(word));
}

static int put_auth(struct buffer *out, const struct call_auth *auth)
{
	int r = put(out, auth->flavor);

	if (r == 0)
		r = put(out, auth->claims);
	return r ? r : buffer_append(out, auth->body, padded(auth->length));
}

int check_call_encode(const struct check_call *call, struct buffer *out)
{
	const uint32_t header[] = { call->xid,     call->type,    call->rpc_version,
				    call->program, call->version, call->procedure };
	const size_t begin = out->length;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(header) / sizeof(header[0]); i++)
		r = put(out, header[i]);
	if (r == 0)
		r = put_auth(out, &call->credential);
	if (r == 0)
		r = put_auth(out, &call->verifier);
	if (r == 0)
		r = buffer_append(out, call->arguments, call->arguments_length);
	if (r == 0 && call->cut)
		out->length = begin + call->cut;
	return r;
}
