/* A receive ends at its deadline, whatever that is; and what is there is received by any deadline.
 */
#include "client/socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "client/channel.h"
#include "tests/harness.h"

#define MILLISECOND INT64_C(1000000) /* nanoseconds */
#define SECOND      (1000 * MILLISECOND)

static void open_pair(int ends[2], struct timed_socket *timed)
{
	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
	socket_init(timed, ends[0]);
}

static void close_pair(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

/* Deadlines around whole seconds, to the nanosecond: each can be told to the kernel. */
static void test_any_deadline(void)
{
	struct timed_socket timed;
	char byte;
	int ends[2];

	open_pair(ends, &timed);
	for (int64_t second = 1; second < 40; second++)
		for (int64_t early = 0; early < 3000; early += 97) {
			timed.longest = 0; /* told anew */
			CHECK_INT(send(ends[1], "x", 1, 0), 1);
			CHECK_INT(socket_receive(&timed, &byte, 1,
						 channel_clock() + second * SECOND - early),
				  1);
		}
	close_pair(ends);
}

static void test_ends_at_its_deadline(void)
{
	struct timed_socket timed;
	char byte;
	int ends[2];
	int64_t begin, deadline;
	ssize_t n = -EINTR;

	open_pair(ends, &timed);
	begin = channel_clock();
	deadline = begin + 30 * MILLISECOND;
	while (n == -EINTR)
		n = socket_receive(&timed, &byte, 1, deadline);
	CHECK_INT(n, -ETIMEDOUT);
	CU_ASSERT(channel_clock() >= deadline);
	CU_ASSERT(channel_clock() - begin < 10 * SECOND);
	CHECK_INT(socket_receive(&timed, &byte, 1, CHANNEL_NOW), -ETIMEDOUT);
	close(ends[1]);
	CHECK_INT(socket_receive(&timed, &byte, 1, channel_clock() + SECOND), 0);
	close(ends[0]);
}

/* How long the kernel was told to let a receive wait; nanoseconds, 0 for ever. */
static int64_t told(const struct timed_socket *timed)
{
	struct timeval limit = { 0 };
	socklen_t size = sizeof(limit);

	CHECK_INT(getsockopt(timed->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &size), 0);
	return limit.tv_sec * SECOND + limit.tv_usec * 1000;
}

/* Receives a byte that is there, by a deadline so far away. */
static void receive_within(struct timed_socket *timed, int ends[2], int64_t time)
{
	char byte;

	CHECK_INT(send(ends[1], "x", 1, 0), 1);
	CHECK_INT(socket_receive(timed, &byte, 1, channel_clock() + time), 1);
}

/* Deadlines differ from one receive to the next: a shorter one holds at once, a longer one soon. */
static void test_other_deadlines(void)
{
	static const int64_t times[] = { 100, 10, 1, 10, 100, 90, 60, 30, 100, 5, 3600, 2 };
	struct timed_socket timed;
	int ends[2];

	open_pair(ends, &timed);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		int64_t time = times[i] * SECOND;

		receive_within(&timed, ends, time);
		CHECK_THAT(told(&timed) <= time + 10 * MILLISECOND, "%lld s: told %lld ns",
			   (long long)times[i], (long long)told(&timed));
		/* It may be told less, and then waits again; but not for ever so often. */
		CHECK_THAT(told(&timed) > time / 4, "%lld s: told %lld ns", (long long)times[i],
			   (long long)told(&timed));
	}
	close_pair(ends);
}

/* Less than a microsecond is left: none would be for ever. */
static void test_last_microsecond(void)
{
	struct timed_socket timed;
	int ends[2], waited = 0;
	char byte;

	open_pair(ends, &timed);
	for (int i = 0; i < 100000 && waited < 10; i++) {
		timed.longest = 0;
		CHECK_INT(send(ends[1], "x", 1, 0), 1);
		waited += socket_receive(&timed, &byte, 1, channel_clock() + 500) == 1;
		while (recv(ends[0], &byte, 1, MSG_DONTWAIT) == 1)
			;
		if (timed.longest)
			CU_ASSERT(told(&timed) > 0);
	}
	close_pair(ends);
}

static const struct test tests[] = {
	{ "any deadline can be told", test_any_deadline },
	{ "a receive ends at its deadline", test_ends_at_its_deadline },
	{ "one deadline after another", test_other_deadlines },
	{ "the last microsecond", test_last_microsecond },
	{ 0 },
};

int main(void)
{
	return harness_run("socket", tests);
}
