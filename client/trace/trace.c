/* --trace: shows what goes over a client's channels, on standard error. */
#include "client/trace/trace.h"

#include <inttypes.h>
#include <stdlib.h>

#include "client/trace/print.h"

struct trace {
	struct channel_observer observer; /* first */
	FILE *out;
	bool rpc, discovery;               /* of the channel under way */
	struct field_count call, reply;    /* of the exchange under way */
	struct field_count sent, received; /* of all of them */
	size_t exchanges;
	uint32_t id;  /* the last call's */
	bool waiting; /* for its reply */
	struct calls calls;
};

static struct trace *trace_of(struct channel_observer *observer)
{
	return (struct trace *)observer;
}

static void trace_opened(struct channel_observer *observer, const struct channel *channel,
			 const struct endpoint *endpoint, bool discovery)
{
	struct trace *trace = trace_of(observer);
	char text[ENDPOINT_MAX_TEXT];

	endpoint_format(endpoint, text);
	if (!channel) {
		/* What goes over a socket in the filesystem passes no interface either. */
		fprintf(trace->out, "%s: libtirpc sends and receives by itself. %s\n", text,
			endpoint->transport == ENDPOINT_UNIX
				? "Use rpc+unix, whose bytes are the same"
				: "Capture its bytes with tcpdump, and read them with sidecall "
				  "decode");
		return;
	}
	fprintf(trace->out, "%s%s, by %s+%s\n", discovery ? "asking rpcbind: " : "",
		channel->peers[0] ? channel->peers : text,
		endpoint_protocol_name(endpoint->protocol),
		endpoint_transport_name(endpoint->transport));
	trace->rpc = endpoint->protocol != ENDPOINT_RAW;
	trace->discovery = discovery;
	trace->exchanges = 0;
	trace->waiting = false;
	field_count_init(&trace->sent);
	field_count_init(&trace->received);
}

/* A call that is sent again is shown again, for its bytes were sent again. */
static void begin_exchange(struct trace *trace, const struct trace_message *message)
{
	uint32_t id = message_id(message->bytes, message->length);
	bool again = trace->waiting && id == trace->id;

	if (!again)
		field_count_init(&trace->call);
	field_count_init(&trace->reply);
	trace->id = id;
	trace->waiting = true;
	fputc('\n', trace->out);
	trace_print(trace->out, again ? "sent again: " : "", message, &trace->calls, &trace->call);
}

static void end_exchange(struct trace *trace, const struct trace_message *message)
{
	bool late = message_id(message->bytes, message->length) != trace->id;

	fputc('\n', trace->out);
	trace_print(trace->out, late ? "not the reply to this call: " : "", message, &trace->calls,
		    &trace->reply);
	if (late)
		return;
	trace->waiting = false;
	trace->exchanges++;
	field_count_add(&trace->sent, &trace->call);
	field_count_add(&trace->received, &trace->reply);
	fputc('\n', trace->out);
	trace_print_count(trace->out, &trace->call, &trace->reply);
}

static void trace_message(struct channel_observer *observer, const struct channel *channel,
			  bool sent, const void *bytes, size_t length)
{
	struct trace *trace = trace_of(observer);
	const struct trace_message message = { .form = { .rpc = trace->rpc, .call = sent },
					       .bytes = bytes,
					       .length = length,
					       .marks = channel->marks.data,
					       .marked = channel->marks.length };

	fflush(stdout);
	if (sent)
		begin_exchange(trace, &message);
	else
		end_exchange(trace, &message);
}

static void trace_closed(struct channel_observer *observer, const struct channel *channel)
{
	struct trace *trace = trace_of(observer);

	if (trace->waiting)
		fprintf(trace->out, "\nno reply\n");
	if (trace->exchanges > 1) {
		fprintf(trace->out, "\nall %zu calls\n", trace->exchanges);
		trace_print_count(trace->out, &trace->sent, &trace->received);
	}
	if (trace->discovery)
		fprintf(trace->out,
			"\ndiscovery: %" PRIu64 " + %" PRIu64
			" bytes to and from rpcbind, %.3f ms\n\n",
			channel->sent, channel->received,
			(double)(channel_clock() - channel->began) / 1e6);
	trace->waiting = false;
}

struct channel_observer *trace_create(FILE *out)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (!trace)
		return NULL;
	trace->out = out;
	trace->observer = (struct channel_observer){ .opened = trace_opened,
						     .message = trace_message,
						     .closed = trace_closed };
	return &trace->observer;
}

void trace_release(struct channel_observer *observer)
{
	free(observer ? trace_of(observer) : NULL);
}
