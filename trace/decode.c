/* Explains messages that were dumped or captured. */
#include "trace/decode.h"

#include <errno.h>
#include <stdint.h>

#define RECOGNISED 16 /* bytes of a stream by which its protocol is recognised */
#define MAX_RECORD ((size_t)INT32_MAX)

static const struct message_call *find_call(const struct decoder *decoder, size_t connection,
					    const uint8_t *bytes, size_t length)
{
	return calls_find(&decoder->calls, connection, message_id(bytes, length));
}

static void show_message(struct decoder *decoder, const char *title,
			 const struct trace_message *message)
{
	struct field_count count;

	field_count_init(&count);
	if (decoder->messages++)
		fputc('\n', decoder->out);
	trace_print(decoder->out, title, message, &decoder->calls, &count);
	field_count_add(message->form.call ? &decoder->sent : &decoder->received, &count);
	decoder->unclear += count.unknown + count.missing > 0;
}

/* What is known when the protocol is. */
static struct message_known of_protocol(const struct decoder *decoder, bool rpc)
{
	struct message_known known = decoder->known;

	known.rpc &= rpc;
	known.raw &= !rpc;
	return known;
}

/* ---- one block of bytes ---- */

/* Takes the next whole message off a stream, from *offset, and moves that behind it.  Otherwise as
 * framing_next().  The bytes stay where they are: who is done consumes them once. */
static int next_whole(struct framing_reader *reader, struct buffer *stream, size_t *offset,
		      struct trace_message *message)
{
	struct framing_message found;
	size_t left = stream->length - *offset;
	int r;

	if (left == 0)
		return 0;
	r = framing_next(reader, stream->data + *offset, &left, &found);
	stream->length = *offset + left;
	if (r != 1)
		return r;
	message->bytes = found.bytes;
	message->length = found.length;
	message->marks = reader->marks->data;
	message->marked = reader->marks->length;
	*offset += found.consumed;
	return 1;
}

/* The same, or the rest where no message is whole.  False at the end. */
static bool next_message(struct framing_reader *reader, struct buffer *stream, size_t *offset,
			 struct trace_message *message)
{
	size_t left;

	if (next_whole(reader, stream, offset, message) == 1)
		return true;
	left = stream->length - *offset;
	if (left == 0)
		return false;
	message->marked = left < FRAMING_HEADER ? left : FRAMING_HEADER;
	message->marks = stream->data + *offset;
	message->bytes = message->marks + message->marked;
	message->length = left - message->marked;
	*offset = stream->length;
	return true;
}

/* Explains a block whose messages are framed.  Without `shown` nothing is printed.  How many bytes
 * are not understood, SIZE_MAX when a message is none of this protocol. */
static size_t explain_framed(struct decoder *decoder, const uint8_t *bytes, size_t length, bool rpc,
			     bool shown)
{
	const struct message_known known = of_protocol(decoder, rpc);
	struct buffer stream = { 0 }, marks = { 0 };
	struct framing_reader reader = { .framing = rpc ? &framing_record_marking
							: &framing_length_prefix,
					 .limit = MAX_RECORD,
					 .marks = &marks };
	struct trace_message message = { .form = { .rpc = rpc, .contract = known.contract } };
	size_t offset = 0, loss = buffer_append(&stream, bytes, length) < 0 ? SIZE_MAX : 0;

	while (loss != SIZE_MAX && next_message(&reader, &stream, &offset, &message)) {
		struct field_count count;

		if (!message_guess(&known, message.bytes, message.length,
				   find_call(decoder, 0, message.bytes, message.length),
				   &message.form, &count))
			loss = SIZE_MAX;
		else if (shown)
			show_message(decoder, "", &message);
		if (loss != SIZE_MAX)
			loss += count.unknown + count.missing;
	}
	buffer_release(&stream);
	buffer_release(&marks);
	return loss;
}

static size_t explain_bare(struct decoder *decoder, const uint8_t *bytes, size_t length, bool shown)
{
	struct trace_message message = { .bytes = bytes, .length = length };
	struct field_count count;

	if (!message_guess(&decoder->known, bytes, length, find_call(decoder, 0, bytes, length),
			   &message.form, &count))
		return SIZE_MAX;
	if (shown)
		show_message(decoder, "", &message);
	return count.unknown + count.missing;
}

int decode_block(struct decoder *decoder, const uint8_t *bytes, size_t length)
{
	size_t rpc = explain_framed(decoder, bytes, length, true, false);
	size_t raw = explain_framed(decoder, bytes, length, false, false);
	size_t bare = explain_bare(decoder, bytes, length, false);

	if (rpc == SIZE_MAX && raw == SIZE_MAX && bare == SIZE_MAX)
		return -EBADMSG;
	if (bare < rpc && bare < raw)
		explain_bare(decoder, bytes, length, true);
	else
		explain_framed(decoder, bytes, length, rpc <= raw, true);
	return 0;
}

/* ---- packets ---- */

static void make_title(char *title, size_t size, const struct flow *flow, const char *when)
{
	snprintf(title, size, "%s %s to %s: ", when, flow->from, flow->to);
}

