/* The client's end of raw: a result packs to the very bytes that it was unpacked from. */
#include <errno.h>

#include "client/raw.h"
#include "fuzz/feed.h"
#include "tests/kit/codecs.h"

static void check_bytes(const struct feed *feed, const union procedure_result *result)
{
	struct buffer again = { 0 };
	struct packer out = { .out = &again, .limit = FRAMING_MAX_MESSAGE };
	union value value;

	MUST(feed->length >= RAW_HEADER && feed->message[4] & 0x80);
	memcpy(&value, result, sizeof(*result));
	codec_of_result(feed->sample->operation)->pack(&out, &value);
	MUST(!out.failed && !out.full);
	MUST(again.length == feed->length - RAW_HEADER);
	MUST(again.length == 0 ||
	     memcmp(again.data, feed->message + RAW_HEADER, again.length) == 0);
	buffer_release(&again);
}

static void check_failure(int r)
{
	MUST(r > 0 || r == -EBADMSG || r == -ECONNRESET || r == -EPROTO || r == -EMSGSIZE ||
	     r == -ETIMEDOUT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union procedure_result result = { 0 };
	const struct procedure *procedure;
	struct raw_client client;
	struct feed feed;
	int r;

	if (!feed_open(&feed, &framing_length_prefix, data, size))
		return 0;
	procedure = sample_procedure(feed.sample);
	raw_client_init(&client, &feed.channel, 0);
	r = procedure->raw((void *)feed.sample->arguments, &result, &client);
	MUST(client.sent);
	if (r == 0) {
		check_bytes(&feed, &result);
		feed_check(&feed, &result);
	} else {
		check_failure(r);
	}
	procedure_release(procedure, NULL, &result);
	raw_client_release(&client);
	feed_close(&feed);
	return 0;
}
