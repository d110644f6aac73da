/* A call that has left and whose reply is still to come: what its stub would do with the reply. */
#include "client/runtime/pending.h"

int pending_send(struct pending *pending, struct channel *channel, const struct buffer *call,
		 int64_t deadline)
{
	int r = channel_send(channel, call->data, call->length, deadline);

	if (r < 0)
		return r;
	pending->id = channel_id_of(call->data);
	pending->call.length = 0;
	return channel->datagrams ? buffer_append(&pending->call, call->data, call->length) : 0;
}

void pending_release(struct pending *pending)
{
	buffer_release(&pending->call);
	*pending = (struct pending){ 0 };
}
