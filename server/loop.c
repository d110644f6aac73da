/* Waits for descriptors and for time, and calls whoever asked. */
#include "server/loop.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "common/container.h"

#define EVENTS_AT_ONCE 64
#define SPIN_SLICE     INT64_C(10000) /* nanoseconds until descriptors are looked at in between */

static int64_t milliseconds_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

int64_t loop_clock(void)
{
	return milliseconds_of(CLOCK_MONOTONIC);
}

int64_t loop_tick(void)
{
	return milliseconds_of(CLOCK_MONOTONIC_COARSE);
}

static int64_t clock_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void wake_ready(struct watch *watch, uint32_t events)
{
	struct loop *loop = container_of(watch, struct loop, wake);
	uint64_t count;

	(void)events;
	if (read(watch->fd, &count, sizeof(count)) == sizeof(count))
		loop_run_posted(loop);
}

int loop_init(struct loop *loop)
{
	int r;

	*loop = (struct loop){ .epoll = epoll_create1(EPOLL_CLOEXEC), .now = loop_clock() };
	loop->last = &loop->first;
	spin_init(&loop->spin);
	loop->posted_last = &loop->posted;
	pthread_mutex_init(&loop->lock, NULL);
	loop->wake = (struct watch){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
				     .ready = wake_ready };
	r = loop->epoll < 0 || loop->wake.fd < 0 ? -errno : loop_watch(loop, &loop->wake, EPOLLIN);
	if (r < 0)
		loop_release(loop);
	return r;
}

void loop_release(struct loop *loop)
{
	if (loop->epoll >= 0)
		close(loop->epoll);
	if (loop->wake.fd >= 0)
		close(loop->wake.fd);
	loop->epoll = loop->wake.fd = -1;
	pthread_mutex_destroy(&loop->lock);
}

int loop_watch(struct loop *loop, struct watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };
	int operation = !events ? EPOLL_CTL_DEL : watch->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (events == watch->events)
		return 0;
	if (epoll_ctl(loop->epoll, operation, watch->fd, &event) < 0)
		return -errno;
	watch->events = events;
	return 0;
}

void loop_defer(struct loop *loop, struct deferred *deferred)
{
	if (deferred->queued)
		return;
	deferred->queued = true;
	deferred->next = NULL;
	*loop->last = deferred;
	loop->last = &deferred->next;
}

void loop_run_deferred(struct loop *loop)
{
	struct deferred *next, *deferred = loop->first;

	loop->first = NULL;
	loop->last = &loop->first;
	for (; deferred; deferred = next) {
		next = deferred->next;
		deferred->queued = false;
		deferred->run(deferred);
	}
}

void loop_post(struct loop *loop, struct posted *posted)
{
	const uint64_t one = 1;

	posted->next = NULL;
	pthread_mutex_lock(&loop->lock);
	*loop->posted_last = posted;
	loop->posted_last = &posted->next;
	pthread_mutex_unlock(&loop->lock);
	/* It fails only when the count is full, and then the loop is awake anyway. */
	if (write(loop->wake.fd, &one, sizeof(one)) < 0)
		return;
}

void loop_run_posted(struct loop *loop)
{
	struct posted *posted, *next;

	pthread_mutex_lock(&loop->lock);
	posted = loop->posted;
	loop->posted = NULL;
	loop->posted_last = &loop->posted;
	pthread_mutex_unlock(&loop->lock);
	for (; posted; posted = next) {
		next = posted->next;
		posted->run(posted);
	}
}

void loop_add_queue(struct loop *loop, struct timer_queue *queue, int64_t duration,
		    void (*expired)(struct timer *timer))
{
	*queue = (struct timer_queue){ .duration = duration,
				       .expired = expired,
				       .next = loop->queues };
	queue->head.next = queue->head.previous = &queue->head;
	loop->queues = queue;
}

void timer_start(struct loop *loop, struct timer_queue *queue, struct timer *timer)
{
	timer_stop(timer);
	timer->due = loop->now + queue->duration;
	timer->next = &queue->head;
	timer->previous = queue->head.previous;
	timer->previous->next = timer;
	queue->head.previous = timer;
}

void timer_stop(struct timer *timer)
{
	if (!timer->next)
		return;
	timer->previous->next = timer->next;
	timer->next->previous = timer->previous;
	timer->next = timer->previous = NULL;
}

