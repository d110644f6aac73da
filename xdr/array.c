/* XDR of arrays and of optional data (RFC 4506, sections 4.12, 4.13, 4.19), on streams of ours. */
#define SIDECALL_XDR_PLAIN
#include "xdr/xdr.h"

#include <limits.h>
#include <stdlib.h>

#include "xdr/stream.h"

#define LEAST 4 /* bytes of anything */

/* A number's filter, and how many bytes each has on the wire. */
struct scalar {
	xdrproc_t filter;
	u_int wire;
	bool in_bulk; /* as many here, and any bytes are one */
};

/* clang-format off */
#define IN_BULK(name, wire) { (xdrproc_t)(void (*)(void))sidecall_xdr_##name, wire, true }
#define ONE_BY_ONE(name) { (xdrproc_t)(void (*)(void))sidecall_xdr_##name, 4, false }
/* clang-format on */

/* NULL: something else. */
static const struct scalar *find_scalar(xdrproc_t filter)
{
	static const struct scalar scalars[] = {
		IN_BULK(quad_t, 8),       IN_BULK(int, 4),       IN_BULK(u_int, 4),
		IN_BULK(double, 8),       IN_BULK(float, 4),     IN_BULK(u_quad_t, 8),
		IN_BULK(hyper, 8),        IN_BULK(u_hyper, 8),   IN_BULK(int64_t, 8),
		IN_BULK(u_int64_t, 8),    IN_BULK(uint64_t, 8),  IN_BULK(longlong_t, 8),
		IN_BULK(u_longlong_t, 8), IN_BULK(int32_t, 4),   IN_BULK(u_int32_t, 4),
		IN_BULK(uint32_t, 4),     IN_BULK(enum, 4),      ONE_BY_ONE(long),
		ONE_BY_ONE(u_long),       ONE_BY_ONE(short),     ONE_BY_ONE(u_short),
		ONE_BY_ONE(int16_t),      ONE_BY_ONE(u_int16_t), ONE_BY_ONE(uint16_t),
		ONE_BY_ONE(char),         ONE_BY_ONE(u_char),    ONE_BY_ONE(int8_t),
		ONE_BY_ONE(u_int8_t),     ONE_BY_ONE(uint8_t),   ONE_BY_ONE(bool),
	};

	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++)
		if (scalars[i].filter == filter)
			return &scalars[i];
	return NULL;
}

/* To the other order of bytes, in either direction. */
static void swap_in_bulk(char *to, const char *from, u_int count, u_int wire)
{
	for (size_t i = 0; i < count && wire == 4; i++) {
		uint32_t word = xdr_get_word(from + 4 * i);

		memcpy(to + 4 * i, &word, sizeof(word));
	}
	for (size_t i = 0; i < count && wire == 8; i++) {
		uint64_t word = xdr_get_long_word(from + 8 * i);

		memcpy(to + 8 * i, &word, sizeof(word));
	}
}

/* Each by the filter: how many went well. */
static u_int filter_each(XDR *stream, char *items, u_int count, u_int size, xdrproc_t filter)
{
	for (u_int i = 0; i < count; i++)
		if (!filter(stream, items + (size_t)i * size))
			return i;
	return count;
}

static u_int read_items(XDR *stream, char *items, u_int count, u_int size, xdrproc_t filter)
{
	const struct scalar *scalar = find_scalar(filter);
	const char *from = NULL;

	if (scalar && scalar->in_bulk && count <= stream->x_handy / scalar->wire)
		from = xdr_read(stream, count * scalar->wire);
	if (!from)
		return filter_each(stream, items, count, size, filter);
	swap_in_bulk(items, from, count, scalar->wire);
	return count;
}

static bool_t write_items(XDR *stream, const char *items, u_int count, u_int size, xdrproc_t filter)
{
	const struct scalar *scalar = find_scalar(filter);
	char *to = NULL;

	if (scalar && scalar->in_bulk && count <= INT_MAX / scalar->wire) {
		to = xdr_take(stream, count * scalar->wire);
		if (!to)
			to = (char *)XDR_INLINE(stream, count * scalar->wire);
	}
	if (!to)
		return filter_each(stream, (char *)items, count, size, filter) == count;
	swap_in_bulk(to, items, count, scalar->wire);
	return TRUE;
}

/* Numbers own nothing. */
static void free_items(XDR *stream, char *items, u_int count, u_int size, xdrproc_t filter)
{
	if (!find_scalar(filter))
		filter_each(stream, items, count, size, filter);
}

/* ---- an array ---- */

/* Whether there may be so many, as what is still to come is that long. */
static bool may_come(const XDR *stream, u_int count, xdrproc_t filter)
{
	const struct scalar *scalar = find_scalar(filter);

	return count <= stream->x_handy / (scalar ? scalar->wire : LEAST);
}

/* What fails halfway has so many items as were begun, for whoever frees them. */
static bool_t read_array(XDR *stream, char **items, u_int *count, u_int maximum, u_int size,
			 xdrproc_t filter)
{
	u_int done, told;

	if (!sidecall_xdr_u_int(stream, &told))
		return FALSE;
	*count = 0;
	if (told > maximum || told > UINT_MAX / size || !may_come(stream, told, filter))
		return FALSE;
	if (told == 0)
		return TRUE;
	if (!*items)
		*items = find_scalar(filter) ? malloc((size_t)told * size) : calloc(told, size);
	if (!*items)
		return FALSE;
	done = read_items(stream, *items, told, size, filter);
	*count = done < told ? done + 1 : told;
	return done == told;
}

static bool_t write_array(XDR *stream, const char *items, u_int *count, u_int maximum, u_int size,
			  xdrproc_t filter)
{
	return sidecall_xdr_u_int(stream, count) && *count <= maximum &&
	       *count <= UINT_MAX / size && write_items(stream, items, *count, size, filter);
}

static bool_t free_array(XDR *stream, char **items, u_int count, u_int size, xdrproc_t filter)
{
	if (*items)
		free_items(stream, *items, count, size, filter);
	free(*items);
	*items = NULL;
	return TRUE;
}

bool_t sidecall_xdr_array(XDR *stream, char **items, u_int *count, u_int maximum, u_int size,
			  xdrproc_t filter)
{
	if (stream->x_op == XDR_FREE)
		return free_array(stream, items, *count, size, filter);
	if (xdr_is_reader(stream))
		return read_array(stream, items, count, maximum, size, filter);
	if (xdr_is_writer(stream))
		return write_array(stream, *items, count, maximum, size, filter);
	return xdr_array(stream, items, count, maximum, size, filter);
}

/* ---- the others ---- */

bool_t sidecall_xdr_vector(XDR *stream, char *items, u_int count, u_int size, xdrproc_t filter)
{
	if (stream->x_op == XDR_FREE)
		free_items(stream, items, count, size, filter);
	else if (xdr_is_reader(stream))
		return read_items(stream, items, count, size, filter) == count;
	else if (xdr_is_writer(stream))
		return write_items(stream, items, count, size, filter);
	else
		return xdr_vector(stream, items, count, size, filter);
	return TRUE;
}

/* Libtirpc's does the rest: it looks at what the filter does, and not at the stream. */
bool_t sidecall_xdr_pointer(XDR *stream, char **item, u_int size, xdrproc_t filter)
{
	bool_t is_there = *item != NULL;

	if (!sidecall_xdr_bool(stream, &is_there))
		return FALSE;
	if (is_there)
		return xdr_reference(stream, item, size, filter);
	*item = NULL;
	return TRUE;
}
