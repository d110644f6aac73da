/* Programs by name: as contracts, /etc/rpc, and what has a number call them. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_PROGRAM_NAME_H
#define SIDECALL_PROGRAMS_SIDECALL_PROGRAM_NAME_H

#include "programs/sidecall/contracts.h"

struct program_named {
	uint32_t program;
	uint32_t version; /* where it was given */
	bool has_version;
	const struct contract_program *known; /* by the contract, or ours; or NULL */
};

/* PROGRAM[.VERSION], each a name or a number; a program's name is asked of contracts and of rpc(5).
 * 0, or FAILURE_USAGE when it was said what is wrong. */
int program_find(const struct contracts *contracts, const char *command, const char *text,
		 struct program_named *named);

/* The name of a program by the contract, ours, or rpc(5); or NULL. */
const char *program_called(const struct contracts *contracts, uint32_t program);

#endif
