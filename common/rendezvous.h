/* Where the two ends meet when the address is a file: the runtime directory and its locks. */
#ifndef SIDECALL_COMMON_RENDEZVOUS_H
#define SIDECALL_COMMON_RENDEZVOUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/endpoint.h"

/*
 * The runtime directory: $SIDECALL_DIR, else the first of $RUNTIME_DIRECTORY (a list with colons),
 * else $XDG_RUNTIME_DIR/sidecall, else /tmp/sidecall-UID.  Made with mode 0700 where it is missing.
 * 0, or -errno: -EPERM when it is another user's or others may write to it, -ENAMETOOLONG.
 */
int rendezvous_directory(char *directory, size_t size);

/* That of the machine's own server, as its unit and the package have it. */
#define RENDEZVOUS_SYSTEM "/run/sidecall"

/* Its name alone: it need not be there.  0 or -ENAMETOOLONG. */
int rendezvous_directory_name(char *directory, size_t size);

/* What rendezvous_directory()'s failure means to people, with the directory's name. */
void rendezvous_explain(int error, char *why, size_t size);

/*
 * Gives an endpoint whose address is a path, and was not given, the default one: in the runtime
 * directory PROTOCOL.sock for unix, PROTOCOL.shm for shm, and the directory itself for fifo.
 * 0 or -errno; any other endpoint is left as it is.
 */
int rendezvous_resolve(struct endpoint *endpoint);

/*
 * Where a server of ours is looked for that nobody has named, in this order: at its Unix socket in
 * the runtime directory, and at that of the machine's own server, unless $SIDECALL_DIR says which
 * directory is meant.  A path of "": not there.  Makes nothing.  0, or -errno when the runtime
 * directory is one that rendezvous_directory() refuses.
 */
#define RENDEZVOUS_NEARBY 2
int rendezvous_nearby(struct endpoint nearby[RENDEZVOUS_NEARBY]);

/*
 * Claims a path for one server: an flock on PATH.lock, which the kernel drops when its owner dies,
 * so what a dead server left behind can be told from what a living one uses.
 */
struct rendezvous_lock {
	int fd;      /* -1: not held */
	pid_t owner; /* after -EADDRINUSE: who holds it, or 0 */
	char path[ENDPOINT_MAX_PATH + 32];
};

/* 0; -EADDRINUSE when a living server holds it (see owner); -EEXIST when the lock file is none, or
 * another user's, or has another name besides, and then it is left as it is; or another -errno. */
int rendezvous_claim(struct rendezvous_lock *lock, const char *path);

/* Removes the lock file and lets go.  Harmless when it is not held. */
void rendezvous_let_go(struct rendezvous_lock *lock);

/*
 * Named pipes.  The server's well-known one, DIRECTORY/PROTOCOL.fifo, takes greetings: a number in
 * 16 hexadecimal figures on a line of its own, which a writer writes at once and the kernel keeps
 * in one piece (PIPE_BUF).  A newline in front ends whatever another has left unfinished.  The
 * number names the client's own pair of pipes, PROTOCOL.NUMBER.calls and PROTOCOL.NUMBER.replies,
 * one for each direction.  The server writes the greeting back into the second to say that it
 * serves them.
 */
#define RENDEZVOUS_GREETING 18 /* bytes */
#define RENDEZVOUS_MAX_FIFO (ENDPOINT_MAX_PATH + 48)

struct rendezvous_pair {
	char calls[RENDEZVOUS_MAX_FIFO], replies[RENDEZVOUS_MAX_FIFO];
};

/* The well-known FIFO's path, for an endpoint whose directory is known. */
void rendezvous_fifo(const struct endpoint *endpoint, char path[RENDEZVOUS_MAX_FIFO]);

/* The pair that belongs to a number. */
void rendezvous_pair(const struct endpoint *endpoint, uint64_t number,
		     struct rendezvous_pair *pair);

/* Writes a greeting, with a zero byte behind it; and reads the number on a line, without its
 * newline, if it is one. */
void rendezvous_greet(uint64_t number, char greeting[RENDEZVOUS_GREETING + 1]);
bool rendezvous_read_line(const char *line, size_t length, uint64_t *number);

/* The number in the name of one of a pair's files (without its directory), if it is one. */
bool rendezvous_read_name(const struct endpoint *endpoint, const char *name, uint64_t *number);

/*
 * Opens a FIFO without waiting for its other end and without following a link, and makes sure that
 * it is a FIFO of our own user's.  `flags` is O_RDONLY, O_WRONLY or O_RDWR.  The descriptor, or
 * -errno: -ENXIO when nobody reads what is to be written, -EPERM when it is something else.
 */
int rendezvous_open_fifo(const char *path, int flags);

#endif
