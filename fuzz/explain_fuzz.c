/*
 * Messages explained: whatever they are taken for, each byte is handed out once, in its place.
 *
 * The input is a byte that chooses the procedure which a reply answers, and the message.
 */
#include "fuzz/explain.h"
#include "fuzz/fuzz.h"

/* All procedures of the contract, as calls; what lies beyond them is none. */
static struct message_call choose(unsigned int number)
{
	const struct contract *contract = contract_built_in();

	for (size_t i = 0; i < contract->program_count; i++) {
		const struct contract_program *program = &contract->programs[i];

		for (uint32_t n = 0; n < contract_beyond(program); n++)
			if (contract_latest(program, n) && number-- == 0)
				return (struct message_call){ program->number,
							      contract_highest(program), n,
							      contract_latest(program, n) };
	}
	return (struct message_call){ 0 };
}

static void check(struct message_form form, const uint8_t *bytes, size_t length,
		  const struct message_call *call)
{
	struct explained explained = explain_check(form, bytes, length, call);
	struct message_known known = { form.rpc, !form.rpc, form.call, !form.call, NULL };
	struct field_count count;

	MUST(explained.summary.id == message_id(bytes, length));
	/* To guess is to explain and count. */
	if (!message_guess(&known, bytes, length, call, &form, &count)) {
		MUST(!explained.summary.plausible);
		return;
	}
	MUST(count.bytes[FIELD_PROTOCOL] + count.bytes[FIELD_PAYLOAD] == length);
	MUST((count.unknown + count.missing == 0) == (explained.header && explained.payload));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message_call call;

	if (size < 1)
		return 0;
	call = choose(data[0]);
	for (int i = 0; i < 4; i++)
		check((struct message_form){ .rpc = i & 1, .call = i & 2 }, data + 1, size - 1,
		      call.procedure ? &call : NULL);
	return 0;
}
