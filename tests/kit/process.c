/* Programs under test: started, listened to and ended. */
#include "tests/kit/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/duration.h"
#include "common/fork.h"
#include "compare/lab/servers.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"

#define MAX_WORDS 48

const char *program_path(const char *name)
{
	static char path[512]; /* of the last call: a test names one program at a time */
	const char *build = getenv("BUILD");

	snprintf(path, sizeof(path), "%s/%s", build ? build : "build", name);
	return path;
}

bool program_use_built(void)
{
	const char *named = getenv("BUILD");
	char build[PATH_MAX];

	if (!realpath(named ? named : "build", build))
		return false;
	setenv("BUILD", build, 1);
	setenv("SIDECALLD", program_path("sidecalld"), 1);
	return true;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

pid_t process_start(const char *const argv[], int *in, int *out, int *error)
{
	int pipes[3][2];
	pid_t pid;

	for (int i = 0; i < 3; i++)
		if (pipe2(pipes[i], O_CLOEXEC) < 0)
			abort();
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that breaks off leaves nobody behind */
		dup2(pipes[0][0], STDIN_FILENO);
		dup2(pipes[1][1], STDOUT_FILENO);
		dup2(pipes[2][1], STDERR_FILENO);
		signal(SIGPIPE, SIG_DFL);
		/* Whoever runs tests in the background, or by nohup, ignores these. */
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		execv(argv[0], (char **)argv);
		_exit(127);
	}
	close(pipes[0][0]);
	close(pipes[1][1]);
	close(pipes[2][1]);
	*in = pipes[0][1];
	*out = pipes[1][0];
	*error = pipes[2][0];
	return pid;
}

void process_halt(pid_t pid, int signal)
{
	if (server_halt(pid, signal) < 0)
		AWAIT(observe_state(pid) == 'T');
}

/* Waits for the end of a program; kills it at the end of its time. */
static int wait_for(pid_t pid, double deadline)
{
	int status;

	for (;;) {
		pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended == pid)
			return fork_status(status);
		if (seconds() > deadline) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		poll(NULL, 0, 2);
	}
}

/* Reads both until both end, or the time does. */
static void collect_output(int out, int error, struct buffer *from_out, struct buffer *from_error,
			   double deadline)
{
	struct pollfd waiting[2] = { { .fd = out, .events = POLLIN },
				     { .fd = error, .events = POLLIN } };
	struct buffer *buffers[2] = { from_out, from_error };

	while ((waiting[0].fd >= 0 || waiting[1].fd >= 0) && seconds() < deadline) {
		poll(waiting, 2, 100);
		for (int i = 0; i < 2; i++) {
			struct buffer *buffer = buffers[i];
			ssize_t n;

			if (waiting[i].fd < 0 || !waiting[i].revents)
				continue;
			buffer_reserve(buffer, 65536);
			n = read(waiting[i].fd, buffer->data + buffer->length, 65535);
			if (n <= 0)
				waiting[i].fd = -1;
			else
				buffer->length += (size_t)n;
		}
	}
}

static struct outcome end_within(pid_t pid, int out, int error, int limit)
{
	struct buffer out_buffer = { 0 }, error_buffer = { 0 };
	double deadline = seconds() + limit;
	struct outcome outcome = { 0 };

	collect_output(out, error, &out_buffer, &error_buffer, deadline);
	close(out);
	close(error);
	outcome.status = wait_for(pid, deadline);
	outcome.length = out_buffer.length;
	buffer_append(&out_buffer, "", 1);
	buffer_append(&error_buffer, "", 1);
	outcome.out = (char *)out_buffer.data;
	outcome.error = (char *)error_buffer.data;
	return outcome;
}

struct outcome process_end(pid_t pid, int out, int error)
{
	return end_within(pid, out, error, PROCESS_TIME);
}

struct outcome process_run_within(const char *const argv[], const char *input, int limit)
{
	int in, out, error;
	pid_t pid = process_start(argv, &in, &out, &error);

