/* sidecall compare as a program: what it prints, writes and leaves behind, however it ends. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/text.h"
#include "tests/kit/harness.h"
#include "tests/kit/markup.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define NASTY           "<script>&\"'<b>.txt"
#define NO_RUN          "--from", "old.json"
#define COMPARISON_TIME 300 /* seconds: ten times what a busy machine takes */

/* A directory to work in, which is also where the servers' is made; and our working directory. */
static char work[64];

static void path_in(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", work, name);
}

static void begin(void)
{
	char path[128];

	snprintf(work, sizeof(work), "/tmp/sidecall-test-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(work));
	path_in("tmp", path);
	mkdir(path, 0700);
	setenv("TMPDIR", path, 1);
	CHECK_INT(chdir(work), 0);
}

/* Nothing may be left where the servers were. */
static void end(void)
{
	char path[128];

	path_in("tmp", path);
	CHECK_INT(observe_files(path), 0);
	CHECK_INT(chdir("/"), 0);
	remove_tree(work);
}

static void put(const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(name, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
	fclose(file);
	chmod(name, mode);
}

/* A whole file, to be freed; NULL when there is none. */
static char *get(const char *name)
{
	FILE *file = fopen(name, "r");
	char *text = NULL;
	size_t size = 0;

	if (!file)
		return NULL;
	if (getdelim(&text, &size, '\0', file) < 0)
		text[0] = '\0';
	fclose(file);
	return text;
}

#define MAX_WORDS 12

/* "sidecall compare WORDS", where the words end with NULL. */
static struct outcome compare(const char *const words[])
{
	const char *argv[MAX_WORDS + 3] = { program_path("sidecall"), "compare" };

	for (int i = 0; words[i] && i < MAX_WORDS; i++)
		argv[i + 2] = words[i];
	return process_run(argv, NULL);
}

#define COMPARE(...) compare((const char *const[]){ __VA_ARGS__, NULL })

/* ---- a run ---- */

/* Without a terminal nothing moves: no progress, no control characters. */
static void check_plain(const char *text)
{
	CU_ASSERT_PTR_NULL(strpbrk(text, "\r\033"));
}

static void test_run_into_a_pipe(void)
{
	struct outcome outcome;
	char *report;

	begin();
	mkdir("it's root", 0700);
	put("it's root/" NASTY, "some text", 0600);
	outcome = COMPARE("--only", "bytes", "--root", "it's root", "--report", "report.html");
	CHECK_INT(outcome.status, 0);
	check_plain(outcome.out);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "digest " NASTY));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "\nRepeat it: sidecall compare --only bytes "
						   "--root 'it'\\''s root'\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "Verdict"));
	CHECK_STR(outcome.error, "sidecall: the report is report.html\n");
	report = get("report.html");
	CU_ASSERT_PTR_NOT_NULL_FATAL(report);
	CU_ASSERT_PTR_NULL(strstr(report, "<script>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(report, "digest &lt;script&gt;&amp;&quot;'&lt;b&gt;"));
	CHECK_INT(observe_files("."), 3); /* root, tmp, and the report, whole */
	free(report);
	outcome_release(&outcome);
	end();
}

/* Named endpoints, in a table whose columns stand below each other whatever a file is called. */
static void test_columns(void)
{
	static const char *const called[] = { "ä", "öööööööööööööööööööööööööööööö" };
	struct outcome outcome;

	begin();
	for (size_t i = 0; i < 2; i++) {
		put(called[i], "some text", 0600);
		outcome = COMPARE("raw+pipe");
		CHECK_INT(outcome.status, 0);
		for (char *line = strtok(outcome.out, "\n"); line; line = strtok(NULL, "\n")) {
			char *plus = strstr(line, " + ");

			if (!plus)
				continue;
			*plus = '\0';
			harness_check_int(__FILE__, __LINE__, line, text_width(line), 62);
		}
		outcome_release(&outcome);
		unlink(called[i]);
	}
	end();
}

/* All endpoints are asked for a page of the same size, though streams carry larger ones. */
static void test_large_directory(void)
{
	struct outcome outcome;
	char name[32];

	begin();
	mkdir("root", 0700);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "root/file-number-%d", i);
		put(name, "", 0600);
	}
	outcome = COMPARE("--only", "bytes", "--root", "root");
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	outcome_release(&outcome);
	end();
}

