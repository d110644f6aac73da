/* The two ends of a bare transport, and messages between them without any protocol. */
#include "measure/raw_pair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/spin.h"

#define SPINS_A_LOOK 10000 /* whether to go on */

/* A message in shared memory: who may read it, and its bytes. */
struct bare_message {
	_Alignas(64) _Atomic uint32_t turn; /* counts messages */
	_Alignas(64) uint8_t bytes[BARE_MAX_MESSAGE];
};

/* ---- bytes, and nothing else ---- */

static bool may_go_on(const struct bare_end *end)
{
	if (!end->go_on || end->go_on(end))
		return true;
	errno = EINTR;
	return false;
}

/* After a call that has not moved anything: whether to make it again. */
static bool may_retry(const struct bare_end *end, ssize_t n)
{
	if (n == 0)
		errno = EPIPE;
	return n < 0 && errno == EINTR && may_go_on(end);
}

static bool write_bytes(struct bare_end *end, const uint8_t *bytes, size_t length)
{
	while (length) {
		ssize_t n = write(end->out, bytes, length);

		if (n <= 0 && !may_retry(end, n))
			return false;
		bytes += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

static bool read_bytes(struct bare_end *end, uint8_t *bytes, size_t length)
{
	struct epoll_event event;

	while (length) {
		ssize_t n = end->waiter < 0 ? 1 : epoll_wait(end->waiter, &event, 1, -1);

		if (n > 0)
			n = read(end->in, bytes, length);
		if (n <= 0 && !may_retry(end, n))
			return false;
		bytes += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

static void share_pair(struct bare_end *end, const uint8_t *bytes, size_t length)
{
	struct bare_message *message = end->write;

	memcpy(message->bytes, bytes, length);
	atomic_store_explicit(&message->turn, ++end->given, memory_order_release);
	if (!end->spin)
		syscall(SYS_futex, &message->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static bool is_new(const struct bare_end *end)
{
	return atomic_load_explicit(&end->read->turn, memory_order_acquire) != end->taken;
}

static bool spin_until_new(const struct bare_end *end)
{
	for (unsigned int spins = 1; !is_new(end); spins++) {
		if (spins % SPINS_A_LOOK == 0 && !may_go_on(end))
			return false;
		spin_pause();
	}
	return true;
}

static bool sleep_until_new(const struct bare_end *end)
{
	while (!is_new(end))
		if (syscall(SYS_futex, &end->read->turn, FUTEX_WAIT, end->taken, NULL, NULL, 0) <
			    0 &&
		    errno == EINTR && !may_go_on(end))
			return false;
	return true;
}

static bool take_shared(struct bare_end *end, uint8_t *bytes, size_t length)
{
	if (end->spin ? !spin_until_new(end) : !sleep_until_new(end))
		return false;
	end->taken++;
	memcpy(bytes, end->read->bytes, length);
	return true;
}

bool bare_give(struct bare_end *end, const uint8_t *bytes, size_t length)
{
	if (end->in >= 0)
		return write_bytes(end, bytes, length);
	share_pair(end, bytes, length);
	return true;
}

bool bare_take(struct bare_end *end, uint8_t *bytes, size_t length)
{
	return end->in >= 0 ? read_bytes(end, bytes, length) : take_shared(end, bytes, length);
}

/* ---- what connects them ---- */

static int connect_sockets(int domain, int type, struct bare_end ends[2])
{
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
		ends[i].in = ends[i].out = fds[i];
	}
	return 0;
fail:
	r = -errno;
	close(listener);
	close(fds[0]);
	return r;
}

static int connect_unix(struct bare_end ends[2])
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

static int connect_pipes(int (*make)(int fds[2]), struct bare_end ends[2])
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

static int share_memory(struct bare_end ends[2])
{
	struct bare_message *memory = mmap(NULL, 2 * sizeof(*memory), PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	ends[0].in = ends[0].out = ends[1].in = ends[1].out = -1;
	ends[0].write = ends[1].read = &memory[0];
	ends[0].read = ends[1].write = &memory[1];
	return 0;
}

int bare_connect(enum endpoint_transport transport, struct bare_end ends[2])
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

int bare_wait_for_many(struct bare_end *end)
{
	struct epoll_event event = { .events = EPOLLIN };

	end->waiter = epoll_create1(EPOLL_CLOEXEC);
	return end->waiter < 0 || epoll_ctl(end->waiter, EPOLL_CTL_ADD, end->in, &event) < 0
		       ? -errno
		       : 0;
}

void bare_close(struct bare_end *end)
{
	if (end->waiter >= 0)
		close(end->waiter);
	if (end->in >= 0)
		close(end->in);
	if (end->out >= 0 && end->out != end->in)
		close(end->out);
}

void bare_unmap(struct bare_end *end)
{
	struct bare_message *first = end->write < end->read ? end->write : end->read;

	if (first)
		munmap(first, 2 * sizeof(*first));
}
