/*
 * At most once: the replies of the last calls that came in datagrams.
 *
 * Entries stand one behind the other in a ring of bytes, oldest first, each with its peer, its call
 * and its reply; a table of chains leads to them by a hash that no client can foresee.
 */
#include "server/replay.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define ALIGNMENT     16
#define BYTES_A_CHAIN 512 /* of the ring, so that chains are short when calls are small */

/* Positions count bytes since the cache was opened; a position's place in the ring is its
 * remainder. An entry never wraps: what would is put at the ring's start. */
struct entry {
	uint64_t next; /* position of an older entry in the same chain */
	uint64_t hash;
	uint32_t size;   /* bytes of the ring, with a gap before the ring's end */
	uint32_t length; /* of the call */
	uint32_t reply_length;
	uint16_t family; /* of the peer's address */
	uint16_t port;
	uint8_t address[16];
	uint8_t bytes[]; /* the call, then the reply */
};

struct replay_cache {
	size_t size;
	uint64_t head, newest,
		tail;    /* positions: of the next entry, the last one, the oldest one */
	uint64_t key[2]; /* of the hash */
	size_t chain_count;
	uint64_t *chains; /* position of the newest entry in each, plus one; 0 for none */
	uint8_t *ring;
};

/* What of a socket address says who a peer is. */
struct peer {
	uint16_t family, port;
	uint8_t address[16];
};

static struct peer peer_of(const struct sockaddr_storage *address)
{
	struct peer peer = { .family = address->ss_family };

	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)address;

		peer.port = in->sin_port;
		memcpy(peer.address, &in->sin_addr, sizeof(in->sin_addr));
	} else if (address->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;

		peer.port = in6->sin6_port;
		memcpy(peer.address, &in6->sin6_addr, sizeof(in6->sin6_addr));
	}
	return peer;
}

/* ---- SipHash-1-3 (Aumasson and Bernstein, 2012): without the key nobody can make two collide ----
 */

struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t word, int bits)
{
	return word << bits | word >> (64 - bits);
}

static void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 = rotate(s->v0, 32) + s->v3;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 = rotate(s->v2, 32);
}

static void sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

static void sip_bytes(struct sip *s, const void *bytes, size_t length)
{
	const uint8_t *from = bytes;
	uint64_t word;

	for (; length >= sizeof(word); from += sizeof(word), length -= sizeof(word)) {
		memcpy(&word, from, sizeof(word));
		sip_word(s, word);
	}
	word = (uint64_t)length << 56;
	memcpy(&word, from, length);
	sip_word(s, word);
}

static uint64_t hash_of(const struct replay_cache *cache, const struct peer *peer, const void *call,
			size_t length)
{
	struct sip s = { cache->key[0] ^ 0x736f6d6570736575, cache->key[1] ^ 0x646f72616e646f6d,
			 cache->key[0] ^ 0x6c7967656e657261, cache->key[1] ^ 0x7465646279746573 };

	sip_word(&s, (uint64_t)length << 32 | (uint64_t)peer->family << 16 | peer->port);
	sip_bytes(&s, peer->address, sizeof(peer->address));
	sip_bytes(&s, call, length);
	s.v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

static struct entry *entry_at(const struct replay_cache *cache, uint64_t position)
{
	return (struct entry *)(cache->ring + position % cache->size);
}

static uint64_t *chain_of(const struct replay_cache *cache, uint64_t hash)
{
	return &cache->chains[hash % cache->chain_count];
}

static bool is_same(const struct entry *entry, uint64_t hash, const struct peer *peer,
		    const void *call, size_t length)
{
	return entry->hash == hash && entry->length == length && entry->family == peer->family &&
	       entry->port == peer->port &&
	       memcmp(entry->address, peer->address, sizeof(entry->address)) == 0 &&
	       memcmp(entry->bytes, call, length) == 0;
}

struct replay_cache *replay_cache_open(size_t size)
{
	struct replay_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->size = size;
	cache->chain_count = size / BYTES_A_CHAIN;
	cache->chains = calloc(cache->chain_count, sizeof(*cache->chains));
	cache->ring = malloc(size);
	if (!cache->chains || !cache->ring ||
	    getrandom(cache->key, sizeof(cache->key), 0) != sizeof(cache->key)) {
		replay_cache_close(cache);
		return NULL;
	}
	return cache;
}

void replay_cache_close(struct replay_cache *cache)
{
	if (!cache)
		return;
	free(cache->chains);
	free(cache->ring);
	free(cache);
}

/* A chain goes from newer to older; it ends where the ring has been overwritten. */
bool replay_cache_find(const struct replay_cache *cache, const struct sockaddr_storage *address,
		       const void *call, size_t length, const uint8_t **reply, size_t *reply_length)
{
	struct peer peer = peer_of(address);
	uint64_t hash = hash_of(cache, &peer, call, length);
	uint64_t next = *chain_of(cache, hash);

	while (next && next - 1 >= cache->tail) {
		const struct entry *entry = entry_at(cache, next - 1);

		if (is_same(entry, hash, &peer, call, length)) {
			*reply = entry->bytes + length;
			*reply_length = entry->reply_length;
			return true;
		}
		next = entry->next;
	}
	return false;
}

/* Forgets the oldest entries until the ring reaches to this position. */
static void forget(struct replay_cache *cache, uint64_t end)
{
	while (cache->tail < cache->head && cache->tail + cache->size < end)
		cache->tail += entry_at(cache, cache->tail)->size;
}

/* Makes way for `size` bytes in one piece at the head, which moves to where they can stand.  An
 * entry is at most half of the ring, so the newest one is never forgotten for the next. */
static void make_room(struct replay_cache *cache, size_t size)
{
	uint64_t left = cache->size - cache->head % cache->size;

	if (left < size) {
		forget(cache, cache->head + left);
		if (cache->tail < cache->head)
			entry_at(cache, cache->newest)->size += (uint32_t)left;
		else
			cache->tail += left;
		cache->head += left;
	}
	forget(cache, cache->head + size);
}

void replay_cache_add(struct replay_cache *cache, const struct sockaddr_storage *address,
		      const void *call, size_t length, const void *reply, size_t reply_length)
{
	struct peer peer = peer_of(address);
	uint64_t hash = hash_of(cache, &peer, call, length), *chain = chain_of(cache, hash);
	size_t size = (sizeof(struct entry) + length + reply_length + ALIGNMENT - 1) &
		      ~(size_t)(ALIGNMENT - 1);
	struct entry *entry;

	if (size > cache->size / 2)
		return;
	make_room(cache, size);
	entry = entry_at(cache, cache->head);
	*entry = (struct entry){ .next = *chain,
				 .hash = hash,
				 .size = (uint32_t)size,
				 .length = (uint32_t)length,
				 .reply_length = (uint32_t)reply_length,
				 .family = peer.family,
				 .port = peer.port };
	memcpy(entry->address, peer.address, sizeof(entry->address));
	memcpy(entry->bytes, call, length);
	if (reply_length)
		memcpy(entry->bytes + length, reply, reply_length);
	*chain = cache->head + 1;
	cache->newest = cache->head;
	cache->head += size;
}
