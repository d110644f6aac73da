/* --trace: shows what goes over a client's channels, on standard error. */
#ifndef SIDECALL_TRACE_TRACE_H
#define SIDECALL_TRACE_TRACE_H

#include <stdio.h>

#include "client/runtime/channel.h"

/* An observer for channels that prints to `out`; released with trace_release().  NULL: no memory.
 */
struct channel_observer *trace_create(FILE *out);
void trace_release(struct channel_observer *observer);

#endif
