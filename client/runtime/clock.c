/* The clock that deadlines are of, and waiting until one. */
#include "client/runtime/clock.h"

#include <errno.h>
#include <time.h>

#include "common/duration.h"

#define CENTURY (INT64_C(100) * 365 * 86400) /* seconds */

int64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

int64_t clock_deadline(struct timeval time)
{
	int64_t length, seconds;

	if (__builtin_add_overflow(time.tv_sec, time.tv_usec / 1000000, &seconds))
		seconds = time.tv_sec; /* the sum is as far beyond what can be counted */
	if (seconds > CENTURY)
		seconds = CENTURY;
	if (seconds < 0)
		return clock_now();
	length = seconds * SECOND + time.tv_usec % 1000000 * 1000;
	return clock_now() + (length > 0 ? length : 0);
}

struct timeval clock_left(int64_t deadline)
{
	int64_t left = deadline - clock_now();

	return duration_timeval(left > 0 ? left : 0);
}

int clock_wait_any(struct pollfd *waiting, nfds_t count, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - clock_now();
		struct timespec limit = duration_timespec(left);
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
