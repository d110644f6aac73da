/* Calls put together by hand, calls through an endpoint, and processes that make them for ever. */
#include "tests/kit/calls.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fork.h"
#include "tests/kit/harness.h"
#include "tests/kit/samples.h"

void call_make(struct buffer *call, bool rpc, bool framed, uint32_t id, const char *procedure,
	       const void *arguments)
{
	const struct sample *sample = samples;
	struct sample own;

	while (sample->procedure && strcmp(sample->procedure, procedure) != 0)
		sample++;
	CU_ASSERT_FATAL(sample->procedure != NULL);
	own = *sample;
	own.arguments = arguments;
	sample_call(&own, rpc, framed, id, call);
}

struct endpoint call_endpoint(const char *text)
{
	struct endpoint endpoint;

	CU_ASSERT_FATAL(text != NULL);
	CU_ASSERT_FATAL(endpoint_parse(&endpoint, text) == NULL);
	return endpoint;
}

struct endpoint call_endpoint_of(const struct daemon *daemon, const char *prefix)
{
	return call_endpoint(daemon_endpoint(daemon, prefix));
}

void call_endpoints(const struct daemon *daemon, struct endpoint endpoints[EVERYWHERE])
{
	for (int i = 0; i < EVERYWHERE; i++)
		endpoints[i] = call_endpoint(daemon->endpoints[i]);
}

int call_once(const struct endpoint *endpoint, int64_t timeout, const char *procedure,
	      void *arguments, union procedure_result *result)
{
	struct failure failure;
	struct client client;
	int code;

	client_init(&client, endpoint, timeout);
	code = procedure_call(procedure_find(procedure), &client, arguments, result, &failure);
	client_release(&client);
	return code;
}

void call_list(const struct endpoint *endpoint, int64_t timeout, uint32_t bytes)
{
	fileinfo_list_args arguments = { (char *)".", 0, bytes };
	union procedure_result result;

	memset(&result, 0, sizeof(result));
	CHECK_INT(call_once(endpoint, timeout, "list", &arguments, &result), 0);
	procedure_release(procedure_find("list"), NULL, &result);
}

void call_lists(const struct daemon *daemon, int64_t timeout)
{
	static const char *const by[] = { "rpc+tcp", "raw+tcp", "rpc+unix",
					  "raw+shm", "rpc+udp", "raw+udp" };

	for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
		const struct endpoint endpoint = call_endpoint_of(daemon, by[i]);

		call_list(&endpoint, timeout, 4096);
	}
}

int64_t call_add(const struct endpoint *endpoint, int64_t timeout, int64_t a, int64_t b)
{
	calc_operands operands = { a, b };
	union procedure_result result;
	int code = call_once(endpoint, timeout, "add", &operands, &result);

	return code ? -code : result.number.calc_result_u.value;
}

static void add_for_ever(const struct endpoint *endpoint, unsigned int count, int64_t timeout)
{
	const struct procedure *add = procedure_find("add");
	union procedure_arguments arguments;
	union procedure_result result;
	struct failure failure;
	struct client client;

	memset(&arguments, 0, sizeof(arguments));
	client_init(&client, endpoint, timeout);
	for (unsigned int i = 0; !count || i < count; i++) {
		arguments.operands.a = i;
		arguments.operands.b = 1;
		if (procedure_call(add, &client, &arguments, &result, &failure))
			_exit(failure.code);
		if (result.number.calc_result_u.value != i + INT64_C(1))
			_exit(1);
	}
	client_release(&client);
	_exit(0);
}

pid_t call_adding(const char *via, unsigned int count, int64_t timeout)
{
	const struct endpoint endpoint = call_endpoint(via);
	pid_t pid = fork_tied();

	if (pid == 0)
		add_for_ever(&endpoint, count, timeout);
	return pid;
}

pid_t call_digesting(const char *via, const char *path, int64_t timeout)
{
	const struct endpoint endpoint = call_endpoint(via);
	union procedure_arguments arguments = { .path = (char *)path };
	union procedure_result result;
	pid_t pid = fork_tied();

	if (pid == 0)
		_exit(call_once(&endpoint, timeout, "digest", &arguments, &result));
	return pid;
}

int call_wait(pid_t pid)
{
	int64_t end = clock_now() + HARNESS_PATIENCE * SECOND;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_now() > end) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		poll(NULL, 0, 2);
	}
	return fork_status(status);
}
