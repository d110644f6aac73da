/* Servers of our own, in a directory of their own, for a comparison. */
#ifndef SIDECALL_COMPARE_LAB_SERVERS_H
#define SIDECALL_COMPARE_LAB_SERVERS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/runtime/failure.h"
#include "common/endpoint.h"

#define SERVER_MAX_ENDPOINTS 16
#define SERVER_MAX_OPTIONS   40 /* words */

/* A sidecalld that is our child.  All zeroes is none. */
struct server {
	pid_t pid; /* 0: not running */
	int count;
	struct endpoint endpoints[SERVER_MAX_ENDPOINTS]; /* with the addresses they have */
	char metrics[ENDPOINT_MAX_TEXT]; /* where these are read first; "": nowhere */
};

/*
 * Starts sidecalld with these options (up to NULL) and waits, some seconds at most, until it is
 * ready.  It never registers with rpcbind, and the kernel ends it when this process ends.  What it
 * logs goes to the file `log`, which is replaced.  0, or the failure's code.
 */
int server_start(struct server *server, const char *const options[], const char *log,
		 struct failure *failure);

/*
 * What that is made of, and others start servers by: a process that is sidecalld with these options
 * and descriptors, and ends with this one, or -errno; and reading what it says on its standard
 * output, `said`, to "ready", for so many nanoseconds at most.  False when that does not come.
 */
pid_t server_spawn(const char *const options[], int input, int output, int error);
bool server_await(struct server *server, int said, int64_t patience);

/* Sends a child SIGSTOP or SIGKILL, and waits until it stands still or is dead: kill() alone asks
 * for it, and a thread of it may run on for a while.  0, or -errno as when it is no child of ours.
 */
int server_halt(pid_t child, int signal);

/* Asks it to end, and kills it when it does not, within so many nanoseconds, or two seconds; also
 * when it is frozen, or dead already.  Its status as waitpid() has it, or -1. */
int server_stop_within(struct server *server, int64_t patience);
void server_stop(struct server *server);

/* Kills it, as a crash would; it is reaped. */
void server_kill(struct server *server);

/* Where it serves that, or NULL. */
const struct endpoint *server_endpoint(const struct server *server, enum endpoint_protocol protocol,
				       enum endpoint_transport transport);

/* Our daemon, with rpc and raw on all transports, and libtirpc's, on its three. */
struct servers {
	char directory[64]; /* made by servers_open() with mode 0700, removed by servers_close() */
	char root[PATH_MAX];
	struct server ours, stock;
	/* All of theirs in the order to show them, and rpc+pipe and raw+pipe. */
	int count;
	struct endpoint endpoints[2 * SERVER_MAX_ENDPOINTS];
};

/*
 * Starts both.  `root` is what they serve; NULL is a directory within theirs, with a few files that
 * are always the same.  0, or the failure's code with nothing left behind.
 */
int servers_open(struct servers *servers, const char *root, struct failure *failure);

/* The process that serves an endpoint of theirs; 0 for a pipe, whose server each client starts. */
pid_t servers_process(const struct servers *servers, const struct endpoint *endpoint);

void servers_close(struct servers *servers);

#endif
