/* Who a daemon takes its callers for, and whether it lets them in. */
#include <sys/resource.h>

#include "tests/daemons/identity.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/runtime/clock.h"
#include "common/duration.h"
#include "tests/daemons/cases.h"

#define TIMEOUT SECOND /* of a call that may be refused without an answer */

/* A call like one of the daemon's, by somebody, and whether he gets what he asks for. */
struct somebody {
	const char *test, *daemon;
	int ask;
	enum way way;
	const char *who;
	bool far, reserved, known;
	uint32_t uid;
	bool let_in;
};

static const struct somebody somebodies[] = {
	{ "uid", "rpc.rquotad", 0, BY_TCP, .who = "its own user", .known = true, .uid = 4242,
	  .let_in = true },
	{ "uid", "rpc.rquotad", 0, BY_UDP, .who = "its own user", .known = true, .uid = 4242,
	  .let_in = true },
	{ "uid", "rpc.rquotad", 0, BY_TCP, .who = "root", .known = true, .let_in = true },
	{ "uid", "rpc.rquotad", 0, BY_TCP, .who = "another user", .known = true, .uid = 4243 },
	{ "uid", "rpc.rquotad", 0, BY_UDP, .who = "another user", .known = true, .uid = 4243 },
	{ "uid", "rpc.rquotad", 0, BY_TCP, .who = "nobody" },
	{ "uid", "rpc.rquotad", 0, BY_UDP, .who = "nobody" },
	{ "port", "ypserv", 0, BY_TCP, .who = "port below 1024", .reserved = true, .let_in = true },
	{ "port", "ypserv", 0, BY_UDP, .who = "port below 1024", .reserved = true, .let_in = true },
	{ "port", "ypserv", 1, BY_TCP, .who = "port below 1024", .reserved = true, .let_in = true },
	{ "port", "ypserv", 0, BY_TCP, .who = "port of a user" },
	{ "port", "ypserv", 0, BY_UDP, .who = "port of a user" },
	{ "port", "ypserv", 1, BY_TCP, .who = "port of a user" },
	{ "port", "rpc.ypxfrd", 0, BY_TCP, .who = "port below 1024", .reserved = true,
	  .let_in = true },
	{ "port", "rpc.ypxfrd", 0, BY_TCP, .who = "port of a user" },
	{ "address", "ypserv", 0, BY_TCP, .who = "this host", .let_in = true },
	{ "address", "ypserv", 0, BY_UDP, .who = "this host", .let_in = true },
	{ "address", "ypserv", 0, BY_TCP, .who = "the other host", .far = true },
	{ "address", "ypserv", 0, BY_UDP, .who = "the other host", .far = true },
	{ "address", "rpc.ypxfrd", 0, BY_TCP, .who = "this host", .reserved = true,
	  .let_in = true },
	{ "address", "rpc.ypxfrd", 0, BY_TCP, .who = "the other host", .far = true,
	  .reserved = true },
	{ "address", "rpc.statd", 0, BY_TCP, .who = "this host", .let_in = true },
	{ "address", "rpc.statd", 0, BY_UDP, .who = "this host", .let_in = true },
	{ "address", "rpc.statd", 0, BY_TCP, .who = "the other host", .far = true },
	{ "address", "rpc.statd", 0, BY_UDP, .who = "the other host", .far = true },
	{ "hosts-deny", "rpc.rquotad", 0, BY_TCP, .who = "this host", .known = true,
	  .let_in = true },
	{ "hosts-deny", "rpc.rquotad", 0, BY_UDP, .who = "this host", .known = true,
	  .let_in = true },
	{ "hosts-deny", "rpc.rquotad", 0, BY_TCP, .who = "the other host", .far = true,
	  .known = true },
	{ "hosts-deny", "rpc.rquotad", 0, BY_UDP, .who = "the other host", .far = true,
	  .known = true },
	{ "hosts-deny", "rpc.mountd", 0, BY_TCP, .who = "this host", .let_in = true },
	{ "hosts-deny", "rpc.mountd", 0, BY_TCP, .who = "the other host", .far = true },
	{ "hosts-deny", "rpc.mountd-t3", 0, BY_TCP, .who = "this host", .let_in = true },
	{ "hosts-deny", "rpc.mountd-t3", 0, BY_TCP, .who = "the other host", .far = true },
	{ "hosts-deny", "rpcbind", 1, BY_UDP, .who = "this host", .let_in = true },
	{ "hosts-deny", "rpcbind", 1, BY_TCP, .who = "this host", .let_in = true },
	{ "hosts-deny", "rpcbind", 1, BY_UDP, .who = "the other host", .far = true },
	{ "hosts-deny", "rpcbind", 1, BY_TCP, .who = "the other host", .far = true },
};

