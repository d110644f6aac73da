/* Lists of calls, in the order in which they were appended. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_PIPELINE_LIST_H
#define SIDECALL_PROGRAMS_SIDECALL_PIPELINE_LIST_H

#include "programs/sidecall/pipeline.h"

void pipeline_append(struct pipeline_list *list, struct pipeline_call *call);

/* Takes a call out of the list that it is in. */
void pipeline_take(struct pipeline_list *list, struct pipeline_call *call);

/* Appends all calls of a list to another. */
void pipeline_move(struct pipeline_list *from, struct pipeline_list *to);

#endif
