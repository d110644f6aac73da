/*
 * A command in a set-up of its own: its network, mounts and processes, an rpcbind, and a sidecalld
 * that is registered there.  All of it ends with the command, or with this process, however that
 * ends.
 */
#ifndef SIDECALL_SANDBOX_SANDBOX_H
#define SIDECALL_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "client/runtime/failure.h"

#define SANDBOX_DIRECTORY "/run/sidecall"     /* what SIDECALL_DIR is there */
#define SANDBOX_LOG       "/run/sidecall.log" /* of the sidecalld there */

struct sandbox {
	char **command;                /* as execvp() takes it */
	bool bare;                     /* without rpcbind and sidecalld */
	void (*broken_pipe)(int);      /* what SIGPIPE does to the command */
	void (*warn)(const char *why); /* called for what it goes on without */
};

/*
 * Runs the command to its end.  `status`: its exit status, or 128 and the signal that ended it.
 * Signals that this process gets are the command's.  0 or the failure's code: then it did not
 * begin. The process must have one thread, and is of no use for anything else afterwards.
 */
int sandbox_run(const struct sandbox *sandbox, int *status, struct failure *failure);

#endif
