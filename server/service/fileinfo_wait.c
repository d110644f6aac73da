/*
 * What a look at a path may have to wait for, found out without waiting.
 *
 * What the kernel has in memory of a path it tells at once (openat2 with RESOLVE_CACHED), and of a
 * file (statx with AT_STATX_DONT_SYNC).  All else is a question to the file system, which may never
 * answer: FUSE's is a process, NFS's is another machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>
#include <linux/magic.h>
#include <linux/openat2.h>

#include "server/service/fileinfo_path.h"

#define LOCAL_TIME 60 /* seconds that a device counts as local without another look */

/* Younger than our headers, or in no header. */
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif
#define EXFAT_MAGIC 0x2011BAB0L
#define EROFS_MAGIC 0xE0F5E1E2L
#define XFS_MAGIC   0x58465342L

int fileinfo_open_cached(const struct root *root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)(O_PATH | flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_CACHED,
	};
	long fd;

	if (!root->looks_in_memory)
		return -EAGAIN;
	if (strnlen(path, FILEINFO_MAX_PATH + 1) > FILEINFO_MAX_PATH)
		return -ENAMETOOLONG;
	path += strspn(path, "/");
	fd = syscall(SYS_openat2, root->fd, *path ? path : ".", &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

static int stat_in_memory(int directory, const char *name, int flags, struct stat *st)
{
	struct statx x;

	if (statx(directory, name, flags | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &x) < 0)
		return -errno;
	*st = (struct stat){
		.st_dev = makedev(x.stx_dev_major, x.stx_dev_minor),
		.st_ino = x.stx_ino,
		.st_mode = x.stx_mode,
		.st_nlink = x.stx_nlink,
		.st_uid = x.stx_uid,
		.st_gid = x.stx_gid,
		.st_size = (off_t)x.stx_size,
		.st_blocks = (blkcnt_t)x.stx_blocks,
		.st_atim = { x.stx_atime.tv_sec, x.stx_atime.tv_nsec },
		.st_mtim = { x.stx_mtime.tv_sec, x.stx_mtime.tv_nsec },
		.st_ctim = { x.stx_ctime.tv_sec, x.stx_ctime.tv_nsec },
	};
	return 0;
}

int fileinfo_stat_cached(int fd, struct stat *st)
{
	return stat_in_memory(fd, "", AT_EMPTY_PATH, st);
}

int fileinfo_stat_entry(int directory, const char *name, dev_t device, bool local, struct stat *st)
{
	const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
	int r = stat_in_memory(directory, name, flags, st);

	if (r < 0 || st->st_dev != device || local)
		return r;
	return fstatat(directory, name, st, flags) < 0 ? -errno : 0;
}

/* ---- which devices are local ---- */

static int64_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

bool fileinfo_is_local(struct root_locals *locals, dev_t device)
{
	int64_t now = seconds();
	bool found = false;

	pthread_mutex_lock(&locals->lock);
	for (int i = 0; i < ROOT_LOCALS && !found; i++)
		found = locals->list[i].device == device && locals->list[i].until > now;
	pthread_mutex_unlock(&locals->lock);
	return found;
}

/* What is not known to be local is not: FUSE, NFS, and what stands for others, as overlays do. */
static bool is_local_type(long type)
{
	static const long types[] = { EXT4_SUPER_MAGIC, XFS_MAGIC,         BTRFS_SUPER_MAGIC,
				      TMPFS_MAGIC,      RAMFS_MAGIC,       F2FS_SUPER_MAGIC,
				      SQUASHFS_MAGIC,   ISOFS_SUPER_MAGIC, MSDOS_SUPER_MAGIC,
				      EXFAT_MAGIC,      EROFS_MAGIC,       NILFS_SUPER_MAGIC };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i] == type)
			return true;
	return false;
}

void fileinfo_learn(struct root_locals *locals, int fd, dev_t device)
{
	struct statfs fs;

	if (fileinfo_is_local(locals, device) || fstatfs(fd, &fs) < 0 || !is_local_type(fs.f_type))
		return;
	pthread_mutex_lock(&locals->lock);
	locals->list[locals->next++ % ROOT_LOCALS] = (struct root_local){ device,
									  seconds() + LOCAL_TIME };
	pthread_mutex_unlock(&locals->lock);
}

/* ---- the device that a path waits for ---- */

static bool find_device(const struct root *root, const char *path, dev_t *device)
{
	int fd = fileinfo_open_cached(root, path, O_NOFOLLOW);
	struct stat st;
	bool found = fd >= 0 && fileinfo_stat_cached(fd, &st) == 0;

	if (found)
		*device = st.st_dev;
	if (fd >= 0)
		close(fd);
	return found;
}

/* Where the kernel does not tell what is in memory, what has the same first name stands for a
 * device: a mount is below some name, and what lies beside it is not. */
static dev_t first_name_of(const char *path)
{
	uint32_t hash = 2166136261; /* FNV-1a */

	while (*path == '/' || (*path == '.' && (path[1] == '/' || !path[1])))
		path++;
	for (; *path && *path != '/'; path++)
		hash = (hash ^ (uint8_t)*path) * 16777619;
	return hash;
}

/*
 * The device of as much of the path as is in memory: the rest is asked of it.  A mount is always in
 * memory, and so is all that leads to it.
 */
static dev_t device_of(const struct root *root, const char *path)
{
	uint16_t ends[FILEINFO_MAX_PATH / 2 + 2]; /* where each part of the path ends */
	unsigned int count = 0, known = 0, unknown;
	char part[FILEINFO_MAX_PATH + 1];
	dev_t device = 0;

	if (!root->looks_in_memory)
		return first_name_of(path);
	if (find_device(root, path, &device))
		return device;
	find_device(root, "", &device);
	for (uint16_t i = 1; path[i] && i < FILEINFO_MAX_PATH; i++)
		if (path[i] == '/' && path[i - 1] != '/')
			ends[++count] = i;
	/* The last part that is known lies between one that is, the root, and one that is not. */
	for (unknown = count + 1; unknown - known > 1;) {
		unsigned int middle = known + (unknown - known) / 2;

		memcpy(part, path, ends[middle]);
		part[ends[middle]] = '\0';
		if (find_device(root, part, &device))
			known = middle;
		else
			unknown = middle;
	}
	return device;
}

bool fileinfo_may_wait(const struct root *root, const char *path)
{
	return !root->gate || root->gate->may_wait(root->gate, device_of(root, path), path);
}
