/* The header of an ONC RPC message, field by field (RFC 5531, sections 8 and 9). */
#include <inttypes.h>
#include <stdio.h>
#include <rpc/rpc.h>

#include "trace/header.h"

/* A number of the header, and its name if it is of an enum that contract/rpc.x has.  False when it
 * is not there. */
static bool walk_number(struct walker *walker, const char *name, const char *names,
			uint32_t *number)
{
	const char *known;
	uint64_t value;

	if (!walker_peek(walker, 4, name, &value))
		return false;
	*number = (uint32_t)value;
	known = names ? contract_enumerator(contract_type(contract_built_in(), names), *number)
		      : NULL;
	walker_pass(walker, 4, FIELD_VALUE, name, "%" PRIu32 "%s%s", *number, names ? " " : "",
		    known   ? known
		    : names ? "(unknown)"
			    : "");
	return true;
}

/* ---- credential and verifier ---- */

static void walk_body(struct walker *walker, const char *name, uint32_t flavor, size_t length)
{
	const size_t end = walker->length;
	char field[48], hex[2 * MAX_AUTH_BYTES + 1];

	walker->length = walker->offset + length;
	snprintf(field, sizeof(field), "%s body", name);
	if (flavor == AUTH_SYS) {
		walker_type(walker, contract_type(contract_built_in(), "authsys_parms"), name);
	} else if (length) {
		value_hex(hex, sizeof(hex), walker->bytes + walker->offset, length);
		walker_pass(walker, length, FIELD_VALUE, field, "%s", hex);
	}
	walker_end(walker);
	/* A body that is not understood ends all the same where its length says. */
	walker->lost = false;
	walker->length = end;
	walker_padding(walker, length);
}

static void walk_auth(struct walker *walker, const char *name)
{
	uint32_t flavor, length;
	char field[48];

	snprintf(field, sizeof(field), "%s flavor", name);
	if (!walk_number(walker, field, "auth_flavor", &flavor))
		return;
	snprintf(field, sizeof(field), "%s length", name);
	if (!walk_number(walker, field, NULL, &length))
		return;
	if (length > MAX_AUTH_BYTES)
		walker_lose(walker, "%s is beyond its bound of %d", field, MAX_AUTH_BYTES);
	else if (length > walker->length - walker->offset)
		walker_lose(walker, "%s is %" PRIu32 ", and %zu bytes are left", field, length,
			    walker->length - walker->offset);
	else
		walk_body(walker, name, flavor, length);
}

/* ---- the call ---- */

static bool walk_program(struct walker *walker, uint32_t *program)
{
	const struct contract_program *known;
	uint64_t value;

	if (!walker_peek(walker, 4, "program", &value))
		return false;
	*program = (uint32_t)value;
	known = walker_program(walker, *program);
	walker_pass(walker, 4, FIELD_VALUE, "program", "%#" PRIx32 " %s", *program,
		    known ? known->name : "(not in the contract)");
	return true;
}

static bool walk_procedure(struct walker *walker, struct message_call *what)
{
	uint64_t value;

	if (!walker_peek(walker, 4, "procedure", &value))
		return false;
	what->number = (uint32_t)value;
	what->procedure = contract_version_procedure(
		contract_version(walker_program(walker, what->program), what->version),
		what->number);
	walker_pass(walker, 4, FIELD_VALUE, "procedure", "%" PRIu32 " %s", what->number,
		    what->procedure ? what->procedure->name : "(not in the contract)");
	return true;
}

static bool walk_call(struct walker *walker, struct message_summary *summary)
{
	struct message_call *what = &summary->what;
	uint32_t version;

	if (!walk_number(walker, "RPC version", NULL, &version))
		return false;
	summary->plausible = version == RPC_MSG_VERSION;
	if (!summary->plausible) {
		walker_lose(walker, "RFC 5531 defines version %d only", RPC_MSG_VERSION);
		return false;
	}
	if (!walk_program(walker, &what->program) ||
	    !walk_number(walker, "version", NULL, &what->version) || !walk_procedure(walker, what))
		return false;
	walk_auth(walker, "credential");
	if (!walker->lost)
		walk_auth(walker, "verifier");
	return !walker->lost;
}

/* ---- the reply ---- */

static void walk_versions(struct walker *walker)
{
	uint32_t version;

	if (walk_number(walker, "lowest version", NULL, &version))
		walk_number(walker, "highest version", NULL, &version);
}

static bool walk_accepted(struct walker *walker)
{
	uint32_t status;

	walk_auth(walker, "verifier");
	if (!walk_number(walker, "accept status", "accept_stat", &status))
		return false;
	if (status == PROG_MISMATCH)
		walk_versions(walker);
	return status == SUCCESS;
}

static void walk_denied(struct walker *walker)
{
	uint32_t status;

	if (!walk_number(walker, "reject status", "reject_stat", &status))
		return;
	if (status == RPC_MISMATCH)
		walk_versions(walker);
	else if (status == AUTH_ERROR)
		walk_number(walker, "authentication status", "auth_stat", &status);
}

static bool walk_reply(struct walker *walker, struct message_summary *summary)
{
	uint32_t status;

	if (!walk_number(walker, "reply status", "reply_stat", &status))
		return false;
	summary->plausible = status == MSG_ACCEPTED || status == MSG_DENIED;
	if (status == MSG_ACCEPTED)
		return walk_accepted(walker);
	if (status == MSG_DENIED)
		walk_denied(walker);
	return false;
}

bool header_rpc(struct walker *walker, struct message_summary *summary)
{
	uint64_t xid;
	uint32_t type;

	if (!walker_peek(walker, 4, "xid", &xid))
		return false;
	walker_pass(walker, 4, FIELD_VALUE, "xid", "0x%08" PRIx64, xid);
	if (!walk_number(walker, "message type", "msg_type", &type))
		return false;
	if (type != CALL && type != REPLY) {
		walker_lose(walker, "neither a call nor a reply");
		return false;
	}
	summary->call = type == CALL;
	return summary->call ? walk_call(walker, summary) : walk_reply(walker, summary);
}
