/* One endpoint with a server, callers, and what can be seen of them from outside. */
#ifndef SIDECALL_TESTS_KIT_SCENE_H
#define SIDECALL_TESTS_KIT_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/endpoint.h"
#include "tests/kit/process.h"

#define MILLISECOND INT64_C(1000000)    /* nanoseconds in one */
#define SECOND      INT64_C(1000000000) /* nanoseconds */

/* Seconds that a caller has who is to see something before that. */
#define SCENE_TIMEOUT "20"

struct scene {
	struct endpoint endpoint; /* whom to call */
	char via[ENDPOINT_MAX_TEXT];
	struct daemon daemon; /* pid is 0 for a pipe, whose server is its caller's child */
	bool spoiled;         /* the daemon need not end well */
	char *report;         /* what went wrong, line by line; "" when nothing did */
	size_t room;          /* bytes in the report */
};

/*
 * Starts sidecalld, with --message-timeout 1, for an endpoint without an address (--stock for
 * tirpc).  The file "huge" in its root is one that takes hours to digest.  False when it did not
 * come to that.
 */
bool scene_open(struct scene *scene, enum endpoint_protocol protocol,
		enum endpoint_transport transport, char *report, size_t room);
void scene_close(struct scene *scene);

/* Adds a line to the report unless `ok`. */
void scene_check(struct scene *scene, bool ok, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

bool scene_has(const struct scene *scene, enum endpoint_transport transport);
bool scene_is_baseline(const struct scene *scene);

/* ---- callers: sidecall in the background ---- */

struct caller {
	pid_t pid;
	int output; /* a file with all it says */
	int64_t began, ended;
	int code; /* as in struct outcome */
	char text[1024];
};

/* "sidecall --via ENDPOINT --timeout TIMEOUT WORDS", where the words end with NULL. */
void caller_start(struct caller *caller, const struct scene *scene, const char *timeout,
		  const char *const words[]);
void caller_wait(struct caller *caller);

/* Until it has said something; and until its call is being executed: its server has "huge" open.
 * Returns that server, or 0. */
void caller_await_output(const struct caller *caller);
pid_t caller_await_execution(const struct caller *caller, const struct scene *scene);

/* Another caller, whose answer, if he gets one, has to be right. */
void scene_serve_another(struct scene *scene, struct caller *caller);

/* ---- processes ---- */

/* Waits until the daemon has so many descriptors again, and nothing to do. */
void scene_check_given_back(struct scene *scene, int descriptors);

#endif
