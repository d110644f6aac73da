/*
 * The raw protocol, the client's end: the stubs, written by hand.  Each has the shape of its twin
 * in what rpcgen writes: arguments, result, client.
 */
#ifndef SIDECALL_CLIENT_RAW_H
#define SIDECALL_CLIENT_RAW_H

#include "client/runtime/pending.h"
#include "common/raw.h"

/* A call that has left, and what its stub would do with the reply. */
struct raw_pending {
	struct pending any; /* first: what all protocols keep */
	void (*unpack)(struct unpacker *in, void *result);
	uint16_t operation; /* the reply repeats it */
};

struct raw_client {
	struct channel *channel; /* the caller's */
	int64_t deadline;        /* by when the next call ends, whatever the peer does */
	struct buffer call;
	bool sent; /* the last call left: it may have been executed, whatever became of it */
	struct raw_pending *pending; /* set it to have the next call not wait: see raw_finish() */
};

void raw_client_init(struct raw_client *client, struct channel *channel, int64_t deadline);
void raw_client_release(struct raw_client *client);

/*
 * Each returns 0 and the result; a positive enum raw_status that the server refused the call with;
 * or -errno: -EINVAL for arguments that cannot be packed, -EBADMSG for a result that cannot be
 * unpacked, -ECONNRESET when the peer closed, -EPROTO when it sent something that is no reply,
 * -ETIMEDOUT.  What a result owns is freed as common/raw.h says, also after -EBADMSG.
 */
int raw_null(void *arguments, void *result, struct raw_client *client);
int raw_add(calc_operands *arguments, calc_result *result, struct raw_client *client);
int raw_subtract(calc_operands *arguments, calc_result *result, struct raw_client *client);
int raw_multiply(calc_operands *arguments, calc_result *result, struct raw_client *client);
int raw_divide(calc_operands *arguments, calc_result *result, struct raw_client *client);
int raw_evaluate(calc_expression *arguments, calc_evaluation *result, struct raw_client *client);
int raw_summarize(calc_values *arguments, calc_summary_result *result, struct raw_client *client);
int raw_accumulate(calc_accumulation *arguments, calc_result *result, struct raw_client *client);
int raw_stat(fileinfo_path *arguments, fileinfo_stat_result *result, struct raw_client *client);
int raw_list(fileinfo_list_args *arguments, fileinfo_list_result *result,
	     struct raw_client *client);
int raw_readlink(fileinfo_path *arguments, fileinfo_link_result *result, struct raw_client *client);
int raw_digest(fileinfo_path *arguments, fileinfo_digest_result *result, struct raw_client *client);
int raw_space(fileinfo_path *arguments, fileinfo_space_result *result, struct raw_client *client);

/* Whether a message is a reply, and repeats the operation of a call of ours. */
bool raw_answers(const void *call, const struct message *message);

/*
 * A stub whose client has `pending` set returns -EINPROGRESS as soon as its call has left, or as it
 * does when a call cannot leave (-EAGAIN: the channel has no room now).  `pending` and the stub's
 * result live until the reply has come, and is handed to this function, which returns what the stub
 * would have returned.
 */
int raw_finish(const struct raw_pending *pending, const struct message *reply);

#endif
