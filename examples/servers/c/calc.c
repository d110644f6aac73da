/* The calculator: what each operation computes. */
#include "calc.h"

#include <math.h>
#include <string.h>

/* A sum that does not fit is undefined in C, so it has to be seen before: gcc and clang do. */
enum calc_status calc_add(int64_t a, int64_t b, int64_t *result)
{
	return __builtin_add_overflow(a, b, result) ? CALC_OVERFLOW : CALC_OK;
}

enum calc_status calc_subtract(int64_t a, int64_t b, int64_t *result)
{
	return __builtin_sub_overflow(a, b, result) ? CALC_OVERFLOW : CALC_OK;
}

enum calc_status calc_multiply(int64_t a, int64_t b, int64_t *result)
{
	return __builtin_mul_overflow(a, b, result) ? CALC_OVERFLOW : CALC_OK;
}

/* The processor ends us with SIGFPE for either of the two. */
enum calc_status calc_divide(int64_t a, int64_t b, int64_t *result)
{
	if (b == 0)
		return CALC_DIVIDE_BY_ZERO;
	if (a == INT64_MIN && b == -1)
		return CALC_OVERFLOW;
	*result = a / b;
	return CALC_OK;
}

/* high * 2^32 + low: a sum of that many values has no room in 64 bits on its way. */
struct halves {
	int64_t high, low;
};

static struct halves halves_of(int64_t value)
{
	return (struct halves){ value >> 32, value & 0xffffffff };
}

/* How far the values are from their mean.  count * value - sum is exact, however large they are. */
static double deviation_of(const int64_t *values, uint32_t count, struct halves sum)
{
	long double squares = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct halves value = halves_of(values[i]);
		long double distance = (long double)(value.high * count - sum.high) * 0x1p32L +
				       (long double)(value.low * count - sum.low);

		squares += distance * distance;
	}
	return (double)(sqrtl(squares / count) / count);
}

enum calc_status calc_summarize(const int64_t *values, uint32_t count, struct calc_summary *summary)
{
	struct halves sum = { 0, 0 };
	int64_t high;

	if (count == 0)
		return CALC_DOMAIN;
	*summary = (struct calc_summary){ count, 0, values[0], values[0], 0, 0 };
	for (uint32_t i = 0; i < count; i++) {
		sum.high += halves_of(values[i]).high;
		sum.low += halves_of(values[i]).low;
		if (values[i] < summary->minimum)
			summary->minimum = values[i];
		if (values[i] > summary->maximum)
			summary->maximum = values[i];
	}
	high = sum.high + (sum.low >> 32);
	if (high < INT32_MIN || high > INT32_MAX)
		return CALC_OVERFLOW;
	summary->sum = high * ((int64_t)1 << 32) + (sum.low & 0xffffffff);
	summary->mean = (double)((long double)summary->sum / count);
	summary->deviation = deviation_of(values, count, sum);
	return CALC_OK;
}

/* ---- registers ---- */

#define MOST_REGISTERS 1024

static struct calc_register {
	char name[CALC_LONGEST_NAME + 1];
	int64_t total;
} registers[MOST_REGISTERS];
static unsigned int count;

enum calc_status calc_accumulate(const char *name, int64_t amount, int64_t *total)
{
	unsigned int i = 0;

	while (i < count && strcmp(registers[i].name, name) != 0)
		i++;
	if (i == MOST_REGISTERS)
		return CALC_FULL;
	if (__builtin_add_overflow(registers[i].total, amount, total))
		return CALC_OVERFLOW;
	if (i == count)
		strcpy(registers[count++].name, name);
	registers[i].total = *total;
	return CALC_OK;
}
