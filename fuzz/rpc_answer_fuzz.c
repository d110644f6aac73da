/* The server's end of rpc: a call is replied to with a message that libtirpc reads as its reply. */
#include <rpc/rpc.h>

#include "common/xdr.h"
#include "fuzz/answer.h"

#define SMALL_LIMIT 512 /* bytes; some results do not fit, and each refusal does */

/* What libtirpc makes of the header of a reply. */
static void check_header(const struct buffer *reply)
{
	char verifier[MAX_AUTH_BYTES];
	struct rpc_msg message = { 0 };
	XDR stream;

	message.acpted_rply.ar_verf.oa_base = verifier;
	message.acpted_rply.ar_results.proc = xdr_nothing;
	xdrmem_create(&stream, (char *)reply->data, (u_int)reply->length, XDR_DECODE);
	MUST(xdr_replymsg(&stream, &message));
	MUST(reply->length % BYTES_PER_XDR_UNIT == 0);
	if (message.rm_reply.rp_stat != MSG_ACCEPTED || message.acpted_rply.ar_stat != SUCCESS)
		MUST(stream.x_handy == 0);
}

static void check(const uint8_t *call, size_t length, size_t limit)
{
	struct buffer reply = { 0 };

	if (answer_try(&protocol_rpc, call, length, limit, &reply))
		check_header(&reply);
	buffer_release(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size, FRAMING_MAX_MESSAGE);
	check(data, size, SMALL_LIMIT);
	return 0;
}
