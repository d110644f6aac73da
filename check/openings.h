/* Cases of how clients come and go: by named pipes, and of several at once. */
#ifndef SIDECALL_CHECK_OPENINGS_H
#define SIDECALL_CHECK_OPENINGS_H

#include "check/check.h"

/* Two clients that are there at once. */
void run_two_clients(struct exchange *exchange, const struct check_case *row);

/* A client leaves, and for a while there is none; then one comes.  Made once of a target. */
void run_last_leaves(struct exchange *exchange, const struct check_case *row);

/* By named pipes: the calls are opened before the greeting; a while after the welcome; as soon as
 * it is there, many times, for who opens them later is not always late; never, for the client
 * leaves when it has greeted; and what is no greeting is written. */
void run_calls_first(struct exchange *exchange, const struct check_case *row);
void run_calls_at_once(struct exchange *exchange, const struct check_case *row);
void run_calls_late(struct exchange *exchange, const struct check_case *row);
void run_greets_and_leaves(struct exchange *exchange, const struct check_case *row);
void run_no_greeting(struct exchange *exchange, const struct check_case *row);

#endif
