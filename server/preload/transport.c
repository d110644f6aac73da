/* The transport of ours for which the program's loop waits in the place of those that were taken.
 */
#include "server/preload/transport.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "server/preload/libtirpc.h"

static SVCXPRT ours, busy;
static void (*pass_once)(void);

static void register_transport(SVCXPRT *transport)
{
	void (*function)(SVCXPRT * transport) = libtirpc_find("xprt_register");

	function(transport);
}

static void unregister_transport(SVCXPRT *transport)
{
	void (*function)(SVCXPRT * transport) = libtirpc_find("xprt_unregister");

	function(transport);
}

void transport_take_place(SVCXPRT *transport)
{
	unregister_transport(transport);
	/* Again each time, for svc_exit() forgets all that are waited for. */
	unregister_transport(&ours);
	register_transport(&ours);
}

void transport_show_connections(bool some)
{
	static bool shown;

	if (some == shown || !libtirpc_is_waiting())
		return;
	if (some)
		register_transport(&busy);
	else
		unregister_transport(&busy);
	shown = some;
}

/* ---- what libtirpc asks of it ---- */

/* There is no call here that libtirpc should make, and so all else that a transport can do is
 * never asked for. */
static bool_t receive(SVCXPRT *transport, struct rpc_msg *message)
{
	(void)message;
	if (transport == &ours)
		pass_once();
	return FALSE;
}

static enum xprt_stat be_idle(SVCXPRT *transport)
{
	(void)transport;
	return XPRT_IDLE;
}

static void make_transport(SVCXPRT *transport, int fd)
{
	static const struct xp_ops operations = { .xp_recv = receive, .xp_stat = be_idle };
	static SVCXPRT_EXT extension; /* libtirpc looks for flags there */

	*transport = (SVCXPRT){ .xp_fd = fd,
				.xp_ops = &operations,
				.xp_tp = (char *)"",
				.xp_netid = (char *)"",
				.xp_p3 = &extension };
}

int transport_open(int fd, void (*pass)(void))
{
	int silent = eventfd(0, EFD_CLOEXEC); /* it never tells of anything */

	if (fd < 0 || silent < 0)
		return -errno;
	pass_once = pass;
	make_transport(&busy, silent);
	make_transport(&ours, fd);
	return 0;
}

bool transport_is_open(void)
{
	return ours.xp_ops;
}

int transport_silent(void)
{
	return busy.xp_fd;
}
