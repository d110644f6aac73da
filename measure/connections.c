/* Connections that are kept full of prepared calls: an event loop for the client. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "measure/flow.h"
#include "measure/load_internal.h"

#define MAX_EVENTS 256

struct member {
	struct flow flow;
	struct pollfd watched[2]; /* what the loop waits for, as the channel said last */
	bool lost;
};

struct members {
	struct run *run;
	int epoll;
	struct member *members;
	unsigned int count, lost;
	bool alone;        /* one, in a closed loop: to receive is to wait */
	unsigned int turn; /* whose it is in an open loop */
	int64_t expired;   /* when calls were given up last */
};

/* ---- one connection ---- */

/* 0 or -errno. */
static int watch_one(const struct members *members, struct member *member, struct pollfd *watched,
		     const struct pollfd *wanted)
{
	struct epoll_event event = { .data.ptr = member };
	bool same = watched->fd == wanted->fd;

	if (same && watched->events == wanted->events)
		return 0;
	event.events = (wanted->events & POLLIN ? EPOLLIN : 0) |
		       (wanted->events & POLLOUT ? EPOLLOUT : 0);
	if (watched->fd >= 0 && !same)
		epoll_ctl(members->epoll, EPOLL_CTL_DEL, watched->fd, NULL);
	*watched = (struct pollfd){ .fd = -1 };
	if (wanted->fd >= 0 &&
	    epoll_ctl(members->epoll, same ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, wanted->fd, &event) < 0)
		return -errno;
	*watched = *wanted;
	return 0;
}

/* 1 when there is something to receive already, 0, or -errno when it cannot be waited for. */
static int watch(const struct members *members, struct member *member)
{
	struct channel *channel = member->flow.client.channel;
	struct pollfd wanted[2];
	int ready, r = 0;

	if (members->alone)
		return 0;
	ready = channel->operations->await(channel, wanted);
	for (int i = 0; i < 2 && r == 0; i++)
		r = watch_one(members, member, &member->watched[i], &wanted[i]);
	return r < 0 ? r : ready;
}

static void lose(struct members *members, struct member *member)
{
	const struct pollfd nothing = { .fd = -1 };

	member->lost = true;
	members->lost++;
	for (int i = 0; i < 2; i++)
		watch_one(members, member, &member->watched[i], &nothing);
}

/* Calls that are due, as long as there is a place for them. */
static void refill(void *context, struct flow *flow, int64_t now)
{
	struct run *run = context;
	int64_t due;

	run_look(run, now);
	while ((due = schedule_due(&run->schedule, now)) <= now && flow_send(flow, due, now)) {
		run->schedule.begun++;
		run->in_flight++;
	}
}

/* Receives; and sends, as replies make places. */
static void serve(struct members *members, struct member *member, int64_t deadline)
{
	int r;

	while (!member->lost) {
		if (flow_receive(&member->flow, deadline, refill) < 0) {
			lose(members, member);
			return;
		}
		r = watch(members, member);
		if (r == 0)
			return;
		if (r < 0) {
			flow_lose(&member->flow, -r);
			lose(members, member);
		}
		deadline = CHANNEL_NOW;
	}
}

/* ---- all of them ---- */

/* Sends what is due, on one after the other, beginning where it ended last. */
static void refill_all(struct members *members, int64_t now)
{
	struct run *run = members->run;

	for (unsigned int i = 0; i < members->count; i++) {
		struct member *member = &members->members[members->turn++ % members->count];

		if (schedule_due(&run->schedule, now) > now)
			return;
		if (member->lost)
			continue;
		refill(run, &member->flow, now);
		serve(members, member, CHANNEL_ARRIVED);
	}
}

