/* `sidecall run`: how a server begins: by inetd(8), by rpcbind, or by what rpcgen wrote for both.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rpc/pmap_clnt.h>
#include <rpc/rpc.h>
#include <rpc/rpcb_prot.h>

#include "tests/kit/harness.h"
#include "tests/kit/rpcbind.h"
#include "tests/kit/odd.h"
#include "tests/kit/process.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- what inetd(8) hands over ---- */

static int bind_loopback(int type, uint16_t *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(in);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&in, length) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 8) < 0))
		abort();
	getsockname(fd, (struct sockaddr *)&in, &length);
	*port = ntohs(in.sin_port);
	return fd;
}

static void ask_what_inetd_bound(struct notes *notes, struct odd *odd)
{
	for (int i = 0; i < 2; i++) {
		int fd = odd_connect(odd);

		odd_make_call(notes, odd, fd, COUNT, 1);
		odd_make_text_call(notes, odd, fd, &odd_nobody, CALLER);
		close(fd);
	}
}

/* inetd's "wait": it is given what is bound. */
static void run_bound(enum how how, enum way way, const char *const words[], struct notes *notes)
{
	uint16_t port;
	struct odd odd = { .how = how,
			   .way = way,
			   .standard = bind_loopback(way == UDP ? SOCK_DGRAM : SOCK_STREAM,
						     &port) };

	if (odd_start(&odd, words))
		ask_what_inetd_bound(notes, &odd);
	odd_stop(&odd);
	close(odd.standard);
}

static void run_waiting(enum how how, enum way way, struct notes *notes)
{
	run_bound(how, way, (const char *const[]){ "-c", "inetd", NULL }, notes);
}

/* It closes all descriptors but those that it was given. */
static const char *const ways_to_forget[] = { "closefrom", "close_range", "close" };

static void run_forgetting(enum how how, enum way way, struct notes *notes)
{
	for (size_t i = 0; i < 2 * LENGTH(ways_to_forget); i++) {
		const char *const words[] = { "-c", "inetd",
					      "-f", ways_to_forget[i / 2],
					      "-b", i % 2 ? "after" : "no",
					      NULL };

		run_bound(how, way, words, notes);
	}
}

/* inetd's "nowait": it is given a connection, which ends with its client. */
static void run_on_connection(enum how how, const char *const words[], struct notes *notes)
{
	struct odd odd = { .how = how, .way = UNIX };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	odd.standard = pair[0];
	if (odd_start(&odd, words)) {
		close(pair[0]);
		odd_make_call(notes, &odd, pair[1], COUNT, 1);
		odd_make_call(notes, &odd, pair[1], BYTES, 100000);
		shutdown(pair[1], SHUT_WR);
		odd_take_reply(notes, &odd, pair[1]);
		notes_add(notes, "lives: %d\n", kill(odd.server, 0) == 0);
	}
	odd_stop(&odd);
	close(pair[1]);
}

static void run_connected(enum how how, enum way way, struct notes *notes)
{
	(void)way;
	run_on_connection(how, (const char *const[]){ "-c", "connected", NULL }, notes);
}

static void run_connected_forgetting(enum how how, enum way way, struct notes *notes)
{
	(void)way;
	run_on_connection(how, (const char *const[]){ "-c", "connected", "-f", "close", NULL },
			  notes);
}

/* The dispatcher destroys the connection that its call came by. */
static void run_destroyed(enum how how, enum way way, struct notes *notes)
{
	static const char *const words[] = { "-c", "connected", NULL };
	struct odd odd = { .how = how, .way = way };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	odd.standard = pair[0];
	if (odd_start(&odd, words)) {
		close(pair[0]);
		odd_make_call(notes, &odd, pair[1], DO, DESTROY_FIRST);
		kill(odd.server, SIGTERM);
		notes_add(notes, "ended with %d\n", odd_wait(&odd));
	}
	odd_stop(&odd);
	close(pair[1]);
}

static void compare_runs(void (*run)(enum how how, enum way way, struct notes *notes), enum way way)
{
	static struct notes seen[HOWS];

	for (enum how how = STOCK; how < HOWS; how = how < OURS ? OURS : how + 1) {
		seen[how] = (struct notes){ 0 };
		run(how, way, &seen[how]);
		CHECK_STR(seen[how].text, seen[STOCK].text);
	}
	CHECK_THAT(*seen[STOCK].text, "something is seen");
}

static void test_inetd(void)
{
	compare_runs(run_waiting, TCP);
	compare_runs(run_waiting, UDP);
	compare_runs(run_connected, UNIX);
}

/* Those that no file has: of the runtime, for the program has none. */
static int count_nameless(pid_t pid)
{
	char path[64], name[64];
	int count = 0;

	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		count += readlink(path, name, sizeof(name)) > 0 && memcmp(name, "anon_", 5) == 0;
	}
	return count;
}

