/* Two contestants held against each other, round by round. */
#include "compare/part/rounds.h"

#include <math.h>
#include <stdlib.h>

bool rounds_of(const json_t *row, const struct figure *figure, struct rounds *rounds)
{
	const json_t *list = figure_bound(row, figure, BOUND_ROUNDS), *number;
	size_t i;

	rounds->count = json_array_size(list);
	if (rounds->count < 1 || rounds->count > ROUNDS_MOST)
		return false;
	json_array_foreach (list, i, number) {
		if (!json_is_number(number))
			return false;
		rounds->value[i] = json_number_value(number);
	}
	return true;
}

/* ---- ratios ---- */

#define MOST 99 /* for what is infinite, which cannot be averaged */

/* As logarithms, so that it makes no difference which of the two is asked about. */
static double ratio_of(double one, double other)
{
	return one == other ? 0 : fmax(-MOST, fmin(log(one / other), MOST));
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* What a share of them (0 to 1) does not exceed, between two neighbours where it falls there. */
static double share_of(const double *sorted, size_t count, double share)
{
	double at = share * (double)(count - 1);
	size_t below = (size_t)at;

	if (below + 1 >= count)
		return sorted[count - 1];
	return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

/* All must agree, and that by more than so many times as much. */
static enum order order_of_ratios(double *ratios, size_t count, double margin, double agreed)
{
	double within = log(margin) * (1 + 1e-12); /* 103 and 100 are still within 3 % */
	double low, median, high;

	qsort(ratios, count, sizeof(*ratios), compare_doubles);
	low = share_of(ratios, count, 0.25);
	median = share_of(ratios, count, 0.5);
	high = share_of(ratios, count, 0.75);
	if (low >= -within && high <= within)
		return ORDER_SAME;
	if (median > within && ratios[0] > log(agreed))
		return ORDER_MORE;
	if (median < -within && ratios[count - 1] < -log(agreed))
		return ORDER_LESS;
	return ORDER_NOISY;
}

enum order rounds_order(const struct rounds *one, const struct rounds *other)
{
	double ratios[ROUNDS_MOST];
	enum order order;

	if (one->count != other->count || one->count == 0)
		return ORDER_NOISY;
	for (size_t i = 0; i < one->count; i++)
		ratios[i] = ratio_of(one->value[i], other->value[i]);
	order = order_of_ratios(ratios, one->count, ROUNDS_MARGIN, 1);
	return order == ORDER_SAME || one->count >= ROUNDS_LEAST ? order : ORDER_NOISY;
}

enum order rounds_order_across(const struct rounds *one, const struct rounds *other, double margin)
{
	double ratios[ROUNDS_MOST * ROUNDS_MOST];
	size_t count = 0;

	for (size_t i = 0; i < one->count; i++)
		for (size_t j = 0; j < other->count; j++)
			ratios[count++] = ratio_of(one->value[i], other->value[j]);
	return count ? order_of_ratios(ratios, count, margin, margin) : ORDER_NOISY;
}

const char *order_name(enum order order)
{
	switch (order) {
	case ORDER_LESS:
		return "less";
	case ORDER_SAME:
		return "the same";
	case ORDER_MORE:
		return "more";
	default:
		return "too noisy to tell";
	}
}
