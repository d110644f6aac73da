/* What XDR streams of ours have in common, so that a filter finds their bytes without a call. */
#ifndef SIDECALL_XDR_STREAM_H
#define SIDECALL_XDR_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <endian.h>

#include <rpc/rpc.h>

/*
 * The bytes that come next are at x_private, and x_handy says how many there are.  A stream to
 * encode into may have room for more: its x_inline makes it, and moves both.  Its x_destroy says
 * that it is such a stream.
 */
void xdr_destroy_reader(XDR *stream);
void xdr_destroy_writer(XDR *stream);

/* Behind x_public of a stream to decode from. */
struct xdr_reader {
	const char *deep; /* an address on the stack: below it x_getlong looks how deep it goes */
	bool altered;     /* something was decoded that would not be encoded to the same bytes */
	bool unseen;      /* something was decoded by the stream's operations, which cannot tell */
};

/* Behind x_public of a stream to encode into. */
struct xdr_writer {
	const char *deep; /* likewise, for x_putlong */
};

static inline bool xdr_is_reader(const XDR *stream)
{
	return stream->x_op == XDR_DECODE && stream->x_ops->x_destroy == xdr_destroy_reader;
}

static inline bool xdr_is_writer(const XDR *stream)
{
	return stream->x_op == XDR_ENCODE && stream->x_ops->x_destroy == xdr_destroy_writer;
}

/* To free looks at no stream. */
static inline bool xdr_is_libtirpcs(const XDR *stream)
{
	return stream->x_op != XDR_FREE && !xdr_is_reader(stream) && !xdr_is_writer(stream);
}

static inline struct xdr_reader *xdr_reader_of(XDR *stream)
{
	return (struct xdr_reader *)(void *)stream->x_public;
}

/* So many bytes, which then are read, or written; NULL: not that easily, libtirpc shall try. */
static inline void *xdr_take(XDR *stream, u_int length)
{
	char *place = stream->x_private;

	if (stream->x_handy < length)
		return NULL;
	stream->x_private = place + length;
	stream->x_handy -= length;
	return place;
}

static inline const void *xdr_read(XDR *stream, u_int length)
{
	if ((const char *)__builtin_frame_address(0) < xdr_reader_of(stream)->deep)
		return NULL;
	return xdr_take(stream, length);
}

static inline void *xdr_write(XDR *stream, u_int length)
{
	const struct xdr_writer *writer = (const struct xdr_writer *)(void *)stream->x_public;

	if ((const char *)__builtin_frame_address(0) < writer->deep)
		return NULL;
	return xdr_take(stream, length);
}

/* ---- numbers at any address ---- */

static inline uint32_t xdr_get_word(const void *place)
{
	uint32_t word;

	memcpy(&word, place, sizeof(word));
	return ntohl(word);
}

static inline void xdr_put_word(void *place, uint32_t word)
{
	word = htonl(word);
	memcpy(place, &word, sizeof(word));
}

static inline uint64_t xdr_get_long_word(const void *place)
{
	uint64_t word;

	memcpy(&word, place, sizeof(word));
	return be64toh(word);
}

static inline void xdr_put_long_word(void *place, uint64_t word)
{
	word = htobe64(word);
	memcpy(place, &word, sizeof(word));
}

#endif
