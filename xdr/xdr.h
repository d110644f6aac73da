/* clang-format off */
/*
 * XDR (RFC 4506) as rpcgen's filters use it, fast on the streams of this library.
 *
 *	cc $(pkg-config --cflags sidecall) -include sidecall/xdr.h -c dir_xdr.c
 *
 * What rpcgen writes into *_xdr.c calls libtirpc's xdr_int(3t), xdr_array(3t) and so on.  Included
 * before that file, which stays as it is, this header has it call the functions below instead.
 *
 * THE SAME
 * The bytes are those that libtirpc makes, and what is decoded is what libtirpc decodes, but a
 * negative `long`, which libtirpc makes positive.  On any other stream, as xdrmem_create(3t)'s or
 * that of libtirpc's own transports, libtirpc's function is called.
 *
 * BETTER
 * An array of numbers is one loop, and not a call of a function for each.  Before memory is taken
 * for an array, a string or bytes, as many bytes must have come as that needs at least: four for
 * each element of an array.  So elements that take no bytes, which RFC 4506 does not know, are
 * refused.  When decoding fails, xdr_free(3t) looks at what was decoded and no more.
 *
 * A server refuses arguments that are not what their decoded value is encoded to, as a string with
 * a zero byte inside (GARBAGE_ARGS).  These functions see that while they decode.  After libtirpc's
 * the server has to encode the arguments again, at each call.
 *
 * SIDECALL_XDR_PLAIN, defined before, has this header declare and not rename.
 */
/* clang-format on */
#ifndef SIDECALL_XDR_H
#define SIDECALL_XDR_H

#include <rpc/rpc.h>

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* Numbers: four bytes each on the wire, eight for those of 64 bits and a double. */
bool_t sidecall_xdr_int(XDR *stream, int *value);
bool_t sidecall_xdr_u_int(XDR *stream, u_int *value);
bool_t sidecall_xdr_long(XDR *stream, long *value);
bool_t sidecall_xdr_u_long(XDR *stream, u_long *value);
bool_t sidecall_xdr_short(XDR *stream, short *value);
bool_t sidecall_xdr_u_short(XDR *stream, u_short *value);
bool_t sidecall_xdr_char(XDR *stream, char *value);
bool_t sidecall_xdr_u_char(XDR *stream, u_char *value);
bool_t sidecall_xdr_int8_t(XDR *stream, int8_t *value);
bool_t sidecall_xdr_u_int8_t(XDR *stream, uint8_t *value);
bool_t sidecall_xdr_uint8_t(XDR *stream, uint8_t *value);
bool_t sidecall_xdr_int16_t(XDR *stream, int16_t *value);
bool_t sidecall_xdr_u_int16_t(XDR *stream, u_int16_t *value);
bool_t sidecall_xdr_uint16_t(XDR *stream, uint16_t *value);
bool_t sidecall_xdr_int32_t(XDR *stream, int32_t *value);
bool_t sidecall_xdr_u_int32_t(XDR *stream, u_int32_t *value);
bool_t sidecall_xdr_uint32_t(XDR *stream, uint32_t *value);
bool_t sidecall_xdr_int64_t(XDR *stream, int64_t *value);
bool_t sidecall_xdr_u_int64_t(XDR *stream, u_int64_t *value);
bool_t sidecall_xdr_uint64_t(XDR *stream, uint64_t *value);
bool_t sidecall_xdr_quad_t(XDR *stream, int64_t *value);
bool_t sidecall_xdr_u_quad_t(XDR *stream, u_int64_t *value);
bool_t sidecall_xdr_hyper(XDR *stream, quad_t *value);
bool_t sidecall_xdr_u_hyper(XDR *stream, u_quad_t *value);
bool_t sidecall_xdr_longlong_t(XDR *stream, quad_t *value);
bool_t sidecall_xdr_u_longlong_t(XDR *stream, u_quad_t *value);
bool_t sidecall_xdr_float(XDR *stream, float *value);
bool_t sidecall_xdr_double(XDR *stream, double *value);
bool_t sidecall_xdr_bool(XDR *stream, bool_t *value);
bool_t sidecall_xdr_enum(XDR *stream, enum_t *value);

/* Bytes: of a fixed length, counted, and a string. */
bool_t sidecall_xdr_opaque(XDR *stream, char *bytes, u_int length);
bool_t sidecall_xdr_bytes(XDR *stream, char **bytes, u_int *length, u_int maximum);
bool_t sidecall_xdr_string(XDR *stream, char **string, u_int maximum);
bool_t sidecall_xdr_wrapstring(XDR *stream, char **string);

/* Several of something: counted, and of a fixed number; and one that may be missing. */
bool_t sidecall_xdr_array(XDR *stream, char **items, u_int *count, u_int maximum, u_int size,
			  xdrproc_t filter);
bool_t sidecall_xdr_vector(XDR *stream, char *items, u_int count, u_int size, xdrproc_t filter);
bool_t sidecall_xdr_pointer(XDR *stream, char **item, u_int size, xdrproc_t filter);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#ifndef SIDECALL_XDR_PLAIN
#define xdr_array        sidecall_xdr_array
#define xdr_bool         sidecall_xdr_bool
#define xdr_bytes        sidecall_xdr_bytes
#define xdr_char         sidecall_xdr_char
#define xdr_double       sidecall_xdr_double
#define xdr_enum         sidecall_xdr_enum
#define xdr_float        sidecall_xdr_float
#define xdr_hyper        sidecall_xdr_hyper
#define xdr_int          sidecall_xdr_int
#define xdr_int16_t      sidecall_xdr_int16_t
#define xdr_int32_t      sidecall_xdr_int32_t
#define xdr_int64_t      sidecall_xdr_int64_t
#define xdr_int8_t       sidecall_xdr_int8_t
#define xdr_long         sidecall_xdr_long
#define xdr_longlong_t   sidecall_xdr_longlong_t
#define xdr_opaque       sidecall_xdr_opaque
#define xdr_pointer      sidecall_xdr_pointer
#define xdr_quad_t       sidecall_xdr_quad_t
#define xdr_short        sidecall_xdr_short
#define xdr_string       sidecall_xdr_string
#define xdr_u_char       sidecall_xdr_u_char
#define xdr_u_hyper      sidecall_xdr_u_hyper
#define xdr_u_int        sidecall_xdr_u_int
#define xdr_u_int16_t    sidecall_xdr_u_int16_t
#define xdr_u_int32_t    sidecall_xdr_u_int32_t
#define xdr_u_int64_t    sidecall_xdr_u_int64_t
#define xdr_u_int8_t     sidecall_xdr_u_int8_t
#define xdr_u_long       sidecall_xdr_u_long
#define xdr_u_longlong_t sidecall_xdr_u_longlong_t
#define xdr_u_quad_t     sidecall_xdr_u_quad_t
#define xdr_u_short      sidecall_xdr_u_short
#define xdr_uint16_t     sidecall_xdr_uint16_t
#define xdr_uint32_t     sidecall_xdr_uint32_t
#define xdr_uint64_t     sidecall_xdr_uint64_t
#define xdr_uint8_t      sidecall_xdr_uint8_t
#define xdr_vector       sidecall_xdr_vector
#define xdr_wrapstring   sidecall_xdr_wrapstring
#endif

#endif
