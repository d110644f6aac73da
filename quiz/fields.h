/* Questions about the fields of messages that were seen. */
#ifndef SIDECALL_QUIZ_FIELDS_H
#define SIDECALL_QUIZ_FIELDS_H

#include "quiz/question.h"

/* Adds for each field: what its bytes say; which bytes it has; where it begins.  Of a message: how
 * long it is, and what its bytes are spent on. */
void ask_about_fields(struct quiz_questions *questions, const struct seen *seen);

#endif
