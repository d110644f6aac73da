/* What students do wrong, where tests/kit/student.c has it done right. */
#include "tests/kit/student_faults.h"

#include <endian.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

bool is_fault(const char *fault, const char *name)
{
	return strcmp(fault, name) == 0;
}

/* By the signal itself, also where a sanitizer would report it and exit. */
static void end_by(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}

/* ---- messages ---- */

size_t one_read(int in, uint8_t *bytes)
{
	uint8_t all[4096];
	ssize_t n = read(in, all, sizeof(all));

	if (n < 4 + RAW_HEADER)
		return 0;
	memcpy(bytes, all + 4, (size_t)n - 4);
	return (size_t)n - 4;
}

static uint32_t length_in_front(size_t length, const char *fault)
{
	if (is_fault(fault, "counts-itself"))
		return htobe32((uint32_t)length + 4);
	if (is_fault(fault, "counts-result"))
		return htobe32((uint32_t)length - RAW_HEADER);
	return is_fault(fault, "little-endian") ? htole32((uint32_t)length)
						: htobe32((uint32_t)length);
}

/* Of zeroes, or of lengths of a gigabyte and more; whether anybody reads it or not. */
static void flood(int out, uint8_t first)
{
	static uint8_t zeroes[65536];

	zeroes[0] = first;
	signal(SIGPIPE, SIG_IGN);
	for (;;)
		if (write(out, zeroes, sizeof(zeroes)) < 0)
			poll(NULL, 0, 10);
}

void send_reply(int out, const struct buffer *reply, const char *fault)
{
	uint32_t length = length_in_front(reply->length, fault);
	size_t sent = is_fault(fault, "half-reply") ? reply->length / 2 : reply->length;
	FILE *file;

	if (is_fault(fault, "silent") || is_fault(fault, "mute"))
		return;
	if (is_fault(fault, "says-ok")) {
		if (write(out, "OK\n", 3) != 3)
			_exit(EXIT_FAILURE);
		return;
	}
	if (is_fault(fault, "giant"))
		flood(out, 0x40);
	if (is_fault(fault, "buffered") ||
	    is_fault(fault, "late-words")) { /* flushed at the exit */
		fwrite(&length, 1, sizeof(length), stdout);
		fwrite(reply->data, 1, sent, stdout);
		return;
	}
	file = fdopen(dup(out), "w");
	if (is_fault(fault, "prints-late")) /* in one piece with the reply */
		fputs("Server ready\n", file);
	if (!is_fault(fault, "no-length"))
		fwrite(&length, 1, sizeof(length), file);
	fwrite(reply->data, 1, sent, file);
	if (is_fault(fault, "bytes-behind"))
		fwrite((uint8_t[3]){ 0 }, 1, 3, file);
	if (is_fault(fault, "answers-twice")) {
		fwrite(&length, 1, sizeof(length), file);
		fwrite(reply->data, 1, sent, file);
	}
	fclose(file);
	if (is_fault(fault, "half-reply"))
		_exit(EXIT_SUCCESS);
}

/* ---- what is answered ---- */

#define VALUE_HERE 2 /* bytes, in a result, of its status */

static int64_t hyper_at(const uint8_t *bytes)
{
	uint64_t number;

	memcpy(&number, bytes, sizeof(number));
	return (int64_t)be64toh(number);
}

/* A result with this value. */
static void put_value(struct buffer *result, int64_t value)
{
	const uint64_t number = htobe64((uint64_t)value);

	result->length = 0;
	buffer_append(result, (uint8_t[2]){ 0 }, 2);
	buffer_append(result, &number, sizeof(number));
}

static void spoil_arithmetic(const struct raw_call *call, int64_t a, int64_t b,
			     struct buffer *result, const char *fault)
{
	if (is_fault(fault, "wraps") && call->operation == RAW_ADD)
		put_value(result, (int64_t)((uint64_t)a + (uint64_t)b));
	if (is_fault(fault, "floors") && call->operation == RAW_DIVIDE && b && a % b &&
	    (a < 0) != (b < 0))
		put_value(result, a / b - 1);
	if (is_fault(fault, "traps") && call->operation == RAW_DIVIDE && a == INT64_MIN && b == -1)
		end_by(SIGFPE);
}

