/* What ONC RPC holds a server to whatever the transport: its messages and credentials (RFC 5531).
 */
#include <string.h>

#include <rpc/rpc.h>

#include "check/check.h"
#include "check/copies.h"
#include "check/fragments.h"
#include "check/several.h"

#define NOBODYS_PROGRAM UINT32_C(0x7ffffff0) /* of a range that the RFC reserves */
#define NO_PROCEDURE    UINT32_C(0xfffffff0)
#define NO_FLAVOR       UINT32_C(0x7ffffff1)

/* Not executed, in whatever way the server says so. */
#define REFUSED (CHECK_GARBAGE_ARGS | CHECK_AUTH_ERROR | CHECK_UNANSWERED | CHECK_CLOSED)

/* ---- headers ---- */

static void make_rpc_version_1(struct check_call *call)
{
	call->rpc_version = 1;
}

static void make_rpc_version_3(struct check_call *call)
{
	call->rpc_version = RPC_MSG_VERSION + 1;
}

static void make_unknown_program(struct check_call *call)
{
	call->program = NOBODYS_PROGRAM;
}

static void make_version_above(struct check_call *call)
{
	call->version = UINT32_MAX;
}

static void make_version_zero(struct check_call *call)
{
	call->version = 0;
}

static void make_unknown_procedure(struct check_call *call)
{
	call->procedure = NO_PROCEDURE;
}

static void make_arguments(struct check_call *call)
{
	call->arguments_length = 8;
}

static void make_reply(struct check_call *call)
{
	call->type = REPLY;
}

/* The reply to a null call, as a server sends it. */
static void make_whole_reply(struct check_call *call)
{
	*call = (struct check_call){ .xid = call->xid, .type = REPLY, .cut = CALL_CREDENTIAL_AT };
}

static void make_unknown_type(struct check_call *call)
{
	call->type = 2;
}

static void make_xid_alone(struct check_call *call)
{
	call->cut = CALL_TYPE_AT;
}

static void make_header_cut(struct check_call *call)
{
	call->cut = CALL_CREDENTIAL_AT;
}

/* ---- credentials ---- */

static void make_sys(struct check_call *call)
{
	call_auth_sys(&call->credential, 4, 2);
}

static void make_longest_sys(struct check_call *call)
{
	call_auth_sys(&call->credential, 255, 16);
}

static void make_groups(struct check_call *call)
{
	call_auth_sys(&call->credential, 4, 17);
}

static void make_lying_name(struct check_call *call)
{
	make_sys(call);
	call_auth_overwrite(&call->credential, CALL_SYS_NAME_AT, 255);
}

static void make_lying_groups(struct check_call *call)
{
	make_sys(call);
	call_auth_overwrite(&call->credential, call->credential.length - 12, 16);
}

static void make_unknown_flavor(struct check_call *call)
{
	call->credential.flavor = NO_FLAVOR;
}

static void make_400_bytes(struct check_call *call)
{
	make_unknown_flavor(call);
	call->credential.length = CALL_MAX_AUTH;
	call->credential.claims = CALL_MAX_AUTH;
}

static void make_padded(struct check_call *call)
{
	make_unknown_flavor(call);
	call->credential.length = call->credential.claims = 5;
	call->verifier.length = call->verifier.claims = 1;
}

static void make_404_bytes(struct check_call *call)
{
	call->credential.length = CALL_MAX_AUTH + 4;
	call->credential.claims = CALL_MAX_AUTH + 4;
}

static void make_lying_credential(struct check_call *call)
{
	call->credential.claims = CALL_MAX_AUTH;
}

static void make_lying_verifier(struct check_call *call)
{
	call->verifier.claims = CALL_MAX_AUTH;
}

static void make_huge_verifier(struct check_call *call)
{
	call->verifier.claims = UINT32_MAX;
}

/* ---- the cases ---- */

#define HEADER "RFC 5531, section 9"
#define AUTH   "RFC 5531, section 8.2"
#define SYS    "RFC 5531, appendix A"

/* A number of the call, which decides. */
#define FIELD(where) .at = where, .length = 4

