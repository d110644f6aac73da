/* --trace: shows what goes over a client's channels, on standard error. */
#include "trace/trace.h"

#include <inttypes.h>
#include <stdlib.h>

#include "trace/print.h"

struct trace {
	struct channel_observer observer; /* first */
	FILE *out;
	const struct contract *contract;   /* NULL: ours alone */
	bool rpc, discovery;               /* of the channel under way */
	size_t connection;                 /* its number: ids may come again on another */
	struct field_count sent, received; /* of all calls that were answered, and their replies */
	size_t exchanges;                  /* how many those are */
	size_t waiting;                    /* calls under way */
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
	char text[ENDPOINT_MAX_TEXT], name[ENDPOINT_MAX_NAME];

	endpoint_format(endpoint, text);
	endpoint_name(endpoint, name);
	if (!channel) {
		/* What goes over a socket in the filesystem passes no interface either. */
		fprintf(trace->out, "%s: libtirpc sends and receives by itself. %s\n", text,
			endpoint->transport == ENDPOINT_UNIX
				? "Use rpc+unix, whose bytes are the same"
				: "Capture its bytes with tcpdump, and read them with sidecall "
				  "decode");
		return;
	}
	fprintf(trace->out, "%s%s, by %s\n", discovery ? "asking rpcbind: " : "",
		channel->peers[0] ? channel->peers : text, name);
	trace->rpc = endpoint_speaks_rpc(endpoint);
	trace->discovery = discovery;
	trace->connection++;
	trace->exchanges = 0;
	trace->waiting = 0;
	field_count_init(&trace->sent);
	field_count_init(&trace->received);
}

/* The call under way with this message's name, or NULL. */
static struct remembered *find_call(struct trace *trace, const struct trace_message *message)
{
	struct remembered *call = calls_recall(&trace->calls, message->connection,
					       message_id(message->bytes, message->length));

	return call && !call->answered ? call : NULL;
}

/* A call that is sent again is shown again, for its bytes were sent again. */
static void show_call(struct trace *trace, const struct trace_message *message)
{
	struct remembered *call = find_call(trace, message);
	struct field_count count;

	if (call)
		count = call->count;
	else
		field_count_init(&count);
	trace->waiting += !call;
	fputc('\n', trace->out);
	trace_print(trace->out, call ? "sent again: " : "", message, &trace->calls, &count);
	call = find_call(trace, message);
	if (call)
		call->count = count;
}

/* What comes may be a call, too, as ours, sent back. */
static bool is_reply(const struct trace_message *message)
{
	struct message_summary summary;
	struct field_count count;

	field_count_init(&count);
	message_explain(message->form, message->bytes, message->length, NULL, &count.sink,
			&summary);
	return !summary.call;
}

/* It may answer any of the calls under way; or none, as what comes twice. */
static void show_reply(struct trace *trace, const struct trace_message *message)
{
	struct remembered *call = is_reply(message) ? find_call(trace, message) : NULL;
	struct field_count count;

	field_count_init(&count);
	fputc('\n', trace->out);
	trace_print(trace->out, call ? "" : "not the reply to a call under way: ", message,
		    &trace->calls, &count);
	if (!call)
		return;
	call->answered = true;
	trace->waiting--;
	trace->exchanges++;
	field_count_add(&trace->sent, &call->count);
	field_count_add(&trace->received, &count);
	fputc('\n', trace->out);
	trace_print_count(trace->out, &call->count, &count);
}

static void trace_message(struct channel_observer *observer, const struct channel *channel,
			  bool sent, const void *bytes, size_t length)
{
	struct trace *trace = trace_of(observer);
	const struct trace_message message = { .form = { trace->rpc, sent, trace->contract },
					       .connection = trace->connection,
					       .bytes = bytes,
					       .length = length,
					       .marks = channel->marks.data,
					       .marked = channel->marks.length };

	fflush(stdout);
	if (sent)
		show_call(trace, &message);
	else
		show_reply(trace, &message);
}

static void trace_closed(struct channel_observer *observer, const struct channel *channel)
{
	struct trace *trace = trace_of(observer);

	if (trace->waiting == 1)
		fprintf(trace->out, "\nno reply\n");
	else if (trace->waiting)
		fprintf(trace->out, "\nno reply to %zu calls\n", trace->waiting);
	if (trace->exchanges > 1) {
		fprintf(trace->out, "\nall %zu calls\n", trace->exchanges);
		trace_print_count(trace->out, &trace->sent, &trace->received);
	}
	if (trace->discovery)
		fprintf(trace->out,
			"\ndiscovery: %" PRIu64 " + %" PRIu64
			" bytes to and from rpcbind, %.3f ms\n\n",
			channel->sent, channel->received,
			(double)(clock_now() - channel->began) / 1e6);
	trace->waiting = 0;
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

void trace_explain_by(struct channel_observer *observer, const struct contract *contract)
{
	if (observer)
		trace_of(observer)->contract = contract;
}

void trace_release(struct channel_observer *observer)
{
	free(observer ? trace_of(observer) : NULL);
}
