/* A server by raw+udp that turns wrong: the n-th quotient that it is asked for, and all later. */
#include "tests/kit/wrong_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fork.h"
#include "common/raw.h"
#include "server/runtime/protocol.h"
#include "tests/kit/calls.h"
#include "tests/kit/datagrams.h"
#include "tests/kit/harness.h"
#include "tests/kit/serving.h"

struct wrong_server {
	struct serving serving;
	unsigned int truths, quotients; /* that it gives, and that it has given */
	bool once;
};

static bool is_division(const uint8_t *call)
{
	return (datagram_word(call, 4) & 0xffff) == RAW_DIVIDE;
}

/* The last byte of a reply is the quotient's lowest. */
static void answer_call(struct wrong_server *server, const uint8_t *call, size_t length,
			struct buffer *reply)
{
	reply->length = 0;
	if (serving_answer(&server->serving.served, &protocol_raw, call, length, reply,
			   FRAMING_MAX_MESSAGE) < 0)
		return;
	if (!is_division(call) || server->quotients++ < server->truths)
		return;
	if (server->quotients == server->truths + 1 || !server->once)
		reply->data[reply->length - 1]++;
}

static void serve_socket(int fd, struct wrong_server *server)
{
	struct buffer reply = { 0 };
	uint8_t call[FRAMING_MAX_MESSAGE / 16];
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	ssize_t n;

	while ((n = recvfrom(fd, call, sizeof(call), 0, (struct sockaddr *)&peer, &length)) >=
	       RAW_HEADER) {
		answer_call(server, call, (size_t)n, &reply);
		sendto(fd, reply.data, reply.length, 0, (struct sockaddr *)&peer, length);
	}
}

pid_t wrong_server_start(struct endpoint *endpoint, unsigned int truths, bool once)
{
	struct wrong_server server = { .truths = truths, .once = once };
	struct sockaddr_storage address;
	int fd = datagram_bind(AF_INET, &address);
	char text[64];
	pid_t child;

	serving_open(&server.serving, "/", 0);
	snprintf(text, sizeof(text), "raw+udp://127.0.0.1:%d",
		 ntohs(((struct sockaddr_in *)&address)->sin_port));
	*endpoint = call_endpoint(text);
	child = fork_tied();
	if (child == 0) {
		serve_socket(fd, &server);
		_exit(0);
	}
	serving_close(&server.serving);
	close(fd);
	return child;
}

void wrong_server_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	call_wait(pid);
}
