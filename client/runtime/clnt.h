/* clang-format off */
/*
 * Calls by the stubs that rpcgen writes, over any transport: libtirpc's CLIENT, on our runtime.
 *
 *	struct sidecall_error error;
 *	const struct timeval timeout = { .tv_sec = 5 };
 *	CLIENT *client = sidecall_clnt_create("rpc+shm:/run/x.shm", X_PROG, X_V1, &timeout, &error);
 *
 *	if (!client)
 *		errx(error.code, "%s", error.text);
 *	if (x_get_1(&arguments, &result, client) != RPC_SUCCESS)
 *		clnt_perror(client, "x_get");
 *	clnt_destroy(client);
 *
 * ENDPOINTS
 *	rpc+tcp://HOST[:PORT]  rpc+udp://HOST[:PORT]
 *	                       an IPv6 address stands in brackets; without a port rpcbind on HOST is
 *	                       asked for it, in version 4, 3, then 2 (RFC 1833)
 *	rpc+unix:PATH          a Unix socket
 *	rpc+shm:PATH           shared memory, which the server hands over by the Unix socket there
 *	rpc+fifo:DIRECTORY     named pipes, of which the server's is in the directory
 *	rpc+pipe:PROGRAM       PROGRAM is run, with the connection as its standard input and output
 * With tirpc in the place of rpc, tcp, udp and unix are libtirpc's own (clnt_vc_create(3t),
 * clnt_dg_create(3t)), with all that follows from that; nothing below holds for those.
 *
 * CALLS
 * The wire is RFC 5531's, with its record marking (section 11) on tcp, unix, fifo and pipe.  A call
 * ends at its timeout, whatever the server does: the stub's own (25 s), or the one that is set by
 * clnt_control(client, CLSET_TIMEOUT, &timeval), which takes none below zero; CLGET_TIMEOUT tells
 * it.  With a time of zero it leaves, and nobody waits for its reply.  By datagrams it is sent
 * again meanwhile, so a server may execute it more than once (section 4).  RPC_SUCCESS means that
 * the result was decoded whole, with nothing left over.  A linked list that goes too deep for the
 * stack is RPC_CANTDECODERES; in arguments it is RPC_CANTENCODEARGS, and nothing is sent.
 *
 * When a call fails clnt_geterr(3t) tells more.  RPC_CANTSEND: it did not leave, and was not
 * executed.  RPC_CANTRECV, RPC_TIMEDOUT: it may have been.  For these three re_errno is ETIMEDOUT,
 * ECONNRESET or EPIPE when the server closed the connection, EPROTO when what came back is no
 * reply, EMSGSIZE when it is too long to be one (or the call, with RPC_CANTSEND), or the system's.
 * After RPC_TIMEDOUT the CLIENT is as good as before: a reply that comes late is passed over. After
 * the others a connection does not come back: destroy the CLIENT, and create another.
 *
 * AUTHENTICATION
 * cl_auth is authnone_create()'s at first.  Replace it as with any CLIENT, by authunix_create(3t)
 * for one; it stays its maker's.  Its operations are called as libtirpc calls them: a verifier that
 * it does not accept is RPC_AUTHERROR with AUTH_INVALIDRESP, and when the server refuses the
 * credential, and it can be refreshed, the call is made again, twice at most (section 8.2).
 *
 * THREADS, SIGNALS, CHILDREN
 * One thread at a time may use a CLIENT; different CLIENTs have nothing in common.  After fork(2)
 * one of the two processes may use it, and the other destroys it, if anything: the maker of a pipe
 * uses it, for the server is his child, and goes with his CLIENT.  On sockets no SIGPIPE comes;
 * whoever calls by fifo or pipe ignores it, or dies of a server that is gone.  A host's name is
 * looked up by a thread that may outlive the call.
 */
/* clang-format on */
#ifndef SIDECALL_CLNT_H
#define SIDECALL_CLNT_H

#include <sys/time.h>

#include <rpc/rpc.h>

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* Why there is no CLIENT. */
struct sidecall_error {
	int code;       /* as in <sysexits.h>, for a program that ends of it: EX_USAGE for an
			 * endpoint that is none, EX_NOHOST, EX_UNAVAILABLE when nobody listens or
			 * rpcbind does not know the program, EX_TEMPFAIL when time was over,
			 * EX_PROTOCOL, EX_NOPERM, EX_OSERR */
	int error;      /* the errno behind it; 0: none */
	char text[320]; /* why, in words, without an end of line */
};

/*
 * Connects to the endpoint, and makes a CLIENT for one program and version of it.  All of that ends
 * at the timeout: asking the name server and rpcbind, too.  (A pipe's PROGRAM is run at once; only
 * calls wait for it.)  The CLIENT is released, and its connection closed, by clnt_destroy(3t).
 *
 * NULL and the error, if it did not succeed.  Neither the endpoint nor the timeout is kept.
 */
CLIENT *sidecall_clnt_create(const char *endpoint, rpcprog_t program, rpcvers_t version,
			     const struct timeval *timeout, struct sidecall_error *error);

/*
 * The same as rpc+pipe:PROGRAM, with arguments: the command is as execvp(3) takes it, with NULL at
 * its end.  The server has SIGPIPE's default action, ignores SIGINT, and nothing is blocked.  Its
 * input ends when the CLIENT is destroyed, which waits a second for its end, and kills it then.
 */
CLIENT *sidecall_clnt_spawn(const char *const *command, rpcprog_t program, rpcvers_t version,
			    struct sidecall_error *error);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
