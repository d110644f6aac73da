/* Cases of accumulate, which changes something: each with a register that nobody else has. */
#ifndef SIDECALL_CHECK_REGISTERS_H
#define SIDECALL_CHECK_REGISTERS_H

#include "check/check.h"

/* Several amounts; such that do not fit; and from two connections. */
void run_register(struct exchange *exchange, const struct check_case *row);
void run_full_register(struct exchange *exchange, const struct check_case *row);
void run_shared_register(struct exchange *exchange, const struct check_case *row);

#endif
