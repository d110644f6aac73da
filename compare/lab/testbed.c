/* One endpoint with a server of its own, to be broken on purpose, and a caller who watches. */
#include "compare/lab/testbed.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare/lab/directory.h"
#include "measure/process.h"
#include "client/procedures.h"

#define LONG_TARGET 4000 /* bytes, so that a small call has a long reply */

/* Nanoseconds that a server has for what it does when nothing is wrong with it any more. */
#define PATIENCE (2 * SECOND)

/* ---- the server ---- */

static int make_root(const char *root)
{
	char path[PATH_MAX + 16], target[LONG_TARGET + 1];

	if (mkdir(root, 0700) < 0)
		return -errno;
	memset(target, 'x', LONG_TARGET);
	target[LONG_TARGET] = '\0';
	snprintf(path, sizeof(path), "%s/" STAGE_LONG, root);
	if (symlink(target, path) < 0)
		return -errno;
	return make_huge_file(root, STAGE_HUGE);
}

int stage_make_place(char *directory, char root[128], struct failure *failure)
{
	int r = mkdtemp(directory) ? 0 : -errno;

	snprintf(root, 128, "%s/root", directory);
	if (r == 0)
		r = make_root(root);
	return r < 0 ? failure_system(failure, -r, "cannot make a directory") : 0;
}

bool stage_is_pipe(const struct stage *stage)
{
	return stage->endpoint.transport == ENDPOINT_PIPE;
}

/* Serves the stage's endpoint, with one worker: what holds that up holds everybody up. */
static int start_server(struct stage *stage, struct failure *failure)
{
	char text[ENDPOINT_MAX_TEXT], log[PATH_MAX];
	const char *options[] = { "--root",
				  stage->root,
				  "--listen",
				  text,
				  "--workers",
				  "1",
				  "--message-timeout",
				  STAGE_MESSAGE_TIMEOUT,
				  stage->endpoint.protocol == ENDPOINT_TIRPC ? "--stock" : NULL,
				  NULL };
	int code;

	endpoint_format(&stage->endpoint, text);
	snprintf(log, sizeof(log), "%s/log", stage->directory);
	code = server_start(&stage->server, options, log, failure);
	if (code == 0)
		stage->endpoint = stage->server.endpoints[0];
	return code;
}

void stage_set_address(struct stage *stage)
{
	struct endpoint *endpoint = &stage->endpoint;
	bool fifo = endpoint->transport == ENDPOINT_FIFO;

	endpoint->port = -1;
	if (endpoint_has_host(endpoint)) {
		strcpy(endpoint->host, "127.0.0.1");
		endpoint->port = 0;
	}
	if (endpoint_has_path(endpoint))
		snprintf(endpoint->path, sizeof(endpoint->path), "%s%s", stage->directory,
			 fifo ? "" : "/s");
}

int stage_open(struct stage *stage, struct failure *failure)
{
	int code = 0;

	stage_set_address(stage);
	if (!stage_is_pipe(stage))
		code = start_server(stage, failure);
	else if (chdir(stage->root) < 0)
		code = failure_system(failure, errno, "cannot enter the root");
	client_init(&stage->caller, &stage->endpoint, stage->timeout);
	return code;
}

void stage_close(struct stage *stage)
{
	client_release(&stage->caller);
	server_kill(&stage->server);
}

/* Nothing, by a caller who has the patience to wait for it. */
static int call_null(struct stage *stage)
{
	union procedure_result result;
	struct failure failure;
	int nothing, code;

	stage->caller.timeout = PATIENCE;
	code = procedure_call(procedure_find("null"), &stage->caller, &nothing, &result, &failure);
	stage->caller.timeout = stage->timeout;
	return code;
}

int stage_meet(struct stage *stage, struct failure *failure)
{
	return call_null(stage) ? failure_set(failure, FAILURE_SYSTEM, "the server does not answer")
				: 0;
}

int stage_restart(struct stage *stage, struct failure *failure)
{
	pid_t child = stage_server(stage);
	siginfo_t info;

	if (!stage_is_pipe(stage)) {
		server_stop(&stage->server);
		return start_server(stage, failure);
	}
	if (child <= 0)
		return failure_set(failure, FAILURE_SYSTEM, "the server's process is not known");
	kill(child, SIGTERM);
	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
	return 0;
}

pid_t stage_server(struct stage *stage)
{
	if (!stage_is_pipe(stage))
		return stage->server.pid;
	return call_null(stage) ? 0 : process_of_server(&stage->caller);
}

/* ---- callers ---- */

static int add(struct stage *stage, struct client *client, quad_t amount, quad_t *total,
	       struct failure *failure)
{
	calc_accumulation arguments = { .name = (char *)stage->name, .amount = amount };
	union procedure_result result;
	int code = procedure_call(procedure_find("accumulate"), client, &arguments, &result,
				  failure);

	*total = result.number.calc_result_u.value;
	if (code == 0 && result.number.status != CALC_OK)
		code = failure_set(failure, FAILURE_SERVICE, "no register is left");
	return code;
}

void stage_call(struct stage *stage, quad_t expected)
{
	struct sight *sight = stage->sight;
	int64_t since = channel_clock();
	struct failure failure;
	quad_t total;
	int code = add(stage, &stage->caller, 1, &total, &failure);

	sight->after = channel_clock() - since;
	sight_take(sight, code, &failure, total == expected ? SEEN_ANSWERED : SEEN_WRONG,
		   SEEN_REFUSED);
	if (sight->seen == SEEN_ANSWERED && sight->after > stage->timeout)
		sight->seen = SEEN_LATE;
	if (sight->seen == SEEN_TIMEOUT && sight->after < stage->timeout / 2)
		sight_note(sight, "it says so long before its deadline");
}

void stage_count(struct stage *stage)
{
	struct client another, *client = &stage->caller;
	struct failure failure;
	quad_t total;

	client_init(&another, &stage->endpoint, PATIENCE);
	if (!stage_is_pipe(stage))
		client = &another;
	client->timeout = PATIENCE;
	if (add(stage, client, 0, &total, &failure) == 0)
		stage->sight->executed = total;
	client_release(&another);
}

void stage_settle_and_count(struct stage *stage)
{
	call_null(stage);
	stage_count(stage);
}
