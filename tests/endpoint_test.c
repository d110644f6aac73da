/* Where a service is: endpoints as text, the runtime directory, and who holds a path. */
#include "common/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/rendezvous.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define NOBODY        65534
#define MAX_PATH      (sizeof(((struct endpoint *)0)->path) - 1)

/* ---- endpoints as text ---- */

static const struct {
	const char *text;
	enum endpoint_protocol protocol;
	enum endpoint_transport transport;
	const char *host;
	int port;
	const char *path;
	const char *formatted; /* NULL: as it was */
} endpoints[] = {
	{ "rpc+tcp", ENDPOINT_RPC, ENDPOINT_TCP, "", -1, "", NULL },
	{ "raw+tcp", ENDPOINT_RAW, ENDPOINT_TCP, "", -1, "", NULL },
	{ "rpc+unix", ENDPOINT_RPC, ENDPOINT_UNIX, "", -1, "", NULL },
	{ "raw+unix", ENDPOINT_RAW, ENDPOINT_UNIX, "", -1, "", NULL },
	{ "rpc+tcp://127.0.0.1:7117", ENDPOINT_RPC, ENDPOINT_TCP, "127.0.0.1", 7117, "", NULL },
	{ "rpc+tcp://localhost", ENDPOINT_RPC, ENDPOINT_TCP, "localhost", -1, "", NULL },
	{ "raw+tcp://[::1]:7117", ENDPOINT_RAW, ENDPOINT_TCP, "::1", 7117, "", NULL },
	{ "raw+tcp://[fe80::1%eth0]", ENDPOINT_RAW, ENDPOINT_TCP, "fe80::1%eth0", -1, "", NULL },
	{ "rpc+tcp://[::]:0", ENDPOINT_RPC, ENDPOINT_TCP, "::", 0, "", NULL },
	{ "rpc+tcp://:65535", ENDPOINT_RPC, ENDPOINT_TCP, "", 65535, "", NULL },
	{ "rpc+tcp://[host]:1", ENDPOINT_RPC, ENDPOINT_TCP, "host", 1, "", "rpc+tcp://host:1" },
	{ "rpc+tcp://host:007", ENDPOINT_RPC, ENDPOINT_TCP, "host", 7, "", "rpc+tcp://host:7" },
	{ "rpc+unix:/run/x.sock", ENDPOINT_RPC, ENDPOINT_UNIX, "", -1, "/run/x.sock", NULL },
	{ "raw+unix:x", ENDPOINT_RAW, ENDPOINT_UNIX, "", -1, "x", NULL },
	{ "raw+udp", ENDPOINT_RAW, ENDPOINT_UDP, "", -1, "", NULL },
	{ "rpc+udp://[::1]:1", ENDPOINT_RPC, ENDPOINT_UDP, "::1", 1, "", NULL },
	{ "raw+pipe", ENDPOINT_RAW, ENDPOINT_PIPE, "", -1, "", NULL },
	{ "rpc+pipe:./serve", ENDPOINT_RPC, ENDPOINT_PIPE, "", -1, "./serve", NULL },
	{ "raw+fifo:/run/x", ENDPOINT_RAW, ENDPOINT_FIFO, "", -1, "/run/x", NULL },
	{ "rpc+shm:/run/x.shm", ENDPOINT_RPC, ENDPOINT_SHM, "", -1, "/run/x.shm", NULL },
	{ "tirpc+tcp://h:1", ENDPOINT_TIRPC, ENDPOINT_TCP, "h", 1, "", NULL },
	{ "tirpc+udp", ENDPOINT_TIRPC, ENDPOINT_UDP, "", -1, "", NULL },
	{ "tirpc+unix:x", ENDPOINT_TIRPC, ENDPOINT_UNIX, "", -1, "x", NULL },
	{ "raw+unix:a:b+c//d", ENDPOINT_RAW, ENDPOINT_UNIX, "", -1, "a:b+c//d", NULL },
};

