/* In the place of a service manager. */
#include "tests/kit/activator.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/duration.h"
#include "compare/lab/servers.h"
#include "programs/sidecalld/activation.h"
#include "tests/kit/harness.h"

#define BACKLOG   4096
#define MAX_WORDS 16
#define HIGH      200 /* descriptors from there on are out of the way */

/* ---- sockets ---- */

static struct sockaddr_un path_of(const struct activator *activator, const char *file)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/run/%s", activator->directory,
		 file);
	return address;
}

static int keep(struct activator *activator, int fd, const char *name)
{
	CU_ASSERT_FATAL(fd >= 0 && activator->count < ACTIVATOR_MOST);
	activator->fds[activator->count] = fd;
	activator->names[activator->count++] = name;
	return fd;
}

static int bind_at(const struct sockaddr *address, socklen_t length, int type)
{
	int fd = socket(address->sa_family, type | SOCK_CLOEXEC, 0);

	CU_ASSERT_FATAL(bind(fd, address, length) == 0);
	if (type == SOCK_STREAM)
		CU_ASSERT_FATAL(listen(fd, BACKLOG) == 0);
	return fd;
}

void activator_open(struct activator *activator)
{
	char path[96];
	struct sockaddr_un address;

	*activator = (struct activator){ .directory = "/tmp/sidecall-test-XXXXXX" };
	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(activator->directory));
	snprintf(path, sizeof(path), "%s/root", activator->directory);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/run", activator->directory);
	mkdir(path, 0700);
	setenv("SIDECALL_DIR", path, 1);
	address = path_of(activator, "notify");
	activator->notified = bind_at((struct sockaddr *)&address, sizeof(address), SOCK_DGRAM);
}

void activator_close(struct activator *activator)
{
	for (int i = 0; i < activator->count; i++)
		close(activator->fds[i]);
	close(activator->notified);
	remove_tree(activator->directory);
}

int activator_add_host(struct activator *activator, int type, const char *name)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return keep(activator, bind_at((const struct sockaddr *)&address, sizeof(address), type),
		    name);
}

int activator_add_path(struct activator *activator, int type, const char *file, const char *name)
{
	const struct sockaddr_un address = path_of(activator, file);

	return keep(activator, bind_at((const struct sockaddr *)&address, sizeof(address), type),
		    name);
}

int activator_add_fifo(struct activator *activator, const char *file, const char *name)
{
	const struct sockaddr_un address = path_of(activator, file);

	CHECK_INT(mkfifo(address.sun_path, 0600), 0);
	return keep(activator, open(address.sun_path, O_RDWR | O_NONBLOCK | O_CLOEXEC), name);
}

void activator_add_everywhere(struct activator *activator)
{
	activator_add_host(activator, SOCK_STREAM, "rpc");
	activator_add_host(activator, SOCK_STREAM, "raw");
	activator_add_host(activator, SOCK_DGRAM, "rpc");
	activator_add_host(activator, SOCK_DGRAM, "raw+udp");
	activator_add_path(activator, SOCK_STREAM, "rpc.sock", "sidecalld.socket");
	activator_add_path(activator, SOCK_STREAM, "raw.sock", "");
	activator_add_fifo(activator, "rpc.fifo", "sidecalld.socket");
	activator_add_fifo(activator, "raw.fifo", "raw+fifo");
	activator_add_path(activator, SOCK_STREAM, "rpc.shm", "unknown");
	activator_add_path(activator, SOCK_STREAM, "handed", "raw+shm");
}

/* ---- the process ---- */

static void set_number(const char *name, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	setenv(name, text, 1);
}

static void set_environment(const struct activator *activator)
{
	const struct sockaddr_un notify = path_of(activator, "notify");
	char names[512] = "";

	for (int i = 0; i < activator->count; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i ? ":" : "",
			 activator->names[i]);
	set_number("LISTEN_PID", activator->others ? getppid() : getpid());
	set_number("LISTEN_FDS", activator->count);
	setenv("LISTEN_FDNAMES", names, 1);
	setenv("NOTIFY_SOCKET", notify.sun_path, 1);
	if (activator->watchdog)
		setenv("WATCHDOG_USEC", activator->watchdog, 1);
	else
		unsetenv("WATCHDOG_USEC");
}

/* Puts them where the program looks for them, without close-on-exec. */
static void place_descriptors(const struct activator *activator)
{
	int high[ACTIVATOR_MOST];

	for (int i = 0; i < activator->count; i++)
		high[i] = fcntl(activator->fds[i], F_DUPFD_CLOEXEC, HIGH);
	for (int i = 0; i < activator->count; i++)
		dup2(high[i], ACTIVATION_FIRST + i);
}

static void become_daemon(const struct activator *activator, const char *const words[], int out,
			  int error)
{
	int high_out = fcntl(out, F_DUPFD_CLOEXEC, HIGH);
	int high_error = fcntl(error, F_DUPFD_CLOEXEC, HIGH);

	prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that breaks off leaves nobody behind */
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
	dup2(high_out, STDOUT_FILENO);
	dup2(high_error, STDERR_FILENO);
	place_descriptors(activator);
	set_environment(activator);
	execv(words[0], (char **)words);
	_exit(127);
}

static bool await_ready(struct daemon *daemon)
{
	char endpoint[ENDPOINT_MAX_TEXT];
	struct server server;
	bool ready = server_await(&server, daemon->out, PROCESS_TIME * SECOND);

	daemon->count = (unsigned int)server.count;
	for (int i = 0; i < server.count; i++) {
		endpoint_format(&server.endpoints[i], endpoint);
		snprintf(daemon->endpoints[i], sizeof(daemon->endpoints[i]), "%.255s", endpoint);
	}
	return ready;
}

bool activator_start(struct activator *activator, struct daemon *daemon,
		     const char *const options[])
{
	const char *words[MAX_WORDS] = { program_path("sidecalld"), "--root" };
	int out[2], error[2], count = 2;

	memset(daemon, 0, sizeof(*daemon));
	snprintf(daemon->root, sizeof(daemon->root), "%s/root", activator->directory);
	words[count++] = daemon->root;
	if (!activator->registers)
		words[count++] = "--no-rpcbind";
	for (int i = 0; options && options[i] && count < MAX_WORDS - 1; i++)
		words[count++] = options[i];
	CU_ASSERT_FATAL(pipe2(out, O_CLOEXEC) == 0 && pipe2(error, O_CLOEXEC) == 0);
	fflush(NULL);
	daemon->pid = fork();
	if (daemon->pid == 0)
		become_daemon(activator, words, out[1], error[1]);
	close(out[1]);
	close(error[1]);
	daemon->out = out[0];
	daemon->error = error[0];
	return await_ready(daemon);
}

bool activator_hears(struct activator *activator, const char *text, int milliseconds)
{
	struct pollfd waiting = { .fd = activator->notified, .events = POLLIN };
	char told[256];

	while (poll(&waiting, 1, milliseconds) == 1) {
		ssize_t n = recv(activator->notified, told, sizeof(told) - 1, 0);

		told[n > 0 ? n : 0] = '\0';
		if (strstr(told, text))
			return true;
	}
	return false;
}
