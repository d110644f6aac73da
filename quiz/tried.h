/* Questions about what a server does: it is tried, by cases of `sidecall check`. */
#ifndef SIDECALL_QUIZ_TRIED_H
#define SIDECALL_QUIZ_TRIED_H

#include "check/check.h"
#include "quiz/question.h"

/* Makes some cases and adds a question for each that the server does rightly. */
void ask_about_tried(struct quiz_questions *questions, const struct check_target *target);

#endif