static void test_parse(void)
{
	for (size_t i = 0; i < LENGTH(endpoints); i++) {
		char text[ENDPOINT_MAX_TEXT];
		struct endpoint endpoint;

		memset(&endpoint, 0xa5, sizeof(endpoint));
		CHECK_INT(endpoint_parse(&endpoint, endpoints[i].text) == NULL, true);
		CHECK_INT(endpoint.protocol, endpoints[i].protocol);
		CHECK_INT(endpoint.transport, endpoints[i].transport);
		CHECK_STR(endpoint.host, endpoints[i].host);
		CHECK_INT(endpoint.port, endpoints[i].port);
		CHECK_STR(endpoint.path, endpoints[i].path);
		endpoint_format(&endpoint, text);
		CHECK_STR(text,
			  endpoints[i].formatted ? endpoints[i].formatted : endpoints[i].text);
	}
}

static const struct {
	const char *before, *after;
	size_t longest;
	const char *error;
} lengths[] = {
	{ "raw+tcp://", "", NI_MAXHOST - 1, "too long" },
	{ "raw+tcp://", ":65535", NI_MAXHOST - 1, "too long" },
	{ "raw+unix:", "", MAX_PATH, "107 bytes" },
};

/* A text with a part of `length` bytes in its middle. */
static void fill(char *text, size_t row, size_t length)
{
	char *end = stpcpy(text, lengths[row].before);

	memset(end, 'h', length);
	strcpy(end + length, lengths[row].after);
}

static void test_longest(void)
{
	for (size_t i = 0; i < LENGTH(lengths); i++) {
		char text[2 * NI_MAXHOST], formatted[ENDPOINT_MAX_TEXT];
		struct endpoint endpoint;
		const char *error;

		fill(text, i, lengths[i].longest);
		CHECK_INT(endpoint_parse(&endpoint, text) == NULL, true);
		endpoint_format(&endpoint, formatted);
		CHECK_STR(formatted, text);
		fill(text, i, lengths[i].longest + 1);
		error = endpoint_parse(&endpoint, text);
		CHECK_INT(error && strstr(error, lengths[i].error), true);
	}
}

/* What is wrong is said in a few words; the test looks for the word that matters. */
static const struct {
	const char *text, *error;
} errors[] = {
	{ "", "PROTOCOL+TRANSPORT" },
	{ "rpc", "PROTOCOL+TRANSPORT" },
	{ "tcp://host", "PROTOCOL+TRANSPORT" },
	{ "/run/x.sock", "PROTOCOL+TRANSPORT" },
	{ "+", "protocol" },
	{ "+tcp", "protocol" },
	{ "rp+tcp", "protocol" },
	{ "rpcs+tcp", "protocol" },
	{ "RPC+tcp", "protocol" },
	{ "rpc +tcp", "protocol" },
	{ "rpc+", "transport" },
	{ "tirpc+pipe", "tirpc" },
	{ "tirpc+fifo", "tirpc" },
	{ "tirpc+shm:/run/x", "tirpc" },
	{ "rpc+:", "transport" },
	{ "rpc+tc", "transport" },
	{ "rpc+tcps://host", "transport" },
	{ "rpc+TCP", "transport" },
	{ "rpc+tcp ", "transport" },
	{ "rpc+tcp:", "tcp://" },
	{ "rpc+tcp:host:1", "tcp://" },
	{ "rpc+tcp:/host", "tcp://" },
	{ "rpc+tcp://[::1", "]" },
	{ "rpc+tcp://[", "]" },
	{ "rpc+tcp://::1", "brackets" },
	{ "rpc+tcp://::1:80", "brackets" },
	{ "rpc+tcp://[::1]80", "brackets" },
	{ "rpc+tcp://[[host]:1", "brackets" },
	{ "rpc+tcp://host]:1", "brackets" },
	{ "rpc+tcp://host:", "port" },
	{ "rpc+tcp://host:http", "port" },
	{ "rpc+tcp://host:-1", "port" },
	{ "rpc+tcp://host:+1", "port" },
	{ "rpc+tcp://host: 1", "port" },
	{ "rpc+tcp://host:1 ", "port" },
	{ "rpc+tcp://host:0x1", "port" },
	{ "rpc+tcp://host:65536", "port" },
	{ "rpc+tcp://host:4294967297", "port" },
	{ "rpc+tcp://host:99999999999999999999999", "port" },
	{ "rpc+tcp://[::1]:x", "port" },
	{ "rpc+unix:", "empty" },
};

