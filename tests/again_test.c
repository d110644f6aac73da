/* Calls that are made again, over another connection, when their own breaks; and those that are
 * not.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "programs/sidecall/pipeline.h"
#include "server/programs.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TIMEOUT      (HARNESS_PATIENCE * SECOND)
#define MANY         2000

static const char *const servers[] = { "rpc+tcp", "raw+tcp" };

/* ---- a way to the server that breaks ---- */

/* The first connections end when so many bytes of replies have come; none of these is passed on
 * that would be the last. */
struct breaking {
	int listener, port;
	struct endpoint server;
	unsigned int breaks;
	size_t after;
	bool once; /* then nobody is there any more */
	atomic_uint connections;
	pthread_t thread;
};

static int listen_somewhere(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK_INT(bind(fd, (struct sockaddr *)&address, length), 0);
	CHECK_INT(listen(fd, 16), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static int connect_to(const struct endpoint *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				       .sin_port = htons((uint16_t)server->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Passes on what has come.  False at the end, or when there is more than is left. */
static bool pass_on(int from, int to, size_t *left)
{
	char bytes[4096];
	ssize_t n = read(from, bytes, sizeof(bytes));

	if (n <= 0 || (size_t)n > *left)
		return false;
	*left -= (size_t)n;
	return send(to, bytes, (size_t)n, MSG_NOSIGNAL) == n;
}

static void serve_connection(const struct breaking *breaking, int client, bool breaks)
{
	size_t calls = SIZE_MAX, replies = breaks ? breaking->after : SIZE_MAX;
	int server = connect_to(&breaking->server);
	bool open = true;

	while (open) {
		struct pollfd ends[] = { { client, POLLIN, 0 }, { server, POLLIN, 0 } };

		open = poll(ends, 2, -1) > 0;
		if (open && ends[0].revents)
			open = pass_on(client, server, &calls);
		if (open && ends[1].revents)
			open = pass_on(server, client, &replies);
	}
	close(server);
	close(client);
}

static void *serve_all(void *context)
{
	struct breaking *breaking = context;
	int client;

	while ((client = accept(breaking->listener, NULL, NULL)) >= 0) {
		unsigned int number = atomic_fetch_add(&breaking->connections, 1);

		if (breaking->once)
			shutdown(breaking->listener, SHUT_RD);
		serve_connection(breaking, client, number < breaking->breaks);
	}
	return NULL;
}

static void start_breaking(struct breaking *breaking, const struct daemon *daemon,
			   const char *prefix, struct client *client)
{
	struct endpoint there;
	char text[64];

	breaking->server = call_endpoint(daemon_endpoint(daemon, prefix));
	breaking->listener = listen_somewhere(&breaking->port);
	atomic_init(&breaking->connections, 0);
	CHECK_INT(pthread_create(&breaking->thread, NULL, serve_all, breaking), 0);
	snprintf(text, sizeof(text), "%s://127.0.0.1:%d", prefix, breaking->port);
	there = call_endpoint(text);
	client_init(client, &there, TIMEOUT);
	client->repeats = CLIENT_REPEATS;
}

static void stop_breaking(struct breaking *breaking, struct client *client)
{
	client_release(client);
	shutdown(breaking->listener, SHUT_RD);
	pthread_join(breaking->thread, NULL);
	close(breaking->listener);
}

/* ---- one call ---- */

static int add(struct client *client, struct failure *failure)
{
	static calc_operands operands = { 40, 2 };
	union procedure_result result;
	int code = procedure_call(procedure_find("add"), client, &operands, &result, failure);

	if (code == 0)
		CHECK_INT(result.number.calc_result_u.value, 42);
	return code;
}

/* What is in a register that so much is added to. */
static int accumulate(struct client *client, const char *name, quad_t amount, quad_t *total,
		      struct failure *failure)
{
	calc_accumulation arguments = { (char *)name, amount };
	union procedure_result result;
	int code = procedure_call(procedure_find("accumulate"), client, &arguments, &result,
				  failure);

	*total = code ? -1 : result.number.calc_result_u.value;
	return code;
}

static void test_call(const struct daemon *daemon, const char *prefix)
{
	static const struct {
		unsigned int breaks, repeats;
		bool once;
		int code;
		unsigned int connections;
	} cases[] = {
		{ 0, 2, false, 0, 1 },  { 1, 2, false, 0, 2 },  { 2, 2, false, 0, 3 },
		{ 3, 2, false, 69, 3 }, { 1, 0, false, 69, 1 }, { 1, 2, true, 69, 1 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct breaking breaking = { .breaks = cases[i].breaks, .once = cases[i].once };
		struct failure failure = { 0 };
		struct client client;

		start_breaking(&breaking, daemon, prefix, &client);
		client.repeats = cases[i].repeats;
		CHECK_INT(add(&client, &failure), cases[i].code);
		CHECK_INT(breaking.connections, cases[i].connections);
		if (cases[i].code)
			CHECK_STR(failure.advice, "The call may have been executed");
		stop_breaking(&breaking, &client);
	}
}

/* Its reply got lost: to make the call again would add a second time. */
static void test_once(const struct daemon *daemon, const char *prefix)
{
	struct breaking breaking = { .breaks = 1 };
	struct failure failure;
	struct client client;
	quad_t total;

	start_breaking(&breaking, daemon, prefix, &client);
	CHECK_INT(accumulate(&client, prefix, 5, &total, &failure), 69);
	CHECK_STR(failure.advice, "The call may have been executed");
	CHECK_INT(breaking.connections, 1);
	client_disconnect(&client);
	CHECK_INT(accumulate(&client, prefix, 0, &total, &failure), 0);
	CHECK_INT(total, 5);
	stop_breaking(&breaking, &client);
}

/* ---- many calls ---- */

struct submitted {
	struct pipeline_call call;
	calc_operands operands;
	calc_accumulation accumulation;
	unsigned int ended;
};

static void note_end(struct pipeline_call *call)
{
	((struct submitted *)call)->ended++;
}

static struct submitted *submit_adds(struct pipeline *pipeline)
{
	struct submitted *all = calloc(MANY, sizeof(*all));

	for (int i = 0; i < MANY; i++) {
		all[i].operands = (calc_operands){ i, 1000000 };
		all[i].call.procedure = procedure_find("add");
		all[i].call.arguments = &all[i].operands;
		all[i].call.done = note_end;
		pipeline_submit(pipeline, &all[i].call);
	}
	return all;
}

static unsigned int count_right(const struct submitted *all)
{
	unsigned int right = 0;

	for (int i = 0; i < MANY; i++) {
		right += all[i].call.code == 0 &&
			 all[i].call.result.number.calc_result_u.value == 1000000 + i;
		if (all[i].ended != 1)
			CHECK_INT(all[i].ended, 1);
	}
	return right;
}

/* More connections break than a call is repeated, but each has answered something. */
static void test_pipeline(const struct daemon *daemon, const char *prefix)
{
	static const struct {
		size_t after;
		unsigned int breaks, right;
	} cases[] = { { 8192, 4, MANY }, { 0, 2, MANY }, { 0, 3, 0 } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct breaking breaking = { .breaks = cases[i].breaks, .after = cases[i].after };
		struct pipeline pipeline;
		struct submitted *all;
		struct client client;

		start_breaking(&breaking, daemon, prefix, &client);
		pipeline_init(&pipeline, &client);
		all = submit_adds(&pipeline);
		while (pipeline_run(&pipeline))
			;
		CHECK_INT(count_right(all), cases[i].right);
		CHECK_INT(breaking.connections, cases[i].breaks + (cases[i].right ? 1 : 0));
		free(all);
		stop_breaking(&breaking, &client);
	}
}

/* Of those that are not to be executed twice, what was in flight has failed, and what had not left
 * is executed. */
static void test_pipeline_once(const struct daemon *daemon, const char *prefix)
{
	struct breaking breaking = { .breaks = 1 };
	struct pipeline pipeline;
	struct submitted *all = calloc(MANY, sizeof(*all));
	struct failure failure;
	struct client client;
	quad_t total, failed = 0;

	start_breaking(&breaking, daemon, prefix, &client);
	pipeline_init(&pipeline, &client);
	for (int i = 0; i < MANY; i++) {
		all[i].accumulation = (calc_accumulation){ (char *)"many", 1 };
		all[i].call.procedure = procedure_find("accumulate");
		all[i].call.arguments = &all[i].accumulation;
		all[i].call.done = note_end;
		pipeline_submit(&pipeline, &all[i].call);
	}
	while (pipeline_run(&pipeline))
		;
	for (int i = 0; i < MANY; i++)
		failed += all[i].call.code != 0;
	CHECK_THAT(failed > 0 && failed < MANY, "%lld failed", (long long)failed);
	CHECK_INT(accumulate(&client, "many", 0, &total, &failure), 0);
	CHECK_THAT(total >= MANY - failed && total <= MANY, "%lld of %d, and %lld failed",
		   (long long)total, MANY, (long long)failed);
	CHECK_INT(accumulate(&client, "many", -total, &total, &failure), 0);
	free(all);
	stop_breaking(&breaking, &client);
}

/* ---- all ---- */

static void for_both(void (*test)(const struct daemon *daemon, const char *prefix))
{
	static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", "--listen",
					       "raw+tcp://127.0.0.1:0", NULL };
	struct daemon daemon;

	if (daemon_start(&daemon, NULL, options))
		for (size_t i = 0; i < COUNT(servers); i++)
			test(&daemon, servers[i]);
	daemon_stop(&daemon);
}

static void test_calls(void)
{
	for_both(test_call);
}

static void test_calls_once(void)
{
	for_both(test_once);
}

static void test_many_calls(void)
{
	for_both(test_pipeline);
}

static void test_many_calls_once(void)
{
	for_both(test_pipeline_once);
}

/* What the client makes again is what the server would execute again. */
static void test_rows(void)
{
	const struct served served = programs_serve(NULL, 0);

	for (const struct procedure *p = procedures; p->name; p++) {
		bool accumulates = strcmp(p->name, "accumulate") == 0;
		struct traits traits = served_traits(&served, p->program, p->version,
						     accumulates ? CALC_ACCUMULATE : CALC_ADD, 0);

		CHECK_INT(p->once, accumulates);
		CHECK_INT(p->once, traits.repeat == SIDECALL_REPEAT_NEVER);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "rows", test_rows },
		{ "calls", test_calls },
		{ "calls that must not be made twice", test_calls_once },
		{ "many calls", test_many_calls },
		{ "many calls that must not be made twice", test_many_calls_once },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return program_use_built() ? harness_run("again", tests) : 1;
}
