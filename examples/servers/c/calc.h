/* The calculator: what each operation computes.  It knows nothing of messages. */
#ifndef CALC_H
#define CALC_H

#include <stddef.h>
#include <stdint.h>

/* A failure is a result, too (docs/contract.md). */
enum calc_status {
	CALC_OK,
	CALC_DIVIDE_BY_ZERO,
	CALC_OVERFLOW,
	CALC_SYNTAX,
	CALC_DOMAIN,
	CALC_FULL
};

#define CALC_MOST_VALUES  4096
#define CALC_LONGEST_TEXT 1024 /* bytes of an expression */
#define CALC_LONGEST_NAME 32   /* of a register */

struct calc_summary {
	uint32_t count;
	int64_t sum, minimum, maximum;
	double mean, deviation;
};

/* Each sets what it is asked for only where it returns CALC_OK. */
enum calc_status calc_add(int64_t a, int64_t b, int64_t *result);
enum calc_status calc_subtract(int64_t a, int64_t b, int64_t *result);
enum calc_status calc_multiply(int64_t a, int64_t b, int64_t *result);
enum calc_status calc_divide(int64_t a, int64_t b, int64_t *result);
enum calc_status calc_summarize(const int64_t *values, uint32_t count,
				struct calc_summary *summary);

/* The text ends in a zero byte.  With CALC_SYNTAX, *position is the offset of what does not fit. */
enum calc_status calc_evaluate(const char *text, double *value, uint32_t *position);

/* Adds to a register, which is there until the server ends and begins with 0. */
enum calc_status calc_accumulate(const char *name, int64_t amount, int64_t *total);

#endif
