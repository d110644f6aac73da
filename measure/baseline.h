/* The baseline of a transport: two processes that write and read, and do nothing else. */
#ifndef SIDECALL_MEASURE_BASELINE_H
#define SIDECALL_MEASURE_BASELINE_H

#include "measure/raw_pair.h"
#include "measure/load.h"

/*
 * Sends `call` bytes to a process of its own, which reads them and sends `reply` bytes back, one
 * exchange at a time, for `duration` nanoseconds.  There is no event loop, no framing, no decoding,
 * no deadline: the transport alone, with the fewest system calls it can be used with.  Shared
 * memory is two words and a copy of the bytes, and who waits sleeps on a futex, or with `spin`
 * looks without end.  With `many` the process that answers waits by epoll before each read, as it
 * has to where one process waits for several others; not for shared memory.
 *
 * `pin`, `warmup` and the result are as in struct load; CPU times are both known.  No exchange
 * takes longer than `timeout`, whatever becomes of the other process, and none goes on when
 * stopped() says so.  0 or the failure's code.
 */
struct baseline {
	enum endpoint_transport transport;
	size_t call, reply; /* bytes, up to BASELINE_MAX_MESSAGE */
	bool spin, many;
	int64_t duration, warmup, timeout; /* nanoseconds */
	bool (*stopped)(void);             /* NULL: nobody stops it */
	int pin[2];
};

#define BASELINE_MAX_MESSAGE BARE_MAX_MESSAGE

int baseline_run(const struct baseline *baseline, struct load_result *result,
		 struct failure *failure);

#endif
