/* XDR of bytes and strings (RFC 4506, sections 4.9 to 4.11), on streams of ours. */
#define SIDECALL_XDR_PLAIN
#include "xdr/xdr.h"

#include <limits.h>
#include <stdlib.h>

#include <rpc/rpc_com.h>

#include "xdr/stream.h"

/* Bytes are filled up with zeroes to a multiple of four. */
static u_int padding_of(u_int length)
{
	return -length % BYTES_PER_XDR_UNIT;
}

/* Whether so many bytes are still to come, before there is memory for them. */
static bool has_come(const XDR *stream, u_int length)
{
	return length <= stream->x_handy;
}

static bool_t read_opaque(XDR *stream, char *bytes, u_int length)
{
	static const char zeroes[BYTES_PER_XDR_UNIT];
	u_int padding = padding_of(length);
	const char *from;

	if (!has_come(stream, length) || stream->x_handy - length < padding)
		return FALSE;
	from = xdr_take(stream, length + padding);
	if (length)
		memcpy(bytes, from, length);
	if (memcmp(from + length, zeroes, padding) != 0)
		xdr_reader_of(stream)->altered = true;
	return TRUE;
}

static bool_t write_opaque(XDR *stream, const char *bytes, u_int length)
{
	u_int padding = padding_of(length);
	char *to;

	if (length > UINT_MAX - padding)
		return FALSE;
	to = xdr_take(stream, length + padding);
	if (!to)
		to = (char *)XDR_INLINE(stream, length + padding);
	if (!to)
		return FALSE;
	if (length)
		memcpy(to, bytes, length);
	memset(to + length, 0, padding);
	return TRUE;
}

bool_t sidecall_xdr_opaque(XDR *stream, char *bytes, u_int length)
{
	if (xdr_is_reader(stream))
		return read_opaque(stream, bytes, length);
	if (xdr_is_writer(stream))
		return write_opaque(stream, bytes, length);
	return xdr_opaque(stream, bytes, length);
}

/* Into the memory that the caller has, or else into new memory, with room for so much more. */
static bool_t read_into(XDR *stream, char **bytes, u_int length, u_int more)
{
	char *taken = NULL;

	if (!has_come(stream, length))
		return FALSE;
	if (!*bytes)
		*bytes = taken = malloc((size_t)length + more);
	if (*bytes && read_opaque(stream, *bytes, length))
		return TRUE;
	if (taken) {
		free(taken);
		*bytes = NULL;
	}
	return FALSE;
}

bool_t sidecall_xdr_bytes(XDR *stream, char **bytes, u_int *length, u_int maximum)
{
	bool reads = xdr_is_reader(stream);

	if (!reads && !xdr_is_writer(stream))
		return xdr_bytes(stream, bytes, length, maximum);
	if (!sidecall_xdr_u_int(stream, length) || *length > maximum)
		return FALSE;
	if (!reads)
		return write_opaque(stream, *bytes, *length);
	return *length == 0 || read_into(stream, bytes, *length, 0);
}

/* A string ends at its first zero byte: what was behind one is lost. */
static bool_t read_string(XDR *stream, char **string, u_int maximum)
{
	u_int length;

	if (!sidecall_xdr_u_int(stream, &length) || length > maximum || length == UINT_MAX ||
	    !read_into(stream, string, length, 1))
		return FALSE;
	(*string)[length] = '\0';
	if (memchr(*string, '\0', length))
		xdr_reader_of(stream)->altered = true;
	return TRUE;
}

static bool_t write_string(XDR *stream, const char *string, u_int maximum)
{
	size_t length = string ? strlen(string) : 0;
	u_int counted = (u_int)length;

	return string && length <= maximum && sidecall_xdr_u_int(stream, &counted) &&
	       write_opaque(stream, string, counted);
}

bool_t sidecall_xdr_string(XDR *stream, char **string, u_int maximum)
{
	if (xdr_is_reader(stream))
		return read_string(stream, string, maximum);
	if (xdr_is_writer(stream))
		return write_string(stream, *string, maximum);
	return xdr_string(stream, string, maximum);
}

bool_t sidecall_xdr_wrapstring(XDR *stream, char **string)
{
	return sidecall_xdr_string(stream, string, RPC_MAXDATASIZE);
}
