/*
 * `sidecall run`: a server that knows libtirpc alone, as it is, under us, and linked with us.  What
 * its clients see is written down, byte for byte, and must be the same.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rpc/pmap_clnt.h>
#include <rpc/rpc.h>
#include <rpc/rpcb_prot.h>

#include "common/fork.h"
#include "tests/kit/harness.h"
#include "tests/kit/namespace.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define RPCBIND       "/usr/sbin/rpcbind"
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define PROGRAM       0x20000f0d
#define LONGEST       2000000 /* bytes of a reply */
#define MOST_WORDS    24
#define SHOWN         160 /* bytes of a reply that are written down; of more, a sum is */
#define LONG_REPLY    1600000
#define LONG_TIME     (HARNESS_PATIENCE * 1000) /* milliseconds for what comes at once */

/* tests/preload/odd.x, which is not ours to include: it has rpcgen's names for everything. */
enum { COUNT = 1, CALLER, BYTES, DO, SAY, ITSELF };
enum {
	NOTHING,
	STREAM_FROM_CHILD,
	CHILD_EXITS,
	CHILD_REPLIES,
	REPLY_AND_EXIT,
	LONG_REPLY_AND_EXIT,
	REPLY_AND_WORK,
	NEVER_REPLY,
	REPLY_TWICE,
	REPLY_LATER,
	REPLY_NOW,
	REPLY_BY_TIMER,
	DESTROY,
	UNREGISTER,
	REGISTER,
	OPEN,
	CLOSE,
	LEAVE,
	RUN_PROGRAM,
	READ_WHILE_ENCODING,
	SECOND_REPLIES,
	OPEN_AND_CLOSE,
	THREAD_REPLIES,
	DESTROY_BY_TIMER,
	OPEN_AS_ERROR,
	ERROR_LENGTH,
	DESTROY_FIRST,
	COUNT_BY_TIMER,
	NOPROC = 30,
	PROGVERS = 36
};

/* ---- the server, by each way to run it ---- */

enum how { STOCK, RUN, LINKED, HOWS };

/* A sanitizer's runtime must be the first library of a program, so none can be preloaded. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OURS LINKED
#else
#define OURS RUN
#endif

static const char *const how_names[] = { "stock", "run", "linked" };

enum way { TCP, UDP, UNIX, WAYS };

static const char *const way_names[] = { "tcp", "udp", "unix" };

struct odd {
	enum how how;
	enum way way;
	pid_t pid;           /* our child */
	pid_t server;        /* who serves: another one when it went into the background */
	int in, out;         /* its standard input and output */
	int errors;          /* a file in memory */
	int error;           /* where it writes in the place of that; 0: nowhere */
	rlim_t limit;        /* on its descriptors; 0: ours */
	int standard;        /* its standard input, or -1 for a pipe */
	const char *program; /* or NULL: the one with habits */
	char directory[40], path[64];
	uint16_t port;
};

static void become(const struct odd *odd, const char *const words[])
{
	const char *argv[MOST_WORDS] = { NULL };
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
		argv[count++] = "--";
	}
	argv[count++] = program;
	while (*words && count < MOST_WORDS - 1)
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

static bool read_place(struct odd *odd)
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

