/*
 * The server's runtime: any dispatcher that rpcgen wrote, unmodified, on any endpoint.
 *
 *	static const struct sidecall_svc_program programs[] = {
 *		{ .program = EXAMPLE_PROG, .version = EXAMPLE_V1, .dispatch = example_prog_1 },
 *		{ 0 },
 *	};
 *	struct sidecall_svc *svc = sidecall_svc_create(programs, NULL, NULL);
 *	char why[SIDECALL_SVC_WHY];
 *
 *	if (!svc || sidecall_svc_listen(svc, "rpc+tcp://127.0.0.1:0", why))
 *		...
 *	sidecall_svc_register(svc);
 *	sidecall_svc_run(svc);
 *	sidecall_svc_destroy(svc);
 *
 * It stands where libtirpc's svc_run() stands.  No client can keep others waiting: each peer (an
 * IPv4 address, an IPv6 /64, a user of this machine) has its turn and its share of all there is,
 * and every wait has an end.  docs/architecture.md says how.
 *
 * Functions that return an int return 0 or -errno.  But for sidecall_svc_stop() they are to be
 * called by one thread.
 */
#ifndef SIDECALL_SERVER_RUNTIME_SVC_H
#define SIDECALL_SERVER_RUNTIME_SVC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <rpc/rpc.h>

#define SIDECALL_SVC_WHY 256 /* bytes, for a text that says why there is no listening */

/* ---- what is served ---- */

/* What a call may wait for: nothing; nothing that lasts, or it may turn out to
 * (sidecall_svc_may_wait()); a disk, as long as a page of a directory takes, or all of a file. */
enum sidecall_wait { SIDECALL_NO_WAIT, SIDECALL_SHORT_WAIT, SIDECALL_LONG_WAIT };

/* Whether a call that comes again by datagram may be executed again: nobody knows; it may, for it
 * changes nothing; it must not. */
enum sidecall_repeat { SIDECALL_REPEAT_UNKNOWN, SIDECALL_REPEAT_FREELY, SIDECALL_REPEAT_NEVER };

/*
 * What is known of a procedure.  One that waits is executed by a thread of a pool, beside others of
 * its kind: so its code is to be safe under threads (rpcgen -M).  One that must not be executed
 * twice is refused where it cannot be remembered.
 */
struct sidecall_svc_procedure {
	rpcproc_t procedure;
	enum sidecall_wait wait;
	enum sidecall_repeat repeat;
	size_t arguments; /* bytes that they have at most, encoded; 0: nobody knows */
};

/* A version of a program; the same as svc_register(3) is given, and what may be said beyond that.
 */
struct sidecall_svc_program {
	rpcprog_t program; /* 0: the table's end */
	rpcvers_t version;
	void (*dispatch)(struct svc_req *request, SVCXPRT *transport); /* rpcgen's */
	const char *name; /* for people: "the calculator"; NULL: its number does */
	/* So many that something is known of.  The others wait for nothing, and `others` is whether
	 * they may be executed again. */
	const struct sidecall_svc_procedure *procedures;
	size_t procedure_count;
	enum sidecall_repeat others;
};

/* ---- limits ---- */

enum sidecall_svc_limit {
	SIDECALL_MAX_MESSAGE,
	SIDECALL_MAX_MEMORY,
	SIDECALL_MAX_CONNECTIONS,
	SIDECALL_MAX_PER_PEER,
	SIDECALL_MESSAGE_TIMEOUT,
	SIDECALL_IDLE_TIMEOUT,
	SIDECALL_NO_REGISTRATION,
	SIDECALL_LIMITS
};

/* sidecall_svc_defaults() sets all of them. */
struct sidecall_svc_options {
	unsigned int workers;         /* threads that execute what does not wait: 1 */
	size_t max_message;           /* bytes of a call, and of a reply: 1 MiB */
	size_t max_memory;            /* bytes that all clients may have here: 32 MiB, and four of
				       * the longest messages at least */
	unsigned int max_connections; /* of all; 4096, or what descriptors are enough for */
	unsigned int max_per_peer;    /* connections; 0: as of all */
	unsigned int max_udp_reply;   /* bytes of a reply in a datagram beyond loopback: 1432 */
	unsigned int message_timeout; /* seconds for a call to arrive, and for replies: 10 */
	unsigned int idle_timeout;    /* seconds between two calls: 300; 0: no limit */
	unsigned int stop_timeout;    /* seconds in which what was asked is answered: 5 */
	size_t remembered;            /* bytes of replies that a UDP socket remembers: 4 MiB */
	/* What those who run the program know the limits by, for what is logged: "--max-memory";
	 * NULL: as they stand here. */
	const char *const *limit_names;
};

