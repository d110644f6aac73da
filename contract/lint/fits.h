/* Whether what one contract sends is what another one takes. */
#ifndef SIDECALL_CONTRACT_LINT_FITS_H
#define SIDECALL_CONTRACT_LINT_FITS_H

#include "contract/contract.h"

/* Hears of a place in a value, as in "arguments.list[].name", and what does not fit there. */
typedef void fits_listener(void *context, const char *place, const char *what);

/*
 * Holds the bytes that may be sent as one type against those that are taken as another, and tells
 * of each place where they may differ.  `place` is the value's own name.  0 or -ENOMEM.
 */
int fits_check(const struct type *taken, const struct type *sent, const char *place,
	       fits_listener *listener, void *context);

#endif
