/*
 * Captures: tshark takes them apart, with a dissector of ours, which writes out the messages.
 *
 * The dissector is a file in memory, so there is none to be removed.  The capture is tshark's
 * standard input: when we are root, tshark is not, for it takes apart what anybody may have sent,
 * and since version 4.4 runs no script for root.
 */
#include "programs/sidecall/capture.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/failures.h"
#include "common/fork.h"
#include "programs/sidecall/dissector.h"

#define NAME         "sidecall_decode" /* not that of a dissector that is installed */
#define NOBODY       65534
#define NOWHERE      "/nonexistent" /* nobody's own settings and plugins */
#define NOT_STARTED  127
#define WORDS        (24 + 4 * CAPTURE_PORTS)
#define SAID         512 /* bytes of what tshark says that are read */
#define MOST_ADVISED 256 /* bytes of commands, that they are whole in an advice */

bool is_capture(const struct buffer *begin)
{
	static const struct {
		size_t length;
		uint8_t bytes[4];
	} magics[] = {
		{ 4, { 0xa1, 0xb2, 0xc3, 0xd4 } },
		{ 4, { 0xd4, 0xc3, 0xb2, 0xa1 } }, /* pcap */
		{ 4, { 0xa1, 0xb2, 0x3c, 0x4d } },
		{ 4, { 0x4d, 0x3c, 0xb2, 0xa1 } }, /* finer times */
		{ 4, { 0x0a, 0x0d, 0x0d, 0x0a } }, /* pcapng */
		{ 3, { 0x1f, 0x8b, 0x08 } },       /* gzip */
		{ 4, { 0x28, 0xb5, 0x2f, 0xfd } }, /* zstd */
	};

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (begin->length >= 4 &&
		    memcmp(begin->data, magics[i].bytes, magics[i].length) == 0)
			return true;
	return false;
}

/* What tshark runs with. */
struct tshark {
	int capture, script, said; /* descriptors; what it says on standard error */
	const struct capture_ports *ports;
	pid_t process;
	FILE *found; /* what the dissector writes */
	int status;
};

/* ---- before ---- */

