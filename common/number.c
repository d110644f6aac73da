/* Numbers that somebody wrote. */
#include "common/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* Whether what was read as a number, up to its end, is all there is. */
static bool is_number(const char *text, const char *end)
{
	return end != text && !*end && !isspace((unsigned char)*text);
}

int number_read(const char *text, int64_t least, int64_t most, int64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoll(text, &end, 10);
	if (!is_number(text, end))
		return -EINVAL;
	return errno || *number < least || *number > most ? -ERANGE : 0;
}

int number_read_real(const char *text, double most, double *number)
{
	char *end;

	double value = strtod(text, &end);
	int r = !is_number(text, end) ? -EINVAL : value > 0 && value <= most ? 0 : -ERANGE;

	*number = r == 0 ? value : 0;
	return r;
}
