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
#include "contract/contract.h"

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

/* ---- results, by the contract's types ---- */

static void set_member(json_t *object, XDR *in, const struct member *member);

static void set_members(json_t *object, XDR *in, const struct type *type)
{
	for (size_t i = 0; i < type->member_count; i++)
		set_member(object, in, &type->members[i]);
}

/* A status is its name in the contract, and a kind the same in small letters. */
static json_t *read_enum(XDR *in, const struct type *type)
{
	char small[STATUS_ROOM];
	enum_t value = 0;

	xdr_enum(in, &value);
	if (strstr(type->name, "_status"))
		return json_string(status_name(type->name, value));
	return json_string(status_small_name(type->name, value, small));
}

/* Permissions are written in the figures that people know them by. */
static json_t *read_unsigned(XDR *in, const char *name)
{
	char mode[8];
	u_int value = 0;

	xdr_u_int(in, &value);
	if (strcmp(name, "mode") != 0)
		return json_unsigned(value);
	snprintf(mode, sizeof(mode), "%04o", value & 07777U);
	return json_string(mode);
}

static json_t *read_hyper(XDR *in, bool has_sign)
{
	int64_t value = 0;

	xdr_int64_t(in, &value);
	return has_sign ? json_integer(value) : json_unsigned((uint64_t)value);
}

static json_t *read_double(XDR *in)
{
	double value = 0;

	xdr_double(in, &value);
	return json_double(value);
}

static json_t *read_bool(XDR *in)
{
	bool_t value = FALSE;

	xdr_bool(in, &value);
	return json_boolean(value);
}

static json_t *read_struct(XDR *in, const struct type *type)
{
	json_t *object = json_object(), *cookie;

	set_members(object, in, type);
	/* It has always stood behind what is said of the entry. */
	cookie = json_incref(json_object_get(object, "cookie"));
	if (cookie && json_object_del(object, "cookie") == 0)
		json_object_set_new(object, "cookie", cookie);
	return object;
}

static json_t *read_value(XDR *in, const struct type *type, const char *name);

static json_t *read_array(XDR *in, const struct type *type)
{
	json_t *array = json_array();
	u_int count = 0;

	xdr_u_int(in, &count);
	while (count-- > 0)
		json_array_append_new(array, read_value(in, type->item, ""));
	return array;
}

static json_t *read_value(XDR *in, const struct type *type, const char *name)
{
	switch (type->kind) {
	case TYPE_UNSIGNED:
		return read_unsigned(in, name);
	case TYPE_HYPER:
	case TYPE_UNSIGNED_HYPER:
		return read_hyper(in, type->kind == TYPE_HYPER);
	case TYPE_DOUBLE:
		return read_double(in);
	case TYPE_BOOL:
		return read_bool(in);
	case TYPE_ENUM:
		return read_enum(in, type);
	case TYPE_ARRAY:
		return read_array(in, type);
	case TYPE_STRUCT:
		return read_struct(in, type);
	default: /* no result has another one */
		return json_null();
	}
}

static void set_string(json_t *object, XDR *in, const struct member *member)
{
	char *text = NULL;

	if (!xdr_string(in, &text, member->type->bound))
		return;
	json_set_bytes(object, member->name, text);
	free(text);
}

static void set_opaque(json_t *object, XDR *in, const struct member *member)
{
	char *bytes = malloc(member->type->bound);

	if (bytes && xdr_opaque(in, bytes, member->type->bound))
		set_hex(object, member->name, bytes, member->type->bound);
	free(bytes);
}

/* A union's status, and what comes with it, stand side by side. */
static void set_union(json_t *object, XDR *in, const struct type *type)
{
	const struct member *arm;
	enum_t status = 0;

	xdr_enum(in, &status);
	json_object_set_new(object, type->discriminant.name,
			    json_string(status_name(type->discriminant.type->name, status)));
	arm = contract_arm(type, status);
	if (arm && arm->name && arm->type->kind == TYPE_STRUCT)
		set_members(object, in, arm->type);
	else if (arm && arm->name)
		set_member(object, in, arm);
}

static void set_member(json_t *object, XDR *in, const struct member *member)
{
	if (member->type->kind == TYPE_UNION)
		set_union(object, in, member->type);
	else if (member->type->kind == TYPE_STRING)
		set_string(object, in, member);
	else if (member->type->kind == TYPE_OPAQUE)
		set_opaque(object, in, member);
	else
		json_object_set_new(object, member->name,
				    read_value(in, member->type, member->name));
}

/* The result goes to bytes by rpcgen's filter, and to JSON by what the contract says of them. */
static void set_result(json_t *object, const struct result_kind *kind, const void *result)
{
	const struct type *type = contract_type(contract_built_in(), kind->type);
	u_int size = (u_int)xdr_sizeof(kind->filter, (void *)result);
	char *bytes = malloc(size);
	XDR stream;

	if (!bytes)
		return;
	xdrmem_create(&stream, bytes, size, XDR_ENCODE);
	if (type && kind->filter(&stream, (void *)result)) {
		xdrmem_create(&stream, bytes, size, XDR_DECODE);
		set_union(object, &stream, type);
	}
	free(bytes);
}

json_t *json_result(const struct result_kind *kind, const void *result)
{
	json_t *object = json_object();

	if (kind->type)
		set_result(object, kind, result);
	else
		json_object_set_new(object, "status", json_string("OK"));
	return object;
}

json_t *json_entry(const char *path, const fileinfo_entry *entry)
{
	static const struct result_kind stat = { .filter = (xdrproc_t)xdr_fileinfo_stat_result,
						 .type = "fileinfo_stat_result" };
	json_t *object = json_object();

	json_set_bytes(object, "name", path);
	set_result(object, &stat, &entry->stat);
	return object;
}

void json_print(json_t *value)
{
	json_write(stdout, value, 0);
	putchar('\n');
	json_decref(value);
}
