/*
 * udp [PORT]: a server of raw messages in datagrams.  Each is a message: there is no length.
 *
 * A datagram may get lost.  So a client that gets no reply asks again, with the same bytes; and
 * when it was the reply that got lost, the call was executed already.  What changes something must
 * not be executed twice: its replies are kept for a while, and sent again.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "address.h"
#include "raw.h"

#define KEPT_CALLS 256 /* the latest */
#define KEPT_TIME  30  /* seconds; then nobody asks again any more */
#define LONGEST    64  /* bytes of a call that is kept */

struct kept {
	struct sockaddr_in sender;
	uint8_t call[LONGEST], reply[RAW_MOST_REPLY];
	size_t length, answered;
	time_t when;
};

static struct kept calls[KEPT_CALLS];

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* The same bytes of the same sender, a port as well; or NULL. */
static const struct kept *find(const struct sockaddr_in *sender, const uint8_t *call, size_t length)
{
	for (size_t i = 0; i < KEPT_CALLS; i++)
		if (calls[i].length == length && now() - calls[i].when < KEPT_TIME &&
		    calls[i].sender.sin_addr.s_addr == sender->sin_addr.s_addr &&
		    calls[i].sender.sin_port == sender->sin_port &&
		    memcmp(calls[i].call, call, length) == 0)
			return &calls[i];
	return NULL;
}

/* In the place of the oldest. */
static void keep(const struct sockaddr_in *sender, const uint8_t *call, size_t length,
		 const uint8_t *reply, size_t answered)
{
	static size_t next;
	struct kept *kept = &calls[next++ % KEPT_CALLS];

	*kept = (struct kept){ *sender, { 0 }, { 0 }, length, answered, now() };
	memcpy(kept->call, call, length);
	memcpy(kept->reply, reply, answered);
}

static size_t answer(const struct sockaddr_in *sender, const uint8_t *call, size_t length,
		     uint8_t reply[RAW_MOST_REPLY])
{
	const int changes = length <= LONGEST && raw_changes_something(call, length);
	const struct kept *kept = changes ? find(sender, call, length) : NULL;
	size_t answered;

	if (kept) {
		memcpy(reply, kept->reply, kept->answered);
		return kept->answered;
	}
	answered = raw_answer(call, length, reply);
	if (changes)
		keep(sender, call, length, reply, answered);
	return answered;
}

int main(int count, char **words)
{
	int here = bind_port("raw", SOCK_DGRAM, count > 1 ? words[1] : "9000");
	uint8_t message[RAW_MOST], reply[RAW_MOST_REPLY];

	for (;;) {
		struct sockaddr_in sender;
		socklen_t size = sizeof(sender);
		ssize_t length = recvfrom(here, message, sizeof(message), 0,
					  (struct sockaddr *)&sender, &size);
		size_t answered = length < 0 ? 0 : answer(&sender, message, (size_t)length, reply);

		if (answered)
			(void)!sendto(here, reply, answered, 0, (struct sockaddr *)&sender, size);
	}
}
