/* Cases of a pipe's server whose input ends. */
#ifndef SIDECALL_CHECK_INPUT_ENDS_H
#define SIDECALL_CHECK_INPUT_ENDS_H

#include "check/check.h"

/* The input ends before a call, behind one that is answered already, right behind one, and within
 * one. */
void run_no_input(struct exchange *exchange, const struct check_case *row);
void run_input_ends(struct exchange *exchange, const struct check_case *row);
void run_call_then_end(struct exchange *exchange, const struct check_case *row);
void run_half_call_then_end(struct exchange *exchange, const struct check_case *row);

/* A call is answered while the input goes on. */
void run_answered_at_once(struct exchange *exchange, const struct check_case *row);

#endif
