/* How the two ends of the shm transport come to share memory, over a Unix socket. */
#include "common/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ring.h"

#define SEALS       (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define DESCRIPTORS 3

union control {
	char bytes[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
	struct cmsghdr align;
};

void shm_init(struct shm *shm)
{
	*shm = (struct shm){ .memory = -1, .client = -1, .server = -1 };
}

void shm_close(struct shm *shm)
{
	const int all[DESCRIPTORS] = { shm->memory, shm->client, shm->server };

	for (int i = 0; i < DESCRIPTORS; i++)
		if (all[i] >= 0)
			close(all[i]);
	shm_init(shm);
}

int shm_make(struct shm *shm, unsigned int size)
{
	int r;

	shm->memory = memfd_create("sidecall", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	shm->client = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	shm->server = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	if (shm->memory >= 0 && shm->client >= 0 && shm->server >= 0 &&
	    ftruncate(shm->memory, (off_t)ring_segment(size)) == 0 &&
	    fcntl(shm->memory, F_ADD_SEALS, SEALS) == 0)
		return 0;
	r = -errno;
	shm_close(shm);
	return r;
}

/* ---- the greeting ---- */

int shm_send(const struct shm *shm, int socket)
{
	const int descriptors[DESCRIPTORS] = { shm->memory, shm->client, shm->server };
	char bytes[] = SHM_GREETING;
	struct iovec greeting = { bytes, SHM_GREETING_LEN };
	union control control = { .bytes = { 0 } };
	struct msghdr message = { .msg_iov = &greeting,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(descriptors));
	memcpy(CMSG_DATA(rights), descriptors, sizeof(descriptors));
	return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The descriptors that came with a message: how many, at most DESCRIPTORS. */
static size_t take_descriptors(struct msghdr *message, int descriptors[DESCRIPTORS])
{
	const struct cmsghdr *rights = CMSG_FIRSTHDR(message);
	size_t length;

	if (!rights || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS)
		return 0;
	length = rights->cmsg_len - CMSG_LEN(0);
	memcpy(descriptors, CMSG_DATA(rights), length);
	return length / sizeof(int);
}

int shm_receive(struct shm *shm, int socket)
{
	char bytes[SHM_GREETING_LEN + 1];
	struct iovec greeting = { bytes, sizeof(bytes) };
	union control control;
	struct msghdr message = { .msg_iov = &greeting,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int descriptors[DESCRIPTORS] = { -1, -1, -1 };
	ssize_t n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	size_t count;

	shm_init(shm);
	if (n < 0)
		return -errno;
	count = take_descriptors(&message, descriptors);
	*shm = (struct shm){ descriptors[0], descriptors[1], descriptors[2] };
	if (count == DESCRIPTORS && !(message.msg_flags & MSG_CTRUNC) && n == SHM_GREETING_LEN &&
	    memcmp(bytes, SHM_GREETING, SHM_GREETING_LEN) == 0)
		return 0;
	shm_close(shm);
	return n == 0 ? -ECONNRESET : -EPROTO;
}

/* ---- the memory ---- */

void *shm_map(const struct shm *shm, unsigned int *size)
{
	int seals = fcntl(shm->memory, F_GET_SEALS);
	struct stat st;
	void *memory;

	*size = 0;
	if (seals >= 0 && (seals & SEALS) == SEALS && fstat(shm->memory, &st) == 0)
		*size = ring_size_in((size_t)st.st_size);
	if (!*size) {
		errno = EPROTO;
		return NULL;
	}
	memory = mmap(NULL, ring_segment(*size), PROT_READ | PROT_WRITE, MAP_SHARED, shm->memory,
		      0);
	return memory == MAP_FAILED ? NULL : memory;
}

/* ---- waking ---- */

void shm_wake(int eventfd)
{
	const uint64_t nothing = 0;

	/* It cannot fail, and if it did there would be nobody to tell. */
	if (write(eventfd, &nothing, sizeof(nothing)) < 0)
		return;
}
