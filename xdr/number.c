/* XDR of numbers (RFC 4506, sections 4.1 to 4.7), on streams of ours; libtirpc's on others. */
#define SIDECALL_XDR_PLAIN
#include "xdr/xdr.h"

#include "xdr/stream.h"

/*
 * What is not easy, as when there is no room or nothing left, goes the long way.  To free is never
 * anything.
 */
#define THE_LONG_WAY(name) (stream->x_op == XDR_FREE || xdr_##name(stream, value))

/* A number of up to 32 bits stands in four bytes.  One that is smaller loses what it cannot hold.
 */
#define NUMBER(name, type)                                                                         \
	bool_t sidecall_xdr_##name(XDR *stream, type *value)                                       \
	{                                                                                          \
		const void *from;                                                                  \
		void *to;                                                                          \
                                                                                                   \
		if (xdr_is_writer(stream) && (to = xdr_write(stream, 4))) {                        \
			xdr_put_word(to, (uint32_t)*value);                                        \
			return TRUE;                                                               \
		}                                                                                  \
		if (xdr_is_reader(stream) && (from = xdr_read(stream, 4))) {                       \
			*value = (type)xdr_get_word(from);                                         \
			if ((uint32_t)*value != xdr_get_word(from))                                \
				xdr_reader_of(stream)->altered = true;                             \
			return TRUE;                                                               \
		}                                                                                  \
		return THE_LONG_WAY(name);                                                         \
	}

NUMBER(int, int)
NUMBER(u_int, u_int)
NUMBER(short, short)
NUMBER(u_short, u_short)
NUMBER(char, char)
NUMBER(u_char, u_char)
NUMBER(int8_t, int8_t)
NUMBER(u_int8_t, uint8_t)
NUMBER(uint8_t, uint8_t)
NUMBER(int16_t, int16_t)
NUMBER(u_int16_t, u_int16_t)
NUMBER(uint16_t, uint16_t)
NUMBER(int32_t, int32_t)
NUMBER(u_int32_t, u_int32_t)
NUMBER(uint32_t, uint32_t)
NUMBER(enum, enum_t)

/* A long has more bytes here than on the wire. */
bool_t sidecall_xdr_long(XDR *stream, long *value)
{
	int word = (int)*value;

	if (!xdr_is_reader(stream))
		return xdr_is_writer(stream) ? sidecall_xdr_int(stream, &word)
					     : xdr_long(stream, value);
	if (!sidecall_xdr_int(stream, &word))
		return FALSE;
	*value = word;
	return TRUE;
}

bool_t sidecall_xdr_u_long(XDR *stream, u_long *value)
{
	u_int word = (u_int)*value;

	if (!xdr_is_reader(stream))
		return xdr_is_writer(stream) ? sidecall_xdr_u_int(stream, &word)
					     : xdr_u_long(stream, value);
	if (!sidecall_xdr_u_int(stream, &word))
		return FALSE;
	*value = word;
	return TRUE;
}

/* Anything but zero is true. */
bool_t sidecall_xdr_bool(XDR *stream, bool_t *value)
{
	uint32_t word = stream->x_op == XDR_ENCODE && *value ? TRUE : FALSE;

	if (!sidecall_xdr_u_int(stream, &word))
		return FALSE;
	if (stream->x_op != XDR_DECODE)
		return TRUE;
	*value = word ? TRUE : FALSE;
	if (word > TRUE && xdr_is_reader(stream))
		xdr_reader_of(stream)->altered = true;
	return TRUE;
}

#define LONG_NUMBER(name, type)                                                                    \
	bool_t sidecall_xdr_##name(XDR *stream, type *value)                                       \
	{                                                                                          \
		const void *from;                                                                  \
		void *to;                                                                          \
                                                                                                   \
		if (xdr_is_writer(stream) && (to = xdr_take(stream, 8))) {                         \
			xdr_put_long_word(to, (uint64_t)*value);                                   \
			return TRUE;                                                               \
		}                                                                                  \
		if (xdr_is_reader(stream) && (from = xdr_read(stream, 8))) {                       \
			*value = (type)xdr_get_long_word(from);                                    \
			return TRUE;                                                               \
		}                                                                                  \
		return THE_LONG_WAY(name);                                                         \
	}

LONG_NUMBER(int64_t, int64_t)
LONG_NUMBER(u_int64_t, u_int64_t)
LONG_NUMBER(uint64_t, uint64_t)
LONG_NUMBER(quad_t, int64_t)
LONG_NUMBER(u_quad_t, u_int64_t)
LONG_NUMBER(hyper, quad_t)
LONG_NUMBER(u_hyper, u_quad_t)
LONG_NUMBER(longlong_t, quad_t)
LONG_NUMBER(u_longlong_t, u_quad_t)

/* IEEE 754 as here; the bytes go as a number's of that size. */
bool_t sidecall_xdr_float(XDR *stream, float *value)
{
	uint32_t bits;

	memcpy(&bits, value, sizeof(bits));
	if (!sidecall_xdr_u_int(stream, &bits))
		return FALSE;
	memcpy(value, &bits, sizeof(bits));
	return TRUE;
}

bool_t sidecall_xdr_double(XDR *stream, double *value)
{
	uint64_t bits;

	memcpy(&bits, value, sizeof(bits));
	if (!sidecall_xdr_u_int64_t(stream, &bits))
		return FALSE;
	memcpy(value, &bits, sizeof(bits));
	return TRUE;
}
