/*
 * What rpcbind has, and changes to it (RFC 1833, section 2.2.1).
 *
 * libtirpc's rpcb_set() and rpcb_unset() may wait for a minute and say only yes or no, so rpcbind's
 * procedures are called here directly.
 */
#include "server/runtime/registry/rpcbind.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/xdr.h"

#define CALL_TIME 2 /* seconds that rpcbind has for an answer */

/* A connected socket, or -errno. */
static int connect_to_rpcbind(struct sockaddr_un *address)
{
	const struct timeval limit = { .tv_sec = CALL_TIME };
	int r, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX, .sun_path = _PATH_RPCBINDSOCK };
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)); /* connect() heeds it */
	if (connect(fd, (struct sockaddr *)address, sizeof(*address)) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

int rpcbind_open(struct rpcbind *rpcbind)
{
	struct sockaddr_un address;
	struct netbuf peer = { .len = sizeof(address), .maxlen = sizeof(address), .buf = &address };
	int fd = connect_to_rpcbind(&address);

	*rpcbind = (struct rpcbind){ .fd = fd };
	if (fd < 0)
		return fd;
	rpcbind->client = clnt_vc_create(fd, &peer, RPCBPROG, RPCBVERS4, 0, 0);
	if (rpcbind->client) {
		clnt_control(rpcbind->client, CLSET_FD_CLOSE, NULL);
		return 0;
	}
	close(fd);
	rpcbind->fd = -ENOMEM;
	return -ENOMEM;
}

void rpcbind_close(struct rpcbind *rpcbind)
{
	rpcbind_forget_all(rpcbind);
	if (rpcbind->client)
		clnt_destroy(rpcbind->client);
	*rpcbind = (struct rpcbind){ .fd = -1 };
}

/* libtirpc's filters, by functions of ours: whoever loads us may have no libtirpc, and to name a
 * function is to need it, while to call one is not. */
static bool_t filter_list(XDR *stream, void *list)
{
	return xdr_rpcblist_ptr(stream, list);
}

static bool_t filter_entry(XDR *stream, void *entry)
{
	return xdr_rpcb(stream, entry);
}

static bool_t filter_bool(XDR *stream, void *value)
{
	return xdr_bool(stream, value);
}

static bool is_broken_pipe_pending(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

/* libtirpc sends by write(2).  Where rpcbind has hung up that is a signal, which would end programs
 * that know of none by us. */
static enum clnt_stat call(struct rpcbind *rpcbind, rpcproc_t procedure, xdrproc_t filter,
			   const void *arguments, xdrproc_t result_filter, void *result)
{
	const struct timeval limit = { .tv_sec = CALL_TIME };
	bool was_pending = is_broken_pipe_pending();
	sigset_t broken_pipe, before;
	enum clnt_stat status;
	int number;

	sigemptyset(&broken_pipe);
	sigaddset(&broken_pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
	status = clnt_call(rpcbind->client, procedure, filter, (caddr_t)arguments, result_filter,
			   (caddr_t)result, limit);
	if (!was_pending && is_broken_pipe_pending())
		sigwait(&broken_pipe, &number);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

enum clnt_stat rpcbind_ask_all(struct rpcbind *rpcbind)
{
	rpcbind_forget_all(rpcbind);
	return call(rpcbind, RPCBPROC_DUMP, xdr_nothing, NULL, (xdrproc_t)filter_list,
		    &rpcbind->list);
}

void rpcbind_forget_all(struct rpcbind *rpcbind)
{
	xdr_free((xdrproc_t)filter_list, &rpcbind->list);
	rpcbind->list = NULL;
}

const struct rpcb *rpcbind_find(const struct rpcbind *rpcbind, const struct rpcb *place)
{
	for (rpcblist_ptr l = rpcbind->list; l; l = l->rpcb_next)
		if (l->rpcb_map.r_prog == place->r_prog && l->rpcb_map.r_vers == place->r_vers &&
		    strcmp(l->rpcb_map.r_netid, place->r_netid) == 0)
			return &l->rpcb_map;
	return NULL;
}

/* Whether RPCBPROC_SET or RPCBPROC_UNSET says that it did it. */
static bool change(struct rpcbind *rpcbind, rpcproc_t procedure, const struct rpcb *entry)
{
	struct rpcb argument = *entry;
	bool_t done = FALSE;
	char owner[16];

	snprintf(owner, sizeof(owner), "%u", (unsigned int)geteuid());
	argument.r_owner = owner;
	return call(rpcbind, procedure, (xdrproc_t)filter_entry, &argument, (xdrproc_t)filter_bool,
		    &done) == RPC_SUCCESS &&
	       done;
}

bool rpcbind_set(struct rpcbind *rpcbind, const struct rpcb *entry)
{
	return change(rpcbind, RPCBPROC_SET, entry);
}

bool rpcbind_unset(struct rpcbind *rpcbind, const struct rpcb *entry)
{
	return change(rpcbind, RPCBPROC_UNSET, entry);
}
