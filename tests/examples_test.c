/* The examples, as whoever has installed us builds and runs them: by pkg-config alone, against what
 * `make install` left; each dose with libtirpc's client and with ours, over each transport that it
 * has. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"
#include "tests/kit/rpcbind.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BUILD_TIME   300 /* seconds */

static char root[] = "/tmp/sidecall-test-XXXXXX"; /* of the installation, and all else */

static const char *below(const char *path)
{
	static char paths[4][PATH_MAX];
	static int next;
	char *text = paths[next++ % 4];

	snprintf(text, PATH_MAX, "%s/%s", root, path);
	return text;
}

/* ---- building them ---- */

/* A sanitized library takes a sanitized program. */
#if defined(__SANITIZE_ADDRESS__)
#define COMPILER "gcc -fsanitize=address,undefined"
#elif defined(__SANITIZE_THREAD__)
#define COMPILER "gcc -fsanitize=thread"
#else
#define COMPILER "gcc"
#endif

/* The machine's libtirpc is in our root as it is in the machine's. */
static const char build[] =
	"unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS LDFLAGS\n"
	"make -s -o all install DESTDIR=$1 PREFIX=/usr/local && mkdir -p $1/usr/include &&\n"
	"ln -s /usr/include/tirpc $1/usr/include/tirpc && unset BUILD &&\n"
	"cp -R $1/usr/local/share/doc/sidecall/examples $1/examples &&\n"
	"make -s -j2 -C $1/examples OUT=$1 CC=\"$2\" PKG_CONFIG_LIBDIR=$1/usr/local/lib/pkgconfig:"
	"$(pkg-config --variable pc_path pkg-config) PKG_CONFIG_SYSROOT_DIR=$1\n";

static bool build_all(void)
{
	const char *const argv[] = { "/bin/sh", "-c", build, "sh", root, COMPILER, NULL };
	struct outcome outcome = process_run_within(argv, NULL, BUILD_TIME);
	bool built = outcome.status == 0;

	if (!built)
		printf("%s%s", outcome.out, outcome.error);
	outcome_release(&outcome);
	setenv("LD_LIBRARY_PATH", below("usr/local/lib"), 1);
	return built;
}

