/*
 * A contract as a person, or a program, reads it.  What is written goes to a stream in memory
 * (open_memstream(3)): columns are counted on it.
 */
#ifndef SIDECALL_CONTRACT_DESCRIBE_DESCRIBE_H
#define SIDECALL_CONTRACT_DESCRIBE_DESCRIBE_H

#include <stdio.h>

#include "contract/contract.h"

/* All of it: constants, types, and programs with their versions and procedures. */
void describe_contract(FILE *to, const struct contract *contract);

/* One program with its versions. */
void describe_program(FILE *to, const struct contract_program *program);

/* One procedure, or one type, with the types that it is made of. */
void describe_procedure(FILE *to, const struct contract *contract,
			const struct contract_found *found);
void describe_type(FILE *to, const struct contract *contract, const struct type *type);
void describe_constant(FILE *to, const struct contract_constant *constant);

/* The same as one JSON value on one line. */
void describe_contract_as_json(FILE *to, const struct contract *contract);
void describe_program_as_json(FILE *to, const struct contract_program *program);
void describe_procedure_as_json(FILE *to, const struct contract_procedure *procedure);
void describe_type_as_json(FILE *to, const struct type *type);
void describe_constant_as_json(FILE *to, const struct contract_constant *constant);

#endif
