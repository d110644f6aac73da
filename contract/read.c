/* Contracts opened, and texts added to them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "contract/built_in.h"
#include "contract/reading.h"

static void read_source(struct reading *reading, const struct source *source)
{
	reading->input = NULL;
	reading_begin(reading, source);
	reading_definitions(reading);
}

static void read_text(struct reading *reading, const char *name, const char *text, size_t length,
		      bool predefined)
{
	struct source *source = (struct source *)reading_source(reading, name, text, length);

	source->predefined = predefined;
	read_source(reading, source);
}

static int add_text(struct reading *reading, const char *name, const char *text, size_t length,
		    bool predefined)
{
	jmp_buf given_up;

	if (length > CONTRACT_MAX_TEXT)
		return -EFBIG;
	reading->given_up = &given_up;
	if (setjmp(given_up))
		return reading->reason;
	read_text(reading, name, text, length, predefined);
	return 0;
}

struct contract *contract_open(void)
{
	struct reading *reading = calloc(1, sizeof(*reading));

	if (!reading)
		return NULL;
	reading->last_value = &reading->first_value;
	reading->last_number = &reading->first_number;
	reading->last_draft = &reading->first_draft;
	if (add_text(reading, "predefined.x", predefined_x, strlen(predefined_x), true) == 0)
		return &reading->contract;
	contract_close(&reading->contract);
	return NULL;
}

int contract_add(struct contract *contract, const char *name, const char *text, size_t length)
{
	return add_text((struct reading *)contract, name, text, length, false);
}

int contract_add_file(struct contract *contract, const char *path)
{
	struct reading *reading = (struct reading *)contract;
	const struct source *source;
	jmp_buf given_up;
	int error;

	reading->given_up = &given_up;
	if (setjmp(given_up))
		return reading->reason;
	source = reading_file(reading, path, true, &error);
	if (!source)
		return error;
	if (!reading_had(reading, source))
		read_source(reading, source);
	return 0;
}

int contract_define(struct contract *contract, const char *name, const char *value)
{
	char *text;
	int length = asprintf(&text, "#define %s %s", name, value);
	int r;

	if (length < 0)
		return -ENOMEM;
	r = contract_add(contract, name, text, (size_t)length);
	free(text);
	return r;
}
