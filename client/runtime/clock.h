/* The clock that deadlines are of, and waiting until one: nanoseconds of CLOCK_MONOTONIC. */
#ifndef SIDECALL_CLIENT_RUNTIME_CLOCK_H
#define SIDECALL_CLIENT_RUNTIME_CLOCK_H

#include <poll.h>
#include <stdint.h>
#include <sys/time.h>

int64_t clock_now(void);

/* When a time that begins now is over: one below zero at once, and one beyond a century, which is
 * as good as for ever and can be counted, after that. */
int64_t clock_deadline(struct timeval time);

/* What is left until a deadline, rounded up to a microsecond; 0 when it has passed. */
struct timeval clock_left(int64_t deadline);

/* Waits until `fd` is ready for `events` (POLLIN, POLLOUT).  0, -ETIMEDOUT or another -errno. */
int clock_wait(int fd, short events, int64_t deadline);

/* Waits until one of `count` descriptors has one of its events; as poll(), which fills in revents.
 * 0, -ETIMEDOUT or another -errno. */
int clock_wait_any(struct pollfd *waiting, nfds_t count, int64_t deadline);

#endif
