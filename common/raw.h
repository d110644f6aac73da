/*
 * The raw protocol's pack and unpack: what rpcgen writes into *_xdr.c, written by hand.
 *
 * Integers are big-endian, nothing is padded (docs/protocol.md).  Errors are sticky: after the
 * first one a packer writes nothing more and an unpacker reads zeroes, so a caller checks once.
 */
#ifndef SIDECALL_COMMON_RAW_H
#define SIDECALL_COMMON_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"

#define RAW_VERSION 1
#define RAW_HEADER  8      /* bytes, of a call as of a reply */
#define RAW_REPLY   0x8000 /* in a reply's operation, which stands where a call has its version */

/* Operations are the procedures' numbers; file information's stand behind this. */
#define RAW_FILEINFO 100

enum raw_operation {
	RAW_NULL = 0,
	RAW_ADD = 1,
	RAW_SUBTRACT = 2,
	RAW_MULTIPLY = 3,
	RAW_DIVIDE = 4,
	RAW_EVALUATE = 5,
	RAW_SUMMARIZE = 6,
	RAW_ACCUMULATE = 7,
	RAW_STAT = 101,
	RAW_LIST = 102,
	RAW_READLINK = 103,
	RAW_DIGEST = 104,
	RAW_SPACE = 105
};

enum raw_status {
	RAW_OK = 0,
	RAW_BAD_VERSION = 1,
	RAW_BAD_OPERATION = 2,
	RAW_BAD_REQUEST = 3, /* the arguments do not decode exactly */
	RAW_TOO_LARGE = 4,   /* the reply does not fit the transport */
	RAW_SERVER_ERROR = 5,
	RAW_BUSY = 6,  /* not executed: this peer has used its share */
	RAW_DENIED = 7 /* not executed: this caller may not */
};

struct raw_call {
	uint32_t id;
	uint16_t version;
	uint16_t operation;
};

struct raw_reply {
	uint32_t id;
	uint16_t operation; /* the call's; RAW_REPLY is on the wire alone */
	uint16_t status;
};

/* Writes behind what `out` holds, at most `limit` bytes more. */
struct packer {
	struct buffer *out;
	size_t limit; /* bytes left to write */
	bool failed;  /* out of memory, or a value that the format cannot carry */
	bool full;    /* out of limit */
};

/* Reads bytes[0 .. left). */
struct unpacker {
	const uint8_t *bytes;
	size_t left;
	bool failed;
};

/* True when all went well and nothing is left over. */
bool unpacked_exactly(const struct unpacker *in);

/*
 * A header tells its direction, as RPC's message type does: what has RAW_REPLY set is no call, and
 * what has not is no reply.  To unpack one as the other is an error.  Otherwise a server would
 * answer another server's reply, and that one the answer, for ever.
 */
void raw_pack_call(struct packer *out, const struct raw_call *call);
void raw_unpack_call(struct unpacker *in, struct raw_call *call);
void raw_pack_reply(struct packer *out, const struct raw_reply *reply);
void raw_unpack_reply(struct unpacker *in, struct raw_reply *reply);

/*
 * The contract's types.  What is unpacked owns its memory, with malloc: free strings and values
 * with free(), and all of them with xdr_free(3) by rpcgen's filter, also after a failure.
 */
void raw_pack_operands(struct packer *out, const calc_operands *operands);
void raw_unpack_operands(struct unpacker *in, calc_operands *operands);
void raw_pack_result(struct packer *out, const calc_result *result);
void raw_unpack_result(struct unpacker *in, calc_result *result);
void raw_pack_expression(struct packer *out, const calc_expression *expression);
void raw_unpack_expression(struct unpacker *in, calc_expression *expression);
void raw_pack_evaluation(struct packer *out, const calc_evaluation *evaluation);
void raw_unpack_evaluation(struct unpacker *in, calc_evaluation *evaluation);
void raw_pack_values(struct packer *out, const calc_values *values);
void raw_unpack_values(struct unpacker *in, calc_values *values);
void raw_pack_summary_result(struct packer *out, const calc_summary_result *result);
void raw_unpack_summary_result(struct unpacker *in, calc_summary_result *result);
void raw_pack_accumulation(struct packer *out, const calc_accumulation *accumulation);
void raw_unpack_accumulation(struct unpacker *in, calc_accumulation *accumulation);

void raw_pack_path(struct packer *out, const fileinfo_path *path);
void raw_unpack_path(struct unpacker *in, fileinfo_path *path);
void raw_pack_stat_result(struct packer *out, const fileinfo_stat_result *result);
void raw_unpack_stat_result(struct unpacker *in, fileinfo_stat_result *result);
void raw_pack_list_args(struct packer *out, const fileinfo_list_args *args);
void raw_unpack_list_args(struct unpacker *in, fileinfo_list_args *args);
void raw_pack_list_result(struct packer *out, const fileinfo_list_result *result);
void raw_unpack_list_result(struct unpacker *in, fileinfo_list_result *result);
void raw_pack_link_result(struct packer *out, const fileinfo_link_result *result);
void raw_unpack_link_result(struct unpacker *in, fileinfo_link_result *result);
void raw_pack_digest_result(struct packer *out, const fileinfo_digest_result *result);
void raw_unpack_digest_result(struct unpacker *in, fileinfo_digest_result *result);
void raw_pack_space_result(struct packer *out, const fileinfo_space_result *result);
void raw_unpack_space_result(struct unpacker *in, fileinfo_space_result *result);

#endif
