/* Cases that take more than one call. */
#ifndef SIDECALL_CHECK_SEVERAL_H
#define SIDECALL_CHECK_SEVERAL_H

#include "check/check.h"

/* Calls whose xids go up and down, one after the other. */
void run_xids(struct exchange *exchange, const struct check_case *row);

/* Several calls in one write, and as many replies, in any order. */
void run_one_segment(struct exchange *exchange, const struct check_case *row);

/* The lowest and the highest version that a refusal names are called. */
void run_named_versions(struct exchange *exchange, const struct check_case *row);

/* A length that no message has: of one that is too short, and of one that is too long. */
void run_short_length(struct exchange *exchange, const struct check_case *row);
void run_giant_length(struct exchange *exchange, const struct check_case *row);

/* Half a message, and the connection is closed; then a call on a new one. */
void run_left(struct exchange *exchange, const struct check_case *row);

/* Several calls, and the connection is closed without a look at the replies; then a call on a new
 * one. */
void run_hung_up(struct exchange *exchange, const struct check_case *row);

#endif
