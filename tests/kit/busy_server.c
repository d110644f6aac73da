/* A server that is too busy for some of the calls of one operation, by raw or by rpc. */
#include "tests/kit/busy_server.h"

#include <endian.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fork.h"
#include "server/runtime/protocol.h"
#include "tests/kit/calls.h"
#include "tests/kit/datagrams.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/serving.h"

struct server {
	const struct protocol *protocol;
	struct serving serving;
	enum raw_operation operation;
	unsigned int every, calls; /* of the operation, until now */
};

static bool is_raw(const struct server *server)
{
	return server->protocol == &protocol_raw;
}

/* Whether a call is one of those that are counted (docs/protocol.md). */
static bool is_meant(const struct server *server, const uint8_t *call, size_t length)
{
	if (is_raw(server))
		return length >= RAW_HEADER &&
		       (datagram_word(call, 4) & 0xffff) == server->operation;
	return length >= 24 && datagram_word(call, 12) == CALC_PROG &&
	       datagram_word(call, 20) == server->operation;
}

static void refuse_call(const struct server *server, const uint8_t *call, struct buffer *reply)
{
	const uint32_t words[] = { htobe32(REPLY), MSG_ACCEPTED, 0, 0, htobe32(SYSTEM_ERR) };
	const uint16_t halves[] = { htobe16((uint16_t)(RAW_REPLY | server->operation)),
				    htobe16(RAW_BUSY) };

	buffer_append(reply, call, sizeof(uint32_t));
	if (is_raw(server))
		buffer_append(reply, halves, sizeof(halves));
	else
		buffer_append(reply, words, sizeof(words));
}

static void answer_call(struct server *server, const uint8_t *call, size_t length,
			struct buffer *reply)
{
	if (is_meant(server, call, length) && ++server->calls % server->every == 0)
		refuse_call(server, call, reply);
	else
		serving_answer(&server->serving.served, server->protocol, call, length, reply,
			       FRAMING_MAX_MESSAGE);
}

static void serve_connection(struct server *server, int fd)
{
	static uint8_t call[FRAMING_MAX_MESSAGE];
	struct buffer reply = { 0 };
	uint32_t mark;

	while (recv(fd, &mark, sizeof(mark), MSG_WAITALL) == sizeof(mark)) {
		size_t length = be32toh(mark) & INT32_MAX;

		if (length > sizeof(call) || recv(fd, call, length, MSG_WAITALL) != (ssize_t)length)
			break;
		reply.length = 0;
		buffer_append(&reply, &mark, sizeof(mark));
		answer_call(server, call, length, &reply);
		framing_mark(server->protocol->framing, reply.data, reply.length - sizeof(mark));
		send(fd, reply.data, reply.length, MSG_NOSIGNAL);
	}
	buffer_release(&reply);
	close(fd);
}

void busy_server_start(struct busy_server *busy, enum endpoint_protocol protocol, const char *root,
		       enum raw_operation operation, unsigned int every)
{
	struct server server = { .protocol = protocol == ENDPOINT_RAW ? &protocol_raw
								      : &protocol_rpc,
				 .operation = operation,
				 .every = every };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(busy->directory, "/tmp/busy-XXXXXX");
	if (!harness_directory(busy->directory))
		CU_FAIL_FATAL("no directory for the test");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", busy->directory);
	snprintf(busy->via, sizeof(busy->via), "%s+unix:%s", endpoint_protocol_name(protocol),
		 address.sun_path);
	CHECK_INT(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(listener, 64), 0);
	serving_open(&server.serving, root, CALC_V1);
	busy->pid = fork_tied();
	if (busy->pid == 0) {
		for (;;)
			serve_connection(&server, accept(listener, NULL, NULL));
	}
	serving_close(&server.serving);
	close(listener);
}

void busy_server_stop(struct busy_server *busy)
{
	kill(busy->pid, SIGKILL);
	call_wait(busy->pid);
	remove_tree(busy->directory);
}
