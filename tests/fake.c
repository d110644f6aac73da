/* Ends that misbehave: servers in a process of their own, and what a bad client sends. */
#include "tests/fake.h"

#include <endian.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/raw.h"
#include "idl/calc.h"

#define BEHAVIOUR "SIDECALL_TEST_BEHAVIOUR" /* in the environment, for the server of a pipe */

/* ---- messages ---- */

static void put32(uint8_t *bytes, size_t *length, uint32_t value)
{
	value = htobe32(value);
	memcpy(bytes + *length, &value, sizeof(value));
	*length += sizeof(value);
}

void fake_half_call(struct wire *wire)
{
	const uint32_t rpc[] = {
		1, CALL, RPC_MSG_VERSION, CALC_PROG, CALC_V1, NULLPROC, 0, 0, 0, 0
	};
	const uint32_t raw[] = { 1, RAW_VERSION << 16 | RAW_NULL };
	bool is_raw = wire->endpoint.protocol == ENDPOINT_RAW;
	uint8_t bytes[64];
	size_t length = 0;

	for (size_t i = 0; i < (is_raw ? 2 : 10); i++)
		put32(bytes, &length, is_raw ? raw[i] : rpc[i]);
	wire_send_part(wire, bytes, length, length / 2);
}

/* The reply to a call of add, which says 42. */
static size_t compose_reply(const struct wire *wire, const uint8_t *call, uint8_t *reply)
{
	size_t length = sizeof(uint32_t);

	memcpy(reply, call, length); /* the call's name */
	if (wire->endpoint.protocol == ENDPOINT_RAW) {
		put32(reply, &length, RAW_ADD << 16);
		memset(reply + length, 0, 2); /* CALC_OK */
		length += 2;
	} else {
		const uint32_t accepted[] = { REPLY, MSG_ACCEPTED, 0, 0, SUCCESS, CALC_OK };

		for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
			put32(reply, &length, accepted[i]);
	}
	put32(reply, &length, 0);
	put32(reply, &length, 42);
	return length;
}

/* ---- servers ---- */

/* All but the last bytes of the result. */
static void send_half(struct wire *wire, const uint8_t *call)
{
	uint8_t reply[64];
	size_t length = compose_reply(wire, call, reply);

	wire_send_part(wire, reply, length, length - 6);
}

static void serve(struct wire *wire, const char *behaviour)
{
	uint8_t call[1024];

	if (strcmp(behaviour, "freeze") == 0)
		raise(SIGSTOP);
	if (!wire_receive(wire, call, sizeof(call)))
		_exit(EXIT_FAILURE);
	if (strcmp(behaviour, "garbage") == 0)
		wire_send_garbage(wire);
	else
		send_half(wire, call);
	if (strcmp(behaviour, "half and end") == 0)
		return;
	while (wire_receive(wire, call, sizeof(call)))
		; /* it says no more, but stays until the client goes */
}

pid_t fake_start(struct endpoint *endpoint, const char *behaviour)
{
	struct wire wire;
	int listener;
	pid_t pid;

	if (endpoint->transport == ENDPOINT_PIPE) {
		fake_behind_pipe(behaviour);
		return 0;
	}
	listener = wire_listen(endpoint);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (wire_accept(&wire, endpoint, listener)) {
			serve(&wire, behaviour);
			wire_close(&wire);
		}
		_exit(EXIT_SUCCESS);
	}
	close(listener);
	return pid;
}

void fake_behind_pipe(const char *behaviour)
{
	char path[PATH_MAX] = "";

	if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
		abort();
	setenv("SIDECALLD", path, 1);
	setenv(BEHAVIOUR, behaviour, 1);
}

int fake_main(int argc, char **argv)
{
	const char *behaviour = getenv(BEHAVIOUR);
	struct endpoint endpoint = { .transport = ENDPOINT_PIPE };
	struct wire wire;

	if (argc != 3 || strcmp(argv[1], "--stdio") != 0 || !behaviour)
		return EXIT_FAILURE;
	endpoint.protocol = strcmp(argv[2], "raw") == 0 ? ENDPOINT_RAW : ENDPOINT_RPC;
	if (wire_accept(&wire, &endpoint, -1))
		serve(&wire, behaviour);
	return EXIT_SUCCESS;
}
