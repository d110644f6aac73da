/* A file system below the root that hangs stops nobody who does not ask there, and no end. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare/lab/wire.h"
#include "tests/kit/calls.h"
#include "tests/kit/hanging_mount.h"
#include "tests/kit/harness.h"
#include "tests/kit/namespace.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define EACH         20            /* calls of each procedure at each endpoint: more than places */
#define DEADLINE     (10 * SECOND) /* of an honest call */
#define ROUNDS       2

static const char *unable; /* why nothing can be mounted here */

static const char *const hanging[] = { "stat", "readlink", "space", "list", "digest" };
static const char *const attacked[] = { "raw+tcp", "rpc+unix" };

struct scene {
	struct daemon daemon;
	struct hanging_mount hang;
	struct wire wires[COUNT(attacked) * COUNT(hanging) * EACH];
	unsigned int count;
};

/* ---- who asks for what hangs ---- */

/* The arguments of a procedure that takes a path, in a union that lives as long as they do. */
static const void *arguments_for(const char *procedure, char *path,
				 union procedure_arguments *arguments)
{
	memset(arguments, 0, sizeof(*arguments));
	if (strcmp(procedure, "list") == 0)
		arguments->list = (fileinfo_list_args){ path, 0, 4096 };
	else
		arguments->path = path;
	return arguments;
}

static void ask(struct scene *scene, const struct endpoint *endpoint, const char *procedure,
		char *path)
{
	struct wire *wire = &scene->wires[scene->count++];
	union procedure_arguments arguments;
	struct buffer call = { 0 };

	CU_ASSERT_FATAL(wire_connect(wire, endpoint));
	call_make(&call, endpoint->protocol == ENDPOINT_RPC, false, scene->count, procedure,
		  arguments_for(procedure, path, &arguments));
	wire_send(wire, call.data, call.length);
	buffer_release(&call);
}

/* The mount itself, what is in it, and the directory that it is in. */
static void ask_everywhere(struct scene *scene)
{
	for (size_t e = 0; e < COUNT(attacked); e++) {
		struct endpoint endpoint = call_endpoint(
			daemon_endpoint(&scene->daemon, attacked[e]));

		for (unsigned int i = 0; i < COUNT(hanging) * EACH; i++) {
			const char *procedure = hanging[i % COUNT(hanging)];
			char path[32] = "hang";

			if (i % 3)
				snprintf(path, sizeof(path), "hang/%zu-%u", e, i);
			else if (i % 2 && strcmp(procedure, "list") == 0)
				path[0] = '\0';
			ask(scene, &endpoint, procedure, path);
		}
	}
}

/* ---- an honest client ---- */

/* False when the call failed: the next ones would wait as long. */
static bool check_call(const struct endpoint *endpoint, const char *procedure, const char *path)
{
	char text[ENDPOINT_MAX_TEXT], copy[64];
	union procedure_arguments arguments;
	union procedure_result result;
	int code;

	snprintf(copy, sizeof(copy), "%s", path);
	arguments_for(procedure, copy, &arguments);
	code = call_once(endpoint, DEADLINE, procedure, &arguments, &result);
	endpoint_format(endpoint, text);
	CHECK_THAT(code == 0, "%s: %s \"%s\" ended with %d", text, procedure, path, code);
	CHECK_THAT(result.stat.status == FILEINFO_OK, "%s: %s \"%s\" gave %d", text, procedure,
		   path, result.stat.status);
	if (code == 0)
		procedure_release(procedure_find(procedure), NULL, &result);
	return code == 0;
}

static bool check_served(const struct scene *scene)
{
	for (unsigned int i = 0; i < EVERYWHERE; i++) {
		const struct endpoint endpoint = call_endpoint(scene->daemon.endpoints[i]);

		bool added = call_add(&endpoint, DEADLINE, 2, 3) == 5;

		CHECK_THAT(added, "%s: add", scene->daemon.endpoints[i]);
		if (!added || !check_call(&endpoint, "stat", "healthy/file") ||
		    !check_call(&endpoint, "list", "healthy") ||
		    !check_call(&endpoint, "list", "") ||
		    !check_call(&endpoint, "digest", "healthy/file"))
			return false;
	}
	return true;
}