static void test_errors(void)
{
	for (size_t i = 0; i < LENGTH(errors); i++) {
		struct endpoint endpoint;
		const char *error = endpoint_parse(&endpoint, errors[i].text);

		if (!error || !strstr(error, errors[i].error))
			CHECK_STR(errors[i].text, error ? error : "an endpoint");
	}
}

static void test_names(void)
{
	CHECK_STR(endpoint_protocol_name(ENDPOINT_RPC), "rpc");
	CHECK_STR(endpoint_protocol_name(ENDPOINT_RAW), "raw");
	CHECK_STR(endpoint_transport_name(ENDPOINT_TCP), "tcp");
	CHECK_STR(endpoint_transport_name(ENDPOINT_UNIX), "unix");
}

static void check_address(const char *text, const void *address, socklen_t length)
{
	char formatted[ENDPOINT_MAX_TEXT];
	struct endpoint endpoint;

	CHECK_INT(endpoint_parse(&endpoint, strstr(text, "//") ? "raw+tcp" : "raw+unix") == NULL,
		  true);
	endpoint_set_address(&endpoint, address, length);
	endpoint_format(&endpoint, formatted);
	CHECK_STR(formatted, text);
}

static void test_set_address(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(7117) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(1) };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/run/x" };
	char text[MAX_PATH + 16] = "raw+unix:";

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in6.sin6_addr = in6addr_loopback;
	check_address("raw+tcp://127.0.0.1:7117", &in, sizeof(in));
	check_address("raw+tcp://[::1]:1", &in6, sizeof(in6));
	check_address("raw+unix:/run/x", &un, sizeof(un));
	/* As long as a path can be, it has no zero byte at its end. */
	memset(un.sun_path, 'x', sizeof(un.sun_path));
	un.sun_path[0] = '/';
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%.*s", (int)MAX_PATH,
		 un.sun_path);
	check_address(text, &un, sizeof(un));
}

/* ---- the runtime directory ---- */

/* A directory of the test's own, and none of the variables set. */
struct place {
	char path[64];
};

static void place_make(struct place *place)
{
	snprintf(place->path, sizeof(place->path), "/tmp/endpoint-XXXXXX");
	if (!harness_directory(place->path))
		CU_FAIL_FATAL("no directory for the test");
	unsetenv("SIDECALL_DIR");
	unsetenv("RUNTIME_DIRECTORY");
	unsetenv("XDG_RUNTIME_DIR");
}

static char *place_name(const struct place *place, const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", place->path, name);
	return path;
}

static void set_variable(const struct place *place, const char *variable, const char *name)
{
	char path[256];

	if (!name)
		unsetenv(variable);
	else
		setenv(variable, *name ? place_name(place, name, path) : "", 1);
}

/* Which variable decides; "" is as good as none.  Not here: /tmp/sidecall-UID, when none is set,
 * for it is not a test's to make. */
static const struct {
	const char *own, *service, *session, *directory;
} choices[] = {
	{ "a", NULL, NULL, "a" },      { NULL, "b", NULL, "b" }, { NULL, NULL, "c", "c/sidecall" },
	{ "a", "b", "c", "a" },        { NULL, "b", "c", "b" },  { "", "b", "c", "b" },
	{ "", "", "c", "c/sidecall" },
};

