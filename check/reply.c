/* What became of a call: the reply taken apart byte by byte, or that there was none. */
#include "check/reply.h"

#include <endian.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <rpc/rpc.h>

#include "check/call.h"

#define WORD sizeof(uint32_t)

/* As a rule names it, and as it is found, where that is more. */
static const struct outcome_name {
	const char *rule, *found;
} names[CHECK_OUTCOMES] = {
	{ "SUCCESS", NULL },
	{ "PROG_UNAVAIL", NULL },
	{ "PROG_MISMATCH", NULL },
	{ "PROC_UNAVAIL", NULL },
	{ "GARBAGE_ARGS", NULL },
	{ "SYSTEM_ERR", NULL },
	{ "RPC_MISMATCH", NULL },
	{ "AUTH_ERROR", NULL },
	{ "a wrong reply", NULL },
	{ "no reply", "no reply to it, and the next call is answered" },
	{ "the end of the connection", "it closed the connection" },
	{ "silence", "neither a reply nor the end of the connection in time" },
	{ "no connection", "no connection can be made" },
	{ "its end, by status 0", "it ended, by status 0" },
	{ "BAD_OPERATION", "it does not have this operation: status 2" },
	{ "SYNTAX", "it does not take this expression: SYNTAX" },
	{ "its end", "it ended" },
	{ "executed again",
	  "a reply got lost, and the call that was sent again was executed again" },
	{ "a reply without an end", "the reply does not end" },
};

static const enum check_outcome accepted[] = {
	[SUCCESS] = CHECK_SUCCESS,
	[PROG_UNAVAIL] = CHECK_PROG_UNAVAIL,
	[PROG_MISMATCH] = CHECK_PROG_MISMATCH,
	[PROC_UNAVAIL] = CHECK_PROC_UNAVAIL,
	[GARBAGE_ARGS] = CHECK_GARBAGE_ARGS,
	[SYSTEM_ERR] = CHECK_SYSTEM_ERR,
};

void reply_wrong(struct reply *reply, size_t at, size_t length, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reply->wrong, sizeof(reply->wrong), format, arguments);
	va_end(arguments);
	reply->outcome = CHECK_BAD_REPLY;
	reply->at = at;
	reply->length = length;
}

/* ---- along its bytes ---- */

struct reading {
	struct reply *reply;
	const uint8_t *bytes;
	size_t length, at;
	uint32_t version;
	bool results; /* may stand behind SUCCESS */
};

/* The next number, which decides until another one does.  False: the reply ends before it. */
static bool next(struct reading *in, const char *name, uint32_t *number)
{
	if (in->length - in->at < WORD) {
		reply_wrong(in->reply, in->at, in->length - in->at,
			    "the reply ends after %zu bytes, before its %s", in->length, name);
		return false;
	}
	memcpy(number, in->bytes + in->at, WORD);
	*number = be32toh(*number);
	in->reply->at = in->at;
	in->reply->length = WORD;
	in->at += WORD;
	return true;
}

static void end(struct reading *in, enum check_outcome outcome)
{
	size_t left = in->length - in->at;

	if (left)
		reply_wrong(in->reply, in->at, left, "%zu bytes stand behind the end of the reply",
			    left);
	else
		in->reply->outcome = outcome;
}

/* Versions from low to high, of which one is served for sure. */
static void read_versions(struct reading *in, enum check_outcome outcome, uint32_t served)
{
	struct reply *reply = in->reply;
	size_t at = in->at;

	if (!next(in, "lowest version", &reply->low) || !next(in, "highest version", &reply->high))
		return;
	if (reply->low <= served && served <= reply->high)
		end(in, outcome);
	else
		reply_wrong(reply, at, 2 * WORD, "it names versions %u to %u, and serves %u",
			    reply->low, reply->high, served);
	if (reply->outcome == outcome) {
		reply->at = at - WORD;
		reply->length = 3 * WORD;
	}
}

static void read_accepted(struct reading *in)
{
	uint32_t flavor, length, stat;
	size_t at = in->at + WORD;

	if (!next(in, "verifier's flavor", &flavor) || !next(in, "verifier's length", &length))
		return;
	if (length > CALL_MAX_AUTH || (length + 3) / 4 * 4 > in->length - in->at) {
		reply_wrong(in->reply, at, WORD, "its verifier claims %u bytes", length);
		return;
	}
	in->at += (length + 3) / 4 * 4;
	if (!next(in, "status", &stat))
		return;
	if (stat == SUCCESS && in->results)
		in->reply->outcome = CHECK_SUCCESS;
	else if (stat == PROG_MISMATCH)
		read_versions(in, CHECK_PROG_MISMATCH, in->version);
	else if (stat < sizeof(accepted) / sizeof(accepted[0]))
		end(in, accepted[stat]);
	else
		reply_wrong(in->reply, in->at - WORD, WORD, "there is no accept_stat %u", stat);
}

static void read_denied(struct reading *in)
{
	uint32_t stat;

	if (!next(in, "status", &stat))
		return;
	if (stat == RPC_MISMATCH)
		read_versions(in, CHECK_RPC_MISMATCH, RPC_MSG_VERSION);
	else if (stat != AUTH_ERROR)
		reply_wrong(in->reply, in->at - WORD, WORD, "there is no reject_stat %u", stat);
	else if (next(in, "auth_stat", &in->reply->auth_stat))
		end(in, CHECK_AUTH_ERROR);
}

void reply_read(struct reply *reply, const uint8_t *bytes, size_t length, uint32_t version,
		bool results)
{
	struct reading in = { reply, bytes, length, WORD, version, results };
	uint32_t type, stat;

	*reply = (struct reply){ 0 };
	if (!next(&in, "type", &type))
		return;
	if (type != REPLY) {
		reply_wrong(reply, CALL_TYPE_AT, WORD, "its type is %u, and that of a reply is %u",
			    type, (unsigned int)REPLY);
		return;
	}
	if (!next(&in, "reply_stat", &stat))
		return;
	if (stat == MSG_ACCEPTED)
		read_accepted(&in);
	else if (stat == MSG_DENIED)
		read_denied(&in);
	else
		reply_wrong(reply, in.at - WORD, WORD, "there is no reply_stat %u", stat);
}

/* ---- for people ---- */

static const char *found_name(enum check_outcome outcome)
{
	for (unsigned int i = 0; i < CHECK_OUTCOMES; i++)
		if (outcome == 1U << i)
			return names[i].found ? names[i].found : names[i].rule;
	return "nothing";
}

void reply_describe(const struct reply *reply, char text[CHECK_TEXT])
{
	switch (reply->outcome) {
	case CHECK_PROG_MISMATCH:
	case CHECK_RPC_MISMATCH:
		snprintf(text, CHECK_TEXT, "%s, versions %u to %u", found_name(reply->outcome),
			 reply->low, reply->high);
		break;
	case CHECK_AUTH_ERROR:
		snprintf(text, CHECK_TEXT, "AUTH_ERROR, auth_stat %u", reply->auth_stat);
		break;
	case CHECK_BAD_REPLY:
		snprintf(text, CHECK_TEXT, "%s", reply->wrong);
		break;
	default:
		snprintf(text, CHECK_TEXT, "%s", found_name(reply->outcome));
	}
}

void outcomes_name(unsigned int outcomes, char text[CHECK_TEXT])
{
	size_t length = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < CHECK_OUTCOMES && length < CHECK_TEXT; i++)
		if (outcomes & 1U << i)
			length += (size_t)snprintf(text + length, CHECK_TEXT - length, "%s%s",
						   length ? " or " : "", names[i].rule);
}
