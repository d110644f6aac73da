/* Calls and replies of every procedure, as rpcgen's filters and common/raw.c encode them. */
#ifndef SIDECALL_TESTS_KIT_SAMPLES_H
#define SIDECALL_TESTS_KIT_SAMPLES_H

#include <stdbool.h>

#include "client/procedures.h"
#include "common/buffer.h"
#include "common/raw.h"

struct sample {
	const char *procedure; /* its row in procedures[] */
	uint32_t number, operation;
	const void *arguments, *result;
	void (*pack_arguments)(struct packer *out, const void *arguments);
	void (*pack_result)(struct packer *out, const void *result);
	/* What there is to be read, in the contract's order: "name=value; name=value; ". */
	const char *argument_fields, *result_fields;
};

/* Ends with a row of zeroes. */
extern const struct sample samples[];

const struct procedure *sample_procedure(const struct sample *sample);

/* Appends a result of the sample's type. */
void sample_result(const struct sample *sample, bool rpc, const void *result, struct buffer *out);

/* Appends the sample's call, or its reply with a result of its type, named by `id`; with `framed`
 * behind its record mark or length. */
void sample_call(const struct sample *sample, bool rpc, bool framed, uint32_t id,
		 struct buffer *out);
void sample_reply(const struct sample *sample, bool rpc, bool framed, uint32_t id,
		  const void *result, struct buffer *out);

#endif
