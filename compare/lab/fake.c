/* Ends that misbehave: servers in a process of their own, and what a bad client sends. */
#include "compare/lab/fake.h"

#include <endian.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/blocking.h"
#include "common/fork.h"
#include "common/raw.h"
#include "compare/lab/crafted_call.h"

#define MORE 8 /* bytes of a field that the contract does not have */

/* ---- messages ---- */

static void put32(uint8_t *bytes, size_t *length, uint32_t value)
{
	value = htobe32(value);
	memcpy(bytes + *length, &value, sizeof(value));
	*length += sizeof(value);
}

void fake_half_call(struct wire *wire)
{
	calc_operands operands = { 40, 2 };
	const struct crafted_call call = crafted_add(&operands);
	struct buffer bytes = { 0 };

	if (crafted_encode(&call, wire->endpoint.protocol, 1, &bytes) == 0)
		wire_send_part(wire, bytes.data, bytes.length, bytes.length / 2);
	buffer_release(&bytes);
}

/* The reply to a call whose result is a number.  In raw it repeats the call's operation, which ends
 * the header. */
static size_t compose_reply(const struct wire *wire, const uint8_t *call, uint8_t *reply)
{
	const uint32_t accepted[] = { REPLY, MSG_ACCEPTED, 0, 0, SUCCESS, CALC_OK };
	size_t length = sizeof(uint32_t);

	memcpy(reply, call, length); /* the call's name */
	if (wire->endpoint.protocol == ENDPOINT_RAW) {
		put32(reply, &length,
		      (RAW_REPLY | (uint32_t)call[6] << 8 | call[7]) << 16 | RAW_OK);
		memset(reply + length, 0, 2); /* CALC_OK */
		length += 2;
	} else {
		for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
			put32(reply, &length, accepted[i]);
	}
	put32(reply, &length, 0);
	put32(reply, &length, FAKE_RESULT);
	return length;
}

/* ---- servers ---- */

/* Answers a call.  False when nothing shall follow. */
static bool answer_badly(struct wire *wire, const uint8_t *call, enum fake_behaviour behaviour)
{
	uint8_t reply[64 + MORE] = { 0 };
	size_t length = compose_reply(wire, call, reply);

	switch (behaviour) {
	case FAKE_GARBAGE:
		wire_send_garbage(wire);
		return true;
	case FAKE_ZEROES:
		memset(reply, 0, 8);
		wire_send_bare(wire, reply, 8);
		return true;
	case FAKE_LONGER:
		memset(reply + length, 0, MORE);
		wire_send(wire, reply, length + MORE);
		return true;
	default: /* all but the last bytes of the result */
		wire_send_part(wire, reply, length, length - 6);
		return behaviour != FAKE_HALF_AND_END;
	}
}

void fake_serve(struct wire *wire, enum fake_behaviour behaviour)
{
	uint8_t call[1024];

	if (behaviour == FAKE_FREEZE)
		raise(SIGSTOP);
	if (!wire_receive(wire, call, sizeof(call)))
		_exit(EXIT_FAILURE);
	if (!answer_badly(wire, call, behaviour))
		return;
	while (wire_receive(wire, call, sizeof(call)))
		; /* it says no more, but stays until the client goes */
}

static void serve_and_exit(const struct endpoint *endpoint, int listener,
			   enum fake_behaviour behaviour)
{
	struct wire wire;

	signal(SIGPIPE, SIG_IGN);
	if (wire_accept(&wire, endpoint, listener)) {
		fake_serve(&wire, behaviour);
		wire_close(&wire);
	}
	_exit(EXIT_SUCCESS);
}

pid_t fake_start(struct endpoint *endpoint, enum fake_behaviour behaviour)
{
	int listener = wire_listen(endpoint);
	pid_t pid;

	if (listener < 0)
		return -1;
	pid = fork_tied();
	if (pid == 0)
		serve_and_exit(endpoint, listener, behaviour);
	close(listener);
	return pid;
}

static void serve_behind(enum endpoint_protocol protocol, enum fake_behaviour behaviour,
			 const int calls[2], const int replies[2])
{
	const struct endpoint endpoint = { .protocol = protocol, .transport = ENDPOINT_PIPE };

	close(calls[1]);
	close(replies[0]);
	dup2(calls[0], STDIN_FILENO);
	dup2(replies[1], STDOUT_FILENO);
	close(calls[0]);
	close(replies[1]);
	serve_and_exit(&endpoint, -1, behaviour);
}

pid_t fake_start_behind(enum endpoint_protocol protocol, enum fake_behaviour behaviour, int ends[2])
{
	int calls[2], replies[2];
	pid_t pid;

	if (pipe2(calls, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(replies, O_CLOEXEC) < 0) {
		close(calls[0]);
		close(calls[1]);
		return -1;
	}
	pid = fork_tied();
	if (pid == 0)
		serve_behind(protocol, behaviour, calls, replies);
	close(calls[0]);
	close(replies[1]);
	ends[0] = replies[0];
	ends[1] = calls[1];
	blocking_set(ends[0], false);
	blocking_set(ends[1], false);
	return pid;
}
