/* A file system that hangs: a FUSE daemon that takes what it is asked and never answers. */
#include "tests/kit/hanging_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <unistd.h>

#define MOST_WRITE (128 << 10) /* bytes of a write that the kernel may send */

struct welcome {
	struct fuse_out_header header;
	struct fuse_init_out init;
};

/* The only question that is answered (linux/fuse.h): what both ends speak. */
static void answer_init(const struct hanging_mount *hang, const struct fuse_in_header *request)
{
	const struct welcome welcome = {
		.header = { .len = sizeof(welcome), .unique = request->unique },
		.init = { .major = FUSE_KERNEL_VERSION,
			  .minor = FUSE_KERNEL_MINOR_VERSION,
			  .max_write = MOST_WRITE },
	};
	ssize_t n = write(hang->fd, &welcome, sizeof(welcome));

	(void)n;
}

/* Takes one request, or as many as come. */
static void *take_requests(void *argument)
{
	struct hanging_mount *hang = argument;
	static _Thread_local union {
		struct fuse_in_header header;
		char bytes[MOST_WRITE + 4096];
	} request;
	const struct fuse_in_header *header = &request.header;
	struct pollfd waiting[2] = { { .fd = hang->fd, .events = POLLIN },
				     { .fd = hang->told, .events = POLLIN } };
	bool takes = true;

	while (takes && poll(waiting, 2, -1) > 0 && !waiting[1].revents) {
		if (read(hang->fd, request.bytes, sizeof(request)) < (ssize_t)sizeof(*header))
			break;
		if (header->opcode == FUSE_INIT)
			answer_init(hang, header);
		else
			atomic_fetch_add(&hang->taken, 1);
		takes = hang->takes;
	}
	return NULL;
}

const char *hanging_mount_make(struct hanging_mount *hang, const char *path, bool takes)
{
	char options[128];

	*hang = (struct hanging_mount){ .fd = open("/dev/fuse", O_RDWR | O_CLOEXEC),
					.takes = takes };
	if (hang->fd < 0)
		return "there is no /dev/fuse to open";
	snprintf(hang->path, sizeof(hang->path), "%s", path);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%d,group_id=%d", hang->fd,
		 (int)geteuid(), (int)getegid());
	if (mount("hang", path, "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
		close(hang->fd);
		return "a FUSE file system cannot be mounted here";
	}
	hang->told = eventfd(0, EFD_CLOEXEC);
	if (pthread_create(&hang->thread, NULL, take_requests, hang) == 0)
		return NULL;
	hanging_mount_release(hang);
	return "there is no thread for it";
}

void hanging_mount_release(struct hanging_mount *hang)
{
	eventfd_write(hang->told, 1);
	pthread_join(hang->thread, NULL);
	close(hang->fd);
	close(hang->told);
	umount2(hang->path, MNT_DETACH);
}
