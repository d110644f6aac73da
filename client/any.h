/*
 * Calls of any procedure of any program: arguments and results are bytes of XDR, as they are, and
 * somebody else knows what is in them.  Such a procedure is a row like those of
 * client/procedures.h, made while the program runs.
 */
#ifndef SIDECALL_CLIENT_ANY_H
#define SIDECALL_CLIENT_ANY_H

#include <rpc/rpc.h>

#include "common/buffer.h"

struct argument_kind;
struct procedure;
struct result_kind;

struct any_arguments {
	rpcproc_t number;    /* the procedure's */
	struct buffer bytes; /* a multiple of four */
};

struct any_result {
	struct buffer bytes;
};

extern const struct argument_kind arguments_any;
extern const struct result_kind result_any;

/* Makes a row of them.  The name is the caller's. */
void any_procedure(struct procedure *row, const char *name, rpcprog_t program, rpcvers_t version);

#endif
