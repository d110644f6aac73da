/* One endpoint with a server, callers, and what can be seen of them from outside. */
#include "tests/scene.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/channel.h"
#include "tests/harness.h"

#define HUGE_SIZE ((off_t)1 << 40) /* bytes, of which none is on the disk */
#define PATIENCE  (8 * SECOND)     /* for what has to happen some time */
#define LATENESS  (1200 * MILLISECOND)

/* ---- the server ---- */

static bool make_huge(const char *root)
{
	char path[160];
	int fd, r;

	snprintf(path, sizeof(path), "%s/huge", root);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	r = ftruncate(fd, HUGE_SIZE);
	close(fd);
	return r == 0;
}

/* The server of a pipe serves its caller's working directory, which is ours. */
static bool open_pipe(struct scene *scene)
{
	struct daemon *daemon = &scene->daemon;

	snprintf(daemon->directory, sizeof(daemon->directory), "/tmp/sidecall-test-XXXXXX");
	if (!harness_directory(daemon->directory))
		return false;
	snprintf(daemon->root, sizeof(daemon->root), "%s/root", daemon->directory);
	snprintf(scene->via, sizeof(scene->via), "%s+pipe",
		 endpoint_protocol_name(scene->endpoint.protocol));
	return mkdir(daemon->root, 0700) == 0 && chdir(daemon->root) == 0;
}

static bool open_daemon(struct scene *scene)
{
	char listen[64];
	const char *options[] = { "--listen", listen, "--message-timeout", "1", NULL, NULL };

	snprintf(listen, sizeof(listen), "%s+%s%s",
		 endpoint_protocol_name(scene->endpoint.protocol),
		 endpoint_transport_name(scene->endpoint.transport),
		 endpoint_has_host(&scene->endpoint) ? "://127.0.0.1:0" : "");
	if (scene_is_baseline(scene))
		options[4] = "--stock";
	if (!daemon_start(&scene->daemon, NULL, options))
		return false;
	snprintf(scene->via, sizeof(scene->via), "%s", scene->daemon.endpoints[0]);
	return true;
}

/* A machine that takes long to start a program, for it is busy or the program is instrumented, is
 * late with everything. */
static int64_t measure_lateness(void)
{
	const char *argv[] = { program_path("sidecall"), "--version", NULL };
	int64_t start = channel_clock();
	struct outcome outcome = process_run(argv, NULL);

	outcome_release(&outcome);
	return LATENESS + 4 * (channel_clock() - start);
}

bool scene_open(struct scene *scene, enum endpoint_protocol protocol,
		enum endpoint_transport transport, char *report, size_t room)
{
	*scene = (struct scene){ .report = report, .room = room };
	scene->endpoint.protocol = protocol;
	scene->endpoint.transport = transport;
	if (!(transport == ENDPOINT_PIPE ? open_pipe(scene) : open_daemon(scene)))
		return false;
	scene->lateness = measure_lateness();
	return make_huge(scene->daemon.root) && !endpoint_parse(&scene->endpoint, scene->via);
}

/* A daemon ends well, whatever clients did to it.  The baseline need not. */
void scene_close(struct scene *scene)
{
	struct daemon *daemon = &scene->daemon;
	int status;

	if (!daemon->pid) {
		remove_tree(daemon->directory);
		return;
	}
	if (scene_is_baseline(scene))
		scene->spoiled = true;
	kill(daemon->pid, scene->spoiled ? SIGKILL : SIGCONT);
	status = daemon_stop(daemon);
	scene_check(scene, scene->spoiled || status == 0, "sidecalld ends with %d", status);
}

void scene_check(struct scene *scene, bool ok, const char *format, ...)
{
	size_t length = strlen(scene->report);
	va_list arguments;

	if (ok)
		return;
	va_start(arguments, format);
	vsnprintf(scene->report + length, scene->room - length, format, arguments);
	va_end(arguments);
	length = strlen(scene->report);
	snprintf(scene->report + length, scene->room - length, "; ");
}

bool scene_has(const struct scene *scene, enum endpoint_transport transport)
{
	return scene->endpoint.transport == transport;
}

bool scene_is_baseline(const struct scene *scene)
{
	return scene->endpoint.protocol == ENDPOINT_TIRPC;
}

/* ---- processes ---- */

