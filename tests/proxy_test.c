/* Streams behind a proxy: what it says of them, and whose they are then. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/runtime/proxy_header.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/namespace.h"
#include "tests/kit/odd.h"
#include "tests/kit/other_peer.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SIGNATURE "0d0a0d0a 000d0a51 5549540a "
#define SOMEBODY  SIGNATURE "21 11 000c c0000207 7f000001 d431 0050" /* 192.0.2.7:54321 */
#define ANOTHER   SIGNATURE "21 11 000c c0000208 7f000001 d431 0050" /* 192.0.2.8 */
#define STRANGER  SIGNATURE "21 11 000c c6336401 7f000001 d431 0050" /* 198.51.100.1 */
#define OWN       SIGNATURE "20 00 0000"
#define BY_IPV6                                                                                    \
	SIGNATURE "21 21 0024 20010db8000000000000000000000007 00000000000000000000000000000001"   \
		  " d431 0050"

/* ---- headers ---- */

static void test_headers(void)
{
	static const struct {
		const char *hex;
		int r;
		const char *source; /* NULL: the proxy's own */
	} cases[] = {
		{ SOMEBODY, 1, "192.0.2.7" },
		{ BY_IPV6, 1, "2001:db8::7" },
		{ OWN, 1, NULL },
		{ SIGNATURE "20 11 000c c0000207 7f000001 d431 0050", 1, NULL },
		{ SIGNATURE "20 00 0003 040000", 1, NULL },
		{ SIGNATURE "21 00 0000", 1, NULL },                             /* unknown */
		{ SIGNATURE "21 12 000c c0000207 7f000001 d431 0050", 1, NULL }, /* by UDP */
		{ SIGNATURE "21 11 0013 c0000207 7f000001 d431 0050 04000461626364", 1,
		  "192.0.2.7" }, /* with more behind it */
		{ SIGNATURE "21 11 000b c0000207 7f000001 d431 00", -EPROTO, NULL },
		{ SIGNATURE "21 21 000c c0000207 7f000001 d431 0050", -EPROTO, NULL },
		{ SIGNATURE "21 11 0000", -EPROTO, NULL },
		{ SIGNATURE "22 11 000c", -EPROTO, NULL }, /* no such command */
		{ SIGNATURE "11 11 000c", -EPROTO, NULL }, /* version 1, in bytes */
		{ SIGNATURE "31 11 000c", -EPROTO, NULL },
		{ SIGNATURE "21 41 0000", -EPROTO, NULL }, /* no such family */
		{ SIGNATURE "21 13 0000", -EPROTO, NULL }, /* no such transport */
		{ SIGNATURE "21 11 0209", -EPROTO, NULL }, /* 537 bytes */
		{ SIGNATURE "21 11 ffff", -EPROTO, NULL },
		{ SIGNATURE "21 11 0208", 0, NULL },         /* 536 */
		{ "50524f5859205443503420", -EPROTO, NULL }, /* version 1 */
		{ "80000028", -EPROTO, NULL },               /* a call */
		{ "0d0a0d0a000d0a515549540b", -EPROTO, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t bytes[PROXY_HEADER_MOST];
		size_t whole, length = bytes_from_hex(bytes, cases[i].hex);
		char text[INET6_ADDRSTRLEN] = "";
		struct proxy_header header;

		CHECK_THAT(proxy_header_read(bytes, length, &header, &whole) == cases[i].r, "%s",
			   cases[i].hex);
		if (cases[i].r != 1)
			continue;
		CHECK_INT(header.local, !cases[i].source);
		CHECK_INT(whole, length);
		if (header.source.ss_family == AF_INET)
			inet_ntop(AF_INET, &((struct sockaddr_in *)&header.source)->sin_addr, text,
				  sizeof(text));
		else if (header.source.ss_family == AF_INET6)
			inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&header.source)->sin6_addr,
				  text, sizeof(text));
		if (cases[i].source) {
			CHECK_STR(text, cases[i].source);
			CHECK_INT(ntohs(((struct sockaddr_in *)&header.source)->sin_port), 54321);
		}
	}
}