	if (input && write(in, input, strlen(input)) < 0)
		fprintf(stderr, "%s did not read its input\n", argv[0]);
	close(in);
	return end_within(pid, out, error, limit);
}

struct outcome process_run(const char *const argv[], const char *input)
{
	return process_run_within(argv, input, PROCESS_TIME);
}

void outcome_release(struct outcome *outcome)
{
	free(outcome->out);
	free(outcome->error);
	*outcome = (struct outcome){ 0 };
}

static bool wait_until_ready(struct daemon *daemon)
{
	char endpoint[ENDPOINT_MAX_TEXT];
	struct server server;
	bool ready = server_await(&server, daemon->out, PROCESS_TIME * SECOND);

	for (int i = 0; i < server.count; i++) {
		endpoint_format(&server.endpoints[i], endpoint);
		snprintf(daemon->endpoints[i], sizeof(daemon->endpoints[i]), "%.255s", endpoint);
	}
	daemon->count = (unsigned int)server.count;
	snprintf(daemon->metrics, sizeof(daemon->metrics), "%.127s", server.metrics);
	return ready;
}

static void print_errors(int fd)
{
	char text[2048];
	ssize_t n = read(fd, text, sizeof(text));

	if (n > 0)
		fwrite(text, 1, (size_t)n, stdout);
}

/* What a server is started by. */
enum front { BY_ITSELF, BY_RUN };

static bool start_daemon(struct daemon *daemon, const char *root, const char *const options[],
			 bool rpcbind, enum front front)
{
	const char *argv[MAX_WORDS];
	char run[80], client[PATH_MAX];
	int in, count = 0;

	memset(daemon, 0, sizeof(*daemon));
	snprintf(daemon->directory, sizeof(daemon->directory), "/tmp/sidecall-test-XXXXXX");
	if (!harness_directory(daemon->directory))
		return false;
	snprintf(daemon->root, sizeof(daemon->root), "%s/root", daemon->directory);
	snprintf(run, sizeof(run), "%s/run", daemon->directory);
	mkdir(daemon->root, 0700);
	mkdir(run, 0700);
	setenv("SIDECALL_DIR", run, 1);
	if (front == BY_RUN) {
		snprintf(client, sizeof(client), "%s", program_path("sidecall"));
		argv[count++] = client;
		argv[count++] = "run";
		/* Longer than anybody waits here: who is held up is seen to be. */
		argv[count++] = "--message-timeout=300";
	}
	argv[count++] = program_path("sidecalld");
	argv[count++] = "--root";
	argv[count++] = root ? root : daemon->root;
	if (!rpcbind)
		argv[count++] = "--no-rpcbind";
	for (int i = 0; options && options[i] && count < MAX_WORDS - 1; i++)
		argv[count++] = options[i];
	argv[count] = NULL;
	daemon->pid = process_start(argv, &in, &daemon->out, &daemon->error);
	close(in);
	if (wait_until_ready(daemon))
		return true;
	print_errors(daemon->error);
	daemon_stop(daemon);
	return false;
}

bool daemon_start(struct daemon *daemon, const char *root, const char *const options[])
{
	return start_daemon(daemon, root, options, false, BY_ITSELF);
}

const char *const everywhere[EVERYWHERE] = {
	"rpc+tcp://127.0.0.1:0",
	"raw+tcp://127.0.0.1:0",
	"rpc+udp://127.0.0.1:0",
	"raw+udp://127.0.0.1:0",
	"rpc+unix",
	"raw+unix",
	"rpc+fifo",
	"raw+fifo",
	"rpc+shm",
	"raw+shm",
};

bool daemon_start_everywhere(struct daemon *daemon, const char *root, const char *const options[])
{
	const char *words[MAX_WORDS] = { NULL };
	int count = 0;

	for (int i = 0; i < EVERYWHERE; i++) {
		words[count++] = "--listen";
		words[count++] = everywhere[i];
	}
	for (int i = 0; options && options[i] && count < MAX_WORDS - 1; i++)
		words[count++] = options[i];
	return start_daemon(daemon, root, words, false, BY_ITSELF) && daemon->count >= EVERYWHERE;
}

