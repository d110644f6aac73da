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
#define STAGE_MESSAGE_TIMEOUT "1"

/* What is in the root: a file that takes hours to digest, and a link with a long target. */
#define STAGE_HUGE "huge"
#define STAGE_LONG "long"

/* A process has one stage at a time: the server of a pipe serves the process's directory. */
struct stage {
	struct endpoint endpoint; /* whom to call; its address is there once there is a server */
	const char *directory;    /* for its files, made by the user */
	const char *root;
	const char *name;     /* of its register */
	int64_t timeout;      /* nanoseconds for a call */
	struct server server; /* none for a pipe: there the caller has it */
	struct client caller;
	struct sight *sight;
};

/* Makes a stage's directory, by a template of mkdtemp(), and a root in it.  0, or the failure's
 * code. */
int stage_make_place(char *directory, char root[128], struct failure *failure);

/* 0, or the failure's code.  stage_close() follows in both cases. */
int stage_open(struct stage *stage, struct failure *failure);
void stage_close(struct stage *stage);

/* Gives the endpoint an address of the stage's own: any port, or a path in its directory. */
void stage_set_address(struct stage *stage);

/* Has the caller connect, by a call that does nothing.  0, or the failure's code. */
int stage_meet(struct stage *stage, struct failure *failure);

/* Starts the server again, at the same address.  Behind a pipe that cannot be: it just ends. */
int stage_restart(struct stage *stage, struct failure *failure);

/* The server's process, which behind a pipe the caller starts, and waits for until it serves.  0
 * when it is not known. */
pid_t stage_server(struct stage *stage);

bool stage_is_pipe(const struct stage *stage);

/* The caller adds 1 to the stage's register.  What he sees is in the sight; `expected` is the total
 * that is right. */
void stage_call(struct stage *stage, quad_t expected);

/* Waits until what the caller sent before has been seen to, for calls of one connection are seen to
 * in turn; then counts, by another connection where there can be one, how often 1 was added. */
void stage_settle_and_count(struct stage *stage);
void stage_count(struct stage *stage);

#endif