/* With these words behind those that say where it is to listen.  What is not set is usual. */
static bool odd_begin(struct odd *odd, const char *const words[])
{
	const char *all[MOST_WORDS] = { "-t", way_names[odd->way], "-p", odd->path };
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

static const char *odd_errors(const struct odd *odd)
{
	static char text[4096];
	ssize_t n = pread(odd->errors, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static bool odd_start(struct odd *odd, const char *const words[])
{
	if (odd_begin(odd, words) && read_place(odd))
		return true;
	CHECK_THAT(false, "%s does not begin: %s", how_names[odd->how], odd_errors(odd));
	return false;
}

/* How it ended by itself: exit status or 128 + signal. */
static int odd_wait(const struct odd *odd)
{
	int status = 0;
	pid_t ended = 0;

	AWAIT((ended = waitpid(odd->pid, &status, WNOHANG)) != 0);
	if (ended != odd->pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void odd_stop(struct odd *odd)
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

static int odd_connect_to(const struct odd *odd, uint16_t port)
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

static int odd_connect(const struct odd *odd)
{
	int fd = odd_connect_to(odd, odd->port);

	CHECK_THAT(fd >= 0, "%s %s: connected", how_names[odd->how], way_names[odd->way]);
	return fd;
}

/* A call that is being put together, with room for its record mark. */
struct call {
	uint32_t words[700];
	size_t count;
};

static void add_word(struct call *call, uint32_t word)
{
	call->words[call->count++] = htonl(word);
}

/* Who says that he calls. */
struct credential {
	uint32_t flavor, length; /* what it claims to have */
	const uint32_t *words;   /* in the machine's order */
	size_t count;
	uint32_t verifier; /* bytes of a verifier */
};

static const struct credential nobody;

static void begin_call(struct call *call, uint32_t version, uint32_t procedure,
		       const struct credential *who)
{
	static uint32_t xid = 0x10000000;

	call->count = 1;
	add_word(call, ++xid);
	add_word(call, 0);
	add_word(call, 2);
	add_word(call, PROGRAM);
	add_word(call, version);
	add_word(call, procedure);
	add_word(call, who->flavor);
	add_word(call, who->length);
	for (size_t i = 0; i < who->count; i++)
		add_word(call, who->words[i]);
	add_word(call, who->verifier ? AUTH_SYS : AUTH_NONE);
	add_word(call, who->verifier);
	for (uint32_t i = 0; i < who->verifier; i += 4)
		add_word(call, 0x01020304);
}

static bool send_all(int fd, const void *bytes, size_t length)
{
	return send(fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static bool send_call(enum way way, int fd, struct call *call)
{
	size_t length = 4 * (call->count - 1);

	call->words[0] = htonl(0x80000000 | (uint32_t)length);
	return way == UDP ? send_all(fd, call->words + 1, length)
			  : send_all(fd, call->words, 4 + length);
}

/* As many bytes as there shall be, or fewer at the end: -1 when nothing comes for long. */
static ssize_t receive_bytes(int fd, uint8_t *bytes, size_t length)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	size_t done = 0;
	ssize_t n;

	while (done < length) {
		if (poll(&waiting, 1, LONG_TIME) != 1)
			return -1;
		n = recv(fd, bytes + done, length - done, 0);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* Receives a reply without its marks: its length; 0: the connection is closed; -1: none comes. */
static ssize_t receive_reply(enum way way, int fd, uint8_t *bytes)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	ssize_t length = 0, n;
	uint32_t mark;

	if (way == UDP)
		return poll(&waiting, 1, LONG_TIME) == 1 ? recv(fd, bytes, LONGEST, 0) : -1;
	do {
		n = receive_bytes(fd, (uint8_t *)&mark, 4);
		if (n != 4)
			return n < 0 ? -1 : 0;
		mark = ntohl(mark);
		n = receive_bytes(fd, bytes + length, mark & 0x7fffffff);
		if (n != (ssize_t)(mark & 0x7fffffff))
			return n < 0 ? -1 : 0;
		length += n;
	} while (!(mark & 0x80000000));
	return length;
}

/* ---- what they see ---- */

struct notes {
	char text[16384];
	size_t length;
};

static void note(struct notes *notes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void note(struct notes *notes, const char *format, ...)
{
	size_t room = sizeof(notes->text) - notes->length;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(notes->text + notes->length, room, format, arguments);
	va_end(arguments);
	notes->length += n > 0 && (size_t)n < room ? (size_t)n : 0;
}

/* Without its xid, which no two calls share. */
static void note_reply(struct notes *notes, const uint8_t *bytes, ssize_t length)
{
	uint32_t sum = 0;

	if (length < 4) {
		note(notes, length == 0 ? "closed\n" : "nothing\n");
		return;
	}
	for (ssize_t i = 4; i < length && length <= SHOWN; i++)
		note(notes, "%02x%s", bytes[i], i % 4 == 3 ? " " : "");
	for (ssize_t i = 4; i < length; i++)
		sum = sum * 31 + bytes[i];
	note(notes, "%zd bytes, %08x\n", length, sum);
}

static uint8_t reply[LONGEST + 1024];

static ssize_t take_reply(struct notes *notes, const struct odd *odd, int fd)
{
	ssize_t length = receive_reply(odd->way, fd, reply);

	note_reply(notes, reply, length);
	return length;
}

static void ask_as(const struct odd *odd, int fd, const struct credential *who, uint32_t version,
		   uint32_t procedure, uint32_t argument)
{
	struct call call;

	begin_call(&call, version, procedure, who);
	add_word(&call, argument);
	send_call(odd->way, fd, &call);
}

static void ask(const struct odd *odd, int fd, uint32_t procedure, uint32_t argument)
{
	ask_as(odd, fd, &nobody, 1, procedure, argument);
}

static void make_call(struct notes *notes, const struct odd *odd, int fd, uint32_t procedure,
		      uint32_t argument)
{
	ask(odd, fd, procedure, argument);
	take_reply(notes, odd, fd);
}

/* What it was answered with, behind a reply's header, which has a verifier. */
static uint8_t *find_result(void)
{
	uint32_t length;

	memcpy(&length, reply + 16, sizeof(length));
	return reply + 24 + ntohl(length);
}

/* Its first word. */
static uint32_t first_result(void)
{
	uint32_t word;

	memcpy(&word, find_result(), sizeof(word));
	return ntohl(word);
}

static void make_text_call(struct notes *notes, const struct odd *odd, int fd,
			   const struct credential *who, uint32_t procedure)
{
	char port[16], *found, *text;
	struct sockaddr_in own = { 0 };
	socklen_t size = sizeof(own);
	ssize_t length;
	struct call call;

	begin_call(&call, 1, procedure, who);
	send_call(odd->way, fd, &call);
	length = receive_reply(odd->way, fd, reply);
	if (length < 28 || first_result() > 2048) {
		note_reply(notes, reply, length);
		return;
	}
	text = (char *)find_result() + 4;
	text[first_result()] = '\0';
	getsockname(fd, (struct sockaddr *)&own, &size);
	snprintf(port, sizeof(port), ":%d ", ntohs(own.sin_port));
	while (odd->way != UNIX && (found = strstr(text, port)))
		memset(found + 1, 'P', strlen(port) - 2);
	snprintf(port, sizeof(port), ":%d ", odd->port);
	while (odd->way != UNIX && (found = strstr(text, port)))
		memset(found + 1, 'S', strlen(port) - 2);
	note(notes, "%s\n", text);
}

/* ---- the same case by each way to run it ---- */

#define ON_TCP     (1 << TCP)
#define ON_UDP     (1 << UDP)
#define ON_UNIX    (1 << UNIX)
#define ON_STREAMS (ON_TCP | ON_UNIX)
#define ON_ALL     (ON_STREAMS | ON_UDP)

struct case_row {
	const char *name;
	void (*run)(struct notes *notes, struct odd *odd);
	unsigned int on;
	const char *words[MOST_WORDS];
	const char *differs; /* what is seen under us where stock does something else, or harm */
	rlim_t limit;
};

static void run_case(const struct case_row *row, enum way way, enum how how, struct notes *notes)
{
	struct odd odd = { .how = how, .way = way, .standard = -1, .limit = row->limit };

	notes->length = 0;
	notes->text[0] = '\0';
	if (odd_start(&odd, row->words))
		row->run(notes, &odd);
	odd_stop(&odd);
	if (how != STOCK)
		CHECK_THAT(!*odd_errors(&odd), "%s: it says: %s", row->name, odd_errors(&odd));
}

/* Where the first line begins that is another one. */
static size_t first_difference(const char *text, const char *other)
{
	size_t start = 0;

	for (size_t i = 0; text[i] && text[i] == other[i]; i++)
		if (text[i] == '\n')
			start = i + 1;
	return start;
}

static void compare_case(const struct case_row *row, enum way way)
{
	static struct notes stock, ours;
	const char *expected = row->differs;
	size_t at;

	if (!expected) {
		run_case(row, way, STOCK, &stock);
		expected = stock.text;
	}
	CHECK_THAT(*expected, "%s %s: nothing is seen", row->name, way_names[way]);
	for (enum how how = OURS; how <= LINKED; how++) {
		run_case(row, way, how, &ours);
		if (expected[0] == '?')
			fprintf(stderr, "%s", ours.text);
		at = first_difference(ours.text, expected);
		CHECK_THAT(!ours.text[at] && !expected[at], "%s %s %s: seen\n%.*s\nnot\n%.*s",
			   row->name, way_names[way], how_names[how],
			   (int)strcspn(ours.text + at, "\n"), ours.text + at,
			   (int)strcspn(expected + at, "\n"), expected + at);
	}
}

static void compare_all(const struct case_row *rows)
{
	for (; rows->name; rows++)
		for (enum way way = TCP; way < WAYS; way++)
			if (rows->on & 1 << way)
				compare_case(rows, way);
}

/* ---- cases ---- */

/* What is served is what is served. */
static void ask_usual(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other = odd_connect(odd);

	make_call(notes, odd, fd, 0, 0);
	make_call(notes, odd, fd, COUNT, 1);
	make_call(notes, odd, other, COUNT, 1);
	make_text_call(notes, odd, fd, &nobody, CALLER);
	make_call(notes, odd, fd, BYTES, 8000);
	make_call(notes, odd, fd, DO, NOTHING);
	make_call(notes, odd, fd, 77, 0);
	ask_as(odd, fd, &nobody, 2, COUNT, 1);
	take_reply(notes, odd, fd);
	ask_as(odd, fd, &nobody, 9, COUNT, 1);
	take_reply(notes, odd, fd);
	close(fd);
	make_call(notes, odd, other, COUNT, 1);
	close(other);
}

/* Several processes count each for itself. */
static void ask_workers(struct notes *notes, struct odd *odd)
{
	for (int i = 0; i < 20; i++) {
		int fd = odd_connect(odd);

		make_call(notes, odd, fd, DO, NOTHING);
		close(fd);
	}
}

static void ask_long(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	make_call(notes, odd, fd, BYTES, LONG_REPLY);
	make_call(notes, odd, fd, DO, READ_WHILE_ENCODING);
	make_call(notes, odd, fd, COUNT, 1);
	close(fd);
}

/* While a child replies at length to somebody who does not read yet, others are served. */
static void stream_from_child(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other = odd_connect(odd);

	ask(odd, fd, DO, STREAM_FROM_CHILD);
	make_call(notes, odd, other, COUNT, 1);
	take_reply(notes, odd, fd);
	make_call(notes, odd, fd, COUNT, 1);
	/* Behind others in one message, whose replies come first. */
	ask(odd, fd, COUNT, 1);
	ask(odd, fd, COUNT, 1);
	ask(odd, fd, DO, STREAM_FROM_CHILD);
	for (int i = 0; i < 3; i++)
		take_reply(notes, odd, fd);
	close(other);
	close(fd);
}

static void use_children(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	make_call(notes, odd, fd, COUNT, 1);
	make_call(notes, odd, fd, DO, CHILD_EXITS);
	make_call(notes, odd, fd, DO, CHILD_REPLIES);
	make_call(notes, odd, fd, DO, SECOND_REPLIES);
	make_call(notes, odd, fd, DO, RUN_PROGRAM);
	make_call(notes, odd, fd, COUNT, 1);
	close(fd);
}

static void note_end(struct notes *notes, const struct odd *odd)
{
	char said[100];
	ssize_t n;

	note(notes, "ended with %d", odd_wait(odd));
	n = read(odd->out, said, sizeof(said) - 1);
	note(notes, ", said \"%.*s\"\n", n > 0 ? (int)n - 1 : 0, said);
}

static void exit_after_reply(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	make_call(notes, odd, fd, DO, REPLY_AND_EXIT);
	note_end(notes, odd);
	close(fd);
}

static void exit_behind_others(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), silent = odd_connect(odd);
	struct call calls[3];
	uint32_t all[200];
	size_t length = 0;

	for (int i = 0; i < 3; i++) {
		begin_call(&calls[i], 1, i < 2 ? COUNT : DO, &nobody);
		add_word(&calls[i], REPLY_AND_EXIT);
		calls[i].words[0] = htonl(0x80000000 | (uint32_t)(4 * calls[i].count - 4));
		memcpy(all + length, calls[i].words, 4 * calls[i].count);
		length += calls[i].count;
	}
	send_all(fd, all, 4 * length);
	for (int i = 0; i < 4; i++)
		take_reply(notes, odd, fd);
	note_end(notes, odd);
	close(silent);
	close(fd);
}

static void exit_after_long_reply(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	make_call(notes, odd, fd, DO, LONG_REPLY_AND_EXIT);
	note_end(notes, odd);
	close(fd);
}

/* Somebody has not read a long reply yet when another one's call ends the program. */
static void exit_while_others_read(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), slow = odd_connect(odd);

	ask(odd, slow, BYTES, LONG_REPLY);
	poll(&(struct pollfd){ .fd = slow, .events = POLLIN }, 1, LONG_TIME);
	make_call(notes, odd, fd, DO, REPLY_AND_EXIT);
	take_reply(notes, odd, slow);
	note_end(notes, odd);
	close(slow);
	close(fd);
}

/* It works until it hears that its reply came. */
static void work_after_reply(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other = odd_connect(odd);

	make_call(notes, odd, fd, DO, REPLY_AND_WORK);
	ask(odd, other, COUNT, 1);
	(void)!write(odd->in, "", 1);
	take_reply(notes, odd, other);
	close(other);
	close(fd);
}

static void reply_at_other_times(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	ask(odd, fd, DO, NEVER_REPLY);
	make_call(notes, odd, fd, COUNT, 1);
	make_call(notes, odd, fd, DO, REPLY_BY_TIMER);
	make_call(notes, odd, fd, COUNT, 1);
	close(fd);
}

static void reply_later(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other = odd_connect(odd);

	ask(odd, fd, DO, REPLY_LATER);
	ask(odd, other, COUNT, 1);
	take_reply(notes, odd, other);
	make_call(notes, odd, other, DO, REPLY_NOW);
	take_reply(notes, odd, fd);
	make_call(notes, odd, fd, COUNT, 1);
	close(other);
	close(fd);
}

/* The second reply is nobody's. */
static void reply_twice(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	ask(odd, fd, DO, REPLY_TWICE);
	take_reply(notes, odd, fd);
	make_call(notes, odd, fd, COUNT, 1);
	close(fd);
}

static void refuse(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	for (uint32_t habit = NOPROC; habit <= PROGVERS; habit++)
		make_call(notes, odd, fd, DO, habit);
	close(fd);
}

static void destroy_own(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other = odd_connect(odd);

	make_call(notes, odd, fd, DO, DESTROY);
	take_reply(notes, odd, fd);
	make_call(notes, odd, other, COUNT, 1);
	close(other);
	close(fd);
}

/* Of datagrams the transport is the socket. */
static void destroy_socket(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	make_call(notes, odd, fd, DO, DESTROY);
	make_call(notes, odd, fd, COUNT, 1);
	note(notes, "lives: %d\n", kill(odd->server, 0) == 0);
	close(fd);
}

/* What its client sent behind the last call is not heeded. */
static void destroy_behind_others(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other = odd_connect(odd);
	struct call call;
	uint8_t both[200];
	size_t length = 0;

	for (uint32_t procedure = DO; procedure; procedure = procedure == DO ? COUNT : 0) {
		begin_call(&call, 1, procedure, &nobody);
		add_word(&call, procedure == DO ? DESTROY : 1);
		call.words[0] = htonl(0x80000000 | (uint32_t)(4 * call.count - 4));
		memcpy(both + length, call.words, 4 * call.count);
		length += 4 * call.count;
	}
	send_all(fd, both, length);
	take_reply(notes, odd, fd);
	take_reply(notes, odd, fd);
	make_call(notes, odd, other, COUNT, 1);
	close(other);
	close(fd);
}

static void destroy_by_timer(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	make_call(notes, odd, fd, DO, DESTROY_BY_TIMER);
	take_reply(notes, odd, fd);
	close(fd);
}

static void register_anew(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	for (uint32_t habit = UNREGISTER; habit <= REGISTER; habit++) {
		ask_as(odd, fd, &nobody, 2, COUNT, 1);
		take_reply(notes, odd, fd);
		make_call(notes, odd, fd, DO, habit);
	}
	ask_as(odd, fd, &nobody, 2, COUNT, 1);
	take_reply(notes, odd, fd);
	close(fd);
}

static void open_and_close(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other;
	uint16_t port;

	ask(odd, fd, DO, OPEN);
	receive_reply(odd->way, fd, reply);
	port = (uint16_t)first_result();
	other = odd_connect_to(odd, port);
	note(notes, "connected: %d\n", other >= 0);
	make_call(notes, odd, other, COUNT, 1);
	make_call(notes, odd, fd, DO, CLOSE);
	note(notes, "connected: %d\n", odd_connect_to(odd, port) >= 0);
	make_call(notes, odd, other, COUNT, 1);
	make_call(notes, odd, fd, DO, OPEN_AND_CLOSE);
	make_call(notes, odd, fd, COUNT, 1);
	close(other);
	close(fd);
}

static void leave_loop(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	make_call(notes, odd, fd, DO, LEAVE);
	note_end(notes, odd);
	close(fd);
}

static void end_by_signal(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	make_call(notes, odd, fd, COUNT, 1);
	kill(odd->pid, SIGTERM);
	note_end(notes, odd);
	close(fd);
}

static void hang_up(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	make_call(notes, odd, fd, COUNT, 1);
	kill(odd->pid, SIGHUP);
	note_end(notes, odd);
	close(fd);
}

static void show_itself(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	make_text_call(notes, odd, fd, &nobody, ITSELF);
	close(fd);
}

/* ---- who calls ---- */

#define AS_LONG_AS(WORDS) sizeof(WORDS), WORDS, LENGTH(WORDS)

static const uint32_t sixteen_groups[] = { 0x5e5e5e5e, 4,  0x68657265, 1001, 1002, 16, 1, 2,
					   3,          4,  5,          6,    7,    8,  9, 10,
					   11,         12, 13,         14,   15,   16 };
static const uint32_t seventeen_groups[] = { 1, 4, 0x68657265, 1,  2,  17, 1,  2,  3,  4,  5, 6,
					     7, 8, 9,          10, 11, 12, 13, 14, 15, 16, 17 };
static const uint32_t groups_missing[] = { 1, 4, 0x68657265, 1, 2, 16, 1, 2, 3 };
static const uint32_t groups_without_end[] = { 1, 4, 0x68657265, 1, 2, 0xffffffff, 1 };
static const uint32_t long_name[] = { 1, 300, 0x68657265, 1, 2, 0 };
static const uint32_t name_missing[] = { 1, 200, 0x68657265, 1, 2, 0 };
static const uint32_t name_without_end[] = { 1, 0xffffffff, 1, 2, 0 };
static const uint32_t no_name[] = { 1, 0, 7, 8, 0 };
static const uint32_t four_words[] = { 1, 2, 3, 4 };
/* RFC 2203: version, procedure, sequence number, service, context. */
static const uint32_t gss_begin[] = { 1, 1, 0, 1, 0 };
static const uint32_t gss_go_on[] = { 1, 2, 0, 1, 4, 0x01020304 };
static const uint32_t gss_data[] = { 1, 0, 1, 2, 4, 0x01020304 };
static const uint32_t gss_end[] = { 1, 3, 1, 1, 4, 0x01020304 };
static const uint32_t gss_of_tomorrow[] = { 2, 1, 0, 1, 0 };
static const uint32_t gss_no_service[] = { 1, 1, 0, 9, 0 };

static const struct credential credentials[] = {
	{ AUTH_NONE, 0, NULL, 0, 0 },
	{ AUTH_NONE, AS_LONG_AS(four_words), 0 },
	{ AUTH_SYS, AS_LONG_AS(sixteen_groups), 0 },
	{ AUTH_SYS, AS_LONG_AS(sixteen_groups), 16 }, /* with a verifier */
	{ AUTH_SYS, AS_LONG_AS(no_name), 0 },
	{ AUTH_SYS, AS_LONG_AS(seventeen_groups), 0 },
	{ AUTH_SYS, AS_LONG_AS(groups_missing), 0 },
	{ AUTH_SYS, AS_LONG_AS(groups_without_end), 0 },
	{ AUTH_SYS, AS_LONG_AS(long_name), 0 },
	{ AUTH_SYS, AS_LONG_AS(name_missing), 0 },
	{ AUTH_SYS, AS_LONG_AS(name_without_end), 0 },
	{ AUTH_SYS, 8, sixteen_groups, 2, 0 },
	{ AUTH_SYS, 0, NULL, 0, 0 },
	{ AUTH_SHORT, AS_LONG_AS(four_words), 0 },
	{ AUTH_DES, AS_LONG_AS(four_words), 0 },
	{ 390007, AS_LONG_AS(four_words), 0 },
	{ RPCSEC_GSS, 0, NULL, 0, 0 },
	{ RPCSEC_GSS, AS_LONG_AS(four_words), 0 },
	{ RPCSEC_GSS, AS_LONG_AS(gss_begin), 0 },
	{ RPCSEC_GSS, AS_LONG_AS(gss_go_on), 0 },
	{ RPCSEC_GSS, AS_LONG_AS(gss_data), 16 },
	{ RPCSEC_GSS, AS_LONG_AS(gss_end), 16 },
	{ RPCSEC_GSS, AS_LONG_AS(gss_of_tomorrow), 0 },
	{ RPCSEC_GSS, AS_LONG_AS(gss_no_service), 0 },
};

/* Each by itself, then all on one connection, where libtirpc remembers what it began. */
static void say_who_calls(struct notes *notes, struct odd *odd)
{
	int same = odd_connect(odd);

	for (size_t i = 0; i < 2 * LENGTH(credentials); i++) {
		const struct credential *who = &credentials[i % LENGTH(credentials)];
		int fd = i < LENGTH(credentials) ? odd_connect(odd) : same;

		ask_as(odd, fd, who, 1, 0, 0);
		take_reply(notes, odd, fd);
		make_text_call(notes, odd, fd, who, CALLER);
		if (fd != same)
			close(fd);
	}
	make_call(notes, odd, same, COUNT, 1);
	close(same);
}

static const struct case_row identities[] = {
	{ "credentials", say_who_calls, ON_ALL, { NULL }, NULL, 0 }, { 0 }
};

static void test_identities(void)
{
	compare_all(identities);
}

static const struct case_row loops[] = {
	{ "svc_run", ask_usual, ON_ALL, { NULL }, NULL, 0 },
	{ "svc_getreqset", ask_usual, ON_ALL, { "-l", "select", "-c", "tli" }, NULL, 0 },
	{ "svc_getreq_common", ask_usual, ON_ALL, { "-l", "common", "-c", "old" }, NULL, 0 },
	{ "svc_getreq_poll", ask_usual, ON_ALL, { "-l", "poll", "-r", "register" }, NULL, 0 },
	{ "timers interrupt", ask_usual, ON_ALL, { "-i" }, NULL, 0 },
	{ "background, then register", ask_usual, ON_ALL, { "-b", "before" }, NULL, 0 },
	{ "register, then background", ask_usual, ON_ALL, { "-b", "after" }, NULL, 0 },
	{ "with a select of its own",
	  ask_usual,
	  ON_ALL,
	  { "-b", "after", "-l", "select" },
	  NULL,
	  0 },
	{ "register, then fork three", ask_workers, ON_ALL, { "-b", "workers" }, NULL, 0 },
	{ 0 }
};

static const struct case_row habits[] = {
	{ "long replies", ask_long, ON_STREAMS, { NULL }, NULL, 0 },
	{ "long replies, interrupted", ask_long, ON_STREAMS, { "-i" }, NULL, 0 },
	{ "a child replies at length", stream_from_child, ON_STREAMS, { NULL }, NULL, 0 },
	{ "children", use_children, ON_ALL, { NULL }, NULL, 0 },
	{ "works after its reply", work_after_reply, ON_ALL, { NULL }, NULL, 0 },
	{ "no reply, and one by a timer", reply_at_other_times, ON_ALL, { NULL }, NULL, 0 },
	{ "a reply from another call", reply_later, ON_STREAMS, { NULL }, NULL, 0 },
	{ "refusals", refuse, ON_ALL, { NULL }, NULL, 0 },
	{ "unregister, register", register_anew, ON_ALL, { NULL }, NULL, 0 },
	{ "transports in a dispatcher", open_and_close, ON_TCP, { NULL }, NULL, 0 },
	{ 0 }
};

static const struct case_row ends[] = {
	{ "exit after a reply", exit_after_reply, ON_ALL, { NULL }, NULL, 0 },
	{ "exit behind other calls", exit_behind_others, ON_STREAMS, { NULL }, NULL, 0 },
	{ "exit after a long reply", exit_after_long_reply, ON_STREAMS, { NULL }, NULL, 0 },
	{ "svc_exit", leave_loop, ON_ALL, { NULL }, NULL, 0 },
	{ "SIGTERM, handled", end_by_signal, ON_ALL, { "-e" }, NULL, 0 },
	{ "SIGHUP, handled", hang_up, ON_ALL, { "-e" }, NULL, 0 },
	{ "SIGTERM", end_by_signal, ON_ALL, { NULL }, NULL, 0 },
	{ "what it begins with", show_itself, ON_TCP, { NULL }, NULL, 0 },
	{ 0 }
};

#define REPLY(RESULT) "00000001 00000000 00000000 00000000 00000000 " RESULT
#define SUM(WORD)     " 28 bytes, " WORD "\n"

/* Stock does harm there, to itself or to the client. */
static const struct case_row better[] = {
	{ "two replies",
	  reply_twice,
	  ON_STREAMS,
	  { NULL },
	  REPLY("00000008") SUM("0c98f589") REPLY("00000001") SUM("0c98f582"),
	  0 },
	{ "destroys its own transport",
	  destroy_own,
	  ON_STREAMS,
	  { NULL },
	  REPLY("0000000c") SUM("0c98f58d") "closed\n" REPLY("00000001") SUM("0c98f582"),
	  0 },
	{ "destroys its socket",
	  destroy_socket,
	  ON_UDP,
	  { NULL },
	  REPLY("0000000c") SUM("0c98f58d") "nothing\nlives: 1\n",
	  0 },
	{ "destroys it, and more calls are there",
	  destroy_behind_others,
	  ON_STREAMS,
	  { NULL },
	  REPLY("0000000c") SUM("0c98f58d") "closed\n" REPLY("00000001") SUM("0c98f582"),
	  0 },
	{ "destroys it later",
	  destroy_by_timer,
	  ON_STREAMS,
	  { NULL },
	  REPLY("00000017") SUM("0c98f598") "closed\n",
	  0 },
	{ "exit while others read",
	  exit_while_others_read,
	  ON_STREAMS,
	  { NULL },
	  REPLY("00000004") SUM("0c98f585") "1600028 bytes, a6699c6f\nended with 0, said \"\"\n",
	  0 },
	{ 0 }
};

static void test_better(void)
{
	compare_all(better);
}

static void test_loops(void)
{
	compare_all(loops);
}

static void test_habits(void)
{
	compare_all(habits);
}

static void test_ends(void)
{
	compare_all(ends);
}

/* ---- what inetd(8) hands over ---- */

static int bind_loopback(int type, uint16_t *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(in);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&in, length) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 8) < 0))
		abort();
	getsockname(fd, (struct sockaddr *)&in, &length);
	*port = ntohs(in.sin_port);
	return fd;
}

static void ask_what_inetd_bound(struct notes *notes, struct odd *odd)
{
	for (int i = 0; i < 2; i++) {
		int fd = odd_connect(odd);

		make_call(notes, odd, fd, COUNT, 1);
		make_text_call(notes, odd, fd, &nobody, CALLER);
		close(fd);
	}
}

/* inetd's "wait": it is given what is bound. */
static void run_bound(enum how how, enum way way, const char *const words[], struct notes *notes)
{
	uint16_t port;
	struct odd odd = { .how = how,
			   .way = way,
			   .standard = bind_loopback(way == UDP ? SOCK_DGRAM : SOCK_STREAM,
						     &port) };

	if (odd_start(&odd, words))
		ask_what_inetd_bound(notes, &odd);
	odd_stop(&odd);
	close(odd.standard);
}

static void run_waiting(enum how how, enum way way, struct notes *notes)
{
	run_bound(how, way, (const char *const[]){ "-c", "inetd", NULL }, notes);
}

/* It closes all descriptors but those that it was given. */
static const char *const ways_to_forget[] = { "closefrom", "close_range", "close" };

static void run_forgetting(enum how how, enum way way, struct notes *notes)
{
	for (size_t i = 0; i < 2 * LENGTH(ways_to_forget); i++) {
		const char *const words[] = { "-c", "inetd",
					      "-f", ways_to_forget[i / 2],
					      "-b", i % 2 ? "after" : "no",
					      NULL };

		run_bound(how, way, words, notes);
	}
}

/* inetd's "nowait": it is given a connection, which ends with its client. */
static void run_on_connection(enum how how, const char *const words[], struct notes *notes)
{
	struct odd odd = { .how = how, .way = UNIX };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	odd.standard = pair[0];
	if (odd_start(&odd, words)) {
		close(pair[0]);
		make_call(notes, &odd, pair[1], COUNT, 1);
		make_call(notes, &odd, pair[1], BYTES, 100000);
		shutdown(pair[1], SHUT_WR);
		take_reply(notes, &odd, pair[1]);
		note(notes, "lives: %d\n", kill(odd.server, 0) == 0);
	}
	odd_stop(&odd);
	close(pair[1]);
}

static void run_connected(enum how how, enum way way, struct notes *notes)
{
	(void)way;
	run_on_connection(how, (const char *const[]){ "-c", "connected", NULL }, notes);
}

static void run_connected_forgetting(enum how how, enum way way, struct notes *notes)
{
	(void)way;
	run_on_connection(how, (const char *const[]){ "-c", "connected", "-f", "close", NULL },
			  notes);
}

/* The dispatcher destroys the connection that its call came by. */
static void run_destroyed(enum how how, enum way way, struct notes *notes)
{
	static const char *const words[] = { "-c", "connected", NULL };
	struct odd odd = { .how = how, .way = way };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	odd.standard = pair[0];
	if (odd_start(&odd, words)) {
		close(pair[0]);
		make_call(notes, &odd, pair[1], DO, DESTROY_FIRST);
		kill(odd.server, SIGTERM);
		note(notes, "ended with %d\n", odd_wait(&odd));
	}
	odd_stop(&odd);
	close(pair[1]);
}

/* Whether `sidecall run` can be tried; else the test counts as skipped. */
static bool can_preload(void)
{
	if (OURS != RUN)
		harness_skip("with a sanitizer nothing can be preloaded");
	return OURS == RUN;
}

static void compare_runs(void (*run)(enum how how, enum way way, struct notes *notes), enum way way)
{
	static struct notes seen[HOWS];

	for (enum how how = STOCK; how < HOWS; how = how < OURS ? OURS : how + 1) {
		seen[how] = (struct notes){ 0 };
		run(how, way, &seen[how]);
		CHECK_STR(seen[how].text, seen[STOCK].text);
	}
	CHECK_THAT(*seen[STOCK].text, "something is seen");
}

static void test_inetd(void)
{
	compare_runs(run_waiting, TCP);
	compare_runs(run_waiting, UDP);
	compare_runs(run_connected, UNIX);
}

/* Those that no file has: of the runtime, for the program has none. */
static int count_nameless(pid_t pid)
{
	char path[64], name[64];
	int count = 0;

	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		count += readlink(path, name, sizeof(name)) > 0 && memcmp(name, "anon_", 5) == 0;
	}
	return count;
}

static int count_kept(const char *forget)
{
	struct odd odd = { .how = OURS, .way = TCP, .standard = -1 };
	int count = 0;

	if (odd_start(&odd, (const char *const[]){ "-f", forget, NULL }))
		count = count_nameless(odd.server);
	odd_stop(&odd);
	return count;
}

static void check_kept(void)
{
	int all = count_kept("no");

	CHECK_THAT(all > 3, "%d descriptors", all);
	for (size_t i = 0; i < LENGTH(ways_to_forget); i++)
		CHECK_INT(count_kept(ways_to_forget[i]), all);
}

static void test_forgetting(void)
{
	compare_runs(run_forgetting, TCP);
	compare_runs(run_forgetting, UDP);
	compare_runs(run_connected_forgetting, UNIX);
	check_kept();
}

/* libtirpc looks at the transport once more then, whose memory is free: at times it dies of that.
 */
static void test_destroyed_connection(void)
{
	static struct notes seen;

	for (enum how how = OURS; how <= LINKED; how++) {
		seen = (struct notes){ 0 };
		run_destroyed(how, UNIX, &seen);
		CHECK_STR(seen.text, "closed\nended with 143\n");
	}
}

/* What rpcgen -I -K 1 wrote counts the bits in svc_fdset, and ends when nobody is connected. */
static void run_closing(enum how how, enum way way, struct notes *notes)
{
	static const char *const none[] = { NULL };
	struct odd odd = { .how = how,
			   .way = way,
			   .program = "tests/preload/closing",
			   /* It looks at as many bits, of which svc_fdset has no more. */
			   .limit = FD_SETSIZE };
	int fd;

	odd.standard = bind_loopback(SOCK_STREAM, &odd.port);
	if (!odd_begin(&odd, none))
		return;
	fd = odd_connect(&odd);
	make_call(notes, &odd, fd, COUNT, 1);
	/* Two looks of the program's, a second apart, see that nobody calls. */
	poll(NULL, 0, 2500);
	make_call(notes, &odd, fd, COUNT, 1);
	close(fd);
	note_end(notes, &odd);
	odd.pid = 0;
	odd_stop(&odd);
	close(odd.standard);
}

static void test_closing(void)
{
	static struct notes stock, ours;

	if (!can_preload())
		return;
	run_closing(STOCK, TCP, &stock);
	run_closing(RUN, TCP, &ours);
	CHECK_STR(ours.text, stock.text);
	CHECK_THAT(strstr(ours.text, "ended with 0"), "it ends: %s", ours.text);
}

/* ---- clients that mean no good ---- */

static void check_served(const struct odd *odd, const char *beside)
{
	static struct notes notes;
	int fd = odd_connect(odd);

	notes = (struct notes){ 0 };
	make_call(&notes, odd, fd, DO, NOTHING);
	CHECK_THAT(strncmp(notes.text, "00000001 ", 9) == 0, "beside %s: %s", beside, notes.text);
	close(fd);
}

static void send_two_bytes(const struct odd *odd, int fd)
{
	(void)odd;
	send_all(fd, "\x80", 1);
	send_all(fd, "", 1);
}

static void send_half_a_call(const struct odd *odd, int fd)
{
	struct call call;

	(void)odd;
	begin_call(&call, 1, COUNT, &nobody);
	call.words[0] = htonl(0x80000000 | 400);
	send_all(fd, call.words, 4 * call.count);
}

static void send_garbage(const struct odd *odd, int fd)
{
	(void)odd;
	send_all(fd, "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n", 36);
}

static void ask_and_never_read(const struct odd *odd, int fd)
{
	for (int i = 0; i < 8; i++)
		ask(odd, fd, BYTES, LONG_REPLY);
}

static void stream_to_nobody(const struct odd *odd, int fd)
{
	for (int i = 0; i < 3; i++) {
		ask(odd, fd, BYTES, 8000);
		ask(odd, fd, DO, STREAM_FROM_CHILD);
	}
}

static void ask_and_close(const struct odd *odd, int fd)
{
	ask_and_never_read(odd, fd);
	shutdown(fd, SHUT_RDWR);
}

static const struct {
	const char *name;
	void (*act)(const struct odd *odd, int fd);
} attacks[] = {
	{ "two bytes", send_two_bytes },
	{ "half a call", send_half_a_call },
	{ "garbage", send_garbage },
	{ "one who never reads", ask_and_never_read },
	{ "one who closes with replies under way", ask_and_close },
	{ "one whose children stream to nobody", stream_to_nobody },
};

static void attack(struct odd *odd, size_t index)
{
	int bad[8];

	for (size_t i = 0; i < LENGTH(bad); i++) {
		bad[i] = odd_connect(odd);
		attacks[index].act(odd, bad[i]);
		check_served(odd, attacks[index].name);
	}
	CHECK_THAT(observe_idle(odd->server), "idle beside %s", attacks[index].name);
	for (size_t i = 0; i < LENGTH(bad); i++)
		close(bad[i]);
	check_served(odd, "those who have gone");
}

static const char *const no_words[] = { NULL };
static const char *const selecting[] = { "-l", "select", NULL };

/* It says something to nobody, or to one who never reads, or into a file of the program's. */
static void misuse_error(int error, bool file)
{
	struct odd odd = { .how = OURS, .way = TCP, .standard = -1, .error = error };
	static struct notes notes;
	int fd, bad;

	if (odd_start(&odd, no_words)) {
		fd = odd_connect(&odd);
		if (file) {
			make_call(&notes, &odd, fd, DO, OPEN_AS_ERROR);
			CHECK_INT(first_result(), STDERR_FILENO);
		}
		bad = odd_connect(&odd);
		send_garbage(&odd, bad);
		CHECK_INT(receive_reply(TCP, bad, reply), 0);
		close(bad);
		check_served(&odd, "who reads no log");
		if (file) {
			make_call(&notes, &odd, fd, DO, ERROR_LENGTH);
			CHECK_INT(first_result(), 0);
		}
		close(fd);
	}
	odd_stop(&odd);
}

static void test_log(void)
{
	static const char page[4096];
	int both[2];

	misuse_error(0, true);
	CHECK_INT(pipe2(both, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(both[1], page, sizeof(page)) > 0)
		;
	CHECK_INT(fcntl(both[1], F_SETFL, 0), 0);
	misuse_error(both[1], false);
	close(both[0]);
	misuse_error(both[1], false);
	close(both[1]);
}

/* As a server does that has threads of its own. */
static void test_threads(void)
{
	struct odd odd = { .how = OURS, .way = TCP, .standard = -1 };
	bool well = odd_start(&odd, no_words);
	int clients[32];

	for (int round = 0; round < 150 && well; round++) {
		for (size_t i = 0; i < LENGTH(clients); i++) {
			clients[i] = odd_connect(&odd);
			ask(&odd, clients[i], DO, THREAD_REPLIES);
		}
		for (size_t i = 0; i < LENGTH(clients); i++) {
			well &= receive_reply(TCP, clients[i], reply) == 28 &&
				first_result() == THREAD_REPLIES;
			close(clients[i]);
		}
	}
	CHECK_THAT(well, "all are answered");
	odd_stop(&odd);
}

static void test_attacks(void)
{
	static const enum way ways[] = { TCP, UNIX };

	for (size_t i = 0; i < LENGTH(ways); i++) {
		struct odd odd = { .how = OURS, .way = ways[i], .standard = -1 };

		if (odd_start(&odd, i ? selecting : no_words))
			for (size_t j = 0; j < LENGTH(attacks); j++)
				attack(&odd, j);
		odd_stop(&odd);
	}
}

/* All of one address: it loses its idlest, and the program has as many descriptors as it needs. */
static void test_few_descriptors(void)
{
	struct odd odd = { .how = OURS, .way = TCP, .standard = -1, .limit = 64 };
	static struct notes notes;
	int crowd[100], stayer;

	if (odd_start(&odd, no_words)) {
		stayer = odd_connect(&odd);
		for (int i = 0; i < 100; i++) {
			crowd[i] = odd_connect(&odd);
			notes = (struct notes){ 0 };
			make_call(&notes, &odd, stayer, DO, OPEN_AND_CLOSE);
			CHECK_THAT(strstr(notes.text, " 00000015 28 bytes"), "client %d: %s", i,
				   notes.text);
		}
		check_served(&odd, "a hundred clients");
		CHECK_THAT(observe_descriptors(odd.server) <= 40, "%d descriptors",
			   observe_descriptors(odd.server));
		CHECK_THAT(observe_idle(odd.server), "idle beside a hundred clients");
		for (int i = 0; i < 100; i++)
			close(crowd[i]);
		close(stayer);
	}
	odd_stop(&odd);
}

static void test_no_growth(void)
{
	struct odd odd = { .how = OURS, .way = TCP, .standard = -1 };
	long before = 0, after;
	int descriptors = 0;

	if (odd_start(&odd, no_words)) {
		for (int i = 0; i < 1200; i++) {
			if (i == 200) {
				before = observe_memory(odd.server);
				descriptors = observe_descriptors(odd.server);
			}
			check_served(&odd, "nobody");
		}
		after = observe_memory(odd.server);
		CHECK_THAT(after - before < 512 * HARNESS_SLOWNESS, "%ld KiB after %ld", after,
			   before);
		CHECK_THAT(observe_descriptors_until(odd.server, descriptors) <= descriptors,
			   "%d descriptors after %d", observe_descriptors(odd.server), descriptors);
	}
	odd_stop(&odd);
}

/* ---- datagrams ---- */

static void test_datagrams(void)
{
	struct odd odd = { .how = OURS, .way = UDP, .standard = -1 };
	static struct notes once, again;
	struct call call;
	int fd;

	if (odd_start(&odd, no_words)) {
		fd = odd_connect(&odd);
		begin_call(&call, 1, COUNT, &nobody);
		add_word(&call, 1);
		send_call(UDP, fd, &call);
		take_reply(&once, &odd, fd);
		send_call(UDP, fd, &call);
		take_reply(&again, &odd, fd);
		CHECK_STR(again.text, once.text); /* it counted one call */
		again = once = (struct notes){ 0 };
		/* A text that is not there. */
		begin_call(&call, 1, SAY, &nobody);
		add_word(&call, 600);
		send_call(UDP, fd, &call);
		take_reply(&again, &odd, fd);
		CHECK_STR(again.text, "00000001 00000000 00000000 00000000 00000004 "
				      "24 bytes, 50a9de05\n");
		CHECK_THAT(observe_idle(odd.server), "idle");
		close(fd);
	}
	odd_stop(&odd);
}

/* Sends a call, and returns the first word that it is answered with; others' replies are passed
 * over. */
static uint32_t ask_written(int fd, struct call *call)
{
	ssize_t length;

	send_call(UDP, fd, call);
	do
		length = receive_reply(UDP, fd, reply);
	while (length >= 28 && memcmp(reply, &call->words[1], 4) != 0);
	return length >= 28 ? first_result() : 0;
}

/* Its reply comes when the dispatcher has returned: until then what is sent again is dropped, and
 * afterwards it is answered so again. */
static void test_late_datagrams(void)
{
	struct odd odd = { .how = OURS, .way = UDP, .standard = -1 };
	struct call late, count;
	int fd;

	if (odd_start(&odd, no_words)) {
		fd = odd_connect(&odd);
		begin_call(&late, 1, DO, &nobody);
		add_word(&late, COUNT_BY_TIMER);
		begin_call(&count, 1, COUNT, &nobody);
		add_word(&count, 1);
		send_call(UDP, fd, &late);
		send_call(UDP, fd, &late);
		CHECK_INT(ask_written(fd, &late), 1);
		CHECK_INT(ask_written(fd, &late), 1);
		CHECK_INT(ask_written(fd, &count), 2);
		CHECK_INT(ask_written(fd, &late), 1);
		close(fd);
	}
	odd_stop(&odd);
}

/* ---- with rpcbind ---- */

static const char *why_not; /* there is none, or NULL */

static const char *enter_namespaces(void)
{
	const char *why;

	if (access(RPCBIND, X_OK) != 0)
		return "no " RPCBIND;
	why = namespace_enter(CLONE_NEWNET | CLONE_NEWNS);
	if (!why &&
	    (mount("tmpfs", "/run", "tmpfs", 0, "mode=755") < 0 || mkdir("/run/rpcbind", 0755) < 0))
		why = "not permitted to mount";
	return why;
}

static uint16_t find_port(enum way way)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return pmap_getport(&in, PROGRAM, 1, way == UDP ? IPPROTO_UDP : IPPROTO_TCP);
}

static void ask_registered(struct notes *notes, struct odd *odd)
{
	int fd;

	odd->port = find_port(odd->way);
	fd = odd_connect(odd);
	make_call(notes, odd, fd, COUNT, 1);
	make_call(notes, odd, fd, COUNT, 2);
	close(fd);
}

static const struct case_row registered[] = {
	{ "svc_create", ask_registered, ON_TCP | ON_UDP, { "-c", "create" }, NULL, 0 },
	{ "rpc_reg", ask_registered, ON_UDP, { "-c", "rpc_reg" }, NULL, 0 },
	{ 0 }
};

static void test_registered(void)
{
	pid_t rpcbind;

	if (why_not) {
		harness_skip(why_not);
		return;
	}
	rpcbind = fork_tied();
	if (rpcbind == 0) {
		execl(RPCBIND, RPCBIND, "-f", (char *)NULL);
		_exit(127);
	}
	AWAIT(access(_PATH_RPCBINDSOCK, F_OK) == 0);
	compare_all(registered);
	kill(rpcbind, SIGTERM);
	waitpid(rpcbind, NULL, 0);
}

/* ---- sidecall run ---- */

static void check_run(const char *const words[], int status, const char *out, const char *error)
{
	const char *argv[MOST_WORDS] = { program_path("sidecall"), "run" };
	struct outcome outcome;

	for (int i = 0; words[i]; i++)
		argv[2 + i] = words[i];
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, status);
	CHECK_STR(outcome.out, out);
	if (*error)
		CHECK_THAT(strstr(outcome.error, error), "%s has %s", outcome.error, error);
	else
		CHECK_STR(outcome.error, "");
	CHECK_THAT(!*outcome.error || strchr(outcome.error, '\n')[1] == '\0', "one line: %s",
		   outcome.error);
	outcome_release(&outcome);
}

