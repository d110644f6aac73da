/* The shm transport from outside: answers, many clients, dying and hostile ones, dying servers. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client/client.h"
#include "client/procedures.h"
#include "client/runtime/transports/all.h"
#include "common/ring.h"
#include "common/shm.h"
#include "server/runtime/transports/all.h"
#include "server/runtime/worker.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"
#include "tests/kit/serving.h"

#define MOST_DESCRIPTORS 253 /* that a message takes */
#define PATIENCE         (HARNESS_PATIENCE * SECOND)
#define ENOUGH           80000 /* calls: more than rings and buffers hold */

static const uint8_t null_call[8] = { 0, 0, 0, 1, 0, 1, 0, 0 }; /* raw */
static const char *const both[] = { "--listen", "rpc+shm", "--listen", "raw+shm", NULL };

static struct outcome call(const char *via, const char *timeout, const char *command,
			   const char *operand, const char *input)
{
	const char *argv[] = {
		program_path("sidecall"), "--via", via, "--timeout", timeout, command, operand, NULL
	};

	return process_run(argv, input);
}

static void check_call(const char *via, const char *command, const char *operand, const char *input,
		       const char *expected)
{
	struct outcome outcome = call(via, "30", command, operand, input);

	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.out, expected);
	outcome_release(&outcome);
}

/* An honest client is served at once. */
static void check_served(const struct daemon *daemon)
{
	check_call(daemon_endpoint(daemon, "rpc+shm"), "evaluate", "6*7", NULL, "42\n");
	check_call(daemon_endpoint(daemon, "raw+shm"), "evaluate", "6*7", NULL, "42\n");
}

static const char *path_of(const struct daemon *daemon, const char *prefix)
{
	return strchr(daemon_endpoint(daemon, prefix), ':') + 1;
}

/* ---- what the daemon holds ---- */

static int count_mappings(pid_t pid)
{
	char path[64], line[512];
	int count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	file = fopen(path, "re");
	CU_ASSERT_FATAL(file != NULL);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, "memfd:sidecall") != NULL;
	fclose(file);
	return count;
}

/* Waits until all that clients had is given back. */
static void check_given_back(const struct daemon *daemon, int descriptors)
{
	AWAIT(!count_mappings(daemon->pid) && observe_descriptors(daemon->pid) == descriptors);
	CHECK_INT(count_mappings(daemon->pid), 0);
	CHECK_INT(observe_descriptors(daemon->pid), descriptors);
}

/* ---- hostile clients ---- */

struct hostile {
	int socket;
	int shared; /* the memory's descriptor */
	uint8_t *memory;
	struct ring_control *calls, *replies;
	uint32_t size;
	struct ring writer, reader;
	int64_t opened;
};

static int connect_path(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Waits.  Whether there is something, or the end. */
static bool is_readable(int fd)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };

	return poll(&waiting, 1, HARNESS_PATIENCE * 1000) == 1;
}

/* Takes the memory that the server hands over. */
static void hostile_attach(struct hostile *hostile)
{
	CU_ASSERT_FATAL(is_readable(hostile->socket));
	CHECK_INT(shm_receive(&hostile->shared, hostile->socket), 0);
	hostile->memory = shm_map(hostile->shared, &hostile->size);
	CU_ASSERT_FATAL(hostile->memory != NULL);
	hostile->calls = (struct ring_control *)(void *)hostile->memory;
	hostile->replies = hostile->calls + 1;
	ring_attach(&hostile->writer, hostile->memory, hostile->size, RING_CALLS, RING_WRITER);
	ring_attach(&hostile->reader, hostile->memory, hostile->size, RING_REPLIES, RING_READER);
}

static void hostile_open(struct hostile *hostile, const struct daemon *daemon, const char *prefix)
{
	hostile->opened = clock_now();
	hostile->socket = connect_path(path_of(daemon, prefix));
	hostile_attach(hostile);
}

static void hostile_close(struct hostile *hostile)
{
	munmap(hostile->memory, ring_segment(hostile->size));
	close(hostile->shared);
	close(hostile->socket);
}

static void check_sent_away(struct hostile *hostile)
{
	char byte;

	CU_ASSERT(is_readable(hostile->socket) && recv(hostile->socket, &byte, 1, 0) <= 0);
}

static void write_call(struct hostile *hostile)
{
	CHECK_INT(ring_write(&hostile->writer, null_call, sizeof(null_call)), 1);
	shm_wake(hostile->socket);
}

static bool is_answered(struct hostile *hostile)
{
	AWAIT(ring_ready(&hostile->reader, 0));
	return ring_ready(&hostile->reader, 0);
}

static void tail_beyond_the_ring(struct hostile *hostile)
{
	hostile->calls->tail = hostile->size + 4;
}

