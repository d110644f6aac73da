/* One endpoint with a server, callers, and what can be seen of them from outside. */
#include "tests/kit/scene.h"

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

#include "client/runtime/channel.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"

#define HUGE_SIZE ((off_t)1 << 40) /* bytes, of which none is on the disk */

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

bool scene_open(struct scene *scene, enum endpoint_protocol protocol,
		enum endpoint_transport transport, char *report, size_t room)
{
	*scene = (struct scene){ .report = report, .room = room };
	scene->endpoint.protocol = protocol;
	scene->endpoint.transport = transport;
	if (!(transport == ENDPOINT_PIPE ? open_pipe(scene) : open_daemon(scene)))
		return false;
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

void scene_check_given_back(struct scene *scene, int descriptors)
{
	pid_t pid = scene->daemon.pid;
	int count;

	AWAIT((count = observe_descriptors(pid)) == descriptors);
	scene_check(scene, count == descriptors, "%d descriptors are open, not %d", count,
		    descriptors);
	scene_check(scene, observe_idle(pid), "it has something to do all the time");
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
	caller->began = clock_now();
	caller->pid = fork();
	if (caller->pid == 0)
		become_sidecall(caller, argv);
	free(argv);
}

static bool has_ended(struct caller *caller, int *status)
{
	return waitpid(caller->pid, status, WNOHANG) == caller->pid;
}

/* Who hangs is killed, and seen to be. */
void caller_wait(struct caller *caller)
{
	bool ended;
	int status = 0;
	ssize_t n;

	AWAIT((ended = has_ended(caller, &status)));
	if (!ended) {
		kill(caller->pid, SIGKILL);
		waitpid(caller->pid, &status, 0);
	}
	caller->ended = clock_now();
	caller->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	n = pread(caller->output, caller->text, sizeof(caller->text) - 1, 0);
	caller->text[n > 0 ? n : 0] = '\0';
	close(caller->output);
}

static bool has_output(const struct caller *caller)
{
	struct stat st;

	return fstat(caller->output, &st) < 0 || st.st_size > 0;
}

void caller_await_output(const struct caller *caller)
{
	AWAIT(has_output(caller));
}

pid_t caller_await_execution(const struct caller *caller, const struct scene *scene)
{
	pid_t server = scene->daemon.pid;

	AWAIT((server || (server = observe_child(caller->pid))) &&
	      (observe_open_files(server, "huge") || observe_state(caller->pid) == 'Z'));
	return server && observe_open_files(server, "huge") ? server : 0;
}

void scene_serve_another(struct scene *scene, struct caller *caller)
{
	static const char *const words[] = { "add", "40", "2", NULL };

	caller_start(caller, scene, SCENE_TIMEOUT, words);
	caller_wait(caller);
	scene_check(scene, caller->code != 0 || strcmp(caller->text, "42\n") == 0,
		    "another is answered %s", caller->text);
}