/* The same document again: as it was printed, and as it is shown later. */
static void test_documents_are_kept(void)
{
	struct outcome made, shown, again;
	json_t *document;

	begin();
	made = COMPARE("--json", "--only", "bytes");
	CHECK_INT(made.status, 0);
	check_plain(made.out);
	put("old.json", made.out, 0600);
	document = json_loads(made.out, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL(document);
	CU_ASSERT_TRUE(json_is_string(json_object_get(document, "date")));
	CHECK_INT(json_array_size(json_object_get(json_object_get(document, "bytes"), "endpoints")),
		  15);
	json_decref(document);
	again = COMPARE("--json", NO_RUN);
	CHECK_STR(again.out, made.out);
	shown = COMPARE(NO_RUN);
	CHECK_INT(shown.status, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(shown.out, "Bytes"));
	outcome_release(&made);
	outcome_release(&shown);
	outcome_release(&again);
	end();
}

/* ---- bytes ---- */

static json_int_t bytes_of(const json_t *took, const char *key)
{
	const json_t *value = json_object_get(took, key);

	CU_ASSERT_TRUE(json_is_integer(value));
	return json_integer_value(value);
}

/* What one call took at one endpoint: the layers, and both directions, make up all of it. */
static void check_sum(const json_t *took)
{
	json_int_t payload = bytes_of(took, "payload_bytes"),
		   protocol = bytes_of(took, "protocol_bytes"),
		   framing = bytes_of(took, "framing_bytes"), all = bytes_of(took, "all_bytes");

	CU_ASSERT(payload >= 0 && protocol > 0 && framing >= 0);
	CHECK_INT(payload + protocol + framing, all);
	CHECK_INT(bytes_of(took, "sent_bytes") + bytes_of(took, "received_bytes"), all);
}

/* "divide 84 2": two doubles, then a status and a double, behind headers of 40 and 24 bytes by rpc
 * (RFC 5531) and 8 and 8 by raw messages (docs/protocol.md); docs/shm.md has the ring's words. */
static const struct {
	const char *endpoint;
	int payload, protocol, framing;
} divides[] = {
	{ "rpc+tcp", 28, 64, 8 },   { "rpc+udp", 28, 64, 0 },   { "rpc+unix", 28, 64, 8 },
	{ "rpc+fifo", 28, 64, 8 },  { "rpc+shm", 28, 64, 8 },   { "rpc+pipe", 28, 64, 8 },
	{ "raw+tcp", 26, 16, 8 },   { "raw+udp", 26, 16, 0 },   { "raw+unix", 26, 16, 8 },
	{ "raw+fifo", 26, 16, 8 },  { "raw+shm", 26, 16, 10 },  { "raw+pipe", 26, 16, 8 },
	{ "tirpc+tcp", 28, 64, 8 }, { "tirpc+udp", 28, 64, 0 }, { "tirpc+unix", 28, 64, 8 },
};

static void check_divide(const json_t *endpoints)
{
	for (size_t i = 0; i < sizeof(divides) / sizeof(divides[0]); i++) {
		const json_t *took = json_object_get(endpoints, divides[i].endpoint);

		CHECK_INT(bytes_of(took, "payload_bytes"), divides[i].payload);
		CHECK_INT(bytes_of(took, "protocol_bytes"), divides[i].protocol);
		CHECK_INT(bytes_of(took, "framing_bytes"), divides[i].framing);
	}
}

/* libtirpc's own ends say what ours say by rpc. */
static void check_as_rpc(const json_t *endpoints, const char *name)
{
	const char *rpc = strncmp(name, "tirpc", 5) == 0 ? name + 2 : name; /* "rpc+tcp" */

	if (strncmp(name, "raw", 3) != 0)
		CU_ASSERT_TRUE(json_equal(json_object_get(endpoints, name),
					  json_object_get(endpoints, rpc)));
}

/* Runs the bytes part, and looks at each figure. */
static void check_bytes(void)
{
	struct outcome outcome = COMPARE("--json", "--only", "bytes");
	json_t *document = json_loads(outcome.out, 0, NULL);
	const json_t *calls, *call, *took;
	const char *name;
	size_t i;

	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	calls = json_object_get(json_object_get(document, "bytes"), "calls");
	CHECK_INT(json_array_size(calls), 15);
	json_array_foreach (calls, i, call) {
		json_t *endpoints = json_object_get(call, "endpoints");

		CHECK_INT(json_object_size(endpoints), 15);
		json_object_foreach (endpoints, name, took) {
			check_sum(took);
			check_as_rpc(endpoints, name);
		}
		if (strcmp(json_string_value(json_object_get(call, "call")), "divide 84 2") == 0)
			check_divide(endpoints);
	}
	json_decref(document);
	outcome_release(&outcome);
}

static void test_bytes_add_up(void)
{
	begin();
	check_bytes();
	end();
}

static const char before[] = "{\"sidecall\":\"1\",\"date\":\"D\",\"time\":{\"rows\":[{\"endpoint\":"
			     "\"e\",\"p50_ns\":100,\"p50_ns_low\":90,\"p50_ns_high\":110}]}}",
		  worse[] = "{\"sidecall\":\"1\",\"time\":{\"rows\":[{\"endpoint\":"
			    "\"e\",\"p50_ns\":300,\"p50_ns_low\":290,\"p50_ns_high\":310}]}}";

static void test_against(void)
{
	struct outcome outcome;

	begin();
	put("old.json", before, 0600);
	put("new.json", worse, 0600);
	outcome = COMPARE("--from", "new.json", "--against", "old.json");
	CHECK_INT(outcome.status, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "0 figures better, 1 worse, 0 the same"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "time rows e: p50_ns  100  300  worse"));
	outcome_release(&outcome);
	outcome = COMPARE("--from", "old.json", "--against", "new.json", "--report", "r.html");
	CHECK_INT(outcome.status, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "1 figures better, 0 worse, 0 the same"));
	outcome_release(&outcome);
	outcome = COMPARE("--from", "old.json", "--against", "old.json");
	CHECK_INT(outcome.status, 0);
	outcome_release(&outcome);
	end();
}

