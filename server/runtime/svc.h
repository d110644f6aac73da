/* clang-format off */
/*
 * The server's runtime: any dispatcher that rpcgen wrote, unmodified, on any endpoint.
 *
 *	void example_prog_1(struct svc_req *request, SVCXPRT *transport);    rpcgen -m wrote it
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
 * ENDPOINTS
 *	rpc+tcp://HOST[:PORT]  rpc+udp://HOST[:PORT]
 *	                       a host may mean several addresses; port 0 is any that is free
 *	rpc+unix:PATH          a Unix socket; beside it PATH.lock says whose it is
 *	rpc+fifo:DIRECTORY     named pipes
 *	rpc+shm:PATH           shared memory, handed over by the Unix socket there; a call or a reply
 *	                       has half a MiB there at most
 *
 * LIFE OF A SERVER
 * Create, listen (several times), register (once), run (once), destroy: by one thread.  Stop may be
 * called from any thread and from a signal handler, but not after destroy.  Several servers may be in
 * a process.  In the place of run, a program with a loop of its own waits for sidecall_svc_fd(), and
 * calls sidecall_svc_dispatch().
 *
 * PROCEDURES
 * With one worker, as by default, dispatchers are called by the thread that runs the server, one
 * after the other: static results, as rpcgen without -M has them, are fine.  With more workers they
 * are called by several threads at once.  A procedure whose row says that it waits, or that asks
 * sidecall_svc_may_wait(), is called by threads of a pool, beside all others: then the code has to
 * be safe under threads.
 *
 * A contract has to bound its arrays.  Of one without a bound (<>) libtirpc believes the number that
 * stands in the call: items that never came are freed one by one when the call is refused, which
 * keeps others waiting, for seconds at worst; the functions of <sidecall/xdr.h> believe nothing.  A
 * linked list that goes too deep for the stack, some tens of thousands of items, is refused:
 * GARBAGE_ARGS.  One in a result is not sent: svc_sendreply() fails, the caller gets SYSTEM_ERR, and the
 * log says why.
 *
 * What a procedure finds in its request is what libtirpc gives it: rq_prog, rq_vers, rq_proc, rq_cred;
 * behind rq_clntcred the struct authunix_parms of an AUTH_SYS credential, else nothing to look at; and
 * of its transport who called and where: xp_fd, the connection's or the socket's own descriptor, which
 * is not to be read, written or closed; svc_getcaller(), svc_getrpccaller(), xp_ltaddr, xp_netid, xp_port.
 * A Unix socket, a pipe and shared memory have "local".  All that is there until the dispatcher returns.
 *
 * A credential of another flavor than AUTH_NONE and AUTH_SYS is refused (AUTH_REJECTEDCRED) before, but
 * for procedure 0.  Arguments have to decode exactly, or the caller gets GARBAGE_ARGS; a string with a
 * zero byte in it does not.  A reply that is too long becomes SYSTEM_ERR: longer than max_message, or by
 * datagrams than 65,507 bytes on this machine's loopback and max_udp_reply beyond.  The reply leaves when
 * the dispatcher returns, and not later.  A child that a procedure forks calls nothing of the server, and
 * ends by _exit(2).
 *
 * SIGNALS
 * The runtime's threads take none.  On sockets no SIGPIPE comes; who serves fifo or a pipe ignores it, or
 * ends with a client that leaves.
 *
 * LOG
 * What is wrong is said a line each: to the function that the options name, or on standard error, behind the
 * program's name (the first 64 bytes of program_invocation_short_name).  A byte of a control character in it is a '?'.
 * What a client caused begins with "event=NAME peer=ADDRESS"; of
 * each event of each peer there are at most ten lines in ten seconds and server; how many were left out is said
 * later, at the latest when the server is destroyed.  While the server runs, a line on
 * standard error has its priority in front ("<4>": sd-daemon(3)), unless that is a terminal.  While a server runs, a thread writes the latter: nobody waits for who
 * reads them.  Where standard input, output or error is closed, /dev/null takes its place when a server
 * is created.
 *
 * Functions that return an int return 0 or -errno, unless they say more.
 */
