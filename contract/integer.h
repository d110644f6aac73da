/*
 * Whole numbers of all that fits 64 bits, with a sign or without, and what is computed of them: on
 * every processor the same, also where the compiler has no wider type.
 */
#ifndef SIDECALL_CONTRACT_INTEGER_H
#define SIDECALL_CONTRACT_INTEGER_H

#include <stdbool.h>
#include <stdint.h>

/* In two's complement, with one bit more: from -2^64 to 2^64 - 1. */
struct integer {
	bool negative;
	uint64_t low; /* the lower 64 bits */
};

static inline struct integer integer_signed(int64_t number)
{
	return (struct integer){ number < 0, (uint64_t)number };
}

static inline struct integer integer_unsigned(uint64_t number)
{
	return (struct integer){ false, number };
}

/* As strcmp() does. */
int integer_compare(struct integer a, struct integer b);

/* Whether a number of so many bits, 1 to 64, can be this. */
bool integer_fits(struct integer number, unsigned int bits, bool has_sign);

/* Whether 64 bits can be this, with a sign or without. */
bool integer_fits_any(struct integer number);

/* These give the result, or false: it does not fit as above.  The operands must. */
bool integer_add(struct integer a, struct integer b, struct integer *result);
bool integer_subtract(struct integer a, struct integer b, struct integer *result);
bool integer_multiply(struct integer a, struct integer b, struct integer *result);
bool integer_negate(struct integer number, struct integer *result);

/* As C has them: towards zero.  False also for a division by zero. */
bool integer_divide(struct integer a, struct integer b, struct integer *quotient);
bool integer_remainder(struct integer a, struct integer b, struct integer *remainder);

/* One more figure behind a number that is not negative. */
bool integer_append(struct integer *number, unsigned int base, unsigned int figure);

/* Its figures, in room for INTEGER_ROOM bytes; gives the room. */
#define INTEGER_ROOM 24
const char *integer_text(struct integer number, char *room);

#endif
