/* What the transports of the server share: addresses to listen at. */
#include "server/runtime/transports/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/runtime/transports/owner.h"

/* ---- hosts ---- */

static int resolve_host(const struct endpoint *endpoint, int type, struct addrinfo **addresses)
{
	const struct addrinfo hints = { .ai_socktype = type, .ai_flags = AI_NUMERICSERV };
	int number = endpoint->port;
	char port[16];

	if (number < 0)
		number = endpoint->protocol == ENDPOINT_RAW ? ENDPOINT_RAW_PORT : 0;
	snprintf(port, sizeof(port), "%d", number);
	/* Without a host it gives the loopback addresses. */
	return getaddrinfo(endpoint->host[0] ? endpoint->host : NULL, port, &hints, addresses);
}

int bind_address(const struct addrinfo *address, bool reuse_port)
{
	const int on = 1;
	int type = address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int r, fd = socket(address->ai_family, type, 0);

	if (fd < 0)
		return -errno;
	/* For UDP this would let a second server in, and each datagram go to one of the two.
	 * SO_REUSEPORT would for both, so it is set when nobody can have been let in by it. */
	if (address->ai_socktype == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* [::] shall not take IPv4's place: each family has a socket of its own. */
	if (address->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (reuse_port)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

int share_host(const struct endpoint *endpoint, int type, struct listeners *others,
	       int (*open)(struct listeners *listeners, const struct endpoint *endpoint,
			   const struct addrinfo *address, bool reuse_port))
{
	struct addrinfo *address;
	int r = resolve_host(endpoint, type, &address);

	if (r != 0)
		return -EADDRNOTAVAIL;
	r = open(others, endpoint, address, true);
	freeaddrinfo(address);
	return r;
}

static bool is_missing_family(int error)
{
	return error == -EADDRNOTAVAIL || error == -EAFNOSUPPORT;
}

/* What to do, behind the reason; "" where it goes without saying. */
static const char *advise_host(int error)
{
	if (error == -EACCES)
		return ". Take a port from 1024 on, or 0 for any that is free; those below are "
		       "root's";
	if (error == -EADDRNOTAVAIL)
		return ". Take an address that this machine has";
	return "";
}

/* A server whose address is taken wants to know by whom. */
static void explain_host(int error, const struct addrinfo *address, char why[SIDECALL_SVC_WHY])
{
	char port[NI_MAXSERV];
	pid_t owner = 0;

	if (error == -EADDRINUSE && getnameinfo(address->ai_addr, address->ai_addrlen, NULL, 0,
						port, sizeof(port), NI_NUMERICSERV) == 0)
		owner = owner_of_port(address->ai_socktype, (unsigned int)atoi(port));
	if (owner)
		snprintf(why, SIDECALL_SVC_WHY,
			 "the process with id %d is using the port. End it, or take another port, "
			 "or 0 for any that is free",
			 (int)owner);
	else if (error == -EADDRINUSE)
		snprintf(why, SIDECALL_SVC_WHY,
			 "another process is using the port, maybe another user's. Take another "
			 "port, or 0 for any that is free");
	else
		snprintf(why, SIDECALL_SVC_WHY, "%s%s", strerror(-error), advise_host(error));
}

const char *listen_at_hosts(struct listeners *listeners, const struct endpoint *endpoint, int type,
			    int (*open)(struct listeners *listeners,
					const struct endpoint *endpoint,
					const struct addrinfo *address, bool reuse_port),
			    char why[SIDECALL_SVC_WHY])
{
	struct addrinfo *addresses;
	bool failed = false;
	int opened = 0, r = resolve_host(endpoint, type, &addresses);

	*why = '\0';
	if (r != 0) {
		snprintf(why, SIDECALL_SVC_WHY, "%s", gai_strerror(r));
		return why;
	}
	for (struct addrinfo *a = addresses; a; a = a->ai_next) {
		r = open(listeners, endpoint, a, false);
		if (r == 0)
			opened++;
		else if (!*why || !is_missing_family(r))
			explain_host(r, a, why);
		failed = failed || (r < 0 && !is_missing_family(r));
	}
	freeaddrinfo(addresses);
	return opened && !failed ? NULL : why;
}

/* ---- paths ---- */

/* Whether somebody listens at the socket.  Our lock cannot tell of servers that are not ours. */
static bool is_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool refused = fd >= 0 &&
		       connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
		       errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return !refused;
}

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, path, strlen(path) + 1); /* the endpoint's path is no longer */
	return address;
}

/* A socket that a dead server left behind is removed; anything else that stands there stays. */
static int remove_stale(const char *path)
{
	struct sockaddr_un address = address_of(path);
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	if (is_alive(&address))
		return -EADDRINUSE;
	return unlink(path) < 0 ? -errno : 0;
}

/* A listening socket at the path, or -errno. */
static int bind_path(const char *path)
{
	struct sockaddr_un address = address_of(path);
	int r, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

static const char *advise_path(int error)
{
	if (error == -ENOENT)
		return ". Make its directory, or take another path";
	if (error == -EACCES || error == -EROFS)
		return ". Take a path where you may make files";
	return "";
}

const char *explain_path(int error, const struct rendezvous_lock *lock, char why[SIDECALL_SVC_WHY])
{
	if (error == -EADDRINUSE && lock->owner)
		snprintf(why, SIDECALL_SVC_WHY,
			 "the server with process id %d is using it. End it, or take another path",
			 (int)lock->owner);
	else if (error == -EADDRINUSE)
		snprintf(why, SIDECALL_SVC_WHY,
			 "another server is using it. End it, or take another path");
	else if (error == -EEXIST)
		snprintf(why, SIDECALL_SVC_WHY,
			 "something else stands there, or as its .lock, and stays. Take another "
			 "path");
	else
		snprintf(why, SIDECALL_SVC_WHY, "%s%s", strerror(-error), advise_path(error));
	return why;
}

int bind_at_path(struct endpoint *endpoint, struct rendezvous_lock *lock)
{
	int r = rendezvous_resolve(endpoint);

	*lock = (struct rendezvous_lock){ .fd = -1 };
	if (r == 0)
		r = rendezvous_claim(lock, endpoint->path);
	if (r < 0)
		return r;
	r = remove_stale(endpoint->path);
	if (r == 0)
		r = bind_path(endpoint->path);
	if (r < 0)
		rendezvous_let_go(lock);
	return r;
}

const char *listen_at_path(struct listeners *listeners, const struct endpoint *endpoint,
			   accept_function *accepted, char why[SIDECALL_SVC_WHY])
{
	struct endpoint resolved = *endpoint;
	struct rendezvous_lock lock;
	int r = bind_at_path(&resolved, &lock);

	if (r < 0 && !resolved.path[0]) {
		rendezvous_explain(r, why, SIDECALL_SVC_WHY);
		return why;
	}
	if (r < 0)
		return explain_path(r, &lock, why);
	r = listeners_add_socket(listeners, r, &resolved, CUSTODY_OURS, &lock, NULL, accepted);
	if (r == 0)
		return NULL;
	unlink(resolved.path);
	rendezvous_let_go(&lock);
	return explain_path(r, &lock, why);
}
