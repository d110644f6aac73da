/* All transports that listen: a row each. */
#include "server/runtime/transports/all.h"

static const struct transport *const transports[] = {
	&transport_tcp, &transport_udp, &transport_unix, &transport_fifo, &transport_shm,
};

const char *transports_listen(struct listeners *listeners, const struct endpoint *endpoint,
			      char why[SIDECALL_SVC_WHY])
{
	if (!listeners->sessions->served->protocols[endpoint->protocol])
		return "nothing is served by this protocol here";
	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
		if (transports[i]->transport == endpoint->transport)
			return transports[i]->listen(listeners, endpoint, why);
	return "a pipe has no address: a server whose client starts it has one as standard input "
	       "and output";
}
