/* What the client's transports with hosts share: connecting to the first address that takes it. */
#include "client/runtime/transports/hosts.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/duration.h"

/* A connected, non-blocking socket, or -errno. */
static int connect_to(const struct addrinfo *address, int64_t deadline)
{
	int type = address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int fd = socket(address->ai_family, type, 0);
	int r = 0, error;
	socklen_t size = sizeof(error);

	if (fd < 0)
		return -errno;
	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	if (errno != EINPROGRESS)
		r = -errno;
	if (r == 0)
		r = clock_wait(fd, POLLOUT, deadline);
	if (r == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		r = -errno;
	if (r == 0)
		r = -error;
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

int connect_to_next(const struct addrinfo **addresses, int64_t deadline)
{
	int left = 0, r = -EADDRNOTAVAIL;

	for (const struct addrinfo *a = *addresses; a; a = a->ai_next)
		left++;
	while (*addresses && r < 0) {
		const struct addrinfo *a = *addresses;
		int64_t now = clock_now();

		r = connect_to(a, now + (deadline - now) / left--);
		*addresses = a->ai_next;
	}
	return r;
}

int connect_to_any(const struct addrinfo *addresses, int64_t deadline)
{
	return connect_to_next(&addresses, deadline);
}

int explain_connect(const struct endpoint *endpoint, int error, struct failure *failure)
{
	char text[ENDPOINT_MAX_TEXT], what[ENDPOINT_MAX_TEXT + 32];

	endpoint_format(endpoint, text);
	snprintf(what, sizeof(what), "cannot connect to %s", text);
	return failure_system(failure, error, what);
}

/* "HOST:PORT" or "[HOST]:PORT"; "?" for what is not known. */
static void name_address(int (*get)(int, struct sockaddr *, socklen_t *), int fd, char *text,
			 size_t size)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	char host[64], port[16];
	bool brackets;

	snprintf(text, size, "?");
	if (get(fd, (struct sockaddr *)&address, &length) < 0 ||
	    getnameinfo((struct sockaddr *)&address, length, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	brackets = address.ss_family == AF_INET6;
	snprintf(text, size, "%s%s%s:%s", brackets ? "[" : "", host, brackets ? "]" : "", port);
}

void name_peers(int fd, char peers[CHANNEL_PEERS])
{
	char own[CHANNEL_PEERS / 2 - 8], other[CHANNEL_PEERS / 2 - 8];

	name_address(getsockname, fd, own, sizeof(own));
	name_address(getpeername, fd, other, sizeof(other));
	snprintf(peers, CHANNEL_PEERS, "%s and %s", own, other);
}

/* A question to the resolver, in a thread: freed by who is the last to need it. */
struct question {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool is_answered, is_abandoned;
	struct addrinfo hints;
	char host[NI_MAXHOST], port[16];
	int result; /* as of getaddrinfo() */
	struct addrinfo *addresses;
};

static struct question *question_create(const char *host, const char *port,
					const struct addrinfo *hints)
{
	struct question *question = calloc(1, sizeof(*question));
	pthread_condattr_t monotonic;

	if (!question)
		return NULL;
	pthread_mutex_init(&question->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&question->answered, &monotonic);
	pthread_condattr_destroy(&monotonic);
	snprintf(question->host, sizeof(question->host), "%s", host);
	snprintf(question->port, sizeof(question->port), "%s", port);
	question->hints = *hints;
	return question;
}

static void question_free(struct question *question)
{
	pthread_cond_destroy(&question->answered);
	pthread_mutex_destroy(&question->lock);
	free(question);
}

static void *question_ask(void *argument)
{
	struct question *question = argument;
	struct addrinfo *addresses = NULL;
	int r = getaddrinfo(question->host, question->port, &question->hints, &addresses);
	bool is_abandoned;

	pthread_mutex_lock(&question->lock);
	question->result = r;
	question->addresses = addresses;
	question->is_answered = true;
	is_abandoned = question->is_abandoned;
	pthread_cond_signal(&question->answered);
	pthread_mutex_unlock(&question->lock);
	if (is_abandoned) {
		if (r == 0)
			freeaddrinfo(addresses);
		question_free(question);
	}
	return NULL;
}

/* Waits for the answer.  As getaddrinfo(); EAI_INPROGRESS past the deadline, and then the question
 * is the thread's. */
static int await_answer(struct question *question, int64_t deadline, struct addrinfo **addresses)
{
	const struct timespec due = duration_timespec(deadline);
	int r = 0;

	pthread_mutex_lock(&question->lock);
	while (!question->is_answered && r == 0)
		r = pthread_cond_timedwait(&question->answered, &question->lock, &due);
	question->is_abandoned = !question->is_answered;
	r = question->is_answered ? question->result : EAI_INPROGRESS;
	*addresses = question->addresses;
	pthread_mutex_unlock(&question->lock);
	if (r != EAI_INPROGRESS)
		question_free(question);
	return r;
}

/*
 * getaddrinfo() within the deadline.  Name servers that say nothing may hold it up for half a
 * minute, and nothing can stop it.  (getaddrinfo_a() does the same by threads that ThreadSanitizer
 * does not know, and dies of.)
 */
static int resolve_within(const char *host, const char *port, const struct addrinfo *hints,
			  int64_t deadline, struct addrinfo **addresses)
{
	struct question *question = question_create(host, port, hints);
	pthread_t thread;

	if (!question)
		return EAI_MEMORY;
	if (pthread_create(&thread, NULL, question_ask, question) != 0) {
		question_free(question);
		return EAI_MEMORY;
	}
	pthread_detach(thread);
	return await_answer(question, deadline, addresses);
}

int resolve_host(const struct endpoint *endpoint, int type, int64_t deadline,
		 struct addrinfo **addresses, struct failure *failure)
{
	struct addrinfo hints = { .ai_socktype = type,
				  .ai_flags = AI_NUMERICSERV | AI_NUMERICHOST };
	const char *host = endpoint->host[0] ? endpoint->host : "localhost";
	char port[16];
	int r;

	snprintf(port, sizeof(port), "%d",
		 endpoint->port >= 0 ? endpoint->port : ENDPOINT_RAW_PORT);
	r = getaddrinfo(host, port, &hints, addresses);
	if (r == EAI_NONAME) { /* not in figures */
		hints.ai_flags = AI_NUMERICSERV;
		r = resolve_within(host, port, &hints, deadline, addresses);
	}
	if (r == 0)
		return 0;
	if (r != EAI_INPROGRESS)
		return failure_set(failure, r == EAI_SYSTEM ? FAILURE_SYSTEM : FAILURE_HOST,
				   "the host %s is not known: %s", host, gai_strerror(r));
	return failure_set(failure, FAILURE_TIMEOUT,
			   "no name server told in time what the host %s is", host);
}

int connect_to_host(const struct endpoint *endpoint, int type, int64_t deadline, int *fd,
		    struct failure *failure)
{
	struct addrinfo *addresses;
	int code = resolve_host(endpoint, type, deadline, &addresses, failure);

	if (code)
		return code;
	*fd = connect_to_any(addresses, deadline);
	freeaddrinfo(addresses);
	return *fd < 0 ? explain_connect(endpoint, -*fd, failure) : 0;
}
