/* At most once: the replies of the last calls that came in datagrams, for when they come again. */
#ifndef SIDECALL_SERVER_REPLAY_H
#define SIDECALL_SERVER_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * The replies of the last calls, by peer and by the call's bytes.  It is below both protocols: a
 * retransmission is byte for byte the same call from the same address, and gets the same reply.
 * Bounded in bytes: the oldest makes way for the newest.
 */
struct replay_cache;

/* A cache of at most `size` bytes (a power of two), or NULL when out of memory. */
struct replay_cache *replay_cache_open(size_t size);
void replay_cache_close(struct replay_cache *cache);

/*
 * Looks a call up.  True when it was executed before; then its reply is *reply (of length 0 when
 * there was none), the cache's until its next change.
 */
bool replay_cache_find(const struct replay_cache *cache, const struct sockaddr_storage *peer,
		       const void *call, size_t length, const uint8_t **reply,
		       size_t *reply_length);

/* Remembers the reply to a call that was not found.  What is too large to be kept is not. */
void replay_cache_add(struct replay_cache *cache, const struct sockaddr_storage *peer,
		      const void *call, size_t length, const void *reply, size_t reply_length);

#endif
