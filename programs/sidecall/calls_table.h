/* What a server has counted of its calls, for people: a row for each procedure, protocol and
 * transport. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_CALLS_TABLE_H
#define SIDECALL_PROGRAMS_SIDECALL_CALLS_TABLE_H

#include "client/counts.h"
#include "programs/sidecall/contracts.h"

#define CALLS_NAME 64 /* bytes, for a text in a table */

/* "CALC_PROG.2", by name where the contract, ours or rpc(5) has one; "other". */
void calls_program(const struct contracts *contracts, const status_calls *calls,
		   char text[CALLS_NAME]);
void calls_procedure(const struct contracts *contracts, const status_calls *calls,
		     char text[CALLS_NAME]);

/* A word that the server chose, as of a protocol or an event: what is no printable ASCII in it, and
 * could do harm on a terminal, is "?". */
void calls_word(const char *word, char text[CALLS_NAME]);

/* "rpc+tcp", likewise. */
void calls_endpoint(const char *protocol, const char *transport, char text[CALLS_NAME]);

/* "1.2 us", "35 ms". */
void calls_duration(double nanoseconds, char text[CALLS_NAME]);
/* "12 KiB". */
void calls_bytes(uint64_t bytes, char text[CALLS_NAME]);

#endif