static void serve_all(struct members *members, int64_t until)
{
	struct epoll_event events[MAX_EVENTS];
	int64_t left = until - clock_now();
	struct timespec limit = { 0 };
	int n;

	if (members->alone) {
		serve(members, &members->members[0], until);
		return;
	}
	if (left > 0)
		limit = (struct timespec){ left / 1000000000, left % 1000000000 };
	n = epoll_pwait2(members->epoll, events, MAX_EVENTS, &limit, NULL);
	for (int i = 0; i < n; i++)
		serve(members, events[i].data.ptr, CHANNEL_NOW);
}

/* Gives up what was waited for in vain: calls, which makes places, and silent connections. */
static void expire_all(struct members *members, int64_t now)
{
	members->expired = now;
	for (unsigned int i = 0; i < members->count; i++) {
		struct member *member = &members->members[i];

		if (!member->lost && flow_expire(&member->flow, now) < 0)
			lose(members, member);
	}
}

void members_run(struct members *members)
{
	struct run *run = members->run;
	int64_t now = run->schedule.start;

	members->expired = now;
	refill_all(members, now);
	while (members->lost < members->count) {
		int64_t due = schedule_due(&run->schedule, now);
		int64_t until = members->expired + RUN_INTERVAL;

		if (due == SCHEDULE_NEVER && !run->in_flight)
			break;
		/* What is overdue waits for a place, which a reply makes. */
		serve_all(members, due > now && due < until ? due : until);
		now = clock_now();
		run_look(run, now);
		if (now >= until)
			expire_all(members, now);
		if (now >= until || run->schedule.interval > 0)
			refill_all(members, now);
	}
}

/* ---- opening and closing ---- */

static int open_one(struct members *members, struct client *first, struct failure *failure)
{
	struct member *member = &members->members[members->count];
	const struct load *load = members->run->load;
	struct client client = *first;
	int code = 0;

	member->watched[0].fd = member->watched[1].fd = -1;
	if (members->count > 0) {
		client_init(&client, &first->endpoint, load->timeout);
		code = client_connect(&client, load->procedure->program, load->procedure->version,
				      client_deadline(&client), failure);
	}
	if (code)
		return code;
	members->count++; /* to be closed, from now on */
	if (flow_open(&member->flow, &client, &members->run->prepared, load->depth) < 0)
		return failure_system(failure, ENOMEM, "a connection");
	member->flow.context = members->run;
	member->flow.answered = run_answered;
	member->flow.failed = run_failed;
	return 0;
}

int members_open(struct members **opened, struct run *run, struct client *first,
		 struct failure *failure)
{
	struct members *members = calloc(1, sizeof(*members));
	int code = 0;

	*opened = members;
	if (!members)
		return failure_system(failure, ENOMEM, "connections");
	members->run = run;
	/* A receive's time is only as exact as the kernel's tick, which would make an open loop's
	 * calls late. */
	members->alone = run->load->connections == 1 && run->load->rate <= 0;
	members->epoll = epoll_create1(EPOLL_CLOEXEC);
	members->members = calloc(run->load->connections, sizeof(*members->members));
	if (members->epoll < 0 || !members->members)
		return failure_system(failure, errno, "connections");
	while (code == 0 && members->count < run->load->connections)
		code = open_one(members, first, failure);
	for (unsigned int i = 0; code == 0 && i < members->count; i++) {
		int r = watch(members, &members->members[i]);

		if (r < 0)
			code = failure_system(failure, -r, "a connection");
	}
	return code;
}

void members_close(struct members *members)
{
	if (!members)
		return;
	for (unsigned int i = 0; i < members->count; i++)
		flow_close(&members->members[i].flow);
	if (members->epoll >= 0)
		close(members->epoll);
	free(members->members);
	free(members);
}

void members_traffic(const struct members *members, uint64_t *sent, uint64_t *received)
{
	*sent = *received = 0;
	for (unsigned int i = 0; i < members->count; i++) {
		const struct channel *channel = members->members[i].flow.client.channel;

		*sent += channel->sent;
		*received += channel->received;
	}
}
