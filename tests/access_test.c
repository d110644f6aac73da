/* Who may call: what is written of them, who is taken for one of them, and what becomes of others.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/access.h"
#include "programs/access_names.h"
#include "server/runtime/access.h"
#include "server/runtime/addresses.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/odd.h"
#include "tests/kit/other_peer.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define GROUP        54321 /* nobody's */
#define SILENCE      50    /* milliseconds in which nothing is to come */

/* ---- what is written ---- */

static void test_what_is_no_one(void)
{
	static const char *const wrong[] = {
		"",
		"*",
		"localhost",
		"192.0.2",
		"192.0.2.1/33",
		"::1/129",
		"192.0.2.1/",
		"192.0.2.1/24",
		"2001:db8::1/64",
		"192.0.2.0/24/8",
		"uid:",
		"uid:-1",
		"uid:4294967295",
		"gid:x",
		"user:0",
		"::ffff:192.0.2.1/100",
		"192.0.2.0/-1",
		" 192.0.2.1",
		"192.0.2.1 ",
		"00000000000000000000000000000000000000000000000000000000000000192.0.2.1",
	};
	struct access_who who;

	for (size_t i = 0; i < COUNT(wrong); i++)
		CHECK_THAT(access_read_who(&who, wrong[i]) != NULL, "\"%s\" is nobody", wrong[i]);
}

static struct sockaddr_storage address_of(const char *host)
{
	struct sockaddr_storage address = { .ss_family = strchr(host, ':') ? AF_INET6 : AF_INET };
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address;
	struct sockaddr_in *in = (struct sockaddr_in *)&address;

	CHECK_INT(inet_pton(address.ss_family, host,
			    address.ss_family == AF_INET6 ? (void *)&in6->sin6_addr
							  : (void *)&in->sin_addr),
		  1);
	return address;
}

static void test_addresses(void)
{
	static const struct {
		const char *allow, *address;
		bool admits;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.0", false },
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "10.0.0.0/7", "11.255.255.255", true },
		{ "10.0.0.0/7", "12.0.0.0", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "203.0.113.9", false },
		{ "::/0", "2001:db8::1", true },
		{ "2001:db8::/61", "2001:db8:0:7:ffff::", true },
		{ "2001:db8::/61", "2001:db8:0:8::", false },
		{ "2001:db8::1", "2001:db8::1", true },
		{ "2001:db8::1", "2001:db8::2", false }, /* although they are one peer */
		{ "192.0.2.0/24", "::ffff:192.0.2.7", true },
		{ "::ffff:192.0.2.0/120", "192.0.2.7", true },
		{ "::ffff:192.0.2.0/120", "192.0.3.7", false },
		{ "uid:0", "127.0.0.1", false },
		{ "192.0.2.1,198.51.100.0/24,::1", "198.51.100.77", true },
		{ "192.0.2.1,198.51.100.0/24,::1", "::1", true },
		{ "192.0.2.1,198.51.100.0/24,::1", "198.51.101.77", false },
		{ "", "127.0.0.1", false },
		{ NULL, "127.0.0.1", true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct sidecall_svc_options options = { .allow = cases[i].allow };
		struct sockaddr_storage address = address_of(cases[i].address);
		struct access access;

		CHECK_INT(access_open(&access, &options), 0);
		CHECK_THAT(access_admits_sender(&access, &address) == cases[i].admits, "%s and %s",
			   cases[i].allow, cases[i].address);
		access_release(&access);
	}
}

static void test_what_is_no_rule(void)
{
	static const char *const wrong[] = { "",
					     "1.2",
					     "1.2=",
					     "1.2=all",
					     ".=sys",
					     "1.x=sys",
					     "x.1=sys",
					     "1.-1=sys",
					     "0.1=sys",
					     "1=sys.2",
					     "1.2=sys=sys",
					     "4294967296.1=sys",
					     "1.4294967296=sys",
					     "1.**=sys" };
	struct access_rule rule;

	for (size_t i = 0; i < COUNT(wrong); i++)
		CHECK_THAT(access_read_rule(&rule, wrong[i]) != NULL, "\"%s\" is no rule",
			   wrong[i]);
}

