/* The clock that deadlines are of, and waiting until one. */
#include "client/runtime/clock.h"

#include <errno.h>
#include <time.h>

int64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

struct timeval clock_left(int64_t deadline)
{
	int64_t left = (deadline - clock_now() + 999) / 1000;

	return (struct timeval){ left > 0 ? left / 1000000 : 0, left > 0 ? left % 1000000 : 0 };
}

int clock_wait_any(struct pollfd *waiting, nfds_t count, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - clock_now();
		struct timespec limit = { left / 1000000000, left % 1000000000 };
		int n;

		if (left <= 0)
			return -ETIMEDOUT;
		n = ppoll(waiting, count, &limit, NULL);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

int clock_wait(int fd, short events, int64_t deadline)
{
	struct pollfd waiting = { .fd = fd, .events = events };

	return clock_wait_any(&waiting, 1, deadline);
}