static void test_directory(void)
{
	struct place place;

	place_make(&place);
	mkdir(place_name(&place, "c", (char[256]){ 0 }), 0700);
	for (size_t i = 0; i < LENGTH(choices); i++) {
		char directory[256], expected[256];
		struct stat st;

		set_variable(&place, "SIDECALL_DIR", choices[i].own);
		set_variable(&place, "RUNTIME_DIRECTORY", choices[i].service);
		set_variable(&place, "XDG_RUNTIME_DIR", choices[i].session);
		umask(0);
		CHECK_INT(rendezvous_directory(directory, sizeof(directory)), 0);
		umask(022);
		CHECK_STR(directory, place_name(&place, choices[i].directory, expected));
		CHECK_INT(stat(directory, &st), 0);
		CHECK_INT(st.st_mode, S_IFDIR | 0700);
	}
	remove_tree(place.path);
}

/* systemd names all of a unit's runtime directories in one variable. */
static void test_directory_of_a_list(void)
{
	static const char *const lists[] = { "%s/a", "%s/a:", "%s/a:%s/b", ":%s/a:%s/b" };
	struct place place;

	place_make(&place);
	for (size_t i = 0; i < LENGTH(lists); i++) {
		char list[256] = "", directory[256], expected[256];

		for (const char *from = lists[i]; *from; from += *from == '%' ? 2 : 1)
			snprintf(list + strlen(list), sizeof(list) - strlen(list), "%.*s",
				 *from == '%' ? 64 : 1, *from == '%' ? place.path : from);
		setenv("RUNTIME_DIRECTORY", list, 1);
		CHECK_INT(rendezvous_directory(directory, sizeof(directory)), 0);
		CHECK_STR(directory, place_name(&place, "a", expected));
		CHECK_INT(access(place_name(&place, "b", expected), F_OK), -1);
	}
	setenv("XDG_RUNTIME_DIR", place.path, 1);
	setenv("RUNTIME_DIRECTORY", "::", 1); /* as good as none */
	CHECK_INT(rendezvous_directory((char[256]){ 0 }, 256), 0);
	CHECK_INT(access(place_name(&place, "sidecall", (char[256]){ 0 }), F_OK), 0);
	remove_tree(place.path);
}

static void make_what(const char *path, const char *what)
{
	if (strcmp(what, "file") == 0)
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700));
	else if (strcmp(what, "link") == 0)
		CHECK_INT(symlink(".", path), 0);
	else
		CHECK_INT(mkdir(path, 0700), 0);
}

/* What may stand where the directory should be. */
static const struct {
	const char *name, *what;
	mode_t mode;
	uid_t owner; /* 0: ours */
	int r;
} traps[] = {
	{ "ours", "directory", 0700, 0, 0 },
	{ "readable", "directory", 0755, 0, 0 },
	{ "group", "directory", 0720, 0, -EPERM },
	{ "others", "directory", 0702, 0, -EPERM },
	{ "sticky", "directory", 01777, 0, -EPERM },
	{ "another's", "directory", 0700, NOBODY, -EPERM },
	{ "file", "file", 0700, 0, -ENOTDIR },
	{ "link", "link", 0, 0, -ENOTDIR },
};

static void test_traps(void)
{
	struct place place;

	place_make(&place);
	for (size_t i = 0; i < LENGTH(traps); i++) {
		char path[256], directory[256];

		place_name(&place, traps[i].name, path);
		make_what(path, traps[i].what);
		if (traps[i].mode)
			CHECK_INT(chmod(path, traps[i].mode), 0);
		if (traps[i].owner && chown(path, traps[i].owner, traps[i].owner) < 0)
			continue; /* only root can give a directory away */
		setenv("SIDECALL_DIR", path, 1);
		if (rendezvous_directory(directory, sizeof(directory)) != traps[i].r)
			CHECK_STR(traps[i].name, "(another answer)");
	}
	setenv("SIDECALL_DIR", place_name(&place, "no/such", (char[256]){ 0 }), 1);
	CHECK_INT(rendezvous_directory((char[256]){ 0 }, 256), -ENOENT);
	remove_tree(place.path);
}