/* What holds where nothing else is said. */
void sidecall_svc_defaults(struct sidecall_svc_options *options);

/* ---- the server ---- */

struct sidecall_svc;

/*
 * A server of these programs, which listens nowhere yet.  The table, and what it leads to, is the
 * caller's and stays as long as the server does; `context` is for his procedures.  Options are
 * copied; NULL: the defaults.  NULL and errno.  sidecall_svc_destroy() releases it.
 *
 * It starts threads.  Signals that the caller handles are to be blocked meanwhile, or any of them
 * may get them.
 */
struct sidecall_svc *sidecall_svc_create(const struct sidecall_svc_program *programs, void *context,
					 const struct sidecall_svc_options *options);

/*
 * Listens at an endpoint: "rpc+tcp://HOST[:PORT]", "rpc+udp://HOST[:PORT]", "rpc+unix:PATH",
 * "rpc+fifo:DIRECTORY", "rpc+shm:PATH"; a host may mean several addresses, and port 0 any that is
 * free.  NULL, or what is wrong, which may be in `why`.
 */
const char *sidecall_svc_listen(struct sidecall_svc *svc, const char *endpoint,
				char why[SIDECALL_SVC_WHY]);

/* The address number `index` that is listened at, as an endpoint with the port it really has.  NULL
 * behind the last one; the server's until the next call. */
const char *sidecall_svc_address(struct sidecall_svc *svc, unsigned int index);

/*
 * Serves one client on standard input and output, which are two pipes or one socket, and then
 * stops.  -EPERM when they are neither, -ENOTCONN when one is a socket that listens, or of
 * datagrams.
 */
int sidecall_svc_standard(struct sidecall_svc *svc);

/*
 * Makes known to rpcbind (RFC 1833) every program at every address of rpc over tcp, udp and unix,
 * and looks now and then whether it is still known.  What could not be registered, and why, is
 * logged.  It takes a few seconds at most.
 */
void sidecall_svc_register(struct sidecall_svc *svc);

/* Serves until it is stopped; then it answers and delivers what was asked by then, closes all
 * sockets and removes what it registered. */
int sidecall_svc_run(struct sidecall_svc *svc);

/* Has it stop: from any thread, and from a signal handler. */
void sidecall_svc_stop(struct sidecall_svc *svc);

/* Releases it.  NULL is harmless.  False when a procedure hangs in the kernel: that is logged, and
 * the process is to end at once with what it has (_exit(2)). */
bool sidecall_svc_destroy(struct sidecall_svc *svc);

/* ---- for procedures ---- */

/* The call of a request, until the procedure returns; NULL when another runtime brought it, as
 * libtirpc's svc_run(). */
struct sidecall_svc_call *sidecall_svc_call(const struct svc_req *request);

/* The context of sidecall_svc_create(). */
void *sidecall_svc_context(const struct sidecall_svc_call *call);

/* Whose call it is: a number, the same each time; and whether it may be another's, as with
 * datagrams, whose source anybody can write. */
uint64_t sidecall_svc_caller(const struct sidecall_svc_call *call);
bool sidecall_svc_caller_is_forgeable(const struct sidecall_svc_call *call);

/* Bytes that its reply may have, header included. */
size_t sidecall_svc_reply_limit(const struct svc_req *request);

/*
 * To be asked before what a file system may keep waiting, of this device (st_dev); `what` of it is
 * for people.  When it says no, the procedure returns at once, whatever its result: it is executed
 * again where it may wait.
 */
bool sidecall_svc_may_wait(struct sidecall_svc_call *call, dev_t device, const char *what);

/* To be called now and then by what takes long: lets others go first for a while. */
void sidecall_svc_pause(struct sidecall_svc_call *call);

/* Whether nobody waits for the reply any more: the procedure is to return, whatever its result. */
bool sidecall_svc_is_cancelled(const struct sidecall_svc_call *call);

#endif
