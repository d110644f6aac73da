/* What the client's transports with a socket in the filesystem share: connecting to it. */
#include "client/runtime/transports/local.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/rendezvous.h"

/* A connection waits in the server's queue until it is accepted.  When the queue is full there is
 * nothing to poll for, so it is tried again and again. */
static int connect_before(int fd, const struct sockaddr_un *address, int64_t deadline)
{
	const struct timespec pause = { .tv_nsec = 2000000 };

	while (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (clock_now() >= deadline)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* A connected, non-blocking socket, or -errno. */
static int connect_to(const char *path, int64_t deadline)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int r, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	memcpy(address.sun_path, path, strlen(path) + 1); /* the endpoint's path is no longer */
	r = connect_before(fd, &address, deadline);
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

static int explain_path(const struct endpoint *endpoint, int error, struct failure *failure)
{
	char what[160];

	snprintf(what, sizeof(what), "cannot connect to the socket %s", endpoint->path);
	return failure_system(failure, error, what);
}

int local_no_directory(int error, struct failure *failure)
{
	failure_system(failure, -error, ""); /* for the code */
	failure->error = 0;                  /* it is not the server that is not there */
	rendezvous_explain(error, failure->why, sizeof(failure->why));
	return failure->code;
}

int connect_to_path(const struct endpoint *endpoint, int64_t deadline, int *fd,
		    struct failure *failure)
{
	struct endpoint resolved = *endpoint;
	int r = rendezvous_resolve(&resolved);

	if (r < 0)
		return local_no_directory(r, failure);
	*fd = connect_to(resolved.path, deadline);
	return *fd < 0 ? explain_path(&resolved, -*fd, failure) : 0;
}

void name_local_peers(int fd, char peers[CHANNEL_PEERS])
{
	struct sockaddr_un peer = { 0 };
	socklen_t length = sizeof(peer);

	if (getpeername(fd, (struct sockaddr *)&peer, &length) < 0)
		return;
	snprintf(peers, CHANNEL_PEERS, "a nameless socket and %.*s", (int)sizeof(peer.sun_path),
		 peer.sun_path);
}
