/* What may be wrong with arguments, each with the rule that it breaks. */
#include "check/argument_faults.h"

#include "check/reply.h"

#define OTHER_REASON "a call may be refused unread; some procedures never answer, as in batching"
#define ANY_NUMBER   "to encode it is an error; what a reader does with it is not said"

#define LENGTHS        "RFC 4506, sections 4.10, 4.11, 4.13"
#define REFUSED_BEFORE (CHECK_PROC_UNAVAIL | CHECK_AUTH_ERROR | CHECK_UNANSWERED)
/* Whatever the procedure answers: one that calls another program hands its refusals on. */
#define EXECUTED (CHECK_SUCCESS | CHECK_PROG_UNAVAIL | CHECK_PROG_MISMATCH | CHECK_SYSTEM_ERR)

const struct fault fault_missing = {
	"missing",
	"A call without the arguments that its procedure takes is refused: GARBAGE_ARGS.",
	"RFC 5531, section 9",
	"Who does not notice executes it with what the memory holds behind the message.",
	REFUSED_BEFORE,
	OTHER_REASON,
};
const struct fault fault_cut = {
	"cut",
	"A call whose arguments lack their last four bytes is refused: GARBAGE_ARGS.",
	"RFC 5531, section 9",
	"Who does not notice executes it with what the memory holds behind the message.",
	REFUSED_BEFORE,
	OTHER_REASON,
};
const struct fault fault_behind = {
	"behind",
	"Bytes behind the arguments are refused, GARBAGE_ARGS, or passed over.",
	"RFC 5531, section 9",
	"Who passes over them takes the call of a newer contract for one of its own.",
	REFUSED_BEFORE | EXECUTED,
	"what is to be done with them is not said",
};
const struct fault fault_padding = {
	"padding",
	"Data is filled up to a multiple of four bytes by zeroes, and by nothing else.",
	"RFC 4506, section 3",
	"Two messages for the same value have two digests: what is signed, or compared by bytes, "
	"is no longer sure. And what a writer left in its memory gets out.",
	REFUSED_BEFORE | EXECUTED,
	"to write others is an error; what a reader does with them is not said",
};
const struct fault fault_length_huge = {
	"length-huge",
	"A length of four billion is beyond the message, and mostly beyond the bound: "
	"GARBAGE_ARGS.",
	LENGTHS,
	"Who takes memory for it before looking for the data is ended by 44 bytes.",
	REFUSED_BEFORE,
	OTHER_REASON,
};
const struct fault fault_length_beyond = {
	"length-beyond",
	"A length of one more than what is there is refused: GARBAGE_ARGS.",
	LENGTHS,
	"Who does not hold it against what is left reads what the memory holds behind the message.",
	REFUSED_BEFORE,
	OTHER_REASON,
};

#define OVER_BOUND                                                                                 \
	"Data of one byte, or an array of one item, more than its bound is refused, though all "   \
	"of it is there: GARBAGE_ARGS."
#define BEYOND_END                                                                                 \
	"Who has room for what the contract allows, and copies more, writes beyond its end."

const struct fault fault_over_bound = {
	"over-bound", OVER_BOUND, LENGTHS, BEYOND_END, REFUSED_BEFORE, OTHER_REASON,
};
const struct fault fault_over_bound_long = {
	"over-bound",
	OVER_BOUND,
	LENGTHS,
	BEYOND_END,
	REFUSED_BEFORE | CHECK_CLOSED,
	OTHER_REASON "; and one that is so long may end the connection",
};
const struct fault fault_bool_2 = {
	"bool-2",
	"A bool is 0 or 1; whether optional data is there is one.",
	"RFC 4506, sections 4.4 and 4.19",
	"Two readers that take 2 for true, and for not 1, disagree about one message.",
	REFUSED_BEFORE | EXECUTED,
	ANY_NUMBER,
};
const struct fault fault_undeclared = {
	"enum-undeclared",
	"An enum has the numbers that its declaration assigns.",
	"RFC 4506, section 4.3",
	"A number without a name reaches code that was written for those with one.",
	REFUSED_BEFORE | EXECUTED,
	ANY_NUMBER,
};
const struct fault fault_no_arm = {
	"union-no-arm",
	"A union without a default has no arm for another number: GARBAGE_ARGS.",
	"RFC 4506, section 4.15",
	"Nobody knows how long it is, so what stands behind it is misread.",
	REFUSED_BEFORE,
	OTHER_REASON,
};
