/*
 * A contract as data: the types, constants and programs of .x files (RFC 4506, RFC 5531, and what
 * rpcgen and others accept besides), read at run time.
 *
 *	contract_open(), contract_add() for each text, contract_resolve(), ..., contract_close()
 *
 * The texts may be anybody's: depth, length and the work done are bounded, and nothing is allocated
 * by a number in them.  All that is pointed to belongs to the contract.
 */
#ifndef SIDECALL_CONTRACT_CONTRACT_H
#define SIDECALL_CONTRACT_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "contract/integer.h"

#define CONTRACT_MAX_TEXT   (4 << 20) /* bytes of a text */
#define CONTRACT_MAX_DEPTH  200       /* of what stands within something, as it is written */
#define CONTRACT_MAX_NESTED 500       /* types within types, by name */

/* A place in a text: what complaints are made of. */
struct position {
	const struct source *source;
	size_t offset;
};

/* ---- types ---- */

enum type_kind {
	TYPE_VOID,
	TYPE_INT,      /* int, long; short and char take as many bytes */
	TYPE_UNSIGNED, /* unsigned int, ... */
	TYPE_HYPER,
	TYPE_UNSIGNED_HYPER,
	TYPE_FLOAT,
	TYPE_DOUBLE,
	TYPE_QUADRUPLE,
	TYPE_BOOL,
	TYPE_ENUM,
	TYPE_STRING,
	TYPE_OPAQUE, /* of a fixed length */
	TYPE_BYTES,  /* opaque of a variable length */
	TYPE_VECTOR, /* an array of a fixed length */
	TYPE_ARRAY,  /* of a variable length */
	TYPE_OPTIONAL,
	TYPE_STRUCT,
	TYPE_UNION
};

/* A comment that stands beside something, above it or behind it on its line: words with blanks
 * between them; NULL where there is none. */

struct enumerator {
	const char *name;
	int64_t value;
	const char *comment;
};

/* A struct's field, a union's arm, or one of several arguments. */
struct member {
	const char *name;  /* NULL: it is void, or an argument without a name */
	struct type *type; /* never NULL in a contract without errors */
	const char *comment;
};

struct label {
	int64_t value;
	size_t arm; /* which of the members */
};

struct type {
	enum type_kind kind;
	const char *name; /* the contract's; NULL for what has none of its own */
	uint32_t bits;    /* of an int and an unsigned: 32, 16 or 8, which bound its values */
	uint32_t bound;   /* a fixed length, or the most: bytes or items; UINT32_MAX: no bound */
	uint32_t least;   /* bytes of the shortest value in XDR; UINT32_MAX: so many, or more */

	struct enumerator *enumerators; /* of an enum, in order */
	size_t enumerator_count;

	struct member *members; /* of a struct and a union, in order */
	size_t member_count;

	struct type *item; /* of a vector, an array, and what is optional */
	bool list;         /* of what is optional: a linked list, whose item's last member, and no
			    * other, is optional data of the same struct */
	bool nested;       /* of what is optional: null could mean it, or its item */
	bool several;      /* of a struct: the arguments of a procedure, more than one */

	struct member discriminant; /* of a union */
	struct label *labels;
	size_t label_count;
	struct member *otherwise; /* the default arm; NULL: there is none */

	const char *comment;
};

/* A typedef of a name is a copy under another name: no reader needs to follow it. */

/* ---- programs and constants ---- */

struct contract_procedure {
	const char *name;
	uint32_t number;
	/* Void, or a type; several arguments are a struct without a name. */
	struct type *arguments, *result;
	const char *comment;
	struct position at;
};

struct contract_version {
	const char *name;
	uint32_t number;
	struct contract_procedure *procedures;
	size_t procedure_count;
	const char *comment;
	struct position at;
};

struct contract_program {
	const char *name;
	uint32_t number;
	struct contract_version *versions; /* in order of the text */
	size_t version_count;
	const char *comment;
};

struct contract_constant {
	const char *name;
	struct integer value;
	const char *text; /* of a constant that is text, which rpcgen takes; else NULL */
	const char *comment;
};

/* ---- what is wrong with a text ---- */

