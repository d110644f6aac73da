/* Clients that mean a daemon no good, each in a process of its own until it is ended. */
#include "tests/daemons/hostile.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/clock.h"
#include "common/duration.h"
#include "common/fork.h"

#define PATIENCE (5 * SECOND)
#define BURST    5000 /* calls at a time */
#define READERS  4    /* connections that ask and do not read */
#define LITTLE   4096 /* bytes that such a one has room for */
#define MARK     4    /* bytes of a record's mark */
#define HEADER   40   /* bytes of a call without credential and arguments */

static int enter(const struct target *target)
{
	return place_connect(&target->place, NULL, clock_now() + PATIENCE);
}

static void wait_a_moment(int milliseconds)
{
	poll(NULL, 0, milliseconds);
}

static void leave(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Writes what the daemon takes now.  False when it has hung up. */
static bool throw_bytes(int fd, const void *bytes, size_t length)
{
	return send(fd, bytes, length, MSG_NOSIGNAL) >= 0 || errno == EAGAIN;
}

/* ---- messages that do not end ---- */

static void stay(void)
{
	for (;;)
		pause();
}

void hostile_two_bytes(const struct target *target)
{
	throw_bytes(enter(target), "\200", 2);
	stay();
}

void hostile_half_call(const struct target *target)
{
	struct buffer call = { 0 };

	call_bytes(&target->ask, 1, target->place.way, &call);
	throw_bytes(enter(target), call.data, call.length / 2);
	stay();
}

void hostile_drip(const struct target *target)
{
	struct buffer call = { 0 };
	int fd = -1;

	call_bytes(&target->ask, 1, target->place.way, &call);
	for (size_t i = 0;; i = (i + 1) % call.length) {
		if (fd < 0) {
			fd = enter(target);
			i = 0;
		}
		if (!throw_bytes(fd, call.data + i, 1))
			leave(&fd);
		wait_a_moment(50);
	}
}

/* ---- replies that nobody takes ---- */

/* One who asks, and how much of its call the daemon has already. */
struct reader {
	int fd;
	size_t sent;
};

static int enter_with_little_room(const struct target *target)
{
	int fd = enter(target), room = LITTLE;

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return fd;
}

/* Asks until the daemon takes no more, so many times at most.  False when it has hung up. */
static bool ask_often(struct reader *reader, const struct buffer *call, unsigned int times)
{
	while (times--) {
		ssize_t n = send(reader->fd, call->data + reader->sent, call->length - reader->sent,
				 MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN;
		reader->sent = (reader->sent + (size_t)n) % call->length;
	}
	return true;
}

/* Asks again and again, half of its connections for what is long, and reads `taken` bytes of the
 * replies at a time. */
static void ask_and_read(const struct target *target, size_t taken)
{
	struct reader readers[READERS] = { { -1, 0 }, { -1, 0 }, { -1, 0 }, { -1, 0 } };
	struct buffer bulk = { 0 }, call = { 0 };
	char bytes[64];

	call_bytes(&target->bulk, 1, target->place.way, &bulk);
	call_bytes(&target->ask, 2, target->place.way, &call);
	for (unsigned int round = 0;; round++) {
		struct reader *reader = &readers[round % READERS];
		bool is_bulk = round % 2;

		if (reader->fd < 0)
			*reader = (struct reader){ enter_with_little_room(target), 0 };
		if (!ask_often(reader, is_bulk ? &bulk : &call, is_bulk ? 1 : BURST) ||
		    (taken && recv(reader->fd, bytes, taken, 0) == 0))
			leave(&reader->fd);
		wait_a_moment(20);
	}
}

void hostile_never_read(const struct target *target)
{
	ask_and_read(target, 0);
}

void hostile_slow_read(const struct target *target)
{
	ask_and_read(target, 10);
}

/* With a reset every other time, as from a client that dies. */
void hostile_early_close(const struct target *target)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct buffer bulk = { 0 }, call = { 0 };

	call_bytes(&target->bulk, 1, target->place.way, &bulk);
	call_bytes(&target->ask, 2, target->place.way, &call);
	for (unsigned int round = 0;; round++) {
		int fd = enter(target);

		throw_bytes(fd, call.data, call.length);
		throw_bytes(fd, call.data, call.length);
		throw_bytes(fd, bulk.data, bulk.length);
		if (round % 2)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		leave(&fd);
		wait_a_moment(100);
	}
}

/* ---- connections without calls ---- */

static bool has_gone(int fd)
{
	char byte;

	return recv(fd, &byte, 1, 0) == 0 || (errno != EAGAIN && errno != EINTR);
}

/* Keeps so many connections, each with `length` bytes of a record that does not end.  Who was sent
 * away comes again. */
static void crowd_in(const struct target *target, size_t length)
{
	static const uint8_t record[60000] = { 0x80, 0, 0xff, 0 };
	int *fds = calloc(target->crowd, sizeof(*fds));

	for (unsigned int i = 0; i < target->crowd; i++)
		fds[i] = -1;
	for (unsigned int i = 0, coming = target->crowd;; i = (i + 1) % target->crowd) {
		if (fds[i] >= 0 && has_gone(fds[i]))
			leave(&fds[i]);
		if (fds[i] < 0) {
			fds[i] = enter(target);
			throw_bytes(fds[i], record, length);
		}
		if (coming)
			coming--;
		else
			wait_a_moment(1);
	}
}

void hostile_crowd(const struct target *target)
{
	crowd_in(target, 0);
}

void hostile_half_records(const struct target *target)
{
	crowd_in(target, 60000);
}

/* What it asks costs nothing: who asks for what is dear keeps a daemon busy without any trick. */
void hostile_churn(const struct target *target)
{
	struct ask null = target->ask;
	struct buffer call = { 0 };

	null.procedure = 0;
	null.pack = NULL;
	call_bytes(&null, 1, target->place.way, &call);
	for (unsigned int round = 0;; round++) {
		int fd = enter(target);

		if (round % 8 == 0)
			throw_bytes(fd, call.data, call.length);
		leave(&fd);
		if (round % 8 == 0)
			wait_a_moment(1);
	}
}

/* ---- what is no call ---- */

/* Throws again and again, on a new connection when it was sent away. */
static void keep_throwing(const struct target *target, const void *bytes, size_t length)
{
	int fd = -1;

	for (;;) {
		if (fd < 0)
			fd = enter(target);
		if (fd < 0 || !throw_bytes(fd, bytes, length))
			leave(&fd);
		wait_a_moment(1);
	}
}

/* Empty ones, then of 4 KB, none of them the last. */
void hostile_fragments(const struct target *target)
{
	static uint8_t bytes[4096 + 8 * (MARK + 4096)];

	for (size_t at = 4096; at < sizeof(bytes); at += MARK + 4096)
		memcpy(bytes + at, "\0\0\20", MARK);
	keep_throwing(target, bytes, sizeof(bytes));
}

void hostile_huge(const struct target *target)
{
	static const uint32_t marks[] = { 0xffffffff, 0x7fffffff, 0x80100001, 0xc0000000,
					  0x40000000, 0xfffffffc, 0x80000000, 0x00ffffff };
	static uint8_t zeroes[65536];

	for (unsigned int round = 0;; round++) {
		uint32_t mark = htonl(marks[round % 8]);
		int fd = enter(target);

		if (throw_bytes(fd, &mark, sizeof(mark)))
			throw_bytes(fd, zeroes, sizeof(zeroes));
		wait_a_moment(5);
		leave(&fd);
	}
}

/* Numerical Recipes' generator: the same garbage in every run. */
static uint32_t draw(uint32_t *state, uint32_t below)
{
	*state = *state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)*state * below >> 32);
}

