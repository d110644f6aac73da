/* SipHash: hashes that nobody can foresee, and so have collide, who does not know the key. */
#ifndef SIDECALL_COMMON_SIPHASH_H
#define SIDECALL_COMMON_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* A hash that is being made. */
struct siphash {
	uint64_t v0, v1, v2, v3;
};

/* SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, with one round a
 * word and three at the end). */
void siphash_begin(struct siphash *hash, const uint64_t key[2]);
void siphash_word(struct siphash *hash, uint64_t word);
void siphash_bytes(struct siphash *hash, const void *bytes, size_t length);
uint64_t siphash_end(struct siphash *hash);

#endif