static void tail_between_words(struct hostile *hostile)
{
	hostile->calls->tail = 13;
}

static void length_beyond_the_tail(struct hostile *hostile)
{
	memcpy(hostile->memory + RING_HEADER, &(uint32_t){ 100 }, 4);
	hostile->calls->tail = 100;
}

static void length_of_everything(struct hostile *hostile)
{
	memcpy(hostile->memory + RING_HEADER, &(uint32_t){ UINT32_MAX - 1 }, 4);
	hostile->calls->tail = hostile->size;
}

static void message_beyond_the_limit(struct hostile *hostile)
{
	memcpy(hostile->memory + RING_HEADER, &(uint32_t){ (1 << 20) + 1 }, 4);
	hostile->calls->tail = hostile->size;
}

static void message_too_short(struct hostile *hostile)
{
	ring_write(&hostile->writer, "abc", 3);
}

/* The server looks at it when it finds its ring full: after many calls. */
static void head_of_replies_beyond(struct hostile *hostile)
{
	struct pollfd closed = { .fd = hostile->socket, .events = POLLIN };

	hostile->replies->head = 4321;
	while (!poll(&closed, 1, 1) && clock_now() < hostile->opened + PATIENCE) {
		while (ring_write(&hostile->writer, null_call, sizeof(null_call)) > 0)
			;
		shm_wake(hostile->socket);
	}
}

/* Sends the greeting with `count` descriptors, in turn of the memory and of a pipe.  Whether the
 * kernel let them pass. */
static bool send_descriptors(int socket, int memory, size_t count)
{
	char bytes[] = SHM_GREETING;
	struct iovec part = { bytes, SHM_GREETING_LEN };
	union {
		char bytes[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = { 0 } };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	int error, pipes[2], descriptors[MOST_DESCRIPTORS];
	bool sent;

	CHECK_INT(pipe(pipes), 0);
	for (size_t i = 0; i < count; i++)
		descriptors[i] = i % 2 ? pipes[0] : memory;
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(rights), descriptors, count * sizeof(int));
	sent = sendmsg(socket, &message, 0) == SHM_GREETING_LEN;
	error = errno;
	close(pipes[0]);
	close(pipes[1]);
	errno = error;
	return sent;
}

/* Descriptors that nobody asked for. */
static void a_descriptor_on_the_socket(struct hostile *hostile)
{
	CU_ASSERT(send_descriptors(hostile->socket, hostile->shared, 1));
}

static void descriptors_on_the_socket(struct hostile *hostile)
{
	CU_ASSERT(send_descriptors(hostile->socket, hostile->shared, MOST_DESCRIPTORS));
}

static const struct lie {
	const char *name;
	void (*tell)(struct hostile *hostile);
} lies[] = {
	{ "tail beyond the ring", tail_beyond_the_ring },
	{ "tail between words", tail_between_words },
	{ "length beyond the tail", length_beyond_the_tail },
	{ "length of everything", length_of_everything },
	{ "message beyond the limit", message_beyond_the_limit },
	{ "message too short", message_too_short },
	{ "head of the replies", head_of_replies_beyond },
	{ "a descriptor on the socket", a_descriptor_on_the_socket },
	{ "descriptors on the socket", descriptors_on_the_socket },
};

/* ---- tests: answers ---- */

static void make_files(const struct daemon *daemon, int count)
{
	char path[128];

	for (int i = 0; i < count; i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/file-%04d", daemon->root, i);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		CU_ASSERT_FATAL(fd >= 0);
		close(fd);
	}
}

static void check_answers(const char *via)
{
	struct outcome outcome;
	char numbers[4096 * 5 + 1];
	size_t lines = 0;

	for (int i = 0; i < 4096; i++)
		memcpy(numbers + i * 5, "1025\n", 6);
	outcome = call(via, "30", "summarize", "-", numbers);
	CHECK_INT(outcome.status, 0);
	CU_ASSERT(strstr(outcome.out, "4198400") != NULL);
	outcome_release(&outcome);
	outcome = call(via, "30", "list", NULL, NULL);
	CHECK_INT(outcome.status, 0);
	for (size_t i = 0; i < outcome.length; i++)
		lines += outcome.out[i] == '\n';
	CHECK_INT(lines, 3000);
	outcome_release(&outcome);
	outcome = call(via, "30", "stat", "missing", NULL);
	CHECK_INT(outcome.status, 1);
	outcome_release(&outcome);
}

