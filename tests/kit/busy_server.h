/* A server that is too busy for some of the calls of one operation, by raw or by rpc. */
#ifndef SIDECALL_TESTS_KIT_BUSY_SERVER_H
#define SIDECALL_TESTS_KIT_BUSY_SERVER_H

#include <sys/types.h>

#include "common/endpoint.h"
#include "common/raw.h"

struct busy_server {
	pid_t pid;
	char directory[32];
	char via[128]; /* where it serves */
};

/* Starts it as a child on a Unix socket, where it shows `root` and has version 1 of the calculator
 * alone.  Each `every`-th call of the operation, all connections together, it refuses with
 * RAW_BUSY, or SYSTEM_ERR; every other call it executes.  By rpc it has to be an operation of the
 * calculator, whose procedures have the same numbers. */
void busy_server_start(struct busy_server *busy, enum endpoint_protocol protocol, const char *root,
		       enum raw_operation operation, unsigned int every);
void busy_server_stop(struct busy_server *busy);

#endif