/* Results that have but a status, and more of them. */
static void spoil_failure(struct buffer *result, const char *fault)
{
	if (is_fault(fault, "value-behind-failure"))
		buffer_append(result, (uint8_t[8]){ 0 }, 8);
	if (is_fault(fault, "position-from-1") && result->length == 6)
		result->data[5]++;
}

enum raw_status spoil_answer(const struct raw_call *call, enum raw_status status,
			     const uint8_t *bytes, struct buffer *result, const char *fault)
{
	if (is_fault(fault, "operation-first") && call->operation > RAW_ACCUMULATE)
		return RAW_BAD_OPERATION;
	if (status != RAW_OK || result->length < VALUE_HERE)
		return is_fault(fault, "believes-lengths") && status == RAW_BAD_REQUEST ? RAW_OK
											: status;
	if (call->operation >= RAW_ADD && call->operation <= RAW_DIVIDE)
		spoil_arithmetic(call, hyper_at(bytes + RAW_HEADER),
				 hyper_at(bytes + RAW_HEADER + 8), result, fault);
	if (result->data[1]) {
		spoil_failure(result, fault);
		return is_fault(fault, "one-status") ? (enum raw_status)result->data[1] : RAW_OK;
	}
	if (is_fault(fault, "status-missing"))
		buffer_consume(result, VALUE_HERE);
	if (is_fault(fault, "value-little-endian") && result->length == VALUE_HERE + 8)
		put_value(result, (int64_t)__builtin_bswap64(
					  (uint64_t)hyper_at(result->data + VALUE_HERE)));
	return RAW_OK;
}

void spoil_reply(struct buffer *reply, const char *fault)
{
	if (is_fault(fault, "no-status"))
		reply->length -= sizeof(uint16_t);
	if (is_fault(fault, "no-bit"))
		reply->data[4] &= 0x7f;
	if (is_fault(fault, "own-id"))
		reply->data[3] ^= 1;
}

bool is_last(unsigned int calls, const char *fault)
{
	return is_fault(fault, "one-call") || (is_fault(fault, "fifty-calls") && calls == 50);
}

bool is_lost(const struct buffer *reply, const char *fault)
{
	const bool sums = is_fault(fault, "loses-sums");
	static uint32_t last;
	static bool lost;
	uint32_t id;

	if (reply->length < RAW_HEADER || reply->data[5] != (sums ? RAW_ADD : RAW_ACCUMULATE))
		return false;
	memcpy(&id, reply->data, sizeof(id));
	if (id == last || (lost && is_fault(fault, "loses-a-reply")))
		return false;
	last = id;
	lost = true;
	return sums || is_fault(fault, "loses-a-reply") || is_fault(fault, "loses-first-replies");
}

/* ---- pipes ---- */

static void wait_for_ever(void)
{
	signal(SIGTERM, SIG_IGN);
	for (;;)
		pause();
}

/* It says where it is, so that a test can see that it is gone; maybe from a session of its own, in
 * which it is nobody's child. */
static void leave_child(bool alone)
{
	pid_t child = fork();
	FILE *file;

	if (child > 0 && alone)
		waitpid(child, NULL, 0);
	if (child > 0)
		return;
	if (alone && (setsid() < 0 || fork() > 0))
		_exit(EXIT_SUCCESS);
	if (alone)
		close(STDERR_FILENO); /* who waits for its end would wait for ours */
	file = fopen("child.new", "w");
	if (file) {
		fprintf(file, "%d\n", (int)getpid());
		fclose(file);
	}
	rename("child.new", "child");
	wait_for_ever();
}

