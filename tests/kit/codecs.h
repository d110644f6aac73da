/* The raw protocol's types under one shape, so that what holds of each can be written once. */
#ifndef SIDECALL_TESTS_KIT_CODECS_H
#define SIDECALL_TESTS_KIT_CODECS_H

#include "common/raw.h"

/* Room for any of them. */
union value {
	calc_operands operands;
	calc_result result;
	calc_expression expression;
	calc_evaluation evaluation;
	calc_values values;
	calc_summary_result summary_result;
	calc_accumulation accumulation;
	fileinfo_path path;
	fileinfo_stat_result stat_result;
	fileinfo_list_args list_args;
	fileinfo_list_result list_result;
	fileinfo_link_result link_result;
	fileinfo_digest_result digest_result;
	fileinfo_space_result space_result;
	struct raw_call call;
	struct raw_reply reply;
};

struct codec {
	void (*pack)(struct packer *out, const union value *value);
	void (*unpack)(struct unpacker *in, union value *value);
	void (*release)(union value *value); /* also what was unpacked in part */
};

extern const struct codec codec_call, codec_reply, codec_operands, codec_result, codec_expression,
	codec_evaluation, codec_values, codec_summary_result, codec_accumulation, codec_path,
	codec_stat_result, codec_list_args, codec_list_result, codec_link_result,
	codec_digest_result, codec_space_result;

/* Of the arguments, and the result, of an operation of the raw protocol; NULL when there is none
 * like that. */
const struct codec *codec_of_arguments(unsigned int operation);
const struct codec *codec_of_result(unsigned int operation);

/* A copy without a byte to spare, so that a sanitizer sees what is read beyond it.  The caller's to
 * free. */
uint8_t *exact_copy(const uint8_t *bytes, size_t length);

/* Unpacks bytes that end where they end.  True when they decoded exactly; `again` (or NULL) gets
 * the value packed again, which shows that each byte came into its place. */
bool codec_unpack(const struct codec *codec, const uint8_t *bytes, size_t length,
		  struct buffer *again);

#endif
