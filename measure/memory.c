/* A channel that leads nowhere: what is sent on it is kept, and what is received is put there. */
#include "measure/memory.h"

#include <string.h>

#define TIME INT64_C(60000000000) /* nanoseconds that a call may take: nothing waits here */

static int memory_send(struct channel *channel, const void *message, size_t length,
		       int64_t deadline)
{
	struct memory_channel *memory = (struct memory_channel *)channel;

	(void)deadline;
	memory->sent.length = 0;
	return buffer_append(&memory->sent, message, length);
}

static int memory_receive(struct channel *channel, struct message *message, int64_t deadline)
{
	struct memory_channel *memory = (struct memory_channel *)channel;

	(void)deadline;
	if ((memory->answer && !memory->answer(memory)) || memory->reply.length < sizeof(uint32_t))
		return 0;
	memcpy(memory->reply.data, memory->sent.data, sizeof(uint32_t));
	*message = (struct message){ memory->reply.data, memory->reply.length };
	return 1;
}

static int memory_await(struct channel *channel, struct pollfd waiting[2])
{
	(void)channel;
	waiting[0].fd = waiting[1].fd = -1;
	return 1;
}

static void memory_close(struct channel *channel)
{
	(void)channel;
}

static const struct channel_operations memory_operations = {
	.send = memory_send,
	.receive = memory_receive,
	.await = memory_await,
	.close = memory_close,
};

void memory_init(struct memory_channel *memory, struct client *client,
		 const struct endpoint *endpoint)
{
	memset(memory, 0, sizeof(*memory));
	memory->channel.operations = &memory_operations;
	memory->channel.max_message = FRAMING_MAX_MESSAGE;
	client_init(client, endpoint, TIME);
	client_take(client, &memory->channel);
}

void memory_release(struct memory_channel *memory)
{
	buffer_release(&memory->sent);
	buffer_release(&memory->reply);
}
