/* What clients cause that is worth a line in the log: limits that bit, and faults.  Each is
 * counted. */
#ifndef SIDECALL_SERVER_RUNTIME_EVENT_H
#define SIDECALL_SERVER_RUNTIME_EVENT_H

/* EVENTS_ALL(ROW) makes of each ROW(CONSTANT, NAME, PRIORITY), with a priority of syslog(3). */
#define EVENTS_ALL(ROW)                                                                            \
	ROW(EVENT_NO_CALL, "no-call", LOG_WARNING) /* what came is none */                         \
	ROW(EVENT_TOO_LONG, "too-long", LOG_WARNING)                                               \
	ROW(EVENT_NO_MEMORY, "no-memory", LOG_ERR)                                                 \
	ROW(EVENT_BUSY, "busy", LOG_WARNING) /* its peer has used its share of the pools */        \
	ROW(EVENT_MADE_WAY, "made-way", LOG_WARNING)                                               \
	ROW(EVENT_DATAGRAMS_DROPPED, "datagrams-dropped", LOG_WARNING)                             \
	ROW(EVENT_MESSAGE_TIMEOUT, "message-timeout", LOG_WARNING)                                 \
	ROW(EVENT_REPLY_TIMEOUT, "reply-timeout", LOG_WARNING)                                     \
	ROW(EVENT_IDLE_TIMEOUT, "idle-timeout", LOG_INFO)                                          \
	ROW(EVENT_EVICTED, "evicted", LOG_WARNING) /* for others' connections */                   \
	ROW(EVENT_REFUSED, "refused", LOG_WARNING) /* there are as many as may be */               \
	ROW(EVENT_MAX_MEMORY, "max-memory", LOG_WARNING)                                           \
	ROW(EVENT_NO_DESCRIPTOR, "no-descriptor", LOG_ERR)                                         \
	ROW(EVENT_SYSTEM_MEMORY, "system-memory", LOG_ERR)                                         \
	ROW(EVENT_GREETED_AND_GONE, "greeted-and-gone", LOG_INFO)                                  \
	ROW(EVENT_NO_SHARED_MEMORY, "no-shared-memory", LOG_ERR)                                   \
	ROW(EVENT_NOT_ALLOWED, "not-allowed", LOG_WARNING)                                         \
	ROW(EVENT_WEAK_CREDENTIAL, "weak-credential", LOG_WARNING)                                 \
	ROW(EVENT_NO_PROXY_HEADER, "no-proxy-header", LOG_WARNING)                                 \
	ROW(EVENT_STATUS_REFUSED, "status-refused", LOG_WARNING)                                   \
	ROW(EVENT_RESULT_TOO_DEEP, "result-too-deep", LOG_ERR)

#define EVENTS_CONSTANT(CONSTANT, NAME, PRIORITY) CONSTANT,
enum event { EVENTS_ALL(EVENTS_CONSTANT) EVENTS };
#undef EVENTS_CONSTANT

const char *event_name(enum event event);
int event_priority(enum event event);

#endif