/* Changes a byte of the header, but not the procedure (rpc.rstatd dies of one that it lacks, by a
 * fault of its own), nor arguments, which might still be good enough to change something. */
static void damage(struct buffer *call, enum way way, uint32_t *state)
{
	size_t header = way_is_stream(way) ? MARK : 0, at = header + draw(state, HEADER);

	if (at >= header + 20 && at < header + 24)
		at = header + 8 + draw(state, 12);
	call->data[at] ^= (uint8_t)(1 + draw(state, 255));
}

void hostile_garbage(const struct target *target)
{
	enum way way = target->place.way;
	struct buffer call = { 0 };
	uint32_t state = 1;

	for (unsigned int round = 0;; round++) {
		int fd = enter(target);

		call_bytes(&target->ask, round, way, &call);
		if (round % 3 == 0)
			for (size_t i = 0; i < call.length; i++)
				call.data[i] = (uint8_t)draw(&state, 256);
		else if (round % 3 == 1)
			damage(&call, way, &state);
		else
			call.length -= 1 + draw(&state, (uint32_t)call.length - 1);
		throw_bytes(fd, call.data, call.length);
		wait_a_moment(2);
		leave(&fd);
	}
}

/* ---- processes ---- */

pid_t hostile_start(hostile_act *act, const struct target *target)
{
	pid_t pid = fork_tied();

	if (pid)
		return pid;
	/* As on a machine of its own: the processor is the daemon's and the honest client's. */
	if (nice(19) < 0 && errno)
		perror("nice");
	if (target->far >= 0)
		setns(target->far, CLONE_NEWNET);
	act(target);
	_exit(0);
}

void hostile_end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
