/* Times, which are nanoseconds. */
#ifndef SIDECALL_COMMON_DURATION_H
#define SIDECALL_COMMON_DURATION_H

#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#define MILLISECOND INT64_C(1000000)
#define SECOND      (1000 * MILLISECOND)

/* As the kernel takes it.  Where a time_t has 32 bits, 68 years are the longest: such a wait ends
 * earlier than it should, and after that nobody waits. */
static inline struct timespec duration_timespec(int64_t nanoseconds)
{
	const int64_t seconds = nanoseconds / SECOND;

	if (sizeof(time_t) < sizeof(seconds) && seconds > INT32_MAX)
		return (struct timespec){ .tv_sec = INT32_MAX };
	return (struct timespec){ (time_t)seconds, (long)(nanoseconds % SECOND) };
}

/* The same, rounded up to a microsecond. */
static inline struct timeval duration_timeval(int64_t nanoseconds)
{
	const struct timespec time = duration_timespec(nanoseconds + 999);

	return (struct timeval){ time.tv_sec, time.tv_nsec / 1000 };
}

#endif
