/* Questions about the two ends of connections that were seen. */
#ifndef SIDECALL_QUIZ_ENDS_H
#define SIDECALL_QUIZ_ENDS_H

#include "quiz/question.h"

/* Adds some where ends have ports: which is whose, and what is alike in two connections. */
void ask_about_ends(struct quiz_questions *questions, const struct seen *seen);

#endif
