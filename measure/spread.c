/* What is said of several figures: the one in the middle, and the extremes. */
#include "measure/spread.h"

#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct spread spread_of(double *figures, size_t count)
{
	if (!count)
		return (struct spread){ 0 };
	qsort(figures, count, sizeof(*figures), ascending);
	return (struct spread){ (figures[(count - 1) / 2] + figures[count / 2]) / 2, figures[0],
				figures[count - 1] };
}
