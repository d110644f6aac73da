/* A second client, which calls while something else goes on at the server. */
#include "check/beside.h"

#include <errno.h>
#include <stdio.h>

#define SLICE INT64_C(5000000) /* nanoseconds between two steps of what goes on */
#define PAUSE 10               /* milliseconds between two rounds of calls */

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int receive_beside(const struct beside *beside, struct exchange *client,
			  struct message *message)
{
	int64_t now;
	int r;

	do {
		if (beside->step)
			beside->step(beside->what);
		now = clock_now();
		r = channel_receive(client->link.channel, message,
				    earlier(now + SLICE, client->deadline));
	} while (r == -ETIMEDOUT && now < client->deadline);
	return r;
}

/* A null call on a connection.  False: it is not answered, or not rightly. */
static bool call(struct beside *beside, struct exchange *client)
{
	const int64_t began = clock_now();
	const uint32_t xid = ++client->xid;
	struct message message;
	int r;

	client->reply = (struct reply){ 0 };
	client->deadline = began + client->target->timeout;
	r = exchange_send_aside(client, xid);
	if (r == 0)
		r = receive_beside(beside, client, &message);
	if (r == 1)
		exchange_take(client, &message, xid);
	else
		exchange_take_end(client, r);
	if (client->reply.outcome != CHECK_SUCCESS) {
		beside->failed = client;
		return false;
	}
	beside->calls++;
	if (clock_now() - began > beside->slowest)
		beside->slowest = clock_now() - began;
	return true;
}

/* Connecting has the same time. */
static bool call_anew(struct beside *beside)
{
	struct exchange *newcomer = &beside->newcomer;

	newcomer->deadline = clock_now() + newcomer->target->timeout;
	if (exchange_connect(newcomer))
		return call(beside, newcomer);
	beside->failed = newcomer;
	return false;
}

bool beside_begin(struct beside *beside, const struct check_target *target)
{
	exchange_init(&beside->client, target);
	exchange_init(&beside->newcomer, target);
	if (exchange_connect(&beside->client))
		return call(beside, &beside->client);
	beside->failed = &beside->client;
	return false;
}

void beside_watch(struct beside *beside, int64_t end)
{
	do
		poll(NULL, 0, PAUSE);
	while (call(beside, &beside->client) && call_anew(beside) && clock_now() < end);
}

void beside_end(struct beside *beside, struct exchange *exchange)
{
	struct exchange *seen = beside->failed == &beside->newcomer ? &beside->newcomer
								    : &beside->client;
	const struct buffer before = exchange->came.bytes;

	exchange->reply = seen->reply;
	exchange->came = seen->came;
	seen->came.bytes = before;
	snprintf(exchange->note, sizeof(exchange->note),
		 "%sanswered calls of a second client: %u, the slowest in %.1f ms",
		 !beside->failed                       ? ""
		 : beside->failed == &beside->newcomer ? "a newcomer's call; "
						       : "a call on a connection from before; ",
		 beside->calls, (double)beside->slowest / 1e6);
	exchange_release(&beside->client);
	exchange_release(&beside->newcomer);
}