static void call_as(struct lab *lab, const struct somebody *who)
{
	struct ask ask = lab->honest.asks[who->ask];
	struct place place = lab->honest.places[who->ask][who->way];
	struct answer answer = { .status = ANSWER_NONE, .why = "no connection" };
	int64_t deadline = clock_now() + TIMEOUT;
	const char *fault;
	int fd;

	ask.reserved = who->reserved;
	ask.known = who->known;
	ask.uid = who->uid;
	if (who->far) {
		lab_place_as_far(&place);
		lab_go_far(lab, true);
	}
	fd = place_connect(&place, &ask, deadline);
	if (who->far)
		lab_go_far(lab, false);
	if (fd >= 0)
		call_on(fd, &place, &ask, deadline, &answer);
	fault = answer_fault(&ask, &answer);
	if (who->let_in && fault)
		lab_fail(lab, "%s by %s, %s: %s", ask.name, way_name(who->way), who->who, fault);
	if (!who->let_in && !fault)
		lab_fail(lab, "%s by %s, %s: is let in", ask.name, way_name(who->way), who->who);
	answer_release(&answer);
	if (fd >= 0)
		close(fd);
}

void identity_run(struct lab *lab, const struct test_case *test)
{
	bool started = false;

	for (size_t i = 0; i < sizeof(somebodies) / sizeof(somebodies[0]); i++) {
		const struct somebody *who = &somebodies[i];

		if (strcmp(who->test, test->name) != 0 ||
		    strcmp(who->daemon, lab->daemon->name) != 0)
			continue;
		if (!started && !lab_start(lab, TCP | UDP))
			return;
		started = true;
		call_as(lab, who);
	}
	if (!started)
		lab_not_for(lab, "it does not look at that");
	else if (lab->verdict == PASSED)
		lab_lives(lab);
}

/* ---- Unix sockets ---- */

#define OTHER 4242 /* a user that is not root */

/* RFC 1833: program, version, netid, address, owner (which rpcbind does not believe). */
static void pack_entry(struct buffer *call)
{
	put_word(call, 0x20007777);
	put_word(call, 1);
	put_text(call, "tcp");
	put_text(call, "127.0.0.1.7.7");
	put_text(call, "superuser");
}

static bool is_true(const uint8_t *result, size_t length)
{
	return length == 4 && get_word(result) == 1;
}

/* The entry's owner is in the list. */
static bool is_owned(const uint8_t *result, size_t length)
{
	return memmem(result, length,
		      "127.0.0.1.7.7\0\0\0\0\0\0\4"
		      "4242",
		      24);
}

/* By a process of that user.  Whether it is answered, and right. */
static bool call_as_user(const struct ask *ask, uid_t uid)
{
	int64_t deadline = clock_now() + TIMEOUT;
	int status = 1;
	pid_t pid = fork();

	if (pid == 0) {
		struct answer answer = { .status = ANSWER_NONE };
		struct place place;
		int fd;

		place_rpcbind(BY_LOCAL, &place);
		if (setresuid(uid, uid, uid) < 0)
			_exit(1);
		fd = place_connect(&place, ask, deadline);
		if (fd >= 0)
			call_on(fd, &place, ask, deadline, &answer);
		_exit(fd < 0 || answer_fault(ask, &answer));
	}
	waitpid(pid, &status, 0);
	return status == 0;
}

void identity_unix(struct lab *lab, const struct test_case *test)
{
	const struct ask set = { "SET", 100000, 4, 1, .pack = pack_entry, .right = is_true },
			 unset = { "UNSET", 100000, 4, 2, .pack = pack_entry, .right = is_true },
			 dump = { "DUMP", 100000, 4, 4, .right = is_owned };

	(void)test;
	if (strcmp(lab->daemon->name, "rpcbind") != 0) {
		lab_not_for(lab, "it has no Unix socket");
		return;
	}
	if (!lab_start(lab, TCP | UDP | LOCAL))
		return;
	if (!call_as_user(&set, OTHER))
		lab_fail(lab, "a user cannot SET");
	else if (!call_as_user(&dump, 0))
		lab_fail(lab, "the entry of user %d has another owner", OTHER);
	else if (call_as_user(&unset, OTHER + 1))
		lab_fail(lab, "another user can UNSET");
	else if (!call_as_user(&unset, OTHER))
		lab_fail(lab, "the owner cannot UNSET");
	else if (lab_serves(lab, "afterwards", SECOND / 2))
		lab_lives(lab);
}
