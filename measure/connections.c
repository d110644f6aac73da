/* Connections that are kept full of prepared calls: an event loop for the client. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/duration.h"
#include "measure/flow.h"
#include "measure/connections.h"

#define MAX_EVENTS 256
#define MAX_WAIT   3600 /* seconds at a time, where it is whole milliseconds */

struct connection {
	struct flow flow;
	struct pollfd watched[2]; /* what the loop waits for, as the channel said last */
	bool lost;
};

struct connections {
	struct run *run;
	int epoll;
	struct connection *list;
	unsigned int count, lost;
	bool alone;        /* one, in a closed loop: to receive is to wait */
	unsigned int turn; /* whose it is in an open loop */
	int64_t expired;   /* when calls were given up last */
};

/* ---- one connection ---- */

/* 0 or -errno. */
static int watch_one(const struct connections *connections, struct connection *connection,
		     struct pollfd *watched, const struct pollfd *wanted)
{
	struct epoll_event event = { .data.ptr = connection };
	bool same = watched->fd == wanted->fd;

	if (same && watched->events == wanted->events)
		return 0;
	event.events = (wanted->events & POLLIN ? EPOLLIN : 0) |
		       (wanted->events & POLLOUT ? EPOLLOUT : 0);
	if (watched->fd >= 0 && !same)
		epoll_ctl(connections->epoll, EPOLL_CTL_DEL, watched->fd, NULL);
	*watched = (struct pollfd){ .fd = -1 };
	if (wanted->fd >= 0 && epoll_ctl(connections->epoll, same ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
					 wanted->fd, &event) < 0)
		return -errno;
	*watched = *wanted;
	return 0;
}

/* 1 when there is something to receive already, 0, or -errno when it cannot be waited for. */
static int watch_connection(const struct connections *connections, struct connection *connection)
{
	struct channel *channel = connection->flow.client.channel;
	struct pollfd wanted[2];
	int ready, r = 0;

	if (connections->alone)
		return 0;
	ready = channel->operations->await(channel, wanted);
	for (int i = 0; i < 2 && r == 0; i++)
		r = watch_one(connections, connection, &connection->watched[i], &wanted[i]);
	return r < 0 ? r : ready;
}

static void lose_connection(struct connections *connections, struct connection *connection)
{
	const struct pollfd nothing = { .fd = -1 };

	connection->lost = true;
	connections->lost++;
	for (int i = 0; i < 2; i++)
		watch_one(connections, connection, &connection->watched[i], &nothing);
}

/* Calls that are due, as long as there is a place for them. */
static void refill_connection(void *context, struct flow *flow, int64_t now)
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
static void serve_connection(struct connections *connections, struct connection *connection,
			     int64_t deadline)
{
	int r;

	while (!connection->lost) {
		if (flow_receive(&connection->flow, deadline, refill_connection) < 0) {
			lose_connection(connections, connection);
			return;
		}
		r = watch_connection(connections, connection);
		if (r == 0)
			return;
		if (r < 0) {
			flow_lose(&connection->flow, -r);
			lose_connection(connections, connection);
		}
		deadline = CHANNEL_NOW;
	}
}

/* ---- all of them ---- */

/* Sends what is due, on one after the other, beginning where it ended last. */
static void refill_all(struct connections *connections, int64_t now)
{
	struct run *run = connections->run;

	for (unsigned int i = 0; i < connections->count; i++) {
		struct connection *connection =
			&connections->list[connections->turn++ % connections->count];

		if (schedule_due(&run->schedule, now) > now)
			return;
		if (connection->lost)
			continue;
		refill_connection(run, &connection->flow, now);
		serve_connection(connections, connection, CHANNEL_ARRIVED);
	}
}

/* For so many nanoseconds; for whole milliseconds where nobody has epoll_pwait2(): before
 * Linux 5.11, and under qemu. */
static int wait_for_events(int epoll, struct epoll_event *events, int64_t time)
{
	const struct timespec limit = duration_timespec(time);
	int n = epoll_pwait2(epoll, events, MAX_EVENTS, &limit, NULL);

	if (n < 0 && errno == ENOSYS)
		n = epoll_wait(epoll, events, MAX_EVENTS,
			       (int)(limit.tv_sec < MAX_WAIT ? limit.tv_sec : MAX_WAIT) * 1000 +
				       (int)((limit.tv_nsec + MILLISECOND - 1) / MILLISECOND));
	return n;
}