int decode_datagram(struct decoder *decoder, struct flow *flow, const uint8_t *bytes, size_t length,
		    const char *when)
{
	struct trace_message message = { .bytes = bytes,
					 .length = length,
					 .connection = flow->connection };
	char title[3 * PACKET_ADDRESS];
	struct field_count count;

	if (!message_guess(&decoder->known, bytes, length,
			   find_call(decoder, flow->connection, bytes, length), &message.form,
			   &count)) {
		decoder->other++;
		return 0;
	}
	make_title(title, sizeof(title), flow, when);
	show_message(decoder, title, &message);
	return 0;
}

/* Whether a stream can begin like this: a mark, and behind it what is plausible as a header. */
static bool begins_as(const struct decoder *decoder, const struct flow *flow, bool rpc,
		      size_t *loss)
{
	const struct message_known known = of_protocol(decoder, rpc);
	const uint8_t *bytes = flow->stream.data + FRAMING_HEADER;
	size_t left = flow->stream.length - FRAMING_HEADER;
	uint32_t mark = message_id(flow->stream.data, FRAMING_HEADER);
	size_t size = rpc ? mark & INT32_MAX : mark;
	struct message_form form;
	struct field_count count;

	if (size > FRAMING_MAX_MESSAGE || size < 8 ||
	    !message_guess(&known, bytes, left < size ? left : size,
			   find_call(decoder, flow->connection, bytes, left), &form, &count))
		return false;
	*loss = count.unknown + count.missing;
	return true;
}

static enum flow_protocol recognise_message(const struct decoder *decoder, const struct flow *flow)
{
	size_t rpc_loss = 0, raw_loss = 0;
	bool rpc, raw;

	if (flow->stream.length < FRAMING_HEADER + 8)
		return FLOW_UNKNOWN;
	rpc = begins_as(decoder, flow, true, &rpc_loss);
	raw = begins_as(decoder, flow, false, &raw_loss);
	if (rpc && (!raw || rpc_loss <= raw_loss))
		return FLOW_RPC;
	if (raw)
		return FLOW_RAW;
	return flow->stream.length < RECOGNISED ? FLOW_UNKNOWN : FLOW_FOREIGN;
}

static void begin_stream(struct decoder *decoder, const struct flows *flows, struct flow *flow)
{
	const struct flow *reverse = flows_reverse(flows, flow);

	if (reverse && (reverse->protocol == FLOW_RPC || reverse->protocol == FLOW_RAW))
		flow->protocol = reverse->protocol;
	else
		flow->protocol = recognise_message(decoder, flow);
	flow->reader = (struct framing_reader){ .framing = flow->protocol == FLOW_RPC
								   ? &framing_record_marking
								   : &framing_length_prefix,
						.limit = MAX_RECORD,
						.marks = &flow->marks };
	decoder->other += flow->protocol == FLOW_FOREIGN;
}

/* What a message of a stream is.  In one direction go only calls, or only replies. */
static struct message_form form_of(const struct decoder *decoder, struct flow *flow,
				   const uint8_t *bytes, size_t length)
{
	struct message_form form = { flow->protocol == FLOW_RPC, flow->calls,
				     decoder->known.contract };
	struct message_known known = of_protocol(decoder, form.rpc);
	struct field_count count;

	if (flow->directed) {
		known.call &= flow->calls;
		known.reply &= !flow->calls;
	}
	if (message_guess(&known, bytes, length,
			  find_call(decoder, flow->connection, bytes, length), &form, &count)) {
		flow->directed = true;
		flow->calls = form.call;
	}
	return form;
}

static void show_of_flow(struct decoder *decoder, struct flow *flow, struct trace_message *message,
			 const char *when)
{
	char title[3 * PACKET_ADDRESS];

	message->connection = flow->connection;
	message->form = form_of(decoder, flow, message->bytes, message->length);
	make_title(title, sizeof(title), flow, when);
	show_message(decoder, title, message);
}

/* Shows what no message can be made of, and gives the stream up. */
static void show_rest(struct decoder *decoder, struct flow *flow, const char *when)
{
	struct trace_message message = { 0 };
	size_t offset = 0;

	if (next_message(&flow->reader, &flow->stream, &offset, &message))
		show_of_flow(decoder, flow, &message, when);
	flow->stream.length = 0;
	flow->protocol = FLOW_FOREIGN;
}

int decode_stream(struct decoder *decoder, const struct flows *flows, struct flow *flow, bool ended,
		  const char *when)
{
	struct trace_message message = { 0 };
	size_t offset = 0;
	int r;

	if (flow->protocol == FLOW_UNKNOWN && flow->stream.length)
		begin_stream(decoder, flows, flow);
	if (flow->protocol == FLOW_FOREIGN)
		flow->stream.length = 0;
	if (flow->protocol == FLOW_FOREIGN || flow->protocol == FLOW_UNKNOWN)
		return 0;
	while ((r = next_whole(&flow->reader, &flow->stream, &offset, &message)) == 1)
		show_of_flow(decoder, flow, &message, when);
	buffer_consume(&flow->stream, offset);
	if (r == -ENOMEM)
		return r;
	if ((r < 0 || ended) && flow->stream.length)
		show_rest(decoder, flow, when);
	return 0;
}
