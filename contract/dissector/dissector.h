/* A Wireshark dissector in Lua, of any contract. */
#ifndef SIDECALL_CONTRACT_DISSECTOR_DISSECTOR_H
#define SIDECALL_CONTRACT_DISSECTOR_DISSECTOR_H

#include <stdio.h>

#include "contract/contract.h"

#define DISSECTOR_NO_OPERATION UINT32_MAX

struct dissector {
	const char *name;  /* fields are called NAME.TYPE.MEMBER: lowercase letters, figures, _ */
	const char *title; /* what Wireshark calls the protocol */
	/* With messages of the raw protocol: their ports, and a procedure's operation, or
	 * DISSECTOR_NO_OPERATION.  NULL: without. */
	const char *raw_ports;
	uint32_t (*operation)(uint32_t program, uint32_t procedure);
};

/* Writes it.  0, or -ENOMEM. */
int dissector_write(FILE *to, const struct contract *contract, const struct dissector *dissector);

#endif
