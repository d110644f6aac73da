/* sidecall decode [FILE|-]: explains the messages in a hex dump or a pcap file. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/failures.h"
#include "programs/sidecall/command.h"
#include "trace/decode.h"

#define READ_SIZE     ((size_t)64 << 10) /* bytes */
#define LARGEST_INPUT ((size_t)1 << 30)

/* Reads a file to its end.  0 or -errno. */
static int read_all(int fd, struct buffer *input)
{
	for (;;) {
		ssize_t n;

		if (input->length > LARGEST_INPUT)
			return -EFBIG;
		if (buffer_reserve(input, READ_SIZE) < 0)
			return -ENOMEM;
		n = read(fd, input->data + input->length, READ_SIZE);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		input->length += n > 0 ? (size_t)n : 0;
	}
}

static int read_file(const char *path, struct buffer *input)
{
	int r, fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	r = read_all(fd, input);
	if (fd != STDIN_FILENO)
		close(fd);
	return r;
}

static int decode_input(const struct message_known *known, const char *path)
{
	struct decoder *decoder = calloc(1, sizeof(*decoder));
	struct buffer input = { 0 };
	struct failure failure = { 0 };
	int r = decoder ? read_file(path, &input) : -ENOMEM, code;

	if (r < 0) {
		code = failure_set(&failure, FAILURE_SYSTEM, "cannot read it: %s", strerror(-r));
	} else {
		decoder->out = stdout;
		decoder->known = *known;
		code = is_capture(&input) ? decode_capture(decoder, &input, &failure)
					  : decode_hexdump(decoder, &input, &failure);
	}
	if (code) {
		char what[256];

		snprintf(what, sizeof(what), "decode %.240s",
			 strcmp(path, "-") == 0 ? "standard input" : path);
		report_failure(&failure, what);
	}
	buffer_release(&input);
	free(decoder);
	return code;
}

enum { PROTOCOL = 256, CALLS, REPLIES };

const struct option_row command_decode_options[] = {
	OPTION_TEXT("protocol", PROTOCOL, "PROTOCOL", "the messages are of rpc, or of raw", "auto"),
	OPTION_FLAG("call", CALLS, "they are calls"),
	OPTION_FLAG("reply", REPLIES, "they are replies"),
	{ 0 },
};

static const char *take_option(void *what, int option, const char *value, int64_t number)
{
	struct message_known *known = what;

	(void)number;
	switch (option) {
	case CALLS:
		known->reply = false;
		return NULL;
	case REPLIES:
		known->call = false;
		return NULL;
	default:
		known->rpc = strcmp(value, "raw") != 0;
		known->raw = strcmp(value, "rpc") != 0;
		return known->rpc && known->raw && strcmp(value, "auto") != 0
			       ? "--protocol takes rpc, raw or auto"
			       : NULL;
	}
}

/* A program that asked for JSON gets at least this. */
static int refuse_json(const struct context *context)
{
	struct failure failure;

	failure_set(&failure, FAILURE_USAGE, "what it prints is text: there is no JSON of it");
	failure_advise(&failure, "Leave out --json. See 'sidecall help decode'");
	return command_failed_here(context, "decode", &failure);
}

int command_decode(struct context *context, int count, char **words)
{
	struct message_known known = { true, true, true, true };
	int code = command_take_options("decode", count, words, command_decode_options, take_option,
					&known);

	if (code)
		return code;
	if (context->json)
		return refuse_json(context);
	if (!known.call && !known.reply)
		return command_usage("decode", "--call and --reply exclude each other");
	if (count - optind > 1)
		return command_usage("decode", "one file is read at a time");
	return decode_input(&known, optind < count ? words[optind] : "-");
}