static char *built(const char *name)
{
	static char paths[4][600];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s", program_path(name));
	return path;
}

static void test_not_for_us(void)
{
	if (!can_preload())
		return;
	check_run((const char *[]){ "--", built("tests/preload/alone"), NULL }, 5, "done\n",
		  "is linked statically, so nothing can be loaded into it: it runs as it would "
		  "without us");
	check_run((const char *[]){ built("tests/preload/other"), NULL }, 5,
		  "registered 17\nremoved 17\ndone\n", "it is not linked with libtirpc");
	check_run((const char *[]){ built("tests/preload/old"), NULL }, 5, "registered 1\n",
		  "it is not linked with libtirpc");
	check_run((const char *[]){ "/bin/true", NULL }, 0, "", "it is not linked with libtirpc");
	check_run((const char *[]){ "sh", "-c", "true; echo well", NULL }, 0, "well\n",
		  "it is not linked with libtirpc");
	check_run((const char *[]){ "/nowhere/to/be", NULL }, 64, "", "No such file");
	check_run((const char *[]){ "/etc", NULL }, 71, "", "Permission denied");
}

static void test_wrong_options(void)
{
	static const char *const wrong[][3] = {
		{ NULL },
		{ "--max-message=12", "true" },
		{ "--max-message", "many" },
		{ "--no-such-option", "true" },
		{ "--message-timeout=0", "true" },
	};

	for (size_t i = 0; i < LENGTH(wrong); i++) {
		const char *argv[6] = { program_path("sidecall"), "run", wrong[i][0], wrong[i][1] };
		struct outcome outcome = process_run(argv, NULL);

		CHECK_INT(outcome.status, 64);
		CHECK_STR(outcome.out, "");
		CHECK_THAT(strncmp(outcome.error, "sidecall", 8) == 0, "%s", outcome.error);
		outcome_release(&outcome);
	}
}

