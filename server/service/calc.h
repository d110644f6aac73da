/* The calculator: exact 64-bit arithmetic, expressions, summaries and named registers. */
#ifndef SIDECALL_SERVER_SERVICE_CALC_H
#define SIDECALL_SERVER_SERVICE_CALC_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "idl/calc.h"

#define CALC_MAX_REGISTERS  1024
#define CALC_REGISTER_SLOTS (2 * CALC_MAX_REGISTERS)
#define CALC_MAX_DEPTH      64 /* of nesting in an expression */

/* Named totals, shared by all callers and safe under threads: hash tables, open addressing. */
struct registers {
	pthread_mutex_t lock;       /* held for all of it */
	unsigned int count, unsure; /* of registers; of these: of callers who may be others */
	struct calc_register {
		bool used;
		char name[CALC_MAX_REGISTER + 1];
		int64_t total;
	} slots[CALC_REGISTER_SLOTS];
	struct calc_owner {
		uint64_t caller;
		unsigned int count; /* of registers that he made; 0: a free slot */
	} owners[CALC_REGISTER_SLOTS];
};

/* The registers, as one caller has them. */
struct caller_registers {
	struct registers *all;
	uint64_t caller; /* a number for whose call it is, the same each time */
	bool unsure;     /* it may be another's */
};

/* About 140 kB: the caller's, in place. */
void registers_init(struct registers *registers);
void registers_release(struct registers *registers);

/*
 * Every calc_ function fills in all of its result, whatever was in it; what the status does not
 * select is zero.  Results hold no pointers: there is nothing to free.
 */

/* value = a + b, a - b, a * b: CALC_OK, or CALC_OVERFLOW when it does not fit 64 bits. */
void calc_add(const calc_operands *operands, calc_result *result);
void calc_subtract(const calc_operands *operands, calc_result *result);
void calc_multiply(const calc_operands *operands, calc_result *result);

/* value = a / b, truncated toward zero: also CALC_DIVIDE_BY_ZERO; INT64_MIN / -1 overflows. */
void calc_divide(const calc_operands *operands, calc_result *result);

/*
 * The value of an arithmetic expression: numbers with fraction and exponent, + - * / % ^, unary
 * minus, parentheses, pi, e and functions (see the grammar in calc_evaluate.c).
 * CALC_SYNTAX carries the byte offset of the first character that does not fit (for an expression
 * longer than CALC_MAX_EXPRESSION, that limit); CALC_DOMAIN means that the value, or one on the
 * way to it, is not finite or not real.
 */
void calc_evaluate(const calc_expression *expression, calc_evaluation *evaluation);

/*
 * Count, sum, extremes, mean and population deviation, accurate for large close values.
 * CALC_DOMAIN for no values, CALC_OVERFLOW when the sum does not fit 64 bits.
 */
void calc_summarize(const calc_values *values, calc_summary_result *result);

/*
 * Adds amount to the named register, made at 0 on first use, and gives the new total.
 * CALC_FULL when a new one would be the 1025th, or when its caller has made as many already as
 * there are left, so that nobody takes all: 512 are one caller's, at most.  Callers who may be
 * others have one half of all together, and so one of them 256.  CALC_OVERFLOW leaves the total as
 * it was; CALC_DOMAIN when the name is longer than CALC_MAX_REGISTER.  The empty name is a name.
 */
void calc_accumulate(const struct caller_registers *registers,
		     const calc_accumulation *accumulation, calc_result *result);

#endif
