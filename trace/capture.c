/* Explains the messages that the dissector found in a capture. */
#include "trace/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/failures.h"

#define LONGEST ((size_t)64 << 20) /* bytes of a message, with its marks */

/* ---- what is read ---- */

/* Reads so many bytes into an empty buffer. */
static int read_bytes(FILE *from, struct buffer *bytes, size_t length)
{
	bytes->length = 0;
	if (buffer_reserve(bytes, length) < 0)
		return -ENOMEM;
	bytes->length = length;
	return fread(bytes->data, 1, length, from) == length ? 0 : -EPROTO;
}

static int take_message(struct decoder *decoder, const char *line, FILE *from, struct buffer *bytes)
{
	char when[32], source[64], target[64], protocol[4], kind[6], title[256];
	struct trace_message message = { 0 };
	size_t packet, length;
	int framed, r;

	if (sscanf(line, "message %zu %31s %63s %63s %3s %5s %zu %d %zu", &packet, when, source,
		   target, protocol, kind, &message.connection, &framed, &length) != 9 ||
	    length > LONGEST)
		return -EPROTO;
	r = read_bytes(from, bytes, length);
	if (r < 0)
		return r;
	message.form.rpc = strcmp(protocol, "rpc") == 0;
	message.form.call = strcmp(kind, "call") == 0;
	message.bytes = bytes->data;
	message.length = length;
	snprintf(title, sizeof(title), "packet %zu, %s s: %s to %s: ", packet, when, source,
		 target);
	r = decode_message(decoder, title, &message, framed);
	return r == -EBADMSG ? -EPROTO : r;
}

static void show_part(FILE *out, const char **before, size_t bytes, const char *what)
{
	if (bytes)
		fprintf(out, "%s%zu bytes %s", *before, bytes, what);
	*before = bytes ? ", " : *before;
}

static int take_lost(struct decoder *decoder, const char *line, struct capture_losses *losses)
{
	char source[64], target[64];
	size_t missing, passed, unfinished;
	const char *before = "";

	if (sscanf(line, "lost %63s %63s %zu %zu %zu", source, target, &missing, &passed,
		   &unfinished) != 5)
		return -EPROTO;
	fprintf(decoder->out, "\n%s to %s: ", source, target);
	show_part(decoder->out, &before, missing, "were not captured");
	show_part(decoder->out, &before, passed, "were passed over, up to the next message");
	show_part(decoder->out, &before, unfinished, "are of messages that are not whole");
	losses->missing += missing;
	losses->passed += passed;
	losses->unfinished += unfinished;
	return 0;
}

static int take_end(const char *line, struct capture_losses *losses)
{
	losses->ended = sscanf(line, "end %zu %zu %zu %zu %zu %zu", &losses->cut,
			       &losses->datagrams, &losses->fragments, &losses->our_fragments,
			       &losses->others, &losses->left_out) == 6;
	return losses->ended ? 0 : -EPROTO;
}

int capture_read(struct decoder *decoder, FILE *from, struct capture_losses *losses)
{
	struct buffer bytes = { 0 };
	char *line = NULL;
	size_t size = 0;
	int r = 0;

	while (r == 0 && !losses->ended && getline(&line, &size, from) > 0) {
		if (strncmp(line, "message ", 8) == 0)
			r = take_message(decoder, line, from, &bytes);
		else if (strncmp(line, "lost ", 5) == 0)
			r = take_lost(decoder, line, losses);
		else
			r = take_end(line, losses);
	}
	free(line);
	buffer_release(&bytes);
	return r;
}

/* ---- what is said in the end ---- */

static void show_count(FILE *out, size_t count, const char *what)
{
	if (count)
		fprintf(out, "%zu %s\n", count, what);
}

static void show_losses(FILE *out, const struct capture_losses *losses)
{
	show_count(out, losses->cut,
		   "packets were captured in part: tcpdump -s 0 takes all of them");
	show_count(out, losses->fragments, "fragments are of packets that are not whole");
	show_count(out, losses->others, "messages are of other programs, and left out");
	show_count(out, losses->left_out, "conversations are neither rpc nor raw, and left out");
}

/* How many bytes there were not, how many are not shown, and what was cut off or left out. */
static void append_losses(struct failure *failure, const struct capture_losses *losses)
{
	const size_t hidden = losses->passed + losses->unfinished;

	if (losses->missing)
		failure_append(failure, "%zu bytes were not captured", losses->missing);
	if (hidden)
		failure_append(failure,
			       losses->missing ? ", and %zu not shown" : "%zu bytes are not shown",
			       hidden);
	if (losses->datagrams || losses->our_fragments)
		failure_append(failure, "%s%s", losses->missing || hidden ? "; " : "",
			       losses->datagrams ? "datagrams were cut off"
						 : "fragments are missing");
}

int capture_conclude(struct decoder *decoder, const struct capture_losses *losses,
		     struct failure *failure)
{
	const size_t lost = losses->missing + losses->passed + losses->unfinished;
	int code;

	if (lost)
		fputc('\n', decoder->out);
	code = decode_conclude(decoder, failure);
	show_losses(decoder->out, losses);
	if (!decoder->messages)
		failure_advise(failure,
			       "--idl FILE.x names the contract, and --port N a port whose "
			       "messages are of it");
	if (!lost && !losses->datagrams && !losses->our_fragments)
		return code;
	if (code)
		failure_append(failure, ", and ");
	failure->code = FAILURE_DATA;
	append_losses(failure, losses);
	return failure->code;
}
