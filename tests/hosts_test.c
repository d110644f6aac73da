/* Names of hosts: how long the client waits for name servers that say nothing. */
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/runtime/channel.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/namespace.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAME         "nobody.example.test"

/* A name server that takes questions and never answers, in place of the machine's own.  Its socket,
 * or -1. */
static int silent_server(char path[])
{
	static const char line[] = "nameserver 127.0.0.53\n";
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(53),
				       .sin_addr.s_addr = htonl(0x7f000035) };
	int file = mkstemp(path), fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ready = write(file, line, strlen(line)) == (ssize_t)strlen(line) &&
		     fchmod(file, 0644) == 0 &&
		     mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0 &&
		     bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

	close(file);
	unlink(path);
	if (ready)
		return fd;
	close(fd);
	return -1;
}

/* A call ends at its time-out, and says of what: had it waited for the resolver, it would say that
 * the host is not known. */
static void check_call(const char *via)
{
	const char *argv[] = {
		program_path("sidecall"), "--timeout", "0.7", "--via", via, "add", "1", "2", NULL
	};
	int64_t took = clock_now();
	struct outcome outcome = process_run(argv, NULL);

	took = clock_now() - took;
	CHECK_THAT(outcome.status == FAILURE_TIMEOUT, "%s: %d: %s", via, outcome.status,
		   outcome.error);
	CHECK_THAT(strstr(outcome.error, "host " NAME), "%s: %s", via, outcome.error);
	CHECK_THAT(took >= SECOND * 7 / 10, "%s: it took %g s only", via, (double)took / 1e9);
	outcome_release(&outcome);
}

static void test_silent_server(void)
{
	static const char *const endpoints[] = { "raw+tcp://" NAME, "raw+udp://" NAME,
						 "rpc+tcp://" NAME, "tirpc+udp://" NAME ":7117" };
	const char *why = namespace_enter(CLONE_NEWNET | CLONE_NEWNS);
	char path[] = "/tmp/sidecall-test-XXXXXX", byte;
	int server = why ? -1 : silent_server(path);

	if (server < 0) {
		harness_skip(why ? why : "not permitted to replace /etc/resolv.conf");
		return;
	}
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		check_call(endpoints[i]);
		/* It was asked, or the name was known without it. */
		CU_ASSERT(recv(server, &byte, 1, MSG_DONTWAIT) == 1);
		while (recv(server, &byte, 1, MSG_DONTWAIT) == 1)
			;
	}
	close(server);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a name server that says nothing", test_silent_server },
		{ NULL, NULL },
	};

	return harness_run("hosts", tests);
}
