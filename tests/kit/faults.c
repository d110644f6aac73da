/* What can go wrong at an endpoint: made to happen, and seen by a caller. */
#include "tests/kit/faults.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/procedures.h"
#include "tests/kit/fake.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"

#define MANY     20000 /* calls of a client that is killed among them */
#define PATIENCE (HARNESS_PATIENCE * SECOND)
#define SOON     9000 /* milliseconds: a daemon's own --message-timeout is longer */

static const char *const add[] = { "add", "40", "2", NULL };
static const char *const digest_huge[] = { "digest", "huge", NULL };

/* ---- servers that die, freeze or are late ---- */

static pid_t start_digest(struct scene *scene, struct sight *sight)
{
	pid_t server;

	if (atof(sight->timeout) < 5)
		sight->timeout = "5"; /* the fault has to come before it */
	caller_start(&sight->victim, scene, sight->timeout, digest_huge);
	server = caller_await_execution(&sight->victim, scene);
	scene_check(scene, server > 0, "the call is not executed");
	return server;
}

void fault_server_killed(struct scene *scene, struct sight *sight)
{
	pid_t server = start_digest(scene, sight);

	scene->spoiled = true;
	if (server > 0)
		kill(server, SIGKILL);
	caller_wait(&sight->victim);
}

/* It goes on, and serves; but not the baseline, which dies of a client that left (docs/tirpc.md),
 * nor the server of a pipe, which ended with its caller. */
static void thaw(struct scene *scene)
{
	struct caller another;

	if (!scene->daemon.pid || scene_is_baseline(scene))
		return;
	kill(scene->daemon.pid, SIGCONT);
	scene_serve_another(scene, &another);
	scene_check(scene, another.code == 0, "after it, another sees %d: %s", another.code,
		    another.text);
}

void fault_server_frozen(struct scene *scene, struct sight *sight)
{
	if (scene->daemon.pid)
		process_halt(scene->daemon.pid, SIGSTOP);
	else
		fake_behind_pipe(FAKE_FREEZE);
	caller_start(&sight->victim, scene, sight->timeout, add);
	caller_wait(&sight->victim);
	thaw(scene);
}

void fault_frozen_in_call(struct scene *scene, struct sight *sight)
{
	pid_t server = start_digest(scene, sight);

	if (server > 0)
		process_halt(server, SIGSTOP);
	caller_wait(&sight->victim);
	thaw(scene);
}

static int call(struct client *client, const char *name, calc_operands operands, quad_t *value)
{
	union procedure_result result;
	struct failure failure;
	const struct procedure *procedure = procedure_find(name);
	int code = procedure_call(procedure, client, &operands, &result, &failure);

	*value = result.number.calc_result_u.value;
	procedure_release(procedure, NULL, &result);
	return code;
}

/* The reply to a call that timed out arrives in front of the next one's. */
void fault_reply_late(struct scene *scene, struct sight *sight)
{
	struct client client;
	quad_t value;
	pid_t server;

	client_init(&client, &scene->endpoint, PATIENCE);
	scene_check(scene, call(&client, "add", (calc_operands){ 1, 1 }, &value) == 0, "no answer");
	server = scene->daemon.pid ? scene->daemon.pid : observe_child(getpid());
	process_halt(server, SIGSTOP);
	client.timeout = 300 * MILLISECOND;
	scene_check(scene, call(&client, "add", (calc_operands){ 1, 2 }, &value) == 75,
		    "no time-out");
	kill(server, SIGCONT);
	poll(NULL, 0, 50);
	client.timeout = PATIENCE;
	sight->victim.code = call(&client, "multiply", (calc_operands){ 6, 7 }, &value);
	sight->victim.ended = clock_now();
	scene_check(scene, value == 42, "the reply says %lld", (long long)value);
	client_release(&client);
}

/* ---- clients that die, or send what is no call ---- */

/* A call whose caller cannot be seen is executed for a minute before it is cancelled, and keeps its
 * file open and a processor busy so long; so the client by udp makes many short calls instead. */
static void start_victim(struct scene *scene, struct caller *victim)
{
	static const char *words[MANY + 2] = { "stat" };

	if (!scene_has(scene, ENDPOINT_UDP)) {
		caller_start(victim, scene, "60", digest_huge);
		scene_check(scene, caller_await_execution(victim, scene) > 0, "no execution");
		return;
	}
	for (size_t i = 1; i <= MANY; i++)
		words[i] = ".";
	caller_start(victim, scene, SCENE_TIMEOUT, words);
	caller_await_output(victim);
	process_halt(victim->pid, SIGSTOP); /* or it may have ended before it is killed */
}

static bool has_ended(pid_t child)
{
	return waitpid(child, NULL, WNOHANG) == child;
}

/* The server of a pipe has nobody left but us, who are told of its end. */
static void check_server_ends(struct scene *scene, pid_t server)
{
	bool ended;

	AWAIT((ended = has_ended(server)));
	scene_check(scene, ended, "the server of a pipe outlives its caller");
}

