/* Peers: whom the server counts, serves in turn and limits. */
#include "server/runtime/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/siphash.h"

int peers_init(struct peers *peers, unsigned int workers)
{
	memset(peers, 0, sizeof(*peers));
	peers->workers = workers;
	pthread_mutex_init(&peers->lock, NULL);
	return getrandom(peers->key, sizeof(peers->key), 0) == sizeof(peers->key) ? 0 : -errno;
}

void peers_release(struct peers *peers)
{
	pthread_mutex_destroy(&peers->lock);
}

uint64_t peers_number(const struct peers *peers, const struct peer_id *id)
{
	struct siphash hash;

	siphash_begin(&hash, peers->key);
	siphash_bytes(&hash, id, sizeof(*id));
	return siphash_end(&hash);
}

static struct peer *make_peer(const struct peers *peers, const struct peer_id *id, uint64_t number)
{
	size_t size = sizeof(struct peer) + peers->workers * sizeof(struct peer_line);
	struct peer *peer = aligned_alloc(_Alignof(struct peer), size);

	if (!peer)
		return NULL;
	memset(peer, 0, size);
	peer->id = *id;
	peer->number = number;
	for (int kind = 0; kind < POOL_KINDS; kind++)
		pool_share_init(&peer->share[kind]);
	for (unsigned int i = 0; i < peers->workers; i++) {
		list_init(&peer->lines[i].ready);
		list_init(&peer->lines[i].quiet);
		list_init(&peer->lines[i].busy);
		list_init(&peer->lines[i].holding);
	}
	return peer;
}

/* The place in its chain where the peer is, or would be.  Called with the lock held. */
static struct peer **find_peer(struct peers *peers, const struct peer_id *id, uint64_t number)
{
	struct peer **place = &peers->chains[number % PEERS_CHAINS];

	while (*place && memcmp(&(*place)->id, id, sizeof(*id)) != 0)
		place = &(*place)->next;
	return place;
}

struct peer *peers_take(struct peers *peers, const struct peer_id *id)
{
	uint64_t number = peers_number(peers, id);
	struct peer **place, *peer;

	pthread_mutex_lock(&peers->lock);
	place = find_peer(peers, id, number);
	if (!*place)
		*place = make_peer(peers, id, number);
	peer = *place;
	if (peer)
		peer->references++;
	pthread_mutex_unlock(&peers->lock);
	return peer;
}

void peers_keep(struct peers *peers, struct peer *peer)
{
	pthread_mutex_lock(&peers->lock);
	peer->references++;
	pthread_mutex_unlock(&peers->lock);
}

void peers_drop(struct peers *peers, struct peer *peer)
{
	bool last;

	pthread_mutex_lock(&peers->lock);
	last = --peer->references == 0;
	if (last)
		*find_peer(peers, &peer->id, peer->number) = peer->next;
	pthread_mutex_unlock(&peers->lock);
	if (last)
		free(peer);
}

/* ---- connections ---- */

static void count_connection(struct peers *peers, struct peer *peer, unsigned int descriptors)
{
	peers->connections++;
	peers->descriptors += descriptors;
	peer->connections++;
}

enum peers_limit peers_enter(struct peers *peers, struct peer *peer, unsigned int descriptors,
			     const struct peer_limits *limits)
{
	enum peers_limit limit = PEERS_NO_LIMIT;

	pthread_mutex_lock(&peers->lock);
	if (peer->connections >= limits->of_peer)
		limit = PEERS_OF_PEER;
	else if (peers->connections >= limits->connections)
		limit = PEERS_OF_ALL;
	else if (peers->descriptors + descriptors > limits->descriptors)
		limit = PEERS_DESCRIPTORS;
	else
		count_connection(peers, peer, descriptors);
	pthread_mutex_unlock(&peers->lock);
	return limit;
}

void peers_let_in(struct peers *peers, struct peer *peer, unsigned int descriptors)
{
	pthread_mutex_lock(&peers->lock);
	count_connection(peers, peer, descriptors);
	pthread_mutex_unlock(&peers->lock);
}

void peers_leave(struct peers *peers, struct peer *peer, unsigned int descriptors)
{
	pthread_mutex_lock(&peers->lock);
	peers->connections--;
	peers->descriptors -= descriptors;
	peer->connections--;
	pthread_mutex_unlock(&peers->lock);
}

bool peers_are_too_many(struct peers *peers, const struct peer_limits *limits)
{
	bool are;

	pthread_mutex_lock(&peers->lock);
	are = peers->connections > limits->connections || peers->descriptors > limits->descriptors;
	pthread_mutex_unlock(&peers->lock);
	return are;
}

void peers_counted(struct peers *peers, unsigned int *connections, unsigned int *descriptors)
{
	pthread_mutex_lock(&peers->lock);
	*connections = peers->connections;
	*descriptors = peers->descriptors;
	pthread_mutex_unlock(&peers->lock);
}

/* ---- who has most ---- */

static size_t connections_of(const struct peer *peer)
{
	return peer->connections;
}

/* What datagrams hold has bounds of its own. */
static size_t bytes_of(const struct peer *peer)
{
	return peer->connections ? atomic_load(&peer->held) : 0;
}

static struct peer *take_most(struct peers *peers, size_t (*has)(const struct peer *peer))
{
	struct peer *most = NULL;
	size_t amount = 0;

	pthread_mutex_lock(&peers->lock);
	for (int i = 0; i < PEERS_CHAINS; i++)
		for (struct peer *peer = peers->chains[i]; peer; peer = peer->next)
			if (has(peer) > amount) {
				most = peer;
				amount = has(peer);
			}
	if (most)
		most->references++;
	pthread_mutex_unlock(&peers->lock);
	return most;
}

struct peer *peers_most_connected(struct peers *peers)
{
	return take_most(peers, connections_of);
}

struct peer *peers_most_holding(struct peers *peers)
{
	return take_most(peers, bytes_of);
}
