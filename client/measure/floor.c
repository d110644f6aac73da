/* The floor of a transport: two processes that write and read, and do nothing else. */
#include "client/measure/floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/measure/process.h"
#include "common/spin.h"

#define POLL_LIMIT   5000  /* milliseconds, after which the other end is gone */
#define SPINS_A_LOOK 10000 /* at the clock */

/* A message in shared memory: who may read it, and its bytes. */
struct shared_message {
	_Alignas(64) _Atomic uint32_t turn; /* counts messages */
	_Alignas(64) uint8_t bytes[FLOOR_MAX_MESSAGE];
};

/* One end of what connects the two processes. */
struct end {
	int in, out; /* equal for a socket; -1 for shared memory */
	struct shared_message *read, *write;
	uint32_t turn;
	bool spin, polled;
};

/* ---- bytes, and nothing else ---- */

static bool write_bytes(struct end *end, const uint8_t *bytes, size_t length)
{
	while (length) {
		ssize_t n = write(end->out, bytes, length);

		if (n <= 0)
			return false;
		bytes += n;
		length -= (size_t)n;
	}
	return true;
}

static bool read_bytes(struct end *end, uint8_t *bytes, size_t length)
{
	struct pollfd waiting = { .fd = end->in, .events = POLLIN };

	while (length) {
		ssize_t n;

		if (end->polled && poll(&waiting, 1, POLL_LIMIT) <= 0)
			return false;
		n = read(end->in, bytes, length);
		if (n <= 0)
			return false;
		bytes += n;
		length -= (size_t)n;
	}
	return true;
}

