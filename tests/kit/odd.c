/* The server that knows libtirpc alone, and its clients. */
#include "tests/kit/odd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fork.h"
#include "tests/kit/process.h"

const char *const odd_how_names[] = { "stock", "run", "linked" };
const char *const odd_way_names[] = { "tcp", "udp", "unix" };

/* ---- the server ---- */

static void become(const struct odd *odd, const char *const words[])
{
	const char *argv[ODD_MOST_WORDS] = { NULL };
	static char program[512], sidecall[512];
	int count = 0;

	snprintf(program, sizeof(program), "%s",
		 program_path(odd->program         ? odd->program
			      : odd->how == LINKED ? "tests/preload/linked"
						   : "tests/preload/odd"));
	snprintf(sidecall, sizeof(sidecall), "%s", program_path("sidecall"));
	if (odd->how == RUN) {
		argv[count++] = sidecall;
		argv[count++] = "run";
		if (odd->option)
			argv[count++] = odd->option;
		argv[count++] = "--";
	}
	argv[count++] = program;
	while (*words && count < ODD_MOST_WORDS - 1)
		argv[count++] = *words++;
	execv(argv[0], (char **)argv);
	_exit(127);
}

static void begin_process(const struct odd *odd, int in, int out, const char *const words[])
{
	const struct rlimit limit = { odd->limit, odd->limit };

	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(odd->error ? odd->error : odd->errors, STDERR_FILENO);
	signal(SIGPIPE, SIG_DFL);
	if (odd->limit)
		setrlimit(RLIMIT_NOFILE, &limit);
	become(odd, words);
}

bool odd_read_place(struct odd *odd)
{
	char line[64];
	int port = 0, server = 0;
	ssize_t n = 0, length = 0;

	while (length < (ssize_t)sizeof(line) - 1 && !memchr(line, '\n', (size_t)length) &&
	       (n = read(odd->out, line + length, sizeof(line) - 1 - (size_t)length)) > 0)
		length += n;
	line[length] = '\0';
	if (sscanf(line, "%d %d", &port, &server) != 2)
		return false;
	odd->port = (uint16_t)port;
	odd->server = server;
	return true;
}

bool odd_begin(struct odd *odd, const char *const words[])
{
	const char *all[ODD_MOST_WORDS] = { "-t", odd_way_names[odd->way], "-p", odd->path };
	int in[2], out[2];

	for (int i = 0; words[i]; i++)
		all[4 + i] = words[i];
	snprintf(odd->directory, sizeof(odd->directory), "/tmp/sidecall-odd-XXXXXX");
	if (!harness_directory(odd->directory))
		return false;
	snprintf(odd->path, sizeof(odd->path), "%s/socket", odd->directory);
	odd->errors = memfd_create("errors", MFD_CLOEXEC);
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		abort();
	odd->pid = fork_tied();
	if (odd->pid == 0)
		begin_process(odd, odd->standard >= 0 ? odd->standard : in[0], out[1], all);
	close(in[0]);
	close(out[1]);
	odd->in = in[1];
	odd->out = out[0];
	return odd->pid > 0;
}

const char *odd_errors(const struct odd *odd)
{
	static char text[4096];
	ssize_t n = pread(odd->errors, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

bool odd_start(struct odd *odd, const char *const words[])
{
	if (odd_begin(odd, words) && odd_read_place(odd))
		return true;
	CHECK_THAT(false, "%s does not begin: %s", odd_how_names[odd->how], odd_errors(odd));
	return false;
}

int odd_wait(const struct odd *odd)
{
	int status = 0;
	pid_t ended = 0;

	AWAIT((ended = waitpid(odd->pid, &status, WNOHANG)) != 0);
	if (ended != odd->pid)
		return -1;
	return fork_status(status);
}

void odd_stop(struct odd *odd)
{
	if (odd->server > 0)
		kill(odd->server, SIGKILL);
	if (odd->pid > 0 && odd->pid != odd->server)
		kill(odd->pid, SIGKILL);
	if (odd->pid > 0)
		waitpid(odd->pid, NULL, 0);
	close(odd->in);
	close(odd->out);
	close(odd->errors);
	remove_tree(odd->directory);
}

/* ---- its clients ---- */

const struct odd_credential odd_nobody;
uint8_t odd_reply[ODD_MOST_REPLY];

int odd_connect_to(const struct odd *odd, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int type = odd->way == UDP ? SOCK_DGRAM : SOCK_STREAM;
	int fd = socket(odd->way == UNIX ? AF_UNIX : AF_INET, type | SOCK_CLOEXEC, 0);
	int r;

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", odd->path);
	if (odd->way == UNIX)
		r = connect(fd, (struct sockaddr *)&un, sizeof(un));
	else
		r = connect(fd, (struct sockaddr *)&in, sizeof(in));
	if (r == 0)
		return fd;
	close(fd);
	return -1;
}

int odd_connect(const struct odd *odd)
{
	int fd = odd_connect_to(odd, odd->port);

	CHECK_THAT(fd >= 0, "%s %s: connected", odd_how_names[odd->how], odd_way_names[odd->way]);
	return fd;
}

void odd_add_word(struct odd_call *call, uint32_t word)
{
	call->words[call->count++] = htonl(word);
}

void odd_begin_call(struct odd_call *call, uint32_t version, uint32_t procedure,
		    const struct odd_credential *who)
{
	static uint32_t xid = 0x10000000;

	call->count = 1;
	odd_add_word(call, ++xid);
	odd_add_word(call, 0);
	odd_add_word(call, 2);
	odd_add_word(call, ODD_PROGRAM);
	odd_add_word(call, version);
	odd_add_word(call, procedure);
	odd_add_word(call, who->flavor);
	odd_add_word(call, who->length);
	for (size_t i = 0; i < who->count; i++)
		odd_add_word(call, who->words[i]);
	odd_add_word(call, who->verifier ? AUTH_SYS : AUTH_NONE);
	odd_add_word(call, who->verifier);
	for (uint32_t i = 0; i < who->verifier; i += 4)
		odd_add_word(call, 0x01020304);
}

bool odd_send_all(int fd, const void *bytes, size_t length)
{
	return send(fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

bool odd_send_call(enum way way, int fd, struct odd_call *call)
{
	size_t length = 4 * (call->count - 1);

	call->words[0] = htonl(0x80000000 | (uint32_t)length);
	return way == UDP ? odd_send_all(fd, call->words + 1, length)
			  : odd_send_all(fd, call->words, 4 + length);
}

/* As many bytes as there shall be, or fewer at the end: -1 when nothing comes for long. */
static ssize_t receive_bytes(int fd, uint8_t *bytes, size_t length)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	size_t done = 0;
	ssize_t n;

	while (done < length) {
		if (poll(&waiting, 1, ODD_LONG_TIME) != 1)
			return -1;
		n = recv(fd, bytes + done, length - done, 0);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t odd_receive_reply(enum way way, int fd)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	ssize_t length = 0, n;
	uint32_t mark;

	if (way == UDP)
		return poll(&waiting, 1, ODD_LONG_TIME) == 1
			       ? recv(fd, odd_reply, sizeof(odd_reply), 0)
			       : -1;
	do {
		n = receive_bytes(fd, (uint8_t *)&mark, 4);
		if (n != 4)
			return n < 0 ? -1 : 0;
		mark = ntohl(mark);
		n = receive_bytes(fd, odd_reply + length, mark & 0x7fffffff);
		if (n != (ssize_t)(mark & 0x7fffffff))
			return n < 0 ? -1 : 0;
		length += n;
	} while (!(mark & 0x80000000));
	return length;
}
