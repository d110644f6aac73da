/* What the kernel has of a file, in the contract's words. */
#include "tests/kit/attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static fileinfo_type type_of(mode_t mode)
{
	return S_ISREG(mode)    ? FILEINFO_REGULAR
	       : S_ISDIR(mode)  ? FILEINFO_DIRECTORY
	       : S_ISLNK(mode)  ? FILEINFO_SYMLINK
	       : S_ISSOCK(mode) ? FILEINFO_SOCKET
	       : S_ISFIFO(mode) ? FILEINFO_FIFO
				: (fileinfo_type)0;
}

static fileinfo_time time_of(const struct timespec *time)
{
	return (fileinfo_time){ .seconds = time->tv_sec, .nanoseconds = (u_int)time->tv_nsec };
}

bool attributes_read(int directory, const char *name, fileinfo_attributes *attributes)
{
	struct stat st;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	*attributes = (fileinfo_attributes){
		.type = type_of(st.st_mode),
		.mode = st.st_mode & 07777,
		.links = (u_int)st.st_nlink,
		.uid = st.st_uid,
		.gid = st.st_gid,
		.size = (u_quad_t)st.st_size,
		.allocated = (u_quad_t)st.st_blocks * 512,
		.device = st.st_dev,
		.inode = st.st_ino,
		.accessed = time_of(&st.st_atim),
		.modified = time_of(&st.st_mtim),
		.changed = time_of(&st.st_ctim),
	};
	return true;
}

static bool same_time(const fileinfo_time *one, const fileinfo_time *other)
{
	return one->seconds == other->seconds && one->nanoseconds == other->nanoseconds;
}

bool attributes_equal(const fileinfo_attributes *one, const fileinfo_attributes *other)
{
	return one->type == other->type && one->mode == other->mode && one->links == other->links &&
	       one->uid == other->uid && one->gid == other->gid && one->size == other->size &&
	       one->allocated == other->allocated && one->device == other->device &&
	       one->inode == other->inode && same_time(&one->accessed, &other->accessed) &&
	       same_time(&one->modified, &other->modified) &&
	       same_time(&one->changed, &other->changed);
}

int attributes_set_times(int directory, const char *name, fileinfo_time accessed,
			 fileinfo_time modified)
{
	const struct timespec times[2] = {
		{ .tv_sec = accessed.seconds, .tv_nsec = (long)accessed.nanoseconds },
		{ .tv_sec = modified.seconds, .tv_nsec = (long)modified.nanoseconds },
	};

	return utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}
