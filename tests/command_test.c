/* The program sidecall, run as people and scripts run it, by rpc and by raw. */
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "client/procedures.h"
#include "client/runtime/transports/all.h"
#include "tests/kit/busy_server.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/terminal.h"

#define MAX_WORDS     12
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define TEN(text)     text text text text text text text text text text
#define HUNDRED(text) TEN(TEN(text))

static const char unlike_utf8[] = "bad\377name";

/* ---- running sidecall ---- */

/* A daemon with one endpoint of each protocol, each over another transport. */
struct served {
	struct daemon daemon;
	const char *vias[2];
};

static void serve(struct served *served, const char *root)
{
	const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", "--listen", "raw+unix",
					NULL };

	if (!daemon_start(&served->daemon, root, options))
		CU_FAIL_FATAL("sidecalld does not start");
	served->vias[0] = daemon_endpoint(&served->daemon, "rpc+tcp");
	served->vias[1] = daemon_endpoint(&served->daemon, "raw+unix");
	CU_ASSERT_PTR_NOT_NULL_FATAL(served->vias[0]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(served->vias[1]);
}

/* Whatever the clients did, the daemon has gone on until now. */
static void end(struct served *served)
{
	CHECK_INT(daemon_stop(&served->daemon), 0);
}

/* `words` end with NULL; `via` may be NULL. */
static struct outcome sidecall(const char *via, const char *const words[], const char *input)
{
	const char *argv[MAX_WORDS + 4] = { program_path("sidecall") };
	int count = 1;

	if (via) {
		argv[count++] = "--via";
		argv[count++] = via;
	}
	for (int i = 0; words[i] && i < MAX_WORDS; i++)
		argv[count++] = words[i];
	return process_run(argv, input);
}

/* Runs a script in the root, where the word sidecall runs it with this endpoint. */
static struct outcome shell(const struct served *served, const char *via, const char *script)
{
	static const char prelude[] = "program=$1 via=$2; cd \"$3\" || exit; "
				      "sidecall() { \"$program\" --via \"$via\" \"$@\"; }; ";
	char path[PATH_MAX], text[2048];
	const char *const argv[] = { "/bin/sh",           "-c", text, "sh", path, via,
				     served->daemon.root, NULL };

	if (!realpath(program_path("sidecall"), path))
		CU_FAIL_FATAL("sidecall was not built");
	snprintf(text, sizeof(text), "%s%s", prelude, script);
	return process_run(argv, NULL);
}

/* Runs a script that is to succeed and to print this, and nothing on standard error. */
static void check_script(const struct served *served, const char *via, const char *script,
			 const char *out)
{
	struct outcome outcome = shell(served, via, script);

	harness_check_int(__FILE__, __LINE__, script, outcome.status, 0);
	harness_check_str(__FILE__, __LINE__, script, outcome.out, out);
	harness_check_str(__FILE__, __LINE__, script, outcome.error, "");
	outcome_release(&outcome);
}

/* ---- what is expected of it ---- */

/* One command line, and all that can be seen of it. */
struct command {
	const char *words[MAX_WORDS];
	const char *input;
	int code;
	const char *out;   /* all of it; NULL: anything */
	const char *error; /* a part of it; NULL: it is empty */
};

/* Rows of the two usual kinds: what it says, or the code and the reason for saying nothing. */
#define SAYS(output, ...)                                                                          \
	{                                                                                          \
		{ __VA_ARGS__ }, NULL, 0, output, NULL                                             \
	}
#define REFUSED(code, reason, ...)                                                                 \
	{                                                                                          \
		{ __VA_ARGS__ }, NULL, code, "", reason                                            \
	}

/* Writes "PART of sidecall WORDS...", for a failure's message. */
static const char *name_case(char text[160], const char *part, const char *const words[])
{
	int length = snprintf(text, 160, "%s of sidecall", part);

	for (int i = 0; words[i] && length < 159; i++)
		length += snprintf(text + length, 160 - (size_t)length, " %.40s", words[i]);
	return text;
}

static void check_contains(const char *what, const char *text, const char *part)
{
	char message[512];

	if (!part) {
		harness_check_str(__FILE__, __LINE__, what, text, "");
		return;
	}
	snprintf(message, sizeof(message), "%.150s: \"%.200s\" contains \"%.100s\"", what, text,
		 part);
	harness_check_int(__FILE__, __LINE__, message, strstr(text, part) != NULL, 1);
}

static void check_outcome(const struct outcome *outcome, const struct command *command)
{
	char what[160];

	harness_check_int(__FILE__, __LINE__, name_case(what, "code", command->words),
			  outcome->status, command->code);
	if (command->out)
		harness_check_str(__FILE__, __LINE__, name_case(what, "output", command->words),
				  outcome->out, command->out);
	check_contains(name_case(what, "error", command->words), outcome->error, command->error);
}

static void check_commands(const char *via, const struct command *commands, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct outcome outcome = sidecall(via, commands[i].words, commands[i].input);

		check_outcome(&outcome, &commands[i]);
		outcome_release(&outcome);
	}
}

/* ---- the directory that is served ---- */

