/* sidecalld takes its rights from itself: what whoever took it over could do. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fork.h"
#include "programs/sidecalld/seccomp.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define PATIENCE (HARNESS_PATIENCE * 1000) /* milliseconds */
#define WORKERS  3
#define LENGTH   128 /* bytes of a path */

/* What the kernel and the build have. */
static bool has_landlock, has_seccomp;

static void find_out(void)
{
	pid_t pid = fork_tied();

	if (pid == 0)
		_exit(seccomp_confine() > 0);
	has_seccomp = call_wait(pid) == 1;
	has_landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0; /* its version */
}

/* ---- what it says ---- */

static void check_log(struct daemon *daemon)
{
	CU_ASSERT(daemon_says(daemon, "confined: it ", PATIENCE));
	CU_ASSERT(daemon_says(daemon,
			      has_landlock ? " alone (landlock " : "(this kernel has no landlock)",
			      PATIENCE));
	CU_ASSERT(daemon_says(daemon,
			      has_seccomp ? " system calls (seccomp)" : "(there is no seccomp)",
			      PATIENCE));
}

/* Who is given a pipe by its client has nothing to say to whoever sits before that. */
static void test_silence(void)
{
	const char *const words[] = { program_path("sidecalld"), "--stdio", "rpc", NULL };
	struct outcome outcome = process_run(words, NULL);

	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	outcome_release(&outcome);
}

/* ---- somebody in it ---- */

/* A file that is not served; a link that is, and leads to it; and where none is to be made. */
struct secret {
	char directory[32], root[LENGTH], file[LENGTH], link[LENGTH], made[LENGTH];
};

static void make_secret(struct secret *secret)
{
	strcpy(secret->directory, "/tmp/sidecall-test-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(secret->directory));
	snprintf(secret->root, LENGTH, "%s/root", secret->directory);
	snprintf(secret->file, LENGTH, "%s/secret", secret->directory);
	snprintf(secret->link, LENGTH, "%s/root/link", secret->directory);
	snprintf(secret->made, LENGTH, "%s/root/made", secret->directory);
	CHECK_INT(mkdir(secret->root, 0700), 0);
	close(open(secret->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	CHECK_INT(symlink(secret->file, secret->link), 0);
}

/* Starts a daemon that somebody has taken over: it does what tests/confine/breakout.c says. */
static bool start_taken(struct daemon *daemon, const struct secret *secret, const char *option)
{
	const char *const options[] = { "--listen",  "rpc+tcp://127.0.0.1:0",
					"--listen",  "rpc+fifo",
					"--workers", "3",
					option,      NULL };
	bool started;

	setenv("BREAKOUT_READ", secret->link, 1);
	setenv("BREAKOUT_WRITE", secret->made, 1);
	setenv("LD_PRELOAD", program_path("tests/confine/breakout.so"), 1);
	started = daemon_start(daemon, secret->root, options);
	unsetenv("LD_PRELOAD");
	return started;
}

/* In each worker: the errors of reading, writing, executing, binding, typing and forking. */
static void check_tries(struct daemon *daemon, const int errors[6])
{
	char line[120];

	snprintf(line, sizeof(line), "breakout: read %d write %d exec %d bind %d type %d fork %d\n",
		 errors[0], errors[1], errors[2], errors[3], errors[4], errors[5]);
	for (int i = 0; i < WORKERS; i++)
		CHECK_THAT(daemon_says(daemon, line, PATIENCE), "no %s: %s", line, daemon->said);
}

/* A filter does not see what is asked of socketcall(2), which some processors have: there landlock
 * refuses. */
#ifdef SYS_socketcall
#define SEES_BIND false
#else
#define SEES_BIND true
#endif

static void test_breakout(void)
{
	struct daemon daemon;
	struct secret secret;

	if (HARNESS_SLOWNESS > 1) {
		harness_skip("a sanitizer's library has to be the first that is loaded");
		return;
	}
	make_secret(&secret);
	CU_ASSERT_FATAL(start_taken(&daemon, &secret, NULL));
	check_log(&daemon);
	check_tries(&daemon,
		    (const int[6]){ has_landlock ? EACCES : 0, has_landlock ? EACCES : 0,
				    has_seccomp ? EPERM : ENOENT,
				    has_seccomp && SEES_BIND ? EPERM
				    : has_landlock           ? EACCES
							     : 0,
				    has_seccomp ? ENOSYS : ENOTTY, has_seccomp ? ENOSYS : 0 });
	CHECK_INT(daemon_stop(&daemon), 0);
	unlink(secret.made);
	/* And what they are worth that try it. */
	CU_ASSERT_FATAL(start_taken(&daemon, &secret, "--no-confine"));
	check_tries(&daemon, (const int[6]){ 0, 0, ENOENT, 0, ENOTTY, 0 });
	CHECK_INT(daemon_stop(&daemon), 0);
	remove_tree(secret.directory);
	if (!has_landlock || !has_seccomp)
		harness_skip(has_landlock ? "libseccomp-dev was not there when this was built"
					  : "this kernel has no landlock");
}

/* ---- all threads ---- */

/* A line of a thread's status (proc_pid_status(5)); -1: none. */
static int status_of(const struct daemon *daemon, const char *thread, const char *name)
{
	char path[300], line[256];
	int value = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%.20s/status", (int)daemon->pid, thread);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			value = atoi(line + strlen(name));
	if (file)
		fclose(file);
	return value;
}

static unsigned int check_threads(const struct daemon *daemon, int privileges, int filter)
{
	char path[32];
	struct dirent *entry;
	unsigned int count = 0;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)daemon->pid);
	directory = opendir(path);
	CU_ASSERT_PTR_NOT_NULL_FATAL(directory);
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.') {
			CHECK_INT(status_of(daemon, entry->d_name, "NoNewPrivs:"), privileges);
			CHECK_INT(status_of(daemon, entry->d_name, "Seccomp:"), filter);
			count++;
		}
	closedir(directory);
	return count;
}

/* Workers, the log's writer, and what pools start when there is a call for them. */
static void test_threads(void)
{
	static const char *const options[] = { "--workers", "3", NULL };
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, options));
	check_log(&daemon);
	call_lists(&daemon, HARNESS_PATIENCE * SECOND);
	CU_ASSERT(check_threads(&daemon, 1, has_seccomp ? 2 : 0) > WORKERS);
	CHECK_INT(daemon_stop(&daemon), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "what a worker that was taken over can do", test_breakout },
		{ "every thread", test_threads },
		{ "nothing is said of it on a pipe", test_silence },
		{ 0 },
	};

	if (!program_use_built())
		return 1;
	find_out();
	return harness_run("confine", tests);
}
