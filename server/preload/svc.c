/*
 * What stands in the place of libtirpc's functions of the same name (rpc_svc_reg(3t),
 * rpc_svc_create(3t)): they do what they do, and we learn of it.
 *
 * libtirpc calls these of its own by way of the linker, too.  So svc_create(), svctcp_create(),
 * rpc_reg() and all others that come to these are covered.
 */
#include <stdlib.h>

#include <rpc/rpcb_clnt.h>

#include "server/preload/libtirpc.h"
#include "server/preload/registrations.h"
#include "server/preload/takeover.h"

/* Our library's only names. */
#define IN_PLACE __attribute__((visibility("default")))

/* A dispatcher without a program has no transport of its own to be taken. */
static void serve(SVCXPRT *transport, rpcprog_t program, rpcvers_t version,
		  dispatch_function *dispatch)
{
	if (transport && libtirpc_is_here())
		takeover_begin(transport, program, version, dispatch);
}

IN_PLACE bool_t svc_reg(SVCXPRT *transport, const rpcprog_t program, const rpcvers_t version,
			void (*dispatch)(struct svc_req *, SVCXPRT *),
			const struct netconfig *netconfig)
{
	bool_t (*function)(SVCXPRT *, rpcprog_t, rpcvers_t, dispatch_function *,
			   const struct netconfig *) = libtirpc_find("svc_reg");

	if (!function || !function(transport, program, version, dispatch, netconfig))
		return FALSE;
	serve(transport, program, version, dispatch);
	return TRUE;
}

IN_PLACE bool_t svc_register(SVCXPRT *transport, u_long program, u_long version,
			     void (*dispatch)(struct svc_req *, SVCXPRT *), int protocol)
{
	bool_t (*function)(SVCXPRT *, u_long, u_long, dispatch_function *,
			   int) = libtirpc_find("svc_register");

	if (!function || !function(transport, program, version, dispatch, protocol))
		return FALSE;
	serve(transport, (rpcprog_t)program, (rpcvers_t)version, dispatch);
	return TRUE;
}

IN_PLACE void svc_unreg(const rpcprog_t program, const rpcvers_t version)
{
	void (*function)(rpcprog_t, rpcvers_t) = libtirpc_find("svc_unreg");

	takeover_forget(program, version);
	if (function)
		function(program, version);
}

IN_PLACE void svc_unregister(u_long program, u_long version)
{
	void (*function)(u_long, u_long) = libtirpc_find("svc_unregister");

	takeover_forget((rpcprog_t)program, (rpcvers_t)version);
	if (function)
		function(program, version);
}

/* All that registers comes here: svc_reg(), pmap_set() and so on. */
IN_PLACE bool_t rpcb_set(const rpcprog_t program, const rpcvers_t version,
			 const struct netconfig *netconfig, const struct netbuf *address)
{
	bool_t (*function)(rpcprog_t, rpcvers_t, const struct netconfig *,
			   const struct netbuf *) = libtirpc_find("rpcb_set");
	char *text = NULL;
	int r = -1;

	if (libtirpc_is_here() && netconfig && address)
		text = taddr2uaddr(netconfig, address);
	if (text)
		r = registrations_add(program, version, netconfig->nc_netid, text);
	free(text);
	return r < 0 ? function && function(program, version, netconfig, address) : r > 0;
}

IN_PLACE bool_t rpcb_unset(const rpcprog_t program, const rpcvers_t version,
			   const struct netconfig *netconfig)
{
	bool_t (*function)(rpcprog_t, rpcvers_t,
			   const struct netconfig *) = libtirpc_find("rpcb_unset");
	int r = -1;

	if (libtirpc_is_here())
		r = registrations_remove(program, version, netconfig ? netconfig->nc_netid : NULL);
	return r < 0 ? function && function(program, version, netconfig) : r > 0;
}

/* It is about to be destroyed, or left to another loop. */
IN_PLACE void xprt_unregister(SVCXPRT *transport)
{
	void (*function)(SVCXPRT *) = libtirpc_find("xprt_unregister");

	takeover_end(transport);
	if (function)
		function(transport);
}
