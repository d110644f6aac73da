/*
 * The shm transport, the client's end: calls go into one ring in shared memory, replies come out of
 * another, and a Unix socket wakes either end and tells when the server is gone.
 *
 * It waits by looking for a short while and then sleeping until the server wakes it.  While both
 * ends are awake a call costs no system call.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/runtime/transports/local.h"
#include "common/rendezvous.h"
#include "common/rights.h"
#include "common/ring.h"
#include "common/shm.h"
#include "common/spin.h"

/* Nanoseconds.  Nothing wakes a sleeper when the server dies: it looks so often. */
#define LONGEST_SLEEP INT64_C(50000000)

struct shm_channel {
	struct channel channel; /* first: all that its users see */
	int socket;
	void *memory;
	uint32_t size; /* of each ring, in bytes */
	struct ring calls, replies;
	struct buffer reply;
	struct spin spin;
	bool closed; /* by the server: what is in the ring is all there will be */
};

/* ---- waiting ---- */

/* Looks for a short while.  What is ready at once teaches nothing about looking. */
static bool spin_until_ready(struct shm_channel *shm, const struct ring *ring, size_t length)
{
	int64_t end, window;
	bool ready = ring_ready(ring, length);

	window = ready ? 0 : spin_begin(&shm->spin);
	if (!window)
		return ready;
	end = clock_now() + window;
	do {
		for (int i = 0; i < SPIN_LOOKS && !ready; i++) {
			spin_pause();
			ready = ring_ready(ring, length);
		}
	} while (!ready && clock_now() < end);
	spin_end(&shm->spin, ready);
	return ready;
}

