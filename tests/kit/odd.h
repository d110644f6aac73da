/*
 * The server that knows libtirpc alone (tests/preload/odd.c), by each way to run it; its clients;
 * and what they see, which must be the same by each way.
 */
#ifndef SIDECALL_TESTS_KIT_ODD_H
#define SIDECALL_TESTS_KIT_ODD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <rpc/rpc.h>

#include "tests/kit/harness.h"

#define ODD_PROGRAM    0x20000f0d
#define ODD_MOST_WORDS 24
#define ODD_MOST_REPLY (2 << 20) /* bytes */
#define ODD_LONG_REPLY 1600000
#define ODD_LONG_TIME  (HARNESS_PATIENCE * 1000) /* milliseconds for what comes at once */

/* tests/preload/odd.x, which is not ours to include: it has rpcgen's names for everything. */
enum { COUNT = 1, CALLER, BYTES, DO, SAY, ITSELF };
enum {
	NOTHING,
	STREAM_FROM_CHILD,
	CHILD_EXITS,
	CHILD_REPLIES,
	REPLY_AND_EXIT,
	LONG_REPLY_AND_EXIT,
	REPLY_AND_WORK,
	NEVER_REPLY,
	REPLY_TWICE,
	REPLY_LATER,
	REPLY_NOW,
	REPLY_BY_TIMER,
	DESTROY,
	UNREGISTER,
	REGISTER,
	OPEN,
	CLOSE,
	LEAVE,
	RUN_PROGRAM,
	READ_WHILE_ENCODING,
	SECOND_REPLIES,
	OPEN_AND_CLOSE,
	THREAD_REPLIES,
	DESTROY_BY_TIMER,
	OPEN_AS_ERROR,
	ERROR_LENGTH,
	DESTROY_FIRST,
	COUNT_BY_TIMER,
	NOPROC = 30,
	PROGVERS = 36
};

/* ---- the server, by each way to run it ---- */

enum how { STOCK, RUN, LINKED, HOWS };

/* A sanitizer's runtime must be the first library of a program, so none can be preloaded. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OURS LINKED
#else
#define OURS RUN
#endif

enum way { TCP, UDP, UNIX, WAYS };

struct odd {
	enum how how;
	enum way way;
	pid_t pid;           /* our child */
	pid_t server;        /* who serves: another one when it went into the background */
	int in, out;         /* its standard input and output */
	int errors;          /* a file in memory */
	int error;           /* where it writes in the place of that; 0: nowhere */
	rlim_t limit;        /* on its descriptors; 0: ours */
	int standard;        /* its standard input, or -1 for a pipe */
	const char *program; /* or NULL: the one with habits */
	const char *option;  /* of `sidecall run`; or NULL */
	char directory[40], path[64];
	uint16_t port;
};

extern const char *const odd_how_names[], *const odd_way_names[];

/* Whether `sidecall run` can be tried; else the test counts as skipped. */
bool odd_can_preload(void);

/* Starts it with these words behind those that say where it is to listen; what is not set is usual.
 * It is to be stopped in any case. */
bool odd_begin(struct odd *odd, const char *const words[]);
void odd_stop(struct odd *odd);

/* Likewise, and checks that it says where it can be called. */
bool odd_start(struct odd *odd, const char *const words[]);

/* Reads where it can be called, and which process it is. */
bool odd_read_place(struct odd *odd);

/* What it wrote to standard error, until the next call of this. */
const char *odd_errors(const struct odd *odd);

/* How it ended by itself: exit status or 128 + signal; -1: it does not. */
int odd_wait(const struct odd *odd);

/* ---- its clients ---- */

/* A connected socket; odd_connect_to() at another port, -1: there is nobody. */
int odd_connect(const struct odd *odd);
int odd_connect_to(const struct odd *odd, uint16_t port);

/* A call that is being put together, with room for its record mark. */
struct odd_call {
	uint32_t words[700];
	size_t count;
};

/* Who says that he calls. */
struct odd_credential {
	uint32_t flavor, length; /* what it claims to have */
	const uint32_t *words;   /* in the machine's order */
	size_t count;
	uint32_t verifier; /* bytes of a verifier */
};

extern const struct odd_credential odd_nobody;

void odd_begin_call(struct odd_call *call, uint32_t version, uint32_t procedure,
		    const struct odd_credential *who);
void odd_add_word(struct odd_call *call, uint32_t word);

bool odd_send_all(int fd, const void *bytes, size_t length);
bool odd_send_call(enum way way, int fd, struct odd_call *call);

/* Receives a reply without its marks into odd_reply: its length; 0: the connection is closed; -1:
 * none comes. */
ssize_t odd_receive_reply(enum way way, int fd);
extern uint8_t odd_reply[ODD_MOST_REPLY];

/* The first word of its result. */
uint32_t odd_first_result(void);

/* Calls, as nobody or as somebody, with one word for its arguments. */
void odd_ask(const struct odd *odd, int fd, uint32_t procedure, uint32_t argument);
void odd_ask_as(const struct odd *odd, int fd, const struct odd_credential *who, uint32_t version,
		uint32_t procedure, uint32_t argument);

/* ---- what they see ---- */

struct notes {
	char text[16384];
	size_t length;
};

void notes_add(struct notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Receives a reply, and notes it without its xid. */
ssize_t odd_take_reply(struct notes *notes, const struct odd *odd, int fd);

/* Calls, and notes the reply; of a text without its ports, which no two servers share. */
void odd_make_call(struct notes *notes, const struct odd *odd, int fd, uint32_t procedure,
		   uint32_t argument);
void odd_make_text_call(struct notes *notes, const struct odd *odd, int fd,
			const struct odd_credential *who, uint32_t procedure);

/* Notes how it ended, and what it said then. */
void odd_note_end(struct notes *notes, const struct odd *odd);

/* Checks that somebody else is served. */
void odd_check_served(const struct odd *odd, const char *beside);

/* ---- the same case by each way to run it ---- */

#define ON_TCP     (1 << TCP)
#define ON_UDP     (1 << UDP)
#define ON_UNIX    (1 << UNIX)
#define ON_STREAMS (ON_TCP | ON_UNIX)
#define ON_ALL     (ON_STREAMS | ON_UDP)

struct odd_case {
	const char *name;
	void (*run)(struct notes *notes, struct odd *odd);
	unsigned int on;
	const char *words[ODD_MOST_WORDS];
	const char *differs; /* what is seen under us where stock does something else, or harm */
	rlim_t limit;
};

/* Runs all of them, up to one without a name, stock and by ours, and compares what is seen. */
void odd_compare_all(const struct odd_case *rows);

/* No words. */
extern const char *const odd_no_words[];

#endif
