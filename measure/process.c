/* The server's process, as far as it can be seen from here: its CPU time, and where it runs. */
#include "measure/process.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define NEAR 256 /* numbers of threads */

/* ---- who has the other end open ---- */

/* Calls `visit` for each numbered entry of a directory until it is true; the number, or -1. */
static long find_number(const char *directory, bool (*visit)(const char *path, void *context),
			void *context)
{
	DIR *stream = opendir(directory);
	const struct dirent *entry;
	long found = 0;

	while (stream && !found && (entry = readdir(stream))) {
		char path[300];

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (visit(path, context))
			found = strtol(entry->d_name, NULL, 10) + 1;
	}
	if (stream)
		closedir(stream);
	return found - 1;
}

/* A file that both ends have open, by what it is to the kernel. */
struct file_id {
	dev_t device; /* 0: any */
	ino_t inode;
};

/* Without waiting: others have files open whose file system may not answer any more. */
static bool is_wanted(const char *path, void *context)
{
	const struct file_id *wanted = context;
	struct statx file;

	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &file) < 0 ||
	    file.stx_ino != wanted->inode)
		return false;
	return wanted->device ? makedev(file.stx_dev_major, file.stx_dev_minor) == wanted->device
			      : S_ISSOCK(file.stx_mode);
}

static bool has_wanted_open(const char *process, void *context)
{
	char directory[320];

	if (strtol(process + strlen("/proc/"), NULL, 10) == getpid())
		return false;
	snprintf(directory, sizeof(directory), "%s/fd", process);
	return find_number(directory, is_wanted, context) >= 0;
}

static pid_t find_process(struct file_id wanted)
{
	long pid = wanted.inode ? find_number("/proc", has_wanted_open, &wanted) : -1;

	return pid < 0 ? 0 : (pid_t)pid;
}

/* An address as /proc/net/tcp has it: the words of the address as this machine stores them, and the
 * port. */
static void as_proc_writes(const struct sockaddr_storage *address, char text[48])
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
	uint32_t words[4];

	if (address->ss_family == AF_INET) {
		snprintf(text, 48, "%08X:%04X", four->sin_addr.s_addr, ntohs(four->sin_port));
		return;
	}
	memcpy(words, &six->sin6_addr, sizeof(words));
	snprintf(text, 48, "%08X%08X%08X%08X:%04X", words[0], words[1], words[2], words[3],
		 ntohs(six->sin6_port));
}

/* The inode of the socket at that address: the one connected to `remote`, or else, as for udp, one
 * with that port which is connected to nobody. */
static ino_t find_socket(const char *table, const char *local, const char *remote)
{
	char line[512], here[64], there[64];
	unsigned long inode, found = 0;
	FILE *file = fopen(table, "r");

	while (file && !found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %63s %63s %*s %*s %*s %*s %*s %*s %lu", here, there,
			   &inode) != 3)
			continue;
		if (strcmp(here, local) == 0 && strcmp(there, remote) == 0)
			found = inode;
		else if (strstr(table, "udp") && strspn(there, "0:") == strlen(there) &&
			 strcmp(strchr(here, ':'), strchr(local, ':')) == 0)
			found = inode;
	}
	if (file)
		fclose(file);
	return (ino_t)found;
}

static pid_t server_of_socket(int fd, enum endpoint_transport transport)
{
	struct sockaddr_storage own = { 0 }, peer = { 0 };
	socklen_t own_length = sizeof(own), peer_length = sizeof(peer);
	char local[48], remote[48], table[32];
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	if (transport != ENDPOINT_TCP && transport != ENDPOINT_UDP)
		return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0
			       ? 0
			       : credentials.pid;
	if (getsockname(fd, (struct sockaddr *)&own, &own_length) < 0 ||
	    getpeername(fd, (struct sockaddr *)&peer, &peer_length) < 0)
		return 0;
	as_proc_writes(&peer, local);
	as_proc_writes(&own, remote);
	snprintf(table, sizeof(table), "/proc/net/%s%s", transport == ENDPOINT_TCP ? "tcp" : "udp",
		 own.ss_family == AF_INET6 ? "6" : "");
	return find_process((struct file_id){ .inode = find_socket(table, local, remote) });
}

/* What the client receives from; libtirpc tells its own. */
static int descriptor_of(const struct client *client)
{
	struct pollfd waiting[2];
	int fd = -1;

	if (client->channel) {
		client->channel->operations->await(client->channel, waiting);
		return waiting[0].fd;
	}
	if (client->programs[0].rpc)
		clnt_control(client->programs[0].rpc, CLGET_FD, (char *)&fd);
	return fd;
}

