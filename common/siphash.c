/* SipHash-1-3. */
#include "common/siphash.h"

#include <string.h>

static uint64_t rotate_left(uint64_t word, int bits)
{
	return word << bits | word >> (64 - bits);
}

static void mix_words(struct siphash *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate_left(s->v1, 13) ^ s->v0;
	s->v3 = rotate_left(s->v3, 16) ^ s->v2;
	s->v0 = rotate_left(s->v0, 32) + s->v3;
	s->v2 += s->v1;
	s->v1 = rotate_left(s->v1, 17) ^ s->v2;
	s->v3 = rotate_left(s->v3, 21) ^ s->v0;
	s->v2 = rotate_left(s->v2, 32);
}

void siphash_begin(struct siphash *s, const uint64_t key[2])
{
	*s = (struct siphash){ key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
			       key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573 };
}

void siphash_word(struct siphash *s, uint64_t word)
{
	s->v3 ^= word;
	mix_words(s);
	s->v0 ^= word;
}

void siphash_bytes(struct siphash *s, const void *bytes, size_t length)
{
	const uint8_t *from = bytes;
	uint64_t word;

	for (; length >= sizeof(word); from += sizeof(word), length -= sizeof(word)) {
		memcpy(&word, from, sizeof(word));
		siphash_word(s, word);
	}
	word = (uint64_t)length << 56;
	memcpy(&word, from, length);
	siphash_word(s, word);
}

uint64_t siphash_end(struct siphash *s)
{
	s->v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		mix_words(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}
