/* How a client meets a server of named pipes, a step at a time. */
#include "check/meeting.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/runtime/clock.h"
#include "client/runtime/transports/local.h"

#define LOOK_AGAIN 5                  /* milliseconds */
#define LOOK       INT64_C(100000000) /* nanoseconds */

static int explain(struct failure *failure, int error, const char *what, const char *path)
{
	char text[256];

	snprintf(text, sizeof(text), "cannot %s %.160s", what, path);
	return failure_system(failure, error, text);
}

/* The same of what is no error of the system's; `error` names it. */
static int fail(struct failure *failure, int code, int error, const char *what, const char *path)
{
	failure_set(failure, code, "%s %.200s", what, path);
	failure->error = error;
	return code;
}

const char *meeting_why(const struct failure *failure)
{
	return failure->error == ENXIO || failure->error == EPIPE ? MEETING_NO_READER
	       : failure->error == ETIMEDOUT                      ? MEETING_NO_WELCOME
	       : failure->error == ESTALE                         ? MEETING_NO_CALLS
	       : failure->error == EBADMSG                        ? MEETING_OTHER_WELCOME
								  : NULL;
}

/* ---- the signals that end us ---- */

static const int ending[] = { SIGINT, SIGTERM, SIGHUP };

/* What is ignored, as under nohup, ends nobody. */
static bool is_ignored(int signal)
{
	struct sigaction action;

	return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* Who is told to end removes the names first. */
static void hold_signals(struct meeting *meeting)
{
	sigset_t held;

	sigemptyset(&held);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (!is_ignored(ending[i]))
			sigaddset(&held, ending[i]);
	sigprocmask(SIG_BLOCK, &held, &meeting->signals);
}

bool meeting_told_to_end(void)
{
	sigset_t pending;
	bool told = false;

	sigpending(&pending);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		told |= sigismember(&pending, ending[i]) == 1 && !is_ignored(ending[i]);
	return told;
}

int64_t meeting_look(int64_t deadline)
{
	const int64_t look = clock_now() + LOOK;

	return look < deadline ? look : deadline;
}

/* ---- the well-known FIFO ---- */

/* The descriptor, or -errno: -ENXIO when nobody reads it. */
static int open_known(const struct endpoint *endpoint)
{
	char path[RENDEZVOUS_MAX_FIFO];

	rendezvous_fifo(endpoint, path);
	return rendezvous_open_fifo(path, O_WRONLY);
}

static int explain_known(const struct endpoint *endpoint, int error, struct failure *failure)
{
	char path[RENDEZVOUS_MAX_FIFO];

	rendezvous_fifo(endpoint, path);
	if (error == ENXIO)
		return failure_set(failure, FAILURE_UNAVAILABLE,
				   "nobody reads the named pipe %.200s", path);
	return explain(failure, error, "open the server's named pipe,", path);
}

int meeting_try(const struct endpoint *endpoint, int *writer, struct failure *failure)
{
	struct endpoint resolved = *endpoint;
	int r = rendezvous_resolve(&resolved);

	if (r < 0)
		return local_no_directory(r, failure);
	*writer = open_known(&resolved);
	return *writer < 0 ? explain_known(&resolved, -*writer, failure) : 0;
}

/* Who opens it anew for each client may do so just now. */
static int await_reader(const struct meeting *meeting, int64_t deadline)
{
	int fd;

	while ((fd = open_known(&meeting->endpoint)) == -ENXIO && clock_now() < deadline &&
	       !meeting_told_to_end())
		poll(NULL, 0, LOOK_AGAIN);
	return fd;
}

/* ---- the client's own ---- */

static int make_pair(struct meeting *meeting)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	rendezvous_greet(number, meeting->greeting);
	rendezvous_pair(&meeting->endpoint, number, &meeting->pair);
	if (mkfifo(meeting->pair.calls, 0600) < 0 || mkfifo(meeting->pair.replies, 0600) < 0)
		return -errno;
	meeting->replies = rendezvous_open_fifo(meeting->pair.replies, O_RDONLY);
	return meeting->replies < 0 ? meeting->replies : 0;
}

int meeting_begin(struct meeting *meeting, const struct endpoint *endpoint, int64_t deadline,
		  struct failure *failure)
{
	int r;