pid_t process_of_server(const struct client *client)
{
	enum endpoint_transport transport = client->endpoint.transport;
	int fd = descriptor_of(client);
	struct stat file;

	if (client->channel && client->channel->server)
		return client->channel->server;
	if (transport != ENDPOINT_PIPE && transport != ENDPOINT_FIFO)
		return server_of_socket(fd, transport);
	if (fstat(fd, &file) < 0)
		return 0;
	return find_process((struct file_id){ file.st_dev, file.st_ino });
}

/* ---- its CPU time ---- */

double process_cpu(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (pid == 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) < 0)
		return -1;
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* ---- where it runs ---- */

/* Threads that a process starts early have numbers close behind its own, and the kernel tells which
 * of these are its: that is enough for a server, where there is no /proc. */
static bool find_near(pid_t pid, bool (*place)(const char *path, void *context),
		      struct saved_affinity *pinned)
{
	for (pid_t thread = pid; thread < pid + NEAR; thread++) {
		char path[32];

		snprintf(path, sizeof(path), "/%d", (int)thread);
		if (syscall(SYS_tgkill, pid, thread, 0) == 0 && place(path, pinned))
			return true;
	}
	return false;
}

/* Has all threads of a process visited.  0 or -errno. */
static int place_process(pid_t pid, bool (*place)(const char *path, void *context),
			 struct saved_affinity *pinned)
{
	char tasks[32];

	snprintf(tasks, sizeof(tasks), "/proc/%d/task", (int)pid);
	if (access(tasks, F_OK) < 0 && kill(pid, 0) == 0)
		return find_near(pid, place, pinned) ? -errno : 0;
	errno = 0;
	return find_number(tasks, place, pinned) >= 0 ? -errno : 0;
}

static pid_t thread_of(const char *path)
{
	return (pid_t)strtol(strrchr(path, '/') + 1, NULL, 10);
}

static bool remember_thread(const char *path, void *context)
{
	struct saved_affinity *pinned = context;
	struct placed *threads = realloc(pinned->threads, (pinned->count + 1) * sizeof(*threads));

	if (!threads)
		return true;
	pinned->threads = threads;
	threads[pinned->count].thread = thread_of(path);
	/* One that has ended meanwhile needs no place. */
	if (sched_getaffinity(thread_of(path), sizeof(cpu_set_t), &threads[pinned->count].cpus) < 0)
		return errno != ESRCH;
	pinned->count++;
	return false;
}

static bool pin_thread(const char *path, void *context)
{
	const struct saved_affinity *pinned = context;

	return sched_setaffinity(thread_of(path), sizeof(cpu_set_t), &pinned->place) < 0 &&
	       errno != ESRCH;
}

/* Goes on where one cannot be put back: the others can. */
static bool unpin_thread(const char *path, void *context)
{
	const struct saved_affinity *pinned = context;
	const cpu_set_t *cpus = &pinned->server_cpus;

	for (size_t i = 0; i < pinned->count; i++)
		if (pinned->threads[i].thread == thread_of(path))
			cpus = &pinned->threads[i].cpus;
	sched_setaffinity(thread_of(path), sizeof(*cpus), cpus);
	return false;
}

static int explain_failure(int error, const char *whom, int cpu, struct failure *failure)
{
	char what[32];

	if (error == EINVAL)
		return failure_set(failure, FAILURE_USAGE, "there is no CPU %d for the %s", cpu,
				   whom);
	snprintf(what, sizeof(what), "cannot pin the %s", whom);
	return failure_system(failure, error, what);
}

int process_pin(struct saved_affinity *pinned, pid_t server, const int pin[2],
		struct failure *failure)
{
	cpu_set_t one;
	int r;

	*pinned = (struct saved_affinity){ .server = server };
	sched_getaffinity(0, sizeof(cpu_set_t), &pinned->client_cpus);
	if (server)
		sched_getaffinity(server, sizeof(cpu_set_t), &pinned->server_cpus);
	if (pin[0] >= 0) {
		pinned->moved = true;
		CPU_ZERO(&one);
		CPU_SET((size_t)pin[0], &one);
		if (sched_setaffinity(0, sizeof(one), &one) < 0)
			return explain_failure(errno, "client", pin[0], failure);
	}
	if (pin[1] < 0)
		return 0;
	if (!server)
		return failure_set(failure, FAILURE_SYSTEM,
				   "cannot pin the server: its process is not to be seen here");
	pinned->moved = true;
	CPU_ZERO(&pinned->place);
	CPU_SET((size_t)pin[1], &pinned->place);
	r = place_process(server, remember_thread, pinned);
	if (r == 0)
		r = place_process(server, pin_thread, pinned);
	return r < 0 ? explain_failure(-r, "server", pin[1], failure) : 0;
}

void process_unpin(struct saved_affinity *pinned)
{
	if (pinned->moved) {
		sched_setaffinity(0, sizeof(cpu_set_t), &pinned->client_cpus);
		if (pinned->count)
			place_process(pinned->server, unpin_thread, pinned);
	}
	free(pinned->threads);
	*pinned = (struct saved_affinity){ 0 };
}