/* A copy of the server, with this mode and owner. */
static bool copy_server(const char *to, mode_t mode, uid_t owner)
{
	const char *argv[] = { "/bin/cp", built("tests/preload/odd"), to, NULL };
	struct outcome outcome = process_run(argv, NULL);
	int status = outcome.status;

	outcome_release(&outcome);
	return status == 0 && (!owner || chown(to, owner, owner) == 0) && chmod(to, mode) == 0;
}

/* ---- how it is run ---- */

/* The port of a server that was started by other words than usual; it is ended with its input. */
static uint16_t start_by(const char *const argv[], struct odd *odd)
{
	int in, error;

	*odd = (struct odd){ .how = OURS, .way = TCP };
	odd->pid = process_start(argv, &in, &odd->out, &error);
	odd->in = in;
	odd->errors = error;
	snprintf(odd->directory, sizeof(odd->directory), "/tmp/sidecall-odd-XXXXXX");
	if (!harness_directory(odd->directory) || !read_place(odd))
		CHECK_THAT(false, "%s does not begin", argv[0]);
	return odd->port;
}

/* That it is taken over shows where stock stands still. */
static void check_taken(const char *const argv[], const char *what)
{
	struct odd odd;
	int stalled;

	if (start_by(argv, &odd)) {
		stalled = odd_connect(&odd);
		send_two_bytes(&odd, stalled);
		check_served(&odd, what);
		close(stalled);
	}
	odd_stop(&odd);
}