/* Takes the bytes that woke us while we polled, and sees whether the server is gone. */
static void look_at_socket(struct shm_channel *shm)
{
	char wakes[64]; /* one byte each; mostly there is one */
	ssize_t n = recv(shm->socket, wakes, sizeof(wakes), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		shm->closed = true;
}

/* Sleeps until the server wakes us, but not beyond the deadline, nor for so long that its end stays
 * unseen.  0 or -ETIMEDOUT. */
static int sleep_once(struct shm_channel *shm, struct ring *ring, int64_t deadline)
{
	int64_t left = deadline - clock_now();

	if (left <= 0)
		return -ETIMEDOUT;
	if (!ring_wait(ring, left < LONGEST_SLEEP ? left : LONGEST_SLEEP))
		look_at_socket(shm);
	return 0;
}

/* Waits until it is worth trying again.  0; -ECONNRESET when the server is gone, -ETIMEDOUT, or
 * another -errno. */
static int wait_until_ready(struct shm_channel *shm, struct ring *ring, size_t length,
			    int64_t deadline)
{
	int r = 0;

	if (spin_until_ready(shm, ring, length))
		return 0;
	do {
		/* Said anew each time: one who wakes us takes it back, also when he does so late,
		 * for something that we have found already. */
		ring_sleep(ring, RING_WAITING);
		if (ring_ready(ring, length))
			break;
		r = shm->closed ? -ECONNRESET : sleep_once(shm, ring, deadline);
	} while (r == 0);
	ring_sleep(ring, RING_AWAKE);
	return r;
}

/* 0 when a message is there; -ETIMEDOUT, or -ECONNRESET when the server is gone. */
static int look_once(struct shm_channel *shm, struct ring *ring)
{
	ring_sleep(ring, RING_AWAKE);
	if (!shm->closed)
		look_at_socket(shm);
	if (ring_ready(ring, 0))
		return 0;
	return shm->closed ? -ECONNRESET : -ETIMEDOUT;
}

static void wake_server(struct shm_channel *shm, struct ring *ring)
{
	if (ring_wake(ring))
		shm_wake(shm->socket);
}

/* ---- the channel ---- */

static int shm_channel_send(struct channel *channel, const void *message, size_t length,
			    int64_t deadline)
{
	struct shm_channel *shm = (struct shm_channel *)channel;
	int r;

	while ((r = ring_write(&shm->calls, message, length)) == 0) {
		if (channel->corked)
			return -EAGAIN;
		r = wait_until_ready(shm, &shm->calls, length, deadline);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	channel->sent += ring_taken(length);
	wake_server(shm, &shm->calls);
	return 0;
}

static int shm_channel_receive(struct channel *channel, struct message *message, int64_t deadline)
{
	struct shm_channel *shm = (struct shm_channel *)channel;
	int r;

	shm->reply.length = 0;
	/* Whoever never lets us wait, with replies to nothing, does not go on past the deadline. */
	if (ring_ready(&shm->replies, 0) && deadline > CHANNEL_NOW && clock_now() >= deadline)
		return -ETIMEDOUT;
	while ((r = ring_read(&shm->replies, &shm->reply, channel->max_message)) == 0) {
		if (deadline <= CHANNEL_NOW)
			r = deadline == CHANNEL_NOW ? look_once(shm, &shm->replies) : -ETIMEDOUT;
		else
			r = wait_until_ready(shm, &shm->replies, 0, deadline);
		if (r < 0)
			return r == -ECONNRESET ? 0 : r;
	}
	if (r < 0)
		return r;
	channel->received += ring_taken(shm->reply.length);
	wake_server(shm, &shm->replies); /* it may wait for the room that this reply took */
	*message = (struct message){ shm->reply.data, shm->reply.length };
	return 1;
}

/* It is said that we sleep, though we may not: whoever has waited receives, which takes it back. */
static int shm_channel_await(struct channel *channel, struct pollfd waiting[2])
{
	struct shm_channel *shm = (struct shm_channel *)channel;

	waiting[0] = (struct pollfd){ .fd = shm->socket, .events = POLLIN };
	waiting[1] = (struct pollfd){ .fd = -1 };
	ring_sleep(&shm->replies, RING_POLLING);
	return ring_ready(&shm->replies, 0);
}

static void shm_channel_close(struct channel *channel)
{
	struct shm_channel *shm = (struct shm_channel *)channel;

	if (shm->memory)
		munmap(shm->memory, ring_segment(shm->size));
	close(shm->socket);
	buffer_release(&shm->reply);
	free(shm);
}

static const struct channel_operations shm_operations = {
	.send = shm_channel_send,
	.receive = shm_channel_receive,
	.await = shm_channel_await,
	.close = shm_channel_close,
};

/* ---- opening ---- */

/* Maps the memory, whose descriptor is not needed any more then. */
static int map_rings(struct shm_channel *shm, int memory)
{
	int r;

	shm->memory = shm_map(memory, &shm->size);
	r = shm->memory ? 0 : -errno;
	close(memory);
	if (r < 0)
		return r;
	ring_attach(&shm->calls, shm->memory, shm->size, RING_CALLS, RING_WRITER);
	ring_attach(&shm->replies, shm->memory, shm->size, RING_REPLIES, RING_READER);
	shm->channel.max_message = ring_capacity(shm->size) < FRAMING_MAX_MESSAGE
					   ? ring_capacity(shm->size)
					   : FRAMING_MAX_MESSAGE;
	return 0;
}

static int receive_memory(struct shm_channel *shm, int64_t deadline)
{
	int memory, r;

	while ((r = shm_receive(&memory, shm->socket)) == -EAGAIN || r == -EINTR) {
		r = clock_wait(shm->socket, POLLIN, deadline);
		if (r < 0)
			return r;
	}
	rights_refuse(shm->socket); /* the memory was all that is taken */
	return r < 0 ? r : map_rings(shm, memory);
}

static void name_peers(const struct endpoint *endpoint, struct shm_channel *shm)
{
	struct endpoint resolved = *endpoint;

	rendezvous_resolve(&resolved); /* it went well before */
	snprintf(shm->channel.peers, CHANNEL_PEERS,
		 "a nameless socket and %s, %zu KiB of shared memory", resolved.path,
		 ring_segment(shm->size) / 1024);
}

static int explain_memory(int error, struct failure *failure)
{
	if (error == ECONNRESET)
		return failure_set(failure, FAILURE_UNAVAILABLE,
				   "the server sent us away: it has no room for another client");
	if (error == EPROTO)
		return failure_set(failure, FAILURE_PROTOCOL,
				   "what listens there hands out no shared memory");
	return failure_system(failure, error, "cannot share memory with the server");
}

static int shm_open_channel(struct channel **channel, const struct endpoint *endpoint,
			    int64_t deadline, struct failure *failure)
{
	struct shm_channel *shm;
	int r, socket, code = connect_to_path(endpoint, deadline, &socket, failure);

	if (code)
		return code;
	shm = calloc(1, sizeof(*shm));
	if (!shm) {
		close(socket);
		return failure_system(failure, ENOMEM, "cannot connect");
	}
	shm->channel.operations = &shm_operations;
	shm->socket = socket;
	spin_init(&shm->spin);
	r = receive_memory(shm, deadline);
	if (r == 0) {
		name_peers(endpoint, shm);
		*channel = &shm->channel;
		return 0;
	}
	shm_channel_close(&shm->channel);
	return explain_memory(-r, failure);
}

const struct channel_transport channel_shm = { .open = shm_open_channel };