static void run_timers(struct loop *loop)
{
	for (struct timer_queue *queue = loop->queues; queue; queue = queue->next) {
		struct timer *timer;

		while (queue->duration && (timer = queue->head.next) != &queue->head &&
		       timer->due <= loop->now) {
			timer_stop(timer);
			queue->expired(timer);
		}
	}
}

/* Milliseconds until the next timer, or until `end`; 0 with work or somebody to look for; -1 for
 * ever. */
static int time_to_wait(const struct loop *loop, int64_t end)
{
	int64_t next = end;

	if (loop->first || loop->spinners)
		return 0;
	for (const struct timer_queue *queue = loop->queues; queue; queue = queue->next) {
		const struct timer *timer = queue->head.next;

		if (queue->duration && timer != &queue->head && (next < 0 || timer->due < next))
			next = timer->due;
	}
	if (next < 0)
		return -1;
	return next <= loop->now ? 0 : (int)(next - loop->now < 60000 ? next - loop->now : 60000);
}

/* ---- looking before sleeping ---- */

void loop_add_spinner(struct loop *loop, struct spinner *spinner)
{
	if (spinner->spinning)
		return;
	spinner->spinning = true;
	spinner->previous = NULL;
	spinner->next = loop->spinners;
	if (spinner->next)
		spinner->next->previous = spinner;
	loop->spinners = spinner;
}

void loop_remove_spinner(struct loop *loop, struct spinner *spinner)
{
	if (!spinner->spinning)
		return;
	spinner->spinning = false;
	if (spinner->next)
		spinner->next->previous = spinner->previous;
	if (spinner->previous)
		spinner->previous->next = spinner->next;
	else
		loop->spinners = spinner->next;
	if (!loop->spinners)
		loop->spun_until = 0;
}

static bool look_once(struct loop *loop)
{
	bool found = false;

	for (struct spinner *next, *spinner = loop->spinners; spinner; spinner = next) {
		next = spinner->next;
		if (spinner->look(spinner))
			found = true;
	}
	return found;
}

static void stop_spinning(struct loop *loop)
{
	struct spinner *spinner;

	while ((spinner = loop->spinners)) {
		loop_remove_spinner(loop, spinner);
		spinner->sleep(spinner);
	}
}

/* Looks for one slice.  The window begins anew each time that looking was worth it. */
static void spin_slice(struct loop *loop)
{
	int64_t now = clock_nanoseconds(), end = now + SPIN_SLICE;

	if (!loop->spun_until) {
		int64_t window = spin_begin(&loop->spin);

		if (!window) {
			stop_spinning(loop);
			return;
		}
		loop->spun_until = now + window;
	}
	while (loop->spinners && !loop->first && now < end && now < loop->spun_until) {
		bool found = look_once(loop), helped = false;

		for (int i = 0; i < SPIN_LOOKS && !found; i++) {
			spin_pause();
			found = helped = look_once(loop);
		}
		now = clock_nanoseconds();
		if (helped)
			spin_end(&loop->spin, true);
		if (found && loop->spinners)
			loop->spun_until = now + loop->spin.window;
	}
	if (loop->spinners && now >= loop->spun_until) {
		spin_end(&loop->spin, false);
		stop_spinning(loop);
	}
}

int loop_run(struct loop *loop, int64_t milliseconds)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int64_t end;

	loop->now = loop_clock();
	end = milliseconds < 0 ? -1 : loop->now + milliseconds;
	while (!loop->stop && (end < 0 || loop->now < end)) {
		int n;

		/* Those who are looked at must not wait until the others have nothing to do. */
		if (loop->spinners && loop->first)
			look_once(loop);
		else if (loop->spinners)
			spin_slice(loop);
		n = epoll_wait(loop->epoll, events, EVENTS_AT_ONCE, time_to_wait(loop, end));
		if (n < 0 && errno != EINTR)
			return -errno;
		loop->now = loop_clock();
		for (int i = 0; i < n; i++) {
			struct watch *watch = events[i].data.ptr;

			watch->ready(watch, events[i].events);
		}
		loop_run_deferred(loop);
		loop->now = loop_clock();
		run_timers(loop);
	}
	return 0;
}