static void make_file(int root, const char *name, const char *content, mode_t mode)
{
	int fd = openat(root, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	CU_ASSERT_FATAL(fd >= 0);
	CHECK_INT(write(fd, content, strlen(content)), strlen(content));
	CHECK_INT(fchmod(fd, mode), 0);
	close(fd);
}

static void make_directory(int root, const char *name, mode_t mode)
{
	CHECK_INT(mkdirat(root, name, 0755), 0);
	CHECK_INT(fchmodat(root, name, mode, 0), 0);
}

static void make_socket(const struct daemon *daemon, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", daemon->root, name);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static void make_links(int root)
{
	static const char *const links[][2] = {
		{ "plain", "link" },       { "/etc/passwd", "absolute" },
		{ "../run", "climbing" },  { "folder/../../run", "climbing-late" },
		{ "loop-back", "loop" },   { "loop", "loop-back" },
		{ "nowhere", "dangling" }, { "folder", "link-to-folder" },
		{ unlike_utf8, "unlike" },
	};

	for (size_t i = 0; i < LENGTH(links); i++)
		CHECK_INT(symlinkat(links[i][0], root, links[i][1]), 0);
}

/* Something of every kind, and names that are hard to print. */
static void furnish(const struct daemon *daemon)
{
	int root = open(daemon->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CU_ASSERT_FATAL(root >= 0);
	make_file(root, "plain", "hello\n", 0644);
	make_file(root, "empty", "", 0600);
	make_file(root, "with a  space", "spaces\n", 0644);
	make_file(root, "back\\slash", "slash\n", 0644);
	make_file(root, "new\nline", "line\n", 0644);
	make_file(root, "carriage\rreturn", "return\n", 0644);
	make_file(root, "esc\033[31m\ttab\177", "control\n", 0644);
	make_file(root, "-5", "dash\n", 0644);
	make_directory(root, "folder", 0755);
	make_directory(root, "folder/deeper", 0755);
	make_file(root, "folder/below", "below\n", 0644);
	make_file(root, "folder/deeper/lowest", "lowest\n", 0644);
	make_file(root, "folder.txt", "sorts before what is in folder\n", 0644);
	make_directory(root, "foreign", 0755);
	make_file(root, "foreign/bad\377name", "not UTF-8\n", 0644);
	make_links(root);
	CHECK_INT(mkfifoat(root, "fifo", 0644), 0);
	make_socket(daemon, "socket");
	close(root);
}

static void serve_furnished(struct served *served)
{
	serve(served, NULL);
	furnish(&served->daemon);
}

/* ---- the calculator ---- */

static void test_calculator(void)
{
	static const struct command commands[] = {
		SAYS("-2\n", "add", "-5", "3"),
		SAYS("42\n", "add", "40", "2"),
		SAYS("9007199254740994\n", "add", "9007199254740993", "1"),
		SAYS("-8\n", "add", "--", "-5", "-3"),
		SAYS("-9223372036854775808\n", "subtract", "-9223372036854775807", "1"),
		SAYS("42\n", "multiply", "-6", "-7"),
		SAYS("42\n", "divide", "84", "2"),
		SAYS("-3\n", "divide", "-7", "2"),
		REFUSED(1, "divide: division by zero", "divide", "1", "0"),
		REFUSED(1, "does not fit 64 bits", "add", "9223372036854775807", "1"),
		REFUSED(1, "does not fit 64 bits", "divide", "-9223372036854775808", "-1"),
		SAYS("98\n", "evaluate", "2*(3+4)^2"),
		SAYS("-4\n", "evaluate", "-2^2"),
		SAYS("0.30000000000000004\n", "evaluate", "0.1+0.2"),
		REFUSED(1, "no real, finite value", "evaluate", "1e300*1e10"),
		/* The caret stands below the first character that does not fit. */
		REFUSED(1, "syntax error\n  2*(3+\n       ^\n", "evaluate", "2*(3+"),
		REFUSED(1, "syntax error\n  1 + x\n      ^\n", "evaluate", "1 + x"),
		REFUSED(1, "syntax error", "evaluate", ""),
		SAYS("count      4\nsum        10\nminimum    1\nmaximum    4\n"
		     "mean       2.5\ndeviation  1.118033988749895\n",
		     "summarize", "1", "2", "3", "4"),
		{ { "summarize", "-" },
		  "-1 -2\n\n\t-3\n",
		  0,
		  "count      3\nsum        -6\nminimum    -3\nmaximum    -1\n"
		  "mean       -2\ndeviation  0.816496580927726\n",
		  NULL },
		{ { "summarize", "-" }, "", 1, "", "no real, finite value" },
		REFUSED(1, "does not fit", "summarize", "9223372036854775807", "1"),
		SAYS("12\n", "accumulate", "sales", "12"),
		SAYS("10\n", "accumulate", "sales", "-2"),
		SAYS("5\n", "accumulate", "stock", "5"),
		REFUSED(1, "does not fit", "accumulate", "sales", "9223372036854775807"),
		SAYS("10\n", "accumulate", "sales", "0"),
	};

	/* The registers are the daemon's, so each protocol has a daemon of its own. */
	for (int protocol = 0; protocol < 2; protocol++) {
		struct served served;

		serve(&served, NULL);
		check_commands(served.vias[protocol], commands, LENGTH(commands));
		end(&served);
	}
}

/* ---- file information ---- */

static void test_files(void)
{
	static const struct command commands[] = {
		SAYS("below\ndeeper\n", "list", "folder"),
		SAYS("below\ndeeper\n", "list", "folder/"),
		SAYS("below\ndeeper\n", "list", "/folder"),
		SAYS("below\ndeeper\n", "list", "link-to-folder"),
		SAYS("lowest\n", "list", "folder/../folder/deeper"),
		SAYS("folder/below\nfolder/deeper\nfolder/deeper/lowest\n", "list", "-R", "folder"),
		SAYS("-5\nabsolute\nback\\slash\ncarriage\rreturn\nclimbing\nclimbing-late\n"
		     "dangling\nempty\nesc\033[31m\ttab\177\nfifo\nfolder\nfolder.txt\nforeign\n"
		     "link\nlink-to-folder\nloop\nloop-back\nnew\nline\nplain\nsocket\n"
		     "unlike\nwith a  space\n",
		     "list"),
		SAYS("bad\377name\n", "list", "foreign"),
		SAYS("plain\n", "readlink", "link"),
		SAYS("/etc/passwd\n", "readlink", "absolute"),
		SAYS("bad\377name\n", "readlink", "unlike"),
		/* One that fails does not keep the others from being answered. */
		{ { "readlink", "plain", "link", "nothing", "dangling" },
		  NULL,
		  1,
		  "plain\nnowhere\n",
		  "readlink: nothing: no such file" },
		{ { "digest", "nothing", "empty", "folder" },
		  NULL,
		  1,
		  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  empty\n",
		  "digest: folder: is a directory" },
		{ { "stat", "nothing", "plain" }, NULL, 1, NULL, "stat: nothing: no such file" },
		REFUSED(1, "list: plain: not a directory", "list", "plain"),
		REFUSED(1, "list: nothing: no such file", "list", "nothing"),
		REFUSED(1, "space: nothing: no such file", "space", "nothing"),
		SAYS(NULL, "space", "plain"),
		SAYS(NULL, "stat", "-5"),
		REFUSED(1, "not a directory", "stat", "plain/below"),
	};
	struct served served;

	serve_furnished(&served);
	for (int i = 0; i < 2; i++)
		check_commands(served.vias[i], commands, LENGTH(commands));
	end(&served);
}

static void test_unreadable(void)
{
	static const struct command commands[] = {
		REFUSED(1, "digest: secret: permission denied", "digest", "secret"),
		{ { "list", "-R", "." }, NULL, 1, "closed\nsecret\n", "closed: permission denied" },
	};
	struct served served;
	int root;

	if (geteuid() == 0) {
		harness_skip("root may read everything");
		return;
	}
	serve(&served, NULL);
	root = open(served.daemon.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	make_file(root, "secret", "secret\n", 0);
	make_directory(root, "closed", 0);
	for (int i = 0; i < 2; i++)
		check_commands(served.vias[i], commands, LENGTH(commands));
	CHECK_INT(fchmodat(root, "closed", 0700, 0), 0);
	close(root);
	end(&served);
}

/* What leaves the root, cannot be read, or is too much: a clear no, and the daemon goes on. */
static void test_bad_input(void)
{
	static const struct command commands[] = {
		REFUSED(1, "stat: ..: the path leaves the server's root", "stat", ".."),
		REFUSED(1, "leaves the server's root", "stat", "folder/../.."),
		REFUSED(1, "leaves the server's root", "list", "../run"),
		REFUSED(1, "leaves the server's root", "list", "climbing"),
		REFUSED(1, "leaves the server's root", "list", "climbing-late"),
		REFUSED(1, "leaves the server's root", "digest", "absolute"),
		REFUSED(1, "leaves the server's root", "digest", "/../../etc/passwd"),
		REFUSED(1, "no such file or directory", "digest", "/etc/passwd"),
		REFUSED(1, "leaves the server's root", "space", "climbing"),
		REFUSED(1, "too many symbolic links", "digest", "loop"),
		REFUSED(1, "too many symbolic links", "list", "loop/folder"),
		REFUSED(1, "no such file or directory", "digest", "dangling"),
		REFUSED(1, "not a regular file", "digest", "fifo"),
		REFUSED(1, "not a regular file", "digest", "socket"),
		REFUSED(1, "not a directory", "list", "fifo"),
		REFUSED(1, "not a symbolic link", "readlink", "folder"),
		REFUSED(1, "no such file or directory", "stat", "no\377such\376name"),
		REFUSED(1, "the name is too long", "stat",
			HUNDRED("a") HUNDRED("b") TEN("c") TEN("d") TEN("e") TEN("fgh")),
		SAYS(NULL, "stat", HUNDRED(TEN("./")) HUNDRED(TEN("./")) TEN("./////") "plain"),
		REFUSED(64, "a path has at most 4095 bytes", "stat",
			HUNDRED(TEN("./")) HUNDRED(TEN("./")) HUNDRED("/") "plain"),
		REFUSED(1, "the name is too long", "list",
			HUNDRED(TEN("./")) HUNDRED(TEN("./")) HUNDRED("/") "folder"),
		REFUSED(1, "syntax error", "evaluate", HUNDRED("((") "1" HUNDRED("))")),
		REFUSED(64, "at most 1024 bytes", "evaluate", HUNDRED(TEN("1")) HUNDRED("1")),
		REFUSED(64, "at most 32 bytes", "accumulate", TEN("name") "s", "1"),
	};
	struct served served;

	serve_furnished(&served);
	for (int i = 0; i < 2; i++)
		check_commands(served.vias[i], commands, LENGTH(commands));
	end(&served);
}

/* Devices as everybody has them; none is opened, so none can block or be disturbed. */
static void test_devices(void)
{
	static const struct command commands[] = {
		REFUSED(1, "digest: tty: not a regular file", "digest", "null", "zero", "tty", "."),
		REFUSED(1, "not a directory", "list", "zero"),
		SAYS(NULL, "--json", "stat", "null"),
	};
	struct served served;

	serve(&served, "/dev");
	for (int i = 0; i < 2; i++)
		check_commands(served.vias[i], commands, LENGTH(commands));
	end(&served);
}

/* Directories deeper than a path can say: they are reported, and what stands beside them is not
 * lost. */
static void test_deep_tree(void)
{
	static const char name[] = TEN("a name of twenty-two ");
	static const char *const words[] = { "list", "-R", NULL };
	struct served served;
	int fd, below;

	serve(&served, NULL);
	fd = open(served.daemon.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	make_file(fd, "beside", "", 0644);
	for (int i = 0; i < 25; i++) {
		make_directory(fd, name, 0755);
		below = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = below;
	}
	close(fd);
	for (int i = 0; i < 2; i++) {
		struct outcome outcome = sidecall(served.vias[i], words, NULL);
		const char *last = outcome.length > 7 ? outcome.out + outcome.length - 7 : "";

		CHECK_INT(outcome.status, 1);
		CHECK_STR(last, "beside\n");
		check_contains("error", outcome.error, "the name is too long");
		outcome_release(&outcome);
	}
	check_script(&served, served.vias[0], "rm -rf a*", ""); /* too deep for nftw() */
	end(&served);
}

/* ---- the same as the system's own programs say ---- */

/* A directory whose listing takes every form that `ls -l` has. */
static void furnish_for_ls(const struct daemon *daemon)
{
	const struct timespec now = { .tv_nsec = UTIME_NOW };
	const struct timespec times[][2] = {
		{ now, { .tv_sec = time(NULL) - 3600 } },
		{ now, { .tv_sec = time(NULL) - INT64_C(31556952) / 2 + 60 } },
		{ now, { .tv_sec = time(NULL) - INT64_C(31556952) / 2 - 60 } },
		{ now, { .tv_sec = time(NULL) + 86400 } },
		{ now, { .tv_sec = 0 } },
		{ now, { .tv_sec = -86400 * 365 } },
	};
	static const mode_t modes[] = { 0,     0777,  04755, 04644, 02755, 02644,
					01777, 01666, 06711, 07000, 0421 };
	int fd, root = open(daemon->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[32];

	for (size_t i = 0; i < LENGTH(modes); i++) {
		snprintf(name, sizeof(name), "mode-%04o", modes[i]);
		make_file(root, name, "", modes[i]);
		snprintf(name, sizeof(name), "directory-%04o", modes[i]);
		make_directory(root, name, modes[i]);
	}
	for (size_t i = 0; i < LENGTH(times); i++) {
		snprintf(name, sizeof(name), "time-%zu", i);
		make_file(root, name, "some bytes", 0644);
		CHECK_INT(utimensat(root, name, times[i], 0), 0);
	}
	CHECK_INT(linkat(root, "time-0", root, "time-0-again", 0), 0);
	make_file(root, "large", "", 0644);
	fd = openat(root, "large", O_WRONLY | O_CLOEXEC);
	CHECK_INT(ftruncate(fd, INT64_C(123456789012)), 0);
	close(fd);
	close(root);
}

/* What only root may do: names and numbers of owners, of several widths. */
static void give_away(const struct daemon *daemon)
{
	int root = open(daemon->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (geteuid() == 0) {
		CHECK_INT(fchownat(root, "time-0", 1, 2, 0), 0);
		CHECK_INT(fchownat(root, "time-1", 1234567, 7654321, 0), 0);
		CHECK_INT(fchownat(root, "link", 1234567, 0, AT_SYMLINK_NOFOLLOW), 0);
	}
	close(root);
}

/* Two scripts whose output must be the same to the byte. */
static void check_same(const struct served *served, const char *ours, const char *theirs)
{
	for (int i = 0; i < 2; i++) {
		struct outcome expected = shell(served, served->vias[i], theirs);

		CHECK_INT(expected.status, 0);
		CU_ASSERT(expected.length > 0);
		check_script(served, served->vias[i], ours, expected.out);
		outcome_release(&expected);
	}
}

static void test_as_ls(void)
{
	struct served served;

	serve_furnished(&served);
	furnish_for_ls(&served.daemon);
	check_same(&served, "sidecall list -l", "ls -lA | sed 1d");
	check_same(&served, "sidecall list -l foreign", "ls -lA foreign | sed 1d");
	check_same(&served, "TZ=JST-9 sidecall list -l", "TZ=JST-9 ls -lA | sed 1d");
	give_away(&served.daemon);
	check_same(&served, "sidecall list -l", "ls -lA | sed 1d");
	end(&served);
}

static void test_as_find(void)
{
	struct served served;

	serve_furnished(&served);
	check_same(&served, "sidecall list -R | sort", "find . -mindepth 1 -printf '%P\\n' | sort");
	check_same(&served, "sidecall list -R ./folder | sort", "find ./folder -mindepth 1 | sort");
	check_same(&served, "sidecall list -R -l | wc -l", "find . -mindepth 1 | wc -l");
	end(&served);
}

static void test_as_sha256sum(void)
{
	static const char *const operands[] = {
		"plain",
		"plain empty link folder/below \"with a  space\" ./plain",
		"\"$(printf 'back\\\\slash')\"",
		"\"$(printf 'new\\nline')\" \"$(printf 'carriage\\rreturn')\"",
		"\"$(printf 'foreign/bad\\377name')\" \"$(printf 'esc\\033[31m\\ttab\\177')\"",
		"-- -5 folder.txt",
	};
	struct served served;

	serve_furnished(&served);
	for (size_t i = 0; i < LENGTH(operands); i++) {
		char ours[160], theirs[160];

		snprintf(ours, sizeof(ours), "sidecall digest %s", operands[i]);
		snprintf(theirs, sizeof(theirs), "sha256sum %s", operands[i]);
		check_same(&served, ours, theirs);
	}
	check_same(&served, "sidecall digest plain empty folder/below | sha256sum --check",
		   "sha256sum plain empty folder/below | sha256sum --check");
	end(&served);
}

/* ---- the same as the system calls say ---- */

static const char *type_name(mode_t mode)
{
	return S_ISREG(mode)    ? "regular"
	       : S_ISDIR(mode)  ? "directory"
	       : S_ISLNK(mode)  ? "symlink"
	       : S_ISFIFO(mode) ? "fifo"
				: "socket";
}

static int append_time(char *text, const char *name, const struct timespec *at)
{
	struct tm parts;
	char date[64];

	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", gmtime_r(&at->tv_sec, &parts));
	return sprintf(text, "%s: %s.%09ld\n", name, date, at->tv_nsec);
}

/* What `stat` prints of a file. */
static void describe(char text[1024], const char *name, const struct stat *st)
{
	int length = snprintf(text, 512,
			      "path: %s\ntype: %s\nmode: %04o\nlinks: %ju\nuid: %u\ngid: %u\n"
			      "size: %jd\nallocated: %jd\ndevice: %u,%u\ninode: %ju\n",
			      name, type_name(st->st_mode), st->st_mode & 07777,
			      (uintmax_t)st->st_nlink, st->st_uid, st->st_gid,
			      (intmax_t)st->st_size, (intmax_t)st->st_blocks * 512,
			      major(st->st_dev), minor(st->st_dev), (uintmax_t)st->st_ino);

	length += append_time(text + length, "accessed", &st->st_atim);
	length += append_time(text + length, "modified", &st->st_mtim);
	append_time(text + length, "changed", &st->st_ctim);
}

static json_t *describe_json(const char *name, const struct stat *st)
{
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", st->st_mode & 07777);
	return json_pack(
		"{ss ss ss ss sI sI sI sI sI sI sI s{sI sI} s{sI sI} s{sI sI}}", "status", "OK",
		"path", name, "type", type_name(st->st_mode), "mode", mode, "links",
		(json_int_t)st->st_nlink, "uid", (json_int_t)st->st_uid, "gid",
		(json_int_t)st->st_gid, "size", (json_int_t)st->st_size, "allocated",
		(json_int_t)st->st_blocks * 512, "device", (json_int_t)st->st_dev, "inode",
		(json_int_t)st->st_ino, "accessed", "seconds", (json_int_t)st->st_atim.tv_sec,
		"nanoseconds", (json_int_t)st->st_atim.tv_nsec, "modified", "seconds",
		(json_int_t)st->st_mtim.tv_sec, "nanoseconds", (json_int_t)st->st_mtim.tv_nsec,
		"changed", "seconds", (json_int_t)st->st_ctim.tv_sec, "nanoseconds",
		(json_int_t)st->st_ctim.tv_nsec);
}

static void check_stat(const struct served *served, const char *via, const char *name)
{
	const char *const text_words[] = { "stat", name, NULL };
	const char *const json_words[] = { "--json", "stat", name, NULL };
	char path[PATH_MAX], expected[1024];
	struct outcome text, json;
	json_t *ours, *theirs;
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", served->daemon.root, name);
	CHECK_INT(lstat(path, &st), 0);
	text = sidecall(via, text_words, NULL);
	describe(expected, name, &st);
	CHECK_STR(text.out, expected);
	CHECK_INT(text.status, 0);
	outcome_release(&text);
	json = sidecall(via, json_words, NULL);
	ours = json_loads(json.out, 0, NULL);
	theirs = describe_json(name, &st);
	CU_ASSERT(theirs && json_equal(ours, theirs));
	json_decref(ours);
	json_decref(theirs);
	outcome_release(&json);
}

static void test_as_lstat(void)
{
	static const char *const names[] = { "plain", "folder",    "link",  "dangling",
					     "fifo",  "new\nline", "socket" };
	struct served served;

	serve_furnished(&served);
	for (int i = 0; i < 2; i++)
		for (size_t n = 0; n < LENGTH(names); n++)
			check_stat(&served, served.vias[i], names[n]);
	end(&served);
}

/* Free space changes from moment to moment; what there is in all does not. */
static void test_as_statvfs(void)
{
	static const char *const words[] = { "space", NULL };
	struct served served;
	struct statvfs fs;

	serve(&served, NULL);
	CHECK_INT(statvfs(served.daemon.root, &fs), 0);
	for (int i = 0; i < 2; i++) {
		unsigned long long total = 0, available = 0, left = 0, files = 0, unused = 0;
		struct outcome outcome = sidecall(served.vias[i], words, NULL);

		CHECK_INT(sscanf(outcome.out,
				 "bytes_total %llu bytes_free %llu bytes_available %llu "
				 "files_total %llu files_free %llu",
				 &total, &left, &available, &files, &unused),
			  5);
		CHECK_INT(total, fs.f_blocks * fs.f_frsize);
		CHECK_INT(files, fs.f_files);
		CU_ASSERT(available <= left && left <= total && unused <= files);
		outcome_release(&outcome);
	}
	end(&served);
}

/* ---- JSON ---- */

/* A command line, and members that its output must have, line by line. */
struct json_command {
	const char *words[MAX_WORDS];
	int code;
	const char *members[4]; /* an object a line of the output, and no line more */
};

static void check_line(const char *what, const char *line, size_t length, const char *members)
{
	json_t *object = json_loadb(line, length, 0, NULL);
	json_t *expected = json_loads(members, 0, NULL);
	char message[512];
	const char *key;
	json_t *value;

	CU_ASSERT_FATAL(expected != NULL);
	snprintf(message, sizeof(message), "%.150s: %.*s has %.100s", what,
		 (int)(length < 200 ? length : 200), line, members);
	harness_check_int(__FILE__, __LINE__, message, json_is_object(object), 1);
	json_object_foreach (expected, key, value)
		harness_check_int(__FILE__, __LINE__, message,
				  json_equal(json_object_get(object, key), value), 1);
	json_decref(object);
	json_decref(expected);
}

static void check_json(const char *via, const struct json_command *command)
{
	const char *words[MAX_WORDS + 1] = { "--json" };
	struct outcome outcome;
	const char *line;
	char what[160];
	int lines = 0;

	memcpy(words + 1, command->words, sizeof(command->words));
	name_case(what, "JSON", command->words);
	outcome = sidecall(via, words, NULL);
	harness_check_int(__FILE__, __LINE__, what, outcome.status, command->code);
	line = outcome.out;
	for (; lines < 4 && command->members[lines] && *line; lines++) {
		size_t length = strcspn(line, "\n");

		check_line(what, line, length, command->members[lines]);
		line += length + (line[length] == '\n');
	}
	harness_check_str(__FILE__, __LINE__, what, line, "");
	CU_ASSERT(lines == 4 || !command->members[lines]);
	outcome_release(&outcome);
}

static void test_json(void)
{
	static const struct json_command commands[] = {
		{ { "add", "-5", "3" }, 0, { "{\"status\":\"OK\",\"value\":-2}" } },
		{ { "multiply", "9223372036854775807", "1" },
		  0,
		  { "{\"status\":\"OK\",\"value\":9223372036854775807}" } },
		{ { "divide", "1", "0" }, 1, { "{\"status\":\"DIVIDE_BY_ZERO\"}" } },
		{ { "evaluate", "0.1+0.2" }, 0, { "{\"value\":0.30000000000000004}" } },
		{ { "evaluate", "1+" }, 1, { "{\"status\":\"SYNTAX\",\"position\":2}" } },
		{ { "summarize", "1", "2", "3" },
		  0,
		  { "{\"status\":\"OK\",\"count\":3,\"sum\":6,\"minimum\":1,\"maximum\":3,"
		    "\"mean\":2}" } },
		{ { "accumulate", "json", "0" }, 0, { "{\"status\":\"OK\",\"value\":0}" } },
		{ { "readlink", "link", "nothing" },
		  1,
		  { "{\"status\":\"OK\",\"path\":\"link\",\"target\":\"plain\"}",
		    "{\"status\":\"NOENT\",\"path\":\"nothing\"}" } },
		{ { "readlink", "unlike" },
		  0,
		  { "{\"target\":\"bad\\ufffdname\",\"target_hex\":\"626164ff6e616d65\"}" } },
		{ { "stat", "foreign/bad\377name" },
		  0,
		  { "{\"status\":\"OK\",\"type\":\"regular\",\"size\":10,"
		    "\"path\":\"foreign/bad\\ufffdname\","
		    "\"path_hex\":\"666f726569676e2f626164ff6e616d65\"}" } },
		{ { "list", "foreign" },
		  0,
		  { "{\"name\":\"bad\\ufffdname\",\"name_hex\":\"626164ff6e616d65\","
		    "\"status\":\"OK\",\"type\":\"regular\",\"mode\":\"0644\",\"size\":10}" } },
		{ { "list", "-R", "folder" },
		  0,
		  { "{\"name\":\"folder/below\",\"type\":\"regular\"}",
		    "{\"name\":\"folder/deeper\",\"type\":\"directory\"}",
		    "{\"name\":\"folder/deeper/lowest\",\"size\":7}" } },
		{ { "digest", "empty", "folder", "new\nline" },
		  1,
		  { "{\"path\":\"empty\",\"size\":0,\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb924"
		    "27ae41e4649b934ca495991b7852b855\"}",
		    "{\"path\":\"folder\",\"status\":\"ISDIR\"}",
		    "{\"path\":\"new\\nline\",\"status\":\"OK\",\"size\":5}" } },
		{ { "space", "nothing" }, 1, { "{\"status\":\"NOENT\"}" } },
		{ { "space" }, 0, { "{\"status\":\"OK\",\"path\":\".\"}" } },
		{ { "ping" }, 0, { "{}" } },
	};
	struct served served;

	serve_furnished(&served);
	for (int i = 0; i < 2; i++)
		for (size_t n = 0; n < LENGTH(commands); n++)
			check_json(served.vias[i], &commands[n]);
	end(&served);
}

/* ---- ping and compare ---- */

/* Between the two lies their median, as far as three decimals tell. */
static void check_ping_of_two(const char *out)
{
	double took[2] = { 0 }, fastest = -1, median = -1, slowest = -1;
	int end_of_last = 0;

	sscanf(out,
	       "reply from %*s 44 + 28 bytes, %lf ms reply from %*s 44 + 28 bytes, %lf ms "
	       "2 replies: fastest %lf, median %lf, slowest %lf ms%n",
	       &took[0], &took[1], &fastest, &median, &slowest, &end_of_last);
	CHECK_INT(end_of_last, strlen(out) - 1);
	CU_ASSERT(fastest == fmin(took[0], took[1]) && slowest == fmax(took[0], took[1]));
	CHECK_THAT(fabs(median - (took[0] + took[1]) / 2) < 0.0015, "%s", out);
}

static void test_ping(void)
{
	static const char *const once[] = { "ping", NULL };
	static const char *const twice[] = { "ping", "-c", "2", NULL };
	static const char *const bytes[] = { "44 + 28", "12 + 12" };
	struct served served;
	struct outcome outcome;
	char expected[320];

	serve(&served, NULL);
	for (int i = 0; i < 2; i++) {
		outcome = sidecall(served.vias[i], once, NULL);
		snprintf(expected, sizeof(expected), "reply from %s: %s bytes, ", served.vias[i],
			 bytes[i]);
		CHECK_INT(outcome.status, 0);
		CHECK_INT(strncmp(outcome.out, expected, strlen(expected)), 0);
		outcome_release(&outcome);
	}
	outcome = sidecall(served.vias[0], twice, NULL);
	CHECK_INT(outcome.status, 0);
	check_ping_of_two(outcome.out);
	outcome_release(&outcome);
	end(&served);
}

static bool has_line_of(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) == 0 && line[length] == ' ')
			return true;
	}
	return false;
}

static void test_compare(void)
{
	struct served served;
	struct outcome outcome;
	char script[640];

	serve_furnished(&served);
	snprintf(script, sizeof(script), "sidecall compare %s %s", served.vias[0], served.vias[1]);
	outcome = shell(&served, served.vias[0], script);
	CHECK_INT(outcome.status, 0);
	for (const struct procedure *p = procedures; p->name; p++)
		harness_check_int(__FILE__, __LINE__, p->name, has_line_of(outcome.out, p->name),
				  1);
	CU_ASSERT(strstr(outcome.out, "44 +    28") && strstr(outcome.out, "12 +    12"));
	CU_ASSERT_PTR_NULL(strstr(outcome.out, "DIFFERENT"));
	outcome_release(&outcome);
	snprintf(script, sizeof(script), "sidecall --json compare %s %s | grep -c '\"equal\":true'",
		 served.vias[0], served.vias[1]);
	outcome = shell(&served, served.vias[0], script);
	CU_ASSERT(atoi(outcome.out) >= 13);
	outcome_release(&outcome);
	end(&served);
}

/* A daemon with these endpoints, up to NULL. */
static void serve_these(struct served *served, const char *const options[])
{
	if (!daemon_start(&served->daemon, NULL, options))
		CU_FAIL_FATAL("sidecalld does not start");
}

/* Endpoints that took the same bytes share a column; four columns stand side by side. */
static void test_compare_columns(void)
{
	static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0",
					       "--listen", "raw+tcp://127.0.0.1:0",
					       "--listen", "rpc+udp://127.0.0.1:0",
					       "--listen", "raw+udp://127.0.0.1:0",
					       NULL };
	static const char *const lines[] = {
		"answer                            rpc+tcp       raw+tcp       rpc+udp       "
		"raw+udp\n"
		"                                                             rpc+pipe      "
		"raw+pipe\n"
		"null                        OK                              44 +    28    12 +    "
		"12 ",
		("\n\ncall                        answer                          tirpc+tcp\n"
		 "null                        OK                               ? +     ?\n"),
		"\n0\n",
	};
	struct served served;
	struct outcome outcome;
	char script[1400];

	serve_these(&served, options);
	snprintf(script, sizeof(script),
		 "sidecall compare %s %s %s %s rpc+pipe raw+pipe ti%s; echo $?",
		 served.daemon.endpoints[0], served.daemon.endpoints[1], served.daemon.endpoints[2],
		 served.daemon.endpoints[3], served.daemon.endpoints[0]);
	outcome = shell(&served, "rpc+tcp", script);
	for (size_t i = 0; i < LENGTH(lines); i++)
		check_contains("compare", outcome.out, lines[i]);
	CHECK_STR(outcome.error, "");
	outcome_release(&outcome);
	outcome = shell(&served, "rpc+tcp", "sidecall compare $(seq 17); echo $?");
	CHECK_STR(outcome.out, "64\n");
	check_contains("compare", outcome.error, "at most 16");
	outcome_release(&outcome);
	end(&served);
}

/* Two roots that differ: the verdict is negative, and says where. */
static void test_compare_different(void)
{
	struct served one, other;
	struct outcome outcome;
	char script[640];

	serve_furnished(&one);
	serve(&other, NULL);
	snprintf(script, sizeof(script), "sidecall compare %s %s", one.vias[0], other.vias[1]);
	outcome = shell(&one, one.vias[0], script);
	CHECK_INT(outcome.status, 2);
	check_contains("compare", outcome.out, "DIFFERENT");
	outcome_release(&outcome);
	end(&other);
	end(&one);
}

/* ---- help and usage ---- */

/* A command with many options explains each. */
static void test_help(void)
{
	static const char *const help[] = { "--help", NULL };
	static const char *const version[] = { "--version", NULL };
	static const char *const more[] = { "ping", "compare" };
	struct outcome outcome = sidecall(NULL, help, NULL);

	CHECK_INT(outcome.status, 0);
	check_contains("--help", outcome.out, "Examples:\n  sidecall ");
	check_contains("--help", outcome.out, "Exit codes:\n  0   done\n");
	for (const struct procedure *p = procedures; p->name; p++) {
		const char *const words[] = { p->name, "--help", NULL };
		struct outcome of_command = sidecall(NULL, words, NULL);

		CHECK_INT(of_command.status, 0);
		check_contains(p->name, of_command.out, "Usage: sidecall [OPTION...] ");
		check_contains(p->name, of_command.out, p->name);
		if (strcmp(p->name, "null") != 0)
			check_contains("--help", outcome.out, p->name);
		outcome_release(&of_command);
	}
	for (size_t i = 0; i < LENGTH(more); i++)
		check_contains("--help", outcome.out, more[i]);
	outcome_release(&outcome);
	outcome = sidecall(NULL, version, NULL);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.out, "sidecall " SIDECALL_VERSION "\n");
	outcome_release(&outcome);
}

/* Nothing is called, so nothing needs to be served. */
static void test_usage(void)
{
	static const struct command commands[] = {
		REFUSED(64, "a command is needed", NULL),
		REFUSED(64, "--json stands before the command", "stat", "file", "--json"),
		REFUSED(64, "--via=raw+pipe stands before the command", "add", "1", "2",
			"--via=raw+pipe"),
		REFUSED(64, "nonsense: there is no such command", "nonsense"),
		REFUSED(64, "--nonsense is no option; there are --via", "--nonsense", "ping"),
		REFUSED(64, "--timeout needs a value", "--timeout"),
		REFUSED(64, "not \"soon\"", "--timeout", "soon", "ping"),
		REFUSED(64, "takes seconds", "--timeout", "0", "ping"),
		REFUSED(64, "takes seconds", "--timeout", "-1", "ping"),
		REFUSED(64, "takes seconds", "--timeout", "nan", "ping"),
		REFUSED(64, "takes seconds", "--timeout", "1e9", "ping"),
		REFUSED(64, "takes seconds", "--timeout", "5s", "ping"),
		REFUSED(64, "PROTOCOL+TRANSPORT", "--via", "telegraph", "ping"),
		REFUSED(64, "none of rpc", "--via", "smtp+tcp", "ping"),
		REFUSED(64, "none of tcp", "--via", "rpc+pigeon", "ping"),
		REFUSED(64, "tcp://HOST:PORT", "--via", "rpc+tcp:localhost", "ping"),
		REFUSED(64, "not a number", "--via", "rpc+tcp://host:http", "ping"),
		REFUSED(64, "0 to 65535", "--via", "rpc+tcp://host:65536", "ping"),
		REFUSED(64, "ends with ]", "--via", "rpc+tcp://[::1", "ping"),
		REFUSED(64, "brackets", "--via", "rpc+tcp://::1:80", "ping"),
		REFUSED(64, "path is empty", "--via", "raw+unix:", "ping"),
		REFUSED(64, "107", "--via", "raw+unix:/" HUNDRED("p") TEN("p"), "ping"),
		REFUSED(64, "add: two whole numbers are needed", "add"),
		REFUSED(64, "two whole numbers", "add", "1"),
		REFUSED(64, "two whole numbers", "add", "1", "2", "3"),
		REFUSED(64, "a whole number is needed", "add", "1", "two"),
		REFUSED(64, "a whole number is needed", "add", "1", "2.5"),
		REFUSED(64, "a whole number is needed", "add", "1", ""),
		REFUSED(64, "a whole number is needed", "add", " 1", "2"),
		REFUSED(64, "does not fit 64 bits", "add", "9223372036854775808", "1"),
		REFUSED(64, "one expression is needed", "evaluate"),
		REFUSED(64, "one expression is needed", "evaluate", "1", "2"),
		REFUSED(64, "a whole number is needed", "summarize", "1", "x"),
		{ { "summarize", "-" }, "1 2 x\n", 65, "", "standard input" },
		REFUSED(64, "a register's name", "accumulate", "sales"),
		REFUSED(64, "stat: at least one path is needed", "stat"),
		REFUSED(64, "at least one path is needed", "digest"),
		REFUSED(64, "at least one path is needed", "readlink", "--"),
		REFUSED(64, "-x is no option", "list", "-x"),
		REFUSED(64, "one directory", "list", "one", "two"),
		REFUSED(64, "-c needs a value. Try 'sidecall help ping'", "ping", "-c"),
		REFUSED(64, "--count takes a number", "ping", "-c", "0"),
		REFUSED(64, "--count takes a number", "ping", "-c", "2x"),
		REFUSED(64, "has a program host", "ping", "host"),
		REFUSED(64, "none of tcp", "compare", "rpc+tcp", "rpc+"),
	};

	check_commands(NULL, commands, LENGTH(commands));
}

/* ---- servers that are not there, or say nothing ---- */

/* A socket with a port of its own, of tcp or of udp, listening or not; nobody ever accepts. */
static int take_port(int type, bool listening, const char *protocol, char endpoint[64])
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	CHECK_INT(bind(fd, (struct sockaddr *)&address, size), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	if (listening)
		CHECK_INT(listen(fd, 8), 0);
	else if (type == SOCK_DGRAM) /* then it takes from itself alone */
		CHECK_INT(connect(fd, (struct sockaddr *)&address, size), 0);
	snprintf(endpoint, 64, "%s+%s://127.0.0.1:%d", protocol,
		 type == SOCK_STREAM ? "tcp" : "udp", ntohs(address.sin_port));
	return fd;
}

static int take_path(bool listening, const char *directory, const char *protocol,
		     char endpoint[160])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%.80s/%s", directory, protocol);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (listening)
		CHECK_INT(listen(fd, 8), 0);
	snprintf(endpoint, 160, "%s+unix:%s", protocol, address.sun_path);
	return fd;
}

static const char *const protocols[] = { "rpc", "raw" };

static void test_unreachable(void)
{
	static const struct command refused = REFUSED(69, "start sidecalld", "ping");
	static const struct command unknown = REFUSED(68, "no..host is not known", "ping");
	char directory[] = "/tmp/sidecall-test-XXXXXX", endpoint[160];

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	for (int i = 0; i < 2; i++) {
		int fd = take_port(SOCK_STREAM, false, protocols[i], endpoint);

		check_commands(endpoint, &refused, 1);
		close(fd);
		fd = take_path(false, directory, protocols[i], endpoint);
		check_commands(endpoint, &refused, 1);
		close(fd); /* what a server leaves that was killed */
		check_commands(endpoint, &refused, 1);
		snprintf(endpoint, sizeof(endpoint), "%s+unix:%s/none", protocols[i], directory);
		check_commands(endpoint, &refused, 1);
		/* An empty label is no name anywhere, so no resolver is asked. */
		snprintf(endpoint, sizeof(endpoint), "%s+tcp://no..host:1", protocols[i]);
		check_commands(endpoint, &unknown, 1);
	}
	remove_tree(directory);
}

/* The kernel says that the only datagram has reached nobody.  tests/fault_test.c has a server that
 * was reached, and is gone when the call is sent again. */
static void test_no_datagrams(void)
{
	static const struct command refused = REFUSED(
		69,
		"nobody listens there. The call was not executed. Start a server there, or "
		"name its address with --via",
		"accumulate", "r", "1");
	char endpoint[64];

	for (int i = 0; i < 2; i++) {
		int fd = take_port(SOCK_DGRAM, false, protocols[i], endpoint);

		check_commands(endpoint, &refused, 1);
		close(fd);
	}
}

/* Who names an endpoint as a word of the command is not told of --via. */
static void test_no_via(void)
{
	static const char *const commands[] = { "quiz", "check", "compare" };
	char endpoint[64];
	int fd = take_port(SOCK_STREAM, false, "raw", endpoint);

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command command = REFUSED(69, ", or name its address. sidecall doctor",
						       commands[i], endpoint);

		check_commands(NULL, &command, 1);
	}
	close(fd);
}

