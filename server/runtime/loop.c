/* Waits for descriptors and for time, and calls whoever asked. */
#include "server/runtime/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "common/container.h"
#include "common/duration.h"

#define EVENTS_AT_ONCE 256
#define TURN_TIME      (MILLISECOND / 4) /* nanoseconds */
#define ROUND_TIME     MILLISECOND       /* of all turns, until what has arrived is looked at */
#define MOST_STRIDE    7                 /* calls between two looks at the clock */
#define SPIN_SLICE     INT64_C(10000) /* nanoseconds until descriptors are looked at in between */

int64_t loop_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t loop_clock(void)
{
	return loop_nanoseconds() / MILLISECOND;
}

static void read_clock(struct loop *loop)
{
	loop->looked = loop->clock = loop_nanoseconds();
	loop->now = loop->clock / MILLISECOND;
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

	*loop = (struct loop){ .epoll = epoll_create1(EPOLL_CLOEXEC), .alarm.fd = -1 };
	read_clock(loop);
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
	if (loop->alarm.fd >= 0)
		close(loop->alarm.fd);
	loop->epoll = loop->wake.fd = loop->alarm.fd = -1;
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
	if (operation == EPOLL_CTL_ADD)
		loop->watched++;
	else if (operation == EPOLL_CTL_DEL)
		loop->watched--;
	watch->events = events;
	return 0;
}

/* ---- turns ---- */

void turns_ask(struct turns *turns, struct party *party)
{
	struct party *last = turns->last;

	if (party->next || party == turns->taking)
		return;
	party->next = last ? last->next : party;
	if (last)
		last->next = party;
	turns->last = party;
}

void turns_forget(struct turns *turns, struct party *party)
{
	struct party *before = party;

	if (!party->next)
		return;
	while (before->next != party)
		before = before->next;
	before->next = party->next;
	if (turns->last == party)
		turns->last = before == party ? NULL : before;
	party->next = NULL;
}

bool turns_give(struct turns *turns)
{
	struct party *party;
	bool more;

	if (!turns->last)
		return false;
	party = turns->last->next;
	if (party == turns->last)
		turns->last = NULL;
	else
		turns->last->next = party->next;
	party->next = NULL;
	turns->taking = party;
	more = party->take_turn(party);
	turns->taking = NULL;
	if (more)
		turns_ask(turns, party);
	return true;
}

void loop_give_all_turns(struct loop *loop)
{
	while (turns_give(&loop->turns))
		;
}

bool loop_turn_is_over(struct loop *loop, struct turn_meter *meter)
{
	if (meter->left) {
		meter->left--;
		return false;
	}
	if (meter->stride < MOST_STRIDE)
		meter->stride = 2 * meter->stride + 1;
	meter->left = meter->stride;
	loop->looked = loop_nanoseconds();
	return loop->looked >= loop->turn_end;
}

int64_t loop_look(struct loop *loop)
{
	loop->fresh = true;
	return loop->looked = loop->clock = loop_nanoseconds();
}

/* Gives turns until nobody waits for one, or it is time to look at what has arrived. */
static void give_turns(struct loop *loop)
{
	int64_t round_end = loop->clock + ROUND_TIME;

	while (loop->turns.last && loop->clock < round_end) {
		loop->turn_end = loop->clock + TURN_TIME;
		loop->fresh = false;
		turns_give(&loop->turns);
		if (!loop->fresh)
			loop_look(loop);
		if (loop->clock > loop->turn_end)
			loop->overtime += loop->clock - loop->turn_end;
	}
}

/* ---- what other threads want done ---- */

void loop_wake(struct loop *loop)
{
	const uint64_t one = 1;

	/* It fails only when the count is full, and then the loop is awake anyway. */
	(void)!write(loop->wake.fd, &one, sizeof(one));
}

