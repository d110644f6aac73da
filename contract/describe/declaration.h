/* Types as the RPC language writes them: RFC 4506, section 6.3. */
#ifndef SIDECALL_CONTRACT_DESCRIBE_DECLARATION_H
#define SIDECALL_CONTRACT_DESCRIBE_DECLARATION_H

#include <stdio.h>

#include "contract/contract.h"

/* A type and a name, as in "string path<255>"; without a name, as an argument or a result stands
 * there.  A type that has a name goes by it. */
void declaration_write(FILE *to, const struct type *type, const char *name);

/* The definition of a type that has a name, with its comments, up to the end of its last line. */
void definition_write(FILE *to, const struct type *type);

/* A comment on lines of its own. */
void comment_write(FILE *to, const char *comment);

#endif
