/* The header of a raw message, field by field (docs/protocol.md). */
#include <inttypes.h>

#include "trace/header.h"
#include "common/raw.h"

static const char *name_of_status(uint64_t status)
{
	static const char *const names[] = {
		[RAW_OK] = "OK",
		[RAW_BAD_VERSION] = "BAD_VERSION",
		[RAW_BAD_OPERATION] = "BAD_OPERATION",
		[RAW_BAD_REQUEST] = "BAD_REQUEST",
		[RAW_TOO_LARGE] = "TOO_LARGE",
		[RAW_SERVER_ERROR] = "SERVER_ERROR",
		[RAW_BUSY] = "BUSY",
		[RAW_DENIED] = "DENIED",
	};

	return status < sizeof(names) / sizeof(names[0]) ? names[status] : NULL;
}

/* The null procedure, which all programs have, is the calculator's here. */
const struct contract_procedure *operation_procedure(uint32_t operation)
{
	const struct contract *contract = contract_built_in();

	if (operation > RAW_FILEINFO)
		return contract_latest(contract_program(contract, FILEINFO_PROG),
				       operation - RAW_FILEINFO);
	return contract_latest(contract_program(contract, CALC_PROG), operation);
}

/* Whether it is an operation of the contract.  In a reply it says that it is one. */
static bool walk_operation(struct walker *walker, bool call, struct message_call *what)
{
	uint64_t operation;

	if (!walker_peek(walker, 2, "operation", &operation))
		return false;
	what->number = (uint32_t)(call ? operation : operation & ~(uint64_t)RAW_REPLY);
	what->procedure = operation_procedure(what->number);
	walker_pass(walker, 2, FIELD_VALUE, "operation", "%s%" PRIu32 " %s",
		    call ? "" : "reply to ", what->number,
		    what->procedure ? what->procedure->name : "(not in the contract)");
	return what->procedure;
}

static bool walk_call(struct walker *walker, struct message_summary *summary)
{
	uint64_t version;
	bool known;

	if (!walker_peek(walker, 2, "version", &version))
		return false;
	walker_pass(walker, 2, FIELD_VALUE, "version", "%" PRIu64, version);
	known = walk_operation(walker, true, &summary->what);
	summary->plausible = known && version == RAW_VERSION;
	if (version != RAW_VERSION && walker->offset < walker->length)
		walker_lose(walker, "there is version %d only", RAW_VERSION);
	return !walker->lost;
}

static bool walk_reply(struct walker *walker, struct message_summary *summary)
{
	bool known = walk_operation(walker, false, &summary->what);
	const char *name;
	uint64_t status;

	if (!walker_peek(walker, 2, "status", &status))
		return false;
	name = name_of_status(status);
	walker_pass(walker, 2, FIELD_VALUE, "status of the call", "%" PRIu64 " %s", status,
		    name ? name : "(unknown)");
	summary->plausible = name &&
			     (known || status == RAW_BAD_OPERATION || status == RAW_BAD_VERSION);
	return status == RAW_OK;
}

bool header_raw(struct walker *walker, struct message_summary *summary)
{
	uint64_t id, direction;

	if (!walker_peek(walker, 4, "id", &id))
		return false;
	walker_pass(walker, 4, FIELD_VALUE, "id", "0x%08" PRIx64, id);
	if (!walker_peek(walker, 2, "version or operation", &direction))
		return false;
	summary->call = !(direction & RAW_REPLY);
	return summary->call ? walk_call(walker, summary) : walk_reply(walker, summary);
}
