/* What `sidecall decode` reads: hex dumps and pcap files, of anybody's making. */
#include <errno.h>
#include <stdbool.h>

#include "trace/decode.h"
#include "trace/hexdump.h"
#include "fuzz/fuzz.h"

#define LONG_BLOCK ((size_t)64 << 10) /* bytes: takes too long to be worth it */

/* A block dumped in the plainest way, one byte after the other, is the same block. */
static void check_dumped(const struct buffer *block)
{
	struct hexdump dump = { .length = 3 * block->length };
	char *text = malloc(dump.length + 1);
	struct buffer again = { 0 };
	struct failure failure;

	MUST(text != NULL);
	for (size_t i = 0; i < block->length; i++)
		snprintf(text + 3 * i, 4, "%02x%c", block->data[i], i % 16 == 15 ? '\n' : ' ');
	dump.text = text;
	MUST(hexdump_next(&dump, &again, &failure) == 1);
	MUST(again.length == block->length);
	MUST(memcmp(again.data, block->data, block->length) == 0);
	buffer_release(&again);
	free(text);
}

/* Whether it is worth explaining: no hex dump of a few bytes that stands for many. */
static bool check_hexdump(const uint8_t *data, size_t size)
{
	struct hexdump dump = { .text = (const char *)data, .length = size };
	struct failure failure = { 0 };
	struct buffer block = { 0 };
	bool is_long = false;
	int r;

	while (!is_long && (r = hexdump_next(&dump, &block, &failure)) == 1) {
		MUST(block.length > 0 && block.length <= HEXDUMP_MAX_BLOCK);
		is_long = block.length > LONG_BLOCK;
		if (!is_long)
			check_dumped(&block);
	}
	MUST(is_long || r == 0 || (r == -EBADMSG && failure.code == FAILURE_DATA));
	MUST(dump.offset <= size);
	buffer_release(&block);
	return !is_long;
}

static void check(struct decoder *decoder, const struct buffer *input)
{
	struct failure failure = { 0 };
	int code = is_capture(input) ? decode_capture(decoder, input, &failure)
				     : decode_hexdump(decoder, input, &failure);

	if (code == 0) {
		MUST(decoder->messages > 0 && decoder->unclear == 0);
		MUST(decoder->sent.unknown + decoder->received.unknown == 0);
	} else {
		MUST(code == FAILURE_DATA && failure.code == FAILURE_DATA && failure.why[0]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct buffer input = { .data = (uint8_t *)data, .length = size };
	struct decoder *decoder;

	if (!is_capture(&input) && !check_hexdump(data, size))
		return 0;
	decoder = calloc(1, sizeof(*decoder));
	MUST(decoder != NULL);
	decoder->out = fopen("/dev/null", "w");
	MUST(decoder->out != NULL);
	decoder->known = (struct message_known){ true, true, true, true, NULL };
	check(decoder, &input);
	fclose(decoder->out);
	free(decoder);
	return 0;
}
