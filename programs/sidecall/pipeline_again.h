/* How calls in flight end, or begin again over another connection. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_PIPELINE_AGAIN_H
#define SIDECALL_PROGRAMS_SIDECALL_PIPELINE_AGAIN_H

#include "programs/sidecall/pipeline.h"

/* Ends a call of a list with this code: it is its owner's again. */
void pipeline_end_call(struct pipeline_list *list, struct pipeline_call *call, int code);

/* Fails all calls: those in flight may have been executed, the others were not. */
void pipeline_fail_all(struct pipeline *pipeline, int error);

/* Whether another connection may take the place of one that broke with this errno. */
bool pipeline_may_connect_again(const struct pipeline *pipeline, int error);

/* Connects in the place of what broke, to call as the first call does.  False: then all is as it
 * was, but without a connection. */
bool pipeline_connect_again(struct pipeline *pipeline, int error);

#endif
