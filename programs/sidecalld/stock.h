/*
 * The server that rpcgen's user gets: rpcgen's dispatchers on libtirpc's own svc_run(), svc_vc and
 * svc_dg.  It is the baseline, so its faults stay (docs/tirpc.md).
 */
#ifndef SIDECALL_PROGRAMS_SIDECALLD_STOCK_H
#define SIDECALL_PROGRAMS_SIDECALLD_STOCK_H

#include "server/programs.h"
#include "server/runtime/listener.h"

struct stock {
	struct listeners listeners; /* nothing of ours watches them: libtirpc does */
	struct served served;
	struct sidecall_svc_call call; /* the same for all */
	SVCXPRT stop; /* a transport on which no call arrives, but the wish to end */
	bool stopped; /* it has arrived */
};

/*
 * Prepares to serve, with no listeners yet.  SIGTERM and SIGINT are blocked from now on until
 * stock_run(), so threads that are started in between never get them.  SIGPIPE is not touched:
 * whoever starts us may have it ignored.  0 or -errno; stock_release() afterwards in both cases.
 */
int stock_init(struct stock *stock, const struct served *served);

/* Listens at a tirpc endpoint, with the listeners of a struct stock, as transports_listen() does
 * for the others. */
const char *stock_open(struct listeners *listeners, const struct endpoint *endpoint,
		       char why[SIDECALL_SVC_WHY]);

/*
 * Serves until SIGTERM or SIGINT.  When a client holds libtirpc up then, the process ends two
 * seconds later from here, with status 0 and its files removed.  0, or -EIO when svc_run() gave up.
 */
int stock_run(struct stock *stock);

/* Closes the listeners and removes their files. */
void stock_release(struct stock *stock);

#endif
