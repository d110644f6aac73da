/* A channel on which a fuzzer's bytes arrive, and what must hold of a result that came over it. */
#include "fuzz/feed.h"

#include <errno.h>

#include "client/json.h"
#include "fuzz/explain.h"
#include "tests/kit/codecs.h"
#include "trace/header.h"

#define DATAGRAMS 0x80 /* in the first byte */

/* ---- the channel ---- */

static struct feed *feed_of(struct channel *channel)
{
	return (struct feed *)channel;
}

static int feed_send(struct channel *channel, const void *message, size_t length, int64_t deadline)
{
	(void)channel;
	(void)message;
	(void)length;
	(void)deadline;
	return 0;
}

/* At the end a stream is closed; and nobody knows of datagrams whether there will be more. */
static int feed_receive(struct channel *channel, struct message *message, int64_t deadline)
{
	struct feed *feed = feed_of(channel);
	struct framing_message found;
	int r = 0;

	(void)deadline;
	if (feed->stream.length)
		r = framing_next(&feed->reader, feed->stream.data, &feed->stream.length, &found);
	if (r == 0 && channel->datagrams)
		return -ETIMEDOUT;
	if (r != 1)
		return r;
	free(feed->message);
	feed->message = exact_copy(found.bytes, found.length);
	feed->length = found.length;
	buffer_consume(&feed->stream, found.consumed);
	*message = (struct message){ feed->message, feed->length };
	return 1;
}

static const struct channel_operations operations = { .send = feed_send, .receive = feed_receive };

bool feed_open(struct feed *feed, const struct framing *framing, const uint8_t *data, size_t size)
{
	size_t row = 0;

	if (size == 0)
		return false;
	*feed = (struct feed){ .channel = { .operations = &operations,
					    .datagrams = data[0] & DATAGRAMS,
					    .max_message = FRAMING_MAX_MESSAGE,
					    .first_id = 1,
					    .next_id = 1 },
			       .reader = { .framing = framing, .limit = FRAMING_MAX_MESSAGE } };
	while (samples[row].procedure && row < (data[0] & ~DATAGRAMS))
		row++;
	feed->sample = samples[row].procedure ? &samples[row] : samples;
	MUST(buffer_append(&feed->stream, data + 1, size - 1) == 0);
	return true;
}

void feed_close(struct feed *feed)
{
	buffer_release(&feed->stream);
	free(feed->message);
}

/* ---- results ---- */

static void check_explained(const struct feed *feed, const struct procedure *procedure)
{
	const struct message_form form = { .rpc = feed->reader.framing->fragments, .call = false };
	const struct message_call what = { (uint32_t)procedure->program,
					   (uint32_t)procedure->version, feed->sample->number,
					   operation_procedure(feed->sample->operation) };

	MUST(explain_check(form, feed->message, feed->length, &what).payload);
}

static void check_json(const struct procedure *procedure, const union procedure_result *result)
{
	json_t *object = json_result(procedure->result, result);
	char *text = json_dumps(object, 0);

	MUST(text != NULL);
	free(text);
	json_decref(object);
}

/* For a terminal: that takes all the care there is. */
static void check_text(const struct procedure *procedure, const union procedure_result *result)
{
	const struct result_kind *kind = procedure->result;
	const char *why = result_failed(kind, result);
	char *shown;
	size_t length;
	struct text out = { open_memstream(&shown, &length), true };

	MUST(out.file != NULL);
	if (!why)
		result_print(kind, &out, "operand", result);
	MUST(fclose(out.file) == 0);
	for (size_t i = 0; i < length; i++)
		MUST((uint8_t)shown[i] >= ' ' || shown[i] == '\n' || shown[i] == '\t');
	free(shown);
}

void feed_check(const struct feed *feed, const union procedure_result *result)
{
	const struct procedure *procedure = sample_procedure(feed->sample);

	MUST(feed->message != NULL);
	check_explained(feed, procedure);
	check_json(procedure, result);
	check_text(procedure, result);
}
