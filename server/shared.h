/* What the sessions of all workers are counted by: all together, and those of one peer address. */
#ifndef SIDECALL_SERVER_SHARED_H
#define SIDECALL_SERVER_SHARED_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define SHARED_CHAINS 1024

/* Who a client is, as far as that can be told: its IP address, or nobody in particular. */
struct peer_address {
	sa_family_t family; /* AF_UNSPEC: not counted by address */
	unsigned char bytes[16];
};

struct peer_count;
struct sessions;

struct shared {
	pthread_mutex_t lock;
	unsigned int sessions;
	atomic_size_t held;                       /* bytes that sessions keep between two turns */
	struct sessions *workers;                 /* all workers', set before these run */
	struct peer_count *chains[SHARED_CHAINS]; /* of the peers that have sessions */
};

void shared_init(struct shared *shared);
void shared_release(struct shared *shared);

/* The peer at the other end of a socket; AF_UNSPEC for what has no IP address. */
struct peer_address peer_of_socket(int fd);

/*
 * Counts one more session.  NULL, or which limit (the option's name) it would break; then it is not
 * counted.  shared_leave() takes it back.
 */
const char *shared_enter(struct shared *shared, const struct peer_address *peer,
			 unsigned int max_sessions, unsigned int max_of_peer);
void shared_leave(struct shared *shared, const struct peer_address *peer);

#endif
