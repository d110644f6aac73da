/* Servers of our own, in a directory of their own, for a comparison. */
#include "compare/lab/servers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/failures.h"
#include "client/runtime/channel.h"
#include "client/runtime/child.h"
#include "client/sidecalld.h"
#include "common/fork.h"
#include "compare/lab/directory.h"

/* Nanoseconds that a server has to become ready, and to end when it was told. */
#define START_TIME INT64_C(10000000000)
#define END_TIME   INT64_C(2000000000)

#define DIRECTORY  "/sidecall-compare-XXXXXX"
#define CANNOT_RUN "cannot run " SIDECALLD ": "

/* ---- the child ---- */

static void become_server(const char *const options[], int input, int output, int error)
{
	const char *argv[SERVER_MAX_OPTIONS + 2] = { SIDECALLD };
	char path[PATH_MAX];
	sigset_t none;

	for (int i = 0; options[i] && i < SERVER_MAX_OPTIONS; i++)
		argv[i + 1] = options[i];
	/* What this process did about signals is not the server's business. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
	    dup2(error, STDERR_FILENO) >= 0)
		execvp(sidecalld_program(path, sizeof(path)), (char *const *)argv);
	dprintf(error, CANNOT_RUN "%s\n", strerror(errno));
	_exit(127);
}

pid_t server_spawn(const char *const options[], int input, int output, int error)
{
	pid_t child = fork_tied();

	if (child == 0)
		become_server(options, input, output, error);
	return child < 0 ? -errno : child;
}

/* 0, with the child and the end on which it says where it listens; or -errno.  Nobody else holds
 * the end to write, so exit tells us. */
static int start_listener(pid_t *child, int *said, const char *const options[], int log)
{
	const char *words[SERVER_MAX_OPTIONS + 2] = { "--no-rpcbind" };
	int fds[2];

	for (int i = 0; options[i] && i < SERVER_MAX_OPTIONS; i++)
		words[i + 1] = options[i];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*child = server_spawn(words, STDIN_FILENO, fds[1], log);
	close(fds[1]);
	if (*child < 0)
		close(fds[0]);
	*said = fds[0];
	return *child < 0 ? *child : 0;
}

int server_halt(pid_t child, int signal)
{
	siginfo_t info;

	if (child <= 0)
		return -ESRCH; /* that would be ourselves */
	kill(child, signal);
	return waitid(P_PID, (id_t)child, &info, WSTOPPED | WEXITED | WNOWAIT) < 0 ? -errno : 0;
}

/* ---- until it is ready ---- */

/* Takes one line.  Whether it was the last. */
static bool take_line(struct server *server, const char *line)
{
	static const char listening[] = "listening ", metrics[] = "metrics ";
	const char *address = line + sizeof(listening) - 1;

	if (strncmp(line, listening, sizeof(listening) - 1) == 0 &&
	    server->count < SERVER_MAX_ENDPOINTS &&
	    !endpoint_parse(&server->endpoints[server->count], address))
		server->count++;
	else if (strncmp(line, metrics, sizeof(metrics) - 1) == 0 && !*server->metrics)
		snprintf(server->metrics, sizeof(server->metrics), "%.1000s",
			 line + sizeof(metrics) - 1);
	return strcmp(line, "ready") == 0;
}

bool server_await(struct server *server, int said, int64_t patience)
{
	int64_t deadline = clock_now() + patience;
	char line[ENDPOINT_MAX_TEXT + 32];
	size_t length = 0;

	server->count = 0;
	server->metrics[0] = '\0';
	while (length < sizeof(line) && clock_wait(said, POLLIN, deadline) == 0 &&
	       read(said, &line[length], 1) == 1) {
		if (line[length++] != '\n')
			continue;
		line[length - 1] = '\0';
		if (take_line(server, line))
			return true;
		length = 0;
	}
	return false;
}

/* The end of what the server logged says why it did not start. */
static int explain_failure(const char *log, struct failure *failure)
{
	char line[256] = "it did not say that it is ready";
	FILE *file = fopen(log, "r");

	while (file && fgets(line, sizeof(line), file))
		line[strcspn(line, "\n")] = '\0';
	if (file)
		fclose(file);
	failure_set(failure, FAILURE_SYSTEM, "cannot start " SIDECALLD ": %.240s", line);
	if (strncmp(line, CANNOT_RUN, strlen(CANNOT_RUN)) == 0)
		failure_advise(failure,
			       "Put it beside sidecall or into PATH, or name it in SIDECALLD");
	return failure->code;
}

int server_start(struct server *server, const char *const options[], const char *log,
		 struct failure *failure)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int said = -1, r = fd < 0 ? -errno : start_listener(&server->pid, &said, options, fd);
	bool ready;

	if (fd >= 0)
		close(fd);
	if (r < 0) {
		server->pid = 0;
		return failure_system(failure, -r, "cannot start " SIDECALLD);
	}
	ready = server_await(server, said, START_TIME);
	close(said);
	if (ready)
		return 0;
	server_kill(server);
	return explain_failure(log, failure);
}

