/* The unix transport, the server's end: a listening socket in the filesystem. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/listener.h"

/* A socket that a dead server left behind is removed; anything else that stands there stays. */
static int remove_stale(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	return unlink(path) < 0 ? -errno : 0;
}

/* A listening socket at the path, or -errno. */
static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int r, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	memcpy(address.sun_path, path, strlen(path) + 1); /* the endpoint's path is no longer */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

static const char *explain(int error, const struct rendezvous_lock *lock, char why[256])
{
	if (error == -EADDRINUSE && lock->owner)
		snprintf(why, 256, "the server with process id %d is using it", (int)lock->owner);
	else if (error == -EADDRINUSE)
		snprintf(why, 256, "another server is using it");
	else if (error == -EEXIST)
		snprintf(why, 256, "something that is no socket stands there");
	else if (error == -EPERM)
		snprintf(why, 256, "the directory is not ours alone: see SIDECALL_DIR");
	else
		snprintf(why, 256, "%s", strerror(-error));
	return why;
}

static const char *unix_listen(struct listeners *listeners, const struct endpoint *endpoint,
			       char why[256])
{
	struct endpoint resolved = *endpoint;
	struct rendezvous_lock lock = { .fd = -1 };
	int r = rendezvous_resolve(&resolved);

	if (r == 0)
		r = rendezvous_claim(&lock, resolved.path);
	if (r < 0)
		return explain(r, &lock, why);
	r = remove_stale(resolved.path);
	if (r == 0)
		r = listen_at(resolved.path);
	if (r >= 0) {
		r = listeners_add(listeners, r, &resolved, &lock, NULL);
		if (r == 0)
			return NULL;
		unlink(resolved.path);
	}
	rendezvous_let_go(&lock);
	return explain(r, &lock, why);
}

const struct transport transport_unix = { .transport = ENDPOINT_UNIX, .listen = unix_listen };
