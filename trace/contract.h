/*
 * The contract's types and procedures as data: what idl/ says, for whoever explains bytes.
 *
 * One description serves both encodings; tests/trace_test.c holds it against rpcgen's filters and
 * common/raw.c.  rpcbind's GETADDR is in it too, because that is how a program's port is found.
 */
#ifndef SIDECALL_TRACE_CONTRACT_H
#define SIDECALL_TRACE_CONTRACT_H

#include <stddef.h>
#include <stdint.h>

enum type_kind {
	TYPE_VOID,
	TYPE_UNSIGNED,       /* unsigned int */
	TYPE_HYPER,          /* hyper */
	TYPE_UNSIGNED_HYPER, /* unsigned hyper */
	TYPE_DOUBLE,
	TYPE_BOOL,
	TYPE_ENUM,
	TYPE_STRING,
	TYPE_OPAQUE, /* of a fixed length */
	TYPE_ARRAY,  /* of a variable length */
	TYPE_STRUCT,
	TYPE_UNION
};

/* How a number is shown beside its plain figures. */
enum type_unit { UNIT_NONE, UNIT_SECONDS, UNIT_MODE, UNIT_PROGRAM };

/* A number's name; a list of them ends with NULL. */
struct enumerator {
	const char *name;
	uint32_t value;
};

/* A struct's field, or a union's arm; a list of them ends with NULL. */
struct member {
	const char *name;
	const struct type *type;
	uint32_t arm; /* of a union: the discriminant's value; what is not listed has no data */
};

struct type {
	enum type_kind kind;
	const char *name; /* the contract's; for what has none of its own, NULL */
	uint32_t bound;   /* of a string, in bytes; of an array, in items; an opaque's length */
	enum type_unit unit;
	uint32_t raw_size;                    /* of an enum: its bytes in the raw protocol */
	const struct enumerator *enumerators; /* of an enum */
	const struct member *members;         /* of a struct and a union */
	const struct type *item;              /* of an array; of a union, its discriminant's */
	const char *discriminant;             /* of a union: the discriminant's name */
};

/* A procedure's number in the raw protocol is its operation; those without one have NO_OPERATION.
 * A procedure is in the versions from `low` to `high`. */
#define NO_OPERATION 0xffffffff

struct contract_procedure {
	const char *name;
	uint32_t number, low, high, operation;
	const struct type *arguments, *result;
};

struct contract_program {
	const char *name;
	uint32_t number;
	const struct contract_procedure *procedures; /* ends with a name of NULL */
};

/* Ends with a name of NULL. */
extern const struct contract_program contract_programs[];

/* rpcbind's procedures, as far as they are called here. */
extern const struct contract_procedure contract_rpcbind[];

/* What stands in a credential of the flavor AUTH_SYS (RFC 5531, appendix A). */
extern const struct type contract_authsys;

/* The program, and its procedure; NULL when the contract has none. */
const struct contract_program *contract_program(uint32_t number);
const struct contract_procedure *contract_procedure(uint32_t program, uint32_t version,
						    uint32_t number);

/* The procedure behind an operation of the raw protocol, or NULL. */
const struct contract_procedure *contract_operation(uint32_t operation);

/* A value's name, or NULL. */
const char *contract_enumerator(const struct enumerator *enumerators, uint32_t value);

#endif