void fault_client_killed(struct scene *scene, struct sight *sight)
{
	pid_t daemon = scene->daemon.pid, server;
	int descriptors = daemon ? observe_descriptors(daemon) : 0;
	struct caller victim;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	start_victim(scene, &victim);
	server = daemon ? daemon : observe_child(victim.pid);
	kill(victim.pid, SIGKILL);
	caller_wait(&victim);
	scene_check(scene, victim.code == 128 + SIGKILL, "it ended with %d", victim.code);
	scene_serve_another(scene, &sight->victim);
	if (daemon)
		scene_check_given_back(scene, descriptors);
	else
		check_server_ends(scene, server);
}

/* A datagram is whole, whatever is in it; and in shared memory what is not there altogether is not
 * there at all. */
static bool keeps_state(const struct scene *scene)
{
	return !scene_has(scene, ENDPOINT_UDP) && !scene_has(scene, ENDPOINT_SHM);
}

/* A client of our own, beside whom others are to be served. */
struct guest {
	struct wire wire;
	int descriptors; /* of the daemon, before he came */
	int64_t since;   /* when he began to misbehave */
};

static void guest_comes(struct guest *guest, struct scene *scene, void (*spoil)(struct wire *wire))
{
	guest->descriptors = scene->daemon.pid ? observe_descriptors(scene->daemon.pid) : 0;
	scene_check(scene, wire_connect(&guest->wire, &scene->endpoint), "no connection");
	guest->since = clock_now();
	spoil(&guest->wire);
}

/* Its session ends soon: `late`, because its time is up, or because of what it sent. */
static void check_sent_away(struct guest *guest, struct scene *scene, bool late)
{
	int64_t time;

	scene_check(scene, wire_ends(&guest->wire, SOON), "its session does not end");
	time = (clock_now() - guest->since) / MILLISECOND;
	if (late)
		scene_check(scene, time >= 500, "its session ends after %d ms", (int)time);
	else if (scene->daemon.pid)
		scene_check(scene, !daemon_says(&scene->daemon, "(--message-timeout)", 0),
			    "it had to be waited for");
}

static void guest_goes(struct guest *guest, struct scene *scene)
{
	scene_check(scene, wire_close(&guest->wire), "the server of a pipe ends badly");
	if (scene->daemon.pid)
		scene_check_given_back(scene, guest->descriptors);
}

void fault_half_call(struct scene *scene, struct sight *sight)
{
	struct guest guest;

	guest_comes(&guest, scene, fake_half_call);
	scene_serve_another(scene, &sight->victim);
	if (keeps_state(scene)) /* --message-timeout 1, seen after the other was served */
		check_sent_away(&guest, scene, true);
	guest_goes(&guest, scene);
}

void fault_garbage_call(struct scene *scene, struct sight *sight)
{
	struct guest guest;

	guest_comes(&guest, scene, wire_send_garbage);
	if (!scene_has(scene, ENDPOINT_UDP))
		check_sent_away(&guest, scene, false);
	scene_serve_another(scene, &sight->victim);
	guest_goes(&guest, scene);
}

/* ---- servers that answer what is no reply ---- */

static void call_fake(struct scene *scene, struct sight *sight, enum fake_behaviour behaviour)
{
	struct endpoint *endpoint = &scene->endpoint;
	pid_t server = 0;

	if (endpoint_has_host(endpoint))
		endpoint->port = 0;
	if (endpoint_has_path(endpoint)) /* not the daemon's: its root is nobody else's */
		snprintf(endpoint->path, sizeof(endpoint->path), "%s%s", scene->daemon.root,
			 scene_has(scene, ENDPOINT_FIFO) ? "" : "/fake");
	if (scene_has(scene, ENDPOINT_PIPE))
		fake_behind_pipe(behaviour);
	else
		server = fake_start(endpoint, behaviour);
	endpoint_format(endpoint, scene->via);
	caller_start(&sight->victim, scene, sight->timeout, add);
	caller_wait(&sight->victim);
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
}

void fault_half_reply(struct scene *scene, struct sight *sight)
{
	call_fake(scene, sight, FAKE_HALF);
}

void fault_cut_off_reply(struct scene *scene, struct sight *sight)
{
	call_fake(scene, sight, FAKE_HALF_AND_END);
}

void fault_garbage_reply(struct scene *scene, struct sight *sight)
{
	call_fake(scene, sight, FAKE_GARBAGE);
}

/* ---- a second server ---- */

void fault_second_server(struct scene *scene, struct sight *sight)
{
	const char *argv[] = { program_path("sidecalld"),
			       "--no-rpcbind",
			       "--root",
			       scene->daemon.root,
			       "--listen",
			       scene->via,
			       scene_is_baseline(scene) ? "--stock" : NULL,
			       NULL };
	struct outcome outcome;
	struct caller another;
	char owner[16];

	outcome = process_run(argv, NULL);
	sight->victim.ended = clock_now();
	sight->victim.code = outcome.status;
	snprintf(sight->victim.text, sizeof(sight->victim.text), "%s", outcome.error);
	scene_check(scene, !outcome.length, "it listens: %s", outcome.out);
	outcome_release(&outcome);
	snprintf(owner, sizeof(owner), " %d ", (int)scene->daemon.pid);
	if (endpoint_has_path(&scene->endpoint))
		scene_check(scene, strstr(sight->victim.text, owner) != NULL,
			    "the owner%sis not named: %s", owner, sight->victim.text);
	scene_serve_another(scene, &another);
	scene_check(scene, another.code == 0, "the first one is spoiled: %s", another.text);
}
