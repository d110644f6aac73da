/* The table of the client's transports, and opening a channel by it. */
#include "client/runtime/transports/all.h"

#include "client/runtime/transports/pipe.h"

static const struct channel_transport *const transports[] = {
	[ENDPOINT_TCP] = &channel_tcp,   [ENDPOINT_UDP] = &channel_udp,
	[ENDPOINT_UNIX] = &channel_unix, [ENDPOINT_PIPE] = &channel_pipe,
	[ENDPOINT_FIFO] = &channel_fifo, [ENDPOINT_SHM] = &channel_shm,
};

int channel_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		 struct failure *failure)
{
	int64_t began = clock_now();
	int code = transports[endpoint->transport]->open(channel, endpoint, deadline, failure);

	if (code == 0)
		channel_begin(*channel, began);
	return code;
}

int channel_spawn(struct channel **channel, const char *const *command,
		  const struct endpoint *endpoint, struct failure *failure)
{
	int64_t began = clock_now();
	int code = pipe_channel(channel, command, endpoint, failure);

	if (code == 0)
		channel_begin(*channel, began);
	return code;
}
