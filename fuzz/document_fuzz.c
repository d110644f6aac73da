/* What `sidecall compare --from` and `--against` read: JSON of anybody's making. */
#include <jansson.h>

#include "compare/against.h"
#include "compare/document.h"
#include "fuzz/fuzz.h"

/* Nothing became of a document that is held against itself. */
static void check_against_itself(json_t *document)
{
	struct failure failure = { 0 };
	json_t *against = against_make(document, document, &failure);

	if (!against) {
		MUST(failure.code == FAILURE_DATA && failure.why[0]);
		return;
	}
	MUST(json_integer_value(json_object_get(against, "better")) == 0);
	MUST(json_integer_value(json_object_get(against, "unjudged")) >= 0);
	MUST(!against_is_worse(against));
	json_object_set_new(document, "against", against);
}

/* It can be shown, on a terminal without control characters, and as a report. */
static void check_shown(const json_t *document)
{
	char *text = NULL;
	struct text out = { .terminal = true };
	size_t size;

	out.file = open_memstream(&text, &size);
	MUST(out.file != NULL);
	document_print(document, &out);
	fclose(out.file);
	for (size_t i = 0; i < size; i++)
		MUST((unsigned char)text[i] >= ' ' || text[i] == '\n');
	free(text);
	out.file = fopen("/dev/null", "w");
	MUST(out.file != NULL);
	document_write(document, out.file);
	fclose(out.file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *document = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	struct failure failure = { 0 };

	if (!document)
		return 0;
	if (document_adopt(document, "it", &failure) == 0) {
		check_against_itself(document);
		check_shown(document);
	} else {
		MUST(failure.code == FAILURE_DATA && failure.why[0]);
	}
	json_decref(document);
	return 0;
}
