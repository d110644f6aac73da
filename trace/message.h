/* Explains whole messages of both protocols: the header, then arguments or result. */
#ifndef SIDECALL_TRACE_MESSAGE_H
#define SIDECALL_TRACE_MESSAGE_H

#include <stdbool.h>

#include "contract/contract.h"
#include "trace/field.h"

/* What a message is taken for. */
struct message_form {
	bool rpc;                        /* else raw */
	bool call;                       /* else a reply */
	const struct contract *contract; /* that has the programs; NULL: ours */
};

/* What a call asks for: what is needed to understand its reply. */
struct message_call {
	uint32_t program, version, number;
	const struct contract_procedure *procedure; /* NULL: the contract does not have it */
};

/* What a message turned out to be. */
struct message_summary {
	bool plausible;           /* its header is that of a message of this form */
	bool call;                /* for a message says so itself */
	uint32_t id;              /* the xid or id; 0 when it is not there */
	struct message_call what; /* of a call; of a raw reply as far as its operation says */
};

/*
 * Hands out each byte of a message, without its framing, as a field.  `call` is what a reply of rpc
 * answers, or NULL when that is not known.
 */
void message_explain(struct message_form form, const uint8_t *bytes, size_t length,
		     const struct message_call *call, struct field_sink *sink,
		     struct message_summary *summary);

/* The four bytes that name the call, in both protocols; 0 when they are not there. */
uint32_t message_id(const uint8_t *bytes, size_t length);

/* ---- bytes counted ---- */

struct field_count {
	struct field_sink sink; /* first: take what is to be counted with it */
	size_t bytes[FIELD_LAYERS];
	size_t padding, unknown; /* bytes among them */
	size_t missing;          /* places at which the message ends too early */
};

void field_count_init(struct field_count *count);
void field_count_add(struct field_count *sum, const struct field_count *count);

/*
 * Finds out what a message is: the form that explains most of it.  `known` is what it may
 * be at all, and `count` is what was counted.  False when it is plausible in no form.
 */
struct message_known {
	bool rpc, raw;                   /* it may be of this protocol */
	bool call, reply;                /* it may be that */
	const struct contract *contract; /* as in struct message_form */
};
bool message_guess(const struct message_known *known, const uint8_t *bytes, size_t length,
		   const struct message_call *call, struct message_form *form,
		   struct field_count *count);

#endif
