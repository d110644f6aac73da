/* What is served: what is known of procedures, by version, and what no server is made of. */
#include <errno.h>

#include "server/runtime/served.h"
#include "tests/kit/harness.h"

#define PROGRAM 0x20001234

static void nothing(struct svc_req *request, SVCXPRT *transport)
{
	(void)request, (void)transport;
}

static const struct sidecall_svc_procedure of_first[] = {
	{ 3, SIDECALL_NO_WAIT, SIDECALL_REPEAT_FREELY, 0 },
};
static const struct sidecall_svc_procedure of_second[] = {
	{ 3, SIDECALL_LONG_WAIT, SIDECALL_REPEAT_NEVER, 100 },
};
/* A version may be 0, and is one like any other. */
static const struct sidecall_svc_procedure of_zeroth[] = {
	{ 3, SIDECALL_SHORT_WAIT, SIDECALL_REPEAT_NEVER, 0 },
};
static const struct sidecall_svc_program programs[] = {
	{ PROGRAM, 1, nothing, NULL, of_first, 1, SIDECALL_REPEAT_UNKNOWN },
	{ PROGRAM, 2, nothing, NULL, of_second, 1, SIDECALL_REPEAT_FREELY },
	{ PROGRAM, 0, nothing, NULL, of_zeroth, 1, SIDECALL_REPEAT_UNKNOWN },
	{ 0 },
};

static void test_traits(void)
{
	static const struct {
		rpcprog_t program;
		int64_t version;
		rpcproc_t procedure;
		size_t arguments;
		struct traits traits;
	} cases[] = {
		{ PROGRAM, 1, 3, 9, { SIDECALL_NO_WAIT, SIDECALL_REPEAT_FREELY } },
		{ PROGRAM, 2, 3, 9, { SIDECALL_LONG_WAIT, SIDECALL_REPEAT_NEVER } },
		{ PROGRAM, 2, 3, 101, { SIDECALL_NO_WAIT, SIDECALL_REPEAT_FREELY } },
		{ PROGRAM, 0, 3, 9, { SIDECALL_SHORT_WAIT, SIDECALL_REPEAT_NEVER } },
		{ PROGRAM, SERVED_ANY_VERSION, 3, 9, { SIDECALL_NO_WAIT, SIDECALL_REPEAT_FREELY } },
		{ PROGRAM, 1, 4, 9, { SIDECALL_NO_WAIT, SIDECALL_REPEAT_UNKNOWN } },
		{ PROGRAM, 2, 4, 9, { SIDECALL_NO_WAIT, SIDECALL_REPEAT_FREELY } },
		{ PROGRAM, 7, 3, 9, { SIDECALL_NO_WAIT, SIDECALL_REPEAT_FREELY } },
		{ 9, 1, 3, 9, { SIDECALL_NO_WAIT, SIDECALL_REPEAT_FREELY } },
	};
	const struct served served = { .programs = programs };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct traits traits = served_traits(&served, cases[i].program, cases[i].version,
						     cases[i].procedure, cases[i].arguments);

		CHECK_THAT(traits.wait == cases[i].traits.wait &&
				   traits.repeat == cases[i].traits.repeat,
			   "case %zu: %d, %d", i, traits.wait, traits.repeat);
	}
}

/* An option that is out of its range makes no server. */
static void test_options(void)
{
	struct sidecall_svc_options options;

	for (int wrong = 0; wrong < 5; wrong++) {
		sidecall_svc_defaults(&options);
		if (wrong == 0)
			options = (struct sidecall_svc_options){ 0 };
		else if (wrong == 1)
			options.workers = 0;
		else if (wrong == 2)
			options.max_message = 0;
		else if (wrong == 3)
			options.stop_timeout = UINT32_MAX;
		else
			options.message_timeout = 0;
		errno = 0;
		CU_ASSERT_PTR_NULL(sidecall_svc_create(programs, NULL, &options));
		CHECK_INT(errno, EINVAL);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "what is known of procedures", test_traits },
		{ "options out of their range", test_options },
		{ NULL, NULL },
	};

	return harness_run("served", tests);
}
