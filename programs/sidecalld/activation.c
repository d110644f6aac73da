/* Sockets that a service manager opened for us (sd_listen_fds(3)). */
#include "programs/sidecalld/activation.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/number.h"
#include "server/runtime/transports/given.h"

#define MOST 1024 /* descriptors that are looked for */

/* ---- what was said ---- */

/* How many there are.  -EINVAL: they are for us, and it cannot be read how many. */
static int read_count(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int64_t process, count;

	if (!pid || !fds || number_read(pid, 1, INT32_MAX, &process) || process != getpid())
		return 0; /* they are not for us, but for who started us */
	return number_read(fds, 1, MOST, &count) ? -EINVAL : (int)count;
}

int activation_take(struct activation *activation)
{
	const char *names = getenv("LISTEN_FDNAMES");
	int count = read_count();

	*activation = (struct activation){ .count = count > 0 ? (unsigned int)count : 0 };
	if (count < 0)
		return count;
	for (unsigned int i = 0; i < activation->count; i++)
		if (fcntl(ACTIVATION_FIRST + (int)i, F_SETFD, FD_CLOEXEC) < 0)
			return -errno;
	if (activation->count && names && !(activation->names = strdup(names)))
		return -ENOMEM;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return 0;
}

void activation_release(struct activation *activation)
{
	free(activation->names);
	activation->names = NULL;
}

/* ---- which endpoint it is ---- */

/* The name of one of them; empty where it has none. */
static void find_name(const struct activation *activation, unsigned int index, char name[NAME_MAX])
{
	const char *at = activation->names ? activation->names : "";

	while (index-- && at)
		at = (at = strchr(at, ':')) ? at + 1 : NULL;
	snprintf(name, NAME_MAX, "%.*s", at ? (int)strcspn(at, ":") : 0, at ? at : "");
}

static void guess_by_path(struct endpoint *endpoint)
{
	char path[ENDPOINT_MAX_PATH];
	const char *name, *dot;

	memcpy(path, endpoint->path, sizeof(path));
	name = basename(path);
	dot = strrchr(name, '.');
	if (strncmp(name, "raw.", 4) == 0)
		endpoint->protocol = ENDPOINT_RAW;
	if (dot && strcmp(dot, ".shm") == 0)
		endpoint->transport = ENDPOINT_SHM;
}

/* By the addresses that endpoints have by default. */
static void guess_by_address(struct endpoint *endpoint)
{
	if (endpoint->transport == ENDPOINT_UNIX)
		guess_by_path(endpoint);
	else if (endpoint_has_host(endpoint) && endpoint->port == ENDPOINT_RAW_PORT)
		endpoint->protocol = ENDPOINT_RAW;
}

static bool is_unix(enum endpoint_transport transport)
{
	return transport == ENDPOINT_UNIX || transport == ENDPOINT_SHM;
}

/* Heeds a name that is a protocol, or a protocol and a transport; any other, as systemd gives to
 * those that have none, says nothing.  Whether it can be true of the descriptor. */
static bool heed_name(struct endpoint *endpoint, const char *name)
{
	const char *own = endpoint_transport_name(endpoint->transport);
	bool whole = strchr(name, '+');
	char text[NAME_MAX + 16];
	struct endpoint named;

	snprintf(text, sizeof(text), "%s%s%s", name, whole ? "" : "+", whole ? "" : own);
	if (endpoint_parse(&named, text))
		return true;
	/* Clients look for a named pipe by its protocol. */
	if (endpoint->transport == ENDPOINT_FIFO && named.protocol != endpoint->protocol)
		return false;
	if (is_unix(endpoint->transport) && is_unix(named.transport))
		endpoint->transport = named.transport;
	endpoint->protocol = named.protocol;
	return named.protocol != ENDPOINT_TIRPC && named.transport == endpoint->transport;
}

/* ---- serving it ---- */

static bool is_connection(int fd)
{
	int listens = 1;
	socklen_t length = sizeof(listens);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 && !listens;
}

/* NULL, or what is wrong with it. */
static const char *examine(int fd, const char *name, struct endpoint *endpoint)
{
	int r = given_endpoint(fd, endpoint);

	if (r == -EPROTOTYPE || r == -ENOTSOCK)
		return "it is neither a TCP, UDP or Unix stream socket, nor a named pipe that is "
		       "called rpc.fifo or raw.fifo";
	if (r == -EADDRNOTAVAIL)
		return "nobody bound it to a port, so no datagram can come: say ListenDatagram= "
		       "with "
		       "one in the .socket unit";
	if (r < 0)
		return strerror(-r);
	if (endpoint_has_path(endpoint) && !endpoint->path[0])
		return "it has no path by which a client could find it";
	if (endpoint->transport != ENDPOINT_UDP && endpoint->transport != ENDPOINT_FIFO &&
	    is_connection(fd))
		return "it is one client's connection: say Accept=no in the .socket unit, or "
		       "StandardInput=socket and --stdio in the service";
	guess_by_address(endpoint);
	if (!heed_name(endpoint, name))
		return "its name says another protocol or transport than it has "
		       "(FileDescriptorName= in the .socket unit)";
	return NULL;
}

static const char *listen_at(struct sidecall_svc *svc, int fd, const char *name)
{
	struct endpoint endpoint;
	const char *wrong = examine(fd, name, &endpoint);
	int r;

	if (wrong)
		return wrong;
	r = runtime_listen_given(svc, fd, &endpoint, CUSTODY_KEPT);
	return r < 0 ? strerror(-r) : NULL;
}

const char *activation_listen(const struct activation *activation, struct sidecall_svc *svc,
			      char why[SIDECALL_SVC_WHY])
{
	char name[NAME_MAX];

	for (unsigned int i = 0; i < activation->count; i++) {
		int fd = ACTIVATION_FIRST + (int)i;
		const char *wrong;

		find_name(activation, i, name);
		wrong = listen_at(svc, fd, name);
		if (!wrong)
			continue;
		snprintf(why, SIDECALL_SVC_WHY,
			 "descriptor %d%s%.40s%s, from the service manager: %s", fd,
			 *name ? " (" : "", name, *name ? ")" : "", wrong);
		return why;
	}
	return NULL;
}
