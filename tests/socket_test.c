/* A receive ends at its deadline, whatever that is; and what is there is received by any deadline.
 */
#include "client/socket.h"

#include <errno.h>
#include <sys/socket.h>
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

static const struct test tests[] = {
	{ "any deadline can be told", test_any_deadline },
	{ "a receive ends at its deadline", test_ends_at_its_deadline },
	{ 0 },
};

int main(void)
{
	return harness_run("socket", tests);
}
