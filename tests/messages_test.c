/* What the two programs say when something is wrong leads on: it names what, and what to type. */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void check(int code, const char *said, const char *const words[])
{
	struct outcome outcome = process_run(words, NULL);

	CHECK_THAT(outcome.status == code, "%d is %d: %s%s", outcome.status, code, outcome.out,
		   outcome.error);
	CHECK_THAT(strstr(outcome.error, said) != NULL, "\"%s\" has \"%s\"", outcome.error, said);
	outcome_release(&outcome);
}

#define CHECK_SIDECALL(code, said, ...)                                                            \
	check(code, said, (const char *const[]){ program_path("sidecall"), __VA_ARGS__, NULL })
#define CHECK_SIDECALLD(code, said, ...)                                                           \
	check(code, said, (const char *const[]){ program_path("sidecalld"), __VA_ARGS__, NULL })

/* libtirpc's clients are served by --stock alone. */
static void test_nobody_there(void)
{
	CHECK_SIDECALL(69, "start sidecalld --stock,", "--via", "tirpc+unix:/nowhere/at/all",
		       "ping");
	CHECK_SIDECALL(69, "start sidecalld,", "--via", "rpc+unix:/nowhere/at/all", "ping");
	CHECK_SIDECALL(69, "Nothing listens there: start sidecalld --stock, or name its address",
		       "--via", "tirpc+tcp://127.0.0.1:1", "ping");
	CHECK_SIDECALL(69, "No server is there: start sidecalld, or name its directory with --via",
		       "--via", "raw+fifo:/nowhere/at/all", "ping");
}

static void test_no_directory(void)
{
	static const char *const transports[] = { "raw+unix", "rpc+fifo", "rpc+shm" };
	static const char said[] = "the runtime directory /nowhere/at/all: No such file or "
				   "directory. Name another by SIDECALL_DIR\n";

	setenv("SIDECALL_DIR", "/nowhere/at/all", 1);
	for (size_t i = 0; i < LENGTH(transports); i++) {
		CHECK_SIDECALL(69, said, "--via", transports[i], "ping");
		CHECK_SIDECALLD(69, said, "--no-rpcbind", "--listen", transports[i]);
	}
	unsetenv("SIDECALL_DIR");
}

