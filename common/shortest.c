/* Floating-point numbers as text, with the fewest figures that give the same number again. */
#include "common/shortest.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *write_endless(double number, char text[SHORTEST_ROOM])
{
	snprintf(text, SHORTEST_ROOM, "%s",
		 isnan(number) ? "NaN"
		 : number < 0  ? "-Infinity"
			       : "Infinity");
	return text;
}

const char *shortest(double number, char text[SHORTEST_ROOM])
{
	/* So many figures survive in each number, and %g drops their zeroes; but the smallest
	 * numbers have fewer. */
	int figures = fabs(number) < DBL_MIN ? 1 : DBL_DIG;

	if (!isfinite(number))
		return write_endless(number, text);
	do
		snprintf(text, SHORTEST_ROOM, "%.*g", figures, number);
	while (figures++ < DBL_DECIMAL_DIG && strtod(text, NULL) != number);
	return text;
}

const char *shortest_float(float number, char text[SHORTEST_ROOM])
{
	int figures = fabsf(number) < FLT_MIN ? 1 : FLT_DIG;

	if (!isfinite(number))
		return write_endless((double)number, text);
	do
		snprintf(text, SHORTEST_ROOM, "%.*g", figures, (double)number);
	while (figures++ < FLT_DECIMAL_DIG && strtof(text, NULL) != number);
	return text;
}