static void test_no_program(void)
{
	static const struct command command = REFUSED(
		69, "No such file or directory. Name the server's program: its path", "null");

	check_commands("rpc+pipe:/nowhere/at/all", &command, 1);
}

/* Whether somebody connected who made one call, and is gone. */
static bool has_one_call(int listener)
{
	struct pollfd waiting = { .fd = listener, .events = POLLIN };
	int fd = poll(&waiting, 1, 0) == 1 ? accept4(listener, NULL, NULL, SOCK_CLOEXEC) : -1;
	uint8_t bytes[256];
	ssize_t n = fd < 0 ? -1 : recv(fd, bytes, sizeof(bytes), 0);
	/* The mark in front has the length, in both protocols. */
	bool one = n > 4 && n == 4 + bytes[3] && recv(fd, bytes, sizeof(bytes), 0) == 0;

	if (fd >= 0)
		close(fd);
	return one;
}

/* Whoever has no answer to the first call in time makes no other. */
static void check_silence(const char *endpoint, int listener)
{
	static const struct command commands[] = {
		REFUSED(75, "timed out after 0.4 s. The call may have been executed", "--timeout",
			"0.4", "add", "1", "2"),
		REFUSED(75, "timed out after 0.4 s", "--timeout", "0.4", "list", "-R"),
		REFUSED(75, "digest a via ", "--timeout", "0.4", "digest", "a", "b"),
		REFUSED(75, "timed out", "--timeout", "0.4", "ping", "-c", "5"),
	};

	check_commands(endpoint, commands, LENGTH(commands));
	for (size_t i = 0; i < LENGTH(commands); i++)
		CU_ASSERT(has_one_call(listener));
	CU_ASSERT(!has_one_call(listener));
}

