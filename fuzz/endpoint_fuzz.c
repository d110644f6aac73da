/* Endpoints: the text that an endpoint is written as is read as the same endpoint. */
#include "common/endpoint.h"

#include <string.h>

#include "fuzz/fuzz.h"

static void check(const char *text)
{
	struct endpoint endpoint, again;
	char written[ENDPOINT_MAX_TEXT], rewritten[ENDPOINT_MAX_TEXT];
	const char *why = endpoint_parse(&endpoint, text);

	if (why) {
		MUST(why[0] != '\0');
		return;
	}
	MUST(endpoint.port >= -1 && endpoint.port <= 65535);
	MUST(!endpoint.host[0] || endpoint_has_host(&endpoint));
	MUST(!endpoint.path[0] || !endpoint_has_host(&endpoint));
	endpoint_format(&endpoint, written);
	MUST(endpoint_parse(&again, written) == NULL);
	/* Both were cleared whole before they were filled in. */
	MUST(memcmp(&again, &endpoint, sizeof(again)) == 0);
	endpoint_format(&again, rewritten);
	MUST(strcmp(rewritten, written) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = exact_text(data, size);

	check(text);
	free(text);
	return 0;
}