struct complaint {
	bool note; /* nothing is wrong, but other readers would not take it, or not so */
	const char *file;
	unsigned int line, column; /* from 1; columns are bytes */
	const char *source;        /* the line itself, which does not end in a zero byte */
	size_t source_length;
	char text[160];
};

struct contract {
	struct contract_program *programs;
	size_t program_count;
	struct type **types; /* those with names, in order of the texts */
	size_t type_count;
	struct contract_constant *constants;
	size_t constant_count;
	/* In order of the texts: the first hundred. */
	struct complaint *complaints;
	size_t complaint_count;
	size_t error_count; /* all of them, without notes */
};

/* A contract that has nothing yet but what every text may use (contract/predefined.x).  NULL when
 * out of memory. */
struct contract *contract_open(void);

/*
 * Reads one more text, whose types and constants are seen by all others.  The name is what
 * complaints call it; the text is copied.  0, also when there are errors in it (they are counted,
 * and the rest of it is read), -EFBIG, or -ENOMEM.
 */
int contract_add(struct contract *contract, const char *name, const char *text, size_t length);

/*
 * Reads a file, and those beside it that it includes by #include "NAME", or whose headers it has
 * the C compiler include: `%#include "NAME.h"` names NAME.x, where there is one.  A file that was
 * read before is passed over.  The file itself may be a pipe.  As contract_add(), or why the file
 * itself cannot be read.
 */
int contract_add_file(struct contract *contract, const char *path);

/* As #define NAME VALUE in front of the texts that follow.  0 or -ENOMEM. */
int contract_define(struct contract *contract, const char *name, const char *value);

/* Once, when all texts are read: finds what is meant by each name.  0; -EBADMSG when there were
 * errors, and then nothing but complaints is to be looked at; -ENOMEM. */
int contract_resolve(struct contract *contract);

/* Takes NULL. */
void contract_close(struct contract *contract);

/* The complaint, its line, and a caret below the place. */
void contract_complain(FILE *to, const struct complaint *complaint);

/* ---- looking something up: NULL where there is no such thing ---- */

const struct type *contract_type(const struct contract *contract, const char *name);
const struct contract_program *contract_program(const struct contract *contract, uint32_t number);
const struct contract_program *contract_program_named(const struct contract *contract,
						      const char *name);
const struct contract_version *contract_version(const struct contract_program *program,
						uint32_t number);

/* Every version has a procedure 0 (RFC 5531, section 12.1), be it written down or not. */
const struct contract_procedure *contract_procedure(const struct contract *contract,
						    uint32_t program, uint32_t version,
						    uint32_t number);
const struct contract_procedure *contract_version_procedure(const struct contract_version *version,
							    uint32_t number);

/* The procedure as the highest version has it. */
const struct contract_procedure *contract_latest(const struct contract_program *program,
						 uint32_t number);

/* The lowest and the highest version; the lowest number that no procedure of any version has, nor
 * any higher one.  0 for a program without versions, or NULL. */
uint32_t contract_lowest(const struct contract_program *program);
uint32_t contract_highest(const struct contract_program *program);
uint32_t contract_beyond(const struct contract_program *program);

/* A number's first name. */
const char *contract_enumerator(const struct type *type, int64_t value);

/* The arm that a discriminant selects; NULL where it selects none. */
const struct member *contract_arm(const struct type *type, int64_t value);

/*
 * A procedure by its name, as in CALC_ADD, CALC_PROG.CALC_ADD and CALC_PROG.CALC_V1.CALC_ADD, where
 * each part may be a number instead.  How many there are; the first `room` of them are in `found`.
 * Procedure 0 is found where it is written down, or with all three parts.
 */
struct contract_found {
	const struct contract_program *program;
	const struct contract_version *version;
	const struct contract_procedure *procedure;
};
size_t contract_find(const struct contract *contract, const char *name,
		     struct contract_found *found, size_t room);

/* ---- ours ---- */

/* idl/calc.x and idl/fileinfo.x, and what RPC itself says (contract/rpc.x): read at first
 * use, and kept.  Never NULL; empty when out of memory. */
const struct contract *contract_built_in(void);

#endif
