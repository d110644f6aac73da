/* Calls that no stub makes: of any program, version and procedure, with any arguments. */
#ifndef SIDECALL_COMPARE_LAB_CRAFTED_CALL_H
#define SIDECALL_COMPARE_LAB_CRAFTED_CALL_H

#include <rpc/rpc.h>

#include "client/client.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"

/* Arguments, and how each protocol writes them. */
struct crafted_arguments {
	xdrproc_t filter;
	void (*pack)(struct packer *out, const void *arguments);
	void *arguments;
};

struct crafted_call {
	uint32_t rpc_version; /* RPC_MSG_VERSION, unless that is what is odd */
	rpcprog_t program;
	rpcvers_t version;
	rpcproc_t procedure;
	uint16_t raw_version, operation;
	struct crafted_arguments arguments;
};

/* Calls of the calculator's highest version as its stubs make them, to be made odd. */
struct crafted_call crafted_add(calc_operands *operands);
struct crafted_call crafted_accumulate(calc_accumulation *accumulation);
struct crafted_call crafted_readlink(fileinfo_path *path);

/* Calls a procedure that no version of the calculator has; or a version that is not there, be it of
 * the program or of the raw protocol; or the lowest version. */
void crafted_unknown_procedure(struct crafted_call *call);
void crafted_unknown_version(struct crafted_call *call);
void crafted_lowest_version(struct crafted_call *call);

/* Words about the calculator as the contract has it, to be freed; NULL when out of memory.  In them
 * @l is its lowest version, @h the highest, @n one that is not there; @p a procedure that is not
 * there, and @c how many there are; @v its versions ("versions 1 and 2"). */
char *crafted_words(const char *text);

/* Gives accumulate() arguments without their last field, or with one behind it. */
void crafted_cut_short(struct crafted_call *call);
void crafted_lengthen(struct crafted_call *call);

/* Appends the call's bytes, named by `id`, without any framing.  0 or -errno. */
int crafted_encode(const struct crafted_call *call, enum endpoint_protocol protocol, uint32_t id,
		   struct buffer *out);

/* Takes the reply to a call apart, whose result is a number.  0 or the failure's code; `versions`,
 * unless NULL, gets those that a refusal names. */
struct crafted_versions {
	unsigned int low, high;
};
int crafted_decode(const struct crafted_call *call, struct client *client,
		   const struct message *reply, calc_result *result,
		   struct crafted_versions *versions, struct failure *failure);

/* Makes the call within the client's timeout: by the client's own runtime where that can send it,
 * else (raw, and another version of RPC) byte by byte.  As above. */
int crafted_exchange(const struct crafted_call *call, struct client *client, calc_result *result,
		     struct crafted_versions *versions, struct failure *failure);

#endif