/* clang-format off */
const struct check_case check_rpc_cases[] = {
	{ "null", CHECK_ANYWHERE,
	  "Procedure 0 takes nothing, returns nothing, and asks for no credential.",
	  "RFC 5531, section 12.1",
	  "Every ping, mount and rpcinfo calls it to see whether the server lives.",
	  .passes = CHECK_SUCCESS, FIELD(CALL_PROCEDURE_AT) },
	{ "xid", CHECK_ANYWHERE,
	  "A reply has the xid of its call, whatever it is: xids need not go up.", HEADER,
	  "A client finds the call by it; it drops a reply with another one, and waits.",
	  .run = run_xids, .passes = CHECK_SUCCESS },
	{ "answered-once", CHECK_ANYWHERE,
	  "A call has one reply.", "RFC 5531, section 4",
	  "A client that names its next call alike takes the second reply for its own.",
	  .run = run_once, .passes = CHECK_SUCCESS | CHECK_AUTH_ERROR },
	{ "twice", CHECK_DATAGRAMS,
	  "A datagram that comes twice, as a client sends it again, is answered each time.",
	  "RFC 5531, section 5",
	  "The reply may have been lost: a client that sends its call again waits for nothing.",
	  .run = run_twice, .passes = CHECK_SUCCESS | CHECK_AUTH_ERROR, .differs = CHECK_UNANSWERED,
	  .choice = "a server may drop what it has answered; whether it executes it again is left, "
		    "too" },
	{ "rpc-version-1", CHECK_ANYWHERE,
	  "A call in an older version of RPC is denied: RPC_MISMATCH, with the versions spoken.",
	  HEADER, "Without the answer a client cannot tell another version from a dead server.",
	  make_rpc_version_1, .passes = CHECK_RPC_MISMATCH, FIELD(CALL_RPC_VERSION_AT) },
	{ "rpc-version-3", CHECK_ANYWHERE,
	  "A call in a newer version of RPC is denied: RPC_MISMATCH, with the versions spoken.",
	  HEADER, "Without the answer a client cannot tell another version from a dead server.",
	  make_rpc_version_3, .passes = CHECK_RPC_MISMATCH, FIELD(CALL_RPC_VERSION_AT) },
	{ "program-unknown", CHECK_ANYWHERE,
	  "A program that is not there is refused: PROG_UNAVAIL.", HEADER,
	  "A client that has a stale port learns by it that somebody else answers there.",
	  make_unknown_program, .passes = CHECK_PROG_UNAVAIL, FIELD(CALL_PROGRAM_AT) },
	{ "version-above", CHECK_ANYWHERE,
	  "A version above all that are served is refused: PROG_MISMATCH, with lowest and highest.",
	  HEADER, "A newer client goes back to the highest version that the refusal names.",
	  make_version_above, .passes = CHECK_PROG_MISMATCH, FIELD(CALL_VERSION_AT) },
	{ "version-0", CHECK_ANYWHERE,
	  "A version below all that are served is refused: PROG_MISMATCH, with lowest and highest.",
	  "RFC 5531, sections 8.1 and 9",
	  "rpcinfo and others call version 0 to learn which versions there are.",
	  make_version_zero, .passes = CHECK_PROG_MISMATCH, .differs = CHECK_SUCCESS,
	  .choice = "RFC 5531 has no version 0; RFC 1831 did not forbid one", FIELD(CALL_VERSION_AT) },
	{ "versions-named", CHECK_ANYWHERE,
	  "The versions that PROG_MISMATCH names, lowest and highest, are served.", HEADER,
	  "A client that goes back to one of them fails again.",
	  .run = run_named_versions, .passes = CHECK_SUCCESS },
	{ "procedure-unknown", CHECK_ANYWHERE,
	  "A procedure that the version lacks is refused: PROC_UNAVAIL.", HEADER,
	  "A client tries an older way when it learns that a procedure is not there.",
	  make_unknown_procedure, .passes = CHECK_PROC_UNAVAIL, .differs = CHECK_AUTH_ERROR,
	  .choice = "a server that asks who calls may look at that first", FIELD(CALL_PROCEDURE_AT) },
	{ "arguments-behind", CHECK_ANYWHERE,
	  "Bytes behind the arguments are refused, GARBAGE_ARGS, or passed over.", HEADER,
	  "Who passes over them takes the call of a newer contract for one of its own.",
	  make_arguments, .passes = CHECK_GARBAGE_ARGS, .differs = CHECK_SUCCESS,
	  .choice = "what is to be done with them is not said", .at = CALL_HEADER, .length = 8 },
	{ "reply", CHECK_ANYWHERE,
	  "A reply is not answered, for it is no call.", HEADER,
	  "Two servers that answer replies answer each other for ever, once one datagram is forged.",
	  make_reply, .passes = CHECK_UNANSWERED | CHECK_CLOSED, FIELD(CALL_TYPE_AT) },
	{ "reply-whole", CHECK_ANYWHERE,
	  "A reply is not answered, also one that is well formed.", HEADER,
	  "Two servers that answer replies answer each other for ever, once one datagram is forged.",
	  make_whole_reply, .passes = CHECK_UNANSWERED | CHECK_CLOSED, FIELD(CALL_TYPE_AT) },
	{ "type-unknown", CHECK_ANYWHERE,
	  "A message that is neither call nor reply is not answered.", HEADER,
	  "Who takes it for a call executes what nobody asked for.",
	  make_unknown_type, .passes = CHECK_UNANSWERED | CHECK_CLOSED, FIELD(CALL_TYPE_AT) },
	{ "empty", CHECK_ANYWHERE,
	  "A message without a byte is no call, and no end of anything.", HEADER,
	  "Who takes a read of nothing for the end leaves all others alone.",
	  .send = send_empty, .passes = CHECK_UNANSWERED | CHECK_CLOSED },
	{ "xid-alone", CHECK_ANYWHERE,
	  "A message that ends behind its xid is no call.", HEADER,
	  "Who reads on finds bytes of an earlier message there.",
	  make_xid_alone, .passes = REFUSED, FIELD(CALL_XID_AT) },
	{ "header-cut", CHECK_ANYWHERE,
	  "A message that ends before its credential is no call.", HEADER,
	  "Who reads on finds another caller's credential there.",
	  make_header_cut, .passes = REFUSED, FIELD(CALL_PROCEDURE_AT) },
	{ "auth-sys", CHECK_ANYWHERE,
	  "A well-formed AUTH_SYS credential is read; the null procedure is open to all.",
	  SYS, "It is what nearly every client sends.",
	  make_sys, .passes = CHECK_SUCCESS, .differs = CHECK_AUTH_ERROR,
	  .choice = "a server may refuse a flavor", .at = CALL_CREDENTIAL_AT, .length = 8 },
	{ "auth-sys-longest", CHECK_ANYWHERE,
	  "The longest AUTH_SYS credential has a machine's name of 255 bytes and 16 groups.",
	  SYS, "Users with many groups, on machines with long names, are locked out.",
	  make_longest_sys, .passes = CHECK_SUCCESS, .differs = CHECK_AUTH_ERROR,
	  .choice = "a server may refuse a flavor", .at = CALL_CREDENTIAL_AT, .length = 8 },
	{ "auth-sys-groups", CHECK_ANYWHERE,
	  "A seventeenth group makes an AUTH_SYS credential malformed: AUTH_ERROR.", SYS,
	  "Who has room for 16 groups and copies 17 writes beyond their end.",
	  make_groups, .passes = REFUSED, .differs = CHECK_SUCCESS,
	  .choice = "the null procedure asks for no credential", FIELD(CALL_CREDENTIAL_AT + 32) },
	{ "auth-sys-name-lies", CHECK_ANYWHERE,
	  "A machine's name that claims more than its credential has makes it malformed: AUTH_ERROR.",
	  SYS, "Who believes it takes what stands behind the credential for a user.",
	  make_lying_name, .passes = REFUSED, .differs = CHECK_SUCCESS,
	  .choice = "the null procedure asks for no credential",
	  FIELD(CALL_CREDENTIAL_BODY_AT + CALL_SYS_NAME_AT) },
	{ "auth-sys-groups-lie", CHECK_ANYWHERE,
	  "Groups that claim more than their credential has make it malformed: AUTH_ERROR.", SYS,
	  "Who believes it takes what stands behind the credential for groups.",
	  make_lying_groups, .passes = REFUSED, .differs = CHECK_SUCCESS,
	  .choice = "the null procedure asks for no credential",
	  FIELD(CALL_CREDENTIAL_BODY_AT + 20) },
	{ "flavor-unknown", CHECK_ANYWHERE,
	  "A credential of an unknown flavor is denied, AUTH_ERROR, unless the procedure asks for none.",
	  AUTH, "A client that learns why it is denied tries another flavor.",
	  make_unknown_flavor, .passes = CHECK_AUTH_ERROR | CHECK_SUCCESS, FIELD(CALL_CREDENTIAL_AT) },
	{ "credential-400", CHECK_ANYWHERE,
	  "A credential may have 400 bytes: it is read, also where its flavor is denied.", AUTH,
	  "Tickets are long: who cannot read 400 bytes drops the connection of their owners.",
	  make_400_bytes, .passes = CHECK_AUTH_ERROR | CHECK_SUCCESS, .at = CALL_CREDENTIAL_AT,
	  .length = 8 },
	{ "credential-padded", CHECK_ANYWHERE,
	  "A credential of five bytes, and a verifier of one, are padded to a multiple of four.",
	  "RFC 4506, section 4.10", "Who does not pass over them reads the rest in the wrong place.",
	  make_padded, .passes = CHECK_AUTH_ERROR | CHECK_SUCCESS, FIELD(CALL_CREDENTIAL_AT + 4) },
	{ "credential-404", CHECK_ANYWHERE,
	  "A credential has 400 bytes at most.", AUTH,
	  "Who copies a longer one writes beyond the room that the RFC asks for.",
	  make_404_bytes, .passes = REFUSED, FIELD(CALL_CREDENTIAL_AT + 4) },
	{ "credential-lies", CHECK_ANYWHERE,
	  "A credential that claims more bytes than the message has is not one.", AUTH,
	  "Who believes it reads what the memory holds behind the message.",
	  make_lying_credential, .passes = REFUSED, FIELD(CALL_CREDENTIAL_AT + 4) },
	{ "verifier-lies", CHECK_ANYWHERE,
	  "A verifier that claims more bytes than the message has is not one.", AUTH,
	  "Who believes it reads what the memory holds behind the message.",
	  make_lying_verifier, .passes = REFUSED, FIELD(CALL_CREDENTIAL_AT + 12) },
	{ "verifier-huge", CHECK_ANYWHERE,
	  "A verifier has 400 bytes at most, whatever it claims.", AUTH,
	  "Four billion bytes, padded, are none in 32 bits: who adds first checks nothing.",
	  make_huge_verifier, .passes = REFUSED, FIELD(CALL_CREDENTIAL_AT + 12) },
	{ 0 },
};
/* clang-format on */
