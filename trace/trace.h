/* --trace: shows what goes over a client's channels, on standard error. */
#ifndef SIDECALL_TRACE_TRACE_H
#define SIDECALL_TRACE_TRACE_H

#include <stdio.h>

#include "client/runtime/channel.h"
#include "contract/contract.h"

/* An observer for channels that prints to `out`; released with trace_release().  NULL: no memory.
 */
struct channel_observer *trace_create(FILE *out);

/* Has messages explained by this contract, too, before ours. */
void trace_explain_by(struct channel_observer *observer, const struct contract *contract);
void trace_release(struct channel_observer *observer);

#endif
