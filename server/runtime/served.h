/* What is served, and a call of it that is being executed. */
#ifndef SIDECALL_SERVER_RUNTIME_SERVED_H
#define SIDECALL_SERVER_RUNTIME_SERVED_H

#include <stdatomic.h>

#include "common/endpoint.h"
#include "server/runtime/svc.h"

/* The owner's, the same for all calls. */
struct served {
	const struct sidecall_svc_program *programs; /* ends with a row of zeroes */
	void *context;
	const struct protocol *protocols[ENDPOINT_PROTOCOLS]; /* NULL: endpoints of it are not */
};

struct sidecall_svc_call {
	const struct served *served;
	uint64_t caller;
	bool forgeable; /* it may be another's */
	/* NULL: it may wait for anything, and need not let others go first. */
	bool (*may_wait)(struct sidecall_svc_call *call, dev_t device, const char *what);
	void (*pause)(struct sidecall_svc_call *call);
	const atomic_bool *cancelled; /* NULL: somebody waits for the reply */
	bool *told;                   /* that it is: what it returns then is no result */
	bool would_wait;              /* it was not executed, for it would have had to wait */
};

/* What is known of a call. */
struct traits {
	enum sidecall_wait wait;
	enum sidecall_repeat repeat;
};

#define SERVED_ANY_VERSION (-1)

/*
 * What is known of a program's procedure, in this version or in the first that has a row for it,
 * for a call whose arguments are so long.  One that is longer than any such call can be waits
 * for nothing: it is to be refused, not to be kept for later.
 */
struct traits served_traits(const struct served *served, rpcprog_t program, int64_t version,
			    rpcproc_t procedure, size_t arguments);

/* The name of a protocol that is served beside this one, for whoever took one for the other. */
const char *served_other(const struct served *served, const struct protocol *protocol);

#endif
