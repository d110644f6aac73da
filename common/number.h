/* Numbers that somebody wrote. */
#ifndef SIDECALL_COMMON_NUMBER_H
#define SIDECALL_COMMON_NUMBER_H

#include <stdint.h>

/* Reads a whole number, in figures, with a sign or without, which is all that the text has in it.
 * 0; -EINVAL when it is none; -ERANGE when it is not from `least` to `most`. */
int number_read(const char *text, int64_t least, int64_t most, int64_t *number);

/* The same of a number above 0 and up to `most`, with a fraction or without; 0 unless it is one. */
int number_read_real(const char *text, double most, double *number);

#endif
