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
#define MEETINGS     4 /* as many as a client tries, when servers leave */

/* A server by hand: it says this to the client that has greeted with `number`. */
struct host {
	struct endpoint endpoint;
	char directory[32];
	int greetings; /* the well-known FIFO, with both ends open */
	int leaving;   /* servers that welcome it and go, before the one that says what follows */
	void (*welcome)(int replies, uint64_t number); /* NULL: there is none */
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

static void say_nothing(int replies, uint64_t number)
{
	(void)replies, (void)number;
}

static const struct {
	const char *name;
	int leaving;
	void (*welcome)(int replies, uint64_t number);
	enum failure_code code; /* of opening */
	const char *why;        /* a part of it */
} cases[] = {
	{ "its own", 0, greet_back, FAILURE_NONE, "" },
	{ "another client's", 0, greet_another, FAILURE_PROTOCOL, "Protocol error" },
	{ "of another first half", 0, greet_first_half, FAILURE_PROTOCOL, "Protocol error" },
	{ "noise", 0, send_noise, FAILURE_PROTOCOL, "Protocol error" },
	{ "cut off", 0, cut_off, FAILURE_PROTOCOL, "Protocol error" },
	{ "its own, of who goes", MEETINGS, NULL, FAILURE_UNAVAILABLE, "sent us away" },
	{ "of the one after who goes", MEETINGS - 1, greet_back, FAILURE_NONE, "" },
	{ "none", 0, say_nothing, FAILURE_UNAVAILABLE, "sent us away" },
};

/* ---- the server ---- */

/* Opens the pair of the client that greets next, the calls without waiting for their other end. */
static bool accept_client(const struct host *host, uint64_t *number, int *replies, int *calls)
{
	char line[RENDEZVOUS_GREETING];
	struct rendezvous_pair pair;

	if (read(host->greetings, line, sizeof(line)) != sizeof(line) ||
	    !rendezvous_read_line(line + 1, sizeof(line) - 2, number))
		return false;
	rendezvous_pair(&host->endpoint, *number, &pair);
	*replies = rendezvous_open_fifo(pair.replies, O_WRONLY);
	*calls = open(pair.calls, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return true;
}

/* Welcomes one as it should be, but is gone before the client has opened its calls. */
static void welcome_and_leave(const struct host *host)
{
	uint64_t number;
	int replies, calls;

	if (!accept_client(host, &number, &replies, &calls))
		return;
	close(calls);
	greet_back(replies, number);
	close(replies);
}

/* Meets one client, and takes its call if one comes. */
static void welcome_and_serve(const struct host *host)
{
	const int64_t end = clock_now() + TIMEOUT;
	uint64_t number;
	int replies, calls;
	char byte;

	if (!accept_client(host, &number, &replies, &calls))
		return;
	host->welcome(replies, number);
	if (host->welcome == greet_back) {
		fcntl(calls, F_SETFL, 0);
		while (read(calls, &byte, 1) == 0 && clock_now() < end)
			; /* its other end is not open yet */
	}
	close(replies);
	close(calls);
}

static void *meet(void *argument)
{
	const struct host *host = argument;

	for (int i = 0; i < host->leaving; i++)
		welcome_and_leave(host);
	if (host->welcome)
		welcome_and_serve(host);
	return NULL;
}

/* Its place, and nobody who reads there. */
static void host_make(struct host *host, const char *protocol)
{
	char text[64], path[RENDEZVOUS_MAX_FIFO];

	snprintf(host->directory, sizeof(host->directory), "/tmp/sidecall-test-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(host->directory));
	snprintf(text, sizeof(text), "%s+fifo:%s", protocol, host->directory);
	host->endpoint = call_endpoint(text);
	rendezvous_fifo(&host->endpoint, path);
	CU_ASSERT_FATAL(mkfifo(path, 0600) == 0);
	host->greetings = open(path, O_RDWR | O_CLOEXEC);
}

static void host_start(struct host *host, const char *protocol)
{
	host_make(host, protocol);
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
		struct host host = { .leaving = cases[i / 2].leaving,
				     .welcome = cases[i / 2].welcome };

		host_start(&host, protocols[i % 2]);
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
	struct host host = { .welcome = NULL };
	int fd;

	host_make(&host, "raw");
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
