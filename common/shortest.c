/* Floating-point numbers as text, with the fewest figures that give the same number again. */
#include "common/shortest.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What %g writes without an exponent, with any number of figures from 15 on. */
#define LEAST_PLAIN 1e-4
#define MOST_PLAIN  1e15

static const char *write_endless(double number, char text[SHORTEST_ROOM])
{
	snprintf(text, SHORTEST_ROOM, "%s",
		 isnan(number) ? "NaN"
		 : number < 0  ? "-Infinity"
			       : "Infinity");
	return text;
}

/* ---- where the compiler has whole numbers of 128 bits, most numbers are written by these alone
 * ---- */

#ifdef __SIZEOF_INT128__

/* A whole number, with so many of its figures behind the point. */
static void write_point(uint64_t whole, int behind, bool negative, char text[SHORTEST_ROOM])
{
	char back[SHORTEST_ROOM] = "", *at = back + sizeof(back) - 1;

	for (; behind && whole % 10 == 0; whole /= 10)
		behind--;
	for (int i = 0; i < behind; i++, whole /= 10)
		*--at = (char)('0' + whole % 10);
	if (behind)
		*--at = '.';
	do
		*--at = (char)('0' + whole % 10);
	while (whole /= 10);
	if (negative)
		*--at = '-';
	strcpy(text, at);
}

/* How many figures a number has before its point; less than none: zeroes behind it. */
static int figures_before(double size)
{
	static const double powers[] = { 1e-3, 1e-2, 1e-1, 1e0, 1e1,  1e2,  1e3,  1e4,  1e5,
					 1e6,  1e7,  1e8,  1e9, 1e10, 1e11, 1e12, 1e13, 1e14 };
	int count = 0;

	while (count < (int)(sizeof(powers) / sizeof(powers[0])) && size >= powers[count])
		count++;
	return count - 3;
}

/*
 * A number that %g writes without an exponent, in whole numbers alone: it is `mantissa` /
 * 2^`shift`, and `whole` / 10^`behind` is nearest to it of all with so many figures.  That reads as
 * the number when it is less than half the way to the next one away; half the way it never is.
 * Below a power of two the next number is nearer, but no power of two here has figures in between.
 */
static void write_plain(double number, char text[SHORTEST_ROOM])
{
	int exponent, behind = DBL_DIG - figures_before(fabs(number));
	uint64_t mantissa = (uint64_t)ldexp(frexp(fabs(number), &exponent), DBL_MANT_DIG), whole;
	int shift = DBL_MANT_DIG - exponent;
	unsigned __int128 power = 1, exact, rest, gap, half = (unsigned __int128)1 << (shift - 1);
	bool up;

	for (int i = 0; i < behind; i++)
		power *= 10;
	for (;; behind++, power *= 10) {
		exact = mantissa * power;
		whole = (uint64_t)(exact >> shift);
		rest = exact & (2 * half - 1);
		up = rest > half || (rest == half && whole & 1);
		gap = up ? 2 * half - rest : rest;
		if (2 * gap < power)
			break;
	}
	write_point(whole + up, behind, number < 0, text);
}

static bool try_plain(double number, char text[SHORTEST_ROOM])
{
	if (fabs(number) < LEAST_PLAIN || fabs(number) >= MOST_PLAIN)
		return false;
	write_plain(number, text);
	return true;
}

#else

static bool try_plain(double number, char text[SHORTEST_ROOM])
{
	(void)number;
	(void)text;
	return false;
}

#endif

/* ---- any number, on any machine ---- */

const char *shortest(double number, char text[SHORTEST_ROOM])
{
	/* So many figures survive in each number, and %g drops their zeroes; but the smallest
	 * numbers have fewer. */
	int figures = fabs(number) < DBL_MIN ? 1 : DBL_DIG;

	if (!isfinite(number))
		return write_endless(number, text);
	if (try_plain(number, text))
		return text;
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
