/*
 * The pipe transport, the server's end: one session on our standard input and output.
 *
 * There is nothing to listen at: who made the pipes is our parent, and the only client we ever
 * have.
 */
#include "server/transports/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/rights.h"
#include "server/stream.h"

/* A descriptor of our own for a standard one, which is then closed to the world: a stray print must
 * not end up between two replies.  Non-blocking; or -errno. */
static int take(int standard, int flags)
{
	int fd = fcntl(standard, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int null = open("/dev/null", flags | O_CLOEXEC);

	if (fd < 0 || null < 0 || dup2(null, standard) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		int r = -errno;

		if (fd >= 0)
			close(fd);
		if (null >= 0)
			close(null);
		return r;
	}
	close(null);
	return fd;
}

int pipe_serve(struct sessions *sessions, const struct protocol *protocol)
{
	struct connection pipes = { .in = take(STDIN_FILENO, O_RDONLY) };
	struct entrance entrance = { .protocol = protocol };
	struct peer_id peer;

	if (pipes.in < 0)
		return pipes.in;
	pipes.out = take(STDOUT_FILENO, O_WRONLY);
	if (pipes.out < 0) {
		close(pipes.in);
		return pipes.out;
	}
	sessions->stop_when_empty = true;
	peer = peer_of_socket(pipes.in);
	entrance.guarded = peer_is_here(&peer) && !rights_refuse(pipes.in);
	return stream_open(sessions, &entrance, &pipes, &peer);
}
