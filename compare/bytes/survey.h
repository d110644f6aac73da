/* Asking several endpoints the same, and showing side by side what each made of it. */
#ifndef SIDECALL_COMPARE_BYTES_SURVEY_H
#define SIDECALL_COMPARE_BYTES_SURVEY_H

#include "client/client.h"
#include "client/procedures.h"
#include "common/text.h"

#define COMPARE_MAX_ENDPOINTS 16
#define COMPARE_MAX_OPERANDS  4

/* Operands that stand for what is found in the root. */
#define COMPARE_FILE "\001file"
#define COMPARE_LINK "\001link"

struct relay;

/* A call that every endpoint is asked; the operands end with NULL. */
struct sample {
	const char *procedure;
	const char *operands[COMPARE_MAX_OPERANDS + 1];
};

/* One or two for each procedure. */
#define SURVEY_SAMPLES 15
extern const struct sample survey_samples[SURVEY_SAMPLES];

/* What one endpoint made of one sample. */
struct answer {
	char *json;              /* NULL when the call failed */
	char *lasting;           /* the same without what others change while it is asked */
	bool counted;            /* whether the bytes are known */
	uint64_t sent, received; /* bytes, framing included */
};

/* What all endpoints made of one sample. */
struct row {
	const struct sample *sample;
	struct answer answers[COMPARE_MAX_ENDPOINTS];
	bool equal; /* all answers are */
};

struct survey {
	struct client clients[COMPARE_MAX_ENDPOINTS];
	/* Whoever counts the bytes of one that does not do so itself; NULL: nobody. */
	const struct relay *relays[COMPARE_MAX_ENDPOINTS];
	int count;
	char file[FILEINFO_MAX_NAME + 1], link[FILEINFO_MAX_NAME + 1];
};

/* Finds a file and a link in the root to ask about; names that do not exist serve as well. */
void survey_find_paths(struct survey *survey);

#define SURVEY_CALL 1024 /* bytes */

/* A call as it would be typed. */
const char *survey_call(const struct survey *survey, const struct sample *sample,
			char call[SURVEY_CALL]);

/*
 * Asks every endpoint the row's sample, until all answers are equal, or a few times.  0 with an
 * answer from each endpoint; or -1, with the failure and the index of its endpoint.
 * The answers, which start at zero, are to be released whatever it returns.
 */
int survey_ask(struct survey *survey, struct row *row, struct failure *failure, int *failed);
void row_release(struct row *row);

/*
 * The table: the columns' names, and a line for each row.  Endpoints whose calls and replies took
 * as many bytes as each other's in all rows share a column.
 */
void survey_print(const struct survey *survey, const struct row rows[], int count,
		  const struct text *out);

/* A row as a JSON object on a line of standard output. */
void survey_print_json(const struct survey *survey, const struct row *row);

#endif
