/* Which questions are asked, and in which order. */
#ifndef SIDECALL_QUIZ_CHOOSE_H
#define SIDECALL_QUIZ_CHOOSE_H

#include <stdint.h>

#include "quiz/question.h"

/* A number that follows from the one before, and looks like chance. */
uint64_t choose_next(uint64_t *state);

/* Takes the next question, of the kind that was asked least, by chance among those; NULL: there is
 * none that was not asked yet. */
const struct quiz_question *choose_question(struct quiz_questions *questions, uint64_t *state);

#endif