/* clang-format on */
#ifndef SIDECALL_SERVER_RUNTIME_SVC_H
#define SIDECALL_SERVER_RUNTIME_SVC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <rpc/rpc.h>

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

#define SIDECALL_SVC_WHY 256 /* bytes, for a text that says why there is no listening */

/* ---- what is served ---- */

/* What a call may wait for: nothing; nothing that lasts, or it may turn out to
 * (sidecall_svc_may_wait()); a disk, as long as a page of a directory takes, or all of a file. */
enum sidecall_wait { SIDECALL_NO_WAIT, SIDECALL_SHORT_WAIT, SIDECALL_LONG_WAIT };

/* Whether a call that comes again by datagram may be executed again: nobody knows; it may, for it
 * changes nothing; it must not. */
enum sidecall_repeat { SIDECALL_REPEAT_UNKNOWN, SIDECALL_REPEAT_FREELY, SIDECALL_REPEAT_NEVER };

/*
 * What is known of a procedure.  One that waits is executed by a thread of a pool, beside all
 * others. By datagrams a call may come again: for 30 seconds it gets the reply that it got before,
 * unless it may be executed freely.  One that must not be executed twice is refused (SYSTEM_ERR)
 * where it cannot be remembered, for its peer has used its share; one of which nobody knows is
 * executed.
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
	SIDECALL_REPLACE,
	SIDECALL_LIMITS
};

/* sidecall_svc_defaults() sets all of them; what is said here first is the range. */
struct sidecall_svc_options {
	unsigned int workers; /* 1 to 1024: threads that execute what does not wait: 1 */
	/* Clients of tcp and unix are served by as few of these as keep up: a thread more slows all
	 * down where no processor is idle.  false: by all. */
	bool workers_as_needed;
	size_t max_message; /* 1 KiB to 1 GiB: bytes of a call, and of a reply: 1 MiB */
	size_t max_reply; /* up to 1 GiB: bytes of a reply, where these are more; 0: they are not */
	size_t max_memory; /* above 0: bytes that all clients may have here: 32 MiB; four
			    * of the longest messages at least */
	unsigned int
		max_connections;    /* above 0: of all; 4096, or what descriptors are enough for */
	unsigned int max_per_peer;  /* connections of one peer; 0: as of all */
	unsigned int max_udp_reply; /* 512 and more: bytes of a reply in a datagram beyond
				     * loopback: 1432 */
	unsigned int message_timeout; /* 1 to 86400 seconds for a call to arrive, and for replies to
				       * be taken: 10 */
	unsigned int idle_timeout; /* up to a year: seconds between two calls: 300; 0: no limit */
	unsigned int stop_timeout; /* 1 to 3600 seconds in which what was asked is answered: 5 */
	size_t remembered;         /* bytes of replies that a UDP socket remembers: 4 MiB */
	/* Who may call: addresses, networks, users and groups of this machine, with commas, as in
	 * "192.0.2.0/24,2001:db8::1,uid:0,gid:100".  Whoever else connects is sent away, and his
	 * datagrams are dropped.  NULL: everybody may; "": nobody. */
	const char *allow;
	/* What calls need, with commas, by the numbers of program and procedure (*: all but 0), as
	 * in "536981504.7=sys,100011.*=local": "none"; "sys", a credential of AUTH_SYS or a better
	 * one; "local", a user of this machine for whom the kernel vouches, so by a Unix socket,
	 * shared memory or named pipes.  The last rule for a procedure counts.  Others are refused
	 * before their arguments are decoded: AUTH_TOOWEAK (RFC 5531, section 9).  NULL: nothing.
	 */
	const char *require;
	/* Proxies, by their addresses and networks, with commas: each of their connections by TCP
	 * has to begin with a header of the PROXY protocol, version 2, and is for limits, `allow`,
	 * the log and procedures its source's; where that is loopback and the proxy is not, the
	 * proxy's.  From anywhere else such a header is no call.  NULL: none. */
	const char *proxy_from;
	/* sidecall_svc_register() also takes the place of servers that are alive: false. */
	bool replace;
	/* What those who run the program know the limits by, for what is logged: "--max-memory",
	 * one for each of SIDECALL_LIMITS; NULL, also in it: as they stand here. */
	const char *const *limit_names;
	/* Gets what is logged, a line each without its end, in place of standard error; called by
	 * any thread of the server, and not to wait.  NULL: standard error does. */
	void (*log)(void *context, const char *line);
	void *log_context;
	int log_level; /* the least important priority of syslog(3) that is logged: LOG_ERR to
			* LOG_INFO; 0: LOG_INFO */
};

