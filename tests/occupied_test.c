/* What stands where a server wants to be: others that are alive keep their place, dead ones lose
 * it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A directory of the test's own, and an endpoint in it. */
struct place {
	char directory[32], path[64], endpoint[96];
};

static void place_make(struct place *place, const char *prefix, const char *name)
{
	snprintf(place->directory, sizeof(place->directory), "/tmp/sidecall-test-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(place->directory));
	snprintf(place->path, sizeof(place->path), "%s/%s", place->directory, name);
	snprintf(place->endpoint, sizeof(place->endpoint), "%s:%s", prefix,
		 strncmp(prefix + 4, "fifo", 4) == 0 ? place->directory : place->path);
}

/* The server does not start, and says why; the file at this path is the same as before. */
static void check_stays(const struct place *place, const char *path, const char *why)
{
	const char *argv[] = { program_path("sidecalld"), "--no-rpcbind", "--listen",
			       place->endpoint, NULL };
	struct stat before, after = { 0 };
	struct outcome outcome;

	CHECK_INT(lstat(path, &before), 0);
	outcome = process_run(argv, NULL);
	if (outcome.status == -1)
		CU_FAIL_FATAL("the server starts, and takes the place");
	CHECK_THAT(outcome.status == 69, "%s: %d", place->endpoint, outcome.status);
	CHECK_THAT(strstr(outcome.error, why), "%s: %s", place->endpoint, outcome.error);
	CHECK_STR(outcome.out, "");
	CHECK_INT(lstat(path, &after), 0);
	CHECK_INT(after.st_ino, before.st_ino);
	outcome_release(&outcome);
}

static void check_refused(const struct place *place, const char *why)
{
	check_stays(place, place->path, why);
}

/* It starts, and leaves nothing. */
static void check_started(const struct place *place)
{
	const char *const options[] = { "--listen", place->endpoint, NULL };
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	CHECK_INT(daemon_stop(&daemon), 0);
	CHECK_INT(access(place->path, F_OK), -1);
	CHECK_INT(rmdir(place->directory), 0);
}

/* ---- sockets ---- */

/* A stranger's socket of some type, which has no lock of ours. */
static int strange_socket(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (type != SOCK_DGRAM)
		CHECK_INT(listen(fd, 1), 0);
	return fd;
}

static void test_living_socket(void)
{
	static const char *const prefixes[] = { "rpc+unix", "raw+unix", "raw+shm" };
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };

	for (size_t i = 0; i < COUNT(prefixes); i++) {
		struct place place;

		place_make(&place, prefixes[i], "s");
		for (size_t t = 0; t < COUNT(types); t++) {
			int fd = strange_socket(place.path, types[t]);

			check_refused(&place,
				      "another server is using it. End it, or take another path");
			close(fd);
			/* The last one, dead now, makes way. */
			if (t + 1 < COUNT(types))
				CHECK_INT(unlink(place.path), 0);
		}
		unlink(place.path);
		close(strange_socket(place.path, SOCK_STREAM));
		check_started(&place);
	}
}

/* One whose queue is full is alive, though it takes no connection now. */
static void test_busy_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct place place;
	int fd, waiting[8];

	place_make(&place, "raw+unix", "s");
	fd = strange_socket(place.path, SOCK_STREAM);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", place.path);
	for (size_t i = 0; i < COUNT(waiting); i++) {
		waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(waiting[i], (struct sockaddr *)&address, sizeof(address));
	}
	CU_ASSERT(errno == EAGAIN);
	check_refused(&place, "another server is using it. End it, or take another path");
	for (size_t i = 0; i < COUNT(waiting); i++)
		close(waiting[i]);
	close(fd);
	check_started(&place);
}

/* ---- named pipes ---- */

/* A stranger's FIFO that is read, by a server or by somebody who waits for its first writer, is not
 * replaced; nor is it removed when the server that was refused ends. */
static void test_living_fifo(void)
{
	static const char *const prefixes[] = { "rpc+fifo", "raw+fifo" };
	static const int reading[] = { O_RDONLY | O_NONBLOCK, O_RDWR };

	for (size_t i = 0; i < COUNT(prefixes); i++) {
		struct place place;
		char name[16];

		snprintf(name, sizeof(name), "%.3s.fifo", prefixes[i]);
		place_make(&place, prefixes[i], name);
		CHECK_INT(mkfifo(place.path, 0600), 0);
		for (size_t r = 0; r < COUNT(reading); r++) {
			int fd = open(place.path, reading[r] | O_CLOEXEC);
			char byte;

			check_refused(&place,
				      "another server is using it. End it, or take another path");
			CU_ASSERT(read(fd, &byte, reading[r] == O_RDWR ? 0 : 1) == 0);
			close(fd);
		}
		check_started(&place); /* nobody reads it any more */
	}
}

/* What is no FIFO, or a link to one, stays. */
static void test_no_fifo(void)
{
	struct place place;
	char other[80];

	place_make(&place, "raw+fifo", "raw.fifo");
	close(open(place.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	check_refused(&place, "something else stands there");
	CHECK_INT(unlink(place.path), 0);
	snprintf(other, sizeof(other), "%s/other", place.directory);
	CHECK_INT(mkfifo(other, 0600), 0);
	CHECK_INT(symlink("other", place.path), 0);
	check_refused(&place, "something else stands there");
	remove_tree(place.directory);
}

/* ---- locks ---- */

static void test_lock_is_something_else(void)
{
	static const char *const endpoints[][2] = { { "raw+unix", "s" },
						    { "raw+fifo", "raw.fifo" } };

	for (size_t i = 0; i < COUNT(endpoints); i++) {
		struct place place;
		char lock[80], other[80];
		struct stat st;

		place_make(&place, endpoints[i][0], endpoints[i][1]);
		snprintf(lock, sizeof(lock), "%s.lock", place.path);
		snprintf(other, sizeof(other), "%s/other", place.directory);
		close(open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		CHECK_INT(link(other, lock), 0);
		check_stays(&place, other,
			    "something else stands there, or as its .lock, and stays. Take another "
			    "path");
		CHECK_INT(stat(other, &st), 0);
		CHECK_INT(st.st_size, 0);
		remove_tree(place.directory);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "a stranger's living socket", test_living_socket },
		{ "a stranger's socket whose queue is full", test_busy_socket },
		{ "a stranger's FIFO that is read", test_living_fifo },
		{ "what is no FIFO", test_no_fifo },
		{ "a lock file that is something else", test_lock_is_something_else },
		{ NULL, NULL },
	};

	return harness_run("occupied", tests);
}
