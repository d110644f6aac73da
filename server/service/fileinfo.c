/* What is known about one path: its attributes, its target, its digest, its filesystem. */
#include "server/service/fileinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <linux/openat2.h>

#include <openssl/evp.h>

#include "server/service/fileinfo_path.h"

/*
 * Below glibc's threshold for memory of its own (128 KiB), so that many small files do not cost a
 * mapping each; large enough that a system call does not show beside the hashing of its bytes.
 */
#define DIGEST_BUFFER (64 * 1024)

#ifndef RWF_DONTCACHE
#define RWF_DONTCACHE 0x80 /* younger than our headers */
#endif

/*
 * The kernel answers EAGAIN when something was renamed while it crossed a "..", because it cannot
 * tell any more whether it has left the root.  Renames anywhere on the machine do that, so one
 * attempt is too few; a number without bound would let a renamer stall us.
 */
#define OPEN_ATTEMPTS 32

/* The root itself has many spellings, and openat2 would take a leading slash for an escape. */
static const char *relative(const char *path)
{
	path += strspn(path, "/");
	return *path ? path : ".";
}

int fileinfo_open(const struct root *root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	if (strnlen(path, FILEINFO_MAX_PATH + 1) > FILEINFO_MAX_PATH)
		return -ENAMETOOLONG;
	if (!fileinfo_may_wait(root, path))
		return -EAGAIN;
	for (int i = 0; i < OPEN_ATTEMPTS; i++) {
		fd = syscall(SYS_openat2, root->fd, relative(path), &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

fileinfo_status fileinfo_status_of(int error)
{
	switch (-error) {
	case 0:
		return FILEINFO_OK;
	case EPERM:
		return FILEINFO_PERM;
	case ENOENT:
		return FILEINFO_NOENT;
	case EIO:
		return FILEINFO_IO;
	case EACCES:
		return FILEINFO_ACCES;
	case ENOTDIR:
		return FILEINFO_NOTDIR;
	case EISDIR:
		return FILEINFO_ISDIR;
	case EINVAL:
		return FILEINFO_INVAL;
	case ENAMETOOLONG:
		return FILEINFO_NAMETOOLONG;
	case ELOOP:
		return FILEINFO_LOOP;
	case EXDEV:
		return FILEINFO_OUTSIDE;
	default:
		return FILEINFO_SERVERFAULT;
	}
}

/* 0 is none of the contract's types. */
static fileinfo_type type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return FILEINFO_REGULAR;
	case S_IFDIR:
		return FILEINFO_DIRECTORY;
	case S_IFBLK:
		return FILEINFO_BLOCK;
	case S_IFCHR:
		return FILEINFO_CHARACTER;
	case S_IFLNK:
		return FILEINFO_SYMLINK;
	case S_IFSOCK:
		return FILEINFO_SOCKET;
	case S_IFIFO:
		return FILEINFO_FIFO;
	default:
		return (fileinfo_type)0;
	}
}

static fileinfo_time time_of(const struct timespec *time)
{
	return (fileinfo_time){
		.seconds = time->tv_sec,
		.nanoseconds = (u_int)time->tv_nsec,
	};
}

void fileinfo_describe(const struct stat *st, fileinfo_stat_result *result)
{
	fileinfo_type type = type_of(st->st_mode);

	result->status = type ? FILEINFO_OK : FILEINFO_SERVERFAULT;
	result->fileinfo_stat_result_u.attributes = (fileinfo_attributes){
		.type = type,
		.mode = st->st_mode & 07777,
		.links = (u_int)st->st_nlink,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.size = (u_quad_t)st->st_size,
		.allocated = (u_quad_t)st->st_blocks * 512, /* stat(2): whatever st_blksize */
		.device = st->st_dev,
		.inode = st->st_ino,
		.accessed = time_of(&st->st_atim),
		.modified = time_of(&st->st_mtim),
		.changed = time_of(&st->st_ctim),
	};
}

/* Whether a kernel that has this shall be treated as one that lacks it: in tests. */
static bool is_without(const char *feature)
{
	const char *without = getenv("SIDECALL_WITHOUT");

	return without && strstr(without, feature);
}

/* Whether the kernel tells what it has in memory. */
static bool can_look_in_memory(const struct root *root)
{
	struct root trial = *root;
	int fd = -1;

	trial.looks_in_memory = true;
	if (!is_without("resolve-cached"))
		fd = fileinfo_open_cached(&trial, ".", 0);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* openat2 is tried at once: a kernel or a filter without it must not show with the first call. */
int root_open(struct root *root, const char *directory)
{
	struct stat st;
	int probe;

	*root = (struct root){ .fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC) };
	if (root->fd < 0)
		return -errno;
	root->locals = calloc(1, sizeof(*root->locals));
	probe = root->locals ? fileinfo_open(root, ".", O_PATH) : -ENOMEM;
	if (probe < 0) {
		root_close(root);
		return probe;
	}
	pthread_mutex_init(&root->locals->lock, NULL);
	if (fstat(probe, &st) == 0)
		fileinfo_learn(root->locals, probe, st.st_dev);
	close(probe);
	root->looks_in_memory = can_look_in_memory(root);
	root->leaves_no_trace = !is_without("dontcache");
	return 0;
}

void root_close(struct root *root)
{
	if (root->fd >= 0)
		close(root->fd);
	root->fd = -1;
	if (root->locals)
		pthread_mutex_destroy(&root->locals->lock);
	free(root->locals);
	root->locals = NULL;
}

/* O_PATH opens nothing but the name: no permission on the file is needed, no device notices. */
static int open_and_stat(const struct root *root, const char *path, int flags, struct stat *st)
{
	int fd = fileinfo_open(root, path, O_PATH | flags);

	if (fd >= 0 && fstat(fd, st) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	if (fd >= 0)
		fileinfo_learn(root->locals, fd, st->st_dev);
	return fd;
}

/* As much of it as can be had without waiting: an open descriptor, or -errno.  -EAGAIN: nothing. */
static int open_and_stat_cached(const struct root *root, const char *path, int flags,
				struct stat *st)
{
	int fd = fileinfo_open_cached(root, path, flags);

	if (fd < 0)
		return fd;
	if (fileinfo_stat_cached(fd, st) == 0 && fileinfo_is_local(root->locals, st->st_dev))
		return fd;
	close(fd);
	return -EAGAIN;
}

void root_stat(const struct root *root, const char *path, fileinfo_stat_result *result)
{
	struct stat st;
	int fd;

	memset(result, 0, sizeof(*result));
	fd = open_and_stat_cached(root, path, O_NOFOLLOW, &st);
	if (fd == -EAGAIN)
		fd = open_and_stat(root, path, O_NOFOLLOW, &st);
	if (fd < 0) {
		result->status = fileinfo_status_of(fd);
		return;
	}
	fileinfo_describe(&st, result);
	close(fd);
}

/* The target as a string of its own.  0 or -errno. */
static int read_target(int link, char **target)
{
	char bytes[FILEINFO_MAX_PATH + 1];
	ssize_t length = readlinkat(link, "", bytes, sizeof(bytes));

	if (length < 0)
		return -errno;
	if ((size_t)length > FILEINFO_MAX_PATH)
		return -ENAMETOOLONG;
	*target = strndup(bytes, (size_t)length);
	return *target ? 0 : -ENOMEM;
}

/* The type is asked for first: of what is no link, readlinkat with an empty path says ENOENT. */
void root_readlink(const struct root *root, const char *path, fileinfo_link_result *result)
{
	struct stat st;
	int fd, r;

	memset(result, 0, sizeof(*result));
	fd = open_and_stat(root, path, O_NOFOLLOW, &st);
	if (fd < 0) {
		result->status = fileinfo_status_of(fd);
		return;
	}
	if (S_ISLNK(st.st_mode))
		r = read_target(fd, &result->fileinfo_link_result_u.target);
	else
		r = -EINVAL;
	result->status = fileinfo_status_of(r);
	close(fd);
}

void fileinfo_link_release(fileinfo_link_result *result)
{
	if (result->status != FILEINFO_OK)
		return;
	free(result->fileinfo_link_result_u.target);
	result->fileinfo_link_result_u.target = NULL;
}

/* O_NONBLOCK is for the regular files that are none at heart: /proc/kmsg would wait for a message.
 */
#define READING (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* Opens for reading what fd stands for.  -ENOSYS without /proc. */
static int reopen_file(int fd)
{
	char name[sizeof("/proc/self/fd/") + 3 * sizeof(fd)];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	fd = open(name, READING);
	if (fd < 0)
		return errno == ENOENT ? -ENOSYS : -errno;
	return fd;
}

/* Opens path a second time, where there is no /proc, and looks again at what that was. */
static int reopen_path(const struct root *root, const char *path)
{
	int fd = fileinfo_open(root, path, READING);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	return -EINVAL;
}

/*
 * Opens path for reading if it is a regular file.  To look at path and then open path would not do:
 * between the two it may become a device, whose opening alone can rewind a tape or reset a machine,
 * and a look at what was opened comes too late.  So the descriptor that was looked at is opened
 * again; what it stands for cannot change.  Only a root without /proc has to do with the path.
 */
static int open_regular(const struct root *root, const char *path)
{
	struct stat st;
	int fd = open_and_stat(root, path, 0, &st), r;

	if (fd < 0)
		return fd;
	if (S_ISREG(st.st_mode))
		r = reopen_file(fd);
	else
		r = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (r == -ENOSYS)
		r = reopen_path(root, path);
	close(fd);
	return r;
}

/*
 * Reads on in the file.  A file that was not in memory before does not stay there (Linux 6.14, on
 * some file systems; preadv2(2)): it is read once, and would push out what is read often.
 */
static ssize_t read_once(int fd, void *buffer, bool *leaving_no_trace)
{
	const struct iovec room = { buffer, DIGEST_BUFFER };
	ssize_t n = -1;

	if (*leaving_no_trace)
		n = TEMP_FAILURE_RETRY(preadv2(fd, &room, 1, -1, RWF_DONTCACHE));
	if (n < 0 && *leaving_no_trace && (errno == EOPNOTSUPP || errno == ENOSYS))
		*leaving_no_trace = false;
	return *leaving_no_trace ? n : TEMP_FAILURE_RETRY(read(fd, buffer, DIGEST_BUFFER));
}

/* Feeds the rest of the file to the digest and adds up its bytes.  0 or -errno. */
static int digest_file(const struct root *root, int fd, EVP_MD_CTX *context, void *buffer,
		       u_quad_t *size)
{
	bool leaving_no_trace = root->leaves_no_trace;

	for (;;) {
		ssize_t n;

		root_pause(root);
		if (root_is_cancelled(root))
			return -ECANCELED;
		n = read_once(fd, buffer, &leaving_no_trace);
		if (n <= 0)
			return n < 0 ? -errno : 0;
		if (!EVP_DigestUpdate(context, buffer, (size_t)n))
			return -ENOMEM;
		*size += (u_quad_t)n;
	}
}

static int digest_content(const struct root *root, int fd, fileinfo_digest *result)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	void *buffer = malloc(DIGEST_BUFFER);
	int r = -ENOMEM;

	if (!context || !buffer || !EVP_DigestInit_ex(context, EVP_sha256(), NULL))
		goto out;
	r = digest_file(root, fd, context, buffer, &result->size);
	if (r < 0)
		goto out;
	if (!EVP_DigestFinal_ex(context, (unsigned char *)result->sha256, NULL))
		r = -ENOMEM;
out:
	free(buffer);
	EVP_MD_CTX_free(context);
	return r;
}

void root_digest(const struct root *root, const char *path, fileinfo_digest_result *result)
{
	int fd, r;

	memset(result, 0, sizeof(*result));
	fd = r = open_regular(root, path);
	if (fd >= 0) {
		r = digest_content(root, fd, &result->fileinfo_digest_result_u.digest);
		close(fd);
	}
	result->status = fileinfo_status_of(r);
}

void root_space(const struct root *root, const char *path, fileinfo_space_result *result)
{
	struct statvfs fs;
	int fd;

	memset(result, 0, sizeof(*result));
	fd = fileinfo_open(root, path, O_PATH);
	if (fd < 0) {
		result->status = fileinfo_status_of(fd);
		return;
	}
	if (fstatvfs(fd, &fs) < 0)
		result->status = fileinfo_status_of(-errno);
	else
		result->fileinfo_space_result_u.space = (fileinfo_space){
			.bytes_total = (u_quad_t)fs.f_blocks * fs.f_frsize,
			.bytes_free = (u_quad_t)fs.f_bfree * fs.f_frsize,
			.bytes_available = (u_quad_t)fs.f_bavail * fs.f_frsize,
			.files_total = fs.f_files,
			.files_free = fs.f_ffree,
		};
	close(fd);
}