static void share(struct end *end, const uint8_t *bytes, size_t length)
{
	struct shared_message *message = end->write;

	memcpy(message->bytes, bytes, length);
	atomic_store_explicit(&message->turn, end->turn, memory_order_release);
	if (!end->spin)
		syscall(SYS_futex, &message->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static bool is_turn(const struct shared_message *message, uint32_t last)
{
	return atomic_load_explicit(&message->turn, memory_order_acquire) != last;
}

/* Who waits only shortly, as nearly always, never looks at the clock. */
static bool spin_until_turn(const struct shared_message *message, uint32_t last)
{
	int64_t end = 0;

	for (unsigned int spins = 1; !is_turn(message, last); spins++) {
		if (spins % SPINS_A_LOOK == 0) {
			int64_t now = channel_clock();

			if (!end)
				end = now + POLL_LIMIT * INT64_C(1000000);
			if (now > end)
				return false;
		}
		spin_pause();
	}
	return true;
}

static bool sleep_until_turn(struct shared_message *message, uint32_t last)
{
	const struct timespec limit = { POLL_LIMIT / 1000, 0 };

	while (!is_turn(message, last))
		if (syscall(SYS_futex, &message->turn, FUTEX_WAIT, last, &limit, NULL, 0) < 0 &&
		    errno == ETIMEDOUT)
			return false;
	return true;
}

/* False when nothing comes. */
static bool take_shared(struct end *end, uint8_t *bytes, size_t length)
{
	struct shared_message *message = end->read;
	uint32_t last = end->turn - 1;

	if (end->spin ? !spin_until_turn(message, last) : !sleep_until_turn(message, last))
		return false;
	memcpy(bytes, message->bytes, length);
	return true;
}

static bool exchange(struct end *end, const struct floor *floor, const uint8_t *sent,
		     uint8_t *bytes)
{
	if (end->in >= 0)
		return write_bytes(end, sent, floor->call) && read_bytes(end, bytes, floor->reply);
	end->turn++;
	share(end, sent, floor->call);
	return take_shared(end, bytes, floor->reply);
}

static void echo(struct end *end, const struct floor *floor)
{
	static uint8_t bytes[FLOOR_MAX_MESSAGE];

	while (end->in >= 0)
		if (!read_bytes(end, bytes, floor->call) || !write_bytes(end, bytes, floor->reply))
			return;
	for (;;) {
		end->turn++;
		if (!take_shared(end, bytes, floor->call))
			return;
		share(end, bytes, floor->reply);
	}
}

/* ---- what connects them ---- */

static int connect_sockets(int domain, int type, struct end ends[2])
{
	const struct timeval limit = { .tv_sec = POLL_LIMIT / 1000 };
	const int on = 1;
	int r;
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(domain, type | SOCK_CLOEXEC, 0);
	int fds[2] = { socket(domain, type | SOCK_CLOEXEC, 0), -1 };

	if (bind(listener, (struct sockaddr *)&address, length) < 0 ||
	    (type == SOCK_STREAM && listen(listener, 1) < 0) ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0 ||
	    connect(fds[0], (struct sockaddr *)&address, length) < 0)
		goto fail;
	if (type == SOCK_DGRAM) {
		fds[1] = listener;
		getsockname(fds[0], (struct sockaddr *)&address, &length);
		if (connect(fds[1], (struct sockaddr *)&address, length) < 0)
			goto fail;
	} else {
		fds[1] = accept(listener, NULL, NULL);
		if (fds[1] < 0)
			goto fail;
		close(listener);
	}
	for (int i = 0; i < 2; i++) {
		if (type == SOCK_STREAM)
			setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		/* A datagram may be lost, and then nothing comes. */
		setsockopt(fds[i], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		ends[i].in = ends[i].out = fds[i];
	}
	return 0;
fail:
	r = -errno;
	close(listener);
	close(fds[0]);
	return r;
}

static int connect_unix(struct end ends[2])
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	ends[0].in = ends[0].out = fds[0];
	ends[1].in = ends[1].out = fds[1];
	return 0;
}

static void close_both(const int fds[2])
{
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int make_pipe(int fds[2])
{
	return pipe2(fds, O_CLOEXEC) < 0 ? -errno : 0;
}

/* A named pipe, which has no name any more as soon as both its ends are open. */
static int make_fifo(int fds[2])
{
	char directory[] = "/tmp/sidecall-XXXXXX", path[64];
	int both, r = 0;

	if (!mkdtemp(directory))
		return -errno;
	snprintf(path, sizeof(path), "%s/fifo", directory);
	if (mkfifo(path, 0600) < 0)
		r = -errno;
	both = open(path, O_RDWR | O_CLOEXEC);
	fds[0] = open(path, O_RDONLY | O_CLOEXEC);
	fds[1] = open(path, O_WRONLY | O_CLOEXEC);
	if (r == 0 && (fds[0] < 0 || fds[1] < 0))
		r = -errno;
	close(both);
	if (r < 0)
		close_both(fds);
	unlink(path);
	rmdir(directory);
	return r;
}

static int connect_pipes(int (*make)(int fds[2]), struct end ends[2])
{
	int calls[2], replies[2], r = make(calls);

	if (r < 0)
		return r;
	r = make(replies);
	if (r < 0) {
		close_both(calls);
		return r;
	}
	ends[0].in = replies[0];
	ends[0].out = calls[1];
	ends[1].in = calls[0];
	ends[1].out = replies[1];
	return 0;
}

static int share_memory(struct end ends[2])
{
	struct shared_message *memory = mmap(NULL, 2 * sizeof(*memory), PROT_READ | PROT_WRITE,
					     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	ends[0].in = ends[0].out = ends[1].in = ends[1].out = -1;
	ends[0].write = ends[1].read = &memory[0];
	ends[0].read = ends[1].write = &memory[1];
	return 0;
}

static int connect_ends(enum endpoint_transport transport, struct end ends[2])
{
	switch (transport) {
	case ENDPOINT_TCP:
		return connect_sockets(AF_INET, SOCK_STREAM, ends);
	case ENDPOINT_UDP:
		return connect_sockets(AF_INET, SOCK_DGRAM, ends);
	case ENDPOINT_UNIX:
		return connect_unix(ends);
	case ENDPOINT_PIPE:
		return connect_pipes(make_pipe, ends);
	case ENDPOINT_FIFO:
		return connect_pipes(make_fifo, ends);
	default:
		return share_memory(ends);
	}
}

static void close_end(struct end *end)
{
	if (end->in >= 0)
		close(end->in);
	if (end->out >= 0 && end->out != end->in)
		close(end->out);
}

/* ---- the two processes ---- */

static pid_t start_echo(const struct floor *floor, struct end ends[2])
{
	pid_t parent = getpid(), child = fork();

	if (child != 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent) {
		close_end(&ends[0]);
		echo(&ends[1], floor);
	}
	_exit(0);
}

static bool exchange_all(const struct floor *floor, struct end *end, struct load_result *result)
{
	static uint8_t sent[FLOOR_MAX_MESSAGE], bytes[FLOOR_MAX_MESSAGE];
	const size_t same = floor->call < floor->reply ? floor->call : floor->reply;
	int64_t start = channel_clock(), now = start;

	while (now - start < floor->duration) {
		int64_t before = now;

		/* What comes back is what was sent this time, or nothing has been measured. */
		memcpy(sent, &before, sizeof(before));
		if (!exchange(end, floor, sent, bytes) || memcmp(bytes, sent, same) != 0)
			return false;
		now = channel_clock();
		histogram_add(&result->latency, now - before);
	}
	result->elapsed = now - start;
	result->sent = result->latency.count * floor->call;
	result->received = result->latency.count * floor->reply;
	return true;
}

static int run_timed(const struct floor *floor, struct end *end, pid_t child,
		     struct load_result *result, struct failure *failure)
{
	struct pinned pinned;
	int code = process_pin(&pinned, child, floor->pin, failure);

	if (code == 0) {
		double own = process_cpu(getpid()), others = process_cpu(child);

		if (!exchange_all(floor, end, result))
			code = failure_set(failure, FAILURE_UNAVAILABLE,
					   "the other end of the bare transport is gone, or wrong");
		result->client_cpu = process_cpu(getpid()) - own;
		result->server_cpu = process_cpu(child) - others;
	}
	process_unpin(&pinned);
	return code;
}

int floor_run(const struct floor *floor, struct load_result *result, struct failure *failure)
{
	const struct end unconnected = {
		.in = -1, .out = -1, .spin = floor->spin, .polled = floor->polled
	};
	struct end ends[2] = { unconnected, unconnected };
	pid_t child = -1;
	int code = 0, r = connect_ends(floor->transport, ends);

	memset(result, 0, sizeof(*result));
	if (r == 0)
		child = start_echo(floor, ends);
	close_end(&ends[1]);
	if (child < 0)
		code = failure_system(failure, r < 0 ? -r : errno, "the floor");
	else
		code = run_timed(floor, &ends[0], child, result, failure);
	close_end(&ends[0]);
	if (ends[0].read)
		munmap(ends[0].write < ends[0].read ? ends[0].write : ends[0].read,
		       2 * sizeof(struct shared_message));
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return code;
}
