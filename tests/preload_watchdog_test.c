/* `sidecall run`: a program that knows of no service manager gives it signs of life (WatchdogSec=).
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/odd.h"
#include "tests/kit/process.h"

#define SECOND  1000     /* milliseconds */
#define PERIOD  "400000" /* microseconds in which the manager wants a sign: there are four */
#define SILENCE 500      /* milliseconds without any */

static char directory[] = "/tmp/sidecall-watchdog-XXXXXX";
static int manager; /* the socket of the one that watches */

static void watch(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", directory);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(manager, (struct sockaddr *)&address, sizeof(address)) < 0)
		abort();
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	setenv("WATCHDOG_USEC", PERIOD, 1);
}

static bool hears(int milliseconds)
{
	struct pollfd said = { .fd = manager, .events = POLLIN };
	char text[64] = "";

	if (poll(&said, 1, milliseconds) != 1)
		return false;
	CHECK_THAT(recv(manager, text, sizeof(text) - 1, 0) > 0, "it says something");
	CHECK_STR(text, "WATCHDOG=1\n");
	return true;
}

/* What it said before it hung. */
static void drain(void)
{
	while (hears(0))
		;
}

static void check_life(const char *const words[])
{
	struct odd odd = { .how = OURS, .way = TCP, .standard = -1 };
	int fd;

	if (odd_start(&odd, words)) {
		for (int i = 0; i < 5; i++)
			CU_ASSERT(hears(HARNESS_PATIENCE * SECOND));
		fd = odd_connect(&odd);
		odd_ask(&odd, fd, DO, REPLY_AND_WORK);
		AWAIT((drain(), !hears(SILENCE)));
		CHECK_THAT(!hears(SILENCE), "its dispatcher hangs, and nobody misses it");
		CHECK_INT(write(odd.in, "x", 1), 1);
		CU_ASSERT(hears(HARNESS_PATIENCE * SECOND));
		close(fd);
	}
	odd_stop(&odd);
	drain();
}

static void test_life(void)
{
	check_life(odd_no_words);
}

/* The manager started another process than the one that serves. */
static void test_background(void)
{
	static const char *const words[] = { "-b", "after", NULL };

	check_life(words);
}

static void test_unwanted(void)
{
	struct odd odd = { .how = OURS, .way = TCP, .standard = -1 };

	setenv("WATCHDOG_PID", "1", 1);
	if (odd_start(&odd, odd_no_words))
		CHECK_THAT(!hears(SILENCE), "it speaks for another process");
	odd_stop(&odd);
	unsetenv("WATCHDOG_PID");
}

static const struct test tests[] = {
	{ "while it serves, and not while it hangs", test_life },
	{ "from the background, too", test_background },
	{ "not for another process", test_unwanted },
	{ 0 },
};

int main(void)
{
	int failed;

	if (!program_use_built() || !mkdtemp(directory))
		return EXIT_FAILURE;
	watch();
	failed = harness_run("preload_watchdog", tests);
	remove_tree(directory);
	return failed;
}