static void check_libraries(const char *program, bool ours, bool libtirpc)
{
	const char *const argv[] = { "/usr/bin/env", "ldd", below(program), NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_INT(outcome.status, 0);
	CHECK_THAT((strstr(outcome.out, root) != NULL) == ours, "%s: %s", program, outcome.out);
	CHECK_THAT((strstr(outcome.out, "libtirpc") != NULL) == libtirpc, "%s: %s", program,
		   outcome.out);
	outcome_release(&outcome);
}

/* Each is linked with what was installed, and the original knows nothing of us. */
static void test_built(void)
{
	static const char *const moved[] = { "link/dir_server", "lines/dir_server",
					     "loop/dir_server", "threads/dir_server",
					     "client/dir_client" };

	check_libraries("dir/dir_server", false, true);
	check_libraries("dir/dir_client", false, true);
	for (size_t i = 0; i < COUNT(moved); i++)
		check_libraries(moved[i], true, true);
}

/* ---- running them ---- */

struct server {
	pid_t pid;
	int out, error;
};

static struct server serve(const char *const argv[])
{
	struct server server;
	int in;

	server.pid = process_start(argv, &in, &server.out, &server.error);
	close(in);
	return server;
}

/* Is told to end. `status`: as it ends, where the program itself does not catch the signal, too. */
static void end(struct server server, int status, const char *said)
{
	struct outcome outcome;

	kill(server.pid, SIGTERM);
	outcome = process_end(server.pid, server.out, server.error);
	CHECK_INT(outcome.status, status);
	if (said)
		CHECK_STR(process_beyond_limit(outcome.error), said);
	outcome_release(&outcome);
}

static bool lists(const char *client, const char *where, const char *directory,
		  const char *expected, const char *error)
{
	const char *const argv[] = { client, where, directory, NULL };
	struct outcome outcome = process_run(argv, NULL);
	bool as_expected = (expected ? strstr(outcome.out, expected) != NULL : !*outcome.out) &&
			   strstr(outcome.error, error) != NULL;

	if (!as_expected)
		CHECK_STR(outcome.error, error);
	outcome_release(&outcome);
	return as_expected;
}

/* One that cannot list yet, for the server begins, is asked again. */
static bool is_ready(const char *client, const char *where)
{
	const char *const argv[] = { client, where, "/nowhere", NULL };
	struct outcome outcome = process_run(argv, NULL);
	bool ready = strncmp(outcome.error, "/nowhere: ", 10) == 0;

	outcome_release(&outcome);
	return ready;
}

static void check_served(const char *client, const char *where)
{
	bool ready;

	AWAIT((ready = is_ready(client, where)));
	CHECK_THAT(ready, "%s of %s serves", where, client);
	CHECK_THAT(lists(client, where, below("examples/dir"), "dir_server.c\n", ""), "%s", where);
	CHECK_THAT(lists(client, where, "/nowhere", NULL, "/nowhere: No such file or directory\n"),
		   "%s", where);
}

/* By libtirpc's client, and by ours: rpcbind names the ports. */
static void check_by_rpcbind(void)
{
	check_served(below("dir/dir_client"), "127.0.0.1");
	check_served(below("client/dir_client"), "rpc+tcp://127.0.0.1");
	check_served(below("client/dir_client"), "rpc+udp://127.0.0.1");
}

/* ---- each dose ---- */

/* Two bytes of a call keep libtirpc's server for themselves, and nobody else. */
static bool serves_beside_two_bytes(void)
{
	const char *const argv[] = {
		"/bin/bash",
		"-c",
		"port=$(rpcinfo -p 127.0.0.1 | awk '$1 == 536871030 && $3 == \"tcp\" { print $4 "
		"}')\n"
		"exec 3<>/dev/tcp/127.0.0.1/$port && printf '\\200\\0' >&3 &&\n"
		"timeout 5 \"$1\" rpc+tcp://127.0.0.1 /",
		"bash",
		below("client/dir_client"),
		NULL
	};
	struct outcome outcome = process_run(argv, NULL);
	bool served = outcome.status == 0;

	outcome_release(&outcome);
	return served;
}

/* Killed by SIGTERM as it is. */
static void test_stock(void)
{
	const char *const argv[] = { below("dir/dir_server"), NULL };
	struct server server;

	if (!rpcbind_start())
		return;
	server = serve(argv);
	check_by_rpcbind();
	end(server, 128 + SIGTERM, "");
	rpcbind_stop();
}

static void test_no_lines(const char *const argv[])
{
	struct server server;

	if (!rpcbind_start())
		return;
	server = serve(argv);
	check_by_rpcbind();
	CHECK_INT(serves_beside_two_bytes(), true);
	end(server, 128 + SIGTERM, "");
	rpcbind_stop();
}

static void test_run(void)
{
	const char *const argv[] = { below("usr/local/bin/sidecall"), "run", "--",
				     below("dir/dir_server"), NULL };

	if (HARNESS_SLOWNESS > 1)
		harness_skip("a sanitizer's library has to be loaded first");
	else
		test_no_lines(argv);
}

static void test_link(void)
{
	const char *const argv[] = { below("link/dir_server"), NULL };

	test_no_lines(argv);
}

static void try_registered(const char *program)
{
	const char *const argv[] = { below(program), NULL };
	struct server server = serve(argv);

	check_by_rpcbind();
	CHECK_INT(serves_beside_two_bytes(), true);
	end(server, 0, "");
	CHECK_THAT(lists(below("dir/dir_client"), "127.0.0.1", "/", NULL, "Program not registered"),
		   "%s has left rpcbind", program);
}

static const char *const with_main[] = { "lines/dir_server", "loop/dir_server",
					 "threads/dir_server" };

static void test_registered(void)
{
	if (!rpcbind_start())
		return;
	for (size_t i = 0; i < COUNT(with_main); i++)
		try_registered(with_main[i]);
	rpcbind_stop();
}

/* What libtirpc has not, too.  Nobody has to be registered for that. */
static void try_paths(const char *program)
{
	char endpoints[3][PATH_MAX];
	const char *const argv[] = { below(program), endpoints[0], endpoints[1], endpoints[2],
				     NULL };
	struct server server;

	snprintf(endpoints[0], PATH_MAX, "rpc+unix:%s/socket", root);
	snprintf(endpoints[1], PATH_MAX, "rpc+shm:%s/shm", root);
	snprintf(endpoints[2], PATH_MAX, "rpc+fifo:%s", root);
	server = serve(argv);
	for (size_t i = 0; i < 3; i++)
		check_served(below("client/dir_client"), endpoints[i]);
	CHECK_INT(observe_idle(server.pid), true);
	end(server, 0, NULL);
	CHECK_INT(access(below("socket"), F_OK), -1);
}

static void test_paths(void)
{
	for (size_t i = 0; i < COUNT(with_main); i++)
		try_paths(with_main[i]);
}

static void test_wrong_endpoint(void)
{
	const char *const argv[] = { below("lines/dir_server"), "rpc+pigeon", NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_INT(outcome.status, 1);
	CHECK_THAT(strstr(outcome.error, "cannot listen at rpc+pigeon: ") != NULL, "%s",
		   outcome.error);
	outcome_release(&outcome);
	CHECK_THAT(lists(below("client/dir_client"), "rpc+unix:/nowhere", "/", NULL,
			 "rpc+unix:/nowhere: cannot connect"),
		   "says why");
}

/* ---- memory ---- */

/* Nothing is read, written or lost that should not be. */
static void try_valgrind(const char *program)
{
	char endpoint[PATH_MAX];
	const char *const argv[] = { "/usr/bin/valgrind",
				     "-q",
				     "--error-exitcode=99",
				     "--leak-check=full",
				     "--errors-for-leak-kinds=definite",
				     below(program),
				     endpoint,
				     NULL };
	struct server server;

	snprintf(endpoint, sizeof(endpoint), "rpc+unix:%s/socket", root);
	server = serve(argv);
	for (int i = 0; i < 3; i++)
		check_served(below("client/dir_client"), endpoint);
	end(server, 0, NULL);
}

static void test_valgrind(void)
{
	if (HARNESS_SLOWNESS > 1)
		harness_skip("a sanitizer looks already");
	else if (access("/usr/bin/valgrind", X_OK) != 0)
		harness_skip("no valgrind");
	else
		for (size_t i = 0; i < COUNT(with_main); i++)
			try_valgrind(with_main[i]);
}

int main(void)
{
	static const struct test tests[] = {
		{ "what they are linked with", test_built },
		{ "as rpcgen has it", test_stock },
		{ "no line: run", test_run },
		{ "no line: link", test_link },
		{ "some lines, known to rpcbind", test_registered },
		{ "some lines, on paths", test_paths },
		{ "endpoints that are none", test_wrong_endpoint },
		{ "valgrind", test_valgrind },
		{ NULL, NULL },
	};
	int status = EXIT_FAILURE;

	if (!program_use_built() || !harness_directory(root))
		return status;
	/* A thread's own result goes with the thread, when the program ends. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	rpcbind_enter();
	if (build_all())
		status = harness_run("examples", tests);
	rpcbind_stop();
	remove_tree(root);
	return status;
}