static int write_all(int to, const uint8_t *bytes, size_t length)
{
	while (length) {
		ssize_t n = write(to, bytes, length);

		if (n < 0 && errno != EINTR)
			return -errno;
		bytes += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* A copy, in memory, of what cannot be read again from the beginning.  A descriptor or -errno. */
static int copy_of(int from, const struct buffer *begin)
{
	int to = memfd_create("capture", MFD_CLOEXEC);
	int r = to < 0 ? -errno : write_all(to, begin->data, begin->length);
	uint8_t bytes[65536];
	ssize_t n = 1;

	while (r == 0 && n) {
		n = read(from, bytes, sizeof(bytes));
		if (n > 0)
			r = write_all(to, bytes, (size_t)n);
		else if (n < 0 && errno != EINTR)
			r = -errno;
	}
	if (r == 0 && lseek(to, 0, SEEK_SET) == 0)
		return to;
	if (to >= 0)
		close(to);
	return r;
}

/* The capture from its beginning on.  A descriptor or -errno. */
static int rewound(int fd, const struct buffer *begin)
{
	if (lseek(fd, -(off_t)begin->length, SEEK_CUR) < 0)
		return copy_of(fd, begin);
	fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd < 0 ? -errno : fd;
}

/* A descriptor or -errno. */
static int make_script(const struct contracts *contracts)
{
	int fd = memfd_create("sidecall.lua", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : 0;
	FILE *to = fd < 0 ? NULL : fdopen(dup(fd), "w");

	if (r == 0 && !to)
		r = -ENOMEM;
	if (to) {
		r = dissector_of(contracts, NAME, NAME, to);
		if (fclose(to) != 0 && r == 0)
			r = -errno;
	}
	if (r == 0 && fchmod(fd, 0444) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return r < 0 ? r : -errno;
}

/* ---- tshark ---- */

static void become_nobody(void)
{
	const struct passwd *nobody = getpwnam("nobody");
	uid_t uid = nobody ? nobody->pw_uid : NOBODY;
	gid_t gid = nobody ? nobody->pw_gid : NOBODY;

	if (geteuid() != 0)
		return;
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		_exit(NOT_STARTED);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* which another user's process loses */
}

static void set_descriptors(const struct tshark *tshark, int out)
{
	if (dup2(tshark->capture, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(tshark->said, STDERR_FILENO) < 0 || fcntl(tshark->script, F_SETFD, 0) < 0)
		_exit(NOT_STARTED);
}

static void run(const struct tshark *tshark, int out) __attribute__((noreturn));

/* Quiet, without names, from standard input.  What other dissectors would put together is of no use
 * here, and takes some of them a time that grows with the square of a stream. */
#define USUAL                                                                                      \
	"tshark", "-q", "-n", "-r", "-", "-X", "lua_script1:messages", "-o", "ip.defragment:TRUE", \
		"-o", "ipv6.defragment:TRUE", "-o", "tcp.desegment_tcp_streams:FALSE"

static void run(const struct tshark *tshark, int out)
{
	const char *words[WORDS] = { USUAL };
	char script[64], ports[2 * CAPTURE_PORTS][64];
	size_t n = 0;

	set_descriptors(tshark, out);
	become_nobody();
	signal(SIGPIPE, SIG_DFL);
	setenv("HOME", NOWHERE, 1);
	setenv("WIRESHARK_CONFIG_DIR", NOWHERE, 1);
	while (words[n])
		n++;
	snprintf(script, sizeof(script), "lua_script:/proc/self/fd/%d", tshark->script);
	words[n++] = "-X";
	words[n++] = script;
	for (size_t i = 0; i < 2 * tshark->ports->count; i++) {
		snprintf(ports[i], sizeof(ports[i]), "%s.port==%u," NAME, i % 2 ? "tcp" : "udp",
			 tshark->ports->numbers[i / 2]);
		words[n++] = "-d";
		words[n++] = ports[i];
	}
	execvp(words[0], (char **)words);
	_exit(NOT_STARTED);
}

/* 0 or -errno. */
static int start(struct tshark *tshark)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	tshark->process = fork_tied();
	if (tshark->process == 0)
		run(tshark, ends[1]);
	close(ends[1]);
	tshark->found = tshark->process < 0 ? NULL : fdopen(ends[0], "r");
	if (tshark->found)
		return 0;
	close(ends[0]);
	return -EAGAIN;
}

/* It may still write: then it is not wanted any more. */
static void finish(struct tshark *tshark, bool wanted)
{
	if (!wanted)
		kill(tshark->process, SIGKILL);
	if (tshark->found)
		fclose(tshark->found);
	while (waitpid(tshark->process, &tshark->status, 0) < 0 && errno == EINTR)
		;
}

/* ---- after ---- */

/* The last line that it said, without its name. */
static const char *last_words(const struct tshark *tshark, char said[SAID])
{
	off_t size = lseek(tshark->said, 0, SEEK_END), from = size > SAID - 1 ? size - SAID + 1 : 0;
	ssize_t n = pread(tshark->said, said, SAID - 1, from);
	char *last;

	said[n > 0 ? n : 0] = '\0';
	while (n > 0 && said[n - 1] == '\n')
		said[--n] = '\0';
	last = strrchr(said, '\n');
	last = last ? last + 1 : said;
	for (char *c = last; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?'; /* it may quote the capture, and this goes to a terminal */
	return strncmp(last, "tshark: ", 8) == 0 ? last + 8 : last;
}

/* What to type where there is a tshark, to be freed; NULL: out of memory. */
static char *commands(const struct contracts *contracts, const struct capture_ports *ports,
		      const char *path)
{
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);

	if (!to)
		return NULL;
	fprintf(to, "sidecall dissector%s", contracts->file_count ? " --name sidecall" : "");
	contracts_write_options(contracts, to);
	fputs(" >sidecall.lua; tshark -X lua_script:sidecall.lua", to);
	for (size_t i = 0; i < 2 * ports->count; i++)
		fprintf(to, " -d %s.port==%u,sidecall", i % 2 ? "udp" : "tcp",
			ports->numbers[i / 2]);
	fprintf(to, " -r %s", strcmp(path, "-") == 0 ? "CAPTURE" : path);
	fclose(to);
	return text;
}

static int explain_absence(const struct contracts *contracts, const struct tshark *tshark,
			   const char *path, struct failure *failure)
{
	char *typed = commands(contracts, tshark->ports, path);

	failure_set(failure, FAILURE_UNAVAILABLE,
		    "this is a capture, which tshark reads, and tshark is not on the PATH");
	failure_advise(failure, "apt install tshark; or, where there is one: %s",
		       typed && strlen(typed) < MOST_ADVISED
			       ? typed
			       : "tshark -X lua_script: with what sidecall dissector writes");
	free(typed);
	return failure->code;
}

/* Why the dissector's last line is not there. */
static int explain_end(const struct tshark *tshark, struct failure *failure)
{
	char said[SAID];
	const char *words = last_words(tshark, said);

	if (WIFSIGNALED(tshark->status))
		return failure_set(failure, FAILURE_SYSTEM, "signal %d ended tshark",
				   WTERMSIG(tshark->status));
	if (tshark->status)
		return failure_set(failure, FAILURE_DATA, "tshark does not read it: %.200s", words);
	failure_set(failure, FAILURE_UNAVAILABLE, "tshark does not run the dissector: %.200s",
		    words);
	failure_advise(failure, "It needs Lua, as Debian's has, and /proc");
	return failure->code;
}

static int conclude(const struct tshark *tshark, struct decoder *decoder,
		    const struct capture_losses *losses, struct failure *failure)
{
	char said[SAID];
	int code;

	if (!losses->ended)
		return explain_end(tshark, failure);
	code = capture_conclude(decoder, losses, failure);
	if (tshark->status == 0)
		return code;
	return failure_set(failure, FAILURE_DATA, "tshark does not read all of it: %.200s",
			   last_words(tshark, said));
}

static int decode(const struct contracts *contracts, struct tshark *tshark, struct decoder *decoder,
		  const char *path, struct failure *failure)
{
	struct capture_losses losses = { 0 };
	int r = start(tshark);

	if (r < 0)
		return failure_system(failure, -r, "starting tshark");
	r = capture_read(decoder, tshark->found, &losses);
	finish(tshark, r == 0);
	if (r == -ENOMEM)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	if (r < 0)
		return failure_set(failure, FAILURE_BUG, "the dissector's messages cannot be read");
	if (WIFEXITED(tshark->status) && WEXITSTATUS(tshark->status) == NOT_STARTED)
		return explain_absence(contracts, tshark, path, failure);
	return conclude(tshark, decoder, &losses, failure);
}

int capture_decode(const struct contracts *contracts, const struct capture_ports *ports,
		   struct decoder *decoder, int fd, const struct buffer *begin, const char *path,
		   struct failure *failure)
{
	struct tshark tshark = { .ports = ports };
	int code;

	tshark.capture = rewound(fd, begin);
	tshark.script = make_script(contracts);
	tshark.said = memfd_create("said", MFD_CLOEXEC);
	if (tshark.capture < 0 || tshark.script < 0 || tshark.said < 0)
		code = failure_system(failure,
				      tshark.capture < 0  ? -tshark.capture
				      : tshark.script < 0 ? -tshark.script
							  : errno,
				      "handing it to tshark");
	else
		code = decode(contracts, &tshark, decoder, path, failure);
	for (int *one = &tshark.capture; one <= &tshark.said; one++)
		if (*one >= 0)
			close(*one);
	return code;
}
