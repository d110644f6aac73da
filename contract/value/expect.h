/* What a type takes, in words. */
#ifndef SIDECALL_CONTRACT_VALUE_EXPECT_H
#define SIDECALL_CONTRACT_VALUE_EXPECT_H

#include "contract/contract.h"

#define EXPECT_ROOM 240 /* bytes */

/* As in "an unsigned int", "a string of at most 64 bytes", "an object: a, b".  The text. */
const char *expect_words(const struct type *type, char words[EXPECT_ROOM]);

#endif
