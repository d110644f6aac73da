/* Programs under test: started, listened to and ended, always with an end to every wait. */
#ifndef SIDECALL_TESTS_KIT_PROCESS_H
#define SIDECALL_TESTS_KIT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "compare/lab/directory.h"

#define PROCESS_TIME 60 /* seconds after which a program counts as hanging, and is killed */

/* "DIR/name" of a program that was built: sidecalld or sidecall.  Not to be freed. */
const char *program_path(const char *name);

/* Has this process find what was built from any directory, and start no other server: BUILD and
 * SIDECALLD become absolute paths.  False when there is no such directory. */
bool program_use_built(void);

/* What a program said and how it ended. */
struct outcome {
	int status; /* the exit status; 128 + signal when one ended it; -1 when it was hanging */
	char *out;  /* its standard output, ending in a zero byte */
	size_t length;
	char *error; /* its standard error */
};

/*
 * Runs a program to its end, with `input` (or nothing, for NULL) on standard input.  argv[0] is its
 * path, and NULL ends it.  Release the outcome.
 */
struct outcome process_run(const char *const argv[], const char *input);

/* The same for one that may take more seconds than PROCESS_TIME. */
struct outcome process_run_within(const char *const argv[], const char *input, int limit);

void outcome_release(struct outcome *outcome);

/* What a server said on standard error, behind the line that there is at its beginning where few
 * descriptors are allowed (ulimit -n 1024). */
const char *process_beyond_limit(const char *error);

/* The same in two halves: starts it, with the other ends of its three standard descriptors; and
 * waits for its end, with `out` and `error`, which are closed. */
pid_t process_start(const char *const argv[], int *in, int *out, int *error);
struct outcome process_end(pid_t pid, int out, int error);

/* Sends SIGSTOP or SIGKILL to a child, or SIGSTOP to another process, and waits until it stands
 * still or is gone: kill() alone asks for it, and a thread of it may run on for a while. */
void process_halt(pid_t pid, int signal);

/* As many descriptors as this process may have. */
unsigned int process_raise_descriptors(void);

/* A sidecalld that is running, its root and its runtime directory beside it. */
struct daemon {
	pid_t pid;
	char directory[64]; /* made by daemon_start(), removed by daemon_stop(); has root/ and run/
			     */
	char root[80];
	char endpoints[16][256];
	unsigned int count;
	char metrics[128]; /* where these are read first; "": nowhere */
	int out, error;    /* its standard output and error */
	char said[16384];  /* of its log: what nobody has looked for yet */
	size_t said_length;
};

/*
 * Starts sidecalld with --no-rpcbind, this --root (or the empty directory/root/, for NULL) and the
 * options in `options`, up to NULL, and waits for "ready".  SIDECALL_DIR is directory/run, in this
 * process too.  False when it did not come to that; then what it said is printed.
 */
bool daemon_start(struct daemon *daemon, const char *root, const char *const options[]);

/* Where daemon_start_everywhere() listens, each at an address of its own: rpc and raw by every
 * transport but pipes. */
#define EVERYWHERE 10
extern const char *const everywhere[EVERYWHERE];

/* daemon_start() with all of these, and with `options` behind them (NULL for none). */
bool daemon_start_everywhere(struct daemon *daemon, const char *root, const char *const options[]);

/* daemon_start() of libtirpc's own server, which listens on tcp, udp and unix. */
bool daemon_start_stock(struct daemon *daemon, const char *root);
/* The same by `sidecall run`: a server that knows libtirpc alone, on our runtime. */
bool daemon_run_stock(struct daemon *daemon, const char *root);

/* daemon_start() without --no-rpcbind: only for a network namespace of the test's own. */
bool daemon_start_registered(struct daemon *daemon, const char *root, const char *const options[]);

/* The first endpoint that begins with `prefix`, as in "rpc+tcp", or NULL. */
const char *daemon_endpoint(const struct daemon *daemon, const char *prefix);

/* Lets other users connect to its sockets in the runtime directory, which is ours alone. */
void daemon_let_in(const struct daemon *daemon);

/* Whether its log says this within so many milliseconds.  What it says up to there is not to be had
 * again. */
bool daemon_says(struct daemon *daemon, const char *text, int milliseconds);

/* SIGTERM, then waits; removes the directory.  The exit status as in struct outcome. */
int daemon_stop(struct daemon *daemon);

#endif
