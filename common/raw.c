/* The raw protocol's pack and unpack: what rpcgen writes into *_xdr.c, written by hand. */
#include "common/raw.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* ---- bytes and numbers ---- */

/* Nothing more is packed behind a value that cannot be. */
static void give_up_packing(struct packer *out)
{
	out->failed = true;
	out->limit = 0;
}

/* Room for so many bytes more, which then count; NULL: there is none. */
static inline uint8_t *take_room(struct packer *out, size_t length)
{
	struct buffer *buffer = out->out;
	uint8_t *room;

	if (length > out->limit) {
		out->full = !out->failed;
		out->limit = 0;
		return NULL;
	}
	if (buffer_reserve(buffer, length) < 0) {
		give_up_packing(out);
		return NULL;
	}
	room = buffer_at(buffer, buffer->length);
	buffer->length += length;
	out->limit -= length;
	return room;
}

static inline void pack_bytes(struct packer *out, const void *bytes, size_t length)
{
	uint8_t *room = take_room(out, length);

	if (room && length)
		memcpy(room, bytes, length);
}

/* Nothing more is there behind what is wrong. */
static void give_up_unpacking(struct unpacker *in)
{
	in->failed = true;
	in->left = 0;
}

static inline void unpack_bytes(struct unpacker *in, void *bytes, size_t length)
{
	if (length > in->left) {
		give_up_unpacking(in);
		memset(bytes, 0, length);
		return;
	}
	memcpy(bytes, in->bytes, length);
	in->bytes += length;
	in->left -= length;
}

static void pack_u8(struct packer *out, uint8_t value)
{
	pack_bytes(out, &value, sizeof(value));
}

static uint8_t unpack_u8(struct unpacker *in)
{
	uint8_t value;

	unpack_bytes(in, &value, sizeof(value));
	return value;
}

static void pack_u16(struct packer *out, uint16_t value)
{
	value = htobe16(value);
	pack_bytes(out, &value, sizeof(value));
}

static uint16_t unpack_u16(struct unpacker *in)
{
	uint16_t value;

	unpack_bytes(in, &value, sizeof(value));
	return be16toh(value);
}

static void pack_u32(struct packer *out, uint32_t value)
{
	value = htobe32(value);
	pack_bytes(out, &value, sizeof(value));
}

static uint32_t unpack_u32(struct unpacker *in)
{
	uint32_t value;

	unpack_bytes(in, &value, sizeof(value));
	return be32toh(value);
}

static void pack_u64(struct packer *out, uint64_t value)
{
	value = htobe64(value);
	pack_bytes(out, &value, sizeof(value));
}

static uint64_t unpack_u64(struct unpacker *in)
{
	uint64_t value;

	unpack_bytes(in, &value, sizeof(value));
	return be64toh(value);
}

static void pack_i64(struct packer *out, int64_t value)
{
	pack_u64(out, (uint64_t)value);
}

static int64_t unpack_i64(struct unpacker *in)
{
	return (int64_t)unpack_u64(in);
}

/* All of them with one look at the room. */
static void pack_i64s(struct packer *out, const int64_t *values, size_t count)
{
	uint8_t *room = take_room(out, 8 * count);

	for (size_t i = 0; room && i < count; i++) {
		uint64_t value = htobe64((uint64_t)values[i]);

		memcpy(room + 8 * i, &value, sizeof(value));
	}
}

/* As many as there must be: whoever asks has looked. */
static void unpack_i64s(struct unpacker *in, int64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value;

		memcpy(&value, in->bytes + 8 * i, sizeof(value));
		values[i] = (int64_t)be64toh(value);
	}
	in->bytes += 8 * count;
	in->left -= 8 * count;
}

static void pack_double(struct packer *out, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	pack_u64(out, bits);
}