/* ---- the scene ---- */

static void make_healthy(const struct daemon *daemon)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/healthy", daemon->root);
	CHECK_INT(mkdir(path, 0700), 0);
	strcat(path, "/file");
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

/* False when it cannot be had. */
static bool scene_begin(struct scene *scene, bool takes)
{
	static const char *const options[] = { "--workers", "1", "--stop-timeout", "1", NULL };
	char path[128];

	scene->count = 0;
	CU_ASSERT_FATAL(daemon_start_everywhere(&scene->daemon, NULL, options));
	make_healthy(&scene->daemon);
	snprintf(path, sizeof(path), "%s/hang", scene->daemon.root);
	CHECK_INT(mkdir(path, 0700), 0);
	if (!unable)
		unable = hanging_mount_make(&scene->hang, path, takes);
	if (!unable)
		return true;
	harness_skip(unable);
	daemon_stop(&scene->daemon);
	return false;
}

/* Whether all of it has ended; its first thread may, long before the others. */
static bool is_over(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == pid;
}

/* Its Unix socket goes when it closes all. */
static bool is_closed(const struct scene *scene)
{
	const struct endpoint endpoint = call_endpoint(daemon_endpoint(&scene->daemon, "rpc+unix"));

	return access(endpoint.path, F_OK) < 0;
}

static bool can_connect(const struct scene *scene)
{
	const struct endpoint endpoint = call_endpoint(daemon_endpoint(&scene->daemon, "raw+tcp"));
	struct wire wire;
	bool connected = wire_connect(&wire, &endpoint);

	wire_close(&wire);
	return connected;
}

/* A call that its file system has taken cannot be ended: but the addresses are free, and the log
 * says what is waited for. */
static void check_closed(struct scene *scene)
{
	AWAIT(is_closed(scene));
	CHECK_THAT(is_closed(scene), "the server does not close its sockets");
	if (!is_closed(scene))
		return;
	CU_ASSERT(!can_connect(scene));
	CHECK_THAT(daemon_says(&scene->daemon, "at hang", HARNESS_PATIENCE * 1000),
		   "the log does not name the path");
	CU_ASSERT(!is_over(scene->daemon.pid));
}

static void scene_end(struct scene *scene)
{
	kill(scene->daemon.pid, SIGTERM);
	if (scene->hang.takes) {
		check_closed(scene);
	} else {
		AWAIT(is_over(scene->daemon.pid));
		CHECK_THAT(is_over(scene->daemon.pid), "the server does not end");
	}
	hanging_mount_release(&scene->hang);
	for (unsigned int i = 0; i < scene->count; i++)
		wire_close(&scene->wires[i]);
	CHECK_INT(daemon_stop(&scene->daemon), 0);
}

static void check_hang(const char *without, bool takes)
{
	static struct scene scene;
	bool begun;

	setenv("SIDECALL_WITHOUT", without, 1);
	begun = scene_begin(&scene, takes);
	unsetenv("SIDECALL_WITHOUT");
	if (!begun)
		return;
	ask_everywhere(&scene);
	if (takes) {
		AWAIT(atomic_load(&scene.hang.taken) > 0);
		CU_ASSERT(atomic_load(&scene.hang.taken) > 0);
	}
	for (int i = 0; i < ROUNDS && check_served(&scene); i++)
		;
	scene_end(&scene);
}

static void test_taken(void)
{
	check_hang("", true);
}

static void test_not_taken(void)
{
	check_hang("", false);
}

static void test_old_kernel(void)
{
	check_hang("resolve-cached", true);
	check_hang("resolve-cached", false);
}

int main(void)
{
	static const struct test tests[] = {
		{ "requests that are taken, and not answered", test_taken },
		{ "requests that are not even taken", test_not_taken },
		{ "a kernel that does not tell what it has in memory", test_old_kernel },
		{ NULL, NULL },
	};

	unable = namespace_enter(CLONE_NEWNET | CLONE_NEWNS);
	return harness_run("hang", tests);
}
