/* Lists of calls. */
#include "programs/sidecall/pipeline_list.h"

void pipeline_append(struct pipeline_list *list, struct pipeline_call *call)
{
	call->next = NULL;
	call->previous = list->last;
	if (list->last)
		list->last->next = call;
	else
		list->first = call;
	list->last = call;
	list->count++;
}

void pipeline_take(struct pipeline_list *list, struct pipeline_call *call)
{
	if (call->previous)
		call->previous->next = call->next;
	else
		list->first = call->next;
	if (call->next)
		call->next->previous = call->previous;
	else
		list->last = call->previous;
	list->count--;
}

void pipeline_move(struct pipeline_list *from, struct pipeline_list *to)
{
	while (from->first) {
		struct pipeline_call *call = from->first;

		pipeline_take(from, call);
		pipeline_append(to, call);
	}
}