/* ---- what is refused ---- */

static void test_exit_codes(void)
{
	static const struct {
		const char *words[MAX_WORDS];
		int status;
		const char *error;
	} cases[] = {
		{ { "--fast" },
		  64,
		  "--fast is no option; there are --quick, --only, --root, --report, "
		  "--from, --against and --json." },
		{ { "--from" }, 64, "--from needs a value" },
		{ { "--report", "-" }, 64, "--report takes the name of a file" },
		{ { "--json=yes" }, 64, "--json=yes: it takes no value" },
		{ { "--only", "bites" }, 64, "there is no part \"bites\"" },
		{ { "--only", "" }, 64, "there is no part" },
		{ { "--quick", "rpc+pipe" }, 64, "without options" },
		{ { "--quick", "code" }, 64, "parts are named by --only PART" },
		{ { "--quick", NO_RUN }, 64, "nothing is run" },
		{ { NO_RUN, "--report", "no/report.html" }, 73, "No such file" },
		{ { NO_RUN, "--report", "fifo" }, 73, "cannot write fifo" },
		{ { NO_RUN, "--report", "tmp" }, 73, "Is a directory" },
		{ { NO_RUN, "--report", "tmp/" }, 73, "Is a directory" },
		{ { "--from", "none.json" }, 71, "No such file" },
		{ { "--from", "text" }, 65, "no comparison" },
		{ { "--from", "empty.json" }, 65, "says nothing of sidecall" },
		{ { "--from", "wrong.json" }, 65, "time latency is no list of objects" },
		{ { NO_RUN, "--against", "text" }, 65, "no comparison" },
		{ { NO_RUN, "--against", "wrong.json" }, 65, "time latency is no list" },
		{ { NO_RUN, "--against", "other.json" }, 65, "no figure in common" },
		{ { "--root", "none", "--only", "bytes" }, 71, "cannot serve none: No such file" },
		{ { "--root", "text" }, 71, "cannot serve text: Not a directory\n" },
	};

	begin();
	put("old.json", before, 0600);
	put("text", "text", 0600);
	put("empty.json", "{}", 0600);
	put("other.json", "{\"sidecall\":\"1\",\"bytes\":{}}", 0600);
	put("wrong.json", "{\"sidecall\":\"1\",\"time\":{\"latency\":\"fast\"}}", 0600);
	mkfifo("fifo", 0600);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome outcome = compare(cases[i].words);

		CHECK_INT(outcome.status, cases[i].status);
		CHECK_STR(outcome.out, "");
		if (!strstr(outcome.error, cases[i].error))
			CHECK_STR(outcome.error, cases[i].error);
		outcome_release(&outcome);
	}
	CHECK_INT(observe_files("."), 7);
	end();
}

