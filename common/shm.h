/*
 * How the two ends of the shm transport come to share memory, over a Unix socket, and wake each
 * other.
 *
 * The client connects.  The server answers with one greeting:
 *
 *	bytes         "shm1"
 *	descriptor    the memory: a memfd of ring_segment(size) bytes, sealed against shrinking,
 *	              growing and further seals (common/ring.h says what is in it)
 *
 * After that each end sends a byte, of any value, to wake the other where it does not wait at the
 * ring itself (ring_wake()).  The socket's end tells that the other is gone.
 */
#ifndef SIDECALL_COMMON_SHM_H
#define SIDECALL_COMMON_SHM_H

#define SHM_GREETING     "shm1"
#define SHM_GREETING_LEN 4

/* Makes the memory that a session shares, with rings of `size` bytes.  Its descriptor or -errno. */
int shm_make(unsigned int size);

/* Sends the greeting, without waiting.  0 or -errno. */
int shm_send(int memory, int socket);

/* Takes the greeting in, without waiting.  0 and the memory's descriptor; -EAGAIN when it is not
 * there yet; -ECONNRESET when the server closed instead; -EPROTO when it is another; or another
 * -errno.  After an error nothing is open. */
int shm_receive(int *memory, int socket);

/* Maps the memory, whose rings have `*size` bytes.  NULL and errno, which is EPROTO when it is not
 * sealed, so that reading it could kill us, or is of no size that we know. */
void *shm_map(int memory, unsigned int *size);

/*
 * Wakes whoever waits at the socket's other end.  It never waits: a socket that takes no more has
 * bytes to wake by.  Nothing that two ends share could promise that; whether a pipe or an eventfd
 * blocks is a flag of the shared description, which the other end may change.
 */
void shm_wake(int socket);

#endif