void begin_pipe(const char *fault)
{
	if (is_fault(fault, "prints") && write(STDOUT_FILENO, "Server ready\n", 13) < 0)
		return;
	if (is_fault(fault, "floods"))
		flood(STDOUT_FILENO, 0);
	if (is_fault(fault, "gigabyte"))
		flood(STDOUT_FILENO, 0x40);
	if (is_fault(fault, "dies"))
		_exit(7);
	if (is_fault(fault, "leaves-child"))
		leave_child(false);
	if (is_fault(fault, "leaves-daemon"))
		leave_child(true);
}

int end_pipe(const char *fault)
{
	if (is_fault(fault, "crashes"))
		end_by(SIGSEGV);
	if (is_fault(fault, "late-words"))
		poll(NULL, 0, 4000);
	if (is_fault(fault, "goes-on"))
		wait_for_ever();
	return is_fault(fault, "bad-status") ? 3 : EXIT_SUCCESS;
}

/* ---- named pipes ---- */

int open_known_fifo(const struct endpoint *endpoint, const char *fault)
{
	char path[RENDEZVOUS_MAX_FIFO];

	rendezvous_fifo(endpoint, path);
	/* Open for reading alone, it ends when nobody writes it any more. */
	return open(path, is_fault(fault, "takes-end") ? O_RDONLY | O_NONBLOCK : O_RDWR);
}

void await_client(int known)
{
	struct pollfd waiting = { .fd = known, .events = POLLIN };

	poll(&waiting, 1, -1);
	fcntl(known, F_SETFL, 0);
}

static bool take_any(int known, uint64_t *number)
{
	char bytes[RENDEZVOUS_GREETING];

	return read(known, bytes, sizeof(bytes)) == sizeof(bytes) &&
	       rendezvous_read_line(bytes + 1, 16, number);
}

bool next_greeting(int known, uint64_t *number, const char *fault)
{
	char line[64];
	size_t length = 0;

	if (is_fault(fault, "silent"))
		wait_for_ever();
	if (is_fault(fault, "one-read-greeting"))
		return take_any(known, number);
	while (read(known, line + length, 1) == 1)
		if (line[length] != '\n')
			length = length < sizeof(line) - 1 ? length + 1 : length;
		else if (rendezvous_read_line(line, length, number))
			return true;
		else
			length = 0;
	return false;
}

bool open_pair(const struct rendezvous_pair *pair, int *in, int *out, const char *fault)
{
	const bool waits = is_fault(fault, "waits-for-writer");

	*in = waits ? open(pair->calls, O_RDONLY) : open(pair->calls, O_RDONLY | O_NONBLOCK);
	*out = open(pair->replies, O_WRONLY | O_NONBLOCK);
	if (*in >= 0 && *out >= 0)
		return true;
	if (is_fault(fault, "dies-with-client"))
		_exit(EXIT_FAILURE);
	close(*in);
	close(*out);
	return false;
}

bool welcome(const struct rendezvous_pair *pair, uint64_t number, int *in, int out,
	     const char *fault)
{
	const bool late = is_fault(fault, "opens-late");
	char greeting[RENDEZVOUS_GREETING + 1];

	rendezvous_greet(number, greeting);
	if (late)
		close(*in);
	if (is_fault(fault, "greets-itself"))
		greeting[1] ^= 1;
	if (write(out, greeting, RENDEZVOUS_GREETING) != RENDEZVOUS_GREETING ||
	    (is_fault(fault, "says-hello") && write(out, "hello", 5) != 5))
		return false;
	if (late) {
		poll(NULL, 0, 20);
		*in = open(pair->calls, O_RDONLY | O_NONBLOCK);
	}
	return true;
}

/* A FIFO that nobody writes yet is at its end: waits for the client to open it,
 * or to leave. */
void settle_pair(int in, int out, const char *fault)
{
	struct pollfd waiting[] = { { .fd = in, .events = POLLIN }, { .fd = out } };

	if (!is_fault(fault, "takes-no-writer"))
		poll(waiting, 2, -1);
	fcntl(in, F_SETFL, 0);
}
