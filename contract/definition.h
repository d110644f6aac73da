/* What declarations and definitions share of reading a contract. */
#ifndef SIDECALL_CONTRACT_DEFINITION_H
#define SIDECALL_CONTRACT_DEFINITION_H

#include "contract/reading.h"

struct declared {
	const char *name; /* NULL: void, or an argument without one */
	struct draft *draft;
	struct position at;
};

enum naming { NAME_NEEDED, NAME_OPTIONAL };

/* A type, a name, and what makes an array or optional data of it; or void. */
struct declared parse_declaration(struct cursor *cursor, enum naming naming);

/* A procedure's result. */
struct draft *parse_result(struct cursor *cursor);

/* Whether struct, union or enum comes next; then reads it. */
bool at_composed(const struct cursor *cursor, enum type_kind *kind);
struct draft *parse_composed(struct cursor *cursor, enum type_kind kind);

struct draft *new_draft(struct cursor *cursor, enum type_kind kind, struct position at);

/* Gives it a name that others may use.  Complains of one that is taken. */
void name_draft(struct cursor *cursor, struct draft *draft, const char *name, struct position at);

/* A number for when all is read: *slot gets it. */
struct number *add_number(struct cursor *cursor, uint32_t *slot, const char *what,
			  struct expression *expression, struct position at);

/* A name, of which `what` says what it is a name of. */
const char *take_name(struct cursor *cursor, const char *what, struct position *at);
bool word_is_reserved(const struct token *word);

/* Whether a body goes on behind its '{'; false when its end was passed. */
bool body_goes_on(struct cursor *cursor, struct position opened);

/* program NAME { version ... } = NUMBER, of which the first word was read. */
void parse_program(struct cursor *cursor);

#endif
