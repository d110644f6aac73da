/*
 * sidecall check of rpcbind, and of a server that it named: Debian's answers rightly; each fault of
 * another one is found, and each length that lies.
 */
#include "check/rpcbind.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fork.h"
#include "compare/lab/wire.h"
#include "idl/calc.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/rpcbind.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct outcome check(const char *name, const char *endpoint, const char *program)
{
	const char *argv[] = { program_path("sidecall"),
			       "--timeout",
			       "20",
			       "check",
			       name ? "--case" : endpoint,
			       name ? name : program,
			       name ? endpoint : NULL,
			       program,
			       NULL };

	return process_run(argv, NULL);
}

/* ---- with a fault ---- */

/* One result that is wrong, in a version and for a procedure: in hexadecimal, or "mismatch". */
struct fault {
	const char *name;
	uint32_t version, procedure;
	const char *result, *found;
};

#define ENTRY(address) "00000001 00000009 00000001 00000003 74637000 " address " 00000000 00000000"

static const struct fault faults[] = {
	{ "getport-unknown", 2, 3, "00000000", "pass    getport-unknown: SUCCESS" },
	{ "getport-unknown", 2, 3, "00000005", "fail    getport-unknown: version 2 names port 5" },
	{ "getport-unknown", 2, 3, "0000", "fail    getport-unknown: the result ends too early" },
	{ "getport-unknown", 2, 3, "mismatch", "differs getport-unknown: PROG_MISMATCH" },
	{ "getaddr-unknown", 4, 3, "00000003 78797a00",
	  "fail    getaddr-unknown: version 4 names port 0, address \"xyz\"" },
	{ "getaddr-unknown", 3, 3, "fffffffe", "fail    getaddr-unknown: a string claims more" },
	{ "getaddr-unknown", 3, 3, "00000001 00000000", "fail    getaddr-unknown: a string is no" },
	{ "dump-ports", 2, 4, "00000002", "fail    dump-ports: whether an entry follows" },
	{ "dump-ports", 2, 4, "00000000 00000000", "fail    dump-ports: bytes stand behind" },
	{ "dump-ports", 2, 4, "00000001 000186a0", "fail    dump-ports: the result ends" },
	{ "dump-addresses", 3, 4, "00000001 000186a0 00000002 ffffffff",
	  "fail    dump-addresses: a string claims more" },
	{ "addresses", 3, 4, ENTRY("0000000d 3132372e302e302e312e313131000000"),
	  "fail    addresses: \"127.0.0.1.111\" is no address of tcp" },
	/* 0.0.0.0.0.1: the others name no port; and nobody is there. */
	{ "entries-agree", 3, 4, ENTRY("0000000b 302e302e302e302e302e3100"),
	  "fail    entries-agree: version 2 names port 0: listed is program 9 version 1, tcp" },
	{ "entries-answer", 3, 4, ENTRY("0000000b 302e302e302e302e302e3100"),
	  "differs entries-answer: no reply to it, and the next call is answered: nobody is at" },
};

/* What is right where nothing is registered: 0, an empty string, an empty list. */
static void answer(int fd, const uint8_t *call, const struct fault *fault)
{
	uint8_t reply[256] = { 0x80 };
	size_t length = 28;

	memcpy(reply + 4, call, 4);
	reply[11] = 1;
	if (fault->version != channel_id_of(call + CALL_VERSION_AT) ||
	    fault->procedure != channel_id_of(call + CALL_PROCEDURE_AT)) {
		length += channel_id_of(call + CALL_PROCEDURE_AT) ? 4 : 0;
	} else if (strcmp(fault->result, "mismatch") == 0) {
		reply[27] = 2;
		reply[31] = 3;
		reply[35] = 4;
		length += 8;
	} else {
		length += bytes_from_hex(reply + length, fault->result);
	}
	reply[3] = (uint8_t)(length - 4);
	if (send(fd, reply, length, MSG_NOSIGNAL) < 0)
		return;
}

static void serve_one(int fd, const struct fault *fault)
{
	uint8_t mark[4], call[256];

	while (recv(fd, mark, sizeof(mark), MSG_WAITALL) == sizeof(mark) &&
	       recv(fd, call, mark[3], MSG_WAITALL) == mark[3])
		answer(fd, call, fault);
}

static pid_t start(struct endpoint *endpoint, const char *where, const struct fault *fault)
{
	int listener;
	pid_t pid;

	endpoint_parse(endpoint, where);
	listener = wire_listen(endpoint);
	pid = fork_tied();
	while (pid == 0) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			_exit(EXIT_FAILURE);
		if (fork_tied() == 0) {
			serve_one(fd, fault);
			_exit(EXIT_SUCCESS);
		}
		close(fd);
	}
	close(listener);
	return pid;
}

static void test_faults(void)
{
	for (size_t i = 0; i < COUNT(faults); i++) {
		char name[ENDPOINT_MAX_TEXT];
		struct endpoint endpoint;
		struct outcome outcome;
		pid_t pid = start(&endpoint, "rpc+tcp://127.0.0.1:0", &faults[i]);

		endpoint_format(&endpoint, name);
		outcome = check(faults[i].name, name, "100000.3");
		CHECK_THAT(strstr(outcome.out, faults[i].found), "no %s in %s%s", faults[i].found,
			   outcome.out, outcome.error);
		outcome_release(&outcome);
		process_halt(pid, SIGKILL);
	}
}

