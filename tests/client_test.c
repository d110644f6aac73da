/* Every bad server that a client can meet: the call ends in time, with the exit code that says what
 * happened, and never with success. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client/procedures.h"
#include "client/runtime/stream.h"
#include "common/fork.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define MILLISECONDS  INT64_C(1000000) /* nanoseconds in one */
#define TIMEOUT       (400 * MILLISECONDS)
#define SECONDS       INT64_C(1000000000)
#define LONG_TIMEOUT  (2 * HARNESS_PATIENCE * SECONDS) /* for calls that end otherwise */
#define LAST_FRAGMENT UINT32_C(0x80000000)
#define MAX_REPLY     512

static const enum endpoint_protocol protocols[] = { ENDPOINT_RPC, ENDPOINT_RAW };

/* The good replies to 84 / 2: see word(). */
#define RPC_ACCEPTED "id 00000001 00000000 00000000 00000000 00000000"
#define RPC_GOOD     RPC_ACCEPTED " 00000000 000000000000002a"
#define RAW_ACCEPTED "id 8004 0000"
#define RAW_GOOD     RAW_ACCEPTED " 0000 000000000000002a"

/* ---- the server's side: in a child, one connection after the other ---- */

/* A connection to the bad server. */
struct connection {
	int fd;
	enum endpoint_protocol protocol;
	unsigned int number;   /* of connections before it */
	const char *rpc, *raw; /* what to reply, as in the tables */
	uint32_t id;           /* of the call that was read last, and the one before */
	uint32_t earlier_id;
};

static void read_exactly(int fd, void *bytes, size_t length)
{
	if (recv(fd, bytes, length, MSG_WAITALL) != (ssize_t)length)
		_exit(EXIT_SUCCESS); /* the client went away, which is its right */
}

static void read_call(struct connection *connection)
{
	uint8_t call[65536];
	uint32_t mark;

	read_exactly(connection->fd, &mark, sizeof(mark));
	mark = be32toh(mark) & ~LAST_FRAGMENT;
	if (mark > sizeof(call))
		_exit(EXIT_FAILURE);
	read_exactly(connection->fd, call, mark);
	connection->earlier_id = connection->id;
	memcpy(&connection->id, call, sizeof(connection->id));
	connection->id = be32toh(connection->id);
}

/* Waits until the client has closed: a server that says no more, but does not go either. */
static void wait_for_client(const struct connection *connection)
{
	char byte;

	while (read(connection->fd, &byte, 1) > 0)
		;
}

static void put_mark(const struct connection *connection, uint32_t length, bool last)
{
	uint32_t mark = htobe32(length |
				(connection->protocol == ENDPOINT_RPC && last ? LAST_FRAGMENT : 0));

	send(connection->fd, &mark, sizeof(mark), 0);
}

/*
 * One word of a reply, in big-endian bytes: an id ("id"; "earlier", of the call before; "next";
 * "other", which never was one), or figures in base 16.
 */
static size_t word(const struct connection *connection, const char *text, uint8_t *bytes)
{
	const struct {
		const char *name;
		uint32_t id;
	} ids[] = {
		{ "id", connection->id },
		{ "earlier", connection->earlier_id },
		{ "next", connection->id + 1 },
		{ "other", connection->id + 0x10000000 },
	};
	size_t length = 0;
	unsigned int byte;

	for (size_t i = 0; i < COUNT(ids); i++) {
		uint32_t id = htobe32(ids[i].id);

		if (strcmp(text, ids[i].name) == 0) {
			memcpy(bytes, &id, sizeof(id));
			return sizeof(id);
		}
	}
	for (; sscanf(text + 2 * length, "%2x", &byte) == 1; length++)
		bytes[length] = (uint8_t)byte;
	return length;
}

