/* Attacks beside which a second client calls: whether one client can keep another waiting. */
#ifndef SIDECALL_CHECK_HOSTILE_H
#define SIDECALL_CHECK_HOSTILE_H

#include "check/check.h"

/* What an attack takes at most.  A second client's last call may take its timeout more. */
#define HOSTILE_TIME        INT64_C(2000000000) /* nanoseconds */
#define HOSTILE_CONNECTIONS 200                 /* at a time, and over all */
#define HOSTILE_BYTES       (16U << 20)         /* that are sent */

/* Whether the server is on this machine: at a path, or at a loopback address. */
bool hostile_at_home(const struct check_target *target);

/* Two bytes of a mark; half a call; a byte of it now and then. */
void run_idle_mark(struct exchange *exchange, const struct check_case *row);
void run_idle_call(struct exchange *exchange, const struct check_case *row);
void run_slow_call(struct exchange *exchange, const struct check_case *row);

/* A message without end. */
void run_giant_message(struct exchange *exchange, const struct check_case *row);

/* Calls without end, whose replies nobody reads. */
void run_unread_replies(struct exchange *exchange, const struct check_case *row);

/* Many connections, without a word; and with half a call each. */
void run_many_idle(struct exchange *exchange, const struct check_case *row);
void run_many_calls(struct exchange *exchange, const struct check_case *row);

/* One connection after the other, each closed before its replies are read. */
void run_leavers(struct exchange *exchange, const struct check_case *row);

#endif
