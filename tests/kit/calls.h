/* Calls put together by hand, calls through an endpoint, and processes that make them for ever. */
#ifndef SIDECALL_TESTS_KIT_CALLS_H
#define SIDECALL_TESTS_KIT_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/procedures.h"
#include "common/buffer.h"
#include "common/duration.h"
#include "tests/kit/process.h"

/* Appends a call of this procedure, with arguments of its type, named by `id`; with `framed` behind
 * its record mark or length. */
void call_make(struct buffer *call, bool rpc, bool framed, uint32_t id, const char *procedure,
	       const void *arguments);

/* The endpoint in a text, which must be one. */
struct endpoint call_endpoint(const char *text);

/* The daemon's first endpoint that begins with `prefix`; and all those of
 * daemon_start_everywhere(). */
struct endpoint call_endpoint_of(const struct daemon *daemon, const char *prefix);
void call_endpoints(const struct daemon *daemon, struct endpoint endpoints[EVERYWHERE]);

/* Makes one call through an endpoint.  The failure's code; the result is cleared first, and is to
 * be released by whoever asked for something that owns memory. */
int call_once(const struct endpoint *endpoint, int64_t timeout, const char *procedure,
	      void *arguments, union procedure_result *result);

/* Checks that a page of so many bytes of the root can be had; and a small one, by each protocol. */
void call_list(const struct endpoint *endpoint, int64_t timeout, uint32_t bytes);
void call_lists(const struct daemon *daemon, int64_t timeout);

/* add(a, b), or the negative code of why it failed. */
int64_t call_add(const struct endpoint *endpoint, int64_t timeout, int64_t a, int64_t b);

/*
 * Starts a process that adds, again and again: `count` times, or for ever when that is 0.  Its exit
 * status is 0, 1 for a wrong answer, or the failure's code.
 */
pid_t call_adding(const char *via, unsigned int count, int64_t timeout);

/* Starts a process that asks for one digest, with an exit status as above. */
pid_t call_digesting(const char *via, const char *path, int64_t timeout);

/* Waits for a process, which is killed when patience is at its end: its exit status, 128 + signal,
 * or -1 when it was hanging. */
int call_wait(pid_t pid);

#endif