static size_t compose(const struct connection *connection, const char *text,
		      uint8_t reply[MAX_REPLY])
{
	char words[1024], *rest = words;
	size_t length = 0;

	snprintf(words, sizeof(words), "%s", text);
	for (char *w = strtok_r(words, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
		length += word(connection, w, reply + length);
	return length;
}

static const char *reply_text(const struct connection *connection)
{
	return connection->protocol == ENDPOINT_RPC ? connection->rpc : connection->raw;
}

static void send_reply(const struct connection *connection, const char *text)
{
	uint8_t reply[MAX_REPLY];
	size_t length = compose(connection, text, reply);

	put_mark(connection, (uint32_t)length, true);
	send(connection->fd, reply, length, 0);
}

/* ---- what bad servers do ---- */

static void be_silent(struct connection *connection)
{
	wait_for_client(connection);
}

static void close_at_once(struct connection *connection)
{
	(void)connection;
}

static void close_after_call(struct connection *connection)
{
	read_call(connection);
}

static void reset_after_call(struct connection *connection)
{
	const struct linger at_once = { .l_onoff = 1 };

	read_call(connection);
	setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

static void answer(struct connection *connection)
{
	read_call(connection);
	send_reply(connection, reply_text(connection));
	wait_for_client(connection);
}

/* As answer(), but without a mark in front. */
static void blurt(struct connection *connection)
{
	uint8_t bytes[MAX_REPLY];
	size_t length = compose(connection, reply_text(connection), bytes);

	send(connection->fd, bytes, length, 0);
	wait_for_client(connection);
}

static void blurt_and_close(struct connection *connection)
{
	uint8_t bytes[MAX_REPLY];
	size_t length = compose(connection, reply_text(connection), bytes);

	read_call(connection);
	send(connection->fd, bytes, length, 0);
}

static void close_after_half(struct connection *connection)
{
	uint8_t reply[MAX_REPLY];
	size_t length;

	read_call(connection);
	length = compose(connection, reply_text(connection), reply);
	put_mark(connection, (uint32_t)length, true);
	send(connection->fd, reply, length / 2, 0);
}

static void pause_for(long milliseconds)
{
	const struct timespec time = { milliseconds / 1000, milliseconds % 1000 * MILLISECONDS };

	nanosleep(&time, NULL);
}

/* A byte each 50 ms, of a reply that is announced with a megabyte. */
static void drip(struct connection *connection)
{
	uint8_t reply[MAX_REPLY] = { 0 };
	size_t sent = 0;

	read_call(connection);
	compose(connection, reply_text(connection), reply);
	put_mark(connection, 1 << 20, true);
	while (send(connection->fd, reply + sent++ % MAX_REPLY, 1, 0) == 1)
		pause_for(50);
}

/* Byte by byte, but in time. */
static void drip_quickly(struct connection *connection)
{
	uint8_t reply[MAX_REPLY];
	size_t length;

	read_call(connection);
	length = compose(connection, reply_text(connection), reply);
	put_mark(connection, (uint32_t)length, true);
	for (size_t i = 0; i < length; i++) {
		send(connection->fd, reply + i, 1, 0);
		pause_for(1);
	}
	wait_for_client(connection);
}

static void say_http(struct connection *connection)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

	send(connection->fd, text, sizeof(text) - 1, 0);
	wait_for_client(connection);
}

/* Fragments without end, of `size` bytes. */
static void send_fragments(struct connection *connection, uint32_t size)
{
	static const char zeroes[65536];

	read_call(connection);
	do
		put_mark(connection, size, false);
	while (send(connection->fd, zeroes, size ? size : 4, 0) > 0);
}

static void send_endless_record(struct connection *connection)
{
	send_fragments(connection, 65536);
}

static void send_empty_fragments(struct connection *connection)
{
	send_fragments(connection, 0);
}

/* The good reply, a byte in each fragment and an empty fragment behind it. */
static void send_small_fragments(struct connection *connection)
{
	uint8_t reply[MAX_REPLY];
	size_t length;

	read_call(connection);
	length = compose(connection, reply_text(connection), reply);
	for (size_t i = 0; i < length; i++) {
		put_mark(connection, 1, false);
		send(connection->fd, reply + i, 1, 0);
		put_mark(connection, 0, i == length - 1);
	}
	wait_for_client(connection);
}

/* As long as a record may be, plus `more`; after the good reply there are zeroes. */
static void send_long_record(struct connection *connection, uint32_t more)
{
	const size_t size = ((size_t)1 << 20) + more;
	uint8_t *record = calloc(1, size);

	read_call(connection);
	compose(connection, reply_text(connection), record);
	put_mark(connection, (uint32_t)size, true);
	send(connection->fd, record, size, 0);
	free(record);
	wait_for_client(connection);
}

static void send_longest_record(struct connection *connection)
{
	send_long_record(connection, 0);
}

static void send_too_long_record(struct connection *connection)
{
	send_long_record(connection, 1);
}

/* ---- one server ---- */

struct server {
	pid_t pid;
	struct endpoint endpoint;
};

/* A socket on the loopback address; the endpoint is filled in. */
static int make_socket(struct endpoint *endpoint, enum endpoint_protocol protocol, bool listening)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*endpoint = (struct endpoint){ .protocol = protocol, .transport = ENDPOINT_TCP };
	if (bind(fd, (struct sockaddr *)&address, length) < 0 ||
	    (listening && listen(fd, 64) < 0) ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		CU_FAIL_FATAL("no socket");
	endpoint_set_address(endpoint, (struct sockaddr *)&address, length);
	return fd;
}

static void serve_all(int listener, struct connection connection,
		      void (*serve)(struct connection *connection))
{
	const int on = 1;

	signal(SIGPIPE, SIG_IGN);
	for (;; connection.number++) {
		connection.fd = accept(listener, NULL, NULL);
		if (connection.fd < 0)
			_exit(EXIT_FAILURE);
		setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		alarm(HARNESS_PATIENCE); /* who waits beyond its deadline sees this end */
		serve(&connection);
		alarm(0);
		close(connection.fd);
	}
}

static void server_start(struct server *server, enum endpoint_protocol protocol,
			 void (*serve)(struct connection *connection), const char *rpc,
			 const char *raw)
{
	const struct connection connection = { .protocol = protocol, .rpc = rpc, .raw = raw };
	int listener = make_socket(&server->endpoint, protocol, true);

	server->pid = fork_tied();
	if (server->pid == 0)
		serve_all(listener, connection, serve);
	close(listener);
}

static void server_stop(struct server *server)
{
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
}

/* ---- the client's side ---- */

/* How a call went. */
struct outcome_of_call {
	int code;
	quad_t value; /* when the code is 0; the status, where that is not CALC_OK */
	int64_t time; /* nanoseconds */
	struct failure failure;
};

static struct outcome_of_call divide(struct client *client)
{
	const struct procedure *procedure = procedure_find("divide");
	calc_operands operands = { 84, 2 };
	union procedure_result result;
	struct outcome_of_call outcome = { .time = -clock_now() };

	outcome.code = procedure_call(procedure, client, &operands, &result, &outcome.failure);
	outcome.time += clock_now();
	outcome.value = result.number.status ? (quad_t)result.number.status
					     : result.number.calc_result_u.value;
	if (outcome.code)
		CHECK_INT(outcome.code, outcome.failure.code);
	procedure_release(procedure, NULL, &result);
	return outcome;
}

static struct outcome_of_call divide_at(const struct endpoint *endpoint, int64_t timeout)
{
	struct outcome_of_call outcome;
	struct client client;

	client_init(&client, endpoint, timeout);
	outcome = divide(&client);
	client_release(&client);
	return outcome;
}

/* The code, what is said, and that a time-out is none before the deadline.  Who does not end then
 * sees another end: the server's. */
static void check_outcome(const struct outcome_of_call *outcome, int code, const char *says,
			  int64_t timeout, enum endpoint_protocol protocol, const char *name)
{
	const struct failure *failure = &outcome->failure;
	const char *where = endpoint_protocol_name(protocol);
	bool late = code == FAILURE_TIMEOUT && failure->error == ETIMEDOUT; /* else: busy */

	CHECK_THAT(outcome->code == code, "%s: %s: code %d (%s), not %d", where, name,
		   outcome->code, outcome->code ? failure->why : "", code);
	if (outcome->code == 0)
		CHECK_INT(outcome->value, 42);
	if (outcome->code && says)
		CHECK_THAT(strstr(failure->why, says) || strstr(failure->advice, says),
			   "%s: %s: it does not say \"%s\" but: %s. %s", where, name, says,
			   failure->why, failure->advice);
	if (late)
		CHECK_THAT(outcome->time >= timeout - MILLISECONDS, "%s: %s: it took %g s only",
			   where, name, (double)outcome->time / 1e9);
}

/* ---- servers that misbehave ---- */

#define MAYBE "The call may have been executed"
#define DONE  "The call was executed"
#define NOT   "not executed"

/* What each does; a protocol for which there is no reply does not meet it. */
static const struct {
	const char *name;
	void (*serve)(struct connection *connection);
	const char *rpc, *raw;
	int code;
	const char *says;
} misbehaviours[] = {
	{ "silent", be_silent, "", "", 75, MAYBE },
	{ "dripping", drip, RPC_GOOD, RAW_GOOD, 75, MAYBE },
	{ "dripping, but in time", drip_quickly, RPC_GOOD, RAW_GOOD, 0, NULL },
	{ "closing at once", close_at_once, "", "", 69, "closed the connection" },
	{ "closing after the call", close_after_call, "", "", 69, MAYBE },
	{ "resetting after the call", reset_after_call, "", "", 69, MAYBE },
	{ "closing after half a reply", close_after_half, RPC_GOOD, RAW_GOOD, 69, MAYBE },
	{ "closing after half a mark", blurt_and_close, "8000", "0000", 69, MAYBE },
	{ "HTTP", say_http, "", "", 76, MAYBE },
	{ "ones", blurt, "ffffffffffffffffffffffff", "ffffffffffffffffffffffff", 76, MAYBE },
	{ "a zero-length record", blurt, "80000000", "00000000", 76, MAYBE },
	{ "eight zero bytes, and silence", blurt, "0000000000000000", NULL, 75, MAYBE },
	{ "eight zero bytes, and the end", blurt_and_close, "0000000000000000", NULL, 69, MAYBE },
	{ "eight zero bytes", blurt, NULL, "0000000000000000", 76, MAYBE },
	{ "eight zero bytes in a record", answer, "0000000000000000", "0000000000000000", 76,
	  MAYBE },
	{ "a record of seven bytes", blurt, NULL, "0000000700000000000000", 76, MAYBE },
	{ "an endless record", send_endless_record, "", NULL, 76, MAYBE },
	{ "empty fragments for ever", send_empty_fragments, "", NULL, 75, MAYBE },
	{ "many small fragments", send_small_fragments, RPC_GOOD, NULL, 0, NULL },
	{ "a record one too long", send_too_long_record, RPC_GOOD, RAW_GOOD, 76, MAYBE },
	{ "trailing bytes up to the limit", send_longest_record, RPC_GOOD, RAW_GOOD, 65, DONE },
	{ "a mark that says 2 GiB", blurt, "7fffffff", "7fffffff", 76, MAYBE },
	{ "a good reply", answer, RPC_GOOD, RAW_GOOD, 0, NULL },
};

static void test_misbehaviour(void)
{
	for (size_t i = 0; i < COUNT(misbehaviours); i++)
		for (size_t j = 0; j < COUNT(protocols); j++) {
			bool late = misbehaviours[i].code == FAILURE_TIMEOUT;
			int64_t timeout = late ? TIMEOUT : LONG_TIMEOUT;
			struct outcome_of_call outcome;
			struct server server;

			if (!(protocols[j] == ENDPOINT_RPC ? misbehaviours[i].rpc
							   : misbehaviours[i].raw))
				continue;
			server_start(&server, protocols[j], misbehaviours[i].serve,
				     misbehaviours[i].rpc, misbehaviours[i].raw);
			outcome = divide_at(&server.endpoint, timeout);
			check_outcome(&outcome, misbehaviours[i].code, misbehaviours[i].says,
				      timeout, protocols[j], misbehaviours[i].name);
			server_stop(&server);
		}
}

/* ---- refusals, and replies that are none ---- */

static const struct reply {
	const char *name;
	const char *text;
	int code;
	const char *says;
} rpc_replies[] = {
	/* accept_stat (RFC 5531, section 9) */
	{ "PROG_UNAVAIL", "id 00000001 00000000 00000000 00000000 00000001", 76, "does not have program 748797952, the calculator" },
	{ "PROG_MISMATCH", "id 00000001 00000000 00000000 00000000 00000002 00000003 00000007", 76,
	  "versions 3 to 7" },
	{ "PROG_MISMATCH of one", "id 00000001 00000000 00000000 00000000 00000002 00000003 00000003",
	  76, "version 3 only" },
	{ "PROC_UNAVAIL", "id 00000001 00000000 00000000 00000000 00000003", 76, "unavailable" },
	{ "GARBAGE_ARGS", "id 00000001 00000000 00000000 00000000 00000004", 65, "arguments" },
	{ "SYSTEM_ERR", "id 00000001 00000000 00000000 00000000 00000005", 75, MAYBE },
	{ "SYSTEM_ERR: what it may be", "id 00000001 00000000 00000000 00000000 00000005", 75,
	  "busy, met a system error" },
	{ "accept_stat 6", "id 00000001 00000000 00000000 00000000 00000006", 76, NULL },
	{ "accept_stat -1", "id 00000001 00000000 00000000 00000000 ffffffff", 76, NULL },
	{ "PROG_MISMATCH without versions", "id 00000001 00000000 00000000 00000000 00000002", 76,
	  MAYBE },
	/* reject_stat */
	{ "RPC_MISMATCH", "id 00000001 00000001 00000000 00000003 00000004", 76, "version" },
	{ "RPC_MISMATCH without versions", "id 00000001 00000001 00000000", 76, MAYBE },
	{ "reject_stat 2", "id 00000001 00000001 00000002", 76, NULL },
	/* auth_stat */
	{ "AUTH_OK", "id 00000001 00000001 00000001 00000000", 77, "credential" },
	{ "AUTH_BADCRED", "id 00000001 00000001 00000001 00000001", 77, "credential" },
	{ "AUTH_REJECTEDCRED", "id 00000001 00000001 00000001 00000002", 77, "credential" },
	{ "AUTH_BADVERF", "id 00000001 00000001 00000001 00000003", 77, "credential" },
	{ "AUTH_REJECTEDVERF", "id 00000001 00000001 00000001 00000004", 77, "credential" },
	{ "AUTH_TOOWEAK", "id 00000001 00000001 00000001 00000005", 77, "credential" },
	{ "AUTH_INVALIDRESP", "id 00000001 00000001 00000001 00000006", 77, "credential" },
	{ "AUTH_FAILED", "id 00000001 00000001 00000001 00000007", 77, "credential" },
	{ "RPCSEC_GSS_CREDPROBLEM", "id 00000001 00000001 00000001 0000000d", 77, "credential" },
	{ "RPCSEC_GSS_CTXPROBLEM", "id 00000001 00000001 00000001 0000000e", 77, "credential" },
	/* no replies */
	{ "a call", "id 00000000 00000002 2ca1c000 00000001 00000004", 76, MAYBE },
	{ "direction 2", "id 00000002 00000000 00000000 00000000 00000000 00000000", 76, MAYBE },
	{ "reply_stat 2", "id 00000001 00000002 00000000 00000000 00000000 00000000", 76, MAYBE },
	{ "eight bytes, the id and zeroes", "id 00000000", 76, MAYBE },
	{ "an id that never was one", "other 00000001 00000000 00000000 00000000 00000000", 76,
	  MAYBE },
	{ "the next call's id", "next 00000001 00000000 00000000 00000000 00000000", 76, MAYBE },
	{ "a verifier beyond its bound", "id 00000001 00000000 00000000 00000191", 76, MAYBE },
	{ "a verifier that lies", "id 00000001 00000000 00000000 ffffffff 00000000", 76, MAYBE },
	/* results */
	{ "a verifier", "id 00000001 00000000 00000002 00000003 61626300 00000000 "
			"00000000 000000000000002a", 0, NULL },
	{ "no result", RPC_ACCEPTED, 65, DONE },
	{ "a result without its arm", RPC_ACCEPTED " 00000000", 65, DONE },
	{ "trailing bytes", RPC_GOOD " 00000000", 65, DONE },
	{ "a failure with a value", RPC_ACCEPTED " 00000001 000000000000002a", 65, DONE },
}, raw_replies[] = {
	{ "BAD_VERSION", "id 8004 0001", 76, "version" },
	{ "BAD_OPERATION", "id 8004 0002", 76, "operation" },
	{ "BAD_REQUEST", "id 8004 0003", 65, "arguments" },
	{ "TOO_LARGE", "id 8004 0004", 71, "too large" },
	{ "SERVER_ERROR", "id 8004 0005", 71, "system error" },
	{ "BUSY", "id 8004 0006", 75, NOT },
	{ "BUSY: what to do", "id 8004 0006", 75, "busy" },
	{ "BUSY, with a result", "id 8004 0006 0000 000000000000002a", 75, "try again" },
	{ "DENIED", "id 8004 0007", 77, NOT },
	{ "status 8", "id 8004 0008", 76, "8" },
	{ "status 65535", "id 8004 ffff", 76, "65535" },
	{ "a refusal with a result", "id 8004 0001 0000 000000000000002a", 76, NULL },
	{ "another operation", "id 8003 0000 0000 000000000000002a", 76, MAYBE },
	{ "another operation, refused", "id 8003 0006", 76, MAYBE },
	{ "no direction", "id 0004 0000 0000 000000000000002a", 76, MAYBE },
	{ "no direction, refused", "id 0004 0006", 76, MAYBE },
	{ "the call", "id 0001 0004 0000000000000054 0000000000000002", 76, MAYBE },
	{ "an id that never was one", "other 8004 0000 0000 000000000000002a", 76, MAYBE },
	{ "the next call's id", "next 8004 0000 0000 000000000000002a", 76, MAYBE },
	{ "no result", RAW_ACCEPTED, 65, DONE },
	{ "a result without its arm", RAW_ACCEPTED " 0000", 65, DONE },
	{ "trailing bytes", RAW_GOOD " 00", 65, DONE },
	{ "a failure with a value", RAW_ACCEPTED " 0001 000000000000002a", 65, DONE },
};

static void check_reply(const struct reply *reply, enum endpoint_protocol protocol)
{
	struct outcome_of_call outcome;
	struct server server;

	server_start(&server, protocol, answer, reply->text, reply->text);
	outcome = divide_at(&server.endpoint, LONG_TIMEOUT);
	check_outcome(&outcome, reply->code, reply->says, LONG_TIMEOUT, protocol, reply->name);
	server_stop(&server);
}

static void test_replies(void)
{
	for (size_t i = 0; i < COUNT(rpc_replies); i++)
		check_reply(&rpc_replies[i], ENDPOINT_RPC);
	for (size_t i = 0; i < COUNT(raw_replies); i++)
		check_reply(&raw_replies[i], ENDPOINT_RAW);
}

/* Eight zero bytes answer a call whose id is zero, and are a reply to it at most by accident. */
static void test_zero_bytes_to_id_zero(void)
{
	for (size_t i = 0; i < COUNT(protocols); i++) {
		struct outcome_of_call outcome;
		struct failure failure;
		struct server server;
		struct client client;

		server_start(&server, protocols[i], answer, "0000000000000000", "0000000000000000");
		client_init(&client, &server.endpoint, LONG_TIMEOUT);
		CHECK_INT(client_connect(&client, CALC_PROG, CALC_V1, client_deadline(&client),
					 &failure),
			  0);
		client.channel->first_id = client.channel->next_id = 0;
		outcome = divide(&client);
		check_outcome(&outcome, 76, MAYBE, LONG_TIMEOUT, protocols[i], "id 0");
		client_release(&client);
		server_stop(&server);
	}
}

/* ---- a good reply, cut everywhere ---- */

/* The n-th connection gets the first n bytes of the reply, in a record that ends there. */
static void answer_cut(struct connection *connection)
{
	uint8_t reply[MAX_REPLY];

	read_call(connection);
	compose(connection, reply_text(connection), reply);
	put_mark(connection, connection->number, true);
	send(connection->fd, reply, connection->number, 0);
	wait_for_client(connection);
}

static void test_every_cut(void)
{
	static const struct {
		unsigned int header, whole; /* bytes */
	} lengths[] = { [ENDPOINT_RPC] = { 24, 36 }, [ENDPOINT_RAW] = { 8, 18 } };

	for (size_t i = 0; i < COUNT(protocols); i++) {
		struct server server;

		server_start(&server, protocols[i], answer_cut, RPC_GOOD, RAW_GOOD);
		for (unsigned int n = 0; n <= lengths[i].whole; n++) {
			int code = n == lengths[i].whole ? 0 : n < lengths[i].header ? 76 : 65;
			struct outcome_of_call outcome = divide_at(&server.endpoint, LONG_TIMEOUT);
			char name[32];

			snprintf(name, sizeof(name), "cut at %u", n);
			check_outcome(&outcome, code, n < lengths[i].header ? MAYBE : DONE,
				      LONG_TIMEOUT, protocols[i], name);
		}
		server_stop(&server);
	}
}

/* ---- chance ---- */

#define CHANCES 300

/* Bytes that are the same in every run: xorshift, from the connection's number. */
static void answer_by_chance(struct connection *connection)
{
	bool rpc = connection->protocol == ENDPOINT_RPC;
	uint32_t state = 2463534242U + 7919 * connection->number;
	uint8_t reply[MAX_REPLY];

	read_call(connection);
	compose(connection, rpc ? "id 00000001" : RAW_ACCEPTED, reply);
	for (size_t i = 0; i < 64; i++) {
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		/* Small numbers get further than others. */
		if (i >= 8 || connection->number % 4 == 0)
			reply[i] = (uint8_t)(i % 4 == 3               ? (state >> 8) % 5
					     : connection->number % 2 ? 0
								      : state >> 8);
	}
	if (connection->number % 8 != 0)
		put_mark(connection, 8 + state % 56, true);
	send(connection->fd, reply, 8 + state % 56, 0);
}

/* None of them happens to be the good reply. */
static void test_chance(void)
{
	for (size_t i = 0; i < COUNT(protocols); i++) {
		struct server server;

		server_start(&server, protocols[i], answer_by_chance, "", "");
		for (unsigned int n = 0; n < CHANCES; n++) {
			struct outcome_of_call o = divide_at(&server.endpoint, LONG_TIMEOUT);

			bool late = o.code == 75 && o.failure.error == ETIMEDOUT;

			CHECK_THAT(o.code == 65 || o.code == 69 || o.code == 71 || o.code == 76 ||
					   o.code == 77 || (o.code == 75 && !late) ||
					   (o.code == 0 && o.value != 42),
				   "%s: chance %u: code %d", endpoint_protocol_name(protocols[i]),
				   n, o.code);
		}
		server_stop(&server);
	}
}

/* ---- replies that come too late ---- */

#define RPC_STALE "earlier 00000001 00000000 00000000 00000000 00000000 00000000 0000000000000001"
#define RAW_STALE "earlier 8004 0000 0000 0000000000000001"

static const char *stale_text(const struct connection *connection)
{
	return connection->protocol == ENDPOINT_RPC ? RPC_STALE : RAW_STALE;
}

/* Nothing to the first call; to the second the first's reply, twice, and then its own. */
static void answer_late(struct connection *connection)
{
	read_call(connection);
	read_call(connection);
	send_reply(connection, stale_text(connection));
	send_reply(connection, stale_text(connection));
	send_reply(connection, reply_text(connection));
	wait_for_client(connection);
}

/* Half a reply to the first call; the other half, and the second's, after the second call. */
static void answer_in_halves(struct connection *connection)
{
	uint8_t reply[MAX_REPLY];
	size_t length;

	read_call(connection);
	length = compose(connection, reply_text(connection), reply);
	put_mark(connection, (uint32_t)length, true);
	send(connection->fd, reply, length / 2, 0);
	read_call(connection);
	send(connection->fd, reply + length / 2, length - length / 2, 0);
	send_reply(connection, reply_text(connection));
	wait_for_client(connection);
}

/* Replies to the first call without end. */
static void answer_late_for_ever(struct connection *connection)
{
	uint8_t replies[65536];
	size_t length = 0;

	read_call(connection);
	read_call(connection);
	while (length < sizeof(replies) - MAX_REPLY) {
		uint8_t *mark = replies + length;
		uint32_t size = (uint32_t)compose(connection, stale_text(connection), mark + 4);

		length += 4 + size;
		size = htobe32(size | (connection->protocol == ENDPOINT_RPC ? LAST_FRAGMENT : 0));
		memcpy(mark, &size, sizeof(size));
	}
	while (send(connection->fd, replies, length, 0) > 0)
		;
}

static void test_late_replies(void)
{
	static const struct {
		const char *name;
		void (*serve)(struct connection *connection);
		int code; /* of the second call; the first is not answered in time */
	} cases[] = {
		{ "late", answer_late, 0 },
		{ "in halves", answer_in_halves, 0 },
		{ "late, for ever", answer_late_for_ever, 75 },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t j = 0; j < COUNT(protocols); j++) {
			struct outcome_of_call outcome;
			struct server server;
			struct client client;

			server_start(&server, protocols[j], cases[i].serve, RPC_GOOD, RAW_GOOD);
			client_init(&client, &server.endpoint, TIMEOUT);
			outcome = divide(&client);
			check_outcome(&outcome, 75, MAYBE, TIMEOUT, protocols[j], cases[i].name);
			client.timeout = cases[i].code ? TIMEOUT : LONG_TIMEOUT;
			outcome = divide(&client);
			check_outcome(&outcome, cases[i].code, MAYBE, client.timeout, protocols[j],
				      cases[i].name);
			client_release(&client);
			server_stop(&server);
		}
}

/* ---- a server that goes away between two calls, or does not read ---- */

static void answer_once(struct connection *connection)
{
	read_call(connection);
	send_reply(connection, reply_text(connection));
}

/* A signal (SIGPIPE) would end this program here, as it would end sidecall. */
static void test_gone_between_calls(void)
{
	for (size_t i = 0; i < COUNT(protocols); i++) {
		struct outcome_of_call outcome;
		struct server server;
		struct client client;

		server_start(&server, protocols[i], answer_once, RPC_GOOD, RAW_GOOD);
		client_init(&client, &server.endpoint, LONG_TIMEOUT);
		outcome = divide(&client);
		check_outcome(&outcome, 0, NULL, LONG_TIMEOUT, protocols[i], "there");
		server_stop(&server);
		/* The first finds the connection closed, the second may find it reset. */
		for (int n = 0; n < 3; n++) {
			outcome = divide(&client);
			check_outcome(&outcome, 69, NULL, LONG_TIMEOUT, protocols[i], "gone");
		}
		client_release(&client);
	}
}

/* A channel on one end of a pair of sockets, the other end of which is the test's. */
static int open_pair(struct client *client, enum endpoint_protocol protocol, int64_t timeout)
{
	const struct endpoint endpoint = { .protocol = protocol, .transport = ENDPOINT_UNIX };
	const int small = 1;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		CU_FAIL_FATAL("no sockets");
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	client_init(client, &endpoint, timeout);
	client_take(client, stream_channel(pair[0], pair[0], channel_framing(&endpoint)));
	return pair[1];
}

static struct outcome_of_call summarize(struct client *client)
{
	static quad_t numbers[CALC_MAX_VALUES];
	calc_values values = { COUNT(numbers), numbers };
	union procedure_result result;
	struct outcome_of_call outcome = { .time = -clock_now() };

	outcome.code = procedure_call(procedure_find("summarize"), client, &values, &result,
				      &outcome.failure);
	outcome.time += clock_now();
	return outcome;
}

/* The call is cut at the deadline, so it was not executed; and nothing can follow it. */
static void test_server_does_not_read(void)
{
	for (size_t i = 0; i < COUNT(protocols); i++) {
		struct outcome_of_call outcome;
		struct client client;
		int fd = open_pair(&client, protocols[i], TIMEOUT);

		outcome = summarize(&client);
		check_outcome(&outcome, 75, NOT, TIMEOUT, protocols[i], "not reading");
		outcome = divide(&client);
		check_outcome(&outcome, 69, NOT, TIMEOUT, protocols[i], "after half a call");
		client_release(&client);
		close(fd);
	}
}

/* On a Unix socket the first call already gets EPIPE. */
static void test_pair_is_closed(void)
{
	for (size_t i = 0; i < COUNT(protocols); i++) {
		struct outcome_of_call outcome;
		struct client client;
		int fd = open_pair(&client, protocols[i], LONG_TIMEOUT);

		close(fd);
		outcome = divide(&client);
		check_outcome(&outcome, 69, NOT, LONG_TIMEOUT, protocols[i], "closed");
		client_release(&client);
	}
}

/* ---- nobody there ---- */

static char directory[64]; /* for sockets and what is none */

static void name_path(struct endpoint *endpoint, const char *name)
{
	endpoint->transport = ENDPOINT_UNIX;
	snprintf(endpoint->path, sizeof(endpoint->path), "%s/%s", directory, name);
}

static int bind_path(const struct endpoint *endpoint, int backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, endpoint->path, sizeof(endpoint->path));
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (backlog >= 0)
		CHECK_INT(listen(fd, backlog), 0);
	return fd;
}

/* Each prepares an address at which nobody answers.  A descriptor to be closed, or -1. */

static int prepare_refusing(struct endpoint *endpoint)
{
	return make_socket(endpoint, endpoint->protocol, false);
}

static int prepare_unknown_host(struct endpoint *endpoint)
{
	endpoint->transport = ENDPOINT_TCP;
	endpoint->port = 7117;
	strcpy(endpoint->host, "nonexistent.invalid");
	return -1;
}

static int prepare_no_path(struct endpoint *endpoint)
{
	name_path(endpoint, "nothing");
	return -1;
}

static int prepare_file(struct endpoint *endpoint)
{
	name_path(endpoint, "file");
	return open(endpoint->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static int prepare_dead_socket(struct endpoint *endpoint)
{
	name_path(endpoint, "dead");
	unlink(endpoint->path);
	close(bind_path(endpoint, 0));
	return -1;
}

static int prepare_below_file(struct endpoint *endpoint)
{
	close(prepare_file(endpoint));
	name_path(endpoint, "file/socket");
	return -1;
}

static const struct {
	const char *name;
	int (*prepare)(struct endpoint *endpoint);
	int code;
	const char *says;
} absences[] = {
	{ "nothing listens", prepare_refusing, 69, "refused" },
	{ "no such host", prepare_unknown_host, 68, "nonexistent.invalid" },
	{ "no such path", prepare_no_path, 69, "No such file" },
	{ "a file instead of a socket", prepare_file, 69, "refused" },
	{ "a socket without a server", prepare_dead_socket, 69, "refused" },
	{ "a path below a file", prepare_below_file, 71, "Not a directory" },
};

static void test_nobody_there(void)
{
	for (size_t i = 0; i < COUNT(absences); i++)
		for (size_t j = 0; j < COUNT(protocols); j++) {
			struct endpoint endpoint = { .protocol = protocols[j] };
			int fd = absences[i].prepare(&endpoint);
			struct outcome_of_call outcome = divide_at(&endpoint, LONG_TIMEOUT);

			check_outcome(&outcome, absences[i].code, absences[i].says, LONG_TIMEOUT,
				      protocols[j], absences[i].name);
			if (fd >= 0)
				close(fd);
		}
}

/* ---- a queue that nobody takes from ---- */

/* Connects until the queue takes no more.  How many there are then. */
static size_t fill_queue(const struct sockaddr *address, socklen_t length, int fds[8])
{
	size_t count = 0;

	for (; count < 8; count++) {
		int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		fds[count] = fd;
		if (connect(fd, address, length) < 0 && errno == EAGAIN)
			return count + 1;
	}
	return count;
}

static void check_full_queue(const struct endpoint *endpoint, int listener)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof(address);
	struct outcome_of_call outcome;
	size_t count;
	int fds[8];

	getsockname(listener, (struct sockaddr *)&address, &length);
	count = fill_queue((struct sockaddr *)&address, length, fds);
	outcome = divide_at(endpoint, TIMEOUT);
	check_outcome(&outcome, 75, "not sent", TIMEOUT, endpoint->protocol, "a full queue");
	while (count > 0)
		close(fds[--count]);
	close(listener);
}

static void test_full_queue(void)
{
	struct endpoint endpoint = { .protocol = ENDPOINT_RAW };
	int listener = make_socket(&endpoint, ENDPOINT_RPC, false);

	listen(listener, 0);
	check_full_queue(&endpoint, listener);
	endpoint = (struct endpoint){ .protocol = ENDPOINT_RAW };
	name_path(&endpoint, "full");
	check_full_queue(&endpoint, bind_path(&endpoint, 0));
}

static size_t fill_path(const struct endpoint *endpoint, int fds[8])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, endpoint->path, sizeof(endpoint->path));
	return fill_queue((struct sockaddr *)&address, sizeof(address), fds);
}

