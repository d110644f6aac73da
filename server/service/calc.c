/* Exact 64-bit arithmetic, summaries of integers, and named registers. */
#include "server/service/calc.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* The value counts only when the status is CALC_OK: a wrapped number never leaves here. */
static void fill_result(calc_result *result, calc_status status, quad_t value)
{
	memset(result, 0, sizeof(*result));
	result->status = status;
	if (status == CALC_OK)
		result->calc_result_u.value = value;
}

void calc_add(const calc_operands *operands, calc_result *result)
{
	quad_t value;
	bool overflow = __builtin_add_overflow(operands->a, operands->b, &value);

	fill_result(result, overflow ? CALC_OVERFLOW : CALC_OK, value);
}

void calc_subtract(const calc_operands *operands, calc_result *result)
{
	quad_t value;
	bool overflow = __builtin_sub_overflow(operands->a, operands->b, &value);

	fill_result(result, overflow ? CALC_OVERFLOW : CALC_OK, value);
}

void calc_multiply(const calc_operands *operands, calc_result *result)
{
	quad_t value;
	bool overflow = __builtin_mul_overflow(operands->a, operands->b, &value);

	fill_result(result, overflow ? CALC_OVERFLOW : CALC_OK, value);
}

void calc_divide(const calc_operands *operands, calc_result *result)
{
	if (operands->b == 0)
		fill_result(result, CALC_DIVIDE_BY_ZERO, 0);
	else if (operands->a == INT64_MIN && operands->b == -1)
		fill_result(result, CALC_OVERFLOW, 0);
	else
		fill_result(result, CALC_OK, operands->a / operands->b);
}

/* high * 2^32 + low: wide enough for any sum of 2^32 values, and for a value times their count. */
struct wide {
	int64_t high;
	uint64_t low;
};

/* Only the total has to fit 64 bits, no sum on the way.  False when it does not. */
static bool sum_of(const calc_values *values, quad_t *sum)
{
	struct wide wide = { 0 };

	for (u_int i = 0; i < values->calc_values_len; i++) {
		wide.high += values->calc_values_val[i] >> 32;
		wide.low += (uint32_t)values->calc_values_val[i];
	}
	wide.high += (int64_t)(wide.low >> 32);
	*sum = (quad_t)((uint64_t)wide.high << 32 | (uint32_t)wide.low);
	return wide.high >= INT32_MIN && wide.high <= INT32_MAX;
}

/*
 * count * value - sum is count times a value's distance from the mean, and an exact integer;
 * from there on all terms are positive, so large close values lose no digits.
 */
static long double distance_of(quad_t value, u_int count, quad_t sum)
{
	struct wide wide = { (value >> 32) * count, (uint64_t)(uint32_t)value * count };

	wide.high += (int64_t)(wide.low >> 32) - (sum >> 32);
	return (long double)wide.high * 0x1p32L +
	       (long double)((int64_t)(uint32_t)wide.low - (uint32_t)sum);
}

static double deviation_of(const calc_values *values, quad_t sum)
{
	const u_int count = values->calc_values_len;
	long double squares = 0;

	for (u_int i = 0; i < count; i++) {
		long double distance = distance_of(values->calc_values_val[i], count, sum);

		squares += distance * distance;
	}
	return (double)(sqrtl(squares / count) / count);
}

static void set_extremes(const calc_values *values, calc_summary *summary)
{
	summary->minimum = summary->maximum = values->calc_values_val[0];
	for (u_int i = 1; i < values->calc_values_len; i++) {
		quad_t value = values->calc_values_val[i];

		if (value < summary->minimum)
			summary->minimum = value;
		if (value > summary->maximum)
			summary->maximum = value;
	}
}

void calc_summarize(const calc_values *values, calc_summary_result *result)
{
	calc_summary *summary = &result->calc_summary_result_u.summary;
	quad_t sum;

	memset(result, 0, sizeof(*result));
	if (values->calc_values_len == 0) {
		result->status = CALC_DOMAIN;
		return;
	}
	if (!sum_of(values, &sum)) {
		result->status = CALC_OVERFLOW;
		return;
	}
	result->status = CALC_OK;
	summary->count = values->calc_values_len;
	summary->sum = sum;
	set_extremes(values, summary);
	summary->mean = (double)((long double)sum / summary->count);
	summary->deviation = deviation_of(values, sum);
}

void registers_init(struct registers *registers)
{
	memset(registers, 0, sizeof(*registers));
	pthread_mutex_init(&registers->lock, NULL);
}

void registers_release(struct registers *registers)
{
	pthread_mutex_destroy(&registers->lock);
}

/* FNV-1a, 32 bits. */
static uint32_t hash(const char *name)
{
	uint32_t h = 2166136261U;

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 16777619U;
	return h;
}

/*
 * The named register's slot, or the free one where it belongs.  There is always a free one,
 * because half of them stay free; nothing is ever removed, so a free slot ends the search.
 */
static struct calc_register *find_register(struct registers *registers, const char *name)
{
	uint32_t i = hash(name) % CALC_REGISTER_SLOTS;

	while (registers->slots[i].used && strcmp(registers->slots[i].name, name) != 0)
		i = (i + 1) % CALC_REGISTER_SLOTS;
	return &registers->slots[i];
}

/* The caller's slot, or the free one where it belongs: his number is a hash already. */
static struct calc_owner *find_owner(struct registers *registers, uint64_t caller)
{
	uint64_t i = caller % CALC_REGISTER_SLOTS;

	while (registers->owners[i].count && registers->owners[i].caller != caller)
		i = (i + 1) % CALC_REGISTER_SLOTS;
	return &registers->owners[i];
}

/* How many are left, for this caller and all others. */
static unsigned int count_left(const struct caller_registers *own)
{
	unsigned int left = CALC_MAX_REGISTERS - own->all->count;
	unsigned int of_unsure = CALC_MAX_REGISTERS / 2 - own->all->unsure;

	return own->unsure && of_unsure < left ? of_unsure : left;
}

/* Makes one more for this caller, if he may have it: as many as would be left for others. */
static bool make_register(const struct caller_registers *own, struct calc_register *slot,
			  const char *name)
{
	struct calc_owner *owner = find_owner(own->all, own->caller);

	if (owner->count >= count_left(own))
		return false;
	owner->caller = own->caller;
	owner->count++;
	own->all->count++;
	own->all->unsure += own->unsure;
	slot->used = true;
	strcpy(slot->name, name);
	return true;
}

static calc_status add_to_register(const struct caller_registers *own,
				   const calc_accumulation *accumulation, quad_t *total)
{
	struct calc_register *slot = find_register(own->all, accumulation->name);

	if (__builtin_add_overflow(slot->total, accumulation->amount, total))
		return CALC_OVERFLOW;
	if (!slot->used && !make_register(own, slot, accumulation->name))
		return CALC_FULL;
	slot->total = *total;
	return CALC_OK;
}

void calc_accumulate(const struct caller_registers *registers,
		     const calc_accumulation *accumulation, calc_result *result)
{
	struct registers *all = registers->all;
	quad_t total = 0;
	calc_status status = CALC_DOMAIN;

	/* The decoders bound the name; this is for callers that hand over a struct directly. */
	if (strnlen(accumulation->name, CALC_MAX_REGISTER + 1) <= CALC_MAX_REGISTER) {
		pthread_mutex_lock(&all->lock);
		status = add_to_register(registers, accumulation, &total);
		pthread_mutex_unlock(&all->lock);
	}
	fill_result(result, status, total);
}