static void test_answers(void)
{
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	make_files(&daemon, 3000);
	check_served(&daemon);
	check_answers(daemon_endpoint(&daemon, "rpc+shm"));
	check_answers(daemon_endpoint(&daemon, "raw+shm"));
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_six_at_once(void)
{
	struct daemon daemon;
	pid_t clients[6];
	int descriptors;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	descriptors = observe_descriptors(daemon.pid);
	for (int i = 0; i < 6; i++)
		clients[i] = call_adding(daemon_endpoint(&daemon, i % 2 ? "rpc+shm" : "raw+shm"),
					 3000, PATIENCE);
	for (int i = 0; i < 6; i++)
		CHECK_INT(call_wait(clients[i]), 0);
	check_given_back(&daemon, descriptors);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- tests: clients that die, idle or lie ---- */

static void test_killed_clients(void)
{
	struct daemon daemon;
	pid_t clients[6];
	int descriptors;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	descriptors = observe_descriptors(daemon.pid);
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 6; i++)
			clients[i] = call_adding(
				daemon_endpoint(&daemon, i % 2 ? "rpc+shm" : "raw+shm"), 0,
				PATIENCE);
		for (int i = 0; i < 6; i++) {
			poll(NULL, 0, round % 5);
			kill(clients[i], SIGKILL);
		}
		for (int i = 0; i < 6; i++)
			waitpid(clients[i], NULL, 0);
	}
	check_served(&daemon);
	check_given_back(&daemon, descriptors);
	CU_ASSERT(observe_idle(daemon.pid));
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Half a message is in the ring, and its length, but the tail does not say so yet. */
static void test_killed_in_a_message(void)
{
	struct hostile hostile;
	struct daemon daemon;
	int descriptors;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	descriptors = observe_descriptors(daemon.pid);
	hostile_open(&hostile, &daemon, "raw+shm");
	memcpy(hostile.memory + RING_HEADER, &(uint32_t){ 5000 }, 4);
	memset(hostile.memory + RING_HEADER + 4, 1, 2500);
	shm_wake(hostile.socket);
	check_served(&daemon);
	hostile_close(&hostile);
	check_given_back(&daemon, descriptors);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_idle_sessions(void)
{
	struct hostile idle[3];
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	for (int i = 0; i < 3; i++) {
		hostile_open(&idle[i], &daemon, "raw+shm");
		write_call(&idle[i]);
		CU_ASSERT(is_answered(&idle[i]));
	}
	poll(NULL, 0, 20);
	CU_ASSERT(observe_idle(daemon.pid));
	/* They are still there.  A server that stops answers what has arrived, also what nobody
	 * woke it for, and ends them. */
	idle[0].reader.here = idle[0].replies->tail;
	CHECK_INT(ring_write(&idle[0].writer, null_call, sizeof(null_call)), 1);
	CU_ASSERT(!ring_ready(&idle[0].reader, 0));
	CHECK_INT(daemon_stop(&daemon), 0);
	CU_ASSERT(ring_ready(&idle[0].reader, 0));
	for (int i = 0; i < 3; i++) {
		check_sent_away(&idle[i]);
		hostile_close(&idle[i]);
	}
}

static void test_idle_too_long(void)
{
	const char *const options[] = { "--listen", "raw+shm", "--idle-timeout", "1", NULL };
	struct hostile idle;
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	hostile_open(&idle, &daemon, "raw+shm");
	check_sent_away(&idle);
	hostile_close(&idle);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_too_many(void)
{
	const char *const options[] = { "--listen", "raw+shm", "--max-connections", "2", NULL };
	struct hostile first, second;
	struct outcome outcome;
	struct daemon daemon;
	int descriptors;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	descriptors = observe_descriptors(daemon.pid);
	hostile_open(&first, &daemon, "raw+shm");
	hostile_open(&second, &daemon, "raw+shm");
	outcome = call(daemon_endpoint(&daemon, "raw+shm"), "30", "ping", NULL, NULL);
	CHECK_INT(outcome.status, 69);
	outcome_release(&outcome);
	hostile_close(&second);
	hostile_close(&first);
	check_given_back(&daemon, descriptors);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_lies(void)
{
	struct daemon daemon;
	int descriptors;

	setenv("SIDECALL_WITHOUT", "passrights", 1); /* or the kernel refuses some of them */
	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	unsetenv("SIDECALL_WITHOUT");
	descriptors = observe_descriptors(daemon.pid);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		unsigned int failures = CU_get_number_of_failures();
		struct hostile hostile;

		hostile_open(&hostile, &daemon, "raw+shm");
		lies[i].tell(&hostile);
		shm_wake(hostile.socket);
		check_sent_away(&hostile);
		if (CU_get_number_of_failures() > failures)
			printf("      after: %s\n", lies[i].name);
		hostile_close(&hostile);
	}
	check_served(&daemon);
	check_given_back(&daemon, descriptors);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Where the kernel can, it refuses them to whoever sends them; the session goes on. */
static void test_descriptors_refused(void)
{
	struct hostile hostile;
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	hostile_open(&hostile, &daemon, "raw+shm");
	if (send_descriptors(hostile.socket, hostile.shared, 1)) {
		harness_skip("this kernel has no SO_PASSRIGHTS (Linux 6.16)");
	} else {
		CHECK_INT(errno, EPERM);
		write_call(&hostile);
		CU_ASSERT(is_answered(&hostile));
	}
	hostile_close(&hostile);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_seals(void)
{
	struct hostile hostile;
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	hostile_open(&hostile, &daemon, "raw+shm");
	CU_ASSERT(ftruncate(hostile.shared, 0) < 0 && errno == EPERM);
	CU_ASSERT(ftruncate(hostile.shared, 1 << 30) < 0 && errno == EPERM);
	CU_ASSERT(fcntl(hostile.shared, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) < 0);
	/* A hole where pages were reads as zeroes, and kills nobody. */
	CHECK_INT(fallocate(hostile.shared, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			    (off_t)ring_segment(hostile.size)),
		  0);
	write_call(&hostile);
	CU_ASSERT(is_answered(&hostile));
	hostile_close(&hostile);
	check_served(&daemon);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Has the server wake us again and again, and never takes a byte: soon its socket is full. */
static void test_never_drains(void)
{
	struct hostile hostile;
	struct buffer reply = { 0 };
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	hostile_open(&hostile, &daemon, "raw+shm");
	for (int i = 0; i < 2000; i++) {
		ring_sleep(&hostile.reader, RING_POLLING);
		write_call(&hostile);
		CU_ASSERT_FATAL(is_answered(&hostile));
		CHECK_INT(ring_read(&hostile.reader, &reply, 64), 1);
		reply.length = 0;
	}
	check_served(&daemon);
	CU_ASSERT(is_readable(hostile.socket));
	buffer_release(&reply);
	hostile_close(&hostile);
	CHECK_INT(daemon_stop(&daemon), 0);
}

struct flood {
	pthread_t thread;
	int socket;
	_Atomic bool over;
	bool given_up; /* it was over only when patience was */
};

static void *flood(void *argument)
{
	struct flood *flooding = argument;
	static const char bytes[4096];
	int64_t end = clock_now() + PATIENCE;

	while (!flooding->over && !flooding->given_up) {
		if (send(flooding->socket, bytes, sizeof(bytes), MSG_DONTWAIT) < 0)
			sched_yield();
		flooding->given_up = clock_now() > end;
	}
	return NULL;
}

static void flood_begin(struct flood *flooding, int socket)
{
	flooding->socket = socket;
	flooding->over = flooding->given_up = false;
	pthread_create(&flooding->thread, NULL, flood, flooding);
}

static void flood_end(struct flood *flooding)
{
	flooding->over = true;
	pthread_join(flooding->thread, NULL);
}

/* Wakes the server without end.  Others are served, and so is this client. */
static void test_floods(void)
{
	struct hostile hostile;
	struct flood flooding;
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	hostile_open(&hostile, &daemon, "raw+shm");
	flood_begin(&flooding, hostile.socket);
	for (int i = 0; i < 5; i++)
		check_served(&daemon);
	write_call(&hostile);
	CU_ASSERT(is_answered(&hostile));
	flood_end(&flooding);
	hostile_close(&hostile);
	check_served(&daemon);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Wakes the server by a byte for each call, more often than a socket holds bytes. */
static void test_wakes_for_each_call(void)
{
	struct hostile hostile;
	struct buffer reply = { 0 };
	struct daemon daemon;
	int answered = 0;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	hostile_open(&hostile, &daemon, "raw+shm");
	for (bool answers = true; answers && answered < 1000; answered += answers) {
		AWAIT(hostile.calls->sleeping[RING_READER].word);
		CHECK_INT(ring_write(&hostile.writer, null_call, sizeof(null_call)), 1);
		CU_ASSERT(ring_wake(&hostile.writer));
		shm_wake(hostile.socket);
		answers = is_answered(&hostile) && ring_read(&hostile.reader, &reply, 64) == 1;
	}
	CHECK_INT(answered, 1000);
	buffer_release(&reply);
	hostile_close(&hostile);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Whether the server keeps a reply, for which there is no room, and sleeps. */
static bool is_kept(const struct hostile *hostile)
{
	return hostile->replies->sleeping[RING_WRITER].word != 0;
}

/* Writes calls until the server keeps a reply. */
static void fill_replies(struct hostile *hostile, const void *message, size_t length)
{
	int64_t end = clock_now() + PATIENCE;

	while (!is_kept(hostile) && clock_now() < end)
		if (ring_write(&hostile->writer, message, length) > 0 &&
		    ring_wake(&hostile->writer))
			shm_wake(hostile->socket);
	CU_ASSERT(is_kept(hostile));
}

/* A call that takes the server a while, so that its ring is never empty. */
static size_t make_slow_call(uint8_t message[1100])
{
	const char *term = "+sin(1.1^9.3)";
	size_t length = 1;

	memcpy(message,
	       "\0\0\0\1\0\1\0\5\0\0"
	       "1",
	       11);
	for (; length + strlen(term) <= 1000; length += strlen(term))
		memcpy(message + 10 + length, term, strlen(term));
	message[8] = (uint8_t)(length >> 8);
	message[9] = (uint8_t)length;
	return 10 + length;
}

/* Has the server always busy for this long, and takes all replies.  Whether it was served to the
 * end.  *gap is the longest time, in nanoseconds, in which there was no reply. */
static bool keep_busy(struct hostile *hostile, int64_t duration, int64_t *gap)
{
	struct pollfd closed = { .fd = hostile->socket, .events = POLLRDHUP };
	int64_t now = clock_now(), last = now, end = now + duration;
	struct buffer reply = { 0 };
	uint8_t message[1100];
	size_t length = make_slow_call(message);

	for (*gap = 0; now < end && !poll(&closed, 1, 0); now = clock_now()) {
		while (ring_write(&hostile->writer, message, length) > 0)
			;
		if (ring_wake(&hostile->writer))
			shm_wake(hostile->socket);
		*gap = now - last > *gap ? now - last : *gap;
		while (ring_read(&hostile->reader, &reply, 64) > 0) {
			reply.length = 0;
			last = now;
		}
		if (ring_wake(&hostile->reader))
			shm_wake(hostile->socket);
	}
	buffer_release(&reply);
	return now >= end;
}

/* A session that has been busy for longer than an idle one, or a reply, may wait. */
static void check_busy(const char *timeout, bool fill)
{
	const char *const options[] = { "--listen", "raw+shm", timeout, "1", NULL };
	struct daemon daemon;
	bool served = false;
	int64_t gap = SECOND;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	/* Where the machine kept either end waiting it was not busy, and nothing is shown. */
	for (int i = 0; i < 10 && !served && gap >= SECOND / 4; i++) {
		struct hostile hostile;

		hostile_open(&hostile, &daemon, "raw+shm");
		if (fill)
			fill_replies(&hostile, null_call, sizeof(null_call));
		served = keep_busy(&hostile, SECOND * 2, &gap);
		hostile_close(&hostile);
	}
	CU_ASSERT(served);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_busy_sessions(void)
{
	check_busy("--idle-timeout", false);
	check_busy("--message-timeout", true);
}

/* Calls without end, and no reply is ever taken: the server stops reading, and then ends it. */
static void test_reads_nothing(void)
{
	const char *const options[] = { "--listen",          "rpc+shm", "--listen", "raw+shm",
					"--message-timeout", "1",       NULL };
	struct hostile hostile;
	struct daemon daemon;
	int64_t start;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	start = clock_now();
	hostile_open(&hostile, &daemon, "raw+shm");
	fill_replies(&hostile, null_call, sizeof(null_call));
	while (ring_write(&hostile.writer, null_call, sizeof(null_call)) > 0)
		;
	check_served(&daemon);
	check_sent_away(&hostile);
	CU_ASSERT(clock_now() - start >= SECOND * 9 / 10);
	hostile_close(&hostile);
	check_served(&daemon);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* The same, but then the replies are taken: none is missing, and all are in order. */
static void test_reads_late(void)
{
	struct hostile hostile;
	struct buffer reply = { 0 };
	struct daemon daemon;
	uint32_t asked = 0, answered = 0, wrong = 0;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	hostile_open(&hostile, &daemon, "raw+shm");
	for (bool kept = false, full = false; !kept || !full;) {
		uint8_t message[8] = { (uint8_t)(asked >> 24),
				       (uint8_t)(asked >> 16),
				       (uint8_t)(asked >> 8),
				       (uint8_t)asked,
				       0,
				       1,
				       0,
				       0 };

		kept = is_kept(&hostile);
		full = ring_write(&hostile.writer, message, sizeof(message)) == 0;
		asked += !full;
		if (ring_wake(&hostile.writer))
			shm_wake(hostile.socket);
		CU_ASSERT_FATAL(clock_now() < hostile.opened + PATIENCE);
	}
	CU_ASSERT(asked > ENOUGH);
	while (answered < asked && is_answered(&hostile)) {
		reply.length = 0;
		CU_ASSERT_FATAL(ring_read(&hostile.reader, &reply, 64) == 1);
		wrong += reply.length != 8 ||
			 ((uint32_t)reply.data[0] << 24 | (uint32_t)reply.data[1] << 16 |
			  (uint32_t)reply.data[2] << 8 | reply.data[3]) != answered;
		answered++;
		if (ring_wake(&hostile.reader))
			shm_wake(hostile.socket);
	}
	CHECK_INT(answered, asked);
	CHECK_INT(wrong, 0);
	buffer_release(&reply);
	hostile_close(&hostile);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* The same by our own client: the server sleeps, for want of room for replies, and is woken when
 * one is taken. */
static void test_own_client_reads_late(void)
{
	const int64_t end = clock_now() + 60 * SECOND; /* for a server that others keep waiting */
	uint32_t asked = 0, answered = 0;
	struct channel *channel = NULL;
	struct failure failure;
	struct message reply;
	struct daemon daemon;
	struct endpoint endpoint;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	CU_ASSERT_FATAL(!endpoint_parse(&endpoint, daemon_endpoint(&daemon, "raw+shm")));
	CU_ASSERT_FATAL(channel_open(&channel, &endpoint, clock_now() + 10 * SECOND, &failure) ==
			0);
	channel->corked = true;
	for (int full = 0; full < 20 || (asked <= ENOUGH && clock_now() < end);) {
		if (channel_send(channel, null_call, sizeof(null_call), CHANNEL_NOW) == 0) {
			full = 0;
			asked++;
			continue;
		}
		poll(NULL, 0, 2);
		full++;
	}
	CU_ASSERT(asked > ENOUGH);
	while (answered < asked && channel_receive(channel, &reply, clock_now() + 5 * SECOND) == 1)
		answered++;
	CHECK_INT(answered, asked);
	channel_close(channel);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- tests: servers that die or freeze ---- */

static void check_killed_server(const char *prefix)
{
	struct daemon daemon;
	pid_t client;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	client = call_adding(daemon_endpoint(&daemon, prefix), 0, 2 * PATIENCE);
	AWAIT(count_mappings(daemon.pid));
	kill(daemon.pid, SIGSTOP); /* the client waits for its reply */
	poll(NULL, 0, 50);
	kill(daemon.pid, SIGKILL);
	CHECK_INT(call_wait(client), FAILURE_UNAVAILABLE); /* and not its time-out */
	daemon_stop(&daemon);
}

static void test_killed_server(void)
{
	check_killed_server("rpc+shm");
	check_killed_server("raw+shm");
}

static void test_frozen_server(void)
{
	struct outcome outcome;
	struct daemon daemon;
	pid_t client;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	client = call_adding(daemon_endpoint(&daemon, "rpc+shm"), 0, SECOND / 3);
	AWAIT(count_mappings(daemon.pid));
	kill(daemon.pid, SIGSTOP);
	CHECK_INT(call_wait(client), FAILURE_TIMEOUT);
	/* One that comes when it is frozen already. */
	outcome = call(daemon_endpoint(&daemon, "raw+shm"), "0.3", "ping", NULL, NULL);
	CHECK_INT(outcome.status, FAILURE_TIMEOUT);
	CU_ASSERT(strstr(outcome.error, "The call was not sent") != NULL);
	outcome_release(&outcome);
	kill(daemon.pid, SIGCONT);
	check_served(&daemon);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- tests: the client against a server of the test's own ---- */

struct caller {
	pthread_t thread;
	struct endpoint endpoint;
	int64_t timeout; /* nanoseconds */
	int result;      /* of the exchange */
	bool is_opened;
};

static void *exchange_once(void *argument)
{
	struct caller *caller = argument;
	struct channel *channel;
	struct failure failure;
	struct message reply;
	bool sent;

	caller->is_opened = channel_open(&channel, &caller->endpoint, clock_now() + PATIENCE,
					 &failure) == 0;
	if (!caller->is_opened) {
		caller->result = failure.code;
		return NULL;
	}
	caller->result = channel_exchange(channel, null_call, sizeof(null_call), &reply,
					  clock_now() + caller->timeout, &sent);
	channel_close(channel);
	return NULL;
}

struct fake {
	char directory[64], path[96];
	int listener, socket;
	struct caller caller;
};

/* Listens, and has a client connect, and wait for its reply for so many nanoseconds. */
static void fake_start(struct fake *fake, int64_t timeout)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char text[128];

	snprintf(fake->directory, sizeof(fake->directory), "/tmp/sidecall-test-XXXXXX");
	CU_ASSERT_FATAL(harness_directory(fake->directory) != NULL);
	snprintf(fake->path, sizeof(fake->path), "%s/fake", fake->directory);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", fake->path);
	fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(bind(fake->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(fake->listener, 4), 0);
	snprintf(text, sizeof(text), "raw+shm:%s", fake->path);
	CU_ASSERT_FATAL(endpoint_parse(&fake->caller.endpoint, text) == NULL);
	fake->caller.timeout = timeout;
	pthread_create(&fake->caller.thread, NULL, exchange_once, &fake->caller);
	fake->socket = accept(fake->listener, NULL, NULL);
}

static void fake_end(struct fake *fake)
{
	pthread_join(fake->caller.thread, NULL);
	close(fake->socket);
	close(fake->listener);
	remove_tree(fake->directory);
}

/* Shares memory with the client. */
static void *fake_greet(struct fake *fake, uint32_t *size)
{
	int memory = shm_make(8192);
	void *mapped;

	CHECK_INT(shm_send(memory, fake->socket), 0);
	mapped = shm_map(memory, size);
	CU_ASSERT_FATAL(mapped != NULL);
	close(memory);
	return mapped;
}

static void wait_for_sleep(_Atomic uint32_t *word)
{
	AWAIT(*word);
	CHECK_INT(*word, RING_WAITING);
}

/* A client that is woken in vain, and will be woken again only if it says that it sleeps again. */
static void test_woken_in_vain(void)
{
	struct ring_control *controls;
	struct ring replies;
	struct fake fake;
	uint32_t size;
	void *memory;

	fake_start(&fake, 2 * PATIENCE);
	memory = fake_greet(&fake, &size);
	controls = memory;
	ring_attach(&replies, memory, size, RING_REPLIES, RING_WRITER);
	for (int i = 0; i < 3; i++) {
		wait_for_sleep(&controls[RING_REPLIES].sleeping[RING_READER].word);
		CU_ASSERT(!ring_wake(&replies)); /* a byte is not needed */
	}
	wait_for_sleep(&controls[RING_REPLIES].sleeping[RING_READER].word);
	CHECK_INT(ring_write(&replies, "\0\0\0\1\0\0\0\0", 8), 1);
	ring_wake(&replies);
	fake_end(&fake);
	CHECK_INT(fake.caller.result, 0);
	munmap(memory, ring_segment(size));
}

/* A server that wakes without end, and never answers. */
static void test_flooded(void)
{
	struct flood flooding;
	struct fake fake;
	uint32_t size;
	void *memory;

	fake_start(&fake, SECOND / 3);
	memory = fake_greet(&fake, &size);
	flood_begin(&flooding, fake.socket);
	pthread_join(fake.caller.thread, NULL);
	CHECK_INT(fake.caller.result, -ETIMEDOUT);
	flood_end(&flooding);
	CU_ASSERT(!flooding.given_up); /* it ended in the midst of it */
	close(fake.socket);
	close(fake.listener);
	remove_tree(fake.directory);
	munmap(memory, ring_segment(size));
}

/* What a client must not map, or would die of. */
static void check_refused(int seals, off_t length, int error)
{
	int memory = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct fake fake;

	fake_start(&fake, 2 * PATIENCE);
	CHECK_INT(ftruncate(memory, length), 0);
	CHECK_INT(fcntl(memory, F_ADD_SEALS, seals), 0);
	CHECK_INT(shm_send(memory, fake.socket), 0);
	fake_end(&fake);
	CHECK_INT(fake.caller.result, error);
	close(memory);
}

static void test_memory_that_is_none(void)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

	check_refused(F_SEAL_GROW | F_SEAL_SEAL, (off_t)ring_segment(8192), FAILURE_PROTOCOL);
	check_refused(seals, (off_t)ring_segment(8192) - 1, FAILURE_PROTOCOL);
	check_refused(seals, 0, FAILURE_PROTOCOL);
}

static void test_greeting_that_is_none(void)
{
	struct fake fake;

	fake_start(&fake, 2 * PATIENCE);
	CHECK_INT(send(fake.socket, "shm1", 4, 0), 4); /* without descriptors */
	fake_end(&fake);
	CHECK_INT(fake.caller.result, FAILURE_PROTOCOL);
	fake_start(&fake, 2 * PATIENCE);
	shutdown(fake.socket, SHUT_RDWR);
	fake_end(&fake);
	CHECK_INT(fake.caller.result, FAILURE_UNAVAILABLE);
}

/* As many descriptors as do not fit: none is kept, and none is put where there is no room. */
static void test_descriptors_that_do_not_fit(void)
{
	static const size_t counts[] = { 2, 3, 4, 5, 200, MOST_DESCRIPTORS };
	int memory = shm_make(8192), before = observe_descriptors(getpid());

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct fake fake;

		fake_start(&fake, 2 * PATIENCE);
		send_descriptors(fake.socket, memory, counts[i]);
		fake_end(&fake);
		CHECK_INT(fake.caller.result, FAILURE_PROTOCOL);
		CHECK_INT(observe_descriptors(getpid()), before);
	}
	close(memory);
}

/* On a socket that blocks, too: waking never waits, and no signal comes. */
static void test_waking_never_waits(void)
{
	void (*before)(int) = signal(SIGPIPE, SIG_DFL);
	int ends[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	alarm(HARNESS_PATIENCE);
	for (int i = 0; i < 100000; i++)
		shm_wake(ends[0]);
	CU_ASSERT(is_readable(ends[1]));
	close(ends[0]);
	shm_wake(ends[1]);
	alarm(0);
	close(ends[1]);
	signal(SIGPIPE, before);
}

/* ---- a server in this process ---- */

/* Runs the server for so many milliseconds.  How many of CPU that took. */
static int64_t run_for(struct loop *loop, int64_t milliseconds)
{
	struct timespec before, after;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	CHECK_INT(loop_run(loop, milliseconds), 0);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	return (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
}

/* The server is looking for calls when it comes to keep a reply.  It does not go on looking, though
 * there are calls, until the client makes room. */
static void check_kept(struct loop *loop, struct hostile *hostile)
{
	int64_t end = clock_now() + PATIENCE;

	CU_ASSERT(loop->spinners != NULL);
	while (!is_kept(hostile) && clock_now() < end) {
		while (ring_write(&hostile->writer, null_call, sizeof(null_call)) > 0)
			;
		run_for(loop, 10);
	}
	CU_ASSERT(is_kept(hostile));
	CU_ASSERT(ring_write(&hostile->writer, null_call, sizeof(null_call)) >= 0);
	CU_ASSERT(hostile->calls->tail != hostile->calls->head);
	CU_ASSERT(loop->spinners == NULL);
	CU_ASSERT(run_for(loop, 100) < 20);
}

static void test_kept_costs_nothing(void)
{
	const struct limits limits = { .message = 1024,
				       .memory = 1 << 20,
				       .peers = { 1, 1, 1, false },
				       .stop_timeout = 1000 };
	char directory[] = "/tmp/sidecall-test-XXXXXX", why[SIDECALL_SVC_WHY];
	struct endpoint endpoint = { .protocol = ENDPOINT_RAW, .transport = ENDPOINT_SHM };
	struct hostile hostile = { .socket = -1 };
	struct serving serving;
	struct workers *workers;
	struct worker *worker;

	CU_ASSERT_FATAL(harness_directory(directory) != NULL);
	serving_open(&serving, directory, 0);
	snprintf(endpoint.path, sizeof(endpoint.path), "%s/socket", directory);
	workers = workers_open(1, &serving.served, &limits);
	CU_ASSERT_FATAL(workers != NULL);
	worker = &workers->list[0];
	CU_ASSERT_FATAL(transports_listen(&worker->listeners, &endpoint, why) == NULL);
	worker->loop.spin.window = 60 * SECOND; /* once it looks, it looks for all the test */
	hostile.socket = connect_path(endpoint.path);
	while (poll(&(struct pollfd){ .fd = hostile.socket, .events = POLLIN }, 1, 0) == 0)
		run_for(&worker->loop, 10);
	hostile_attach(&hostile);
	check_kept(&worker->loop, &hostile);
	hostile_close(&hostile);
	workers_drain(workers);
	workers_close(workers);
	serving_close(&serving);
	remove_tree(directory);
}

int main(void)
{
	static const struct test tests[] = {
		{ "calls are answered", test_answers },
		{ "six clients at once", test_six_at_once },
		{ "clients that are killed", test_killed_clients },
		{ "a client that is killed in a message", test_killed_in_a_message },
		{ "idle sessions cost no CPU", test_idle_sessions },
		{ "a session that is idle too long", test_idle_too_long },
		{ "one client too many", test_too_many },
		{ "a client that lies", test_lies },
		{ "descriptors that the kernel refuses", test_descriptors_refused },
		{ "a client that shrinks the memory", test_seals },
		{ "a client that never drains its socket", test_never_drains },
		{ "a client that floods the server's socket", test_floods },
		{ "a server that is woken for each call", test_wakes_for_each_call },
		{ "sessions that are busy for long", test_busy_sessions },
		{ "a client that reads nothing", test_reads_nothing },
		{ "a client that reads late", test_reads_late },
		{ "a client of ours that reads late", test_own_client_reads_late },
		{ "a server that is killed", test_killed_server },
		{ "a server that is frozen", test_frozen_server },
		{ "a client that is woken in vain", test_woken_in_vain },
		{ "a client that is woken without end", test_flooded },
		{ "memory that must not be mapped", test_memory_that_is_none },
		{ "a greeting that is none", test_greeting_that_is_none },
		{ "descriptors that do not fit", test_descriptors_that_do_not_fit },
		{ "waking never waits", test_waking_never_waits },
		/* Last, for no process may be forked beside threads under ThreadSanitizer. */
		{ "a reply that is kept costs no CPU", test_kept_costs_nothing },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("shm", tests);
}