#define ROOM_AFTER 2000 /* milliseconds */

/* Takes a connection out of the queue, late, and never says a word. */
static pid_t make_room_late(int listener)
{
	pid_t child = fork_tied();

	if (child == 0) {
		pause_for(ROOM_AFTER);
		for (;;)
			accept(listener, NULL, NULL);
	}
	return child;
}

/* Connecting takes most of the time: only the rest of it is left for the call, which would end
 * later if it had all of it. */
static void test_late_connection(void)
{
	for (size_t i = 0; i < COUNT(protocols); i++) {
		const int64_t timeout = 3 * SECONDS;
		struct endpoint endpoint = { .protocol = protocols[i] };
		struct outcome_of_call outcome;
		int fds[8], listener;
		size_t count;
		pid_t child;

		name_path(&endpoint, protocols[i] == ENDPOINT_RPC ? "late-rpc" : "late-raw");
		listener = bind_path(&endpoint, 0);
		fcntl(listener, F_SETFL, 0);
		count = fill_path(&endpoint, fds);
		child = make_room_late(listener);
		outcome = divide_at(&endpoint, timeout);
		check_outcome(&outcome, 75, MAYBE, timeout, protocols[i], "late");
		CU_ASSERT(outcome.time < ROOM_AFTER * MILLISECONDS + timeout);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (count > 0)
			close(fds[--count]);
		close(listener);
	}
}

