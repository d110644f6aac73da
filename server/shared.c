/* What the sessions of all workers are counted by. */
#include "server/shared.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct peer_count {
	struct peer_count *next;
	struct peer_address peer;
	unsigned int sessions;
};

void shared_init(struct shared *shared)
{
	memset(shared, 0, sizeof(*shared));
	pthread_mutex_init(&shared->lock, NULL);
}

void shared_release(struct shared *shared)
{
	for (int i = 0; i < SHARED_CHAINS; i++)
		while (shared->chains[i]) {
			struct peer_count *count = shared->chains[i];

			shared->chains[i] = count->next;
			free(count);
		}
	pthread_mutex_destroy(&shared->lock);
}

struct peer_address peer_of_socket(int fd)
{
	struct peer_address peer = { .family = AF_UNSPEC };
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	if (getpeername(fd, (struct sockaddr *)&address, &length) < 0)
		return peer;
	if (address.ss_family == AF_INET) {
		peer.family = AF_INET;
		memcpy(peer.bytes, &((struct sockaddr_in *)&address)->sin_addr, 4);
	} else if (address.ss_family == AF_INET6) {
		/* Whoever has one address of IPv6 has 2^64 of them: they are one peer. */
		peer.family = AF_INET6;
		memcpy(peer.bytes, &((struct sockaddr_in6 *)&address)->sin6_addr, 8);
	}
	return peer;
}

static bool is_same(const struct peer_address *a, const struct peer_address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* The place in its chain where a peer's count is, or would be. */
static struct peer_count **find(struct shared *shared, const struct peer_address *peer)
{
	uint32_t hash = 2166136261U;
	struct peer_count **place;

	for (size_t i = 0; i < sizeof(peer->bytes); i++)
		hash = (hash ^ peer->bytes[i]) * 16777619U;
	place = &shared->chains[hash % SHARED_CHAINS];
	while (*place && !is_same(&(*place)->peer, peer))
		place = &(*place)->next;
	return place;
}

/* NULL, or the limit that one more would break.  Called with the lock held. */
static const char *enter_peer(struct shared *shared, const struct peer_address *peer,
			      unsigned int max_of_peer)
{
	struct peer_count **place = find(shared, peer);

	if (!*place) {
		*place = calloc(1, sizeof(**place));
		if (!*place)
			return "memory";
		(*place)->peer = *peer;
	}
	if ((*place)->sessions >= max_of_peer)
		return "--max-per-address";
	(*place)->sessions++;
	return NULL;
}

const char *shared_enter(struct shared *shared, const struct peer_address *peer,
			 unsigned int max_sessions, unsigned int max_of_peer)
{
	const char *limit = NULL;

	pthread_mutex_lock(&shared->lock);
	if (shared->sessions >= max_sessions)
		limit = "--max-connections";
	else if (peer->family != AF_UNSPEC)
		limit = enter_peer(shared, peer, max_of_peer);
	if (!limit)
		shared->sessions++;
	pthread_mutex_unlock(&shared->lock);
	return limit;
}

void shared_leave(struct shared *shared, const struct peer_address *peer)
{
	pthread_mutex_lock(&shared->lock);
	shared->sessions--;
	if (peer->family != AF_UNSPEC) {
		struct peer_count **place = find(shared, peer), *count = *place;

		if (count && --count->sessions == 0) {
			*place = count->next;
			free(count);
		}
	}
	pthread_mutex_unlock(&shared->lock);
}
