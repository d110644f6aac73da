/* A server by hand for a client in the same process. */
#include "tests/kit/scripted_server.h"

#include <endian.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/runtime/stream.h"
#include "tests/kit/harness.h"
#include "tests/kit/samples.h"

#define RPC_HEADER 40 /* bytes: credential and verifier are empty */
#define RAW_HEADER 8

static void *run_script(void *argument)
{
	struct scripted_server *peer = argument;

	peer->serve(peer);
	shutdown(peer->fd, SHUT_RDWR);
	return NULL;
}

void scripted_server_start(struct scripted_server *peer, struct client *client,
			   enum endpoint_protocol protocol, int64_t timeout,
			   void (*serve)(struct scripted_server *peer), void *context)
{
	struct endpoint endpoint = { .protocol = protocol, .transport = ENDPOINT_UNIX };
	int fds[2];

	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	client_init(client, &endpoint, timeout);
	client_take(client, stream_channel(fds[0], fds[0], channel_framing(&endpoint)));
	client->channel->max_message = FRAMING_MAX_MESSAGE;
	*peer = (struct scripted_server){
		.rpc = protocol == ENDPOINT_RPC, .fd = fds[1], .serve = serve, .context = context
	};
	CU_ASSERT_FATAL(pthread_create(&peer->thread, NULL, run_script, peer) == 0);
}

void scripted_server_stop(struct scripted_server *peer, struct client *client)
{
	client_release(client);
	pthread_join(peer->thread, NULL);
	close(peer->fd);
	buffer_release(&peer->call);
}

bool scripted_server_receive(struct scripted_server *peer)
{
	struct buffer *call = &peer->call;
	uint32_t mark;

	if (recv(peer->fd, &mark, sizeof(mark), MSG_WAITALL) != sizeof(mark))
		return false;
	mark = be32toh(mark) & INT32_MAX;
	call->length = 0;
	if (buffer_reserve(call, mark) < 0 ||
	    recv(peer->fd, call->data, mark, MSG_WAITALL) != (ssize_t)mark)
		return false;
	call->length = mark;
	peer->last_id = channel_id_of(call->data);
	return true;
}

bool scripted_server_has_call(const struct scripted_server *peer, int milliseconds)
{
	struct pollfd waiting = { .fd = peer->fd, .events = POLLIN };

	return poll(&waiting, 1, milliseconds) > 0;
}

const uint8_t *scripted_server_arguments(const struct scripted_server *peer)
{
	return peer->call.data + (peer->rpc ? RPC_HEADER : RAW_HEADER);
}

void scripted_server_reply(const struct scripted_server *peer, const char *procedure, uint32_t id,
			   const void *result)
{
	const struct sample *sample = samples;
	struct buffer reply = { 0 };

	while (strcmp(sample->procedure, procedure) != 0)
		sample++;
	sample_reply(sample, peer->rpc, true, id, result, &reply);
	/* It blocks as long as nobody reads; that nobody will, the next receive tells. */
	send(peer->fd, reply.data, reply.length, MSG_NOSIGNAL);
	buffer_release(&reply);
}

void scripted_server_answer(const struct scripted_server *peer, xdrproc_t filter, void *result)
{
	uint8_t reply[512];
	uint32_t header[7] = { [2] = htonl(1) };
	XDR stream;

	xdrmem_create(&stream, (char *)reply + sizeof(header), sizeof(reply) - sizeof(header),
		      XDR_ENCODE);
	CU_ASSERT(filter(&stream, result));
	header[0] = htonl(0x80000000 | (sizeof(header) - 4 + XDR_GETPOS(&stream)));
	memcpy(&header[1], peer->call.data, 4);
	memcpy(reply, header, sizeof(header));
	send(peer->fd, reply, sizeof(header) + XDR_GETPOS(&stream), MSG_NOSIGNAL);
}
