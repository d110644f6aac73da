/* How often a file is opened to be read, by whomever: a trace that outlives who opened it. */
#include "compare/lab/open_count.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Events that are equal and in a row become one; what is read in between keeps opens apart. */
int open_count_begin(const char *path)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (inotify_add_watch(fd, path, IN_OPEN | IN_ACCESS) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

int64_t open_count_take(int watch)
{
	struct inotify_event events[64]; /* none has a name, for a file is watched */
	int64_t count = 0;
	ssize_t n;

	while ((n = read(watch, events, sizeof(events))) > 0)
		for (size_t i = 0; i < (size_t)n / sizeof(events[0]); i++)
			count += (events[i].mask & IN_OPEN) != 0;
	return n < 0 && errno != EAGAIN ? -errno : count;
}