/* ---- broken runs ---- */

/* Has our servers begin with a script, which says its process and then does something. */
static void interpose(const char *script)
{
	char text[1024];

	snprintf(text, sizeof(text), "#!/bin/sh\necho $$ >>%s/pids\n%s\nexec '%s' \"$@\"\n", work,
		 script, getenv("REAL_SIDECALLD"));
	put("sidecalld", text, 0700);
	setenv("SIDECALLD", "./sidecalld", 1);
}

/* All that said so are gone; how many there were. */
static int check_gone(void)
{
	FILE *file = fopen("pids", "r");
	int pid, count = 0;

	for (; file && fscanf(file, "%d", &pid) == 1; count++)
		CU_ASSERT_FALSE(observe_is_there(pid));
	if (file)
		fclose(file);
	setenv("SIDECALLD", getenv("REAL_SIDECALLD"), 1);
	return count;
}

/* A run that breaks off prints no number and leaves nothing. */
static void check_broken(const char *script, int status, const char *error, int servers)
{
	struct outcome outcome;

	begin();
	interpose(script);
	outcome = COMPARE("--only", "bytes", "--report", "report.html");
	CHECK_INT(outcome.status, status);
	CHECK_STR(outcome.out, "");
	if (!strstr(outcome.error, error))
		CHECK_STR(outcome.error, error);
	CU_ASSERT_PTR_NULL(strstr(outcome.error, "Put it beside")); /* it was found */
	CHECK_INT(check_gone(), servers);
	CHECK_INT(observe_files("."), 3); /* the script, its list, and tmp */
	outcome_release(&outcome);
	end();
}

/* The server of the first pipe is started by a process of the part's, whose parent is sidecall; and
 * it never answers. */
#define END_AND_STAY(signal)                                                                       \
	"[ $1 != --stdio ] || { kill -" signal                                                     \
	" $(cut -d ' ' -f 4 /proc/$PPID/stat); kill -STOP $$; }"

static void test_interrupted(void)
{
	/* while the first server starts, and in the middle of a part */
	check_broken("kill -TERM $PPID", 128 + SIGTERM, "interrupted", 2);
	check_broken(END_AND_STAY("INT"), 128 + SIGINT, "interrupted", 3);
	check_broken(END_AND_STAY("QUIT"), 128 + SIGQUIT, "interrupted", 3);
}

/* Told to end while it waits for an answer that never comes, it does not wait for the deadline,
 * which is as long as the test may last. */
static void test_ends_at_once(void)
{
	const char *argv[] = {
		program_path("sidecall"), "--timeout", "1000", "compare", "--only", "bytes", NULL
	};
	struct outcome outcome;

	begin();
	interpose(END_AND_STAY("TERM"));
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, 128 + SIGTERM);
	CHECK_INT(check_gone(), 3);
	outcome_release(&outcome);
	end();
}

