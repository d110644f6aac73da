/* What students do wrong, where tests/kit/student.c has it done right. */
#ifndef SIDECALL_TESTS_KIT_STUDENT_FAULTS_H
#define SIDECALL_TESTS_KIT_STUDENT_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/raw.h"
#include "common/rendezvous.h"

bool is_fault(const char *fault, const char *name);

/* Of a message: takes what one read returns for one; writes a reply behind its length. */
size_t one_read(int in, uint8_t *bytes);
void send_reply(int out, const struct buffer *reply, const char *fault);

/* Of a call: what is answered to it (bytes behind the call's header are its arguments), and the
 * whole reply.  Returns the status. */
enum raw_status spoil_answer(const struct raw_call *call, enum raw_status status,
			     const uint8_t *bytes, struct buffer *result, const char *fault);
void spoil_reply(struct buffer *reply, const char *fault);

/* Whether a session ends behind so many calls. */
bool is_last(unsigned int calls, const char *fault);

/* Whether this reply gets lost: to accumulate, the first of all, or of each call; or to each add.
 */
bool is_lost(const struct buffer *reply, const char *fault);

/* Before the first call by a pipe, and behind the last. */
void begin_pipe(const char *fault);
int end_pipe(const char *fault);

/* By named pipes: the well-known one, the next greeting, and a client's two. */
int open_known_fifo(const struct endpoint *endpoint, const char *fault);
void await_client(int known); /* the first one */
bool next_greeting(int known, uint64_t *number, const char *fault);
bool open_pair(const struct rendezvous_pair *pair, int *in, int *out, const char *fault);
bool welcome(const struct rendezvous_pair *pair, uint64_t number, int *in, int out,
	     const char *fault);
void settle_pair(int in, int out, const char *fault);

#endif
