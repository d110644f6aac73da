/* The fifo transport, the client's end: a welcome that is not its own is none. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/runtime/transports/all.h"
#include "common/rendezvous.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TIMEOUT      (20 * SECOND)

/* A server by hand: it says this to the client that has greeted with `number`. */
struct host {
	struct endpoint endpoint;
	char directory[32];
	int greetings; /* the well-known FIFO, with both ends open */
	void (*welcome)(int replies, uint64_t number);
	pthread_t thread;
};

/* ---- what it says ---- */

static void greet_back(int replies, uint64_t number)
{
	char greeting[RENDEZVOUS_GREETING + 1];

	rendezvous_greet(number, greeting);
	CHECK_INT(write(replies, greeting, RENDEZVOUS_GREETING), RENDEZVOUS_GREETING);
}

static void greet_another(int replies, uint64_t number)
{
	greet_back(replies, number ^ 1);
}

static void greet_first_half(int replies, uint64_t number)
{
	greet_back(replies, number ^ UINT64_C(1) << 63);
}

static void send_noise(int replies, uint64_t number)
{
	(void)number;
	CHECK_INT(write(replies, "HTTP/1.1 400 Bad R", RENDEZVOUS_GREETING), RENDEZVOUS_GREETING);
}

/* All but the last byte. */
static void cut_off(int replies, uint64_t number)
{
	char greeting[RENDEZVOUS_GREETING + 1];

	rendezvous_greet(number, greeting);
	CHECK_INT(write(replies, greeting, RENDEZVOUS_GREETING - 1), RENDEZVOUS_GREETING - 1);
}

/* As it should, but it goes before the client has opened its calls. */
static void greet_and_go(int replies, uint64_t number)
{
	greet_back(replies, number);
}

static void say_nothing(int replies, uint64_t number)
{
	(void)replies, (void)number;
}

static const struct {
	const char *name;
	void (*welcome)(int replies, uint64_t number);
	enum failure_code code; /* of opening */
	const char *why;        /* a part of it */
} cases[] = {
	{ "its own", greet_back, FAILURE_NONE, "" },
	{ "another client's", greet_another, FAILURE_PROTOCOL, "Protocol error" },
	{ "of another first half", greet_first_half, FAILURE_PROTOCOL, "Protocol error" },
	{ "noise", send_noise, FAILURE_PROTOCOL, "Protocol error" },
	{ "cut off", cut_off, FAILURE_PROTOCOL, "Protocol error" },
	{ "its own, of who goes", greet_and_go, FAILURE_UNAVAILABLE, "sent us away" },
	{ "none", say_nothing, FAILURE_UNAVAILABLE, "sent us away" },
};

/* ---- the server ---- */

/* Meets one client, takes its call if one comes, and goes. */
static void *meet(void *argument)
{
	struct host *host = argument;
	const int64_t end = clock_now() + TIMEOUT;
	char line[RENDEZVOUS_GREETING], byte;
	struct rendezvous_pair pair;
	uint64_t number;
	int replies, calls;

	if (read(host->greetings, line, sizeof(line)) != sizeof(line) ||
	    !rendezvous_read_line(line + 1, sizeof(line) - 2, &number))
		return NULL;
	rendezvous_pair(&host->endpoint, number, &pair);
	replies = rendezvous_open_fifo(pair.replies, O_WRONLY);
	calls = open(pair.calls, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (host->welcome == greet_and_go)
		close(calls);
	host->welcome(replies, number);
	if (host->welcome == greet_back) {
		fcntl(calls, F_SETFL, 0);
		while (read(calls, &byte, 1) == 0 && clock_now() < end)
			; /* its other end is not open yet */
	}
	close(replies);
	if (host->welcome != greet_and_go)
		close(calls);
	return NULL;
}

/* Its place, and nobody who reads there. */
static void host_make(struct host *host, const char *protocol,
		      void (*welcome)(int replies, uint64_t number))
{
	char text[64], path[RENDEZVOUS_MAX_FIFO];

	snprintf(host->directory, sizeof(host->directory), "/tmp/sidecall-test-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(host->directory));
	snprintf(text, sizeof(text), "%s+fifo:%s", protocol, host->directory);
	host->endpoint = call_endpoint(text);
	host->welcome = welcome;
	rendezvous_fifo(&host->endpoint, path);
	CU_ASSERT_FATAL(mkfifo(path, 0600) == 0);
	host->greetings = open(path, O_RDWR | O_CLOEXEC);
}

static void host_start(struct host *host, const char *protocol,
		       void (*welcome)(int replies, uint64_t number))
{
	host_make(host, protocol, welcome);
	CU_ASSERT_FATAL(pthread_create(&host->thread, NULL, meet, host) == 0);
}

static void host_stop(struct host *host)
{
	pthread_join(host->thread, NULL);
	close(host->greetings);
	remove_tree(host->directory);
}

/* ---- the tests ---- */

static int count_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Opens a channel, sends a byte where that goes, and closes it. */
static int open_and_close(const struct endpoint *endpoint, int64_t timeout, struct failure *failure)
{
	struct channel *channel;
	int code = channel_open(&channel, endpoint, clock_now() + timeout, failure);

	if (code)
		return code;
	CHECK_INT(channel_send(channel, "x", 1, clock_now() + timeout), 0);
	channel_close(channel);
	return 0;
}

/* What the client made is gone, whatever it was told. */
static void test_welcomes(void)
{
	static const char *const protocols[] = { "rpc", "raw" };

	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		struct failure failure = { .why = "" };
		int before = count_descriptors(), code;
		struct host host;

		host_start(&host, protocols[i % 2], cases[i / 2].welcome);
		code = open_and_close(&host.endpoint, TIMEOUT, &failure);
		CHECK_THAT(code == (int)cases[i / 2].code && strstr(failure.why, cases[i / 2].why),
			   "%s: %d: %s", cases[i / 2].name, code, failure.why);
		CHECK_INT(observe_files(host.directory), 1);
		host_stop(&host);
		CHECK_INT(count_descriptors(), before);
	}
}

/* Where the server's FIFO is full there is time to wait until it reads, and no longer. */
static void test_full(void)
{
	char newlines[4096], path[RENDEZVOUS_MAX_FIFO];
	struct failure failure = { .why = "" };
	struct host host;
	int fd;

	host_make(&host, "raw", greet_back);
	rendezvous_fifo(&host.endpoint, path);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	memset(newlines, '\n', sizeof(newlines));
	while (write(fd, newlines, sizeof(newlines)) > 0)
		;
	CHECK_INT(open_and_close(&host.endpoint, SECOND / 10, &failure), FAILURE_TIMEOUT);
	CHECK_INT(observe_files(host.directory), 1);
	close(fd);
	close(host.greetings);
	remove_tree(host.directory);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a welcome that is not ours", test_welcomes },
		{ "no room for a greeting", test_full },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("welcome", tests);
}
