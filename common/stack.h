/* How far a thread has gone into its stack, where filters call themselves for each item of a list.
 */
#ifndef SIDECALL_COMMON_STACK_H
#define SIDECALL_COMMON_STACK_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the stack for which nobody looks where it ends: any has so many. */
#define STACK_SHALLOW ((ptrdiff_t)64 << 10)

/* Addresses on it.  It grows downwards. */
struct stack {
	const char *began, *end; /* where it is all used; NULL: nobody had to look yet */
};

/* From here on. */
static inline void stack_begin(struct stack *stack)
{
	*stack = (struct stack){ .began = __builtin_frame_address(0) };
}

/* Whether no more is left of all the thread's stack than one of so many parts. */
bool stack_is_used(struct stack *stack, size_t parts);

#endif
