/* Results as JSON. */
#include "client/json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/json_write.h"
#include "client/status.h"
#include "common/text.h"
#include "idl/calc.h"

/* ---- strings and numbers that JSON does not have ---- */

static void set_hex(json_t *object, const char *key, const void *bytes, size_t length)
{
	static const char figures[] = "0123456789abcdef";
	char *text = malloc(2 * length + 1);

	if (!text)
		return;
	for (size_t i = 0; i < length; i++) {
		text[2 * i] = figures[((const unsigned char *)bytes)[i] >> 4];
		text[2 * i + 1] = figures[((const unsigned char *)bytes)[i] & 15];
	}
	text[2 * length] = '\0';
	json_object_set_new(object, key, json_string(text));
	free(text);
}

void json_set_bytes(json_t *object, const char *key, const char *bytes)
{
	size_t length = strlen(bytes), used = 0;
	char *text = malloc(3 * length + 1), hex_key[32];
	bool replaced = false;

	if (!text)
		return;
	for (const char *from = bytes; *from;) {
		size_t n = text_character(from);

		memcpy(text + used, n ? from : "\xef\xbf\xbd", n ? n : 3);
		used += n ? n : 3;
		from += n ? n : 1;
		replaced = replaced || !n;
	}
	text[used] = '\0';
	json_object_set_new(object, key, json_string(text));
	free(text);
	if (!replaced)
		return;
	snprintf(hex_key, sizeof(hex_key), "%s_hex", key);
	set_hex(object, hex_key, bytes, length);
}

static json_t *json_unsigned(uint64_t value)
{
	char text[24];

	if (value <= INT64_MAX)
		return json_integer((json_int_t)value);
	snprintf(text, sizeof(text), "%" PRIu64, value);
	return json_string(text);
}

static void set_unsigned(json_t *object, const char *key, uint64_t value)
{
	json_object_set_new(object, key, json_unsigned(value));
}

static json_t *with_status(const char *name)
{
	return json_pack("{s:s}", "status", name);
}

/* ---- calc.x ---- */

json_t *json_nothing(const void *result)
{
	(void)result;
	return with_status("OK");
}

json_t *json_number(const void *result)
{
	const calc_result *number = result;
	json_t *object = with_status(calc_status_name(number->status));

	if (number->status == CALC_OK)
		json_object_set_new(object, "value", json_integer(number->calc_result_u.value));
	return object;
}

json_t *json_evaluation(const void *result)
{
	const calc_evaluation *evaluation = result;
	json_t *object = with_status(calc_status_name(evaluation->status));

	if (evaluation->status == CALC_OK)
		json_object_set_new(object, "value",
				    json_double(evaluation->calc_evaluation_u.value));
	else if (evaluation->status == CALC_SYNTAX)
		set_unsigned(object, "position", evaluation->calc_evaluation_u.position);
	return object;
}

json_t *json_summary(const void *result)
{
	const calc_summary_result *summarized = result;
	const calc_summary *summary = &summarized->calc_summary_result_u.summary;
	json_t *object = with_status(calc_status_name(summarized->status));

	if (summarized->status != CALC_OK)
		return object;
	set_unsigned(object, "count", summary->count);
	json_object_set_new(object, "sum", json_integer(summary->sum));
	json_object_set_new(object, "minimum", json_integer(summary->minimum));
	json_object_set_new(object, "maximum", json_integer(summary->maximum));
	json_object_set_new(object, "mean", json_double(summary->mean));
	json_object_set_new(object, "deviation", json_double(summary->deviation));
	return object;
}

/* ---- fileinfo.x ---- */

static json_t *json_time(const fileinfo_time *time)
{
	return json_pack("{s:I,s:I}", "seconds", (json_int_t)time->seconds, "nanoseconds",
			 (json_int_t)time->nanoseconds);
}

static void set_stat(json_t *object, const fileinfo_stat_result *result)
{
	const fileinfo_attributes *attributes = &result->fileinfo_stat_result_u.attributes;
	char mode[8];

	json_object_set_new(object, "status", json_string(fileinfo_status_name(result->status)));
	if (result->status != FILEINFO_OK)
		return;
	snprintf(mode, sizeof(mode), "%04o", attributes->mode & 07777U);
	json_object_set_new(object, "type", json_string(fileinfo_type_name(attributes->type)));
	json_object_set_new(object, "mode", json_string(mode));
	set_unsigned(object, "links", attributes->links);
	set_unsigned(object, "uid", attributes->uid);
	set_unsigned(object, "gid", attributes->gid);
	set_unsigned(object, "size", attributes->size);
	set_unsigned(object, "allocated", attributes->allocated);
	set_unsigned(object, "device", attributes->device);
	set_unsigned(object, "inode", attributes->inode);
	json_object_set_new(object, "accessed", json_time(&attributes->accessed));
	json_object_set_new(object, "modified", json_time(&attributes->modified));
	json_object_set_new(object, "changed", json_time(&attributes->changed));
}

json_t *json_stat(const void *result)
{
	json_t *object = json_object();

	set_stat(object, result);
	return object;
}

json_t *json_entry(const char *path, const fileinfo_entry *entry)
{
	json_t *object = json_object();

	json_set_bytes(object, "name", path);
	set_stat(object, &entry->stat);
	return object;
}

json_t *json_list(const void *result)
{
	const fileinfo_list_result *list = result;
	const fileinfo_page *page = &list->fileinfo_list_result_u.page;
	json_t *object = with_status(fileinfo_status_name(list->status)), *entries;

	if (list->status != FILEINFO_OK)
		return object;
	entries = json_array();
	for (u_int i = 0; i < page->entries.entries_len; i++) {
		const fileinfo_entry *entry = &page->entries.entries_val[i];
		json_t *item = json_entry(entry->name, entry);

		set_unsigned(item, "cookie", entry->cookie);
		json_array_append_new(entries, item);
	}
	json_object_set_new(object, "entries", entries);
	json_object_set_new(object, "end", json_boolean(page->end));
	return object;
}

json_t *json_link(const void *result)
{
	const fileinfo_link_result *link = result;
	json_t *object = with_status(fileinfo_status_name(link->status));

	if (link->status == FILEINFO_OK)
		json_set_bytes(object, "target", link->fileinfo_link_result_u.target);
	return object;
}

json_t *json_digest(const void *result)
{
	const fileinfo_digest_result *digested = result;
	const fileinfo_digest *digest = &digested->fileinfo_digest_result_u.digest;
	json_t *object = with_status(fileinfo_status_name(digested->status));

	if (digested->status != FILEINFO_OK)
		return object;
	set_unsigned(object, "size", digest->size);
	set_hex(object, "sha256", digest->sha256, sizeof(digest->sha256));
	return object;
}

json_t *json_space(const void *result)
{
	const fileinfo_space_result *spaced = result;
	const fileinfo_space *space = &spaced->fileinfo_space_result_u.space;
	json_t *object = with_status(fileinfo_status_name(spaced->status));

	if (spaced->status != FILEINFO_OK)
		return object;
	set_unsigned(object, "bytes_total", space->bytes_total);
	set_unsigned(object, "bytes_free", space->bytes_free);
	set_unsigned(object, "bytes_available", space->bytes_available);
	set_unsigned(object, "files_total", space->files_total);
	set_unsigned(object, "files_free", space->files_free);
	return object;
}

const char *json_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

void json_print(json_t *value)
{
	json_write(stdout, value, 0);
	putchar('\n');
	json_decref(value);
}
