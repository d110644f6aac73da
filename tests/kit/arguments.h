/* Arguments of the procedures, as a table of calls writes them: each is a union
 * procedure_arguments. */
#ifndef SIDECALL_TESTS_KIT_ARGUMENTS_H
#define SIDECALL_TESTS_KIT_ARGUMENTS_H

#include "client/procedures.h"

#define NUMBERS(a, b)                                                                              \
	{                                                                                          \
		.operands = { a, b }                                                               \
	}
#define EXPRESSION(text)                                                                           \
	{                                                                                          \
		.expression = (char *)(text)                                                       \
	}
#define VALUES(count, array)                                                                       \
	{                                                                                          \
		.values = { count, array }                                                         \
	}
#define REGISTER(name, amount)                                                                     \
	{                                                                                          \
		.accumulation = {(char *)(name), amount }                                          \
	}
#define PATH(name)                                                                                 \
	{                                                                                          \
		.path = (char *)(name)                                                             \
	}
#define LIST(name, cookie, size)                                                                   \
	{                                                                                          \
		.list = {(char *)(name), cookie, size }                                            \
	}

#endif
