/* ONC RPC calls by hand: any program's, by one deadline, with nothing of either runtime in them. */
#ifndef SIDECALL_TESTS_DAEMONS_CALL_H
#define SIDECALL_TESTS_DAEMONS_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/buffer.h"

/* How a call gets there; netids of rpcbind. */
enum way { BY_TCP, BY_UDP, BY_TCP6, BY_UDP6, BY_LOCAL, WAYS };
enum {
	TCP = 1 << BY_TCP,
	UDP = 1 << BY_UDP,
	TCP6 = 1 << BY_TCP6,
	UDP6 = 1 << BY_UDP6,
	LOCAL = 1 << BY_LOCAL
};

/* What became of a call: a status of RFC 5531, or why there is none. */
enum answer_status {
	ANSWER_SUCCESS,
	ANSWER_PROG_UNAVAIL,
	ANSWER_PROG_MISMATCH,
	ANSWER_PROC_UNAVAIL,
	ANSWER_GARBAGE_ARGS,
	ANSWER_SYSTEM_ERR,
	ANSWER_DENIED, /* RPC_MISMATCH or AUTH_ERROR */
	ANSWER_NONE    /* not by the deadline, or what came is no reply */
};

struct answer {
	enum answer_status status;
	const uint8_t *result; /* behind the status, in `bytes` */
	size_t length;
	const char *why; /* with ANSWER_NONE */
	struct buffer bytes;
};

struct ask {
	const char *name;
	uint32_t program, version, procedure;
	unsigned int ways;                 /* it is asked by */
	void (*pack)(struct buffer *call); /* appends the arguments; NULL: there are none */
	bool (*right)(const uint8_t *result, size_t length);
	bool reserved;  /* from a port below 1024 */
	bool elsewhere; /* a datagram that is answered from another port */
	bool known;     /* with an AUTH_SYS credential: */
	uint32_t uid;
};

struct place {
	enum way way;
	struct sockaddr_storage address;
	socklen_t length;
};

bool way_is_stream(enum way way);
const char *way_name(enum way way);

/* Append an integer, a string, bytes as XDR has them. */
void put_word(struct buffer *call, uint32_t word);
void put_text(struct buffer *call, const char *text);
uint32_t get_word(const uint8_t *bytes);

/* Makes the call's bytes, with the mark of a stream's record in front for a stream. */
void call_bytes(const struct ask *ask, uint32_t xid, enum way way, struct buffer *call);

/* A connection, or a socket for datagrams, as the ask wants it (NULL: any), non-blocking; -1 and
 * errno.  `deadline` as clock_now(). */
int place_connect(const struct place *place, const struct ask *ask, int64_t deadline);

/* Sends bytes on a stream, whole.  0 or -errno. */
int bytes_send(int fd, const void *bytes, size_t length, int64_t deadline);

/* Waits for the reply to `xid`, which is released by answer_release(). */
void answer_receive(int fd, enum way way, uint32_t xid, int64_t deadline, struct answer *answer);
void answer_release(struct answer *answer);

/* Sends the call (a datagram again each second) and waits for its reply. */
void call_on(int fd, const struct place *place, const struct ask *ask, int64_t deadline,
	     struct answer *answer);

/* NULL when the answer is right, else what is wrong. */
const char *answer_fault(const struct ask *ask, const struct answer *answer);

/* Where rpcbind says that a program is.  False when it does not know it. */
bool place_find(uint32_t program, uint32_t version, enum way way, struct place *place);

/* rpcbind itself. */
void place_rpcbind(enum way way, struct place *place);

#endif
