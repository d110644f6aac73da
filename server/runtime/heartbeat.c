/* Whether all workers' loops go round: each has a timer, and the first looks at all. */
#include "server/runtime/heartbeat.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "common/container.h"

/* One worker's. */
struct pulse {
	struct timer_queue queue;
	struct timer timer;
	struct heartbeat *heartbeat;
	struct worker *worker;
	_Atomic int64_t felt; /* milliseconds: when its loop last went round */
};

struct heartbeat {
	void (*beat)(void *context);
	void *context;
	int64_t period;
	unsigned int count;
	struct pulse pulses[];
};

static bool all_felt(const struct heartbeat *heartbeat, int64_t now)
{
	for (unsigned int i = 1; i < heartbeat->count; i++) {
		const struct pulse *pulse = &heartbeat->pulses[i];

		if (pulse->worker->running &&
		    now - atomic_load(&pulse->felt) > 2 * heartbeat->period)
			return false;
	}
	return true;
}

static void feel(struct timer *timer)
{
	struct pulse *pulse = container_of(timer, struct pulse, timer);
	struct heartbeat *heartbeat = pulse->heartbeat;
	int64_t now = loop_clock();

	atomic_store(&pulse->felt, now);
	timer_start(&pulse->worker->loop, &pulse->queue, timer);
	if (pulse == heartbeat->pulses && all_felt(heartbeat, now))
		heartbeat->beat(heartbeat->context);
}

struct heartbeat *heartbeat_start(struct workers *workers, unsigned int period,
				  void (*beat)(void *context), void *context)
{
	struct heartbeat *heartbeat = calloc(1, sizeof(*heartbeat) +
							workers->count * sizeof(struct pulse));

	if (!heartbeat)
		return NULL;
	heartbeat->beat = beat;
	heartbeat->context = context;
	heartbeat->period = period;
	heartbeat->count = workers->count;
	for (unsigned int i = 0; i < workers->count; i++) {
		struct worker *worker = &workers->list[i];
		struct pulse *pulse = &heartbeat->pulses[i];

		pulse->heartbeat = heartbeat;
		pulse->worker = worker;
		atomic_store(&pulse->felt, loop_clock());
		loop_add_queue(&worker->loop, &pulse->queue, period, feel);
		timer_start(&worker->loop, &pulse->queue, &pulse->timer);
	}
	return heartbeat;
}

void heartbeat_free(struct heartbeat *heartbeat)
{
	free(heartbeat);
}
