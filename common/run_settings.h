/*
 * The limits that a program runs with under `sidecall run`: options of the command, and variables
 * of the environment, by which they reach the program (server/preload/settings.c).
 *
 * RUN_SETTINGS(ROW) makes of each ROW(NAME, FIELD, VALUE, HELP, USUAL, LEAST, MOST), where the
 * field is one of struct sidecall_svc_options (server/runtime/svc.h).
 */
#ifndef SIDECALL_COMMON_RUN_SETTINGS_H
#define SIDECALL_COMMON_RUN_SETTINGS_H

#define RUN_VARIABLE 64 /* bytes */

/* Who may call, and what: their values are the fields of these names (server/runtime/svc.h). */
#define RUN_ALLOW   "allow"
#define RUN_REQUIRE "require"
#define RUN_PROXY   "proxy-from"

/* Whether it takes the places that living servers have at rpcbind: there, whatever its value. */
#define RUN_REPLACE "replace"

/* The least important that is logged, by its word. */
#define RUN_LOG_LEVEL  "log-level"
#define RUN_LOG_LEVELS "err|warning|notice|info"

/* Where metrics are read; and what programs and procedures are called there
 * (server/preload/metrics.c). */
#define RUN_METRICS "metrics"
#define RUN_NAMES   "names"
#define RUN_NAME    64 /* bytes of a name, with a zero byte */

/* The variable's name: SIDECALL_RUN_MAX_MESSAGE for "max-message". */
void run_variable(const char *name, char variable[RUN_VARIABLE]);

#define RUN_PRELOADED "libsidecall-preload.so"
#define RUN_PROCESS   "SIDECALL_RUN_PID" /* the process that `sidecall run` became */

#define RUN_SETTINGS(ROW)                                                                          \
	ROW("max-message", max_message, "BYTES", "the longest call", 1 << 20, NULL, 1024, 1 << 30) \
	ROW("max-memory", max_memory, "BYTES",                                                     \
	    "for unfinished calls and unread replies of all clients; beyond it the peer that "     \
	    "holds most loses a connection",                                                       \
	    512 << 20, NULL, 65536, UINT32_MAX)                                                    \
	ROW("max-connections", max_connections, "N",                                               \
	    "connections at a time; then the peer that has most loses the one that has been idle " \
	    "for longest",                                                                         \
	    4096, ", or half of what the limit on descriptors leaves", 1, 1000000)                 \
	ROW("max-per-address", max_per_peer, "N",                                                  \
	    "connections of one peer at a time: of an IPv4 address, an IPv6 /64, a user of this "  \
	    "machine",                                                                             \
	    0, "as many as for all", 1, 1000000)                                                   \
	ROW("max-udp-reply", max_udp_reply, "BYTES",                                               \
	    "the longest reply in a datagram beyond loopback", 8800, NULL, 512, 65507)             \
	ROW("message-timeout", message_timeout, "SECONDS",                                         \
	    "for a call to arrive, once begun, and for a client to take its replies", 10, NULL, 1, \
	    86400)                                                                                 \
	ROW("idle-timeout", idle_timeout, "SECONDS", "between two calls of a connection", 0,       \
	    "no limit", 0, 31536000)

#endif
