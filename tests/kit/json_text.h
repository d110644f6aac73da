/* What a document says in words. */
#ifndef SIDECALL_TESTS_KIT_JSON_TEXT_H
#define SIDECALL_TESTS_KIT_JSON_TEXT_H

#include <jansson.h>

/* A member that is a string, or "". */
static inline const char *json_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

#endif
