/* Explains messages that were dumped or captured. */
#include "trace/decode.h"

#include <errno.h>
#include <stdint.h>

#include "common/framing.h"

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

/* ---- one message ---- */

/* A call that is not shown is remembered all the same: its reply may be. */
static void pass_message(struct decoder *decoder, const struct trace_message *message)
{
	struct message_summary summary;
	struct field_count count;

	field_count_init(&count);
	message_explain(message->form, message->bytes, message->length, NULL, &count.sink,
			&summary);
	if (summary.call)
		calls_remember(&decoder->calls, message->connection, summary.id, &summary.what);
}

int decode_message(struct decoder *decoder, const char *title, struct trace_message *message,
		   bool framed)
{
	const struct message_known *known = &decoder->known;
	const bool rpc = message->form.rpc;
	struct buffer stream = { 0 }, marks = { 0 };
	struct framing_reader reader = { .framing = rpc ? &framing_record_marking
							: &framing_length_prefix,
					 .limit = MAX_RECORD,
					 .marks = &marks };
	size_t offset = 0;
	int r = framed ? buffer_append(&stream, message->bytes, message->length) : 0;

	if (r == 0 && framed)
		r = next_whole(&reader, &stream, &offset, message) == 1 ? 0 : -EBADMSG;
	message->form.contract = known->contract;
	if (r == 0 && (rpc ? known->rpc : known->raw) &&
	    (message->form.call ? known->call : known->reply))
		show_message(decoder, title, message);
	else if (r == 0)
		pass_message(decoder, message);
	buffer_release(&stream);
	buffer_release(&marks);
	return r;
}

/* ---- the end ---- */

int decode_conclude(struct decoder *decoder, struct failure *failure)
{
	if (!decoder->messages)
		return failure_set(failure, FAILURE_DATA,
				   "there is no message of rpc or raw in it");
	fputc('\n', decoder->out);
	trace_print_count(decoder->out, &decoder->sent, &decoder->received);
	if (decoder->unclear)
		return failure_set(failure, FAILURE_DATA,
				   "%zu of %zu messages are not understood to their last byte",
				   decoder->unclear, decoder->messages);
	return 0;
}
