/*
 * Peers: whom the server counts, serves in turn and limits, whatever the number of their
 * connections.
 *
 * A peer is an IPv4 address, or 2^64 addresses of IPv6 (whoever has one has all of a /64), or on
 * this machine a user.  Who sends datagrams has an account of its own: their sources can be forged,
 * and what is done in somebody's name must not cost him his connections.
 *
 * What one peer may have is what nobody else needs: a limit bites when all of them together have
 * too much, and then it bites whoever has most.
 */
#ifndef SIDECALL_SERVER_RUNTIME_PEER_H
#define SIDECALL_SERVER_RUNTIME_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/list.h"
#include "server/runtime/limits.h"
#include "server/runtime/loop.h"
#include "server/runtime/peer_id.h"
#include "server/runtime/pool/pool.h"

struct sessions;

#define PEERS_CHAINS 1024

/* What a peer has in one worker, which alone touches it: so no two share a cache line. */
struct peer_line {
	_Alignas(64) struct party party; /* its turns among other peers' */
	struct sessions *owner;          /* that worker's; the sessions' to set */
	struct link ready; /* its sessions, or datagrams, that want a turn, in order */
	/* Its sessions: those that wait for their client, for calls in the pool, and that hold
	 * much; first who has made no progress for longest. */
	struct link quiet, busy, holding;
	atomic_uint sessions; /* how many; read by other workers, as the next is */
	atomic_uint holders;  /* how many of them hold much */
};

struct peer {
	struct peer *next; /* in its chain */
	struct peer_id id;
	uint64_t number;                     /* the id's hash: the same at another time */
	unsigned int references;             /* under the peers' lock */
	atomic_uint connections;             /* changed under it, and read without, too */
	struct pool_share share[POOL_KINDS]; /* what it has of the pools */
	atomic_size_t held;                  /* bytes */
	struct peer_line lines[];            /* one a worker */
};

/* All peers that have something here, of all workers. */
struct peers {
	pthread_mutex_t lock;
	uint64_t key[2]; /* of the hash */
	unsigned int workers;
	unsigned int connections, descriptors; /* that all have */
	atomic_size_t held;                    /* bytes that all hold */
	struct peer *chains[PEERS_CHAINS];
};

/* 0 or -errno. */
int peers_init(struct peers *peers, unsigned int workers);
void peers_release(struct peers *peers);

/* The peer of that id, made if it is new, which is kept until it is dropped as often as it was
 * taken.  NULL: out of memory. */
struct peer *peers_take(struct peers *peers, const struct peer_id *id);
/* The number that this peer has, without taking it. */
uint64_t peers_number(const struct peers *peers, const struct peer_id *id);

/* Takes one that somebody has taken already, once more. */
void peers_keep(struct peers *peers, struct peer *peer);
void peers_drop(struct peers *peers, struct peer *peer);

/* What a connection may be too much for. */
enum peers_limit { PEERS_NO_LIMIT, PEERS_OF_PEER, PEERS_OF_ALL, PEERS_DESCRIPTORS };

/* Counts a connection of so many descriptors, unless there is a limit to it, which is returned. */
enum peers_limit peers_enter(struct peers *peers, struct peer *peer, unsigned int descriptors,
			     const struct peer_limits *limits);
/* Counts it although that is too much: another one is about to go. */
void peers_let_in(struct peers *peers, struct peer *peer, unsigned int descriptors);
void peers_leave(struct peers *peers, struct peer *peer, unsigned int descriptors);

/* Whether more are counted than may be: somebody was let in, and none has gone for him yet. */
bool peers_are_too_many(struct peers *peers, const struct peer_limits *limits);

/* How many are counted. */
void peers_counted(struct peers *peers, unsigned int *connections, unsigned int *descriptors);

/* The peer with most connections, and of those that have any the one that holds most bytes; taken.
 * NULL: none has any. */
struct peer *peers_most_connected(struct peers *peers);
struct peer *peers_most_holding(struct peers *peers);

/* Counts bytes that a peer holds, or no longer holds. */
static inline void peer_hold(struct peers *peers, struct peer *peer, size_t bytes)
{
	atomic_fetch_add_explicit(&peer->held, bytes, memory_order_relaxed);
	atomic_fetch_add_explicit(&peers->held, bytes, memory_order_relaxed);
}

static inline void peer_let_go(struct peers *peers, struct peer *peer, size_t bytes)
{
	atomic_fetch_sub_explicit(&peer->held, bytes, memory_order_relaxed);
	atomic_fetch_sub_explicit(&peers->held, bytes, memory_order_relaxed);
}

#endif
