/* The raw protocol's types under one shape, so that what holds of each can be written once. */
#include "tests/kit/codecs.h"

#include <stdlib.h>
#include <string.h>

#define NO_LIMIT ((size_t)1 << 21) /* bytes: more than any message takes */

#define CODEC(type, released)                                                                      \
	static void pack_##type(struct packer *out, const union value *value)                      \
	{                                                                                          \
		raw_pack_##type(out, &value->type);                                                \
	}                                                                                          \
	static void unpack_##type(struct unpacker *in, union value *value)                         \
	{                                                                                          \
		raw_unpack_##type(in, &value->type);                                               \
	}                                                                                          \
	static void release_##type(union value *value)                                             \
	{                                                                                          \
		(void)value;                                                                       \
		released;                                                                          \
	}                                                                                          \
	const struct codec codec_##type = { pack_##type, unpack_##type, release_##type };

CODEC(call, )
CODEC(reply, )
CODEC(operands, )
CODEC(result, )
CODEC(expression, free(value->expression))
CODEC(evaluation, )
CODEC(values, free(value->values.calc_values_val))
CODEC(summary_result, )
CODEC(accumulation, free(value->accumulation.name))
CODEC(path, free(value->path))
CODEC(stat_result, )
CODEC(list_args, free(value->list_args.directory))
CODEC(list_result, xdr_free((xdrproc_t)xdr_fileinfo_list_result, &value->list_result))
CODEC(link_result, xdr_free((xdrproc_t)xdr_fileinfo_link_result, &value->link_result))
CODEC(digest_result, )
CODEC(space_result, )

static void pack_nothing(struct packer *out, const union value *value)
{
	(void)out;
	(void)value;
}

static void unpack_nothing(struct unpacker *in, union value *value)
{
	(void)in;
	(void)value;
}

static void release_nothing(union value *value)
{
	(void)value;
}

static const struct codec codec_nothing = { pack_nothing, unpack_nothing, release_nothing };

/* ---- which operation has which ---- */

static const struct operation {
	unsigned int number;
	const struct codec *arguments, *result;
} operations[] = {
	{ RAW_NULL, &codec_nothing, &codec_nothing },
	{ RAW_ADD, &codec_operands, &codec_result },
	{ RAW_SUBTRACT, &codec_operands, &codec_result },
	{ RAW_MULTIPLY, &codec_operands, &codec_result },
	{ RAW_DIVIDE, &codec_operands, &codec_result },
	{ RAW_EVALUATE, &codec_expression, &codec_evaluation },
	{ RAW_SUMMARIZE, &codec_values, &codec_summary_result },
	{ RAW_ACCUMULATE, &codec_accumulation, &codec_result },
	{ RAW_STAT, &codec_path, &codec_stat_result },
	{ RAW_LIST, &codec_list_args, &codec_list_result },
	{ RAW_READLINK, &codec_path, &codec_link_result },
	{ RAW_DIGEST, &codec_path, &codec_digest_result },
	{ RAW_SPACE, &codec_path, &codec_space_result },
};

static const struct operation *find(unsigned int number)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (operations[i].number == number)
			return &operations[i];
	return NULL;
}

const struct codec *codec_of_arguments(unsigned int operation)
{
	const struct operation *found = find(operation);

	return found ? found->arguments : NULL;
}

const struct codec *codec_of_result(unsigned int operation)
{
	const struct operation *found = find(operation);

	return found ? found->result : NULL;
}

/* ---- both ways ---- */

uint8_t *exact_copy(const uint8_t *bytes, size_t length)
{
	uint8_t *copy = malloc(length ? length : 1);

	if (!copy)
		abort();
	if (length)
		memcpy(copy, bytes, length);
	return copy;
}

bool codec_unpack(const struct codec *codec, const uint8_t *bytes, size_t length,
		  struct buffer *again)
{
	uint8_t *copy = exact_copy(bytes, length);
	struct unpacker in = { .bytes = copy, .left = length };
	struct packer out = { .out = again, .limit = NO_LIMIT };
	union value value;
	bool exactly;

	memset(&value, 0xa5, sizeof(value));
	codec->unpack(&in, &value);
	exactly = unpacked_exactly(&in);
	if (exactly && again)
		codec->pack(&out, &value);
	codec->release(&value);
	free(copy);
	return exactly;
}
