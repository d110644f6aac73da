/* One endpoint with a server of its own, to be broken on purpose, and a caller who watches. */
#ifndef SIDECALL_COMPARE_LAB_TESTBED_H
#define SIDECALL_COMPARE_LAB_TESTBED_H

#include "client/client.h"
#include "common/duration.h"
#include "compare/lab/servers.h"
#include "compare/part/outcome.h"
#include "compare/lab/wire.h"
#include "idl/calc.h"

/* A server's --message-timeout, in seconds: how long it bears half a message. */
#define TESTBED_MESSAGE_TIMEOUT "1"

/* What is in the root: a file that takes hours to digest, and a link with a long target. */
#define TESTBED_HUGE "huge"
#define TESTBED_LONG "long"

/* A process has one testbed at a time: the server of a pipe serves the process's directory. */
struct testbed {
	struct endpoint endpoint; /* whom to call; its address is there once there is a server */
	const char *directory;    /* for its files, made by the user */
	const char *root;
	const char *name;     /* of its register */
	int64_t timeout;      /* nanoseconds for a call */
	struct server server; /* none for a pipe: there the caller has it */
	struct client caller;
	struct call_outcome *outcome;
};

/* Makes a testbed's directory, by a template of mkdtemp(), and a root in it.  0, or the failure's
 * code. */
int testbed_make_place(char *directory, char root[128], struct failure *failure);

/* 0, or the failure's code.  testbed_close() follows in both cases. */
int testbed_open(struct testbed *testbed, struct failure *failure);
void testbed_close(struct testbed *testbed);

/* Gives the endpoint an address of the testbed's own: any port, or a path in its directory. */
void testbed_set_address(struct testbed *testbed);

/* Has the caller connect, by a call that does nothing.  0, or the failure's code. */
int testbed_meet(struct testbed *testbed, struct failure *failure);

/* Starts the server again, at the same address.  Behind a pipe that cannot be: it just ends. */
int testbed_restart(struct testbed *testbed, struct failure *failure);

/* The server's process, which behind a pipe the caller starts, and waits for until it serves.  0
 * when it is not known. */
pid_t testbed_server(struct testbed *testbed);

bool testbed_is_pipe(const struct testbed *testbed);

/* The caller adds 1 to the testbed's register.  What he sees is in the outcome; `expected` is the
 * total that is right. */
void testbed_call(struct testbed *testbed, quad_t expected);

/* Waits until what the caller sent before has been seen to, for calls of one connection are seen to
 * in turn; then counts, by another connection where there can be one, how often 1 was added. */
void testbed_settle_and_count(struct testbed *testbed);
void testbed_count(struct testbed *testbed);

#endif
