/* Either end of any transport, by hand: whole messages, and what no honest end would send. */
#include "compare/lab/wire.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/runtime/channel.h"
#include "common/blocking.h"

#define FLOOD_PATIENCE 50 /* milliseconds in which a peer that reads would have made room */

/* A datagram is a message, and where bytes are a stream a mark says how long the next one is. */
static bool has_marks(const struct wire *wire)
{
	return wire->endpoint.transport != ENDPOINT_UDP;
}

static void wake_peer(const struct wire *wire)
{
	shm_wake(wire->in);
}

/* ---- messages ---- */

static bool read_exactly(int fd, uint8_t *bytes, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t n = read(fd, bytes + done, length - done);

		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* A whole message behind its mark, as honest clients send it. */
static size_t receive_marked(const struct wire *wire, uint8_t *bytes, size_t size)
{
	uint32_t mark;

	if (!read_exactly(wire->in, (uint8_t *)&mark, sizeof(mark)))
		return 0;
	mark = be32toh(mark) & INT32_MAX;
	return mark <= size && read_exactly(wire->in, bytes, mark) ? mark : 0;
}

static size_t receive_from_ring(struct wire *wire, uint8_t *bytes, size_t size)
{
	struct buffer message = { 0 };
	size_t length;

	while (ring_read(&wire->reader, &message, size) == 0)
		if (wire_ends(wire, 1))
			break;
	length = message.length;
	if (length)
		memcpy(bytes, message.data, length);
	buffer_release(&message);
	return length;
}

size_t wire_receive(struct wire *wire, void *bytes, size_t size)
{
	ssize_t n;

	if (wire->memory)
		return receive_from_ring(wire, bytes, size);
	if (has_marks(wire))
		return receive_marked(wire, bytes, size);
	n = recv(wire->in, bytes, size, 0);
	return n > 0 ? (size_t)n : 0;
}

/* Whether the other end is still there to take it is not our concern. */
static void write_bytes(const struct wire *wire, const void *bytes, size_t length)
{
	ssize_t n = write(wire->out, bytes, length);

	(void)n;
}

void wire_send(struct wire *wire, const void *message, size_t length)
{
	if (!wire->memory)
		wire_send_part(wire, message, length, length);
	else if (ring_write(&wire->writer, message, length) > 0)
		wake_peer(wire);
}

void wire_send_bare(struct wire *wire, const void *bytes, size_t length)
{
	if (wire->memory)
		wire_send(wire, bytes, length);
	else
		write_bytes(wire, bytes, length);
}

void wire_send_part(struct wire *wire, const void *message, size_t length, size_t part)
{
	uint8_t bytes[FRAMING_HEADER + 1024];
	uint32_t announced = (uint32_t)length;

	if (wire->memory) {
		memcpy(wire->writer.bytes, &announced, sizeof(announced));
		memcpy(wire->writer.bytes + sizeof(announced), message, part);
		wake_peer(wire);
	} else if (!has_marks(wire)) {
		write_bytes(wire, message, part);
	} else {
		framing_mark(channel_framing(&wire->endpoint), bytes, length);
		memcpy(bytes + FRAMING_HEADER, message, part);
		write_bytes(wire, bytes, FRAMING_HEADER + part);
	}
}

void wire_send_garbage(struct wire *wire)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

	if (!wire->memory) {
		wire_send_bare(wire, text, sizeof(text) - 1);
		return;
	}
	wire->writer.control->tail = wire->size + 4;
	wake_peer(wire);
}

/* ---- more than the other end takes ---- */

static bool has_room(const struct wire *wire)
{
	struct pollfd waiting = { .fd = wire->out, .events = POLLOUT };

	return poll(&waiting, 1, FLOOD_PATIENCE) == 1 && !(waiting.revents & POLLERR);
}

static bool push_bytes(const struct wire *wire, const uint8_t *bytes, size_t length)
{
	while (length) {
		ssize_t n = write(wire->out, bytes, length);

		if (n < 0 && (errno != EAGAIN || !has_room(wire)))
			return false;
		bytes += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* Shared memory has no descriptor that tells of room in it. */
static bool push_into_ring(struct wire *wire, const void *message, size_t length)
{
	for (int i = 0; i < FLOOD_PATIENCE; i++) {
		if (ring_write(&wire->writer, message, length) > 0) {
			wake_peer(wire);
			return true;
		}
		poll(NULL, 0, 1);
	}
	return false;
}

size_t wire_flood(struct wire *wire, const void *message, size_t length, size_t most)
{
	uint8_t bytes[FRAMING_HEADER + 1024];
	size_t header = has_marks(wire) ? FRAMING_HEADER : 0, count = 0;

	if (header)
		framing_mark(channel_framing(&wire->endpoint), bytes, length);
	memcpy(bytes + header, message, length);
	blocking_set(wire->out, false);
	while (count < most && (wire->memory ? push_into_ring(wire, message, length)
					     : push_bytes(wire, bytes, header + length)))
		count++;
	return count;
}

bool wire_hangs_up(const struct wire *wire, int milliseconds)
{
	struct pollfd waiting = { .fd = wire->in };

	return poll(&waiting, 1, milliseconds) == 1;
}

bool wire_ends(struct wire *wire, int milliseconds)
{
	struct pollfd waiting = { .fd = wire->in, .events = POLLIN };
	char byte;

	return poll(&waiting, 1, milliseconds) == 1 && read(wire->in, &byte, 1) <= 0;
}