/* What holds where nothing else is said. */
void sidecall_svc_defaults(struct sidecall_svc_options *options);

/* ---- the server ---- */

struct sidecall_svc;

/*
 * A server of these programs, which listens nowhere yet.  The table, and what it leads to, is the
 * caller's and stays as long as the server does; `context` is for his procedures.  Options are
 * copied; NULL: the defaults.  NULL and errno: EINVAL when an option is out of its range.
 * sidecall_svc_destroy() releases it.
 */
struct sidecall_svc *sidecall_svc_create(const struct sidecall_svc_program *programs, void *context,
					 const struct sidecall_svc_options *options);

/* Listens at an endpoint, all workers of it.  NULL, or what is wrong, which may be in `why`. */
const char *sidecall_svc_listen(struct sidecall_svc *svc, const char *endpoint,
				char why[SIDECALL_SVC_WHY]);

/*
 * Serves a socket that somebody bound: one that listens, one of datagrams, or a connection, for
 * which it need not have an address.  The descriptor is the server's from now on; or it is closed,
 * if that fails, but for -ENOTSOCK, -EPROTOTYPE when it carries no messages of ours, and
 * -EADDRNOTAVAIL when it is one of datagrams that nobody bound.
 */
int sidecall_svc_listen_fd(struct sidecall_svc *svc, int fd);

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
 * and looks whether it is still known: now and then, and when rpcbind was restarted.  An entry of
 * another server that answers, or may be alive, stays, unless the options say `replace`; what a
 * crashed one left is removed.  What could not be registered, and why, is logged.  It takes a few
 * seconds at most.
 */
void sidecall_svc_register(struct sidecall_svc *svc);

/* Serves until it is stopped; then it answers and delivers what was asked by then, closes all
 * sockets and removes what it registered.  -EALREADY when it has run before. */
int sidecall_svc_run(struct sidecall_svc *svc);

/*
 * For a program with a loop of its own, in the place of sidecall_svc_run(), and with one worker: a
 * descriptor that can be read (poll(2)) whenever there is something to do, be it that time is over.
 * It stays the server's.  Or -EINVAL with more workers, or -errno.
 */
int sidecall_svc_fd(struct sidecall_svc *svc);

/* Does what there is to do, for a millisecond or so, and waits for nothing but procedures.  1; 0
 * when it was stopped, and all is done that sidecall_svc_run() does in its end; or -errno. */
int sidecall_svc_dispatch(struct sidecall_svc *svc);

/* Has it stop: from any thread, and from a signal handler. */
void sidecall_svc_stop(struct sidecall_svc *svc);

/* Releases it.  NULL is harmless.  False when a procedure does not end: that is logged, and the
 * process is to end at once with what it has (_exit(2)). */
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

/* Whether nobody waits for the reply any more, or others wait for its thread: then the procedure is
 * to return, whatever its result, and the caller gets SYSTEM_ERR.  One that never asks is answered
 * as ever. */
bool sidecall_svc_is_cancelled(const struct sidecall_svc_call *call);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
