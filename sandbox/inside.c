/* The first process within a sandbox, which all others there are started by, and end with. */
#include "sandbox/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/clock.h"
#include "client/sidecalld.h"
#include "common/duration.h"
#include "common/fork.h"
#include "common/held_signals.h"
#include "sandbox/namespaces.h"
#include "sandbox/rpcbind.h"

#define PATIENCE (20 * SECOND) /* for what is started to be there */

bool sandbox_is_typed(const siginfo_t *signal)
{
	return signal->si_code == SI_KERNEL;
}

void sandbox_signals(sigset_t *set)
{
	static const int more[] = { SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH, SIGCHLD };

	held_signals_set(set);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		sigaddset(set, more[i]);
}

/* ---- rpcbind ---- */

static bool has_ended(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == pid;
}

/* NULL, or why there is none. */
static const char *start_rpcbind(void)
{
	int64_t end = clock_now() + PATIENCE;
	pid_t pid;

	if (!sandbox_rpcbind())
		return "rpcbind is not installed: servers are found by their ports alone. Install "
		       "it: apt-get install rpcbind";
	pid = sandbox_rpcbind_start(NULL);
	while (pid > 0 && !held_signals_pending() && clock_now() < end) {
		if (has_ended(pid))
			return "rpcbind does not start: servers are found by their ports alone. Is "
			       "netbase installed?";
		if (sandbox_rpcbind_answers())
			return NULL;
		poll(NULL, 0, 5);
	}
	return "rpcbind does not answer: servers are found by their ports alone";
}

/* ---- sidecalld ---- */

static _Noreturn void become_daemon(bool has_rpcbind, int out)
{
	char path[PATH_MAX];
	const char *words[] = { sidecalld_program(path, sizeof(path)),
				has_rpcbind ? NULL : "--no-rpcbind", NULL };

	int log = open(SANDBOX_LOG, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	setsid(); /* what is typed is not for it */
	dup2(out, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execvp(words[0], (char *const *)words);
	fprintf(stderr, "sidecall: sandbox: %s: %s\n", words[0], strerror(errno));
	_exit(127);
}

/* Of one that does not start its log is all that there is to say. */
static void show_log(void)
{
	FILE *log = fopen(SANDBOX_LOG, "re");
	char line[512];

	while (log && fgets(line, sizeof(line), log))
		fputs(line, stderr);
	if (log)
		fclose(log);
}

/* Reads up to the line that says so.  False: it ended, or nobody wants to wait any longer. */
static bool await_ready(int out)
{
	static const char ready[] = "ready\n";
	int64_t end = clock_now() + PATIENCE;
	size_t matched = 0;
	char c;

	while (!held_signals_pending() && clock_now() < end) {
		struct pollfd more = { .fd = out, .events = POLLIN };

		if (poll(&more, 1, 50) <= 0)
			continue;
		if (read(out, &c, 1) <= 0)
			return false;
		matched = c == ready[matched] ? matched + 1 : c == ready[0];
		if (!ready[matched])
			return true;
	}
	return false;
}

static int start_daemon(bool has_rpcbind, const sigset_t *before, struct failure *failure)
{
	int out[2];
	pid_t pid;

	if (pipe(out) < 0)
		return failure_system(failure, errno, "sidecalld");
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, before, NULL);
		close(out[0]);
		become_daemon(has_rpcbind, out[1]);
	}
	close(out[1]);
	/* The pipe stays open: it may have more to say. */
	if (pid > 0 && await_ready(out[0]))
		return 0;
	show_log();
	return failure_set(failure, FAILURE_SYSTEM, SIDECALLD " does not start");
}

/* ---- the command ---- */

static _Noreturn void become_command(const struct sandbox *sandbox, const sigset_t *before)
{
	unsetenv("SIDECALL_VIA"); /* what it names is outside */
	setenv("SIDECALL_DIR", SANDBOX_DIRECTORY, 1);
	signal(SIGPIPE, sandbox->broken_pipe);
	sigprocmask(SIG_SETMASK, before, NULL);
	execvp(sandbox->command[0], sandbox->command);
	fprintf(stderr, "sidecall: sandbox: %s: %s\n", sandbox->command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Whoever lost his parent is our child, too.  Whether the command has ended. */
static bool reap(pid_t command, int *status)
{
	bool ended = false;
	int how;

	for (pid_t pid; (pid = waitpid(-1, &how, WNOHANG)) > 0;)
		if (pid == command) {
			*status = fork_status(how);
			ended = true;
		}
	return ended;
}

static int await_command(pid_t command)
{
	siginfo_t got;
	sigset_t set;
	int status = 0;

	sandbox_signals(&set);
	while (!reap(command, &status))
		if (sigwaitinfo(&set, &got) > 0 && got.si_signo != SIGCHLD &&
		    !sandbox_is_typed(&got))
			kill(command, got.si_signo);
	return status;
}

/* ---- all of it ---- */

/* The signal that came before there was a command to get it, which ends us in its place. */
static int take_pending(void)
{
	sigset_t ends;

	held_signals_set(&ends);
	return sigwaitinfo(&ends, NULL);
}

static int set_up(const struct sandbox *sandbox, const sigset_t *before, struct failure *failure)
{
	const char *without;
	int code = namespaces_mount(failure);

	if (code || sandbox->bare)
		return code;
	if (mkdir(SANDBOX_DIRECTORY, 0700) < 0)
		return failure_system(failure, errno, SANDBOX_DIRECTORY);
	setenv("SIDECALL_DIR", SANDBOX_DIRECTORY, 1);
	without = start_rpcbind();
	if (without && !held_signals_pending())
		sandbox->warn(without);
	return start_daemon(!without, before, failure);
}

void sandbox_inside(const struct sandbox *sandbox, const sigset_t *before, int report)
{
	struct failure failure = { 0 };
	int code = set_up(sandbox, before, &failure);
	pid_t command;

	if (held_signals_pending())
		_exit(128 + take_pending());
	if (code) {
		if (write(report, &failure, sizeof(failure)) < 0)
			code = FAILURE_SYSTEM;
		_exit(code);
	}
	close(report);
	command = fork();
	if (command == 0)
		become_command(sandbox, before);
	_exit(command < 0 ? FAILURE_SYSTEM : await_command(command));
}
