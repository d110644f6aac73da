/* How the two ends of the shm transport come to share memory, over a Unix socket, and wake
 * each other. */
#include "common/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ring.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

int shm_make(unsigned int size)
{
	int r, memory = memfd_create("sidecall", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (memory >= 0 && ftruncate(memory, (off_t)ring_segment(size)) == 0 &&
	    fcntl(memory, F_ADD_SEALS, SEALS) == 0)
		return memory;
	r = -errno;
	if (memory >= 0)
		close(memory);
	return r;
}

/* ---- the greeting ---- */

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/* CMSG_LEN, not CMSG_SPACE: the kernel would put a second descriptor into what aligns the first. */
static struct msghdr greeting_in(struct iovec *part, union control *control)
{
	return (struct msghdr){ .msg_iov = part,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = CMSG_LEN(sizeof(int)) };
}

int shm_send(int memory, int socket)
{
	char bytes[] = SHM_GREETING;
	struct iovec part = { bytes, SHM_GREETING_LEN };
	union control control = { .bytes = { 0 } };
	struct msghdr message = greeting_in(&part, &control);
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(memory));
	memcpy(CMSG_DATA(rights), &memory, sizeof(memory));
	return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The descriptor that came with a message, or -1.  The kernel has closed all that were too many. */
static int take_descriptor(struct msghdr *message)
{
	const struct cmsghdr *rights = CMSG_FIRSTHDR(message);
	int descriptor;

	if (!rights || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS ||
	    rights->cmsg_len != CMSG_LEN(sizeof(descriptor)))
		return -1;
	memcpy(&descriptor, CMSG_DATA(rights), sizeof(descriptor));
	return descriptor;
}

int shm_receive(int *memory, int socket)
{
	char bytes[SHM_GREETING_LEN + 1];
	struct iovec part = { bytes, sizeof(bytes) };
	union control control;
	struct msghdr message = greeting_in(&part, &control);
	ssize_t n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return -errno;
	*memory = take_descriptor(&message);
	if (*memory >= 0 && !(message.msg_flags & MSG_CTRUNC) && n == SHM_GREETING_LEN &&
	    memcmp(bytes, SHM_GREETING, SHM_GREETING_LEN) == 0)
		return 0;
	if (*memory >= 0)
		close(*memory);
	*memory = -1;
	return n == 0 ? -ECONNRESET : -EPROTO;
}

/* ---- the memory ---- */

void *shm_map(int memory, unsigned int *size)
{
	int seals = fcntl(memory, F_GET_SEALS);
	struct stat st;
	void *mapped;

	*size = 0;
	if (seals >= 0 && (seals & SEALS) == SEALS && fstat(memory, &st) == 0)
		*size = ring_size_in((size_t)st.st_size);
	if (!*size) {
		errno = EPROTO;
		return NULL;
	}
	mapped = mmap(NULL, ring_segment(*size), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	return mapped == MAP_FAILED ? NULL : mapped;
}

/* ---- waking ---- */

void shm_wake(int socket)
{
	/* When it fails there is a byte already, or nobody; and the socket tells that by itself. */
	if (send(socket, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
}