/* ---- a pipe's child ---- */

/* Makes `text` the server that pipes start. */
static void set_server(const char *text)
{
	char path[96];
	FILE *script;

	snprintf(path, sizeof(path), "%s/server", directory);
	script = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(script);
	fprintf(script, "#!/bin/sh\n%s\n", text);
	CHECK_INT(fchmod(fileno(script), 0700), 0);
	fclose(script);
	setenv("SIDECALLD", path, 1);
}

/* It reads no call, or all of them, but answers none: it is not waited for. */
static void test_frozen_child(void)
{
	static const char *const servers[] = { "exec sleep 60", "cat >/dev/null; exec sleep 60" };
	const int64_t timeout = TIMEOUT * HARNESS_SLOWNESS; /* the child has to be started in it */

	for (size_t i = 0; i < COUNT(servers); i++)
		for (size_t j = 0; j < COUNT(protocols); j++) {
			const struct endpoint endpoint = { .protocol = protocols[j],
							   .transport = ENDPOINT_PIPE };
			int64_t start = clock_now();
			struct outcome_of_call outcome;

			set_server(servers[i]);
			outcome = divide_at(&endpoint, timeout);
			check_outcome(&outcome, 75, MAYBE, timeout, protocols[j], servers[i]);
			CU_ASSERT(clock_now() - start < HARNESS_PATIENCE * SECONDS);
		}
	unsetenv("SIDECALLD");
}

