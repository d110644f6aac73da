/*
 * sidecall decode [FILE|-]: explains the messages in a hex dump or a capture; and --as, shows a
 * value's bytes as JSON.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "client/failures.h"
#include "programs/sidecall/as.h"
#include "programs/sidecall/capture.h"
#include "programs/sidecall/command.h"
#include "programs/sidecall/input.h"
#include "trace/decode.h"

enum { PROTOCOL = 256, CALLS, REPLIES, AS, PORT };

const struct option_row command_decode_options[] = {
	CONTRACTS_OPTIONS,
	OPTION_TEXT("as", AS, "NAME",
		    "the input is one value, to be shown as JSON: of TYPE, PROCEDURE:args or "
		    "PROCEDURE:result",
		    NULL),
	OPTION_CHOICE("protocol", PROTOCOL, "PROTOCOL", "rpc|raw|auto",
		      "the messages are of rpc, or of raw", "auto"),
	OPTION_FLAG("call", CALLS, "they are calls"),
	OPTION_FLAG("reply", REPLIES, "they are replies"),
	OPTION_NUMBER("port", PORT, "N",
		      "in a capture, what goes to or from this port is of the contract", 0, NULL, 1,
		      65535),
	CONTRACTS_VALUE_OPTIONS,
	{ 0 },
};

struct decode_options {
	struct contracts contracts;
	struct message_known known;
	const char *as;
	struct capture_ports ports;
};

static const char *take_port(struct capture_ports *ports, int64_t number)
{
	if (ports->count == CAPTURE_PORTS)
		return "that is too many --port";
	ports->numbers[ports->count++] = (unsigned int)number;
	return NULL;
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
	case PORT:
		return take_port(&options->ports, number);
	case PROTOCOL:
		options->known.rpc = strcmp(value, "raw") != 0;
		options->known.raw = strcmp(value, "rpc") != 0;
		return NULL;
	default:
		return contracts_take(&options->contracts, option, value, number);
	}
}

/* ---- messages ---- */

static int decode_messages(const struct decode_options *options, int fd, const char *path,
			   struct buffer *input, struct failure *failure)
{
	struct decoder *decoder = calloc(1, sizeof(*decoder));
	int code;

	if (!decoder)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	decoder->out = stdout;
	decoder->known = options->known;
	if (is_capture(input)) {
		code = capture_decode(&options->contracts, &options->ports, decoder, fd, input,
				      path, failure);
	} else {
		code = input_read(fd, path, INPUT_ALL, input, failure);
		code = code ? code : decode_hexdump(decoder, input, failure);
	}
	free(decoder);
	return code;
}

/* ---- the command ---- */

static int report_input(const char *path, const struct failure *failure)
{
	char what[256];

	snprintf(what, sizeof(what), "decode %.240s",
		 strcmp(path, "-") == 0 ? "standard input" : path);
	if (failure->code)
		report_failure(failure, what);
	return failure->code;
}

static int decode_input(struct context *context, struct decode_options *options,
			const struct type *type, const char *path)
{
	struct buffer input = { 0 };
	struct failure failure = { 0 };
	int fd = input_open(path, &failure);
	int code = fd < 0 ? failure.code
			  : input_read(fd, path, type ? INPUT_ALL : 4, &input, &failure);

	if (code == 0 && type)
		code = as_decode(context, &options->contracts, type, &input);
	else if (code == 0)
		code = decode_messages(options, fd, path, &input, &failure);
	input_close(fd);
	buffer_release(&input);
	report_input(path, &failure);
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
