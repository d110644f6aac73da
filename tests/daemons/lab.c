/* A daemon that is started, found, watched and ended; all in namespaces that tests/daemons/place
 * made. */
#include <sys/resource.h>

#include "tests/daemons/lab.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/clock.h"
#include "common/duration.h"

#define STARTING (10 * SECOND) /* in which it has to register */
#define SETTLING SECOND        /* in which it may go into the background */
#define MOMENT   30            /* milliseconds, after which it has registered the rest, too */

/* ---- what is found out ---- */

void lab_fail(struct lab *lab, const char *format, ...)
{
	va_list arguments;

	if (lab->verdict == FAILED)
		return;
	lab->verdict = FAILED;
	va_start(arguments, format);
	vsnprintf(lab->detail, sizeof(lab->detail), format, arguments);
	va_end(arguments);
}

void lab_not_for(struct lab *lab, const char *why)
{
	lab->verdict = INAPPLICABLE;
	snprintf(lab->detail, sizeof(lab->detail), "%s", why);
}

void lab_note(struct lab *lab, const char *format, ...)
{
	size_t length = strlen(lab->detail);
	va_list arguments;

	if (lab->verdict == FAILED)
		return;
	if (length && length + 2 < sizeof(lab->detail)) {
		strcpy(lab->detail + length, "; ");
		length += 2;
	}
	va_start(arguments, format);
	vsnprintf(lab->detail + length, sizeof(lab->detail) - length, format, arguments);
	va_end(arguments);
}

/* ---- processes ---- */

static bool is_program(const char *pid, const char *path)
{
	char link[64], target[256];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/%.20s/exe", pid);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	return strcmp(target, path) == 0;
}

pid_t lab_find(const struct daemon *daemon)
{
	DIR *proc = opendir("/proc");
	pid_t first = 0;
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 0 && (!first || pid < first) && is_program(entry->d_name, daemon->path))
			first = pid;
	}
	if (proc)
		closedir(proc);
	return first;
}

/* Orphans become our children: see PR_SET_CHILD_SUBREAPER in start_command(). */
static void reap_children(struct lab *lab)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == lab->pid) {
			lab->status = status;
			lab->pid = 0;
		}
}

static bool is_there(struct lab *lab)
{
	reap_children(lab);
	return lab->pid && kill(lab->pid, 0) == 0;
}

bool lab_lives(struct lab *lab)
{
	if (is_there(lab))
		return true;
	if (WIFSIGNALED(lab->status))
		lab_fail(lab, "dies of signal %d (%s)", WTERMSIG(lab->status),
			 strsignal(WTERMSIG(lab->status)));
	else
		lab_fail(lab, "ends with status %d", WEXITSTATUS(lab->status));
	return false;
}

bool lab_ends(struct lab *lab, int milliseconds)
{
	for (int waited = 0; is_there(lab); waited += 10) {
		if (waited >= milliseconds)
			return false;
		poll(NULL, 0, 10);
	}
	return true;
}

void lab_kill(struct lab *lab)
{
	pid_t pid;

	while ((pid = lab_find(lab->daemon))) {
		kill(pid, SIGKILL);
		poll(NULL, 0, 5);
		reap_children(lab);
	}
}

static pid_t start_command(struct lab *lab)
{
	struct rlimit limit = { lab->descriptors, lab->descriptors };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC),
	    log = open("/run/lab.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	pid_t pid;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = fork();
	if (pid == 0) {
		dup2(null, 0);
		dup2(log, 1);
		dup2(log, 2);
		setsid();
		signal(SIGPIPE, SIG_DFL); /* it shall die of one, if it can */
		setrlimit(RLIMIT_NOFILE, &limit);
		execvp(lab->command[0], (char *const *)lab->command);
		_exit(127);
	}
	close(null);
	close(log);
	return pid;
}

/* One that goes into the background does so by the time that its first process has gone. */
static void find_daemon(struct lab *lab, pid_t started)
{
	int64_t end = clock_now() + SETTLING;

	while (waitpid(started, &lab->status, WNOHANG) == 0 && clock_now() < end)
		poll(NULL, 0, 5);
	lab->pid = lab_find(lab->daemon);
}

/* Whether it is registered, and answers, by as many ways as a moment before. */
static bool is_ready(struct lab *lab, unsigned int ways, unsigned int *before)
{
	struct ask asks[DAEMON_ASKS];
	unsigned int answering, again = *before;

	memcpy(asks, lab->daemon->asks, sizeof(asks));
	if (!lab_find(lab->daemon) || (lab->daemon->prepare && !lab->daemon->prepare(asks)) ||
	    !honest_join(&lab->honest, asks, ways))
		return false;
	answering = honest_probe(&lab->honest);
	*before = answering;
	return answering && answering == again;
}

bool lab_start(struct lab *lab, unsigned int ways)
{
	int64_t end = clock_now() + STARTING;
	pid_t started = start_command(lab);
	unsigned int answering = 0;
	bool ready = false;

	while (!ready && clock_now() < end) {
		ready = is_ready(lab, ways, &answering);
		poll(NULL, 0, ready ? 0 : MOMENT);
	}
	find_daemon(lab, started);
	if (!lab->pid)
		lab_fail(lab, "does not start: status %#x", (unsigned int)lab->status);
	else if (!ready)
		lab_fail(lab, "does not register, or does not answer");
	return lab->verdict != FAILED;
}

bool lab_serves(struct lab *lab, const char *when, int64_t duration)
{
	if (honest_rounds(&lab->honest, duration))
		return true;
	if (lab_lives(lab))
		lab_fail(lab, "%s: %s", when, lab->honest.why);
	return false;
}

void lab_go_far(const struct lab *lab, bool far)
{
	setns(far ? lab->far : lab->near, CLONE_NEWNET);
}

void lab_place_as_far(struct place *place)
{
	((struct sockaddr_in *)&place->address)->sin_addr.s_addr = htonl(0x0a4d0001);
}
