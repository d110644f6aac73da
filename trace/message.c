/* Explains whole messages of both protocols, and finds out which one a message is of. */
#include "trace/message.h"

#include "trace/header.h"

uint32_t message_id(const uint8_t *bytes, size_t length)
{
	if (length < 4)
		return 0;
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* The members of a struct and a union go by their own names. */
static const char *name_of(const struct type *type, bool arguments)
{
	if (type->several)
		return "arguments";
	if (type->kind == TYPE_STRUCT || type->kind == TYPE_UNION)
		return "";
	return type->name ? type->name : arguments ? "argument" : "result";
}

/* What the procedure takes, or returns. */
static void walk_payload(struct walker *walker, const struct message_call *call, bool arguments)
{
	const struct contract_procedure *procedure = call ? call->procedure : NULL;
	const struct type *type;

	walker->layer = FIELD_PAYLOAD;
	if (!call) {
		if (walker->offset < walker->length)
			walker_lose(walker, "a result; the call that it answers was not seen");
	} else if (!procedure) {
		if (walker->offset < walker->length)
			walker_lose(walker, "%s of a procedure that the contract does not have",
				    arguments ? "arguments" : "the result");
	} else {
		type = arguments ? procedure->arguments : procedure->result;
		walker_type(walker, type, name_of(type, arguments));
	}
	walker_end(walker);
}

void message_explain(struct message_form form, const uint8_t *bytes, size_t length,
		     const struct message_call *call, struct field_sink *sink,
		     struct message_summary *summary)
{
	struct walker walker;
	bool payload;

	*summary = (struct message_summary){ .call = form.call, .id = message_id(bytes, length) };
	walker_begin(&walker, form.rpc, bytes, length, sink);
	walker.contract = form.contract;
	payload = form.rpc ? header_rpc(&walker, summary) : header_raw(&walker, summary);
	summary->plausible = summary->plausible && summary->call == form.call;
	if (form.rpc && !summary->call)
		summary->what = call ? *call : summary->what;
	else
		call = &summary->what;
	if (payload && !walker.lost)
		walk_payload(&walker, call, summary->call);
	walker_end(&walker);
}

/* ---- bytes counted ---- */

static void count_field(struct field_sink *sink, const struct field *field)
{
	struct field_count *count = (struct field_count *)sink;

	count->bytes[field->layer] += field->length;
	if (field->kind == FIELD_PADDING)
		count->padding += field->length;
	if (field->kind == FIELD_UNKNOWN) {
		count->unknown += field->length;
		count->missing += field->length == 0;
	}
}

void field_count_init(struct field_count *count)
{
	*count = (struct field_count){ .sink.take = count_field };
}

void field_count_add(struct field_count *sum, const struct field_count *count)
{
	for (int i = 0; i < FIELD_LAYERS; i++)
		sum->bytes[i] += count->bytes[i];
	sum->padding += count->padding;
	sum->unknown += count->unknown;
	sum->missing += count->missing;
}

/* ---- which message is it? ---- */

static size_t loss(const struct field_count *count)
{
	return count->unknown + count->missing;
}

bool message_guess(const struct message_known *known, const uint8_t *bytes, size_t length,
		   const struct message_call *call, struct message_form *form,
		   struct field_count *best)
{
	bool found = false;

	for (int i = 0; i < 4; i++) {
		const struct message_form tried = { .rpc = i < 2,
						    .call = i % 2 == 0,
						    .contract = known->contract };
		struct message_summary summary;
		struct field_count count;

		if ((tried.rpc ? !known->rpc : !known->raw) ||
		    (tried.call ? !known->call : !known->reply))
			continue;
		field_count_init(&count);
		message_explain(tried, bytes, length, call, &count.sink, &summary);
		if (!summary.plausible || (found && loss(&count) >= loss(best)))
			continue;
		*form = tried;
		*best = count;
		found = true;
	}
	return found;
}
