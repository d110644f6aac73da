/* How far a thread has gone into its stack. */
#include "common/stack.h"

#include <pthread.h>

static const char *find_end(const struct stack *stack, size_t parts)
{
	const char *end = stack->began - STACK_SHALLOW;
	pthread_attr_t attributes;
	size_t size;
	void *lowest;

	if (pthread_getattr_np(pthread_self(), &attributes) != 0)
		return end;
	if (pthread_attr_getstack(&attributes, &lowest, &size) == 0)
		end = (const char *)lowest + size / parts;
	pthread_attr_destroy(&attributes);
	return end;
}

bool stack_is_used(struct stack *stack, size_t parts)
{
	const char *here = __builtin_frame_address(0);

	if (stack->began - here < STACK_SHALLOW)
		return false;
	if (!stack->end)
		stack->end = find_end(stack, parts);
	return here < stack->end;
}