static void test_taken(void)
{
	char directory[] = "/tmp/sidecall-odd-XXXXXX", path[64], script[64];
	const char *sidecall = built("sidecall");
	FILE *file;

	if (!can_preload() || !harness_directory(directory))
		return;
	snprintf(path, sizeof(path), "%s/a server", directory);
	snprintf(script, sizeof(script), "%s/script", directory);
	CHECK_INT(copy_server(path, 0755, 0), true);
	check_taken((const char *[]){ sidecall, "run", "--", path, "-t", "tcp", NULL }, "spaces");
	file = fopen(script, "w");
	fprintf(file, "#!/bin/sh\nexec '%s' -t tcp\n", path);
	fclose(file);
	chmod(script, 0755);
	check_taken((const char *[]){ sidecall, "run", script, NULL }, "a script");
	remove_tree(directory);
}

/* Its calls come to us, but libtirpc is not there for us: it runs as it would without. */
static void test_loaded_later(void)
{
	const char *argv[] = { built("sidecall"),
			       "run",
			       built("tests/preload/later"),
			       built("tests/preload/part.so"),
			       "-t",
			       "tcp",
			       NULL };
	struct odd odd;

	if (!can_preload())
		return;
	if (start_by(argv, &odd))
		check_served(&odd, "a part that was loaded later");
	odd_stop(&odd);
}