/* Reads a file of /proc. */
static void read_proc(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	text[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
}

struct process {
	char state;
	int parent;
	unsigned long user, system; /* clock ticks */
};

static struct process look_at(pid_t pid)
{
	struct process process = { 0 };
	char text[1024], *rest;

	read_proc(pid, "stat", text, sizeof(text));
	rest = strrchr(text, ')'); /* the name before it may be anything */
	if (rest)
		sscanf(rest + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		       &process.state, &process.parent, &process.user, &process.system);
	return process;
}

void freeze(pid_t pid)
{
	int64_t end = channel_clock() + PATIENCE;

	if (pid <= 0)
		return; /* that would be ourselves */
	kill(pid, SIGSTOP);
	while (look_at(pid).state != 'T' && channel_clock() < end)
		poll(NULL, 0, 1);
}

pid_t child_of(pid_t pid)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	pid_t child = 0;

	while (!child && (entry = readdir(processes)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    look_at(atoi(entry->d_name)).parent == pid)
			child = atoi(entry->d_name);
	closedir(processes);
	return child;
}

/* Its descriptors, and whether one of them is a file of that name. */
static int walk_descriptors(pid_t pid, const char *name, bool *found)
{
	char path[320], target[512];
	struct dirent *entry;
	DIR *directory;
	int count = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%d/fd/%s", (int)pid, entry->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		*found = *found ||
			 (strrchr(target, '/') && strcmp(strrchr(target, '/'), name) == 0);
		count += n > 0;
	}
	if (directory)
		closedir(directory);
	return count;
}

int count_descriptors(pid_t pid)
{
	bool found = false;

	return walk_descriptors(pid, "", &found);
}

static bool has_open(pid_t pid, const char *name)
{
	bool found = false;

	walk_descriptors(pid, name, &found);
	return found;
}

static unsigned long cpu_time(pid_t pid)
{
	struct process process = look_at(pid);

	return process.user + process.system;
}

/* What was used before may show only now, for user and system are rounded down each. */
static unsigned long cpu_time_of_a_while(pid_t pid)
{
	unsigned long before = cpu_time(pid);

	poll(NULL, 0, 300);
	return cpu_time(pid) - before;
}

void scene_check_given_back(struct scene *scene, int descriptors)
{
	int64_t end = channel_clock() + PATIENCE;
	pid_t pid = scene->daemon.pid;
	unsigned long used;
	int count;

	while ((count = count_descriptors(pid)) != descriptors && channel_clock() < end)
		poll(NULL, 0, 5);
	scene_check(scene, count == descriptors, "%d descriptors are open, not %d", count,
		    descriptors);
	do
		used = cpu_time_of_a_while(pid);
	while (used > 1 && channel_clock() < end);
	scene_check(scene, used <= 1, "an idle server uses %lu ticks in 300 ms", used);
}

/* ---- callers ---- */

static void become_sidecall(const struct caller *caller, const char *const argv[])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(caller->output, STDOUT_FILENO);
	dup2(caller->output, STDERR_FILENO);
	signal(SIGPIPE, SIG_DFL);
	execv(argv[0], (char **)argv);
	_exit(127);
}

void caller_start(struct caller *caller, const struct scene *scene, const char *timeout,
		  const char *const words[])
{
	size_t count = 0;
	const char **argv;

	while (words[count])
		count++;
	argv = calloc(count + 6, sizeof(*argv));
	argv[0] = program_path("sidecall");
	argv[1] = "--via";
	argv[2] = scene->via;
	argv[3] = "--timeout";
	argv[4] = timeout;
	memcpy(argv + 5, words, count * sizeof(*words));
	*caller = (struct caller){ .output = memfd_create("output", MFD_CLOEXEC) };
	fflush(NULL);
	caller->began = channel_clock();
	caller->pid = fork();
	if (caller->pid == 0)
		become_sidecall(caller, argv);
	free(argv);
}

void caller_wait(struct caller *caller)
{
	int64_t end = channel_clock() + PATIENCE;
	int status = 0;
	ssize_t n;

	while (waitpid(caller->pid, &status, WNOHANG) == 0) {
		if (channel_clock() > end)
			kill(caller->pid, SIGKILL);
		poll(NULL, 0, 1);
	}
	caller->ended = channel_clock();
	caller->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	n = pread(caller->output, caller->text, sizeof(caller->text) - 1, 0);
	caller->text[n > 0 ? n : 0] = '\0';
	close(caller->output);
}

void caller_await_output(const struct caller *caller)
{
	int64_t end = channel_clock() + PATIENCE;
	struct stat st;

	while (fstat(caller->output, &st) == 0 && st.st_size == 0 && channel_clock() < end)
		poll(NULL, 0, 1);
}

pid_t caller_await_execution(const struct caller *caller, const struct scene *scene)
{
	int64_t end = channel_clock() + PATIENCE;

	do {
		pid_t server = scene->daemon.pid ? scene->daemon.pid : child_of(caller->pid);

		if (server && has_open(server, "/huge"))
			return server;
		poll(NULL, 0, 1);
	} while (channel_clock() < end && look_at(caller->pid).state != 'Z');
	return 0;
}

void scene_serve_another(struct scene *scene, struct caller *caller)
{
	static const char *const words[] = { "add", "40", "2", NULL };

	caller_start(caller, scene, "5", words);
	caller_wait(caller);
	scene_check(scene, caller->code != 0 || strcmp(caller->text, "42\n") == 0,
		    "another is answered %s", caller->text);
}
