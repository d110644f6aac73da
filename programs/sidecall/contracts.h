/* Contracts that a command is told of: --idl and -D, and what is called by name in them. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_CONTRACTS_H
#define SIDECALL_PROGRAMS_SIDECALL_CONTRACTS_H

#include "common/buffer.h"
#include "contract/contract.h"
#include "contract/value/value.h"
#include "contract/value/walk.h"
#include "programs/sidecall/command.h"

#define CONTRACTS_MOST 32 /* files, and definitions */

/* What the options say, all zeroes at first; and the contract that is read by them. */
struct contracts {
	const char *files[CONTRACTS_MOST], *defines[CONTRACTS_MOST];
	size_t file_count, define_count;
	struct value_form form; /* --depth, --undeclared */
	bool quiet;             /* notes are shown by somebody else; errors are said here */
	struct contract *read;  /* NULL: ours */
	const struct contract *contract;
};

/* Their options, rows of a command's table. */
enum { CONTRACTS_IDL = 1000, CONTRACTS_DEPTH, CONTRACTS_UNDECLARED };

#define CONTRACTS_OPTIONS                                                                          \
	OPTION_TEXT("idl", CONTRACTS_IDL, "FILE.x", "a contract; more of them are read as one",    \
		    "that of sidecalld"),                                                          \
		OPTION_TEXT("define", 'D', "NAME=NUMBER", "what a contract leaves open", NULL)
#define CONTRACTS_VALUE_OPTIONS                                                                    \
	OPTION_NUMBER("depth", CONTRACTS_DEPTH, "N", "of values within each other", WALK_DEPTH,    \
		      NULL, 1, 1000000),                                                           \
		OPTION_FLAG("undeclared", CONTRACTS_UNDECLARED,                                    \
			    "take numbers that an enum has no name for, or a char no bits")

/* Takes one of these options; what is wrong with it, or NULL. */
const char *contracts_take(struct contracts *contracts, int key, const char *value, int64_t number);

/* Writes --idl and -D as they were given, for a shell, with a blank before each. */
void contracts_write_options(const struct contracts *contracts, FILE *to);

/* Reads what was named, and says what is wrong with it.  0, or the failure's code. */
int contracts_open(struct contracts *contracts, const char *command);
void contracts_close(struct contracts *contracts);

/* The one procedure of a name; else says which there are.  0 or FAILURE_USAGE. */
int contracts_find(const struct contracts *contracts, const char *command, const char *name,
		   struct contract_found *found);

/* "PROGRAM.VERSION.PROCEDURE", to be freed; NULL: out of memory. */
char *contracts_name(const struct contract_found *found);

/* Has what is odd in bytes reported on standard error, under the command's name; the first ten. */
void contracts_warn(struct contracts *contracts, const char *command);

#endif