/* What else is to be loaded comes behind us. */
static void test_preloaded(void)
{
	static const char end[] = "/libsidecall-preload.so:libm.so.6\n";
	const char *argv[] = { built("sidecall"), "run", "sh", "-c", "echo $LD_PRELOAD", NULL };
	struct outcome outcome;

	if (!can_preload())
		return;
	setenv("LD_PRELOAD", "libm.so.6", 1);
	outcome = process_run(argv, NULL);
	unsetenv("LD_PRELOAD");
	CHECK_THAT(outcome.length > sizeof(end) &&
			   strcmp(outcome.out + outcome.length - sizeof(end) + 1, end) == 0,
		   "%s ends with %s", outcome.out, end);
	outcome_release(&outcome);
}

/* A signal that was ignored stays ignored, as with nohup(1). */
static void test_ignored_signal(void)
{
	static struct notes notes;
	char command[1400];
	const char *argv[] = { "/bin/sh", "-c", command, NULL };
	struct odd odd;
	int fd;

	if (!can_preload())
		return;
	snprintf(command, sizeof(command), "trap '' PIPE; exec '%s' run -- '%s' -t tcp",
		 built("sidecall"), built("tests/preload/odd"));
	if (start_by(argv, &odd)) {
		fd = odd_connect(&odd);
		make_text_call(&notes, &odd, fd, &nobody, ITSELF);
		CHECK_THAT(strstr(notes.text, "SIGPIPE is ignored"), "%s", notes.text);
		close(fd);
	}
	odd_stop(&odd);
}