static int end_by(struct server *server, int signal, int64_t patience)
{
	int status = -1;

	if (server->pid > 0) {
		/* First: behind the other it might take back a stop that a sanitizer, which looks
		 * for leaks at the end, has asked for, and waits for. */
		kill(server->pid, SIGCONT);
		kill(server->pid, signal);
		status = child_reap(server->pid, patience);
	}
	server->pid = 0;
	return status;
}

int server_stop_within(struct server *server, int64_t patience)
{
	return end_by(server, SIGTERM, patience);
}

void server_stop(struct server *server)
{
	server_stop_within(server, END_TIME);
}

void server_kill(struct server *server)
{
	end_by(server, SIGKILL, END_TIME);
}

const struct endpoint *server_endpoint(const struct server *server, enum endpoint_protocol protocol,
				       enum endpoint_transport transport)
{
	for (int i = 0; i < server->count; i++)
		if (server->endpoints[i].protocol == protocol &&
		    server->endpoints[i].transport == transport)
			return &server->endpoints[i];
	return NULL;
}

/* ---- the pair ---- */

/* What servers serve when nobody says what: little, and always the same. */
static int make_root(const char *root)
{
	static const char text[] = "The quick brown fox jumps over the lazy dog.\n";
	char path[PATH_MAX + 16];
	int fd, r;

	if (mkdir(root, 0700) < 0)
		return -errno;
	snprintf(path, sizeof(path), "%s/link", root);
	if (symlink("file", path) < 0)
		return -errno;
	snprintf(path, sizeof(path), "%s/file", root);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write(fd, text, sizeof(text) - 1) < 0 ? -errno : 0;
	close(fd);
	return r;
}

/* The options of one server: its root, its endpoints with paths in the directory. */
struct options {
	const char *words[SERVER_MAX_OPTIONS + 1];
	char texts[SERVER_MAX_ENDPOINTS][ENDPOINT_MAX_TEXT];
	int count, endpoints;
};

static void listen_at(struct options *options, const char *protocol, const char *at,
		      const char *directory, const char *file)
{
	char *text = options->texts[options->endpoints++];

	snprintf(text, ENDPOINT_MAX_TEXT, "%s+%s%s%s%s", protocol, at, directory,
		 file[0] ? "/" : "", file);
	options->words[options->count++] = "--listen";
	options->words[options->count++] = text;
}

static void listen_as(struct options *options, const char *protocol, const char *directory,
		      bool all)
{
	char file[32];

	listen_at(options, protocol, "tcp://127.0.0.1:0", "", "");
	listen_at(options, protocol, "udp://127.0.0.1:0", "", "");
	snprintf(file, sizeof(file), "%s.sock", protocol);
	listen_at(options, protocol, "unix:", directory, file);
	if (!all)
		return;
	listen_at(options, protocol, "fifo:", directory, "");
	snprintf(file, sizeof(file), "%s.shm", protocol);
	listen_at(options, protocol, "shm:", directory, file);
}

