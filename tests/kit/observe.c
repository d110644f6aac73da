/* What a process holds and uses, as /proc tells. */
#include "tests/kit/observe.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/kit/harness.h"

/* What stands in /proc/PID/NAME, cut to the buffer. */
static bool read_proc(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

int observe_files(const char *directory)
{
	DIR *open = opendir(directory);
	struct dirent *entry;
	int count = 0;

	if (!open)
		return -1;
	while ((entry = readdir(open)))
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(open);
	return count;
}

/* A worker opens it, and closes it, whenever it looks whether the machine has a processor left:
 * that one of its descriptors is no news. */
static bool is_passing(int directory, const char *name)
{
	static const char passing[] = "/proc/uptime";
	char path[sizeof(passing)];
	ssize_t length = readlinkat(directory, name, path, sizeof(path));

	return length == sizeof(passing) - 1 && memcmp(path, passing, (size_t)length) == 0;
}

int observe_descriptors(pid_t pid)
{
	struct dirent *entry;
	char path[64];
	int count = 0;
	DIR *open;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	open = opendir(path);
	if (!open)
		return -1;
	while ((entry = readdir(open)))
		count += entry->d_name[0] != '.' && !is_passing(dirfd(open), entry->d_name);
	closedir(open);
	return count;
}

int observe_descriptors_until(pid_t pid, int expected)
{
	int count;

	AWAIT((count = observe_descriptors(pid)) <= expected);
	return count;
}

unsigned int observe_lowest_free(pid_t pid)
{
	unsigned int fd = 0;
	char path[64];

	do
		snprintf(path, sizeof(path), "/proc/%d/fd/%u", (int)pid, fd++);
	while (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
	return fd - 1;
}

void observe_limit_descriptors(pid_t pid, unsigned int count)
{
	struct rlimit limit;

	if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit) < 0)
		CU_FAIL_FATAL("no limit");
	limit.rlim_cur = count;
	CHECK_INT(prlimit(pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

int observe_open_files(pid_t pid, const char *name)
{
	char path[64], target[512];
	struct dirent *entry;
	int count = 0;
	DIR *open;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	open = opendir(path);
	while (open && (entry = readdir(open))) {
		ssize_t n = readlinkat(dirfd(open), entry->d_name, target, sizeof(target) - 1);
		const char *slash;

		target[n > 0 ? n : 0] = '\0';
		slash = strrchr(target, '/');
		count += slash && strcmp(slash + 1, name) == 0;
	}
	if (open)
		closedir(open);
	return count;
}

/* The fields of /proc/PID/stat behind the name, which may have spaces and parentheses. */
static const char *stat_of(pid_t pid, char *text, size_t size)
{
	char *end = read_proc(pid, "stat", text, size) ? strrchr(text, ')') : NULL;

	return end ? end + 2 : NULL;
}

long observe_cpu(pid_t pid)
{
	unsigned long user = 0, system = 0;
	char text[1024];
	const char *fields = stat_of(pid, text, sizeof(text));

	if (!fields || sscanf(fields,
			      "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
			      "%lu %lu",
			      &user, &system) != 2)
		return -1;
	return (long)(user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

/* ---- what its threads do ---- */

struct activity {
	bool running; /* one of them */
	long woken;   /* how often they have slept until now, all together */
};

static void look_at_thread(pid_t pid, const char *thread, struct activity *activity)
{
	static const char switches[] = "\nvoluntary_ctxt_switches:";
	char name[64], text[4096], *state, *slept;

	snprintf(name, sizeof(name), "task/%.20s/status", thread);
	if (!read_proc(pid, name, text, sizeof(text)))
		return; /* it has ended */
	state = strstr(text, "\nState:\t");
	slept = strstr(text, switches);
	if (state && strchr("RD", state[strlen("\nState:\t")]))
		activity->running = true;
	if (slept)
		activity->woken += atol(slept + strlen(switches));
}

static struct activity look_at_threads(pid_t pid)
{
	struct activity activity = { 0 };
	struct dirent *entry;
	char path[64];
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	threads = opendir(path);
	while (threads && (entry = readdir(threads)))
		if (entry->d_name[0] != '.')
			look_at_thread(pid, entry->d_name, &activity);
	if (threads)
		closedir(threads);
	return activity;
}

bool observe_is_running(pid_t pid)
{
	return look_at_threads(pid).running;
}

/* Timers, and what a sanitizer does beside, wake it some dozen times; circles do thousands. */
static bool is_idle(pid_t pid)
{
	struct activity before = look_at_threads(pid), after;

	if (before.running)
		return false;
	poll(NULL, 0, 300);
	after = look_at_threads(pid);
	return !after.running && after.woken - before.woken <= 100;
}

bool observe_idle(pid_t pid)
{
	bool idle;

	AWAIT((idle = is_idle(pid)));
	return idle;
}

long observe_memory(pid_t pid)
{
	char text[256];
	long resident = -1;

	if (read_proc(pid, "statm", text, sizeof(text)) && sscanf(text, "%*d %ld", &resident) == 1)
		resident *= sysconf(_SC_PAGESIZE) / 1024;
	return resident;
}

bool observe_peak_begin(pid_t pid)
{
	char path[64];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/clear_refs", (int)pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	done = fd >= 0 && write(fd, "5", 1) == 1; /* proc(5): resets VmHWM */
	if (fd >= 0)
		close(fd);
	return done;
}

long observe_peak(pid_t pid)
{
	char text[4096];
	const char *line = read_proc(pid, "status", text, sizeof(text)) ? strstr(text, "VmHWM:")
									: NULL;

	return line ? atol(line + strlen("VmHWM:")) : -1;
}

/* The first child found, in one of these states, or in any. */
static pid_t find_child(pid_t parent, const char *states)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (proc && !found && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		char text[1024];
		const char *fields = pid > 0 ? stat_of(pid, text, sizeof(text)) : NULL;
		char state;
		int its = 0;

		if (fields && sscanf(fields, "%c %d", &state, &its) == 2 && its == parent &&
		    (!states || strchr(states, state)))
			found = pid;
	}
	if (proc)
		closedir(proc);
	return found;
}

pid_t observe_child(pid_t parent)
{
	return find_child(parent, NULL);
}

pid_t observe_stopped_child(pid_t parent)
{
	return find_child(parent, "T");
}

char observe_state(pid_t pid)
{
	char text[1024];
	const char *fields = stat_of(pid, text, sizeof(text));

	return fields ? *fields : 0;
}

bool observe_is_there(pid_t pid)
{
	return observe_state(pid) != 0;
}

bool observe_thread_asleep(pid_t thread)
{
	char path[64], line[512];
	const char *name_end = NULL;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)thread);
	file = fopen(path, "r");
	if (file && fgets(line, sizeof(line), file))
		name_end = strrchr(line, ')');
	if (file)
		fclose(file);
	return name_end && name_end[1] == ' ' && name_end[2] == 'S';
}
