/* ONC RPC over TCP by hand: where a record ends, and the header of each call and reply. */
#ifndef RPC_H
#define RPC_H

#include <stdint.h>

#include "bytes.h"

#define RPC_MOST_RESULT 64 /* bytes in the result of any procedure */

enum rpc_status { SUCCESS, PROG_UNAVAIL, PROG_MISMATCH, PROC_UNAVAIL, GARBAGE_ARGS };

struct rpc_program {
	uint32_t number, version;
	/* Does what a procedure does, with arguments that have to be all that is left in `in`.
	 * With SUCCESS its result is in *out, and nothing otherwise. */
	enum rpc_status (*perform)(uint32_t procedure, struct reading *in, uint8_t **out);
};

/* Serves one client after the other at a port of 127.0.0.1, for ever. */
void rpc_serve(const char *port, const struct rpc_program *program);

#endif
