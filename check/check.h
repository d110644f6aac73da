/*
 * Whether a server keeps the protocol: a row a case, each with the rule that it holds the server
 * to. Each case has a connection of its own, and an end in time and bytes whatever the server does.
 */
#ifndef SIDECALL_CHECK_CHECK_H
#define SIDECALL_CHECK_CHECK_H

#include "check/call.h"
#include "check/exchange.h"
#include "check/reply.h"
#include "client/client.h"

enum check_verdict {
	CHECK_PASS,
	CHECK_DIFFERS, /* the RFC leaves a choice, and others choose otherwise */
	CHECK_FAIL
};

/* What a case found.  Its bytes last until the next case. */
struct check_finding {
	enum check_verdict verdict;
	enum check_outcome outcome;
	char found[3 * CHECK_TEXT], expected[CHECK_TEXT];
	const struct evidence *sent, *came;
	const char *why;            /* what a server that does this has most likely done */
	char ended[4 * CHECK_TEXT]; /* the same where the whole server has */
	const char *speaks;         /* the other protocol, which the server speaks; NULL: none */
	int64_t time;               /* nanoseconds that it took */
};

/* Where a case may be made. */
enum {
	CHECK_STREAMS = 1,
	CHECK_DATAGRAMS = 2,
	CHECK_ANYWHERE = CHECK_STREAMS | CHECK_DATAGRAMS,
	CHECK_SHARED = 4, /* streams of a server that has several clients */
	CHECK_PIPES = 8,
	CHECK_FIFOS = 16,
	/* Of one protocol alone, which is among those above, too. */
	CHECK_RAW_DATAGRAMS = 32,
	CHECK_RPC_DATAGRAMS = 64,
	CHECK_RPC = 128
};

#define CHECK_MOST_GROUPS 5

/* A case: a null call with something about it. */
struct check_case {
	const char *name;
	unsigned int on;
	const char *rule;   /* in our words */
	const char *source; /* where it stands */
	const char *why;    /* what a server that breaks it does to its callers */
	/* Makes the call odd; NULL: it is an ordinary one. */
	void (*make)(struct check_call *call);
	/* How it gets across; NULL: whole, behind one mark. */
	int (*send)(struct exchange *exchange, const struct buffer *call);
	/* Does all of it, for what is more than one call; NULL: the call is sent, and its reply
	 * received. */
	void (*run)(struct exchange *exchange, const struct check_case *row);
	bool opens;                   /* it connects by itself */
	unsigned int passes, differs; /* outcomes */
	const char *choice;           /* what the RFC leaves open, for those that differ */
	size_t at, length;            /* the bytes of the call that decide */
	/* Another procedure than the null one, and its arguments; NULL: there is none. */
	const struct buffer *arguments;
	uint32_t procedure;
	/* A raw message and its reply, each in hexadecimal behind the id; `expects` is NULL where
	 * there is to be none, or is `equal` to the reference's.  The message may be made by words,
	 * as sidecall takes them, or by a function that appends what is behind the id.  Of the
	 * calculator, the same is asked by rpc. */
	const char *sends, *expects;
	const char *before; /* a raw call that is made first; NULL: none */
	const char *const *words;
	int (*build)(struct buffer *message);
	bool equal;
	unsigned int doubles; /* that end a reply: libraries differ in the last figure of some */
};

/* The last of each has no name. */
extern const struct check_case check_rpc_cases[], check_stream_cases[], check_raw_cases[],
	check_hostile_cases[], check_rpcbind_cases[], check_registered_cases[], check_calc_cases[];

/* All groups of a server's cases, in their order, up to one of NULL; or hostile ones alone. */
void check_groups(const struct check_target *target, bool hostile,
		  const struct check_case *groups[CHECK_MOST_GROUPS]);

/* Those that this transport is. */
unsigned int check_where(const struct check_target *target);

/*
 * Finds the server: a program and version, asked of rpcbind where the endpoint has no port.  Where
 * `version` was not given it becomes the highest that the server names.  0, or the failure's code:
 * also where the server is there, and says that it does not serve them.
 */
int check_find(struct check_target *target, struct client *client, bool version_given,
	       struct failure *failure);

/* Makes a case.  False: the server is gone, and no other case can be made. */
bool check_make(const struct check_target *target, const struct check_case *row,
		void (*found)(void *context, const struct check_case *row,
			      const struct check_finding *finding),
		void *context);

#endif