static int start_ours(struct servers *servers, struct failure *failure)
{
	struct options options = { { "--root", servers->root }, .count = 2 };
	char log[sizeof(servers->directory) + 16];

	snprintf(log, sizeof(log), "%s/ours.log", servers->directory);
	listen_as(&options, "rpc", servers->directory, true);
	listen_as(&options, "raw", servers->directory, true);
	return server_start(&servers->ours, options.words, log, failure);
}

static int start_stock(struct servers *servers, struct failure *failure)
{
	struct options options = { { "--stock", "--root", servers->root }, .count = 3 };
	char log[sizeof(servers->directory) + 16];

	snprintf(log, sizeof(log), "%s/stock.log", servers->directory);
	listen_as(&options, "tirpc", servers->directory, false);
	return server_start(&servers->stock, options.words, log, failure);
}

static void add_endpoints(struct servers *servers, const struct server *server,
			  enum endpoint_protocol protocol)
{
	for (int i = 0; i < server->count; i++)
		if (server->endpoints[i].protocol == protocol)
			servers->endpoints[servers->count++] = server->endpoints[i];
}

/* A protocol's endpoints, and its pipe, whose server is the client's child. */
static void add_protocol(struct servers *servers, enum endpoint_protocol protocol)
{
	const struct endpoint pipe = { .protocol = protocol,
				       .transport = ENDPOINT_PIPE,
				       .port = -1 };

	add_endpoints(servers, &servers->ours, protocol);
	servers->endpoints[servers->count++] = pipe;
}

/* Paths of sockets are short, so a long TMPDIR is of no use. */
static int make_directory(struct servers *servers, struct failure *failure)
{
	const char *place = getenv("TMPDIR");
	size_t room = sizeof(servers->directory);

	if (!place || (size_t)snprintf(servers->directory, room, "%s" DIRECTORY, place) >= room)
		snprintf(servers->directory, room, "/tmp" DIRECTORY);
	if (mkdtemp(servers->directory))
		return 0;
	failure_set(failure, FAILURE_SYSTEM, "cannot make a directory for servers, %.200s: %s",
		    servers->directory, strerror(errno));
	servers->directory[0] = '\0';
	return failure->code;
}

static int set_root(struct servers *servers, const char *root, struct failure *failure)
{
	struct stat status;
	int r;

	if (!root) {
		snprintf(servers->root, sizeof(servers->root), "%s/root", servers->directory);
		r = make_root(servers->root);
		return r < 0 ? failure_system(failure, -r, "cannot make files to serve") : 0;
	}
	if (realpath(root, servers->root) && stat(servers->root, &status) == 0) {
		if (S_ISDIR(status.st_mode))
			return 0;
		errno = ENOTDIR;
	}
	return failure_set(failure, FAILURE_SYSTEM, "cannot serve %.200s: %s", root,
			   strerror(errno));
}

int servers_open(struct servers *servers, const char *root, struct failure *failure)
{
	int code;

	memset(servers, 0, sizeof(*servers));
	code = make_directory(servers, failure);
	if (code == 0)
		code = set_root(servers, root, failure);
	if (code == 0)
		code = start_ours(servers, failure);
	if (code == 0)
		code = start_stock(servers, failure);
	if (code) {
		servers_close(servers);
		return code;
	}
	add_protocol(servers, ENDPOINT_RPC);
	add_protocol(servers, ENDPOINT_RAW);
	add_endpoints(servers, &servers->stock, ENDPOINT_TIRPC);
	return 0;
}

pid_t servers_process(const struct servers *servers, const struct endpoint *endpoint)
{
	if (endpoint->transport == ENDPOINT_PIPE)
		return 0;
	return endpoint->protocol == ENDPOINT_TIRPC ? servers->stock.pid : servers->ours.pid;
}

void servers_close(struct servers *servers)
{
	server_stop(&servers->ours);
	server_stop(&servers->stock);
	if (servers->directory[0])
		remove_tree(servers->directory);
	servers->directory[0] = '\0';
}