/* Of each beginning of one more is asked for, and never a byte behind it. */
static void test_headers_in_part(void)
{
	static const char *const headers[] = { SOMEBODY, BY_IPV6, OWN };

	for (size_t i = 0; i < COUNT(headers); i++) {
		uint8_t bytes[PROXY_HEADER_MOST];
		size_t whole, length = bytes_from_hex(bytes, headers[i]);
		struct proxy_header header;

		for (size_t part = 0; part < length; part++) {
			CHECK_INT(proxy_header_read(bytes, part, &header, &whole), 0);
			CHECK_THAT(whole > part && whole <= length, "%zu of %zu: %zu", part, length,
				   whole);
		}
	}
}

/* ---- a server behind a proxy ---- */

static bool send_hex(int fd, const char *hex, bool slowly)
{
	uint8_t bytes[2048];
	size_t length = bytes_from_hex(bytes, hex), step = slowly ? 1 : length;

	for (size_t i = 0; i < length; i += step)
		if (send(fd, bytes + i, step, MSG_NOSIGNAL) != (ssize_t)step)
			return false;
	return true;
}

static int connect_as(const struct endpoint *endpoint, const char *host, const char *header,
		      bool slowly)
{
	int fd = other_peer_connect(endpoint, host);

	if (fd >= 0 && *header && !send_hex(fd, header, slowly)) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool calls_as(const struct endpoint *endpoint, const char *host, const char *header,
		     bool slowly)
{
	int fd = connect_as(endpoint, host, header, slowly);
	bool right = fd >= 0 && other_peer_adds(fd, endpoint) && other_peer_adds(fd, endpoint);

	if (fd >= 0)
		close(fd);
	return right;
}

static void check_callers(const struct daemon *daemon, const char *prefix)
{
	static const struct {
		const char *host, *header;
		bool slowly, right;
	} cases[] = {
		{ "127.0.0.1", SOMEBODY, false, true },
		{ "127.0.0.1", SOMEBODY, true, true },
		{ "127.0.0.1", BY_IPV6, true, true },
		{ "127.0.0.1", OWN, false, true },
		{ "127.0.0.1", STRANGER, false, false },
		{ "127.0.0.1", "", false, false },
		{ "127.0.0.1", "50524f585920554e4b4e4f574e0d0a", false, false }, /* version 1 */
		{ "127.0.0.1", SOMEBODY SOMEBODY, false, false },
		{ OTHER_PEER_HOST, "", false, true },
		{ OTHER_PEER_HOST, SOMEBODY, false, false },
		{ "127.0.0.3", SOMEBODY, false, false },
	};
	const struct endpoint endpoint = call_endpoint(daemon_endpoint(daemon, prefix));

	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_THAT(calls_as(&endpoint, cases[i].host, cases[i].header, cases[i].slowly) ==
				   cases[i].right,
			   "%s: case %zu", prefix, i);
}

static void test_callers(void)
{
	static const char *const options[] = { "--listen",
					       "rpc+tcp://127.0.0.1:0",
					       "--listen",
					       "raw+tcp://127.0.0.1:0",
					       "--proxy-from",
					       "127.0.0.1",
					       "--allow",
					       "192.0.2.0/24,2001:db8::/64",
					       "--allow",
					       OTHER_PEER_HOST,
					       NULL };
	struct daemon daemon;

	if (daemon_start(&daemon, NULL, options)) {
		check_callers(&daemon, "rpc+tcp");
		check_callers(&daemon, "raw+tcp");
		CHECK_THAT(daemon_says(&daemon, "198.51.100.1: it is not among those",
				       HARNESS_PATIENCE * 1000),
			   "the log names the source");
		CHECK_THAT(daemon_says(&daemon, "127.0.0.1: it is a proxy, and what it sent",
				       HARNESS_PATIENCE * 1000),
			   "the log names the proxy");
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* What a source may have is its own, and not what all behind the proxy may have. */
static void test_limits(void)
{
	static const char *const options[] = { "--listen",
					       "raw+tcp://127.0.0.1:0",
					       "--proxy-from",
					       "127.0.0.0/8",
					       "--max-per-address",
					       "2",
					       "--workers",
					       "1",
					       NULL };
	struct daemon daemon;
	struct endpoint endpoint;
	int fds[4];

	if (!daemon_start(&daemon, NULL, options)) {
		daemon_stop(&daemon);
		return;
	}
	endpoint = call_endpoint(daemon_endpoint(&daemon, "raw+tcp"));
	for (int i = 0; i < 4; i++) {
		fds[i] = connect_as(&endpoint, "127.0.0.1", i < 3 ? SOMEBODY : ANOTHER, false);
		CHECK_THAT(other_peer_adds(fds[i], &endpoint) == (i != 2), "connection %d", i);
	}
	CHECK_THAT(daemon_says(&daemon, "192.0.2.7: ", HARNESS_PATIENCE * 1000),
		   "the log names the source");
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- a proxy on another machine ---- */

#define FAR  "10.9.8.7"
#define SELF SIGNATURE "21 11 000c 7f000001 7f000001 d431 0050" /* 127.0.0.1 */
#define SELF_6                                                                                     \
	SIGNATURE "21 21 0024 00000000000000000000000000000001 00000000000000000000000000000001"   \
		  " d431 0050"
#define SELF_MAPPED                                                                                \
	SIGNATURE "21 21 0024 00000000000000000000ffff7f000001 00000000000000000000000000000001"   \
		  " d431 0050"

static enum other_peer_answer ask_status(const struct endpoint *endpoint, const char *host,
					 const char *header)
{
	static const char call[] = "80000028 00000007 00000000 00000002 257a7000 00000001 00000001"
				   "00000000 00000000 00000000 00000000";
	uint8_t reply[24];
	int fd = connect_as(endpoint, host, header, false);
	bool answered = fd >= 0 && send_hex(fd, call, false) &&
			recv(fd, reply, sizeof(reply), MSG_WAITALL) == sizeof(reply);

	if (fd >= 0)
		close(fd);
	if (!answered)
		return OTHER_PEER_CLOSED;
	return reply[15] == MSG_ACCEPTED ? OTHER_PEER_ANSWERED : OTHER_PEER_REFUSED;
}

/* Its loopback is its own: who calls from there is no more on this machine than it is. */
static void test_loopback_elsewhere(void)
{
	static const char *const options[] = { "--listen",
					       "rpc+tcp://0.0.0.0:0",
					       "--proxy-from",
					       "127.0.0.1," FAR,
					       "--workers",
					       "1",
					       NULL };
	static const struct {
		const char *host, *header;
		enum other_peer_answer answer;
	} cases[] = {
		{ FAR, SELF, OTHER_PEER_REFUSED },
		{ FAR, SELF_6, OTHER_PEER_REFUSED },
		{ FAR, SELF_MAPPED, OTHER_PEER_REFUSED },
		{ FAR, SOMEBODY, OTHER_PEER_REFUSED },
		{ FAR, OWN, OTHER_PEER_REFUSED },
		{ "127.0.0.1", SELF, OTHER_PEER_ANSWERED },
		{ "127.0.0.1", SELF_6, OTHER_PEER_ANSWERED },
		{ "127.0.0.1", OWN, OTHER_PEER_ANSWERED },
		{ "127.0.0.1", SOMEBODY, OTHER_PEER_REFUSED },
	};
	struct endpoint endpoint;
	struct daemon daemon;

	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	endpoint = call_endpoint(daemon_endpoint(&daemon, "rpc+tcp"));
	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(endpoint.host, sizeof(endpoint.host), "%s", cases[i].host);
		CHECK_THAT(ask_status(&endpoint, cases[i].host, cases[i].header) == cases[i].answer,
			   "case %zu", i);
	}
	CHECK_THAT(daemon_says(&daemon, "peer=" FAR ": rpc: it asked for the status",
			       HARNESS_PATIENCE * 1000),
		   "the log names the proxy's machine");
	CHECK_THAT(daemon_says(&daemon, "peer=192.0.2.7: rpc: it asked for the status",
			       HARNESS_PATIENCE * 1000),
		   "the log names the source");
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Nor is it let in as whoever calls from this machine's. */
static void check_let_in(const char *allowed, bool far, bool here)
{
	const char *const options[] = { "--listen",
					"rpc+tcp://0.0.0.0:0",
					"--proxy-from",
					"127.0.0.1," FAR,
					"--allow",
					allowed,
					NULL };
	struct endpoint endpoint;
	struct daemon daemon;

	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	endpoint = call_endpoint(daemon_endpoint(&daemon, "rpc+tcp"));
	snprintf(endpoint.host, sizeof(endpoint.host), FAR);
	CHECK_THAT(calls_as(&endpoint, FAR, SELF, false) == far, "%s, from there", allowed);
	snprintf(endpoint.host, sizeof(endpoint.host), "127.0.0.1");
	CHECK_THAT(calls_as(&endpoint, "127.0.0.1", SELF, false) == here, "%s, from here", allowed);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_elsewhere(void)
{
	const char *why = namespace_enter_with(FAR);

	if (why) {
		harness_skip(why);
		return;
	}
	test_loopback_elsewhere();
	check_let_in("127.0.0.0/8", false, true);
	check_let_in(FAR, true, false);
}

/* A header that does not end has the time of a message. */
static void test_silence(void)
{
	static const char *const options[] = { "--listen",  "rpc+tcp://127.0.0.1:0", "--proxy-from",
					       "127.0.0.1", "--message-timeout",     "1",
					       NULL };
	static const char *const parts[] = { "", SIGNATURE, SIGNATURE "21 11 000c c0000207" };
	struct daemon daemon;
	char byte;

	if (daemon_start(&daemon, NULL, options)) {
		const struct endpoint endpoint = call_endpoint(daemon_endpoint(&daemon, "rpc+tcp"));
		int fds[COUNT(parts)];

		for (size_t i = 0; i < COUNT(parts); i++)
			fds[i] = connect_as(&endpoint, "127.0.0.1", parts[i], false);
		for (size_t i = 0; i < COUNT(parts); i++) {
			ssize_t n = read(fds[i], &byte, 1);

			CHECK_THAT(n == 0 || (n < 0 && errno == ECONNRESET), "part %zu stays", i);
			close(fds[i]);
		}
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* A server that stops does not wait for what is only begun, and answers what was asked. */
static void test_stop(void)
{
	static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", "--proxy-from",
					       "127.0.0.1", NULL };
	struct daemon daemon;
	int begun = -1, idle = -1;

	if (daemon_start(&daemon, NULL, options)) {
		const struct endpoint endpoint = call_endpoint(daemon_endpoint(&daemon, "rpc+tcp"));

		begun = connect_as(&endpoint, "127.0.0.1", SIGNATURE, false);
		idle = connect_as(&endpoint, "127.0.0.1", "", false);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
	close(begun);
	close(idle);
}

/* ---- what a procedure sees ---- */

static void test_caller(void)
{
	struct notes notes = { 0 };
	struct odd odd = { .how = RUN, .way = TCP, .standard = -1 };
	int fd;

	if (!odd_can_preload())
		return;
	setenv("SIDECALL_RUN_PROXY_FROM", "127.0.0.1", 1);
	if (odd_start(&odd, odd_no_words)) {
		fd = odd_connect(&odd);
		CHECK_INT(send_hex(fd, SOMEBODY, false), true);
		odd_make_text_call(&notes, &odd, fd, &odd_nobody, CALLER);
		CHECK_THAT(strstr(notes.text, "192.0.2.7"), "it is called from %s", notes.text);
		close(fd);
	}
	unsetenv("SIDECALL_RUN_PROXY_FROM");
	odd_stop(&odd);
}

static void test_wrong_options(void)
{
	static const char *const wrong[][2] = {
		{ "uid:0", "it is no address" },
		{ "", "takes an address" },
		{ "proxy.example", "it is no address" },
		{ "192.0.2.1/8", "goes on behind the bits" },
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *argv[] = { program_path("sidecalld"), "--proxy-from", wrong[i][0],
				       NULL };
		struct outcome outcome = process_run(argv, NULL);

		CHECK_INT(outcome.status, 64);
		CHECK_THAT(strstr(outcome.error, wrong[i][1]), "%s", outcome.error);
		outcome_release(&outcome);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "headers", test_headers },
		{ "headers in part", test_headers_in_part },
		{ "callers", test_callers },
		{ "limits", test_limits },
		{ "silence", test_silence },
		{ "a stop", test_stop },
		{ "what a procedure sees", test_caller },
		{ "wrong options", test_wrong_options },
		/* Last, for the network is another one afterwards. */
		{ "a proxy on another machine", test_elsewhere },
		{ NULL, NULL },
	};

	return program_use_built() ? harness_run("proxy", tests) : 1;
}