	*meeting = (struct meeting){
		.endpoint = *endpoint, .server = -1, .calls = -1, .replies = -1
	};
	hold_signals(meeting);
	r = rendezvous_resolve(&meeting->endpoint);
	if (r < 0)
		return local_no_directory(r, failure);
	meeting->server = await_reader(meeting, deadline);
	if (meeting->server < 0)
		return explain_known(&meeting->endpoint, -meeting->server, failure);
	r = make_pair(meeting);
	return r < 0 ? explain(failure, -r, "make named pipes in", meeting->endpoint.path) : 0;
}

int meeting_greet(const struct meeting *meeting, struct failure *failure)
{
	ssize_t n = write(meeting->server, meeting->greeting, RENDEZVOUS_GREETING);

	if (n == RENDEZVOUS_GREETING)
		return 0;
	return explain(failure, n < 0 ? errno : EIO, "write the greeting into the named pipe in",
		       meeting->endpoint.path);
}

/* ---- the welcome ---- */

/* Who opens the calls first waits there for us, who wait for the welcome. */
static int read_welcome(const struct meeting *meeting, struct failure *failure)
{
	char welcome[RENDEZVOUS_GREETING + 1] = "";
	ssize_t n = read(meeting->replies, welcome, RENDEZVOUS_GREETING);

	if (n <= 0)
		return failure_set(failure, FAILURE_UNAVAILABLE,
				   "the server closed the replies without a welcome");
	if (n == RENDEZVOUS_GREETING && memcmp(welcome, meeting->greeting, (size_t)n) == 0)
		return 0;
	failure_set(failure, FAILURE_PROTOCOL,
		    "%zd byte%s came for a welcome, and not the greeting's %d", n,
		    n == 1 ? "" : "s", RENDEZVOUS_GREETING);
	failure->error = EBADMSG;
	return failure->code;
}

/* Waits for the welcome, or the end of who reads greetings. */
static int wait_for_server(const struct meeting *meeting, int64_t deadline)
{
	struct pollfd waiting[] = { { .fd = meeting->replies, .events = POLLIN },
				    { .fd = meeting->server } };
	int64_t look;
	int r;

	do {
		look = meeting_look(deadline);
		r = clock_wait_any(waiting, 2, look);
	} while (r == -ETIMEDOUT && look < deadline && !meeting_told_to_end());
	return r == 0 && !waiting[0].revents ? -ENXIO : r;
}

int meeting_await(const struct meeting *meeting, int64_t deadline, struct failure *failure)
{
	int r = wait_for_server(meeting, deadline);

	if (r == -ETIMEDOUT)
		return fail(failure, FAILURE_TIMEOUT, ETIMEDOUT,
			    "no greeting is written back in time into", meeting->pair.replies);
	if (r == -ENXIO)
		return explain_known(&meeting->endpoint, ENXIO, failure);
	return r < 0 ? explain(failure, -r, "wait for the welcome in", meeting->pair.replies)
		     : read_welcome(meeting, failure);
}

int meeting_open_calls(struct meeting *meeting, struct failure *failure)
{
	meeting->calls = rendezvous_open_fifo(meeting->pair.calls, O_WRONLY);
	if (meeting->calls >= 0)
		return 0;
	if (meeting->calls == -ENXIO)
		return fail(failure, FAILURE_UNAVAILABLE, ESTALE,
			    "the server welcomes us, and does not have open", meeting->pair.calls);
	return explain(failure, -meeting->calls, "open", meeting->pair.calls);
}

int meeting_welcome(struct meeting *meeting, const struct endpoint *endpoint, int64_t deadline,
		    struct failure *failure)
{
	int code = meeting_begin(meeting, endpoint, deadline, failure);

	if (code == 0)
		code = meeting_greet(meeting, failure);
	return code ? code : meeting_await(meeting, deadline, failure);
}

int meeting_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static void close_open(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void meeting_leave(struct meeting *meeting)
{
	close_open(&meeting->calls);
	close_open(&meeting->replies);
}

void meeting_remove(struct meeting *meeting)
{
	if (!meeting->pair.calls[0])
		return;
	unlink(meeting->pair.calls);
	unlink(meeting->pair.replies);
}

void meeting_end(struct meeting *meeting)
{
	meeting_remove(meeting);
	meeting_leave(meeting);
	close_open(&meeting->server);
	sigprocmask(SIG_SETMASK, &meeting->signals, NULL);
}
