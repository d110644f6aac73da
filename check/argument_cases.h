/* Cases made of a procedure's example arguments, each with something else in them. */
#ifndef SIDECALL_CHECK_ARGUMENT_CASES_H
#define SIDECALL_CHECK_ARGUMENT_CASES_H

#include "check/argument_faults.h"
#include "check/check.h"
#include "contract/contract.h"
#include "contract/value/walk.h"

struct making {
	const struct contract_procedure *procedure;
	bool (*take)(void *context, const struct check_case *row);
	void *context;
	struct buffer example; /* the bytes of well-formed arguments */
};

/* Each hands out a case, and returns what who takes it does.  The example up to so many bytes, with
 * four more behind it, and with another number where the walk is. */
bool hand_out_cut(const struct making *making, const struct fault *fault, size_t length);
bool hand_out_more(const struct making *making, const struct fault *fault);
bool hand_out_number(const struct making *making, const struct fault *fault,
		     const struct walk *walk, uint32_t number);

/* With 1 in the place of a zero byte, which is the walk's. */
bool hand_out_byte(const struct making *making, const struct fault *fault, const struct walk *walk,
		   size_t at);

/* With another field in the place of the data or array whose length the walk is at; of the field's
 * bytes those decide. */
bool hand_out_instead(const struct making *making, const struct fault *fault,
		      const struct walk *walk, const struct buffer *field, size_t at,
		      size_t length);

/* Where in the example that data, or array, ends. */
size_t field_end(const struct making *making, const struct walk *walk);

#endif