/* Calls a child, which does `work` and then notes that it has ended by itself.  Whether it did. */
static bool ends_by_itself(enum endpoint_protocol protocol, const char *work, int64_t timeout,
			   int code)
{
	const struct endpoint endpoint = { .protocol = protocol, .transport = ENDPOINT_PIPE };
	struct outcome_of_call outcome;
	char text[1024], ended[96];

	snprintf(ended, sizeof(ended), "%s/ended", directory);
	snprintf(text, sizeof(text), "%s && >'%s'", work, ended);
	set_server(text);
	outcome = divide_at(&endpoint, timeout);
	check_outcome(&outcome, code, NULL, timeout, protocol, work);
	unsetenv("SIDECALLD");
	return unlink(ended) == 0;
}

/* A child has a second to end by itself when it has answered, and a tenth when it has not, for the
 * deadline is also that of its end.  (On a busy machine either may be otherwise, now and then.) */
static void test_end_of_child(void)
{
	char healthy[600];

	snprintf(healthy, sizeof(healthy), "'%s' \"$@\"", program_path("sidecalld"));
	for (size_t j = 0; j < COUNT(protocols); j++) {
		bool ended, given_time;

		AWAIT((ended = ends_by_itself(protocols[j], healthy, LONG_TIMEOUT, 0)));
		CU_ASSERT(ended);
		AWAIT(!(given_time = ends_by_itself(protocols[j], "cat >/dev/null; sleep 0.5",
						    TIMEOUT, 75)));
		CU_ASSERT(!given_time);
	}
}