static double unpack_double(struct unpacker *in)
{
	uint64_t bits = unpack_u64(in);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static void pack_string(struct packer *out, const char *string, size_t maximum)
{
	size_t length = string ? strlen(string) : 0;

	if (!string || length > maximum) {
		give_up_packing(out);
		return;
	}
	pack_u16(out, (uint16_t)length);
	pack_bytes(out, string, length);
}

/* A string with a zero byte inside would be cut short by whoever reads it: refused. */
static void unpack_string(struct unpacker *in, char **string, size_t maximum)
{
	size_t length = unpack_u16(in);

	*string = NULL;
	if (in->failed || length > maximum || length > in->left ||
	    (length && memchr(in->bytes, 0, length)) || !(*string = malloc(length + 1))) {
		give_up_unpacking(in);
		return;
	}
	unpack_bytes(in, *string, length);
	(*string)[length] = '\0';
}

static void pack_bool(struct packer *out, bool_t value)
{
	pack_u8(out, value ? 1 : 0);
}

static bool_t unpack_bool(struct unpacker *in)
{
	uint8_t value = unpack_u8(in);

	if (value > 1)
		give_up_unpacking(in);
	return value;
}

bool unpacked_exactly(const struct unpacker *in)
{
	return !in->failed && in->left == 0;
}

/* ---- headers ---- */

/* With one look at the room: every message has one. */
static void pack_header(struct packer *out, uint32_t id, uint16_t second, uint16_t third)
{
	uint8_t *room = take_room(out, RAW_HEADER);

	if (!room)
		return;
	id = htobe32(id);
	second = htobe16(second);
	third = htobe16(third);
	memcpy(room, &id, 4);
	memcpy(room + 4, &second, 2);
	memcpy(room + 6, &third, 2);
}

static void unpack_header(struct unpacker *in, uint32_t *id, uint16_t *second, uint16_t *third)
{
	uint8_t header[RAW_HEADER];

	unpack_bytes(in, header, sizeof(header));
	memcpy(id, header, 4);
	memcpy(second, header + 4, 2);
	memcpy(third, header + 6, 2);
	*id = be32toh(*id);
	*second = be16toh(*second);
	*third = be16toh(*third);
}

void raw_pack_call(struct packer *out, const struct raw_call *call)
{
	pack_header(out, call->id, call->version, call->operation);
}

void raw_unpack_call(struct unpacker *in, struct raw_call *call)
{
	unpack_header(in, &call->id, &call->version, &call->operation);
	if (call->version & RAW_REPLY)
		give_up_unpacking(in);
}

void raw_pack_reply(struct packer *out, const struct raw_reply *reply)
{
	pack_header(out, reply->id, reply->operation | RAW_REPLY, reply->status);
}

void raw_unpack_reply(struct unpacker *in, struct raw_reply *reply)
{
	uint16_t operation;

	unpack_header(in, &reply->id, &operation, &reply->status);
	reply->operation = operation & (RAW_REPLY - 1);
	if (!(operation & RAW_REPLY))
		give_up_unpacking(in);
}

/* ---- calc.x ---- */

void raw_pack_operands(struct packer *out, const calc_operands *operands)
{
	pack_i64(out, operands->a);
	pack_i64(out, operands->b);
}

void raw_unpack_operands(struct unpacker *in, calc_operands *operands)
{
	operands->a = unpack_i64(in);
	operands->b = unpack_i64(in);
}

void raw_pack_result(struct packer *out, const calc_result *result)
{
	pack_u16(out, (uint16_t)result->status);
	if (result->status == CALC_OK)
		pack_i64(out, result->calc_result_u.value);
}

void raw_unpack_result(struct unpacker *in, calc_result *result)
{
	result->status = unpack_u16(in);
	if (result->status == CALC_OK)
		result->calc_result_u.value = unpack_i64(in);
}

void raw_pack_expression(struct packer *out, const calc_expression *expression)
{
	pack_string(out, *expression, CALC_MAX_EXPRESSION);
}

void raw_unpack_expression(struct unpacker *in, calc_expression *expression)
{
	unpack_string(in, expression, CALC_MAX_EXPRESSION);
}

void raw_pack_evaluation(struct packer *out, const calc_evaluation *evaluation)
{
	pack_u16(out, (uint16_t)evaluation->status);
	if (evaluation->status == CALC_OK)
		pack_double(out, evaluation->calc_evaluation_u.value);
	else if (evaluation->status == CALC_SYNTAX)
		pack_u32(out, evaluation->calc_evaluation_u.position);
}

void raw_unpack_evaluation(struct unpacker *in, calc_evaluation *evaluation)
{
	evaluation->status = unpack_u16(in);
	if (evaluation->status == CALC_OK)
		evaluation->calc_evaluation_u.value = unpack_double(in);
	else if (evaluation->status == CALC_SYNTAX)
		evaluation->calc_evaluation_u.position = unpack_u32(in);
}

void raw_pack_values(struct packer *out, const calc_values *values)
{
	if (values->calc_values_len > CALC_MAX_VALUES) {
		give_up_packing(out);
		return;
	}
	pack_u32(out, values->calc_values_len);
	pack_i64s(out, values->calc_values_val, values->calc_values_len);
}

void raw_unpack_values(struct unpacker *in, calc_values *values)
{
	uint32_t count = unpack_u32(in);

	memset(values, 0, sizeof(*values));
	if (in->failed || count > CALC_MAX_VALUES || count > in->left / 8) {
		give_up_unpacking(in);
		return;
	}
	values->calc_values_val = malloc((count ? count : 1) * sizeof(*values->calc_values_val));
	if (!values->calc_values_val) {
		give_up_unpacking(in);
		return;
	}
	values->calc_values_len = count;
	unpack_i64s(in, values->calc_values_val, count);
}

void raw_pack_summary_result(struct packer *out, const calc_summary_result *result)
{
	const calc_summary *summary = &result->calc_summary_result_u.summary;

	pack_u16(out, (uint16_t)result->status);
	if (result->status != CALC_OK)
		return;
	pack_u32(out, summary->count);
	pack_i64(out, summary->sum);
	pack_i64(out, summary->minimum);
	pack_i64(out, summary->maximum);
	pack_double(out, summary->mean);
	pack_double(out, summary->deviation);
}

void raw_unpack_summary_result(struct unpacker *in, calc_summary_result *result)
{
	calc_summary *summary = &result->calc_summary_result_u.summary;

	result->status = unpack_u16(in);
	if (result->status != CALC_OK)
		return;
	summary->count = unpack_u32(in);
	summary->sum = unpack_i64(in);
	summary->minimum = unpack_i64(in);
	summary->maximum = unpack_i64(in);
	summary->mean = unpack_double(in);
	summary->deviation = unpack_double(in);
}

void raw_pack_accumulation(struct packer *out, const calc_accumulation *accumulation)
{
	pack_string(out, accumulation->name, CALC_MAX_REGISTER);
	pack_i64(out, accumulation->amount);
}

void raw_unpack_accumulation(struct unpacker *in, calc_accumulation *accumulation)
{
	unpack_string(in, &accumulation->name, CALC_MAX_REGISTER);
	accumulation->amount = unpack_i64(in);
}

/* ---- fileinfo.x ---- */

void raw_pack_path(struct packer *out, const fileinfo_path *path)
{
	pack_string(out, *path, FILEINFO_MAX_PATH);
}

void raw_unpack_path(struct unpacker *in, fileinfo_path *path)
{
	unpack_string(in, path, FILEINFO_MAX_PATH);
}

static void pack_time(struct packer *out, const fileinfo_time *time)
{
	pack_i64(out, time->seconds);
	pack_u32(out, time->nanoseconds);
}

static void unpack_time(struct unpacker *in, fileinfo_time *time)
{
	time->seconds = unpack_i64(in);
	time->nanoseconds = unpack_u32(in);
}

static void pack_attributes(struct packer *out, const fileinfo_attributes *attributes)
{
	pack_u8(out, (uint8_t)attributes->type);
	pack_u32(out, attributes->mode);
	pack_u32(out, attributes->links);
	pack_u32(out, attributes->uid);
	pack_u32(out, attributes->gid);
	pack_u64(out, attributes->size);
	pack_u64(out, attributes->allocated);
	pack_u64(out, attributes->device);
	pack_u64(out, attributes->inode);
	pack_time(out, &attributes->accessed);
	pack_time(out, &attributes->modified);
	pack_time(out, &attributes->changed);
}

static void unpack_attributes(struct unpacker *in, fileinfo_attributes *attributes)
{
	attributes->type = unpack_u8(in);
	attributes->mode = unpack_u32(in);
	attributes->links = unpack_u32(in);
	attributes->uid = unpack_u32(in);
	attributes->gid = unpack_u32(in);
	attributes->size = unpack_u64(in);
	attributes->allocated = unpack_u64(in);
	attributes->device = unpack_u64(in);
	attributes->inode = unpack_u64(in);
	unpack_time(in, &attributes->accessed);
	unpack_time(in, &attributes->modified);
	unpack_time(in, &attributes->changed);
}

void raw_pack_stat_result(struct packer *out, const fileinfo_stat_result *result)
{
	pack_u16(out, (uint16_t)result->status);
	if (result->status == FILEINFO_OK)
		pack_attributes(out, &result->fileinfo_stat_result_u.attributes);
}

void raw_unpack_stat_result(struct unpacker *in, fileinfo_stat_result *result)
{
	result->status = unpack_u16(in);
	if (result->status == FILEINFO_OK)
		unpack_attributes(in, &result->fileinfo_stat_result_u.attributes);
}

void raw_pack_list_args(struct packer *out, const fileinfo_list_args *args)
{
	raw_pack_path(out, &args->directory);
	pack_u64(out, args->cookie);
	pack_u32(out, args->max_bytes);
}

void raw_unpack_list_args(struct unpacker *in, fileinfo_list_args *args)
{
	raw_unpack_path(in, &args->directory);
	args->cookie = unpack_u64(in);
	args->max_bytes = unpack_u32(in);
}

static void pack_entry(struct packer *out, const fileinfo_entry *entry)
{
	pack_string(out, entry->name, FILEINFO_MAX_NAME);
	pack_u64(out, entry->cookie);
	raw_pack_stat_result(out, &entry->stat);
}

static void unpack_entry(struct unpacker *in, fileinfo_entry *entry)
{
	unpack_string(in, &entry->name, FILEINFO_MAX_NAME);
	entry->cookie = unpack_u64(in);
	raw_unpack_stat_result(in, &entry->stat);
}

void raw_pack_list_result(struct packer *out, const fileinfo_list_result *result)
{
	const fileinfo_page *page = &result->fileinfo_list_result_u.page;

	pack_u16(out, (uint16_t)result->status);
	if (result->status != FILEINFO_OK)
		return;
	pack_u32(out, page->entries.entries_len);
	for (u_int i = 0; i < page->entries.entries_len; i++)
		pack_entry(out, &page->entries.entries_val[i]);
	pack_bool(out, page->end);
}

void raw_unpack_list_result(struct unpacker *in, fileinfo_list_result *result)
{
	enum { SMALLEST_ENTRY = 2 + 8 + 2 };
	fileinfo_page *page = &result->fileinfo_list_result_u.page;
	uint32_t count;

	memset(result, 0, sizeof(*result));
	result->status = unpack_u16(in);
	if (result->status != FILEINFO_OK)
		return;
	count = unpack_u32(in);
	if (in->failed || count > FILEINFO_MAX_ENTRIES || count > in->left / SMALLEST_ENTRY) {
		give_up_unpacking(in);
		return;
	}
	page->entries.entries_val = calloc(count ? count : 1, sizeof(fileinfo_entry));
	if (!page->entries.entries_val) {
		give_up_unpacking(in);
		return;
	}
	page->entries.entries_len = count;
	for (uint32_t i = 0; i < count && !in->failed; i++)
		unpack_entry(in, &page->entries.entries_val[i]);
	page->end = unpack_bool(in);
}

void raw_pack_link_result(struct packer *out, const fileinfo_link_result *result)
{
	pack_u16(out, (uint16_t)result->status);
	if (result->status == FILEINFO_OK)
		raw_pack_path(out, &result->fileinfo_link_result_u.target);
}

void raw_unpack_link_result(struct unpacker *in, fileinfo_link_result *result)
{
	memset(result, 0, sizeof(*result));
	result->status = unpack_u16(in);
	if (result->status == FILEINFO_OK)
		raw_unpack_path(in, &result->fileinfo_link_result_u.target);
}

void raw_pack_digest_result(struct packer *out, const fileinfo_digest_result *result)
{
	const fileinfo_digest *digest = &result->fileinfo_digest_result_u.digest;

	pack_u16(out, (uint16_t)result->status);
	if (result->status != FILEINFO_OK)
		return;
	pack_u64(out, digest->size);
	pack_bytes(out, digest->sha256, sizeof(digest->sha256));
}

void raw_unpack_digest_result(struct unpacker *in, fileinfo_digest_result *result)
{
	fileinfo_digest *digest = &result->fileinfo_digest_result_u.digest;

	result->status = unpack_u16(in);
	if (result->status != FILEINFO_OK)
		return;
	digest->size = unpack_u64(in);
	unpack_bytes(in, digest->sha256, sizeof(digest->sha256));
}

void raw_pack_space_result(struct packer *out, const fileinfo_space_result *result)
{
	const fileinfo_space *space = &result->fileinfo_space_result_u.space;

	pack_u16(out, (uint16_t)result->status);
	if (result->status != FILEINFO_OK)
		return;
	pack_u64(out, space->bytes_total);
	pack_u64(out, space->bytes_free);
	pack_u64(out, space->bytes_available);
	pack_u64(out, space->files_total);
	pack_u64(out, space->files_free);
}

void raw_unpack_space_result(struct unpacker *in, fileinfo_space_result *result)
{
	fileinfo_space *space = &result->fileinfo_space_result_u.space;

	result->status = unpack_u16(in);
	if (result->status != FILEINFO_OK)
		return;
	space->bytes_total = unpack_u64(in);
	space->bytes_free = unpack_u64(in);
	space->bytes_available = unpack_u64(in);
	space->files_total = unpack_u64(in);
	space->files_free = unpack_u64(in);
}
