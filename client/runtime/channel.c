/* A client's connection: what all transports have in common. */
#include "client/runtime/channel.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* Nanoseconds until a lost call is sent again; doubled each time. */
#define FIRST_INTERVAL INT64_C(100000000)

void channel_begin(struct channel *channel, int64_t began)
{
	/* Ids that nobody can guess, so that nobody can forge a reply unseen. */
	if (getrandom(&channel->first_id, sizeof(channel->first_id), 0) < 0)
		channel->first_id = (uint32_t)clock_now();
	channel->next_id = channel->first_id;
	channel->began = began;
	if (!channel->max_message)
		channel->max_message = FRAMING_MAX_MESSAGE;
}

void channel_close(struct channel *channel)
{
	if (!channel)
		return;
	if (channel->sharers) {
		channel->sharers--;
		return;
	}
	if (channel->observer)
		channel->observer->closed(channel->observer, channel);
	buffer_release(&channel->marks);
	channel->operations->close(channel);
}

struct channel *channel_share(struct channel *channel)
{
	channel->sharers++;
	return channel;
}

void channel_observe(struct channel *channel, const struct endpoint *endpoint, bool discovery,
		     struct channel_observer *observer)
{
	channel->observer = observer;
	if (observer)
		observer->opened(observer, channel, endpoint, discovery);
}

uint32_t channel_next_id(struct channel *channel)
{
	return channel->next_id++;
}

uint32_t channel_id_of(const void *message)
{
	uint32_t id;

	memcpy(&id, message, sizeof(id));
	return be32toh(id);
}

bool channel_has_named(const struct channel *channel, uint32_t id)
{
	return id - channel->first_id < channel->next_id - channel->first_id;
}

int channel_send(struct channel *channel, const void *message, size_t length, int64_t deadline)
{
	int r = channel->operations->send(channel, message, length, deadline);

	if (r == 0 && channel->observer)
		channel->observer->message(channel->observer, channel, true, message, length);
	return r;
}

int channel_receive(struct channel *channel, struct message *message, int64_t deadline)
{
	int r = channel->operations->receive(channel, message, deadline);

	if (r > 0 && channel->observer)
		channel->observer->message(channel->observer, channel, false, message->bytes,
					   message->length);
	return r;
}

bool channel_answers(const struct channel *channel, const void *call, const struct message *message)
{
	return !channel->datagrams || !channel->answers || channel->answers(call, message);
}

/* Receives until the reply is there.  0, or -errno. */
static int receive_reply(struct channel *channel, const void *call, struct message *reply,
			 int64_t deadline)
{
	uint32_t id = channel_id_of(call);

	for (;;) {
		int r = channel_receive(channel, reply, deadline);
		bool named = r > 0 && reply->length >= sizeof(id);

		if (r < 0)
			return r;
		if (r == 0)
			return -ECONNRESET;
		if (named && channel_id_of(reply->bytes) == id) {
			if (channel_answers(channel, call, reply))
				return 0;
			channel->odd = true;
		}
		if (!channel->datagrams &&
		    !(named && channel_has_named(channel, channel_id_of(reply->bytes))))
			return -EPROTO;
	}
}

int channel_exchange(struct channel *channel, const void *call, size_t length,
		     struct message *reply, int64_t deadline, bool *sent)
{
	int64_t interval = FIRST_INTERVAL;
	int r;

	*sent = channel->odd = false;
	for (;;) {
		int64_t until = deadline;

		r = channel_send(channel, call, length, deadline);
		if (r < 0)
			return r;
		*sent = true;
		if (channel->datagrams && clock_now() + interval < deadline)
			until = clock_now() + interval;
		r = receive_reply(channel, call, reply, until);
		if (r != -ETIMEDOUT || until == deadline)
			return r;
		interval *= 2;
	}
}

const struct framing *channel_framing(const struct endpoint *endpoint)
{
	return endpoint_speaks_rpc(endpoint) ? &framing_record_marking : &framing_length_prefix;
}