/* ---- the deadline ---- */

static int64_t handed[2]; /* deadlines: to send, and to receive */

static int note_send(struct channel *channel, const void *message, size_t length, int64_t deadline)
{
	(void)channel;
	(void)message;
	(void)length;
	handed[0] = deadline;
	return 0;
}

static int note_receive(struct channel *channel, struct message *message, int64_t deadline)
{
	(void)channel;
	(void)message;
	handed[1] = deadline;
	return -ETIMEDOUT;
}

static void close_nothing(struct channel *channel)
{
	(void)channel;
}

/* Computed once, when the call begins, whoever waits.  (libtirpc has it in microseconds.) */
static void test_deadline(void)
{
	static const struct channel_operations noting = { .send = note_send,
							  .receive = note_receive,
							  .close = close_nothing };

	for (size_t j = 0; j < COUNT(protocols); j++) {
		const struct endpoint endpoint = { .protocol = protocols[j] };
		struct channel channel = { .operations = &noting };
		struct client client;
		int64_t before, after;

		client_init(&client, &endpoint, TIMEOUT);
		client_take(&client, &channel);
		before = clock_now();
		CHECK_INT(divide(&client).code, FAILURE_TIMEOUT);
		after = clock_now();
		for (int i = 0; i < 2; i++) {
			CU_ASSERT(handed[i] >= before + TIMEOUT);
			CU_ASSERT(handed[i] <= after + TIMEOUT + 1000);
		}
		client_release(&client);
	}
}

