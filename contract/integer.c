/* Whole numbers of all that fits 64 bits, with a sign or without, and what is computed of them. */
#include "contract/integer.h"

#include <inttypes.h>
#include <stdio.h>

int integer_compare(struct integer a, struct integer b)
{
	if (a.negative != b.negative)
		return a.negative ? -1 : 1;
	return (a.low > b.low) - (a.low < b.low);
}

bool integer_fits(struct integer number, unsigned int bits, bool has_sign)
{
	uint64_t above = has_sign && number.negative ? ~number.low : number.low;

	return number.negative <= has_sign && above >> (bits - 1) >> !has_sign == 0;
}

bool integer_fits_any(struct integer number)
{
	return !number.negative || integer_fits(number, 64, true);
}

/* ---- sums: the bit above the 64 is the sign's, and what comes above it must be the same ---- */

bool integer_add(struct integer a, struct integer b, struct integer *result)
{
	bool carry = __builtin_add_overflow(a.low, b.low, &result->low);
	int above = carry - a.negative - b.negative;

	result->negative = above < 0;
	return above >= -1 && above <= 0 && integer_fits_any(*result);
}

bool integer_subtract(struct integer a, struct integer b, struct integer *result)
{
	bool borrow = __builtin_sub_overflow(a.low, b.low, &result->low);
	int above = b.negative - a.negative - borrow;

	result->negative = above < 0;
	return above >= -1 && above <= 0 && integer_fits_any(*result);
}

bool integer_negate(struct integer number, struct integer *result)
{
	return integer_subtract((struct integer){ 0 }, number, result);
}

/* ---- products: of sizes, which 64 bits have ---- */

static uint64_t size_of(struct integer number)
{
	return number.negative ? -number.low : number.low;
}

static bool give(bool negative, uint64_t size, struct integer *result)
{
	*result = (struct integer){ negative && size, negative ? -size : size };
	return integer_fits_any(*result);
}

bool integer_multiply(struct integer a, struct integer b, struct integer *result)
{
	uint64_t size;

	return !__builtin_mul_overflow(size_of(a), size_of(b), &size) &&
	       give(a.negative != b.negative, size, result);
}

bool integer_divide(struct integer a, struct integer b, struct integer *quotient)
{
	return size_of(b) != 0 && give(a.negative != b.negative, size_of(a) / size_of(b), quotient);
}

bool integer_remainder(struct integer a, struct integer b, struct integer *remainder)
{
	return size_of(b) != 0 && give(a.negative, size_of(a) % size_of(b), remainder);
}

bool integer_append(struct integer *number, unsigned int base, unsigned int figure)
{
	uint64_t low;

	if (__builtin_mul_overflow(number->low, base, &low) ||
	    __builtin_add_overflow(low, figure, &low))
		return false;
	number->low = low;
	return true;
}

const char *integer_text(struct integer number, char *room)
{
	if (number.negative)
		snprintf(room, INTEGER_ROOM, "%" PRId64, (int64_t)number.low);
	else
		snprintf(room, INTEGER_ROOM, "%" PRIu64, number.low);
	return room;
}
