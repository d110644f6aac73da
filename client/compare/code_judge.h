/* What follows from the code that was counted. */
#ifndef SIDECALL_CLIENT_COMPARE_CODE_JUDGE_H
#define SIDECALL_CLIENT_COMPARE_CODE_JUDGE_H

#include <jansson.h>

#include "client/compare/verdict.h"

/* See struct part. */
void code_judge(const json_t *part, struct verdict *verdict);

#endif
