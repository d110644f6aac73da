/* What a server is told that finds another one's entry at rpcbind: whether that one is alive. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/runtime/clock.h"
#include "server/runtime/registry/known.h"
#include "tests/kit/harness.h"
#include "tests/kit/registered.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECONDS      INT64_C(1000000000)
#define PROGRAM      0x20004711

/* What stands where a server was, and what that means. */
static const struct answer {
	const char *what, *hex;
	enum known_state state;
	bool trickles; /* it sends all of it ever again, byte by byte */
	bool hangs_up;
} answers[] = {
	{ "a reply", "80000018 XXXXXXXX 00000001 00000000 00000000 00000000 00000000", KNOWN_ALIVE,
	  false, false },
	{ "AUTH_TOOWEAK", "80000014 XXXXXXXX 00000001 00000001 00000001 00000005", KNOWN_ALIVE,
	  false, false },
	{ "SYSTEM_ERR", "80000018 XXXXXXXX 00000001 00000000 00000000 00000000 00000005",
	  KNOWN_ALIVE, false, false },
	{ "PROG_UNAVAIL", "80000018 XXXXXXXX 00000001 00000000 00000000 00000000 00000001",
	  KNOWN_GONE, false, false },
	{ "PROG_MISMATCH",
	  "80000020 XXXXXXXX 00000001 00000000 00000000 00000000 00000002 00000001 00000002",
	  KNOWN_GONE, false, false },
	{ "another kind of server", "48545450 2f312e31 20343030 0d0a", KNOWN_SILENT, false, true },
	{ "a verifier beyond its bound", "80000018 XXXXXXXX 00000001 00000000 00000000 7fffffff",
	  KNOWN_SILENT, false, true },
	{ "a call", "80000018 XXXXXXXX 00000000 00000002 20004711 00000001 00000000", KNOWN_SILENT,
	  false, true },
	{ "a fragment without an end", "00000004 00000000", KNOWN_SILENT, false, true },
	{ "nothing", "", KNOWN_SILENT, false, true },
	{ "a byte now and then", "7fffffff", KNOWN_SILENT, true, false },
};

static void fill_in(const struct answer *answer, const uint8_t call[8], uint8_t *bytes)
{
	const char *xid = strchr(answer->hex, 'X');

	if (xid)
		memcpy(bytes + 4, call + 4, 4);
}

static size_t bytes_of(const struct answer *answer, uint8_t bytes[64])
{
	char hex[128];

	snprintf(hex, sizeof(hex), "%s", answer->hex);
	for (char *x = hex; *x; x++)
		*x = *x == 'X' ? '0' : *x;
	return bytes_from_hex(bytes, hex);
}

struct other {
	const struct answer *answer;
	int listener;
	pthread_t caller;
};

static void take_signal(int number)
{
	(void)number;
}

/* While somebody waits for an answer: they are none. */
static void send_signals(pthread_t caller)
{
	for (int i = 0; i < 3; i++) {
		poll(NULL, 0, 10);
		pthread_kill(caller, SIGUSR1);
	}
}

/* Ends when its caller has gone. */
static void *serve(void *argument)
{
	const struct other *other = argument;
	int fd = accept(other->listener, NULL, NULL);
	uint8_t call[64], bytes[64];
	size_t length = bytes_of(other->answer, bytes);

	if (recv(fd, call, sizeof(call), 0) < 44)
		CU_FAIL("no call");
	send_signals(other->caller);
	fill_in(other->answer, call, bytes);
	if (send(fd, bytes, length, MSG_NOSIGNAL) < 0)
		CU_FAIL("no answer");
	while (other->answer->trickles && send(fd, "", 1, MSG_NOSIGNAL) == 1)
		poll(NULL, 0, 100);
	if (!other->answer->hangs_up)
		(void)!recv(fd, call, sizeof(call), 0);
	close(fd);
	return NULL;
}

