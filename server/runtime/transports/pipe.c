/*
 * The pipe transport, the server's end: one session on our standard input and output.
 *
 * There is nothing to listen at: who made the pipes is our parent, and the only client we ever
 * have.
 */
#include "server/runtime/transports/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/rights.h"
#include "server/runtime/stream.h"

/* A descriptor of our own for a standard one, which is then closed to the world: a stray print must
 * not end up between two replies.  Non-blocking; or -errno. */
static int take_standard(int standard, int flags)
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

static int option_of(int fd, int name)
{
	int value = 0;
	socklen_t length = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &length) < 0 ? -1 : value;
}

/* Whether it is a socket without a stream of bytes: whoever left it to us wants us to accept its
 * connections, or takes us for a server of datagrams. */
static bool is_no_connection(int fd)
{
	int type = option_of(fd, SO_TYPE);

	return type >= 0 && (type != SOCK_STREAM || option_of(fd, SO_ACCEPTCONN) > 0);
}

int pipe_serve(struct sessions *sessions, const struct protocol *protocol)
{
	struct entrance entrance = { .protocol = protocol, .transport = ENDPOINT_PIPE };
	struct connection pipes = { 0 };
	struct peer_id peer;

	if (is_no_connection(STDIN_FILENO) || is_no_connection(STDOUT_FILENO))
		return -ENOTCONN;
	pipes.in = take_standard(STDIN_FILENO, O_RDONLY);
	if (pipes.in < 0)
		return pipes.in;
	pipes.out = take_standard(STDOUT_FILENO, O_WRONLY);
	if (pipes.out < 0) {
		close(pipes.in);
		return pipes.out;
	}
	sessions->stop_when_empty = true;
	peer = peer_of_socket(pipes.in);
	entrance.guarded = peer_is_here(&peer) && !rights_refuse(pipes.in);
	return stream_open(sessions, &entrance, &pipes, &peer);
}