void loop_post(struct loop *loop, struct posted *posted)
{
	posted->next = NULL;
	pthread_mutex_lock(&loop->lock);
	*loop->posted_last = posted;
	loop->posted_last = &posted->next;
	pthread_mutex_unlock(&loop->lock);
	loop_wake(loop);
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

/* ---- timers ---- */

void loop_add_queue(struct loop *loop, struct timer_queue *queue, int64_t duration,
		    void (*expired)(struct timer *timer))
{
	*queue = (struct timer_queue){ .duration = duration,
				       .expired = expired,
				       .next = loop->queues };
	list_init(&queue->timers);
	loop->queues = queue;
}

void timer_start(struct loop *loop, struct timer_queue *queue, struct timer *timer)
{
	timer_stop(timer);
	timer->due = loop->now + queue->duration;
	list_append(&queue->timers, &timer->link);
}

void timer_stop(struct timer *timer)
{
	list_remove(&timer->link);
}

/* The one that is due first; NULL when none is running, or none ever expires. */
static struct timer *first_of(const struct timer_queue *queue)
{
	if (!queue->duration || list_is_empty(&queue->timers))
		return NULL;
	return container_of(queue->timers.next, struct timer, link);
}

static void run_timers(struct loop *loop)
{
	for (struct timer_queue *queue = loop->queues; queue; queue = queue->next) {
		struct timer *timer;

		while ((timer = first_of(queue)) && timer->due <= loop->seen) {
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

	if (loop->turns.last || loop->spinners)
		return 0;
	for (const struct timer_queue *queue = loop->queues; queue; queue = queue->next) {
		const struct timer *timer = first_of(queue);

		if (timer && (next < 0 || timer->due < next))
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
	int64_t now = loop_nanoseconds(), end = now + SPIN_SLICE;

	if (!loop->spun_until) {
		int64_t window = spin_begin(&loop->spin);

		if (!window) {
			stop_spinning(loop);
			return;
		}
		loop->spun_until = now + window;
	}
	while (loop->spinners && !loop->turns.last && now < end && now < loop->spun_until) {
		bool found, helped = false;

		loop->turn_end = now + TURN_TIME;
		found = look_once(loop);

		for (int i = 0; i < SPIN_LOOKS && !found; i++) {
			spin_pause();
			found = helped = look_once(loop);
		}
		now = loop_nanoseconds();
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

/* Looks at everything that has arrived: at each descriptor once at least, for those that wait
 * already are told of again.  How many the last look found, or -errno. */
static int look_at_all(struct loop *loop, int timeout)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	unsigned int looks = loop->watched / EVENTS_AT_ONCE + 1;
	int n = EVENTS_AT_ONCE;

	loop->seen = loop->clock / MILLISECOND;
	for (; looks > 0 && n == EVENTS_AT_ONCE; looks--) {
		n = epoll_wait(loop->epoll, events, EVENTS_AT_ONCE, timeout);
		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n; i++) {
			struct watch *watch = events[i].data.ptr;

			watch->ready(watch, events[i].events);
		}
		timeout = 0;
	}
	read_clock(loop);
	return n > 0 ? n : 0;
}

int loop_run(struct loop *loop, int64_t milliseconds)
{
	int64_t end;
	int r = 0;

	read_clock(loop);
	end = milliseconds < 0 ? -1 : loop->now + milliseconds;
	while (r == 0 && !loop->stop) {
		/* Those who are looked at must not wait until the others have nothing to do. */
		if (loop->spinners && loop->turns.last)
			look_once(loop);
		else if (loop->spinners)
			spin_slice(loop);
		r = look_at_all(loop, time_to_wait(loop, end));
		r = r < 0 ? r : 0;
		give_turns(loop);
		run_timers(loop);
		if (end >= 0 && loop->now >= end)
			break;
	}
	return r;
}

/* ---- driven by somebody else's loop ---- */

static void alarm_ready(struct watch *watch, uint32_t events)
{
	struct loop *loop = container_of(watch, struct loop, alarm);
	uint64_t times;

	(void)events;
	if (read(watch->fd, &times, sizeof(times)) == sizeof(times))
		loop->alarm_due = 0;
}

int loop_drive(struct loop *loop)
{
	if (loop->alarm.fd >= 0)
		return 0;
	loop->alarm = (struct watch){ .fd = timerfd_create(CLOCK_MONOTONIC,
							   TFD_CLOEXEC | TFD_NONBLOCK),
				      .ready = alarm_ready };
	return loop->alarm.fd < 0 ? -errno : loop_watch(loop, &loop->alarm, EPOLLIN);
}

/* Has the alarm go off when there is something to do again.  One that goes off too early does no
 * harm: most timers are started anew before their time is over. */
static void set_alarm(struct loop *loop)
{
	int64_t wait = time_to_wait(loop, -1), due = loop->now + (wait > 0 ? wait : 0);
	struct itimerspec time = { .it_value = duration_timespec(due * MILLISECOND + 1) };

	if (wait < 0 || (loop->alarm_due && loop->alarm_due <= due))
		return;
	if (timerfd_settime(loop->alarm.fd, TFD_TIMER_ABSTIME, &time, NULL) == 0)
		loop->alarm_due = due;
}

int loop_pass(struct loop *loop)
{
	int64_t end;
	int r = 1;

	if (loop->passing)
		return 0;
	loop->passing = true;
	read_clock(loop);
	end = loop->clock + ROUND_TIME;
	while (r > 0 && !loop->stop && loop->clock < end) {
		r = look_at_all(loop, 0);
		give_turns(loop);
		run_timers(loop);
		stop_spinning(loop);
	}
	set_alarm(loop);
	loop->passing = false;
	return r < 0 ? r : 0;
}

/* Puts what `fd` names into the place of what `old` names. */
static int replace(int old, int fd)
{
	int r = fd < 0 || dup3(fd, old, O_CLOEXEC) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return r;
}

int loop_renew(struct loop *loop)
{
	int r = replace(loop->epoll, epoll_create1(EPOLL_CLOEXEC));

	if (r == 0)
		r = replace(loop->wake.fd, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	if (r == 0 && loop->alarm.fd >= 0)
		r = replace(loop->alarm.fd,
			    timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
	loop->watched = 0;
	loop->alarm_due = 0;
	loop->passing = false;
	loop->turns.taking = NULL;
	loop->wake.events = loop->alarm.events = 0;
	if (r == 0)
		r = loop_watch(loop, &loop->wake, EPOLLIN);
	if (r == 0 && loop->alarm.fd >= 0)
		r = loop_watch(loop, &loop->alarm, EPOLLIN);
	return r;
}