/* Where clients and doctor look for a server that nobody named. */
static void test_nearby(void)
{
	struct endpoint nearby[RENDEZVOUS_NEARBY];
	struct place place;
	char path[256];

	place_make(&place);
	for (size_t i = 0; i < LENGTH(choices); i++) {
		set_variable(&place, "SIDECALL_DIR", choices[i].own);
		set_variable(&place, "RUNTIME_DIRECTORY", choices[i].service);
		set_variable(&place, "XDG_RUNTIME_DIR", choices[i].session);
		CHECK_INT(rendezvous_nearby(nearby), 0);
		place_name(&place, choices[i].directory, path);
		CHECK_INT(access(path, F_OK), -1);
		CHECK_STR(nearby[0].path, strcat(path, "/rpc.sock"));
		CHECK_STR(nearby[1].path,
			  choices[i].own && *choices[i].own ? "" : "/run/sidecall/rpc.sock");
	}
	unsetenv("SIDECALL_DIR");
	setenv("RUNTIME_DIRECTORY", place_name(&place, "open", path), 1);
	make_what(path, "directory");
	CHECK_INT(chmod(path, 0777), 0);
	CHECK_INT(rendezvous_nearby(nearby), -EPERM);
	CHECK_STR(nearby[0].path, "");
	CHECK_STR(nearby[1].path, "/run/sidecall/rpc.sock");
	remove_tree(place.path);
}

static void test_directory_too_long(void)
{
	struct place place;
	char path[256], directory[256];
	size_t length;

	place_make(&place);
	length = strlen(place_name(&place, "sidecall", path));
	setenv("SIDECALL_DIR", path, 1);
	CHECK_INT(rendezvous_directory(directory, length), -ENAMETOOLONG);
	CHECK_INT(access(path, F_OK), -1);
	CHECK_INT(rendezvous_directory(directory, length + 1), 0);
	unsetenv("SIDECALL_DIR");
	setenv("XDG_RUNTIME_DIR", place.path, 1);
	CHECK_INT(rendezvous_directory(directory, length), -ENAMETOOLONG);
	CHECK_INT(rendezvous_directory(directory, length + 1), 0);
	CHECK_STR(directory, path);
	remove_tree(place.path);
}

static void test_resolve(void)
{
	static const struct {
		const char *text, *resolved; /* with the directory in place of % */
	} cases[] = {
		{ "rpc+unix", "rpc+unix:%s/rpc.sock" }, { "raw+unix", "raw+unix:%s/raw.sock" },
		{ "raw+unix:/x", "raw+unix:/x" },       { "rpc+tcp", "rpc+tcp" },
		{ "raw+tcp://h:1", "raw+tcp://h:1" },
	};
	struct place place;

	place_make(&place);
	setenv("SIDECALL_DIR", place.path, 1);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char expected[256], text[ENDPOINT_MAX_TEXT];
		const char *rest = strstr(cases[i].resolved, "%s");
		struct endpoint endpoint;

		CHECK_INT(endpoint_parse(&endpoint, cases[i].text) == NULL, true);
		CHECK_INT(rendezvous_resolve(&endpoint), 0);
		endpoint_format(&endpoint, text);
		snprintf(expected, sizeof(expected), "%.*s%s%s",
			 rest ? (int)(rest - cases[i].resolved) : 99, cases[i].resolved,
			 rest ? place.path : "", rest ? rest + 2 : "");
		CHECK_STR(text, expected);
	}
	remove_tree(place.path);
}

/* A directory whose name just fits a socket's address leaves no room for the socket's own. */
static void test_resolve_too_long(void)
{
	struct place place;
	struct endpoint endpoint;
	char directory[256], name[256] = "";
	size_t room;

	place_make(&place);
	room = MAX_PATH - strlen("/rpc.sock") - strlen(place.path) - 1;
	for (size_t extra = 0; extra < 2; extra++) {
		memset(name, 'd', room + extra);
		setenv("SIDECALL_DIR", place_name(&place, name, directory), 1);
		CHECK_INT(endpoint_parse(&endpoint, "rpc+unix") == NULL, true);
		CHECK_INT(rendezvous_resolve(&endpoint), extra ? -ENAMETOOLONG : 0);
	}
	remove_tree(place.path);
}