/* Runs the bytes part with these limits on descriptors, the soft and the hard one. */
static struct outcome compare_within(int soft, int hard)
{
	char words[512];
	const char *argv[] = { "/bin/sh", "-c", words, NULL };

	snprintf(words, sizeof(words), "ulimit -Sn %d; ulimit -Hn %d; exec %s compare --only bytes",
		 soft, hard, program_path("sidecall"));
	return process_run(argv, NULL);
}

static void test_descriptors(void)
{
	struct outcome outcome;

	begin();
	outcome = compare_within(64, 64);
	CHECK_INT(outcome.status, 71);
	CHECK_STR(outcome.out, "");
	CHECK_STR(outcome.error,
		  "sidecall: compare: a process may have 64 descriptors open, and the servers need "
		  "256. Raise the limit: ulimit -n 256, as root where it is the hard one\n");
	outcome_release(&outcome);
	outcome = compare_within(64, 1024); /* the soft one is ours to raise */
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, ""); /* no server of a pipe speaks of connections, either */
	outcome_release(&outcome);
	end();
}

/* What could not be shown is not measured first. */
static void test_no_output(void)
{
	char words[512];
	const char *argv[] = { "/bin/sh", "-c", words, NULL };
	struct outcome outcome;

	snprintf(words, sizeof(words), "TMPDIR=/none exec %s compare >&-",
		 program_path("sidecall"));
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, 73);
	CHECK_STR(outcome.error, "sidecall: compare: there is no standard output to write to\n");
	outcome_release(&outcome);
}

static void test_no_directory(void)
{
	char words[512];
	const char *argv[] = { "/bin/sh", "-c", words, NULL };
	struct outcome outcome;

	snprintf(words, sizeof(words), "TMPDIR=/none exec %s compare", program_path("sidecall"));
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, 71);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "/none/sidecall-compare-"));
	outcome_release(&outcome);
}

static void test_no_server(void)
{
	char words[512];
	const char *argv[] = { "/bin/sh", "-c", words, NULL };
	struct outcome outcome;

	snprintf(words, sizeof(words), "TMPDIR=/tmp SIDECALLD=/none exec %s compare",
		 program_path("sidecall"));
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, 71);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "cannot run sidecalld: No such file"));
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "Put it beside sidecall"));
	outcome_release(&outcome);
}

static void test_broken_servers(void)
{
	check_broken("echo trouble >&2; exit 1", 71, "cannot start sidecalld: trouble", 1);
	check_broken("case \"$*\" in *--stock*) exit 1;; esac", 71, "cannot start sidecalld", 2);
	/* a server that gives another answer: it serves another root */
	check_broken("[ $1 != --stdio ] || cd /", 2, "answers differ", 4);
}

/* ---- without /proc ---- */

/* From the directory of the program, by a relative path, and with nothing else saying where. */
static const char bare[] =
	"own=\"unshare -m\"; [ $(id -u) = 0 ] || own=\"unshare -r -m\"\n"
	"$own mount -t tmpfs none /proc || exit 77\n"
	"unset SIDECALLD; cd \"$BUILD\"\n"
	"exec $own sh -c 'mount -t tmpfs none /proc && exec ./sidecall \"$@\"' sh "
	"--json compare --quick --only bytes,time\n";

/* What is pinned is pinned by the servers' own numbers; what cannot be counted is missing. */
static void test_without_proc(void)
{
	const char *argv[] = { "/bin/sh", "-c", bare, NULL };
	struct outcome outcome;
	json_t *document, *time;

	if (HARNESS_SLOWNESS > 1) {
		harness_skip("a sanitizer needs /proc");
		return;
	}
	begin();
	outcome = process_run_within(argv, NULL, COMPARISON_TIME);
	if (outcome.status == 77) {
		harness_skip("not permitted to mount");
	} else {
		CHECK_INT(outcome.status, 0);
		CHECK_STR(
			outcome.error,
			"sidecall: compare: there is no /proc, so system calls are not counted. As "
			"root: mount -t proc proc /proc\n");
		document = json_loads(outcome.out, 0, NULL);
		time = json_object_get(document, "time");
		CU_ASSERT_TRUE(json_array_size(json_object_get(time, "latency")) > 15);
		CU_ASSERT_PTR_NULL(json_object_get(time, "system_calls"));
		CU_ASSERT_PTR_NOT_NULL(json_object_get(document, "bytes"));
		json_decref(document);
	}
	outcome_release(&outcome);
	end();
}

