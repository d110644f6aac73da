/* What a server on a byte stream is held to: record marking (RFC 5531, section 11). */
#include "check/check.h"
#include "check/fragments.h"
#include "check/several.h"

#define MARKS "RFC 5531, section 11"

/* clang-format off */
const struct check_case check_stream_cases[] = {
	{ "fragments", CHECK_STREAMS,
	  "A record may come in two fragments, cut within a number.", MARKS,
	  "libtirpc's client cuts what is longer than its buffer.",
	  .send = send_two_fragments, .passes = CHECK_SUCCESS },
	{ "fragments-bytes", CHECK_STREAMS,
	  "A record may come in fragments of a byte each.", MARKS,
	  "Who bounds the number of fragments refuses what is allowed.",
	  .send = send_byte_fragments, .passes = CHECK_SUCCESS },
	{ "fragment-empty-first", CHECK_STREAMS,
	  "A fragment may be empty, also the first.", MARKS,
	  "A client that flushes an empty buffer sends one.",
	  .send = send_empty_first, .passes = CHECK_SUCCESS },
	{ "fragment-empty", CHECK_STREAMS,
	  "A fragment may be empty, also within a record.", MARKS,
	  "A client that flushes an empty buffer sends one.",
	  .send = send_empty_within, .passes = CHECK_SUCCESS },
	{ "fragment-empty-last", CHECK_STREAMS,
	  "A fragment may be empty, also the last, which ends the record.", MARKS,
	  "A client whose message fills its buffer exactly ends it like that.",
	  .send = send_empty_last, .passes = CHECK_SUCCESS },
	{ "segments-bytes", CHECK_STREAMS,
	  "A record may come a byte at a time: a stream has no messages.", MARKS,
	  "Who takes what one read returns for a message fails when the network is busy.",
	  .send = send_byte_segments, .passes = CHECK_SUCCESS },
	{ "segment-half-mark", CHECK_STREAMS,
	  "A record's mark may come in two parts.", MARKS,
	  "Who takes two bytes for a mark reads a length that nobody wrote.",
	  .send = send_half_mark, .passes = CHECK_SUCCESS },
	{ "segment-half-call", CHECK_STREAMS,
	  "A record may come in two parts, with a pause between them.", MARKS,
	  "Who takes what one read returns for a message fails when the network is busy.",
	  .send = send_half_message, .passes = CHECK_SUCCESS },
	{ "calls-together", CHECK_STREAMS,
	  "Several records may come in one segment; each is answered.", MARKS,
	  "Who answers the first and drops the rest lets every pipelining client wait.",
	  .run = run_one_segment, .passes = CHECK_SUCCESS },
	{ "caller-leaves", CHECK_STREAMS,
	  "A caller that closes within a record harms no other one.", MARKS,
	  "Clients are killed at any time.",
	  .run = run_left, .passes = CHECK_SUCCESS },
	{ 0 },
};
/* clang-format on */
