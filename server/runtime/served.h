/* What is served, and a call of it that is being executed. */
#ifndef SIDECALL_SERVER_RUNTIME_SERVED_H
#define SIDECALL_SERVER_RUNTIME_SERVED_H

#include <stdatomic.h>

#include "common/endpoint.h"
#include "server/runtime/addresses.h"
#include "server/runtime/counters.h"
#include "server/runtime/svc.h"

struct access;
struct peer_id;
struct rpc_msg;
struct page;
struct watched;

/* Programs that were written for libtirpc's svc_run(), and know nothing of us (server/preload/):
 * what they are used to, beyond what rpcgen's dispatchers need. */
struct compat {
	/* The caller is who he says: what _gss_authenticate() of libtirpc does. */
	enum auth_stat (*authenticate)(struct svc_req *request, struct rpc_msg *message,
				       bool_t *no_dispatch);
	/* Around all that a program calls, which may be by several threads, and the other way round
	 * around a dispatcher. */
	void (*enter)(void);
	void (*leave)(void);
	const SVCAUTH *unwrapped; /* a transport's, until that replaces it */
	/* A borrowed descriptor is not served any more: its peer is gone, or a dispatcher destroyed
	 * its transport.  Soon it is to be left, and may be closed. */
	void (*gone)(int fd);
	bool in_child; /* this process was forked by the one that accepted the calls */
};

/* The owner's, the same for all calls. */
struct served {
	const struct sidecall_svc_program *programs; /* ends with a row of zeroes */
	void *context;
	const struct protocol *protocols[ENDPOINT_PROTOCOLS]; /* NULL: endpoints of it are not */
	const struct compat *compat;   /* NULL: for programs that know us; then there are threads */
	const struct access *access;   /* who may call; NULL: everybody */
	const struct watched *watched; /* what is counted; NULL: nothing */
	const struct page *page;       /* that is read by HTTP; NULL: none is */
	/* A program for callers on this machine alone (0: there is none).  rpcbind forwards
	 * datagrams of anybody's from here (RPCBPROC_CALLIT), so it is not told of it by udp. */
	rpcprog_t local_program;
	/* Whether a version has a procedure, where somebody knows; NULL: nobody does. */
	bool (*has)(rpcprog_t program, rpcvers_t version, rpcproc_t procedure);
};

/*
 * The way that a call came and its reply goes: a session, or a UDP socket and who sent the
 * datagram. The last four are there for `compat` alone.
 */
struct way {
	int fd;
	const struct addresses *addresses; /* NULL: out of memory */
	const struct peer_id *peer;        /* who calls; NULL: nobody knows */
	void *kept;                        /* the protocol's, as long as there is the way */
	/* Sends what has been replied so far, unless another call is here already: then it can wait
	 * for that one's reply. */
	void (*flush)(struct way *way);
	/* Sends it all, and waits until so many milliseconds are over.  Whether it is sent; if not,
	 * nothing more can be.  NULL: nothing ever waits here. */
	bool (*deliver)(struct way *way, int milliseconds);
	/* Sends a reply whose call is over, or which is another process's.  0 or -errno. */
	int (*send)(struct way *way, const uint8_t *bytes, size_t length);
	/* Ends it when the call at hand is over. */
	void (*close)(struct way *way);
};

struct sidecall_svc_call {
	const struct served *served;
	struct way *way;
	uint64_t caller;
	bool forgeable; /* it may be another's */
	/* NULL: it may wait for anything, and need not let others go first. */
	bool (*may_wait)(struct sidecall_svc_call *call, dev_t device, const char *what);
	void (*pause)(struct sidecall_svc_call *call);
	const atomic_bool *cancelled; /* NULL: somebody waits for the reply */
	bool *told;                   /* that it is: what it returns then is no result */
	bool would_wait;              /* it was not executed, for it would have had to wait */
	/* Which it is, and how it ended: the protocol's to say, but for whose and by what. */
	struct counted counted;
};

/* What is known of a call. */
struct traits {
	enum sidecall_wait wait;
	enum sidecall_repeat repeat;
};

#define SERVED_ANY_VERSION INT64_C(-1)

/*
 * What is known of a program's procedure, in this version or in the first that has a row for it,
 * for a call whose arguments are so long.  One that is longer than any such call can be waits
 * for nothing: it is to be refused, not to be kept for later.
 */
struct traits served_traits(const struct served *served, rpcprog_t program, int64_t version,
			    rpcproc_t procedure, size_t arguments);

/* Whether this version of a program is served; and whether it is known to have a procedure: the
 * null procedure, one that the owner knows of, or one that a rule of access names. */
bool served_has_version(const struct served *served, rpcprog_t program, int64_t version);
bool served_has_procedure(const struct served *served, rpcprog_t program, int64_t version,
			  rpcproc_t procedure);

/* Which of those that are served it is; ENDPOINT_PROTOCOLS: none. */
enum endpoint_protocol served_index(const struct served *served, const struct protocol *protocol);

/* The name of a protocol that is served beside this one, for whoever took one for the other; or
 * NULL. */
const char *served_other(const struct served *served, const struct protocol *protocol);

#endif
