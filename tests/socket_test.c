/* A receive ends at its deadline, whatever that is; and what is there is received by any deadline.
 */
#include "client/runtime/socket.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "client/runtime/channel.h"
#include "common/duration.h"
#include "tests/kit/harness.h"

#define SOON     (30 * MILLISECOND)
#define TICK     (10 * MILLISECOND) /* of the kernel, at most: to this it rounds what it is told */
#define OVERSTEP (5 * MILLISECOND)  /* that a receive may be late, for one system call less */

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

/* How long the kernel lets a receive wait; nanoseconds. */
static int64_t longest_receive(int fd)
{
	struct timeval limit = { 0 };
	socklen_t size = sizeof(limit);

	CHECK_INT(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &size), 0);
	return limit.tv_sec * SECOND + limit.tv_usec * 1000;
}

/* Instead of the C library's: how long it was told to wait, at most. */
static int64_t longest_poll;

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *limit, const sigset_t *signals)
{
	struct timespec left = *limit; /* the kernel changes it */
	int64_t time = limit->tv_sec * SECOND + limit->tv_nsec;

	longest_poll = time > longest_poll ? time : longest_poll;
	return (int)syscall(SYS_ppoll, fds, count, &left, signals, 8);
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
						 clock_now() + second * SECOND - early),
				  1);
		}
	close_pair(ends);
}

/* Not before it, and the kernel is never told to wait for longer than until then.  How often it
 * waited: not at all, when the machine kept us from it until the deadline. */
static int receive_until_deadline(struct timed_socket *timed)
{
	int64_t deadline = clock_now() + SOON;
	int waits = 0;
	char byte;
	ssize_t n;

	while ((n = socket_receive(timed, &byte, 1, deadline)) == -EINTR) {
		CU_ASSERT(longest_receive(timed->fd) > 0);
		CU_ASSERT(longest_receive(timed->fd) <= SOON + OVERSTEP + TICK);
		waits++;
	}
	CHECK_INT(n, -ETIMEDOUT);
	CU_ASSERT(clock_now() >= deadline);
	return waits;
}

/* Whatever a receive before it had. */
static void test_ends_at_its_deadline(void)
{
	struct timed_socket timed;
	int ends[2], waits;
	char byte;

	open_pair(ends, &timed);
	CHECK_INT(send(ends[1], "x", 1, 0), 1);
	CHECK_INT(socket_receive(&timed, &byte, 1, clock_now() + 10 * SECOND), 1);
	CU_ASSERT(longest_receive(ends[0]) > 9 * SECOND);
	AWAIT((waits = receive_until_deadline(&timed)) > 0);
	CU_ASSERT(waits > 0);
	CHECK_INT(socket_receive(&timed, &byte, 1, CHANNEL_NOW), -ETIMEDOUT);
	close(ends[1]);
	CHECK_INT(socket_receive(&timed, &byte, 1, clock_now() + 10 * SECOND), 0);
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
	CHECK_INT(socket_receive(timed, &byte, 1, clock_now() + time), 1);
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
		waited += socket_receive(&timed, &byte, 1, clock_now() + 500) == 1;
		while (recv(ends[0], &byte, 1, MSG_DONTWAIT) == 1)
			;
		if (timed.longest)
			CU_ASSERT(told(&timed) > 0);
	}
	close_pair(ends);
}

static bool wait_until_deadline(int fd)
{
	int64_t deadline = clock_now() + SOON;

	longest_poll = 0;
	CHECK_INT(clock_wait(fd, POLLIN, deadline), -ETIMEDOUT);
	CU_ASSERT(clock_now() >= deadline);
	CU_ASSERT(longest_poll <= SOON);
	return longest_poll > 0;
}

/* The same of whoever waits for several things. */
static void test_wait_ends_at_its_deadline(void)
{
	struct timed_socket timed;
	bool waited;
	int ends[2];

	open_pair(ends, &timed);
	AWAIT((waited = wait_until_deadline(ends[0])));
	CU_ASSERT(waited);
	close_pair(ends);
}

static const struct test tests[] = {
	{ "any deadline can be told", test_any_deadline },
	{ "a receive ends at its deadline", test_ends_at_its_deadline },
	{ "one deadline after another", test_other_deadlines },
	{ "the last microsecond", test_last_microsecond },
	{ "a wait ends at its deadline", test_wait_ends_at_its_deadline },
	{ 0 },
};

int main(void)
{
	alarm(2 * HARNESS_PATIENCE); /* of who waits for ever nothing else is seen */
	return harness_run("socket", tests);
}
