/* The filters of every contract at hand, on ours and on libtirpc's functions, held against each
 * other. */
#include "tests/xdr/compare.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/buffer.h"
#include "common/depth.h"
#include "common/xdr_growing.h"
#define SIDECALL_XDR_PLAIN
#include "tests/xdr/held.h"
#include "xdr/xdr.h"

#define DECLARE(name, type)                                                                        \
	bool_t own_xdr_##name(XDR *stream, type *value);                                           \
	bool_t libtirpc_xdr_##name(XDR *stream, type *value);
HELD(DECLARE)

#define ROW(name, type)                                                                            \
	{ #name, sizeof(type), FILTER(own_xdr_##name), FILTER(libtirpc_xdr_##name) },
const struct held all_held[] = { HELD(ROW) };
const size_t held_count = sizeof(all_held) / sizeof(all_held[0]);

/* ---- one of them ---- */

void decode_by(struct decoded *decoded, xdrproc_t filter, const uint8_t *bytes, size_t length)
{
	struct depth depth;
	XDR stream;

	memset(decoded->value, 0, sizeof(decoded->value));
	depth_decode(&depth, &stream, bytes, length);
	decoded->done = filter(&stream, decoded->value);
	decoded->length = XDR_GETPOS(&stream);
	decoded->reader = depth.reader;
}

static void decode_by_libtirpc(struct decoded *decoded, xdrproc_t filter, const uint8_t *bytes,
			       size_t length)
{
	XDR stream;

	memset(decoded->value, 0, sizeof(decoded->value));
	xdrmem_create(&stream, (char *)bytes, (u_int)length, XDR_DECODE);
	decoded->done = filter(&stream, decoded->value);
	decoded->length = XDR_GETPOS(&stream);
}

static bool encode_by_libtirpc(struct bytes *out, xdrproc_t filter, void *value)
{
	XDR stream;

	xdrmem_create(&stream, (char *)out->data, sizeof(out->data), XDR_ENCODE);
	if (!filter(&stream, value))
		return false;
	out->length = XDR_GETPOS(&stream);
	return true;
}

bool encode_within(struct bytes *out, xdrproc_t filter, void *value, size_t limit)
{
	struct buffer buffer = { 0 };
	struct xdr_growing growing;
	bool done;

	xdr_growing_init(&growing, &buffer, limit);
	done = filter(&growing.stream, value);
	xdr_growing_end(&growing);
	if (done && buffer.length)
		memcpy(out->data, buffer.data, buffer.length);
	out->length = buffer.length;
	buffer_release(&buffer);
	return done;
}

/* ---- one against the other ---- */

__attribute__((format(printf, 2, 3))) static bool differ(char said[COMPARE_SAID],
							 const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(said, COMPARE_SAID, format, arguments);
	va_end(arguments);
	return false;
}

static bool are_same(const struct bytes *one, const void *data, size_t length)
{
	return one->length == length && memcmp(one->data, data, length) == 0;
}

/* Of the same value. */
static bool encodes_alike(const struct held *held, void *value, const struct bytes *expected,
			  char said[COMPARE_SAID])
{
	size_t shorter = expected->length ? expected->length - 1 : 0;
	struct bytes out;

	if (!encode_within(&out, held->own, value, expected->length) ||
	    !are_same(&out, expected->data, expected->length))
		return differ(said, "%s encodes to other bytes", held->name);
	if (expected->length && encode_within(&out, held->own, value, shorter))
		return differ(said, "%s needs less room than it needs", held->name);
	if (!encode_by_libtirpc(&out, held->own, value) ||
	    !are_same(&out, expected->data, expected->length))
		return differ(said, "%s encodes to other bytes on a stream of libtirpc's",
			      held->name);
	return true;
}

/* What was decoded by ours, `own`, and by libtirpc's of the same bytes. */
static bool are_same_values(const struct held *held, struct decoded *own, struct decoded *other,
			    const uint8_t *bytes, char said[COMPARE_SAID])
{
	struct bytes expected, out;
	bool altered;

	if (own->length != other->length)
		return differ(said, "%s takes %zu bytes, libtirpc's %zu", held->name, own->length,
			      other->length);
	if (!encode_by_libtirpc(&expected, held->libtirpc, other->value))
		return differ(said, "libtirpc cannot encode %s", held->name);
	if (!encode_by_libtirpc(&out, held->libtirpc, own->value) ||
	    !are_same(&out, expected.data, expected.length))
		return differ(said, "%s decodes to another value", held->name);
	altered = !are_same(&expected, bytes, own->length);
	if (!own->reader.unseen && own->reader.altered != altered)
		return differ(said, "%s does not see whether it is encoded to other bytes: %d",
			      held->name, altered);
	return encodes_alike(held, own->value, &expected, said);
}

/* Libtirpc's filters on a stream of ours: then nobody has looked for what is lost. */
static bool is_unseen(const struct held *held, bool done, const uint8_t *bytes, size_t length,
		      char said[COMPARE_SAID])
{
	struct decoded decoded;
	bool right;

	decode_by(&decoded, held->libtirpc, bytes, length);
	right = decoded.done == done && (!done || decoded.reader.unseen);
	xdr_free(held->libtirpc, decoded.value);
	return right || differ(said, "%s by libtirpc on a stream of ours: %d, unseen %d",
			       held->name, decoded.done, decoded.reader.unseen);
}

enum compared compare_filters(const struct held *held, const uint8_t *bytes, size_t length,
			      char said[COMPARE_SAID])
{
	struct decoded own, other;
	bool right = true;

	decode_by(&own, held->own, bytes, length);
	decode_by_libtirpc(&other, held->libtirpc, bytes, length);
	if (own.done != other.done)
		right = differ(said, "%s of %zu bytes: %d, libtirpc's %d", held->name, length,
			       own.done, other.done);
	else if (own.done)
		right = are_same_values(held, &own, &other, bytes, said);
	right = right && is_unseen(held, other.done, bytes, length, said);
	xdr_free(held->own, own.value);
	xdr_free(held->libtirpc, other.value);
	return !right ? COMPARE_DIFFER : own.done ? COMPARE_DECODED : COMPARE_REFUSED;
}
