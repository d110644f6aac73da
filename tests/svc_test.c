/* The server's runtime by its face alone, in this process: a life from its beginning to its end. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/clnt.h"
#include "common/xdr.h"
#include "server/runtime/svc.h"
#include "tests/kit/harness.h"

#define PROGRAM 0x20001234
#define HANGS   1

static int begun[2]; /* a pipe: a byte when the procedure began */

static void dispatch(struct svc_req *request, SVCXPRT *transport)
{
	if (request->rq_proc == HANGS) {
		(void)!write(begun[1], "!", 1);
		for (;;)
			pause();
	}
	svc_sendreply(transport, xdr_nothing, NULL);
}

static const struct sidecall_svc_procedure procedures[] = {
	{ HANGS, SIDECALL_SHORT_WAIT, SIDECALL_REPEAT_FREELY, 0 },
};
static const struct sidecall_svc_program programs[] = {
	{ PROGRAM, 1, dispatch, NULL, procedures, 1, SIDECALL_REPEAT_FREELY },
	{ 0 },
};

/* ---- once, and never again ---- */

static void test_once(void)
{
	struct sidecall_svc *svc = sidecall_svc_create(programs, NULL, NULL);
	char why[SIDECALL_SVC_WHY];

	CU_ASSERT_FATAL(svc != NULL);
	CU_ASSERT_PTR_NULL(sidecall_svc_listen(svc, "rpc+tcp://127.0.0.1:0", why));
	sidecall_svc_stop(svc); /* it holds, though nothing runs yet */
	CHECK_INT(sidecall_svc_run(svc), 0);
	CU_ASSERT_PTR_NULL(sidecall_svc_address(svc, 0));
	CHECK_INT(sidecall_svc_run(svc), -EALREADY);
	CHECK_STR(sidecall_svc_listen(svc, "rpc+tcp://127.0.0.1:0", why), "the server has stopped");
	CHECK_INT(sidecall_svc_destroy(svc), true);
}

/* ---- a procedure that does not end ---- */

static void *stop_when_begun(void *svc)
{
	char byte;

	(void)!read(begun[0], &byte, 1);
	sidecall_svc_stop(svc);
	return NULL;
}

static void call_from(const char *endpoint)
{
	const struct timeval now = { 0 }, long_enough = { .tv_sec = HARNESS_PATIENCE };
	struct sidecall_error error;
	CLIENT *client = sidecall_clnt_create(endpoint, PROGRAM, 1, &long_enough, &error);

	if (client)
		clnt_call(client, HANGS, xdr_nothing, NULL, xdr_nothing, NULL, now);
}

/* Never returns: what hangs goes with the process. */
static void serve_what_hangs(void)
{
	struct sidecall_svc_options options;
	struct sidecall_svc *svc;
	char why[SIDECALL_SVC_WHY];
	pthread_t thread;
	int r;

	sidecall_svc_defaults(&options);
	options.stop_timeout = 1;
	svc = sidecall_svc_create(programs, NULL, &options);
	if (!svc || pipe(begun) < 0 || sidecall_svc_listen(svc, "rpc+tcp://127.0.0.1:0", why))
		_exit(3);
	call_from(sidecall_svc_address(svc, 0));
	if (pthread_create(&thread, NULL, stop_when_begun, svc))
		_exit(3);
	r = sidecall_svc_run(svc);
	pthread_join(thread, NULL); /* it may be within sidecall_svc_stop() still */
	_exit(r < 0 ? 2 : sidecall_svc_destroy(svc));
}

/* The stop ends all the same, and the log says why nobody waits. */
static void test_hanging_procedure(void)
{
	char said[1024] = "";
	size_t length = 0;
	ssize_t n;
	int log[2], status = -1;
	pid_t child;

	CU_ASSERT_FATAL(pipe(log) == 0);
	child = fork();
	if (child == 0) {
		dup2(log[1], STDERR_FILENO);
		serve_what_hangs();
	}
	close(log[1]);
	while (length < sizeof(said) - 1 &&
	       (n = read(log[0], said + length, sizeof(said) - 1 - length)) > 0)
		length += (size_t)n;
	CHECK_INT(waitpid(child, &status, 0), child);
	CHECK_INT(status, 0);
	CHECK_THAT(strstr(said, "a procedure is still executed") != NULL, "%s", said);
	close(log[0]);
}

/* ---- a process without standard descriptors ---- */

/* In a child.  0: none of the server's own took their place. */
static int create_without_standard(void)
{
	struct sidecall_svc *svc;
	struct stat status;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		close(fd);
	svc = sidecall_svc_create(programs, NULL, NULL);
	if (!svc)
		return 9;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fstat(fd, &status) < 0 || !S_ISCHR(status.st_mode))
			return fd + 1;
	return sidecall_svc_standard(svc) == -EPERM && sidecall_svc_destroy(svc) ? 0 : 8;
}

/* What is logged would end up in one of the server's descriptors, and that stopped it. */
static void test_without_standard(void)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		_exit(create_without_standard());
	CHECK_INT(waitpid(child, &status, 0), child);
	CHECK_INT(WEXITSTATUS(status), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "one life", test_once },
		{ "a procedure that does not end", test_hanging_procedure },
		{ "without standard descriptors", test_without_standard },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("svc", tests);
}
