/* Connections that are kept full of prepared calls. */
#ifndef SIDECALL_MEASURE_CONNECTIONS_H
#define SIDECALL_MEASURE_CONNECTIONS_H

#include "measure/run.h"

struct connections;

/* Opens them, of which `first` is one already.  0 or the failure's code; close them in any case. */
int connections_open(struct connections **connections, struct run *run, struct client *first,
		     struct failure *failure);
void connections_close(struct connections *connections);
void connections_run(struct connections *connections);

/* Bytes on the transport until now. */
void connections_traffic(const struct connections *connections, uint64_t *sent, uint64_t *received);

#endif
