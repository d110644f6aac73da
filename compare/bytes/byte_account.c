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
struct counted_fields {
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
	struct counted_fields *counted = (struct counted_fields *)sink;
	json_t *object = json_pack("{s:I,s:o,s:s,s:s}", KEY(offset), (json_int_t)field->offset,
				   KEY(bytes), hexadecimal_text(field), KEY(layer),
				   layer_names[field->layer], KEY(field), field->name);

	json_set_bytes(object, KEY(value), field->value ? field->value : "");
	json_array_append_new(counted->fields, object);
	counted->count->sink.take(&counted->count->sink, field);
}

static void take_nothing(struct field_sink *sink, const struct field *field)
{
	(void)sink;
	(void)field;
}

/* ---- the observer ---- */

static struct byte_account *account_of(struct channel_observer *observer)
{
	return (struct byte_account *)observer;
}

static void account_for(struct byte_account *account, bool sent, const struct buffer *marks,
			const void *bytes, size_t length)
{
	const struct message_form form = { .rpc = account->rpc, .call = sent };
	struct counted_fields counted = { { keep_field },
					  &account->count,
					  sent ? account->sent : account->received };
	struct field_sink nothing = { take_nothing };
	struct message_summary summary;
	struct framed framed;

	if (sent) {
		message_explain(form, bytes, length, NULL, &nothing, &summary);
		account->call = summary.what;
	}
	framed_begin(&framed, account->rpc, marks->data, marks->length, &counted.sink);
	message_explain(form, bytes, length, &account->call, &framed.sink, &summary);
	framed_end(&framed);
	/* Nobody keeps the words that a ring puts around a message: their number is known. */
	if (account->ring)
		account->count.bytes[FIELD_FRAMING] += ring_taken(length) - length;
}

static void account_opened(struct channel_observer *observer, const struct channel *channel,
			   const struct endpoint *endpoint, bool discovery)
{
	struct byte_account *account = account_of(observer);

	(void)channel;
	account->rpc = endpoint_speaks_rpc(endpoint);
	account->ring = endpoint->transport == ENDPOINT_SHM;
	account->discovering = discovery;
}

/* A call that is sent again is not another one: what was counted of it stays. */
static void begin_call(struct byte_account *account, uint32_t id)
{
	if (account->id != id) {
		field_count_init(&account->count);
		account->messages = 0;
	}
	account->id = id;
	json_array_clear(account->sent);
	json_array_clear(account->received);
}

void byte_account_take(struct byte_account *account, bool sent, const struct buffer *marks,
		       const void *bytes, size_t length)
{
	if (sent)
		begin_call(account, message_id(bytes, length));
	account->messages++;
	account_for(account, sent, marks, bytes, length);
}

static void account_message(struct channel_observer *observer, const struct channel *channel,
			    bool sent, const void *bytes, size_t length)
{
	struct byte_account *account = account_of(observer);

	if (!account->discovering)
		byte_account_take(account, sent, &channel->marks, bytes, length);
}

static void account_closed(struct channel_observer *observer, const struct channel *channel)
{
	struct byte_account *account = account_of(observer);

	if (account->discovering) {
		account->asked += channel->sent;
		account->told += channel->received;
	}
	account->discovering = false;
}

void byte_account_init(struct byte_account *account)
{
	*account = (struct byte_account){ .observer = { .opened = account_opened,
							.message = account_message,
							.closed = account_closed },
					  .sent = json_array(),
					  .received = json_array() };
	field_count_init(&account->count);
}

void byte_account_release(struct byte_account *account)
{
	json_decref(account->sent);
	json_decref(account->received);
}
