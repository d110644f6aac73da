/* What becomes of a session whose time is over: for the queues of a worker's sessions. */
#ifndef SIDECALL_SERVER_RUNTIME_SESSION_TIMEOUT_H
#define SIDECALL_SERVER_RUNTIME_SESSION_TIMEOUT_H

#include "server/runtime/session.h"

void session_too_slow_to_ask(struct timer *timer);
void session_too_slow_to_read(struct timer *timer);
void session_too_long_idle(struct timer *timer);

#endif
