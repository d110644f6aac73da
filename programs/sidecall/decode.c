/*
 * sidecall decode [FILE|-]: explains the messages in a hex dump or a pcap file; and --as, shows a
 * value's bytes as JSON.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "client/failures.h"
#include "programs/sidecall/as.h"
#include "programs/sidecall/command.h"
#include "programs/sidecall/input.h"
#include "trace/decode.h"

enum { PROTOCOL = 256, CALLS, REPLIES, AS };

const struct option_row command_decode_options[] = {
	CONTRACTS_OPTIONS,
	OPTION_TEXT("as", AS, "NAME",
		    "the input is one value, to be shown as JSON: of TYPE, PROCEDURE:args or "
		    "PROCEDURE:result",
		    NULL),
	OPTION_TEXT("protocol", PROTOCOL, "PROTOCOL", "the messages are of rpc, or of raw", "auto"),
	OPTION_FLAG("call", CALLS, "they are calls"),
	OPTION_FLAG("reply", REPLIES, "they are replies"),
	CONTRACTS_VALUE_OPTIONS,
	{ 0 },
};

struct decode_options {
	struct contracts contracts;
	struct message_known known;
	const char *as;
};

static const char *take_protocol(struct message_known *known, const char *value)
{
	known->rpc = strcmp(value, "raw") != 0;
	known->raw = strcmp(value, "rpc") != 0;
	return known->rpc && known->raw && strcmp(value, "auto") != 0
		       ? "--protocol takes rpc, raw or auto"
		       : NULL;
}

static const char *take_option(void *what, int option, const char *value, int64_t number)
{
	struct decode_options *options = what;

	switch (option) {
	case AS:
		options->as = value;
		return NULL;
	case CALLS:
		options->known.reply = false;
		return NULL;
	case REPLIES:
		options->known.call = false;
		return NULL;
	case PROTOCOL:
		return take_protocol(&options->known, value);
	default:
		return contracts_take(&options->contracts, option, value, number);
	}
}

/* ---- messages ---- */

static int decode_messages(const struct message_known *known, const struct buffer *input,
			   struct failure *failure)
{
	struct decoder *decoder = calloc(1, sizeof(*decoder));
	int code;

	if (!decoder)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	decoder->out = stdout;
	decoder->known = *known;
	code = is_capture(input) ? decode_capture(decoder, input, failure)
				 : decode_hexdump(decoder, input, failure);
	free(decoder);
	return code;
}

/* ---- the command ---- */

static int decode_input(struct context *context, struct decode_options *options,
			const struct type *type, const char *path)
{
	struct buffer input = { 0 };
	struct failure failure = { 0 };
	char what[256];
	int code = input_file(path, &input, &failure);

	if (code == 0 && type) {
		code = as_decode(context, &options->contracts, type, &input);
		buffer_release(&input);
		return code;
	}
	if (code == 0)
		code = decode_messages(&options->known, &input, &failure);
	snprintf(what, sizeof(what), "decode %.240s",
		 strcmp(path, "-") == 0 ? "standard input" : path);
	if (code)
		report_failure(&failure, what);
	buffer_release(&input);
	return code;
}

/* A program that asked for JSON gets at least this. */
static int refuse_json(const struct context *context)
{
	struct failure failure;

	failure_set(&failure, FAILURE_USAGE, "what it prints is text: there is no JSON of it");
	failure_advise(&failure, "Leave out --json, or say --as. See 'sidecall help decode'");
	return command_failed_here(context, "decode", &failure);
}

static int check_options(const struct context *context, const struct decode_options *options,
			 int operands)
{
	if (context->json && !options->as)
		return refuse_json(context);
	if (!options->known.call && !options->known.reply)
		return command_usage("decode", "--call and --reply exclude each other");
	if (operands > 1)
		return command_usage("decode", "one file is read at a time");
	return 0;
}

int command_decode(struct context *context, int count, char **words)
{
	struct decode_options options = { .known = { true, true, true, true, NULL } };
	const struct type *type = NULL;
	int code = command_take_options("decode", count, words, command_decode_options, take_option,
					&options);

	if (code == 0)
		code = check_options(context, &options, count - optind);
	if (code == 0)
		code = contracts_open(&options.contracts, "decode");
	if (code == 0 && options.as)
		code = as_find(&options.contracts, "decode", options.as, &type);
	options.known.contract = options.contracts.contract;
	if (code == 0)
		code = decode_input(context, &options, type, optind < count ? words[optind] : "-");
	contracts_close(&options.contracts);
	return code;
}