/* Refused, and not executed: that is not to have timed out, nor to be told no by the service. */
static void test_busy(void)
{
	static const struct command add = REFUSED(
		75, "busy, and this client has used its share. The call was not executed", "add",
		"1", "2");
	static const struct command list = {
		{ "list", "-R" }, NULL, 75, "a\n", "list a via raw+unix:"
	};
	char root[] = "/tmp/sidecall-test-XXXXXX";
	struct busy_server busy;
	int fd;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(root));
	fd = open(root, O_PATH | O_CLOEXEC);
	CHECK_INT(mkdirat(fd, "a", 0700), 0);
	CHECK_INT(mkdirat(fd, "b", 0700), 0);
	close(fd);
	busy_server_start(&busy, ENDPOINT_RAW, root, RAW_ADD, 1);
	check_commands(busy.via, &add, 1);
	busy_server_stop(&busy);
	busy_server_start(&busy, ENDPOINT_RAW, root, RAW_LIST, 2); /* that of a */
	check_commands(busy.via, &list, 1);
	busy_server_stop(&busy);
	remove_tree(root);
}

static void test_silent(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", endpoint[160];

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	for (int i = 0; i < 2; i++) {
		int fd = take_port(SOCK_STREAM, true, protocols[i], endpoint);

		check_silence(endpoint, fd);
		close(fd);
		fd = take_path(true, directory, protocols[i], endpoint);
		check_silence(endpoint, fd);
		close(fd);
	}
	remove_tree(directory);
}