static void test_set_uid(void)
{
	char directory[] = "/tmp/sidecall-odd-XXXXXX", path[64];

	if (geteuid() != 0) {
		harness_skip("only root can have another user's program run as him");
		return;
	}
	if (!can_preload() || !harness_directory(directory))
		return;
	chmod(directory, 0755);
	snprintf(path, sizeof(path), "%s/set-uid", directory);
	CHECK_INT(copy_server(path, 04755, 65534), true);
	check_run((const char *[]){ path, "-z", NULL }, 1, "", "runs with other rights than ours");
	remove_tree(directory);
}

static const struct test tests[] = {
	{ "whatever loop it has, and however it goes into the background", test_loops },
	{ "whatever its dispatcher does", test_habits },
	{ "however it ends", test_ends },
	{ "whoever calls", test_identities },
	{ "also where libtirpc does harm", test_better },
	{ "on what inetd hands over", test_inetd },
	{ "when it closes all descriptors but inetd's", test_forgetting },
	{ "on a connection of inetd's that its dispatcher destroys", test_destroyed_connection },
	{ "rpcgen's own, which ends when nobody calls", test_closing },
	{ "beside clients that mean no good", test_attacks },
	{ "beside threads of its own that reply", test_threads },
	{ "whoever reads what it says", test_log },
	{ "a hundred clients at 64 descriptors", test_few_descriptors },
	{ "a thousand clients, one after the other", test_no_growth },
	{ "a datagram again, and one that claims more than it holds", test_datagrams },
	{ "a datagram again that is answered late", test_late_datagrams },
	{ "registered with rpcbind by svc_create and rpc_reg", test_registered },
	{ "run: spaces, a script, a preload", test_taken },
	{ "run: a server that is loaded later", test_loaded_later },
	{ "run: what is preloaded already", test_preloaded },
	{ "run: a signal that is ignored", test_ignored_signal },
	{ "run: programs that cannot be taken over", test_not_for_us },
	{ "run: wrong options", test_wrong_options },
	{ "run: a set-uid program", test_set_uid },
	{ 0 },
};

int main(void)
{
	program_use_built();
	why_not = enter_namespaces();
	return harness_run("preload", tests);
}
