/* What `sidecall decode` reads: hex dumps, and what the dissector writes of anybody's captures. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "trace/capture.h"
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

static void check_code(const struct decoder *decoder, int code, const struct failure *failure)
{
	if (code == 0) {
		MUST(decoder->messages > 0 && decoder->unclear == 0);
		MUST(decoder->sent.unknown + decoder->received.unknown == 0);
	} else {
		MUST(code == FAILURE_DATA && failure->code == FAILURE_DATA && failure->why[0]);
	}
}

static void check_found(struct decoder *decoder, const uint8_t *data, size_t size)
{
	struct capture_losses losses = { 0 };
	struct failure failure = { 0 };
	FILE *from = fmemopen((void *)data, size, "r");
	int r;

	MUST(from != NULL);
	r = capture_read(decoder, from, &losses);
	MUST(r == 0 || r == -EPROTO || r == -ENOMEM);
	if (r == 0)
		check_code(decoder, capture_conclude(decoder, &losses, &failure), &failure);
	fclose(from);
}

static bool is_found(const uint8_t *data, size_t size)
{
	return (size > 8 && memcmp(data, "message ", 8) == 0) ||
	       (size > 5 && memcmp(data, "lost ", 5) == 0) ||
	       (size > 4 && memcmp(data, "end ", 4) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct buffer input = { .data = (uint8_t *)data, .length = size };
	const bool found = is_found(data, size);
	struct failure failure = { 0 };
	struct decoder *decoder;

	if (!found && !check_hexdump(data, size))
		return 0;
	decoder = calloc(1, sizeof(*decoder));
	MUST(decoder != NULL);
	decoder->out = fopen("/dev/null", "w");
	MUST(decoder->out != NULL);
	decoder->known = (struct message_known){ true, true, true, true, NULL };
	if (found)
		check_found(decoder, data, size);
	else
		check_code(decoder, decode_hexdump(decoder, &input, &failure), &failure);
	fclose(decoder->out);
	free(decoder);
	return 0;
}
