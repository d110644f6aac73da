/* Many clients at a time, by one loop: it serves who has something, and waits for nobody alone. */
#include "several.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream.h"

#define MOST_CLIENTS 512
#define ROOM         (STREAM_LENGTH + RAW_MOST_REPLY) /* for any reply */

struct client {
	struct ends ends;
	struct stream stream;
	uint8_t replies[64 * ROOM]; /* that he has not taken yet */
	size_t waiting;             /* bytes of them */
	bool ended;                 /* what waits is sent, and no more is read */
};

static struct client *clients[MOST_CLIENTS];
static nfds_t count;

/* Answers what has come, as far as there is room for replies. */
static void answer(struct client *client)
{
	int length = 1;

	while (length > 0 && client->waiting + ROOM <= sizeof(client->replies)) {
		length = stream_answer(&client->stream, client->replies + client->waiting);
		client->waiting += length > 0 ? (size_t)length : 0;
	}
	client->ended = client->ended || length < 0;
}

/* Sends what he takes.  False: he is gone. */
static bool send_replies(struct client *client)
{
	ssize_t n = write(client->ends.sink, client->replies, client->waiting);

	if (n < 0)
		return errno == EAGAIN;
	client->waiting -= (size_t)n;
	memmove(client->replies, client->replies + n, client->waiting);
	return true;
}

/* Who does not take his replies is not read from: he can have no more of them wait.  False: he is
 * done with. */
static bool take_turn(struct client *client)
{
	bool answered;

	if (!client->waiting) {
		ssize_t n = stream_read(&client->stream, client->ends.source);

		client->ended = n == 0 || (n < 0 && errno != EAGAIN);
	}
	do {
		answer(client);
		answered = client->waiting > 0;
		if (answered && !send_replies(client))
			return false;
	} while (answered && !client->waiting);
	return client->waiting || !client->ended;
}

static void let_in(int door, int (*meet)(int door, struct ends *ends))
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		err(EXIT_FAILURE, "a client");
	if (!meet(door, &client->ends)) {
		free(client);
		return;
	}
	fcntl(client->ends.source, F_SETFL, O_NONBLOCK);
	fcntl(client->ends.sink, F_SETFL, O_NONBLOCK);
	clients[count++] = client;
}

static void send_away(struct client *client)
{
	close(client->ends.source);
	if (client->ends.sink != client->ends.source)
		close(client->ends.sink);
	free(client);
}

static struct pollfd wait_for(const struct client *client)
{
	return client->waiting ? (struct pollfd){ .fd = client->ends.sink, .events = POLLOUT }
			       : (struct pollfd){ .fd = client->ends.source, .events = POLLIN };
}

int meet_socket(int listener, struct ends *ends)
{
	ends->source = ends->sink = accept(listener, NULL, NULL);
	return ends->source >= 0;
}

void serve(int door, int (*meet)(int door, struct ends *ends))
{
	struct pollfd waiting[MOST_CLIENTS + 1];
	bool newcomers;

	/* To write to who has left is an error then, and not the end of us. */
	signal(SIGPIPE, SIG_IGN);
	fcntl(door, F_SETFL, O_NONBLOCK);
	for (;;) {
		/* While all places are taken, newcomers wait at the door. */
		waiting[count] = (struct pollfd){ .fd = count < MOST_CLIENTS ? door : -1,
						  .events = POLLIN };
		for (nfds_t i = 0; i < count; i++)
			waiting[i] = wait_for(clients[i]);
		if (poll(waiting, count + 1, -1) < 0)
			continue;
		newcomers = waiting[count].revents != 0;
		/* Backwards: who is done with leaves his place to the last. */
		for (nfds_t i = count; i-- > 0;) {
			if (!waiting[i].revents || take_turn(clients[i]))
				continue;
			send_away(clients[i]);
			clients[i] = clients[--count];
		}
		if (newcomers)
			let_in(door, meet);
	}
}
