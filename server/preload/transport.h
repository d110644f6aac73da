/* The transport of ours for which the program's loop waits in the place of those that were taken.
 */
#ifndef SIDECALL_SERVER_PRELOAD_TRANSPORT_H
#define SIDECALL_SERVER_PRELOAD_TRANSPORT_H

#include <stdbool.h>

#include <rpc/rpc.h>

/* Makes it.  When its descriptor, which stays the caller's, can be read, `pass` is called.  0 or
 * -errno. */
int transport_open(int fd, void (*pass)(void));
bool transport_is_open(void);

/* The program waits for it from now on, and not for this one. */
void transport_take_place(SVCXPRT *transport);

/* Programs that rpcgen wrote to end when nobody calls count the bits of svc_fdset: while there are
 * connections there is a second transport, by whose descriptor nothing ever comes. */
void transport_show_connections(bool some);
int transport_silent(void);

#endif