static void serve_all(struct connections *connections, int64_t until)
{
	struct epoll_event events[MAX_EVENTS];
	int64_t left = until - clock_now();
	int n;

	if (connections->alone) {
		serve_connection(connections, &connections->list[0], until);
		return;
	}
	n = wait_for_events(connections->epoll, events, left > 0 ? left : 0);
	for (int i = 0; i < n; i++)
		serve_connection(connections, events[i].data.ptr, CHANNEL_NOW);
}

/* Gives up what was waited for in vain: calls, which makes places, and silent connections. */
static void expire_all(struct connections *connections, int64_t now)
{
	connections->expired = now;
	for (unsigned int i = 0; i < connections->count; i++) {
		struct connection *connection = &connections->list[i];

		if (!connection->lost && flow_expire(&connection->flow, now) < 0)
			lose_connection(connections, connection);
	}
}

void connections_run(struct connections *connections)
{
	struct run *run = connections->run;
	int64_t now = run->schedule.start;

	connections->expired = now;
	refill_all(connections, now);
	while (connections->lost < connections->count) {
		int64_t due = schedule_due(&run->schedule, now);
		int64_t until = connections->expired + RUN_INTERVAL;

		if (due == SCHEDULE_NEVER && !run->in_flight)
			break;
		/* What is overdue waits for a place, which a reply makes. */
		serve_all(connections, due > now && due < until ? due : until);
		now = clock_now();
		run_look(run, now);
		if (now >= until)
			expire_all(connections, now);
		if (now >= until || run->schedule.interval > 0)
			refill_all(connections, now);
	}
}

/* ---- opening and closing ---- */

static int open_one(struct connections *connections, struct client *first, struct failure *failure)
{
	struct connection *connection = &connections->list[connections->count];
	const struct load *load = connections->run->load;
	struct client client = *first;
	int code = 0;

	connection->watched[0].fd = connection->watched[1].fd = -1;
	if (connections->count > 0) {
		client_init(&client, &first->endpoint, load->timeout);
		code = client_connect(&client, load->procedure->program, load->procedure->version,
				      client_deadline(&client), failure);
	}
	if (code)
		return code;
	connections->count++; /* to be closed, from now on */
	if (flow_open(&connection->flow, &client, &connections->run->prepared, load->depth) < 0)
		return failure_system(failure, ENOMEM, "a connection");
	connection->flow.context = connections->run;
	connection->flow.answered = run_answered;
	connection->flow.failed = run_failed;
	return 0;
}

int connections_open(struct connections **opened, struct run *run, struct client *first,
		     struct failure *failure)
{
	struct connections *connections = calloc(1, sizeof(*connections));
	int code = 0;

	*opened = connections;
	if (!connections)
		return failure_system(failure, ENOMEM, "connections");
	connections->run = run;
	/* A receive's time is only as exact as the kernel's tick, which would make an open loop's
	 * calls late. */
	connections->alone = run->load->connections == 1 && run->load->rate <= 0;
	connections->epoll = epoll_create1(EPOLL_CLOEXEC);
	connections->list = calloc(run->load->connections, sizeof(*connections->list));
	if (connections->epoll < 0 || !connections->list)
		return failure_system(failure, errno, "connections");
	while (code == 0 && connections->count < run->load->connections)
		code = open_one(connections, first, failure);
	for (unsigned int i = 0; code == 0 && i < connections->count; i++) {
		int r = watch_connection(connections, &connections->list[i]);

		if (r < 0)
			code = failure_system(failure, -r, "a connection");
	}
	return code;
}

void connections_close(struct connections *connections)
{
	if (!connections)
		return;
	for (unsigned int i = 0; i < connections->count; i++)
		flow_close(&connections->list[i].flow);
	if (connections->epoll >= 0)
		close(connections->epoll);
	free(connections->list);
	free(connections);
}

void connections_traffic(const struct connections *connections, uint64_t *sent, uint64_t *received)
{
	*sent = *received = 0;
	for (unsigned int i = 0; i < connections->count; i++) {
		const struct channel *channel = connections->list[i].flow.client.channel;

		*sent += channel->sent;
		*received += channel->received;
	}
}
