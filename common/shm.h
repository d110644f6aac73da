/*
 * How the two ends of the shm transport come to share memory, over a Unix socket.
 *
 * The client connects.  The server answers with one greeting:
 *
 *	bytes         "shm1"
 *	descriptors   1. the memory: a memfd of ring_segment(size) bytes, sealed against shrinking,
 *	                 growing and further seals (common/ring.h says what is in it)
 *	              2. an eventfd that wakes the client
 *	              3. an eventfd that wakes the server
 *
 * Nothing else is ever sent over the socket.  It stays open so that each end sees the other die.
 */
#ifndef SIDECALL_COMMON_SHM_H
#define SIDECALL_COMMON_SHM_H

#define SHM_GREETING     "shm1"
#define SHM_GREETING_LEN 4

struct shm {
	int memory;
	int client, server; /* the eventfds that wake them */
};

/* All three at -1. */
void shm_init(struct shm *shm);

/* Makes what a session shares, with rings of `size` bytes.  0 or -errno, and then nothing is open.
 */
int shm_make(struct shm *shm, unsigned int size);

/* Sends the greeting, without waiting.  0 or -errno. */
int shm_send(const struct shm *shm, int socket);

/* Takes the greeting in.  0; -EAGAIN when it is not there yet; -ECONNRESET when the server closed
 * instead; -EPROTO when it is another; or another -errno.  After an error nothing is open. */
int shm_receive(struct shm *shm, int socket);

/* Maps the memory, whose rings have `*size` bytes.  NULL and errno, which is EPROTO when it is not
 * sealed, so that reading it could kill us, or is of no size that we know. */
void *shm_map(const struct shm *shm, unsigned int *size);

/* Closes what is open. */
void shm_close(struct shm *shm);

/*
 * Wakes whoever waits for this eventfd with EPOLLIN | EPOLLET.  It never blocks, whatever the other
 * end does to the eventfd, which it shares: the count is 1 from the beginning and nobody has to
 * read it, because adding zero to it is an event too; and for zero there is always room.
 */
void shm_wake(int eventfd);

#endif
