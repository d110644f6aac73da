/* A call of ONC RPC put together by hand (RFC 5531, section 9): any of its fields may be wrong. */
#ifndef SIDECALL_CHECK_CALL_H
#define SIDECALL_CHECK_CALL_H

#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

/* Where fields stand in a call; bytes. */
enum {
	CALL_XID_AT = 0,
	CALL_TYPE_AT = 4,
	CALL_RPC_VERSION_AT = 8,
	CALL_PROGRAM_AT = 12,
	CALL_VERSION_AT = 16,
	CALL_PROCEDURE_AT = 20,
	CALL_CREDENTIAL_AT = 24,
	CALL_CREDENTIAL_BODY_AT = 32,
	CALL_HEADER = 40 /* with an empty credential and verifier */
};

#define CALL_MAX_AUTH    400 /* bytes in a credential or verifier (RFC 5531, section 8.2) */
#define CALL_SYS_NAME_AT 4   /* where the length of a machine's name stands in AUTH_SYS */

/* A credential or verifier. */
struct call_auth {
	uint32_t flavor;
	uint32_t claims; /* the length that is written */
	size_t length;   /* bytes that are there; zeroes pad them */
	uint8_t body[512];
};

struct check_call {
	uint32_t xid, type, rpc_version, program, version, procedure;
	struct call_auth credential, verifier;
	uint8_t arguments[64];
	size_t arguments_length;
	size_t cut; /* only so many of its bytes are sent; 0: all */
};

/* The null procedure, by nobody. */
struct check_call check_call_null(uint32_t program, uint32_t version, uint32_t xid);

/* Appends a number to an auth's body, and has it claim what is there. */
void call_auth_put(struct call_auth *auth, uint32_t number);

/* Makes it AUTH_SYS (RFC 5531, appendix A): a machine's name of so many bytes, so many groups. */
void call_auth_sys(struct call_auth *auth, size_t name, unsigned int groups);

/* Has another number stand in an auth's body. */
void call_auth_overwrite(struct call_auth *auth, size_t at, uint32_t number);

/* Appends the call's bytes, without any framing.  0 or -ENOMEM. */
int check_call_encode(const struct check_call *call, struct buffer *out);

#endif
