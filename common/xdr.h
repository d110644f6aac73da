/* What <rpc/xdr.h> lacks. */
#ifndef SIDECALL_COMMON_XDR_H
#define SIDECALL_COMMON_XDR_H

#include <rpc/rpc.h>

/* The filter for no data: xdr_void() under the type that libtirpc's calls take, without a cast
 * between function types that do not match. */
bool_t xdr_nothing(XDR *stream, ...);

#endif
