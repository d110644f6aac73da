/* What the contract's statuses are called, and what they say to people. */
#ifndef SIDECALL_CLIENT_STATUS_H
#define SIDECALL_CLIENT_STATUS_H

#include <rpc/rpc.h>

/* The name of a number in one of the contract's enums, without its prefix: of "calc_status" 1 is
 * "DIVIDE_BY_ZERO".  "UNKNOWN" for another number. */
const char *status_name(const char *type, int number);

/* The same in small letters, written into room for them: of "fileinfo_type" 1 is "regular". */
#define STATUS_ROOM 32
const char *status_small_name(const char *type, int number, char room[STATUS_ROOM]);

/* What a status of "calc_status" or "fileinfo_status" says, in words ("division by zero"). */
const char *status_text(const char *type, int number);

/* What a program of ours is, to people; NULL for another one. */
const char *program_name(rpcprog_t program);

#endif
