/* Which process has a port: /proc/net lists the sockets, and /proc/PID/fd who has them. */
#include "server/runtime/transports/owner.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENING 0x0a /* a TCP socket's state */

/* The inode of a socket in one of the kernel's lists that is bound to the port; 0 for none. */
static unsigned long find_inode(const char *list, bool stream, unsigned int port)
{
	unsigned long inode, found = 0;
	unsigned int local, state;
	FILE *file = fopen(list, "re");
	char line[512];

	if (!file)
		return 0;
	/* slot: local_address:port remote_address:port state queues timer retransmits uid timeout
	 * inode (proc(5)) */
	while (!found && fgets(line, sizeof(line), file))
		if (sscanf(line, " %*d: %*[0-9A-F]:%X %*[0-9A-F]:%*X %X %*s %*s %*s %*u %*u %lu",
			   &local, &state, &inode) == 3 &&
		    local == port && (!stream || state == LISTENING))
			found = inode;
	fclose(file);
	return found;
}

/* Whether the process has the socket open. */
static bool has_socket(const char *process, const char *wanted)
{
	char path[300], target[64];
	struct dirent *entry;
	bool found = false;
	DIR *directory;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", process);
	directory = opendir(path);
	if (!directory)
		return false;
	while (!found && (entry = readdir(directory))) {
		length = readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1);
		target[length > 0 ? length : 0] = '\0';
		found = strcmp(target, wanted) == 0;
	}
	closedir(directory);
	return found;
}

static pid_t find_process(unsigned long inode)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;
	char wanted[64];
	pid_t found = 0;

	snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	while (directory && !found && (entry = readdir(directory)))
		if (strspn(entry->d_name, "0123456789") == strlen(entry->d_name) &&
		    has_socket(entry->d_name, wanted))
			found = (pid_t)atoi(entry->d_name);
	if (directory)
		closedir(directory);
	return found;
}

pid_t owner_of_port(int type, unsigned int port)
{
	bool stream = type == SOCK_STREAM;
	unsigned long inode = find_inode(stream ? "/proc/net/tcp" : "/proc/net/udp", stream, port);

	if (!inode)
		inode = find_inode(stream ? "/proc/net/tcp6" : "/proc/net/udp6", stream, port);
	return inode ? find_process(inode) : 0;
}
