/* Big-endian numbers, one behind the other: nothing is padded. */
#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left to be read of a message. */
struct reading {
	const uint8_t *next;
	size_t left;
	bool failed; /* there was less than was asked for */
};

/* A number of so many bytes; 0, and it has failed, where they are not there. */
uint64_t get(struct reading *in, size_t size);

/* A string: its length in two bytes, and then so many bytes, none of them zero.  Fails where they
 * are not there, or are more than `most`; text[most] has to be there, too. */
void get_string(struct reading *in, char *text, size_t most);

/* Each goes to *out, which then points behind it. */
void put(uint8_t **out, uint64_t number, size_t size);
void put_double(uint8_t **out, double value);

#endif
