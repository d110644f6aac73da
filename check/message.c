/* Messages of either protocol as they are on the transport. */
#include "check/message.h"

#include <endian.h>
#include <stdlib.h>

#include "check/call.h"
#include "client/runtime/channel.h"

bool check_datagrams(const struct check_target *target)
{
	return target->endpoint.transport == ENDPOINT_UDP;
}

bool check_raw(const struct check_target *target)
{
	return target->endpoint.protocol == ENDPOINT_RAW;
}

const char *check_front(const struct check_target *target)
{
	return check_raw(target) ? "length" : "record mark";
}

int message_hex(const char *hex, struct buffer *out)
{
	int r = 0;

	while (r == 0 && *hex) {
		const char digits[] = { hex[0], hex[1], '\0' };
		const uint8_t byte = (uint8_t)strtoul(digits, NULL, 16);

		r = *hex == ' ' ? 0 : buffer_append(out, &byte, 1);
		hex += *hex == ' ' ? 1 : 2;
	}
	return r;
}

int message_raw(uint32_t id, const char *hex, struct buffer *out)
{
	const uint32_t word = htobe32(id);
	int r = buffer_append(out, &word, sizeof(word));

	return r ? r : message_hex(hex, out);
}

int message_null(const struct check_target *target, uint32_t xid, struct buffer *out)
{
	const struct check_call call = check_call_null(target->program, target->version, xid);

	return check_raw(target) ? message_raw(xid, "0001 0000", out)
				 : check_call_encode(&call, out);
}

int message_marked(const struct check_target *target, const struct buffer *message,
		   struct buffer *out)
{
	uint8_t mark[FRAMING_HEADER];
	int r = 0;

	framing_mark(channel_framing(&target->endpoint), mark, message->length);
	if (!check_datagrams(target))
		r = buffer_append(out, mark, sizeof(mark));
	return r ? r : buffer_append(out, message->data, message->length);
}

int message_null_marked(const struct check_target *target, uint32_t xid, struct buffer *out)
{
	struct buffer message = { 0 };
	int r = message_null(target, xid, &message);

	if (r == 0)
		r = message_marked(target, &message, out);
	buffer_release(&message);
	return r;
}
