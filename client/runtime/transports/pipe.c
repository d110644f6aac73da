/*
 * The pipe transport, the client's end: ordinary pipes, which join a parent and its child.
 *
 * A pipe goes one way and has no name, so there are two, made before fork(): the child inherits
 * their other ends, puts them in the place of its standard input and output, and becomes the
 * server. Each end that a side does not use is closed, or nobody would ever see the end of the
 * stream.
 */
#include "client/runtime/transports/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/child.h"
#include "client/runtime/stream.h"
#include "common/fork.h"

/* Nanoseconds that the child has to end after its input did; and when it let a deadline pass, which
 * bounds the whole call. */
#define LAST_TIME      INT64_C(1000000000)
#define LAST_TIME_LATE INT64_C(100000000)

/* A pipe's two ends, as pipe(2) gives them. */
struct ends {
	int read, write;
};

/* ---- the child ---- */

/* Becomes the server, with the far ends of the pipes as its standard input and output.  Returns
 * only when that fails, and then says why through `report`. */
static void become_server(const char *const *command, int calls, int replies, int report)
{
	sigset_t none;

	/* What the caller did about signals is not the server's business. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* A terminal's Ctrl-C goes to both, but it is the caller who knows what it is to end. */
	signal(SIGINT, SIG_IGN);
	if (dup2(calls, STDIN_FILENO) >= 0 && dup2(replies, STDOUT_FILENO) >= 0)
		execvp(command[0], (char *const *)command);
	/* Nobody reads it when the parent is gone, and then nobody minds. */
	if (write(report, &errno, sizeof(errno)) < 0)
		_exit(127);
	_exit(127);
}

/* Keeps a descriptor off the three standard ones, which the child is about to replace. */
static int above_standard(int fd)
{
	int moved;

	if (fd > STDERR_FILENO || fd < 0)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return moved;
}

static int open_pipe(struct ends *ends)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ends = (struct ends){ above_standard(fds[0]), above_standard(fds[1]) };
	return ends->read < 0 || ends->write < 0 ? -EMFILE : 0;
}

static void close_ends(struct ends *ends)
{
	if (ends->read >= 0)
		close(ends->read);
	if (ends->write >= 0)
		close(ends->write);
	*ends = (struct ends){ -1, -1 };
}

/* Waits for exec(): the report's end closes with it, unread.  0, or the child's -errno. */
static int await_exec(int report)
{
	int error;
	ssize_t n;

	do
		n = read(report, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	return n == sizeof(error) ? -error : 0;
}

/* fork(2); a child that is tied has a group of its own, so that all that it starts can be ended. */
static pid_t fork_child(bool tied)
{
	pid_t child = tied ? fork_tied() : fork();

	if (child == 0 && tied)
		setpgid(0, 0);
	return child;
}

int pipe_start(const char *const *command, bool tied, struct pipe_server *server)
{
	struct ends calls = { -1, -1 }, replies = { -1, -1 }, report = { -1, -1 };
	int r = open_pipe(&calls);

	if (r == 0)
		r = open_pipe(&replies);
	if (r == 0)
		r = open_pipe(&report);
	if (r < 0)
		goto out;
	server->process = fork_child(tied);
	if (server->process == 0)
		become_server(command, calls.read, replies.write, report.write);
	if (server->process < 0) {
		r = -errno;
		goto out;
	}
	close(report.write);
	report.write = -1;
	r = await_exec(report.read);
	if (r < 0) {
		waitpid(server->process, NULL, 0);
		goto out;
	}
	server->replies = replies.read;
	server->calls = calls.write;
	fcntl(server->replies, F_SETFL, O_NONBLOCK);
	fcntl(server->calls, F_SETFL, O_NONBLOCK);
	replies.read = calls.write = -1;
out:
	close_ends(&calls);
	close_ends(&replies);
	close_ends(&report);
	return r;
}

/* Waits for the child's end, which follows that of its input; helps it along when it does not. */
static void reap_child(pid_t child, bool late)
{
	child_reap(child, late ? LAST_TIME_LATE : LAST_TIME);
}

static int explain_child(const char *program, int error, struct failure *failure)
{
	char what[256];

	snprintf(what, sizeof(what), "cannot start the server of a pipe, %.200s", program);
	return failure_system(failure, error, what);
}

int pipe_channel(struct channel **channel, const char *const *command,
		 const struct endpoint *endpoint, struct failure *failure)
{
	struct pipe_server server;
	int r = pipe_start(command, false, &server);

	if (r < 0)
		return explain_child(command[0], -r, failure);
	*channel = stream_channel(server.replies, server.calls, channel_framing(endpoint));
	if (!*channel) {
		reap_child(server.process, false);
		return explain_child(command[0], ENOMEM, failure);
	}
	/* The end of its input tells the child to go; then it is waited for. */
	stream_set_child(*channel, server.process, reap_child);
	(*channel)->server = server.process;
	snprintf((*channel)->peers, CHANNEL_PEERS, "process %d and its child %d", (int)getpid(),
		 (int)server.process);
	return 0;
}

static int pipe_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		     struct failure *failure)
{
	const char *const command[] = { endpoint->path, NULL };

	(void)deadline; /* nothing here waits for anybody but the kernel */
	if (!endpoint->path[0])
		return failure_set(failure, FAILURE_USAGE,
				   "a pipe needs a program to run, as in rpc+pipe:PROGRAM");
	return pipe_channel(channel, command, endpoint, failure);
}

const struct channel_transport channel_pipe = { .open = pipe_open };
