/* Who has a port or a socket of this machine's, as /proc tells (proc(5)). */
#include "doctor/holder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TCP_LISTENS  0x0a
#define UNIX_LISTENS 0x10000 /* __SO_ACCEPTCON */

/* ---- ports ---- */

/* The socket at a port in one of the tables: its number, or 0. */
static uint64_t find_in_table(const char *path, bool tcp, unsigned int port, uid_t *uid)
{
	FILE *table = fopen(path, "re");
	uint64_t inode, found = 0;
	unsigned int local, state, owner;
	char line[512];

	while (table && !found && fgets(line, sizeof(line), table))
		if (sscanf(line,
			   " %*d: %*64[0-9A-F]:%4x %*64[0-9A-F]:%*4x %2x %*s %*s %*s %u %*d "
			   "%" SCNu64,
			   &local, &state, &owner, &inode) == 4 &&
		    local == port && (!tcp || state == TCP_LISTENS)) {
			*uid = owner;
			found = inode;
		}
	if (table)
		fclose(table);
	return found;
}

/* Whether a process has this socket. */
static bool has_socket(const char *pid, const char *wanted)
{
	char path[64], target[64];
	struct dirent *entry;
	bool found = false;
	DIR *descriptors;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	descriptors = opendir(path);
	while (descriptors && !found && (entry = readdir(descriptors))) {
		ssize_t length = readlinkat(dirfd(descriptors), entry->d_name, target,
					    sizeof(target) - 1);

		target[length < 0 ? 0 : length] = '\0';
		found = strcmp(target, wanted) == 0;
	}
	if (descriptors)
		closedir(descriptors);
	return found;
}

/* A service manager (1) has the sockets that it gave away, too: it is not who serves them. */
static pid_t find_process(uint64_t inode)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	char wanted[64];
	pid_t pid = 0;

	snprintf(wanted, sizeof(wanted), "socket:[%" PRIu64 "]", inode);
	while (processes && pid <= 1 && (entry = readdir(processes)))
		if (isdigit((unsigned char)entry->d_name[0]) && has_socket(entry->d_name, wanted))
			pid = (pid_t)strtol(entry->d_name, NULL, 10);
	if (processes)
		closedir(processes);
	return pid;
}

bool holder_of_port(enum endpoint_transport transport, int port, struct holder *holder)
{
	static const char *const tables[2][2] = { { "/proc/net/tcp", "/proc/net/tcp6" },
						  { "/proc/net/udp", "/proc/net/udp6" } };
	bool tcp = transport == ENDPOINT_TCP;

	*holder = (struct holder){ 0 };
	for (int i = 0; i < 2; i++) {
		uint64_t inode = find_in_table(tables[!tcp][i], tcp, (unsigned int)port,
					       &holder->uid);

		if (inode) {
			holder->pid = find_process(inode);
			return true;
		}
	}
	return false;
}

/* ---- Unix sockets ---- */

static bool is_same_path(const char *one, const char *other)
{
	char first[PATH_MAX], second[PATH_MAX];

	return realpath(one, first) && realpath(other, second) && strcmp(first, second) == 0;
}

/* Whether a line of the table is of a socket that listens at a path. */
static bool is_listener(const char *line, const char *path, uint64_t *inode)
{
	const char *name = strrchr(path, '/');
	unsigned int flags = 0;
	int at = 0;

	sscanf(line, "%*s %*x %*x %x %*x %*x %" SCNu64 " %n", &flags, inode, &at);
	return at && (flags & UNIX_LISTENS) && strstr(line + at, name ? name : path) &&
	       is_same_path(line + at, path);
}

/* The number of the socket that listens at a path; 0: there is none. */
static uint64_t find_listener(const char *path)
{
	FILE *table = fopen("/proc/net/unix", "re");
	uint64_t inode, found = 0;
	char line[512];

	while (table && !found && fgets(line, sizeof(line), table)) {
		line[strcspn(line, "\n")] = '\0';
		if (is_listener(line, path, &inode))
			found = inode;
	}
	if (table)
		fclose(table);
	return found;
}

/* Who listens is not who once called listen(), which SO_PEERCRED names: a daemon is its child. */
int holder_of_socket(const char *path, struct holder *holder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int r = 0, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct ucred peer = { 0 };
	socklen_t length = sizeof(peer);

	*holder = (struct holder){ 0 };
	if (fd < 0)
		return -errno;
	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >=
	    sizeof(address.sun_path))
		r = -ENAMETOOLONG;
	else if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		r = -errno;
	else
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length);
	close(fd);
	if (r == 0 || r == -EAGAIN)
		*holder = (struct holder){ peer.uid, find_process(find_listener(path)) };
	return r;
}

/* ---- the process ---- */

/* Reads the head of a file of the process's.  False when it is gone. */
static bool read_of(const struct holder *holder, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)holder->pid, name);
	fd = holder->pid ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return false;
	n = read(fd, text, size - 1);
	text[n < 0 ? 0 : n] = '\0';
	close(fd);
	return n > 0;
}

void holder_describe(const struct holder *holder, char text[HOLDER_TEXT])
{
	char name[32];

	if (read_of(holder, "comm", name, sizeof(name)))
		snprintf(text, HOLDER_TEXT, "%.*s (process %d of user %u)",
			 (int)strcspn(name, "\n"), name, (int)holder->pid,
			 (unsigned int)holder->uid);
	else
		snprintf(text, HOLDER_TEXT, "a process of user %u", (unsigned int)holder->uid);
}

bool holder_is_stopped(const struct holder *holder)
{
	char text[512];
	const char *behind_name;

	if (!read_of(holder, "stat", text, sizeof(text)))
		return false;
	behind_name = strrchr(text, ')');
	return behind_name && strncmp(behind_name, ") T", 3) == 0;
}
