/* A client's connection: what all transports have in common. */
#include "client/channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static const struct channel_transport *const transports[] = { &channel_tcp, &channel_unix };

int channel_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		 struct failure *failure)
{
	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
		int code;

		if (transports[i]->transport != endpoint->transport)
			continue;
		code = transports[i]->open(channel, endpoint, deadline, failure);
		if (code)
			return code;
		/* Ids that nobody can guess, so that nobody can forge a reply unseen. */
		if (getrandom(&(*channel)->first_id, sizeof((*channel)->first_id), 0) < 0)
			(*channel)->first_id = (uint32_t)channel_clock();
		(*channel)->next_id = (*channel)->first_id;
		return 0;
	}
	return failure_set(failure, FAILURE_BUG, "no transport %s",
			   endpoint_transport_name(endpoint->transport));
}

void channel_close(struct channel *channel)
{
	if (channel)
		channel->operations->close(channel);
}

uint32_t channel_next_id(struct channel *channel)
{
	return channel->next_id++;
}

bool channel_is_stale(const struct channel *channel, uint32_t id)
{
	return id - channel->first_id < channel->next_id - channel->first_id;
}

const struct framing *channel_framing(const struct endpoint *endpoint)
{
	return endpoint->protocol == ENDPOINT_RPC ? &framing_record_marking
						  : &framing_length_prefix;
}

int64_t channel_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int channel_wait(int fd, short events, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - channel_clock();
		struct timespec limit = { left / 1000000000, left % 1000000000 };
		struct pollfd waiting = { .fd = fd, .events = events };
		int n;

		if (left <= 0)
			return -ETIMEDOUT;
		n = ppoll(&waiting, 1, &limit, NULL);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}