/* ---- who holds a path ---- */

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void test_claim(void)
{
	struct rendezvous_lock first, second;
	struct place place;
	char path[256], lock[256];

	place_make(&place);
	place_name(&place, "x.sock", path);
	place_name(&place, "x.sock.lock", lock);
	CHECK_INT(rendezvous_claim(&first, path), 0);
	CHECK_STR(first.path, lock);
	CHECK_INT(exists(lock), true);
	CHECK_INT(fcntl(first.fd, F_GETFD), FD_CLOEXEC);
	/* A lock belongs to the open file, so a second claim in one process is refused too. */
	CHECK_INT(rendezvous_claim(&second, path), -EADDRINUSE);
	CHECK_INT(second.owner, getpid());
	CHECK_INT(second.fd, -1);
	rendezvous_let_go(&second); /* harmless */
	CHECK_INT(exists(lock), true);
	CHECK_INT(rendezvous_claim(&second, path), -EADDRINUSE);
	rendezvous_let_go(&first);
	CHECK_INT(exists(lock), false);
	CHECK_INT(first.fd, -1);
	CHECK_INT(rendezvous_claim(&second, path), 0);
	rendezvous_let_go(&first); /* twice: the next owner's file stays */
	CHECK_INT(exists(lock), true);
	rendezvous_let_go(&second);
	remove_tree(place.path);
}