/* One daemon, asked in the protocol that it does not speak there. */
static void test_other_protocol(void)
{
	static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0",
					       "--listen", "raw+tcp://127.0.0.1:0",
					       "--listen", "raw+udp://127.0.0.1:0",
					       NULL };
	char via[3][280], said[3][320];
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	for (int i = 0; i < 3; i++) {
		const char *address = strchr(daemon.endpoints[i], '+');

		snprintf(via[i], sizeof(via[i]), "%s%s", i ? "rpc" : "raw", address);
		snprintf(said[i], sizeof(said[i]), "--via %s%s", i ? "raw" : "rpc", address);
	}
	/* At once: this would take a day, if the reply were waited for. */
	CHECK_SIDECALL(69, said[0], "--timeout", "86400", "--via", via[0], "ping");
	CHECK_SIDECALL(69, said[1], "--timeout", "86400", "--via", via[1], "ping");
	/* A call by rpc is one by raw of version 0: it is refused, by what is no reply. */
	CHECK_SIDECALL(75, said[2], "--timeout", "1", "--via", via[2], "ping");
	CU_ASSERT(daemon_says(&daemon, "Does it speak raw?", 10000));
	CU_ASSERT(daemon_says(&daemon, "another protocol, as rpc or HTTP", 10000));
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Whoever drops datagrams that make no sense does not say so. */
static void test_silence(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char via[2][64], said[2][256];

	CHECK_INT(bind(fd, (struct sockaddr *)&address, length), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	for (int i = 0; i < 2; i++)
		snprintf(via[i], sizeof(via[i]), "%s+udp://127.0.0.1:%d", i ? "raw" : "rpc",
			 ntohs(address.sin_port));
	for (int i = 0; i < 2; i++) {
		snprintf(said[i], sizeof(said[i]),
			 "timed out after 0.1 s. The call may have been executed. The server said "
			 "nothing at all: if it speaks %.3s, use --via %s\n",
			 via[!i], via[!i]);
		CHECK_SIDECALL(75, said[i], "--timeout", "0.1", "--via", via[i], "ping");
	}
	close(fd);
}

/* Whoever only asks whether the program is there does not care for its version. */
static void test_any_version(void)
{
	static const char *const versions[] = { "1", "2" };

	for (size_t i = 0; i < LENGTH(versions); i++) {
		const char *const options[] = { "--calc-version", versions[i], "--listen",
						"rpc+unix", NULL };
		struct daemon daemon;

		CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
		CHECK_SIDECALL(0, "", "--via", "rpc+unix", "ping");
		CHECK_SIDECALL(0, "", "--via", "rpc+unix", "null");
		CHECK_INT(daemon_stop(&daemon), 0);
	}
}

static void test_files(void)
{
	static const char *const options[] = { "--listen", "rpc+unix", NULL };
	struct daemon daemon;
	int root;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	root = open(daemon.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(openat(root, "plain", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	CHECK_INT(mkfifoat(root, "fifo", 0600), 0);
	close(root);
	CHECK_SIDECALL(1, "readlink: plain: not a symbolic link", "readlink", "plain");
	CHECK_SIDECALL(1, "digest: fifo: not a regular file", "digest", "fifo");
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Every fuzzer would end at once, with a riddle. */
static void test_fuzz_without_proc(void)
{
	static const char script[] =
		"own=\"unshare -m\"; [ $(id -u) = 0 ] || own=\"unshare -r -m\"\n"
		"$own mount -t tmpfs none /proc || exit 77\n"
		"exec $own sh -c 'mount -t tmpfs none /proc && exec fuzz/run --ready'\n";
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	struct outcome outcome = process_run(argv, NULL);

	if (outcome.status == 77) {
		harness_skip("not permitted to mount");
	} else {
		CHECK_INT(outcome.status, 69);
		CHECK_THAT(strncmp(outcome.error, "There is no /proc, ", 19) == 0, "%s",
			   outcome.error);
	}
	outcome_release(&outcome);
}

/* ---- with --json ---- */

/* The lines of standard output, as one array; NULL where one is none. */
static json_t *run_json(const char *const words[], const char *input, int code)
{
	struct outcome outcome = process_run(words, input);
	json_t *lines = json_array();

	CHECK_THAT(outcome.status == code, "%d is %d: %s%s", outcome.status, code, outcome.out,
		   outcome.error);
	for (char *line = outcome.out, *end; (end = strchr(line, '\n')); line = end + 1)
		json_array_append_new(lines, json_loadb(line, (size_t)(end - line), 0, NULL));
	outcome_release(&outcome);
	return lines;
}

/* That it has all these members: text in JSON. */
static void check_members(const json_t *object, const char *members)
{
	json_t *expected = json_loads(members, 0, NULL);
	char *text = json_dumps(object, JSON_ENCODE_ANY);
	const char *key;
	json_t *value;

	json_object_foreach (expected, key, value)
		CHECK_THAT(json_equal(json_object_get(object, key), value), "%s has %s", text,
			   members);
	free(text);
	json_decref(expected);
}

static void test_json_failures(void)
{
	const char *const words[] = { program_path("sidecall"),
				      "--json",
				      "--via",
				      "rpc+unix:/nowhere/at/all",
				      "stat",
				      "file",
				      NULL };
	json_t *lines = run_json(words, NULL, 69);

	CHECK_INT(json_array_size(lines), 1);
	check_members(json_array_get(lines, 0),
		      "{\"code\":69,\"endpoint\":\"rpc+unix:/nowhere/at/all\",\"operand\":\"file\","
		      "\"error\":\"cannot connect to the socket /nowhere/at/all: No such file or "
		      "directory\"}");
	json_decref(lines);
}

/* Also of commands that fail without a call, or ask several endpoints. */
static void test_json_without_call(void)
{
	static const struct {
		const char *words[4];
		int code;
		const char *members;
	} cases[] = {
		{ { "decode", "/dev/null" },
		  64,
		  "{\"code\":64,\"error\":\"what it prints is text: there is no JSON of it\"}" },
		{ { "compare", "--from", "/nowhere/at/all" },
		  71,
		  "{\"code\":71,\"error\":\"cannot read /nowhere/at/all: No such file or "
		  "directory\"}" },
		{ { "compare", "--report", "/nowhere/at/all" }, 73, "{\"code\":73}" },
		{ { "compare", "--against", "/nowhere/at/all" }, 71, "{\"code\":71}" },
		{ { "compare", "--root", "/nowhere/at/all" }, 71, "{\"code\":71}" },
		{ { "compare", "rpc+unix:/nowhere/at/all" },
		  69,
		  "{\"code\":69,\"endpoint\":\"rpc+unix:/nowhere/at/all\"}" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *words[8] = { program_path("sidecall"), "--json" };
		json_t *lines;

		memcpy(words + 2, cases[i].words, sizeof(cases[i].words));
		lines = run_json(words, NULL, cases[i].code);
		CHECK_INT(json_array_size(lines), 1);
		check_members(json_array_get(lines, 0), cases[i].members);
		json_decref(lines);
	}
}

static void test_json_lines(void)
{
	static const char *const options[] = { "--listen", "rpc+unix", NULL };
	const char *words[] = { NULL, "--json", "--via", "rpc+unix", "batch", NULL };
	static const char *const expected[] = {
		"{\"line\":1,\"status\":\"OK\",\"value\":3}",
		"{\"line\":4,\"status\":\"DIVIDE_BY_ZERO\"}",
		"{\"line\":5,\"status\":\"NOENT\",\"path\":\"nothing\"}",
	};
	struct daemon daemon;
	json_t *lines, *line;
	size_t i, found = 0;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	words[0] = program_path("sidecall");
	lines = run_json(words, "add 1 2\n# a comment\nadd 1\ndivide 1 0\nstat nothing\n", 64);
	CHECK_INT(json_array_size(lines), 4);
	json_array_foreach (lines, i, line)
		if (json_object_get(line, "error"))
			check_members(line, "{\"line\":3,\"code\":64}");
		else
			check_members(line, expected[found++ % LENGTH(expected)]);
	CHECK_INT(found, 3);
	json_decref(lines);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Every time and every number of bytes has its unit in its name. */
static void test_json_units(void)
{
	static const char *const options[] = { "--listen", "rpc+unix", NULL };
	const char *words[] = { NULL, "--json", "--via", "rpc+unix", "ping", NULL };
	struct daemon daemon;
	json_t *lines;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	words[0] = program_path("sidecall");
	lines = run_json(words, NULL, 0);
	check_members(json_array_get(lines, 0), "{\"sent_bytes\":44,\"received_bytes\":28}");
	CU_ASSERT(json_is_integer(json_object_get(json_array_get(lines, 0), "time_ns")));
	CHECK_INT(json_object_size(json_array_get(lines, 0)), 4);
	json_decref(lines);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_port_taken(void)
{
	static const char *const options[] = { "--listen", "raw+tcp://127.0.0.1:0", NULL };
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	CHECK_SIDECALLD(69, "or 0 for any that is free", "--no-rpcbind", "--listen",
			daemon.endpoints[0]);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* A report is no device, and where it is a link the link stays. */
static void test_report(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", link[64], file[64];
	struct stat st;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(link, sizeof(link), "%s/link", directory);
	snprintf(file, sizeof(file), "%s/file", directory);
	close(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	CHECK_INT(symlink("file", link), 0);
	CHECK_SIDECALL(73, "it is a device or the like", "compare", "--only", "code", "--report",
		       "/dev/full");
	CHECK_SIDECALL(0, "the report is", "compare", "--from", "tests/whole.json", "--report",
		       link);
	CHECK_INT(lstat(link, &st), 0);
	CU_ASSERT(S_ISLNK(st.st_mode));
	CHECK_INT(lstat(file, &st), 0);
	CU_ASSERT(S_ISREG(st.st_mode) && st.st_size > 0);
	remove_tree(directory);
}

int main(void)
{
	static const struct test tests[] = {
		{ "nobody is there", test_nobody_there },
		{ "no runtime directory", test_no_directory },
		{ "the other protocol", test_other_protocol },
		{ "a server that says nothing", test_silence },
		{ "ping in any version", test_any_version },
		{ "the wrong kind of file", test_files },
		{ "fuzzing without /proc", test_fuzz_without_proc },
		{ "failures as JSON", test_json_failures },
		{ "failures without a call, as JSON", test_json_without_call },
		{ "lines of a batch in JSON", test_json_lines },
		{ "units in JSON", test_json_units },
		{ "a port that is taken", test_port_taken },
		{ "where the report goes", test_report },
		{ NULL, NULL },
	};

	return harness_run("messages", tests);
}