static void test_addresses(void)
{
	static const struct {
		const char *netid, *address;
		int port;
	} rows[] = {
		{ "tcp", "192.0.2.7.203.81", 52049 }, /* RFC 5665's example */
		{ "tcp6", "::1.0.111", 111 },
		{ "udp6", "2001:db8::7.8.1", 2049 },
		{ "udp6", "fe80::1%eth0.8.1", 2049 },
		{ "udp", "0.0.0.0.0.0", 0 },
		{ "tcp", "127.0.0.1.0.256", -1 },
		{ "tcp", "127.0.0.1.111", -1 },
		{ "tcp", "127.0.0.1.0.", -1 },
		{ "tcp", "127.0.0.1.-1.1", -1 },
		{ "tcp", "::1.0.111", -1 },
		{ "tcp6", "127.0.0.1.0.111", -1 },
		{ "tcp", "", -1 },
		{ "tcp", "here.0.111", -1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_THAT(rpcbind_port(rows[i].netid, rows[i].address) == rows[i].port, "%s: %d",
			   rows[i].address, rpcbind_port(rows[i].netid, rows[i].address));
}

/* ---- a real one ---- */

static void check_case(const char *name, const char *endpoint, const char *program,
		       const char *found)
{
	struct outcome outcome = check(name, endpoint, program);

	CHECK_THAT(strstr(outcome.out, found), "%s: no %s in %s%s", endpoint, found, outcome.out,
		   outcome.error);
	outcome_release(&outcome);
}

static bool set(rpcprog_t program, rpcvers_t version, const char *address)
{
	char netid[] = "tcp", owner[] = "superuser", where[64];
	rpcb entry = { .r_prog = program, .r_vers = version, .r_netid = netid, .r_owner = owner };
	bool_t done = FALSE;

	snprintf(where, sizeof(where), "%s", address);
	entry.r_addr = where;
	return rpcbind_call(RPCBPROC_SET, (xdrproc_t)xdr_rpcb, (void *)&entry, (xdrproc_t)xdr_bool,
			    &done) == RPC_SUCCESS &&
	       done;
}

/* Debian's passes all of it; an entry that its server left behind is seen. */
static void test_real(void)
{
	static const char *const endpoints[] = { "rpc+tcp://127.0.0.1", "rpc+udp://127.0.0.1",
						 "rpc+unix:/run/rpcbind.sock" };
	static const char *const names[] = { "getport-unknown", "getaddr-unknown", "dump-ports",
					     "dump-addresses",  "addresses",       "entries-agree",
					     "entries-answer" };

	if (!rpcbind_start())
		return;
	for (size_t i = 0; i < COUNT(endpoints); i++)
		for (size_t j = 0; j < COUNT(names); j++)
			check_case(names[j], endpoints[i], "100000",
				   "\n1 pass, 0 differ, 0 fail\n");
	CU_ASSERT_TRUE(set(0x20000099, 1, "0.0.0.0.0.1"));
	check_case("entries-answer", endpoints[0], "100000", "nobody is at program 536871065");
	check_case("entries-agree", endpoints[0], "100000", "\n1 pass, 0 differ, 0 fail\n");
	rpcbind_stop();
}

/* A server that is asked for by name is where all versions of rpcbind say. */
static void test_registered(void)
{
	static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", NULL };
	struct endpoint endpoint;
	struct daemon daemon;
	char where[64];

	if (!rpcbind_start())
		return;
	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	endpoint_parse(&endpoint, daemon_endpoint(&daemon, "rpc+tcp"));
	snprintf(where, sizeof(where), "127.0.0.1.%d.%d", endpoint.port / 256, endpoint.port % 256);
	CU_ASSERT_TRUE(set(CALC_PROG, CALC_V2, where));
	check_case("registered", "rpc+tcp://127.0.0.1", "748797952", "pass    registered: SUCCESS");
	CHECK_INT(daemon_stop(&daemon), 0);
	rpcbind_stop();
}

/* One whose versions disagree: only version 4 knows of the server, which is itself. */
static void test_disagreeing(void)
{
	static const struct fault itself = {
		.version = 4, .procedure = 3, .result = "0000000f 3132372e302e302e312e302e313131 00"
	};
	struct endpoint endpoint;
	pid_t pid;

	if (rpcbind_missing()) { /* its port is another one's, or not ours to have */
		harness_skip(rpcbind_missing());
		return;
	}
	pid = start(&endpoint, "rpc+tcp://127.0.0.1:111", &itself);
	check_case(
		"registered", "rpc+tcp://127.0.0.1", "9.1",
		"fail    registered: version 2 of rpcbind names port 0, and the server is at 111");
	process_halt(pid, SIGKILL);
}

int main(void)
{
	static const struct test tests[] = {
		{ "faults", test_faults },
		{ "universal addresses", test_addresses },
		{ "Debian's", test_real },
		{ "a server that it names", test_registered },
		{ "versions that disagree", test_disagreeing },
		{ 0 },
	};

	rpcbind_enter();
	return harness_run("check_rpcbind", tests);
}
