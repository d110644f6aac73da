/*
 * What may be wrong on this machine for those who call Sidecall's programs or serve them, and what
 * mends it: a row each, in the order in which one is the cause of another.
 */
#ifndef SIDECALL_DOCTOR_DOCTOR_H
#define SIDECALL_DOCTOR_DOCTOR_H

#include <stddef.h>

#include "client/services.h"

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_NOTE,  /* it works, but not all of it, or not as well */
	DOCTOR_FAULT, /* something that is meant to work does not */
	DOCTOR_UNSEEN /* it cannot be looked at, for something before it is wrong */
};

#define DOCTOR_TEXT    512  /* bytes */
#define DOCTOR_COMMAND 1024 /* bytes */

/* What a check found.  A name that others chose may be in it. */
struct doctor_finding {
	enum doctor_state state;
	char text[DOCTOR_TEXT];
	char command[DOCTOR_COMMAND]; /* for a shell: mends it; "" where none can */
};

/* What rpcbind says, asked once. */
struct doctor_rpcbind {
	bool asked;
	bool there;   /* somebody listens at its socket */
	bool answers; /* and answers */
	int error;    /* a positive errno: why nobody can be connected to */
	pid_t pid;    /* who listens there; 0: nobody knows */
	struct service *services;
	size_t count;
};

struct doctor;

/* A check: what it is called, and what it looks at. */
struct doctor_check {
	const char *name, *looks_at;
	void (*look)(struct doctor *doctor);
};

struct doctor {
	const struct client *client;      /* how long to wait */
	const struct doctor_check *check; /* which is looked at now */
	void (*found)(void *context, const struct doctor_check *check,
		      const struct doctor_finding *finding);
	void *context;
	struct doctor_rpcbind rpcbind;
};

/* Nothing is asked yet.  doctor_release() afterwards. */
void doctor_init(struct doctor *doctor, const struct client *client);
void doctor_release(struct doctor *doctor);

/* Looks, and hands over what it finds: one finding at least. */
void doctor_look(struct doctor *doctor, const struct doctor_check *check);

/* All checks; the last has no name. */
extern const struct doctor_check doctor_checks[];

#endif
