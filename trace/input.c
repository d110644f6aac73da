/* Explains whole hex dumps. */
#include <errno.h>

#include "client/failures.h"
#include "trace/decode.h"
#include "trace/hexdump.h"

int decode_hexdump(struct decoder *decoder, const struct buffer *input, struct failure *failure)
{
	struct hexdump dump = { .text = (const char *)input->data, .length = input->length };
	struct buffer block = { 0 };
	unsigned int line;
	int r;

	do {
		line = dump.line + 1;
		r = hexdump_next(&dump, &block, failure);
		if (r == 1 && decode_block(decoder, block.data, block.length) < 0) {
			r = -EBADMSG;
			failure_set(failure, FAILURE_DATA,
				    "the %zu bytes from line %u on are no message of rpc or raw",
				    block.length, line);
		}
	} while (r == 1);
	buffer_release(&block);
	if (r == -ENOMEM)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	if (r == 0 && decode_conclude(decoder, failure) && !decoder->messages)
		failure_advise(failure, "Is it a hex dump of whole messages?");
	return failure->code;
}
