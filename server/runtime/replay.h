/* At most once: the replies of calls that came in datagrams, for when they come again. */
#ifndef SIDECALL_SERVER_RUNTIME_REPLAY_H
#define SIDECALL_SERVER_RUNTIME_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * It is below both protocols: a retransmission is byte for byte the same call from the same address
 * and port, and is known by a hash of these that no client can foresee.  What is remembered has an
 * age: beyond it the same bytes are another call, of a client that happens to have the same port
 * and the same xid.
 *
 * A peer, which is an address (of IPv6, a /64) whatever its port, may fill as much as would be left
 * free: so others' calls are not forgotten for its sake.  Whoever comes next finds room: where
 * there is none, for several peers have filled it, the oldest replies of one that has most make
 * way; but of those that have a thousandth of all, or less, none do.
 */
struct replay_cache;
struct replay_entry;

enum replay {
	REPLAY_NEW,       /* to be executed; then replay_end() */
	REPLAY_KNOWN,     /* it was executed before */
	REPLAY_UNDER_WAY, /* it is being executed, and will be answered then */
	REPLAY_FULL       /* it cannot be remembered, and so must not be executed */
};

/* A cache of at most `size` bytes, for replies of so many milliseconds.  NULL: out of memory. */
struct replay_cache *replay_cache_open(size_t size, int64_t age);
void replay_cache_close(struct replay_cache *cache);

/*
 * Looks a call up at the time `now`, in milliseconds, and remembers a new one before it is
 * executed.  With `refusable` a new one of a peer that has most is refused, REPLAY_FULL; otherwise
 * the peer's own oldest replies make way, and where that is not enough it is not remembered, and
 * *entry is NULL.
 */
enum replay replay_begin(struct replay_cache *cache, const struct sockaddr_storage *peer,
			 const void *call, size_t length, bool refusable, int64_t now,
			 struct replay_entry **entry);

/* Its reply, of length 0 when there was none; the cache's until its next change. */
const uint8_t *replay_reply(const struct replay_entry *entry, size_t *length);

/* What the call was answered with.  NULL, for an entry, is harmless. */
void replay_end(struct replay_cache *cache, struct replay_entry *entry, const void *reply,
		size_t length);

/* It was executed, and may be answered later: by replay_answer(), for a reply begins as its call
 * does, with the caller's number for it.  NULL, for an entry, is harmless. */
void replay_await(struct replay_cache *cache, struct replay_entry *entry,
		  const struct sockaddr_storage *peer, const void *call);
void replay_answer(struct replay_cache *cache, const struct sockaddr_storage *peer,
		   const void *reply, size_t length);

/* The call was not executed: it may come again. */
void replay_forget(struct replay_cache *cache, struct replay_entry *entry);

#endif
