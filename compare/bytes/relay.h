/* Stands between a client that nobody can look into and its server, and keeps what passes. */
#ifndef SIDECALL_COMPARE_BYTES_RELAY_H
#define SIDECALL_COMPARE_BYTES_RELAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "compare/bytes/byte_account.h"
#include "common/endpoint.h"
#include "common/framing.h"

struct relay_log;

/* One direction of byte streams: what has passed and is no whole message yet. */
struct relay_stream {
	struct framing_reader reader;
	struct buffer bytes, marks;
};

/* All zeroes is none. */
struct relay {
	struct endpoint endpoint; /* where the client calls: this process's, not the server's */
	pid_t pid;
	struct relay_log *log; /* shared with it */
	struct relay_stream sent, received;
};

/*
 * Starts a process that passes on everything between its clients and a server by tcp, udp or a Unix
 * socket; `path` is for that socket.  One call is under way at a time.  0 or -errno; to be stopped
 * all the same.
 */
int relay_start(struct relay *relay, const struct endpoint *server, const char *path);
void relay_stop(struct relay *relay);

/* Bytes that have passed to the server and back, since it was started. */
void relay_traffic(const struct relay *relay, uint64_t *sent, uint64_t *received);

/* Shows the messages that have passed since this was called last, while no call is under way.
 * False when they are not known: it was more than it keeps, or no message. */
bool relay_account(struct relay *relay, struct byte_account *account);

#endif
