/* Big-endian numbers, one behind the other: nothing is padded. */
#include "bytes.h"

#include <string.h>

/* Asks what is left before it reads: a length is what somebody claims. */
static bool is_there(struct reading *in, size_t size)
{
	if (in->left < size)
		in->failed = true;
	return !in->failed;
}

uint64_t get(struct reading *in, size_t size)
{
	uint64_t number = 0;

	if (!is_there(in, size))
		return 0;
	for (size_t i = 0; i < size; i++)
		number = number << 8 | in->next[i];
	in->next += size;
	in->left -= size;
	return number;
}

void get_string(struct reading *in, char *text, size_t most)
{
	size_t length = get(in, 2);

	text[0] = '\0';
	if (length > most || !is_there(in, length) || memchr(in->next, 0, length)) {
		in->failed = true;
		return;
	}
	memcpy(text, in->next, length);
	text[length] = '\0';
	in->next += length;
	in->left -= length;
}

void put(uint8_t **out, uint64_t number, size_t size)
{
	while (size--)
		*(*out)++ = (uint8_t)(number >> 8 * size);
}

/* As the eight bytes of IEEE 754. */
void put_double(uint8_t **out, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	put(out, bits, sizeof(bits));
}