static int wait_status(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* In a child: is the path refused, with this process as its owner?  And again once it is free? */
static void test_claim_by_another(void)
{
	struct rendezvous_lock held, lock;
	struct place place;
	char path[256];
	pid_t parent = getpid(), pid;

	place_make(&place);
	place_name(&place, "x.sock", path);
	CHECK_INT(rendezvous_claim(&held, path), 0);
	pid = fork();
	if (pid == 0)
		_exit(rendezvous_claim(&lock, path) == -EADDRINUSE && lock.owner == parent ? 0 : 1);
	CHECK_INT(wait_status(pid), 0);
	rendezvous_let_go(&held);
	pid = fork();
	if (pid == 0) {
		int r = rendezvous_claim(&lock, path);

		rendezvous_let_go(&lock);
		_exit(r == 0 ? 0 : 1);
	}
	CHECK_INT(wait_status(pid), 0);
	remove_tree(place.path);
}

/* A child that holds the path until it is killed; `ready` gets a byte when it does. */
static pid_t start_holder(const char *path)
{
	struct rendezvous_lock lock;
	int ready[2];
	char byte = 0;
	pid_t pid;

	CHECK_INT(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		byte = rendezvous_claim(&lock, path) == 0;
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	CHECK_INT(read(ready[0], &byte, 1), 1);
	CHECK_INT(byte, 1);
	close(ready[0]);
	return pid;
}

static void test_claim_after_a_crash(void)
{
	struct rendezvous_lock lock;
	struct place place;
	char path[256], file[256], text[32] = "", expected[32];
	pid_t pid;

	place_make(&place);
	place_name(&place, "x.sock", path);
	place_name(&place, "x.sock.lock", file);
	pid = start_holder(path);
	CHECK_INT(rendezvous_claim(&lock, path), -EADDRINUSE);
	CHECK_INT(lock.owner, pid);
	kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	CHECK_INT(exists(file), true);
	CHECK_INT(rendezvous_claim(&lock, path), 0);
	CHECK_INT(pread(lock.fd, text, sizeof(text) - 1, 0) > 0, true);
	snprintf(expected, sizeof(expected), "%d\n", getpid());
	CHECK_STR(text, expected);
	rendezvous_let_go(&lock);
	CHECK_INT(exists(file), false);
	remove_tree(place.path);
}

/* ---- many who come and go at once ---- */

#define RIVALS 4
#define CLAIMS 10000 /* of each */

struct race {
	char path[256];
	atomic_int holders, wrong;
};

/* A lock file may be removed between a rival's open and his lock: then he holds none. */
static void *claim_again_and_again(void *argument)
{
	struct race *race = argument;
	struct rendezvous_lock lock;

	for (int i = 0; i < CLAIMS; i++) {
		int r = rendezvous_claim(&lock, race->path);

		race->wrong += r != 0 && r != -EADDRINUSE;
		if (r < 0)
			continue;
		race->wrong += race->holders++ != 0;
		sched_yield();
		race->holders--;
		rendezvous_let_go(&lock);
	}
	return NULL;
}

static void test_claim_in_a_race(void)
{
	pthread_t threads[RIVALS];
	struct race race = { .holders = 0 };
	struct place place;

	place_make(&place);
	place_name(&place, "x", race.path);
	for (int i = 0; i < RIVALS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, claim_again_and_again, &race), 0);
	for (int i = 0; i < RIVALS; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(race.wrong, 0);
	remove_tree(place.path);
}

/* What stands where the lock file should be, and does not belong there. */
static void test_claim_refused(void)
{
	struct rendezvous_lock lock;
	struct place place;
	char path[256], file[256];

	place_make(&place);
	CHECK_INT(rendezvous_claim(&lock, place_name(&place, "no/such", path)), -ENOENT);
	CHECK_INT(lock.fd, -1);
	CHECK_INT(symlink("target", place_name(&place, "link.lock", file)), 0);
	CHECK_INT(rendezvous_claim(&lock, place_name(&place, "link", path)), -ELOOP);
	CHECK_INT(exists(place_name(&place, "target", file)), false);
	CHECK_INT(mkdir(place_name(&place, "directory.lock", file), 0700), 0);
	CHECK_INT(rendezvous_claim(&lock, place_name(&place, "directory", path)), -EISDIR);
	rendezvous_let_go(&lock);
	CHECK_INT(exists(file), true);
	remove_tree(place.path);
}

/* A file of that name that is none of our locks is left alone; an empty one is a lock. */
static void test_claim_of_garbage(void)
{
	static const char garbage[] = "somebody's notes";
	struct rendezvous_lock lock, other;
	struct place place;
	char path[256], file[256], text[64] = "", expected[32];
	int fd;

	place_make(&place);
	place_name(&place, "x", path);
	fd = open(place_name(&place, "x.lock", file), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT(write(fd, garbage, strlen(garbage)), strlen(garbage));
	CHECK_INT(rendezvous_claim(&lock, path), -EEXIST);
	CHECK_INT(pread(fd, text, sizeof(text) - 1, 0), strlen(garbage));
	CHECK_STR(text, garbage);
	CHECK_INT(ftruncate(fd, 0), 0);
	close(fd);
	memset(text, 0, sizeof(text));
	CHECK_INT(rendezvous_claim(&lock, path), 0);
	snprintf(expected, sizeof(expected), "%d\n", getpid());
	CHECK_INT(pread(lock.fd, text, sizeof(text) - 1, 0) > 0, true);
	CHECK_STR(text, expected);
	CHECK_INT(rendezvous_claim(&other, path), -EADDRINUSE);
	CHECK_INT(other.owner, getpid());
	CHECK_INT(ftruncate(lock.fd, 0), 0);
	CHECK_INT(rendezvous_claim(&other, path), -EADDRINUSE);
	CHECK_INT(other.owner, 0);
	rendezvous_let_go(&lock);
	remove_tree(place.path);
}

/* A lock file that is a hard link would let us write to whatever else it is: empty files, and
 * those that look like locks. */
static void test_claim_of_a_hard_link(void)
{
	static const char *const contents[] = { "", "4711\n" };
	struct rendezvous_lock lock;
	struct place place;
	char path[256], file[256], other[256], text[64];

	place_make(&place);
	place_name(&place, "x", path);
	place_name(&place, "x.lock", file);
	place_name(&place, "other", other);
	for (size_t i = 0; i < LENGTH(contents); i++) {
		int fd = open(other, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		ssize_t length = (ssize_t)strlen(contents[i]);

		CHECK_INT(write(fd, contents[i], strlen(contents[i])), length);
		CHECK_INT(link(other, file), 0);
		CHECK_INT(rendezvous_claim(&lock, path), -EEXIST);
		CHECK_INT(lock.fd, -1);
		CHECK_INT(pread(fd, text, sizeof(text), 0), length);
		CHECK_BYTES(text, contents[i], (size_t)length);
		CHECK_INT(exists(file), true);
		close(fd);
		/* With this name alone it is a lock like any other. */
		CHECK_INT(unlink(other), 0);
		CHECK_INT(rendezvous_claim(&lock, path), 0);
		rendezvous_let_go(&lock);
	}
	remove_tree(place.path);
}

/* Nor is what is no file, or another user's (which he may lock, or read). */
static void test_claim_of_what_is_not_ours(void)
{
	struct rendezvous_lock lock;
	struct place place;
	char path[256], file[256];
	struct stat st;

	place_make(&place);
	place_name(&place, "x", path);
	CHECK_INT(mkfifo(place_name(&place, "x.lock", file), 0600), 0);
	CHECK_INT(rendezvous_claim(&lock, path), -EEXIST);
	CHECK_INT(exists(file), true);
	CHECK_INT(unlink(file), 0);
	close(open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0666));
	if (chown(file, NOBODY, NOBODY) == 0) { /* only root can give it away */
		CHECK_INT(rendezvous_claim(&lock, path), -EEXIST);
		CHECK_INT(stat(file, &st), 0);
		CHECK_INT(st.st_size, 0);
	}
	remove_tree(place.path);
}

/* What happens between the moment when a lock's file is open and the one when it is locked. */
static const char *_Atomic removed_first, *_Atomic replaced_first;

/* In the place of the C library's: somebody else is quicker. */
int flock(int fd, int operation)
{
	const char *removed = atomic_exchange(&removed_first, NULL);
	const char *replaced = atomic_exchange(&replaced_first, NULL);

	if (removed)
		unlink(removed);
	if (replaced)
		close(open(replaced, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	return (int)syscall(SYS_flock, fd, operation);
}

/* Its last owner removes the file that was just opened: a lock on that would keep nobody out. */
static void test_claim_of_a_removed_file(void)
{
	for (int replace = 0; replace < 2; replace++) {
		struct rendezvous_lock lock, other;
		struct place place;
		char path[256], file[256];

		place_make(&place);
		place_name(&place, "x", path);
		place_name(&place, "x.lock", file);
		removed_first = file;
		replaced_first = replace ? file : NULL;
		CHECK_INT(rendezvous_claim(&lock, path), 0);
		CU_ASSERT_PTR_NULL(removed_first);
		CHECK_INT(exists(file), true);
		CHECK_INT(rendezvous_claim(&other, path), -EADDRINUSE);
		CHECK_INT(other.owner, getpid());
		rendezvous_let_go(&lock);
		remove_tree(place.path);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "parse and format", test_parse },
		{ "the longest host and path", test_longest },
		{ "what is no endpoint", test_errors },
		{ "names", test_names },
		{ "from a socket's address", test_set_address },
		{ "runtime directory", test_directory },
		{ "runtime directory: the first of a list", test_directory_of_a_list },
		{ "runtime directory: traps", test_traps },
		{ "where a server is looked for that nobody named", test_nearby },
		{ "runtime directory: too long", test_directory_too_long },
		{ "resolve", test_resolve },
		{ "resolve: too long", test_resolve_too_long },
		{ "claim", test_claim },
		{ "claim: by another process", test_claim_by_another },
		{ "claim: after a crash", test_claim_after_a_crash },
		{ "claim: in a race", test_claim_in_a_race },
		{ "claim: refused", test_claim_refused },
		{ "claim: garbage in the file", test_claim_of_garbage },
		{ "claim: a hard link to something else", test_claim_of_a_hard_link },
		{ "claim: what is not ours", test_claim_of_what_is_not_ours },
		{ "claim: a file that is removed meanwhile", test_claim_of_a_removed_file },
		{ 0 },
	};

	return harness_run("endpoint", tests);
}
