/* What went over a client's channels during some calls, kept. */
#include "quiz/seen.h"

#include <stdio.h>

#include "trace/framed.h"

/* ---- a message ---- */

/* Keeps what is handed to it. */
struct keeping {
	struct field_sink sink; /* first */
	struct seen_message *message;
	bool whole; /* all of it was kept */
};

static void keep_field(struct field_sink *sink, const struct field *field)
{
	struct keeping *keeping = (struct keeping *)sink;
	struct seen_message *message = keeping->message;
	struct seen_field *kept = &message->fields[message->count];

	keeping->whole = keeping->whole && message->count < SEEN_FIELDS &&
			 field->kind != FIELD_UNKNOWN &&
			 buffer_append(&message->wire, field->bytes, field->length) == 0;
	if (!keeping->whole)
		return;
	message->count++;
	*kept = (struct seen_field){ .offset = field->offset,
				     .length = field->length,
				     .layer = field->layer,
				     .kind = field->kind };
	snprintf(kept->name, sizeof(kept->name), "%s", field->name);
	snprintf(kept->value, sizeof(kept->value), "%s", field->value);
}

static void take_nothing(struct field_sink *sink, const struct field *field)
{
	(void)sink;
	(void)field;
}

/* What a call asks for, which is needed to understand it and its reply. */
static void take_call(struct seen *seen, struct message_form form, const void *bytes, size_t length)
{
	struct field_sink nothing = { take_nothing };
	struct message_summary summary;

	message_explain(form, bytes, length, NULL, &nothing, &summary);
	seen->call = summary.what;
}

static void see_message(struct channel_observer *observer, const struct channel *channel, bool sent,
			const void *bytes, size_t length)
{
	struct seen *seen = (struct seen *)observer;
	struct seen_message *message = &seen->messages[seen->message_count];
	const bool rpc = seen->channels[seen->channel_count - 1].rpc;
	const struct message_form form = { .rpc = rpc, .call = sent };
	struct keeping keeping = { { keep_field }, message, true };
	struct message_summary summary;
	struct framed framed;

	if (seen->discovery || seen->message_count == SEEN_MESSAGES)
		return;
	if (sent)
		take_call(seen, form, bytes, length);
	message->rpc = rpc;
	message->call = sent;
	message->procedure = seen->call.procedure ? seen->call.procedure->name : "";
	framed_begin(&framed, rpc, channel->marks.data, channel->marks.length, &keeping.sink);
	message_explain(form, bytes, length, &seen->call, &framed.sink, &summary);
	framed_end(&framed);
	if (keeping.whole) {
		seen->message_count++;
		return;
	}
	buffer_release(&message->wire);
	*message = (struct seen_message){ 0 };
}

/* ---- a channel ---- */

static void see_opened(struct channel_observer *observer, const struct channel *channel,
		       const struct endpoint *endpoint, bool discovery)
{
	struct seen *seen = (struct seen *)observer;
	struct seen_channel *kept;

	seen->discovery = discovery;
	if (discovery || !channel)
		return;
	/* The last place is taken again and again. */
	seen->channel_count += seen->channel_count < SEEN_CHANNELS;
	kept = &seen->channels[seen->channel_count - 1];
	*kept = (struct seen_channel){ .rpc = endpoint_speaks_rpc(endpoint),
				       .endpoint = *endpoint };
	snprintf(kept->peers, sizeof(kept->peers), "%s", channel->peers);
}

static void see_closed(struct channel_observer *observer, const struct channel *channel)
{
	(void)channel;
	((struct seen *)observer)->discovery = false;
}

void seen_init(struct seen *seen)
{
	*seen = (struct seen){
		.observer = { .opened = see_opened, .message = see_message, .closed = see_closed }
	};
}

void seen_release(struct seen *seen)
{
	for (size_t i = 0; i < seen->message_count; i++)
		buffer_release(&seen->messages[i].wire);
}

const uint8_t *seen_bytes(const struct seen_message *message, const struct seen_field *field)
{
	return message->wire.data + field->offset;
}