/* Of who calls from this machine and from elsewhere, with a credential and without. */
static void test_rules(void)
{
	static const struct {
		const char *rules;
		rpcprog_t program;
		rpcproc_t procedure;
		bool here, credential, suffices;
	} cases[] = {
		{ NULL, 7, 1, false, false, true },
		{ "7.1=sys", 7, 1, false, false, false },
		{ "7.1=sys", 7, 1, true, false, false },
		{ "7.1=sys", 7, 1, false, true, true },
		{ "7.1=local", 7, 1, false, true, false },
		{ "7.1=local", 7, 1, true, false, true },
		{ "7.1=local", 7, 2, false, false, true },
		{ "7.1=local", 8, 1, false, false, true },
		{ "7.*=local", 7, 4294967295, false, true, false },
		{ "7.*=local", 7, 0, false, false, true },
		{ "7.*=local", 8, 1, false, false, true },
		{ "7.0=sys", 7, 0, false, false, false },
		{ "7.*=local,7.2=none", 7, 2, false, false, true },
		{ "7.*=local,7.2=none", 7, 3, false, false, false },
		{ "7.2=none,7.*=local", 7, 2, false, false, false },
	};
	static const struct peer_id far = { .family = AF_INET, .bytes = { 192, 0, 2, 1 } };
	struct peer_id here = peer_of_user(1);

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct sidecall_svc_options options = { .require = cases[i].rules };
		struct access access;

		CHECK_INT(access_open(&access, &options), 0);
		CHECK_THAT(access_suffices(&access, cases[i].here ? &here : &far, cases[i].program,
					   cases[i].procedure,
					   cases[i].credential) == cases[i].suffices,
			   "case %zu", i);
		access_release(&access);
	}
}

static void test_unreadable_options(void)
{
	static const struct sidecall_svc_program none[] = { { 0 } };
	struct sidecall_svc_options options;

	sidecall_svc_defaults(&options);
	options.allow = "192.0.2.1,nonsense";
	CHECK_THAT(!sidecall_svc_create(none, NULL, &options), "a server for nonsense");
	options.allow = NULL;
	options.require = "1.2=sys,nonsense";
	CHECK_THAT(!sidecall_svc_create(none, NULL, &options), "a server for nonsense");
}

/* ---- users and groups ---- */

static void check_local(const char *allow, int fd, bool admits)
{
	const struct sidecall_svc_options options = { .allow = allow };
	struct access access;

	CHECK_INT(access_open(&access, &options), 0);
	CHECK_THAT(access_admits_connection(&access, fd) == admits, "allow %s", allow);
	access_release(&access);
}

static void check_self(int fd)
{
	char self[2][32];

	snprintf(self[0], sizeof(self[0]), "uid:%u", (unsigned int)geteuid());
	snprintf(self[1], sizeof(self[1]), "::1,gid:%u", (unsigned int)getegid());
	check_local(self[0], fd, true);
	check_local(self[1], fd, true);
	check_local("uid:54320,gid:54320", fd, false);
	check_local("127.0.0.1,0.0.0.0/0,::/0", fd, false);
	check_local("", fd, false);
}

