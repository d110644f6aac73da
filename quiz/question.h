/* A question, and whether somebody's answer is right. */
#ifndef SIDECALL_QUIZ_QUESTION_H
#define SIDECALL_QUIZ_QUESTION_H

#include <stdbool.h>
#include <stdio.h>

#include "quiz/seen.h"

#define QUESTIONS_MOST 512
#define QUESTION_TEXT  400

enum question_answer {
	QUESTION_NUMBER, /* decimal, or hexadecimal behind 0x; or the word in `also` */
	QUESTION_BYTES   /* in hexadecimal, with blanks or without */
};

/* What is hidden of a message that is shown. */
enum question_hides {
	QUESTION_HIDES_VALUE = 1, /* of the field */
	QUESTION_HIDES_BYTES = 2, /* of the field */
	QUESTION_HIDES_OFFSETS = 4,
	QUESTION_HIDES_LENGTH = 8 /* of the message */
};

struct quiz_question {
	const char *kind, *about;           /* two that have both in common are the same */
	bool rpc, call;                     /* and these, too */
	const struct seen_message *message; /* is shown; or NULL */
	const struct seen_field *field;     /* of it; or NULL */
	unsigned int hides;
	char shown[QUESTION_TEXT]; /* instead of a message */
	char text[QUESTION_TEXT];  /* what is asked */
	enum question_answer answer;
	char right[64];          /* as it is shown */
	char also[64];           /* another word for it; "": none */
	char why[QUESTION_TEXT]; /* it is right */
	bool asked;
};

/* Those that were made, and not asked yet; all zeroes are none. */
struct quiz_questions {
	struct quiz_question all[QUESTIONS_MOST];
	size_t count;
};

/* A new one at the end; NULL: there are as many as there may be. */
struct quiz_question *question_add(struct quiz_questions *questions);

bool question_same(const struct quiz_question *a, const struct quiz_question *b);

/* Whether what somebody wrote is right.  Blanks around it, and large letters, do not matter. */
bool question_is_right(const struct quiz_question *question, const char *given);

void question_show(const struct quiz_question *question, FILE *out);

#endif
