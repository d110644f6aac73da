/* Clients that mean a server no good: what they do, again and again, until they are ended. */
#ifndef SIDECALL_TESTS_KIT_ATTACKS_H
#define SIDECALL_TESTS_KIT_ATTACKS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "compare/lab/wire.h"

#define ATTACK_CONNECTIONS 1024 /* that an attacker may keep, at one endpoint */

/* One who attacks an endpoint. */
struct attacker {
	struct endpoint endpoint;
	unsigned int round;       /* how often it acted */
	unsigned int connections; /* that it may have: a thousand, shared by all attackers */
	uint32_t random;
	struct wire *wires[ATTACK_CONNECTIONS]; /* NULL where there is none */
};

/* Transports, as bits of a mask. */
enum {
	ON_TCP = 1 << ENDPOINT_TCP,
	ON_UDP = 1 << ENDPOINT_UDP,
	ON_UNIX = 1 << ENDPOINT_UNIX,
	ON_PIPE = 1 << ENDPOINT_PIPE,
	ON_FIFO = 1 << ENDPOINT_FIFO,
	ON_SHM = 1 << ENDPOINT_SHM,
	ON_SOCKETS = ON_TCP | ON_UNIX,
	ON_STREAMS = ON_SOCKETS | ON_FIFO,
	ON_ALL = ON_STREAMS | ON_UDP | ON_SHM
};

/* What becomes of libtirpc's server. */
enum fate {
	UNHARMED,
	STALLS, /* an honest client waits for more than a second */
	DIES,
	GROWS, /* by more than 64 MiB */
	SPINS  /* uses a whole processor, and serves no newcomer */
};

struct attack {
	const char *name;
	unsigned int on;        /* the transports that it is tried on */
	unsigned int newcomers; /* the transports on which an honest client can come meanwhile */
	void (*act)(struct attacker *attacker);
	const char *log;        /* what the server's log comes to say, or NULL */
	const char *options[2]; /* the server's own, beside those that all have */
	int descriptors;        /* that the server has left to give; 0: any number */
	enum fate stock;        /* of a server of libtirpc; and by `sidecall run` ... */
	enum fate run;          /* ... where a procedure or a filter of the program's own does it */
};

/* Ends with a row of zeroes. */
extern const struct attack attacks[];

#define ATTACK_HUGE_FILE "huge" /* takes longer to digest than any attack */

/* Makes a directory (a template of mkdtemp()) for a server to show: files with names so long that a
 * page of them takes all of a message, and one that is huge. */
bool attack_make_root(char *template);

/*
 * Starts a process that attacks all of these endpoints that the attack is for, in turn, until it is
 * killed (or, when the attack says so, stops itself).  It ends with this process.
 */
pid_t attack_start(const struct attack *attack, const struct endpoint *endpoints,
		   unsigned int count);

/* False when it had ended by itself: the server of a pipe, its child, ended badly. */
bool attack_end(pid_t pid);

#endif
