/*
 * XDR by ours and by libtirpc's functions, under rpcgen's filters of every contract at hand: the
 * same bytes are taken, to the same values, and these give the same bytes.
 *
 * The first byte chooses the filter; the rest is decoded.
 */
#include "tests/xdr/compare.h"

#include "fuzz/fuzz.h"
#include "tests/kit/codecs.h"

#define MOST  (COMPARE_ROOM / 2) /* bytes that are decoded */
#define LARGE 65536

/* Whether a word may be a count for which libtirpc would take much memory: it does before it looks
 * for the items. */
static bool claims_much(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i + 4 <= length; i += 4)
		if (((uint32_t)bytes[i] << 24 | (uint32_t)bytes[i + 1] << 16) >= LARGE)
			return true;
	return false;
}

/* By ours alone: whether it decodes, and so has no such count. */
static bool is_taken(const struct held *held, const uint8_t *bytes, size_t length)
{
	struct decoded decoded;

	decode_by(&decoded, held->own, bytes, length);
	xdr_free(held->own, decoded.value);
	return decoded.done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char said[COMPARE_SAID] = "";
	const struct held *held;
	uint8_t *bytes;

	if (size < 1 || size - 1 > MOST)
		return 0;
	held = &all_held[data[0] % held_count];
	bytes = exact_copy(data + 1, size - 1);
	if (!claims_much(bytes, size - 1) || is_taken(held, bytes, size - 1))
		compare_filters(held, bytes, size - 1, said);
	if (*said)
		fprintf(stderr, "%s\n", said);
	MUST(!*said);
	free(bytes);
	return 0;
}