static int count_kept(const char *forget)
{
	struct odd odd = { .how = OURS, .way = TCP, .standard = -1 };
	int count = 0;

	if (odd_start(&odd, (const char *const[]){ "-f", forget, NULL }))
		count = count_nameless(odd.server);
	odd_stop(&odd);
	return count;
}

static void check_kept(void)
{
	int all = count_kept("no");

	CHECK_THAT(all > 3, "%d descriptors", all);
	for (size_t i = 0; i < LENGTH(ways_to_forget); i++)
		CHECK_INT(count_kept(ways_to_forget[i]), all);
}

static void test_forgetting(void)
{
	compare_runs(run_forgetting, TCP);
	compare_runs(run_forgetting, UDP);
	compare_runs(run_connected_forgetting, UNIX);
	check_kept();
}

/* libtirpc looks at the transport once more then, whose memory is free: at times it dies of that.
 */
static void test_destroyed_connection(void)
{
	static struct notes seen;

	for (enum how how = OURS; how <= LINKED; how++) {
		seen = (struct notes){ 0 };
		run_destroyed(how, UNIX, &seen);
		CHECK_STR(seen.text, "closed\nended with 143\n");
	}
}

/* What rpcgen -I -K 1 wrote counts the bits in svc_fdset, and ends when nobody is connected. */
static void run_closing(enum how how, enum way way, struct notes *notes)
{
	static const char *const none[] = { NULL };
	struct odd odd = { .how = how,
			   .way = way,
			   .program = "tests/preload/closing",
			   /* It looks at as many bits, of which svc_fdset has no more. */
			   .limit = FD_SETSIZE };
	int fd;

	odd.standard = bind_loopback(SOCK_STREAM, &odd.port);
	if (!odd_begin(&odd, none))
		return;
	fd = odd_connect(&odd);
	odd_make_call(notes, &odd, fd, COUNT, 1);
	/* Two looks of the program's, a second apart, see that nobody calls. */
	poll(NULL, 0, 2500);
	odd_make_call(notes, &odd, fd, COUNT, 1);
	close(fd);
	odd_note_end(notes, &odd);
	odd.pid = 0;
	odd_stop(&odd);
	close(odd.standard);
}

static void test_closing(void)
{
	static struct notes stock, ours;

	if (!odd_can_preload())
		return;
	run_closing(STOCK, TCP, &stock);
	run_closing(RUN, TCP, &ours);
	CHECK_STR(ours.text, stock.text);
	CHECK_THAT(strstr(ours.text, "ended with 0"), "it ends: %s", ours.text);
}

/* A dispatcher is called, and no other one is answered for, while the list of them changes. */
static void test_changes(void)
{
	struct odd odd = { .how = RUN, .way = TCP, .standard = -1 };
	int status;

	odd.program = "tests/preload/changes";
	if (!odd_can_preload())
		return;
	if (odd_start(&odd, odd_no_words)) {
		status = odd_wait(&odd);
		CHECK_THAT(status == 5, "it ends with %d: %s", status, odd_errors(&odd));
		odd.pid = odd.server = status < 0 ? odd.pid : 0;
	}
	odd_stop(&odd);
}

/* ---- with rpcbind ---- */

static uint16_t find_port(enum way way)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return pmap_getport(&in, ODD_PROGRAM, 1, way == UDP ? IPPROTO_UDP : IPPROTO_TCP);
}

static void ask_registered(struct notes *notes, struct odd *odd)
{
	int fd;

	odd->port = find_port(odd->way);
	fd = odd_connect(odd);
	odd_make_call(notes, odd, fd, COUNT, 1);
	odd_make_call(notes, odd, fd, COUNT, 2);
	close(fd);
}

static const struct odd_case registered[] = {
	{ "svc_create", ask_registered, ON_TCP | ON_UDP, { "-c", "create" }, NULL, 0 },
	{ "rpc_reg", ask_registered, ON_UDP, { "-c", "rpc_reg" }, NULL, 0 },
	{ 0 }
};

static void test_registered(void)
{
	if (!rpcbind_start())
		return;
	odd_compare_all(registered);
	rpcbind_stop();
}

static const struct test tests[] = {
	{ "on what inetd hands over", test_inetd },
	{ "when it closes all descriptors but inetd's", test_forgetting },
	{ "on a connection of inetd's that its dispatcher destroys", test_destroyed_connection },
	{ "rpcgen's own, which ends when nobody calls", test_closing },
	{ "while one of its threads registers dispatchers", test_changes },
	{ "registered with rpcbind by svc_create and rpc_reg", test_registered },
	{ 0 },
};

int main(void)
{
	program_use_built();
	rpcbind_enter();
	return harness_run("preload_begin", tests);
}