/* ---- on a terminal ---- */

/* All that is written to a terminal until nobody has it open. */
static size_t read_terminal(int terminal, char *text, size_t size)
{
	struct pollfd waiting = { .fd = terminal, .events = POLLIN };
	size_t length = 0;
	ssize_t n;

	while (length < size - 1 && poll(&waiting, 1, PROCESS_TIME * 1000) > 0 &&
	       (n = read(terminal, text + length, size - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	return length;
}

/* A quick comparison on a terminal of its own, but for one descriptor, which leads to this file.
 * What it writes to the terminal; false, with the test skipped, where there is none to be had. */
static bool compare_on_terminal(int elsewhere, const char *file, char *text, size_t size)
{
	char program[512];
	int terminal, status;
	pid_t pid;

	snprintf(program, sizeof(program), "%s", program_path("sidecall"));
	pid = forkpty(&terminal, NULL, NULL, NULL);
	if (pid < 0) {
		harness_skip("there is no terminal to be had here");
		return false;
	}
	if (pid == 0) {
		dup2(open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600), elsewhere);
		execl(program, program, "compare", "--only", "bytes", NULL);
		_exit(127);
	}
	read_terminal(terminal, text, size);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	close(terminal);
	return true;
}

#define PROGRESS "\r\033[K"

/* It is shown where standard error is a terminal, and nowhere else: not where only the output is
 * one, and not in a file. */
static void test_progress_on_a_terminal(void)
{
	char text[65536], *file;

	begin();
	if (compare_on_terminal(STDOUT_FILENO, "out", text, sizeof(text))) {
		file = get("out");
		CU_ASSERT_PTR_NOT_NULL(strstr(text, PROGRESS "bytes: divide"));
		CU_ASSERT(strlen(text) > 4 && strcmp(text + strlen(text) - 4, PROGRESS) == 0);
		check_plain(file);
		free(file);
		compare_on_terminal(STDERR_FILENO, "errors", text, sizeof(text));
		file = get("errors");
		CU_ASSERT_PTR_NULL(strstr(text, PROGRESS));
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "divide"));
		CHECK_STR(file, "");
		free(file);
	}
	end();
}

static const struct test tests[] = {
	{ "a run into a pipe", test_run_into_a_pipe },
	{ "columns of named endpoints", test_columns },
	{ "a large directory", test_large_directory },
	{ "documents are kept", test_documents_are_kept },
	{ "bytes add up", test_bytes_add_up },
	{ "against an earlier one", test_against },
	{ "exit codes", test_exit_codes },
	{ "interrupted, it leaves nothing", test_interrupted },
	{ "interrupted, it ends at once", test_ends_at_once },
	{ "a broken run prints no number", test_broken_servers },
	{ "no output", test_no_output },
	{ "no place for a directory", test_no_directory },
	{ "no server to be found", test_no_server },
	{ "few descriptors", test_descriptors },
	{ "without /proc", test_without_proc },
	{ "progress on a terminal alone", test_progress_on_a_terminal },
	{ 0 },
};

/* The tests change directory: what is found from the first one has to be found from all. */
static void keep_places(void)
{
	char *build = realpath(program_path("."), NULL);

	setenv("BUILD", build ? build : "build", 1);
	setenv("SIDECALLD", program_path("sidecalld"), 1);
	setenv("REAL_SIDECALLD", program_path("sidecalld"), 1);
	free(build);
}

int main(void)
{
	const struct rlimit nothing = { 0 };

	setrlimit(RLIMIT_CORE, &nothing); /* SIGQUIT would leave one */
	keep_places();
	return harness_run("compare", tests);
}
