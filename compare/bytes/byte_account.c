/* What the bytes of one call and its reply were spent on, as an observer of a channel sees them. */
#include "compare/bytes/byte_account.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/json.h"
#include "compare/part/figures.h"
#include "trace/framed.h"
#include "common/ring.h"

/* ---- fields as JSON ---- */

/* Counts what is handed to it, and keeps it. */
struct keeper {
	struct field_sink sink; /* first */
	struct field_count *count;
	json_t *fields;
};

static const char *const layer_names[FIELD_LAYERS] = { "framing", "protocol", "payload" };

static json_t *hexadecimal_text(const struct field *field)
{
	char *text = malloc(3 * field->length + 1);
	json_t *string;

	if (!text)
		return NULL;
	text[0] = '\0';
	for (size_t i = 0; i < field->length; i++)
		snprintf(text + 3 * i, 4, "%02x%s", field->bytes[i],
			 i + 1 < field->length ? " " : "");
	string = json_string(text);
	free(text);
	return string;
}

static void keep_field(struct field_sink *sink, const struct field *field)
{
	struct keeper *keeper = (struct keeper *)sink;
	json_t *object = json_pack("{s:I,s:o,s:s,s:s}", KEY(offset), (json_int_t)field->offset,
				   KEY(bytes), hexadecimal_text(field), KEY(layer),
				   layer_names[field->layer], KEY(field), field->name);

	json_set_bytes(object, KEY(value), field->value ? field->value : "");
	json_array_append_new(keeper->fields, object);
	keeper->count->sink.take(&keeper->count->sink, field);
}

static void take_nothing(struct field_sink *sink, const struct field *field)
{
	(void)sink;
	(void)field;
}

/* ---- the observer ---- */

static struct tally *tally_of(struct channel_observer *observer)
{
	return (struct tally *)observer;
}

static void account_for(struct tally *tally, bool sent, const struct buffer *marks,
			const void *bytes, size_t length)
{
	const struct message_form form = { .rpc = tally->rpc, .call = sent };
	struct keeper keeper = { { keep_field },
				 &tally->count,
				 sent ? tally->sent : tally->received };
	struct field_sink nothing = { take_nothing };
	struct message_summary summary;
	struct framed framed;

	if (sent) {
		message_explain(form, bytes, length, NULL, &nothing, &summary);
		tally->call = summary.what;
	}
	framed_begin(&framed, tally->rpc, marks->data, marks->length, &keeper.sink);
	message_explain(form, bytes, length, &tally->call, &framed.sink, &summary);
	framed_end(&framed);
	/* Nobody keeps the words that a ring puts around a message: their number is known. */
	if (tally->ring)
		tally->count.bytes[FIELD_FRAMING] += ring_taken(length) - length;
}

static void tally_opened(struct channel_observer *observer, const struct channel *channel,
			 const struct endpoint *endpoint, bool discovery)
{
	struct tally *tally = tally_of(observer);

	(void)channel;
	tally->rpc = endpoint_speaks_rpc(endpoint);
	tally->ring = endpoint->transport == ENDPOINT_SHM;
	tally->discovering = discovery;
}

/* A call that is sent again is not another one: what was counted of it stays. */
static void begin_call(struct tally *tally, uint32_t id)
{
	if (tally->id != id) {
		field_count_init(&tally->count);
		tally->messages = 0;
	}
	tally->id = id;
	json_array_clear(tally->sent);
	json_array_clear(tally->received);
}

void tally_take(struct tally *tally, bool sent, const struct buffer *marks, const void *bytes,
		size_t length)
{
	if (sent)
		begin_call(tally, message_id(bytes, length));
	tally->messages++;
	account_for(tally, sent, marks, bytes, length);
}

static void tally_message(struct channel_observer *observer, const struct channel *channel,
			  bool sent, const void *bytes, size_t length)
{
	struct tally *tally = tally_of(observer);

	if (!tally->discovering)
		tally_take(tally, sent, &channel->marks, bytes, length);
}

static void tally_closed(struct channel_observer *observer, const struct channel *channel)
{
	struct tally *tally = tally_of(observer);

	if (tally->discovering) {
		tally->asked += channel->sent;
		tally->told += channel->received;
	}
	tally->discovering = false;
}

void tally_init(struct tally *tally)
{
	*tally = (struct tally){ .observer = { .opened = tally_opened,
					       .message = tally_message,
					       .closed = tally_closed },
				 .sent = json_array(),
				 .received = json_array() };
	field_count_init(&tally->count);
}

void tally_release(struct tally *tally)
{
	json_decref(tally->sent);
	json_decref(tally->received);
}