static void test_who_connects_here(void)
{
	int sockets[2], pipes[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
	CHECK_INT(pipe(pipes), 0);
	check_self(sockets[0]);
	check_self(pipes[0]);
	for (int i = 0; i < 2; i++) {
		close(sockets[i]);
		close(pipes[i]);
	}
}

/* A group that somebody has beside his first one counts. */
static void test_further_groups(void)
{
	const gid_t groups[] = { 54322, GROUP, 54323 };
	gid_t before[64];
	int sockets[2], count = getgroups(COUNT(before), before);

	if (geteuid() != 0 || count < 0 || setgroups(COUNT(groups), groups) < 0) {
		harness_skip("only root has the groups that he likes");
		return;
	}
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
	CHECK_INT(setgroups((size_t)count, before), 0);
	check_local("gid:54321", sockets[0], true);
	check_local("gid:54324", sockets[0], false);
	close(sockets[0]);
	close(sockets[1]);
}

/* ---- a server ---- */

/* libtirpc's own server is called as any. */
static struct endpoint endpoint_of(const struct daemon *daemon, const char *prefix)
{
	struct endpoint endpoint = call_endpoint(daemon_endpoint(daemon, prefix));

	if (endpoint.protocol == ENDPOINT_TIRPC)
		endpoint.protocol = ENDPOINT_RPC;
	return endpoint;
}

static bool calls_from(const struct daemon *daemon, const char *prefix, const char *host)
{
	const struct endpoint endpoint = endpoint_of(daemon, prefix);
	int fd = other_peer_connect(&endpoint, host);
	bool right = fd >= 0 && other_peer_adds(fd, &endpoint);

	if (fd >= 0)
		close(fd);
	return right;
}

static void check_streams(const struct daemon *daemon)
{
	static const char *const prefixes[] = { "rpc+tcp", "raw+tcp" };

	for (size_t i = 0; i < COUNT(prefixes); i++) {
		if (!daemon_endpoint(daemon, prefixes[i]))
			continue;
		CHECK_THAT(calls_from(daemon, prefixes[i], OTHER_PEER_HOST), "%s: who may",
			   prefixes[i]);
		CHECK_THAT(!calls_from(daemon, prefixes[i], "127.0.0.1"), "%s: who may not",
			   prefixes[i]);
	}
}

/* Who may not call gets no word: what comes first is the answer to a later call of another's. */
static void check_datagrams(const struct daemon *daemon, const char *prefix)
{
	const struct endpoint endpoint = endpoint_of(daemon, prefix);
	int fd = other_peer_connect(&endpoint, "127.0.0.1");
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	static const calc_operands operands = { 40, 2 };
	struct buffer call = { 0 };

	call_make(&call, endpoint.protocol == ENDPOINT_RPC, false, 9, "add", &operands);
	CHECK_INT(send(fd, call.data, call.length, 0), call.length);
	CHECK_THAT(calls_from(daemon, prefix, OTHER_PEER_HOST), "%s: who may", prefix);
	CHECK_THAT(poll(&waiting, 1, SILENCE) == 0, "%s: who may not gets an answer", prefix);
	buffer_release(&call);
	close(fd);
}

static void test_server(void)
{
	static const char *const options[] = {
		"--listen", "rpc+tcp://127.0.0.1:0",      "--listen", "raw+tcp://127.0.0.1:0",
		"--listen", "rpc+udp://127.0.0.1:0",      "--listen", "raw+udp://127.0.0.1:0",
		"--allow",  OTHER_PEER_HOST ",uid:12345", "--allow",  "192.0.2.0/24",
		NULL
	};
	struct daemon daemon;

	if (daemon_start(&daemon, NULL, options)) {
		check_streams(&daemon);
		check_datagrams(&daemon, "rpc+udp");
		check_datagrams(&daemon, "raw+udp");
		CHECK_THAT(daemon_says(&daemon, "127.0.0.1: it is not among those who may call",
				       HARNESS_PATIENCE * 1000),
			   "the log names who was sent away");
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Of a Unix socket, of shared memory, and of named pipes, whose clients are always ours. */
static void check_users(const char *allow, bool self, bool other)
{
	const char *options[] = { "--listen", "rpc+unix", "--listen", "raw+unix",
				  "--allow",  allow,      NULL };
	struct daemon daemon;

	if (daemon_start(&daemon, NULL, options)) {
		CHECK_THAT(calls_from(&daemon, "rpc+unix", NULL) == self, "%s: we", allow);
		CHECK_THAT(calls_from(&daemon, "raw+unix", NULL) == self, "%s: we", allow);
		if (other_peer_admit_users(&daemon)) {
			other_peer_become(OTHER_PEER_USER);
			CHECK_THAT(calls_from(&daemon, "rpc+unix", NULL) == other, "%s: other",
				   allow);
			other_peer_become(0);
		}
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_users(void)
{
	char self[32], name[40];

	snprintf(self, sizeof(self), "uid:%u", (unsigned int)geteuid());
	check_users(self, true, false);
	snprintf(name, sizeof(name), "uid:%u", OTHER_PEER_USER);
	check_users(name, geteuid() == OTHER_PEER_USER, true);
	if (geteuid() == 0)
		check_users("uid:root", true, false);
	check_users("127.0.0.0/8", false, false);
}

/* The client of one by every transport of this machine, which says that it may not. */
static void test_every_transport_of_this_machine(void)
{
	static const char *const options[] = { "--listen", "rpc+shm",   "--listen", "raw+shm",
					       "--listen", "rpc+fifo",  "--listen", "raw+fifo",
					       "--listen", "rpc+unix",  "--listen", "raw+unix",
					       "--allow",  "192.0.2.1", NULL };
	struct daemon daemon;

	if (daemon_start(&daemon, NULL, options))
		for (unsigned int i = 0; i < daemon.count; i++) {
			const char *argv[] = { program_path("sidecall"), "--via",
					       daemon.endpoints[i], "null", NULL };
			struct outcome outcome = process_run(argv, NULL);

			CHECK_THAT(outcome.status == 69, "%s: %d, %s", daemon.endpoints[i],
				   outcome.status, outcome.error);
			outcome_release(&outcome);
		}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- what may be called ---- */

static void check_call(const struct daemon *daemon, const char *prefix, const char *const words[],
		       int status)
{
	const char *argv[12] = { program_path("sidecall"), "--via",
				 daemon_endpoint(daemon, prefix) };
	struct outcome outcome;

	for (int i = 0; words[i]; i++)
		argv[3 + i] = words[i];
	outcome = process_run(argv, NULL);
	CHECK_THAT(outcome.status == status, "%s %s %s: %d, and not %d; %s", argv[2], words[0],
		   words[1], outcome.status, status, outcome.error);
	outcome_release(&outcome);
}

/* What is advised is what the caller does not have yet. */
static void check_advice(const struct daemon *daemon, const char *prefix, const char *advised,
			 const char *not_advised)
{
	const char *argv[] = { program_path("sidecall"),
			       "--via",
			       daemon_endpoint(daemon, prefix),
			       "add",
			       "1",
			       "2",
			       NULL };
	struct outcome outcome = process_run(argv, NULL);
	const char *advice = strstr(outcome.error, "was not executed");

	CHECK_THAT(advice && strstr(advice, advised), "%s: %s", prefix, outcome.error);
	CHECK_THAT(advice && !strstr(advice, not_advised), "%s: %s", prefix, outcome.error);
	outcome_release(&outcome);
}

static void test_requirements(void)
{
	static const char *const options[] = { "--listen",  "rpc+tcp://127.0.0.1:0",
					       "--listen",  "raw+tcp://127.0.0.1:0",
					       "--listen",  "rpc+udp://127.0.0.1:0",
					       "--listen",  "raw+udp://127.0.0.1:0",
					       "--listen",  "rpc+unix",
					       "--listen",  "raw+unix",
					       "--listen",  "rpc+fifo",
					       "--listen",  "raw+shm",
					       "--require", "CALC_PROG.CALC_ADD=sys",
					       "--require", "CALC_DIVIDE=local,FILEINFO_PROG.*=sys",
					       "--require", "FILEINFO_PROG.FILEINFO_DIGEST=local",
					       NULL };
	static const char *const add[] = { "add", "1", "2", NULL };
	static const char *const divide[] = { "divide", "4", "2", NULL };
	static const char *const digest[] = { "digest", ".", NULL }; /* made in a pool */
	static const char *const null[] = { "null", NULL };
	static const char *const sys[] = {
		"call", "--auth", "sys", "CALC_V2.CALC_ADD", "{\"a\":1,\"b\":2}", NULL
	};
	static const char *const none[] = { "call", "CALC_V2.CALC_ADD", "{\"a\":1,\"b\":2}", NULL };
	static const char *const file[] = { "call",  "--auth", "sys", "FILEINFO_V1.FILEINFO_STAT",
					    "\".\"", NULL };
	static const struct {
		const char *prefix;
		const char *const *words;
		int status;
	} calls[] = {
		{ "rpc+tcp", add, 77 },    { "raw+tcp", add, 77 },    { "rpc+udp", add, 77 },
		{ "raw+udp", add, 77 },    { "rpc+unix", add, 77 },   { "raw+unix", add, 77 },
		{ "rpc+tcp", none, 77 },   { "rpc+tcp", sys, 0 },     { "rpc+udp", sys, 0 },
		{ "rpc+tcp", divide, 77 }, { "raw+udp", divide, 77 }, { "rpc+unix", divide, 0 },
		{ "raw+unix", divide, 0 }, { "rpc+fifo", divide, 0 }, { "raw+shm", divide, 0 },
		{ "rpc+tcp", digest, 77 }, { "raw+udp", digest, 77 }, { "rpc+unix", digest, 1 },
		{ "raw+tcp", null, 0 },    { "rpc+udp", null, 0 },    { "rpc+tcp", file, 0 },
	};
	struct daemon daemon;

	if (daemon_start(&daemon, NULL, options)) {
		for (size_t i = 0; i < COUNT(calls); i++)
			check_call(&daemon, calls[i].prefix, calls[i].words, calls[i].status);
		check_advice(&daemon, "rpc+unix", "--auth sys", "rpc+unix");
		check_advice(&daemon, "rpc+tcp", "or rpc+unix on the server's machine", "rpc+tcp");
		CHECK_THAT(daemon_says(&daemon, "is for users of this machine",
				       HARNESS_PATIENCE * 1000),
			   "the log says what was refused");
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Calls with a credential of four words of that flavor: how it is refused (RFC 5531, section 9), or
 * AUTH_OK. */
static enum auth_stat refused_as(const struct daemon *daemon, const char *prefix, uint32_t flavor,
				 uint32_t procedure)
{
	/* RPCSEC_GSS, version 1: begin a context, number 0, no protection (RFC 2203). */
	const uint32_t call[] = { htonl(0x80000038),
				  htonl(7),
				  htonl(CALL),
				  htonl(2),
				  htonl(CALC_PROG),
				  htonl(2),
				  htonl(procedure),
				  htonl(flavor),
				  htonl(16),
				  htonl(1),
				  htonl(1),
				  0,
				  htonl(1),
				  0,
				  0 };
	const struct endpoint endpoint = endpoint_of(daemon, prefix);
	int fd = other_peer_connect(&endpoint, "127.0.0.1");
	uint32_t reply[6] = { 0 };

	CHECK_INT(send(fd, call, sizeof(call), MSG_NOSIGNAL), sizeof(call));
	CHECK_INT(recv(fd, reply, sizeof(reply), MSG_WAITALL), sizeof(reply));
	close(fd);
	if (ntohl(reply[3]) == MSG_ACCEPTED)
		return AUTH_OK;
	CHECK_INT(ntohl(reply[3]), MSG_DENIED);
	CHECK_INT(ntohl(reply[4]), AUTH_ERROR);
	return ntohl(reply[5]);
}

/* What nobody here can check is no better than none. */
static void test_tickets(void)
{
	static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", "--require",
					       "0x2CA1C000.*=sys,0x2CA1C000.0=sys", NULL };
	struct daemon daemon;

	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	CHECK_INT(refused_as(&daemon, "rpc+tcp", RPCSEC_GSS, 1), AUTH_REJECTEDCRED);
	CHECK_INT(refused_as(&daemon, "rpc+tcp", RPCSEC_GSS, 0), AUTH_TOOWEAK);
	CHECK_INT(refused_as(&daemon, "rpc+tcp", 4711, 0), AUTH_TOOWEAK);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Connects, sends, and resets the connection, so that nobody can tell any more who that was. */
static void call_and_reset(const struct endpoint *endpoint, const struct buffer *call)
{
	const struct linger reset = { .l_onoff = 1 };
	int fd = other_peer_connect(endpoint, "127.0.0.1");

	CHECK_INT(send(fd, call->data, call->length, MSG_NOSIGNAL), call->length);
	CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	close(fd);
}

/* What was sent before is still there to be read when the server looks. */
static void check_reset(const struct daemon *daemon, const char *prefix)
{
	static const calc_accumulation arguments = { (char *)"reset", 1 };
	static const char *const total[] = { "accumulate", "reset", "0", NULL };
	const char *argv[] = { program_path("sidecall"),
			       "--via",
			       daemon_endpoint(daemon, "rpc+unix"),
			       total[0],
			       total[1],
			       total[2],
			       NULL };
	const struct endpoint endpoint = endpoint_of(daemon, prefix);
	struct buffer call = { 0 };
	struct outcome outcome;

	call_make(&call, endpoint.protocol == ENDPOINT_RPC, true, 9, "accumulate", &arguments);
	kill(daemon->pid, SIGSTOP);
	for (int i = 0; i < 8; i++)
		call_and_reset(&endpoint, &call);
	kill(daemon->pid, SIGCONT);
	CHECK_INT(call_add(&endpoint, HARNESS_PATIENCE * SECOND, 40, 2), 42);
	outcome = process_run(argv, NULL);
	CHECK_STR(outcome.out, "0\n");
	outcome_release(&outcome);
	buffer_release(&call);
}

static void test_reset(void)
{
	static const char *const options[] = { "--workers", "1",
					       "--listen",  "rpc+tcp://127.0.0.1:0",
					       "--listen",  "rpc+unix",
					       "--listen",  "raw+tcp://127.0.0.1:0",
					       "--require", "CALC_ACCUMULATE=local",
					       NULL };
	struct daemon daemon;

	if (daemon_start(&daemon, NULL, options)) {
		check_reset(&daemon, "rpc+tcp");
		check_reset(&daemon, "raw+tcp");
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* A connection from here, which was reset before anybody asked whose it is. */
static int accept_reset(void)
{
	const struct linger reset = { .l_onoff = 1 };
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), accepted,
	    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK_INT(bind(listener, (struct sockaddr *)&address, length), 0);
	CHECK_INT(listen(listener, 1), 0);
	CHECK_INT(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	CHECK_INT(connect(fd, (struct sockaddr *)&address, length), 0);
	CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	close(fd);
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	CHECK_THAT(accepted >= 0, "it is accepted all the same");
	close(listener);
	return accepted;
}

static void test_nobody(void)
{
	struct addresses *addresses = NULL;
	int fd = accept_reset();
	const struct peer_id peer = peer_of_socket(fd);

	CHECK_THAT(!peer_is_here(&peer), "a connection that was reset is no user's");
	CHECK_INT(addresses_of_socket(fd, &addresses), -ENOTCONN);
	check_local("0.0.0.0/0,uid:4294967294", fd, false);
	close(fd);
}

/* ---- sidecall run ---- */

static void test_run(void)
{
	struct daemon daemon;

	if (!odd_can_preload())
		return;
	setenv("SIDECALL_RUN_ALLOW", OTHER_PEER_HOST ",uid:12345", 1);
	if (daemon_run_stock(&daemon, NULL)) {
		CHECK_THAT(calls_from(&daemon, "tirpc+tcp", OTHER_PEER_HOST), "tcp: who may");
		CHECK_THAT(!calls_from(&daemon, "tirpc+tcp", "127.0.0.1"), "tcp: who may not");
		CHECK_THAT(!calls_from(&daemon, "tirpc+unix", NULL), "unix: who may not");
		check_datagrams(&daemon, "tirpc+udp");
	}
	unsetenv("SIDECALL_RUN_ALLOW");
	daemon_stop(&daemon);
}

/* What libtirpc's own server, which knows of no rules, is asked under ours. */
static void test_run_with_rules(void)
{
	static const char *const add[] = { "add", "1", "2", NULL };
	static const char *const null[] = { "null", NULL };
	struct daemon daemon;
	char rules[40];

	if (!odd_can_preload())
		return;
	snprintf(rules, sizeof(rules), "%u.*=local", (unsigned int)CALC_PROG);
	setenv("SIDECALL_RUN_REQUIRE", rules, 1);
	if (daemon_run_stock(&daemon, NULL)) {
		check_call(&daemon, "tirpc+tcp", add, 77);
		check_call(&daemon, "tirpc+tcp", null, 0);
		check_call(&daemon, "tirpc+unix", add, 0);
	}
	unsetenv("SIDECALL_RUN_REQUIRE");
	daemon_stop(&daemon);
}

/* There libtirpc is who checks tickets, and it has no key. */
static void test_run_with_tickets(void)
{
	struct daemon daemon;

	if (!odd_can_preload())
		return;
	setenv("SIDECALL_RUN_REQUIRE", "748797952.*=sys", 1);
	if (daemon_run_stock(&daemon, NULL)) {
		enum auth_stat why = refused_as(&daemon, "tirpc+tcp", RPCSEC_GSS, 1);

		CHECK_THAT(why != AUTH_OK, "%d", (int)why);
		CHECK_INT(refused_as(&daemon, "tirpc+tcp", 4711, 1), AUTH_REJECTEDCRED);
	}
	unsetenv("SIDECALL_RUN_REQUIRE");
	daemon_stop(&daemon);
}

/* Where it cannot be read, nobody may call. */
static void test_run_with_nonsense(void)
{
	struct daemon daemon;

	if (!odd_can_preload())
		return;
	setenv("SIDECALL_RUN_ALLOW", "127.0.0.1,nonsense", 1);
	if (daemon_run_stock(&daemon, NULL)) {
		CHECK_THAT(!calls_from(&daemon, "tirpc+tcp", "127.0.0.1"), "somebody may");
		CHECK_THAT(daemon_says(&daemon, "Nobody may call", HARNESS_PATIENCE * 1000),
			   "it says why");
	}
	unsetenv("SIDECALL_RUN_ALLOW");
	daemon_stop(&daemon);
}

/* A program into which nothing can be loaded is not run: everybody could call it. */
static void test_run_what_cannot_be(void)
{
	static const char *const programs[] = { "tests/preload/alone", "tests/preload/other" };

	if (!odd_can_preload())
		return;
	for (size_t i = 0; i < COUNT(programs); i++) {
		char command[600];
		const char *argv[] = {
			program_path("sidecall"), "run", "--allow", "127.0.0.1", command, NULL
		};
		struct outcome outcome;

		snprintf(command, sizeof(command), "%s", program_path(programs[i]));
		argv[0] = program_path("sidecall");
		outcome = process_run(argv, NULL);
		CHECK_INT(outcome.status, 69);
		CHECK_STR(outcome.out, "");
		CHECK_THAT(strstr(outcome.error, "--allow"), "%s", outcome.error);
		outcome_release(&outcome);
	}
}

/* ---- options ---- */

static struct contract *read_contract(const char *text)
{
	struct contract *contract = contract_open();

	CU_ASSERT_FATAL(contract != NULL);
	CHECK_INT(contract_add(contract, "t.x", text, strlen(text)), 0);
	CHECK_INT(contract_resolve(contract), 0);
	return contract;
}

/* A rule has no version, so a name that is two numbers is none. */
static void test_names(void)
{
	static const char text[] =
		"program P { version A { void X(void) = 1; void Z(void) = 4; } = 1;"
		"version B { void X(void) = 2; void Y(void) = 3; void Z(void) = 4; } = 2; } = 77;";
	static const struct {
		const char *rules, *numbers; /* NULL: there is something wrong with them */
	} cases[] = {
		{ "P.Y=sys", "77.3=sys" },
		{ "P.Z=local,P.*=none", "77.4=local,77.*=none" },
		{ "P.B.X=sys", "77.2=sys" },
		{ "P.X=sys", NULL },
		{ "P.A.*=sys", NULL },
		{ "Q.*=sys", NULL },
		{ "77.1=sys,8.9=sys", "77.1=sys,8.9=sys" },
	};
	struct contract *contract = read_contract(text);

	for (size_t i = 0; i < COUNT(cases); i++) {
		char wrong[OPTION_WRONG], *list = NULL;
		const char *why = access_names_require(&list, cases[i].rules, contract, wrong);

		CHECK_THAT(!why == !!cases[i].numbers, "%s: %s", cases[i].rules, why ? why : "");
		if (cases[i].numbers)
			CHECK_STR(list, cases[i].numbers);
		free(list);
	}
	contract_close(contract);
}

static void test_wrong_options(void)
{
	static const char *const wrong[][3] = {
		{ "--allow", "nobody.example", "neither an address" },
		{ "--allow", "192.0.2.1/8", "goes on behind the bits" },
		{ "--allow", "127.0.0.1,uid:no-such-user", "no name of one" },
		{ "--allow", "", "takes somebody" },
		{ "--require", "CALC_ADD", "of the form" },
		{ "--require", "CALC_PROG.CALC_ADD=much", "neither none nor sys" },
		{ "--require", "CALC_PROG.CALC_NOTHING=sys", "no such procedure" },
		{ "--require", "NO_PROG.*=sys", "no such procedure" },
		{ "--require", "", "takes a rule" },
	};
	const char *stock[] = { program_path("sidecalld"), "--stock", "--allow", "::1", NULL };
	struct outcome outcome = process_run(stock, NULL);

	CHECK_INT(outcome.status, 64);
	outcome_release(&outcome);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *argv[] = { program_path("sidecalld"), wrong[i][0], wrong[i][1], NULL };

		outcome = process_run(argv, NULL);
		CHECK_INT(outcome.status, 64);
		CHECK_THAT(strstr(outcome.error, wrong[i][2]), "%s", outcome.error);
		outcome_release(&outcome);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "what is no one", test_what_is_no_one },
		{ "addresses", test_addresses },
		{ "what is no rule", test_what_is_no_rule },
		{ "rules", test_rules },
		{ "options that cannot be read", test_unreadable_options },
		{ "who connects on this machine", test_who_connects_here },
		{ "further groups", test_further_groups },
		{ "a server", test_server },
		{ "users", test_users },
		{ "every transport of this machine", test_every_transport_of_this_machine },
		{ "what calls need", test_requirements },
		{ "calls with tickets that nobody checks", test_tickets },
		{ "calls of connections that were reset", test_reset },
		{ "nobody", test_nobody },
		{ "sidecall run", test_run },
		{ "sidecall run, with rules", test_run_with_rules },
		{ "sidecall run, with rules and tickets", test_run_with_tickets },
		{ "sidecall run, with nonsense", test_run_with_nonsense },
		{ "sidecall run, of what it cannot", test_run_what_cannot_be },
		{ "names in rules", test_names },
		{ "wrong options", test_wrong_options },
		{ NULL, NULL },
	};

	return program_use_built() ? harness_run("access", tests) : 1;
}