static struct rpcb entry_at(const char *netid, const char *address)
{
	return (struct rpcb){ .r_prog = PROGRAM,
			      .r_vers = 1,
			      .r_netid = (char *)netid,
			      .r_addr = (char *)address,
			      .r_owner = (char *)"" };
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(fd, 1), 0);
	return fd;
}

static void test_answers(void)
{
	char directory[] = "/tmp/known.XXXXXX", path[64];

	CU_ASSERT_FATAL(harness_directory(directory) != NULL);
	snprintf(path, sizeof(path), "%s/socket", directory);
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct other other = { &answers[i], listen_at(path), pthread_self() };
		const struct rpcb entry = entry_at("local", path);
		int64_t began = clock_now();
		pthread_t thread;

		pthread_create(&thread, NULL, serve, &other);
		CHECK_THAT(known_look(&entry, 1000) == answers[i].state, "%s", answers[i].what);
		CHECK_THAT(clock_now() - began < 20 * SECONDS, "%s takes long", answers[i].what);
		pthread_join(thread, NULL);
		close(other.listener);
		CHECK_THAT(known_look(&entry, 0) == KNOWN_GONE, "refused, after %s",
			   answers[i].what);
		unlink(path);
	}
	CHECK_INT(rmdir(directory), 0);
}

static void check_state(const char *netid, const char *address, enum known_state state)
{
	const struct rpcb entry = entry_at(netid, address);

	CHECK_THAT(known_look(&entry, 1000) == state, "%s %s", netid, address);
}

static void test_addresses(void)
{
	char tcp[64], udp[64];
	int stream = registered_reserve_port(SOCK_STREAM, tcp),
	    datagrams = registered_reserve_port(SOCK_DGRAM, udp);

	check_state("tcp", tcp, KNOWN_GONE);
	check_state("udp", udp, KNOWN_SILENT);
	close(datagrams);
	check_state("udp", udp, KNOWN_GONE);
	CHECK_INT(known_look(&(struct rpcb){ .r_netid = (char *)"tcp", .r_addr = tcp }, 0),
		  KNOWN_GONE);
	CHECK_INT(known_look(&(struct rpcb){ .r_netid = (char *)"udp", .r_addr = udp }, 0),
		  KNOWN_GONE);
	close(stream);
	check_state("local", "/nowhere/socket", KNOWN_GONE);
	check_state("carrier-pigeon", "127.0.0.1.1.1", KNOWN_GONE);
	check_state("tcp", "no address", KNOWN_GONE);
}

static void test_readable(void)
{
	static const char *const texts[][2] = {
		{ "127.0.0.1.165.91", "127.0.0.1:42331" },
		{ "::1.0.111", "[::1]:111" },
		{ "/run/a.1.2", "/run/a.1.2" },
		{ "what.this", "what.this" },
		{ "", "" },
	};
	char text[64];

	for (size_t i = 0; i < COUNT(texts); i++) {
		known_address(texts[i][0], text, sizeof(text));
		CHECK_STR(text, texts[i][1]);
	}
}

static void test_same(void)
{
	CU_ASSERT(known_is_same("0.0.0.0.1.2", "127.0.0.1.1.2"));
	CU_ASSERT(known_is_same("::1.1.2", "::.1.2"));
	CU_ASSERT(known_is_same("/run/a", "/run/a"));
	CU_ASSERT(!known_is_same("0.0.0.0.1.2", "127.0.0.1.2.2"));
	CU_ASSERT(!known_is_same("127.0.0.2.1.2", "127.0.0.1.1.2"));
	CU_ASSERT(!known_is_same("/run/a", "/run/b"));
}

static const struct test tests[] = {
	{ "what answers at an entry's address", test_answers },
	{ "where nobody listens", test_addresses },
	{ "addresses for people", test_readable },
	{ "an address that is ours", test_same },
	{ 0 },
};

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, take_signal);
	return harness_run("known", tests);
}
