/* Values as text: how the fields of a message are shown. */
#include "trace/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* Bytes that a terminal would act upon, or cannot show, become escapes.  How many were written. */
static int escape_byte(char *text, size_t size, uint8_t byte)
{
	if (byte == '\n')
		return snprintf(text, size, "\\n");
	if (byte == '\t')
		return snprintf(text, size, "\\t");
	if (byte == '"' || byte == '\\')
		return snprintf(text, size, "\\%c", byte);
	if (byte < ' ' || byte > '~')
		return snprintf(text, size, "\\%03o", byte);
	return snprintf(text, size, "%c", byte);
}

void value_string(char *text, size_t size, const uint8_t *bytes, size_t length)
{
	size_t used = 0;

	text[used++] = '"';
	for (size_t i = 0; i < length && used + 6 < size; i++)
		used += (size_t)escape_byte(text + used, size - used, bytes[i]);
	text[used++] = '"';
	text[used] = '\0';
}

void value_hex(char *text, size_t size, const uint8_t *bytes, size_t length)
{
	text[0] = '\0';
	for (size_t i = 0; i < length && 2 * i + 2 < size; i++)
		snprintf(text + 2 * i, size - 2 * i, "%02x", bytes[i]);
}

void value_seconds(char *text, size_t size, int64_t seconds)
{
	const time_t time = seconds;
	struct tm date;
	char words[64];

	if (gmtime_r(&time, &date) && strftime(words, sizeof(words), "%F %T UTC", &date))
		snprintf(text, size, "%" PRId64 " (%s)", seconds, words);
	else
		snprintf(text, size, "%" PRId64, seconds);
}
