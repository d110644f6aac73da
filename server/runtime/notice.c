/* What a signal handler has to say to a loop. */
#include "server/runtime/notice.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/container.h"

static void notice_ready(struct watch *watch, uint32_t events)
{
	struct notice *notice = container_of(watch, struct notice, watch);
	uint64_t count;

	(void)events;
	if (read(watch->fd, &count, sizeof(count)) == sizeof(count))
		notice->taken(notice);
}

int notice_open(struct notice *notice, struct loop *loop, void (*taken)(struct notice *notice))
{
	*notice = (struct notice){
		.watch = { .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .ready = notice_ready },
		.taken = taken,
	};
	if (notice->watch.fd < 0)
		return -errno;
	return loop_watch(loop, &notice->watch, EPOLLIN);
}

void notice_give(const struct notice *notice)
{
	const uint64_t one = 1;
	int saved = errno;

	(void)!write(notice->watch.fd, &one, sizeof(one)); /* when it fails, it was given before */
	errno = saved;
}

void notice_close(struct notice *notice)
{
	if (notice->watch.fd >= 0)
		close(notice->watch.fd);
	notice->watch.fd = -1;
}
