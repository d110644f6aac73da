/* Which questions are asked, and in which order. */
#include "quiz/choose.h"

#include <string.h>

#include <string.h>

/* splitmix64 */
uint64_t choose_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Whether it was asked itself, or another one that comes to the same. */
static bool was_asked(const struct quiz_questions *questions, const struct quiz_question *question)
{
	for (size_t i = 0; i < questions->count; i++)
		if (questions->all[i].asked && question_same(&questions->all[i], question))
			return true;
	return false;
}

static size_t count_asked(const struct quiz_questions *questions, const char *kind)
{
	size_t count = 0;

	for (size_t i = 0; i < questions->count; i++)
		count += questions->all[i].asked && strcmp(questions->all[i].kind, kind) == 0;
	return count;
}

const struct quiz_question *choose_question(struct quiz_questions *questions, uint64_t *state)
{
	struct quiz_question *chosen = NULL;
	size_t least = SIZE_MAX, equal = 0;

	for (size_t i = 0; i < questions->count; i++) {
		struct quiz_question *question = &questions->all[i];
		size_t asked = count_asked(questions, question->kind);

		if (asked > least || was_asked(questions, question))
			continue;
		equal = asked < least ? 1 : equal + 1;
		least = asked;
		/* Each of those that are equal so far is it with the same chance. */
		if (choose_next(state) % equal == 0)
			chosen = question;
	}
	if (chosen)
		chosen->asked = true;
	return chosen;
}