/* ---- a transport that does not carry the call ---- */

static int refuse_to_send(struct channel *channel, const void *message, size_t length,
			  int64_t deadline)
{
	(void)channel;
	(void)message;
	(void)length;
	(void)deadline;
	return -EMSGSIZE;
}

static void test_call_too_long(void)
{
	static const struct channel_operations narrow = { .send = refuse_to_send,
							  .close = close_nothing };

	for (size_t j = 0; j < COUNT(protocols); j++) {
		const struct endpoint endpoint = { .protocol = protocols[j] };
		struct channel channel = { .operations = &narrow };
		struct outcome_of_call outcome;
		struct client client;

		client_init(&client, &endpoint, LONG_TIMEOUT);
		client_take(&client, &channel);
		outcome = summarize(&client);
		check_outcome(&outcome, 65, "longer than this transport carries", LONG_TIMEOUT,
			      protocols[j], "too long");
		check_outcome(&outcome, 65, NOT, LONG_TIMEOUT, protocols[j], "too long");
		client_release(&client);
	}
}

/* ---- sidecall itself: the exit code, and the words ---- */

static void test_program(void)
{
	static const struct {
		const char *name;
		void (*serve)(struct connection *connection);
		int code;
		const char *says;
	} cases[] = {
		{ "silent", be_silent, 75, MAYBE },
		{ "closing", close_after_call, 69, MAYBE },
		{ "answering", answer, 0, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[ENDPOINT_MAX_TEXT];
		const char *argv[] = { program_path("sidecall"),
				       "--via",
				       text,
				       "--timeout",
				       cases[i].code == 75 ? "0.4" : "60",
				       "divide",
				       "84",
				       "2",
				       NULL };
		struct outcome outcome;
		struct server server;

		server_start(&server, ENDPOINT_RPC, cases[i].serve, RPC_GOOD, RAW_GOOD);
		endpoint_format(&server.endpoint, text);
		outcome = process_run(argv, NULL);
		CHECK_INT(outcome.status, cases[i].code);
		CHECK_STR(outcome.out, cases[i].code ? "" : "42\n");
		if (cases[i].says)
			CHECK_THAT(strstr(outcome.error, cases[i].says), "%s: %s", cases[i].name,
				   outcome.error);
		outcome_release(&outcome);
		server_stop(&server);
	}
}

static const struct test tests[] = {
	{ "misbehaviour", test_misbehaviour },
	{ "replies and refusals", test_replies },
	{ "eight zero bytes to id zero", test_zero_bytes_to_id_zero },
	{ "a reply cut everywhere", test_every_cut },
	{ "replies by chance", test_chance },
	{ "late replies", test_late_replies },
	{ "gone between calls", test_gone_between_calls },
	{ "a server that does not read", test_server_does_not_read },
	{ "a closed pair of sockets", test_pair_is_closed },
	{ "nobody there", test_nobody_there },
	{ "a full queue", test_full_queue },
	{ "a late connection", test_late_connection },
	{ "a pipe's child that never answers", test_frozen_child },
	{ "when a pipe's child is ended", test_end_of_child },
	{ "the deadline", test_deadline },
	{ "a call too long for the transport", test_call_too_long },
	{ "the program", test_program },
	{ 0 },
};

int main(void)
{
	int status;

	signal(SIGPIPE, SIG_DFL); /* a death if the client raises it */
	setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
	snprintf(directory, sizeof(directory), "/tmp/sidecall-client-XXXXXX");
	if (!harness_directory(directory))
		return EXIT_FAILURE;
	status = harness_run("client", tests);
	remove_tree(directory);
	return status;
}