/* A queue of connections that is full: the call has not even been sent. */
static void check_full_queue(const char *protocol)
{
	static const struct command command = {
		{ "--timeout", "0.1", "ping" }, NULL, 75, "", "The call was not sent"
	};
	char directory[] = "/tmp/sidecall-test-XXXXXX", endpoint[160];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, others[4];

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	fd = take_path(false, directory, protocol, endpoint);
	CHECK_INT(listen(fd, 0), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", directory, protocol);
	for (size_t i = 0; i < LENGTH(others); i++) {
		others[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		connect(others[i], (struct sockaddr *)&address, sizeof(address));
	}
	check_commands(endpoint, &command, 1);
	for (size_t i = 0; i < LENGTH(others); i++)
		close(others[i]);
	close(fd);
	remove_tree(directory);
}

static void test_full_queue(void)
{
	check_full_queue("rpc");
	check_full_queue("tirpc");
}

/* The protocols cross: each end says no at once, and nobody hangs. */
static void test_wrong_protocol(void)
{
	static const struct command command = REFUSED(69, "closed the connection", "ping");
	struct served served;
	char endpoint[256];

	serve(&served, NULL);
	for (int i = 0; i < 2; i++) {
		snprintf(endpoint, sizeof(endpoint), "%s%.200s", protocols[!i], served.vias[i] + 3);
		check_commands(endpoint, &command, 1);
	}
	end(&served);
}

/* The server dies between two calls on a connection: a message and a code, not a signal. */
static void test_server_gone(void)
{
	struct served served;
	char script[256];

	for (int i = 0; i < 2; i++) {
		struct outcome outcome;

		serve(&served, NULL);
		snprintf(script, sizeof(script),
			 "{ sidecall ping -c 60; echo $?; } | { read line && kill -KILL %d; "
			 "tail -n 1; }",
			 (int)served.daemon.pid);
		outcome = shell(&served, served.vias[i], script);
		CHECK_STR(outcome.out, "69\n");
		check_contains("error", outcome.error, "closed the connection");
		outcome_release(&outcome);
		CHECK_INT(daemon_stop(&served.daemon), 128 + SIGKILL);
	}
}

/* A server that is there, but has no room, is told from one that is not. */
static void test_sent_away(void)
{
	static const struct command away = REFUSED(69, "sent us away", "ping");
	static const struct command gone = REFUSED(69, "start sidecalld", "ping");
	static const char *const options[] = { "--listen", "rpc+fifo",          "--listen",
					       "raw+fifo", "--max-connections", "1",
					       NULL };

	for (int i = 0; i < 2; i++) {
		struct channel *holder;
		struct endpoint endpoint;
		struct failure failure;
		struct served served;
		char via[128];

		snprintf(via, sizeof(via), "%s+fifo", protocols[i]);
		CU_ASSERT_PTR_NULL_FATAL(endpoint_parse(&endpoint, via));
		serve_these(&served, options);
		CHECK_INT(channel_open(&holder, &endpoint, clock_now() + INT64_C(10000000000),
				       &failure),
			  0);
		check_commands(via, &away, 1);
		channel_close(holder);
		snprintf(via, sizeof(via), "%s+fifo:%s", protocols[i], served.daemon.root);
		check_commands(via, &gone, 1);
		end(&served);
	}
}

/* As `make install` puts the programs, for a user whose PATH has no sbin. */
static void test_installed_pipe(void)
{
	static const char script[] =
		"from=$(dirname \"$program\") && mkdir bin sbin && cp \"$program\" bin && "
		"cp \"$from/sidecalld\" sbin && unset SIDECALLD && "
		"PATH=/usr/bin:/bin bin/sidecall --via \"$via\" add 1 2";
	static const char *const vias[] = { "rpc+pipe", "raw+pipe" };

	for (size_t i = 0; i < LENGTH(vias); i++) {
		struct served served;

		serve(&served, NULL);
		check_script(&served, vias[i], script, "3\n");
		end(&served);
	}
}

/* ---- where the output goes ---- */

static void make_many(const struct daemon *daemon, int count)
{
	int root = open(daemon->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < count; i++) {
		char name[64];

		snprintf(name, sizeof(name), "a file with a name of some length %06d", i);
		make_file(root, name, "", 0644);
	}
	close(root);
}

static int count_lines(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void test_output(void)
{
	static const struct {
		const char *script, *out, *error;
	} cases[] = {
		{ "sidecall add 1 2 >/dev/full; echo $?", "73\n", "cannot write the output" },
		{ "sidecall list >/dev/full; echo $?", "73\n", "cannot write the output" },
		{ "sidecall --json list -R >/dev/full; echo $?", "73\n", "cannot write" },
		{ "sidecall digest a* >/dev/full; echo $?", "73\n", "cannot write the output" },
		{ "sidecall list >&-; echo $?", "73\n", "cannot write the output" },
		/* 128 + SIGPIPE, as every filter ends that is not read. */
		{ "{ sidecall list; echo $? >status; } | head -n 1; cat status; rm status",
		  "a file with a name of some length 000000\n141\n", NULL },
		{ "sidecall list | wc -l", "3000\n", NULL },
	};
	struct served served;

	serve(&served, NULL);
	make_many(&served.daemon, 3000); /* more than a pipe holds */
	for (int i = 0; i < 2; i++)
		for (size_t n = 0; n < LENGTH(cases); n++) {
			struct outcome outcome = shell(&served, served.vias[i], cases[n].script);

			harness_check_str(__FILE__, __LINE__, cases[n].script, outcome.out,
					  cases[n].out);
			check_contains(cases[n].script, outcome.error, cases[n].error);
			CHECK_INT(count_lines(outcome.error), cases[n].error ? 1 : 0);
			outcome_release(&outcome);
		}
	end(&served);
}

/* Runs sidecall with a terminal as its standard output, and returns its status. */
static int run_in_terminal(const char *via, const char *const words[], char *text, size_t size)
{
	const char *argv[MAX_WORDS] = { program_path("sidecall"), "--via", via };

	for (int i = 0; words[i]; i++)
		argv[i + 3] = words[i];
	return terminal_run(argv, 80, text, size);
}

static void test_terminal(void)
{
	static const struct {
		const char *words[4];
		const char *out;
	} cases[] = {
		{ { "list", "controls" }, "esc\\033[31m\\ttab\\177\nnew\\nline\n" },
		{ { "list", "-R", "controls" },
		  "controls/esc\\033[31m\\ttab\\177\ncontrols/new\\nline\n" },
		/* U+009B is what ESC [ is: as UTF-8, and as a byte. */
		{ { "list", "c1" }, "link\n\\2332Jbyte\n\\302\\2332Jcharacter\n" },
		{ { "--json", "readlink", "c1/link" },
		  "{\"status\":\"OK\",\"target\":\"\\u009b2J\",\"path\":\"c1/link\"}\n" },
		{ { "readlink", "c1/link" }, "\\302\\2332J\n" },
		{ { "digest", "c1/\302\2332Jcharacter" },
		  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  "
		  "c1/\\302\\2332Jcharacter\n" },
		{ { "readlink", "strange" }, "\\033[2Jtarget\n" },
		{ { "list", "foreign" }, "bad\377name\n" },
		{ { "add", "1", "2" }, "3\n" },
	};
	const char *const version[] = { program_path("sidecall"), "--version", NULL };
	struct served served;
	char text[1024];
	int root;

	if (terminal_run(version, 80, text, sizeof(text)) < 0) {
		harness_skip("there is no terminal to be had here");
		return;
	}
	serve_furnished(&served);
	root = open(served.daemon.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	make_directory(root, "controls", 0755);
	make_file(root, "controls/new\nline", "", 0644);
	make_file(root, "controls/esc\033[31m\ttab\177", "", 0644);
	make_directory(root, "c1", 0755);
	make_file(root, "c1/\302\2332Jcharacter", "", 0644);
	make_file(root, "c1/\2332Jbyte", "", 0644);
	CHECK_INT(symlinkat("\302\2332J", root, "c1/link"), 0);
	CHECK_INT(symlinkat("\033[2Jtarget", root, "strange"), 0);
	close(root);
	for (int i = 0; i < 2; i++)
		for (size_t n = 0; n < LENGTH(cases); n++) {
			CHECK_INT(
				run_in_terminal(served.vias[i], cases[n].words, text, sizeof(text)),
				0);
			CHECK_STR(text, cases[n].out);
		}
	end(&served);
}

int main(void)
{
	static const struct test tests[] = {
		{ "the calculator", test_calculator },
		{ "files", test_files },
		{ "files that may not be read", test_unreadable },
		{ "bad input", test_bad_input },
		{ "devices", test_devices },
		{ "a tree deeper than a path", test_deep_tree },
		{ "list -l says what ls -l says", test_as_ls },
		{ "list -R says what find says", test_as_find },
		{ "digest says what sha256sum says", test_as_sha256sum },
		{ "stat says what lstat says", test_as_lstat },
		{ "space says what statvfs says", test_as_statvfs },
		{ "JSON", test_json },
		{ "ping", test_ping },
		{ "compare", test_compare },
		{ "compare shares columns", test_compare_columns },
		{ "compare sees a difference", test_compare_different },
		{ "help and version", test_help },
		{ "usage", test_usage },
		{ "nobody is there", test_unreachable },
		{ "nobody takes a datagram", test_no_datagrams },
		{ "nobody is at a word of the command", test_no_via },
		{ "no program for a pipe", test_no_program },
		{ "a busy server", test_busy },
		{ "a silent server", test_silent },
		{ "a server whose queue is full", test_full_queue },
		{ "a server of the other protocol", test_wrong_protocol },
		{ "a server that dies between two calls", test_server_gone },
		{ "a server that sends us away", test_sent_away },
		{ "a pipe's server, installed", test_installed_pipe },
		{ "output that cannot be written", test_output },
		{ "control characters on a terminal", test_terminal },
		{ 0 },
	};

	setenv("LC_ALL", "C", 1);
	setenv("TZ", "UTC", 1);
	return harness_run("command", tests);
}
