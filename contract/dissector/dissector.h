/* A Wireshark dissector in Lua, of any contract. */
#ifndef SIDECALL_CONTRACT_DISSECTOR_DISSECTOR_H
#define SIDECALL_CONTRACT_DISSECTOR_DISSECTOR_H

#include <stdbool.h>
#include <stdio.h>

#include "contract/contract.h"

#define DISSECTOR_NO_OPERATION UINT32_MAX

struct dissector {
	/* Lowercase letters, figures, _; fields of headers are called NAME.FIELD, those of
	 * arguments PROGRAM.PROCEDURE.FIELD, those of results PROGRAM.PROCEDURE.result.FIELD. */
	const char *name;
	const char *title; /* what Wireshark calls the protocol */
	/* With messages of the raw protocol: their ports, and a procedure's operation, or
	 * DISSECTOR_NO_OPERATION.  NULL: without. */
	const char *raw_ports;
	uint32_t (*operation)(uint32_t program, uint32_t procedure);
};

/* Writes it.  0, or -ENOMEM. */
int dissector_write(FILE *to, const struct contract *contract, const struct dissector *dissector);

/* Whether Wireshark has a protocol of that name: it refuses a second one. */
bool dissector_name_taken(const char *name);

#endif
