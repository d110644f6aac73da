/* Where the two ends meet when the address is a file: the runtime directory and its locks. */
#include "common/rendezvous.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* RUNTIME_DIRECTORY may be a list with colons (systemd.exec(5)): the first of it is taken. */
int rendezvous_directory_name(char *directory, size_t size)
{
	const char *own = getenv("SIDECALL_DIR");
	const char *service = getenv("RUNTIME_DIRECTORY");
	const char *session = getenv("XDG_RUNTIME_DIR");
	int length;

	if (service)
		service += strspn(service, ":");
	if (own && *own)
		length = snprintf(directory, size, "%s", own);
	else if (service && *service)
		length = snprintf(directory, size, "%.*s", (int)strcspn(service, ":"), service);
	else if (session && *session)
		length = snprintf(directory, size, "%s/sidecall", session);
	else
		length = snprintf(directory, size, "/tmp/sidecall-%u", (unsigned int)geteuid());
	return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

/* /tmp is everybody's: what stands there may be a trap (a link, another's directory). */
static int check_directory(const char *directory)
{
	struct stat st;

	if (lstat(directory, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return st.st_uid != geteuid() || (st.st_mode & 022) ? -EPERM : 0;
}

int rendezvous_directory(char *directory, size_t size)
{
	int r = rendezvous_directory_name(directory, size);

	if (r < 0)
		return r;
	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	return check_directory(directory);
}

void rendezvous_explain(int error, char *why, size_t size)
{
	char directory[PATH_MAX] = "";

	rendezvous_directory_name(directory, sizeof(directory));
	snprintf(why, size, "the runtime directory %.100s: %s", directory,
		 error == -EPERM ? "it is another user's, or others may write to it"
				 : strerror(-error));
}

int rendezvous_resolve(struct endpoint *endpoint)
{
	char directory[ENDPOINT_MAX_PATH];
	int r, length;

	if (!endpoint_has_path(endpoint) || endpoint->path[0])
		return 0;
	r = rendezvous_directory(directory, sizeof(directory));
	if (r < 0)
		return r;
	if (endpoint->transport == ENDPOINT_FIFO) /* its address is a directory */
		length = snprintf(endpoint->path, sizeof(endpoint->path), "%s", directory);
	else
		length = snprintf(endpoint->path, sizeof(endpoint->path), "%s/%s.%s", directory,
				  endpoint_protocol_name(endpoint->protocol),
				  endpoint->transport == ENDPOINT_SHM ? "shm" : "sock");
	return (size_t)length >= sizeof(endpoint->path) ? -ENAMETOOLONG : 0;
}

static int set_socket(struct endpoint *endpoint, const char *directory)
{
	int length = snprintf(endpoint->path, sizeof(endpoint->path), "%s/rpc.sock", directory);

	return (size_t)length >= sizeof(endpoint->path) ? -ENAMETOOLONG : 0;
}

int rendezvous_nearby(struct endpoint nearby[RENDEZVOUS_NEARBY])
{
	const char *chosen = getenv("SIDECALL_DIR");
	char directory[ENDPOINT_MAX_PATH];
	int r = rendezvous_directory_name(directory, sizeof(directory));

	for (int i = 0; i < RENDEZVOUS_NEARBY; i++)
		nearby[i] = (struct endpoint){ .protocol = ENDPOINT_RPC,
					       .transport = ENDPOINT_UNIX,
					       .port = -1 };
	if (!chosen || !*chosen)
		set_socket(&nearby[1], RENDEZVOUS_SYSTEM);
	if (r == 0)
		r = check_directory(directory);
	if (r == 0 || r == -ENOENT)
		r = set_socket(&nearby[0], directory);
	if (r < 0)
		nearby[0].path[0] = '\0';
	return r;
}

static pid_t read_owner(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	return (pid_t)strtol(text, NULL, 10);
}

/* Whether a file may be written to as a lock: ours alone, under this name alone (a hard link leads
 * to somebody's file, and none at all to one that was just removed), and empty or a process id in
 * figures. */
static bool is_lock(int fd)
{
	struct stat st;
	char text[16];
	ssize_t n;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink > 1)
		return false;
	n = pread(fd, text, sizeof(text), 0);
	return n == 0 || (n > 1 && n < (ssize_t)sizeof(text) && text[n - 1] == '\n' &&
			  strspn(text, "0123456789") == (size_t)n - 1);
}

/* Whether the file that is open is still the one of that name: its last owner may have removed it
 * between our open and our lock. */
static bool same_file(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && stat(path, &named) == 0 &&
	       opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

int rendezvous_claim(struct rendezvous_lock *lock, const char *path)
{
	int r;

	lock->owner = 0;
	snprintf(lock->path, sizeof(lock->path), "%s.lock", path);
	for (;;) {
		lock->fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (lock->fd < 0)
			return -errno;
		if (flock(lock->fd, LOCK_EX | LOCK_NB) < 0) {
			r = errno == EWOULDBLOCK ? -EADDRINUSE : -errno;
			lock->owner = read_owner(lock->fd);
			break;
		}
		if (!is_lock(lock->fd)) {
			r = -EEXIST;
			break;
		}
		if (same_file(lock->fd, lock->path)) {
			if (ftruncate(lock->fd, 0) == 0 && dprintf(lock->fd, "%d\n", getpid()) > 0)
				return 0;
			r = -errno;
			unlink(lock->path);
			break;
		}
		close(lock->fd);
	}
	close(lock->fd);
	lock->fd = -1;
	return r;
}

void rendezvous_let_go(struct rendezvous_lock *lock)
{
	if (lock->fd < 0)
		return;
	unlink(lock->path);
	close(lock->fd);
	lock->fd = -1;
}

/* ---- named pipes ---- */

void rendezvous_fifo(const struct endpoint *endpoint, char path[RENDEZVOUS_MAX_FIFO])
{
	snprintf(path, RENDEZVOUS_MAX_FIFO, "%s/%s.fifo", endpoint->path,
		 endpoint_protocol_name(endpoint->protocol));
}

void rendezvous_pair(const struct endpoint *endpoint, uint64_t number, struct rendezvous_pair *pair)
{
	const char *protocol = endpoint_protocol_name(endpoint->protocol);

	snprintf(pair->calls, sizeof(pair->calls), "%s/%s.%016" PRIx64 ".calls", endpoint->path,
		 protocol, number);
	snprintf(pair->replies, sizeof(pair->replies), "%s/%s.%016" PRIx64 ".replies",
		 endpoint->path, protocol, number);
}

void rendezvous_greet(uint64_t number, char greeting[RENDEZVOUS_GREETING + 1])
{
	snprintf(greeting, RENDEZVOUS_GREETING + 1, "\n%016" PRIx64 "\n", number);
}

/* Sixteen hexadecimal figures, and no others. */
static bool read_number(const char *text, uint64_t *number)
{
	*number = 0;
	for (int i = 0; i < 16; i++) {
		static const char figures[] = "0123456789abcdef";
		const char *figure = text[i] ? strchr(figures, text[i]) : NULL;

		if (!figure)
			return false;
		*number = *number << 4 | (uint64_t)(figure - figures);
	}
	return true;
}

bool rendezvous_read_line(const char *line, size_t length, uint64_t *number)
{
	return length == 16 && read_number(line, number);
}

bool rendezvous_read_name(const struct endpoint *endpoint, const char *name, uint64_t *number)
{
	const char *protocol = endpoint_protocol_name(endpoint->protocol);
	size_t length = strlen(protocol);

	return strncmp(name, protocol, length) == 0 && name[length] == '.' &&
	       read_number(name + length + 1, number) &&
	       (strcmp(name + length + 17, ".calls") == 0 ||
		strcmp(name + length + 17, ".replies") == 0);
}

int rendezvous_open_fifo(const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ELOOP ? -EPERM : -errno;
	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && st.st_uid == geteuid())
		return fd;
	close(fd);
	return -EPERM;
}
