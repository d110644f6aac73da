/* The way of a case to the server, by any transport: what carries whole messages, and the
 * descriptors behind it, for what is none. */
#ifndef SIDECALL_CHECK_LINK_H
#define SIDECALL_CHECK_LINK_H

#include <sys/types.h>

#include "check/message.h"
#include "client/runtime/channel.h"

struct link {
	struct channel *channel; /* NULL: there is none (any more) */
	int in, out;             /* the channel's: one, for a socket */
	pid_t server;            /* the process at a pipe's other end; 0: it is none of ours */
};

/* Whether the server is where it is said to be, without a word to it: of pipes and named pipes, by
 * which nobody connects.  0, or the failure's code. */
bool link_is_tried(const struct endpoint *endpoint);
int link_try(struct check_target *target, struct failure *failure);

/* Connects, or starts a pipe's server.  0, or the failure's code with nothing open. */
int link_open(struct link *link, const struct endpoint *endpoint, int64_t deadline,
	      struct failure *failure);

/* A stream of these descriptors, which are the link's from here on, also when this fails.  0, or
 * the failure's code. */
int link_stream(struct link *link, const struct endpoint *endpoint, int in, int out,
		struct failure *failure);

/* Closes what is open.  A pipe's server has a moment to end, and is killed then, with all that it
 * started. */
void link_close(struct link *link);

/* The server's input, or our half of a connection, ends here. */
void link_end_input(struct link *link);

/* Waits until the server has read what was written, where the kernel tells (of pipes, named pipes
 * and Unix sockets), or the time is over. */
void link_await_read(const struct link *link, int64_t deadline);

/* Writes all bytes.  0 or -errno. */
int link_write(const struct link *link, const uint8_t *bytes, size_t length, int64_t deadline);

#endif