static bool start_stock(struct daemon *daemon, const char *root, enum front front)
{
	static const char *const options[] = { "--stock",
					       "--listen",
					       "tirpc+tcp://127.0.0.1:0",
					       "--listen",
					       "tirpc+udp://127.0.0.1:0",
					       "--listen",
					       "tirpc+unix",
					       NULL };

	return start_daemon(daemon, root, options, false, front) && daemon->count == 3;
}

bool daemon_start_stock(struct daemon *daemon, const char *root)
{
	return start_stock(daemon, root, BY_ITSELF);
}

bool daemon_run_stock(struct daemon *daemon, const char *root)
{
	return start_stock(daemon, root, BY_RUN);
}

bool daemon_start_registered(struct daemon *daemon, const char *root, const char *const options[])
{
	return start_daemon(daemon, root, options, true, BY_ITSELF);
}

const char *daemon_endpoint(const struct daemon *daemon, const char *prefix)
{
	for (unsigned int i = 0; i < daemon->count; i++)
		if (strncmp(daemon->endpoints[i], prefix, strlen(prefix)) == 0)
			return daemon->endpoints[i];
	return NULL;
}

void daemon_let_in(const struct daemon *daemon)
{
	char run[80];

	snprintf(run, sizeof(run), "%s/run", daemon->directory);
	chmod(daemon->directory, 0711);
	chmod(run, 0711);
	for (unsigned int i = 0; i < daemon->count; i++)
		if (strstr(daemon->endpoints[i], "+unix:") || strstr(daemon->endpoints[i], "+shm:"))
			chmod(strchr(daemon->endpoints[i], '/'), 0666);
}

/* Takes what the log says now, or comes to say before the deadline.  False at its end. */
static bool listen_to(struct daemon *daemon, double deadline)
{
	struct pollfd waiting = { .fd = daemon->error, .events = POLLIN };
	double left = deadline - seconds();
	ssize_t n;

	if (poll(&waiting, 1, left > 0 ? (int)(left * 1000) + 1 : 0) != 1)
		return false;
	if (daemon->said_length == sizeof(daemon->said) - 1)
		daemon->said_length = 0; /* nobody ever looked */
	n = read(daemon->error, daemon->said + daemon->said_length,
		 sizeof(daemon->said) - 1 - daemon->said_length);
	if (n <= 0)
		return false;
	daemon->said_length += (size_t)n;
	daemon->said[daemon->said_length] = '\0';
	return true;
}

bool daemon_says(struct daemon *daemon, const char *text, int milliseconds)
{
	double deadline = seconds() + milliseconds / 1000.0;
	const char *found;

	while (!(found = strstr(daemon->said, text)))
		if (!listen_to(daemon, deadline))
			return false;
	found += strlen(text);
	daemon->said_length = strlen(found);
	memmove(daemon->said, found, daemon->said_length + 1);
	return true;
}

int daemon_stop(struct daemon *daemon)
{
	int status = -1;

	if (daemon->pid > 0) {
		kill(daemon->pid, SIGTERM);
		status = wait_for(daemon->pid, seconds() + PROCESS_TIME);
		/* A sanitizer's report is the only trace of some faults. */
		if (status != 0)
			print_errors(daemon->error);
		close(daemon->out);
		close(daemon->error);
	}
	remove_tree(daemon->directory);
	daemon->pid = 0;
	return status;
}

unsigned int process_raise_descriptors(void)
{
	struct rlimit limit = { .rlim_cur = 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur < UINT16_MAX ? (unsigned int)limit.rlim_cur : UINT16_MAX;
}

const char *process_beyond_limit(const char *error)
{
	const char *end = strchr(error, '\n'),
		   *limit = strstr(error, "connections are served at a time and no more, for the "
					  "limit on descriptors");

	return limit && end && limit < end ? end + 1 : error;
}
