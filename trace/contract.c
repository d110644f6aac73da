/* The contract's types and procedures as data: what idl/calc.x and idl/fileinfo.x say. */
#include "trace/contract.h"

#include <rpc/rpc.h>
#include <rpc/rpcb_prot.h>

#include "common/raw.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"

#define NUMBER(value)                                                                              \
	{                                                                                          \
#value, value                                                                      \
	}

/* ---- what both have ---- */

static const struct type nothing = { .kind = TYPE_VOID };
static const struct type unsigned_int = { .kind = TYPE_UNSIGNED };
static const struct type hyper = { .kind = TYPE_HYPER };
static const struct type unsigned_hyper = { .kind = TYPE_UNSIGNED_HYPER };
static const struct type double_type = { .kind = TYPE_DOUBLE };
static const struct type bool_type = { .kind = TYPE_BOOL };

/* A union of a status and, only where that is OK, a value of one kind. */
#define RESULT(result, status_type, member_name, member_type)                                      \
	static const struct member result##_arms[] = { { member_name, &member_type, 0 },           \
						       { NULL, NULL, 0 } };                        \
	static const struct type result##_type = { .kind = TYPE_UNION,                             \
						   .name = #result,                                \
						   .members = result##_arms,                       \
						   .item = &status_type,                           \
						   .discriminant = "status" }

#define STRUCT(type_name)                                                                          \
	static const struct type type_name##_type = { .kind = TYPE_STRUCT,                         \
						      .name = #type_name,                          \
						      .members = type_name##_fields }

#define STRING(type_name, most)                                                                    \
	static const struct type type_name##_type = { .kind = TYPE_STRING,                         \
						      .name = #type_name,                          \
						      .bound = most }

/* ---- calc.x ---- */

static const struct enumerator calc_statuses[] = {
	NUMBER(CALC_OK),     NUMBER(CALC_DIVIDE_BY_ZERO), NUMBER(CALC_OVERFLOW),
	NUMBER(CALC_SYNTAX), NUMBER(CALC_DOMAIN),         NUMBER(CALC_FULL),
	{ NULL, 0 },
};
static const struct type calc_status_type = {
	.kind = TYPE_ENUM, .name = "calc_status", .raw_size = 2, .enumerators = calc_statuses
};

static const struct member calc_operands_fields[] = {
	{ "a", &hyper, 0 },
	{ "b", &hyper, 0 },
	{ NULL, NULL, 0 },
};
STRUCT(calc_operands);
RESULT(calc_result, calc_status_type, "value", hyper);
STRING(calc_expression, CALC_MAX_EXPRESSION);

static const struct member calc_evaluation_arms[] = {
	{ "value", &double_type, CALC_OK },
	{ "position", &unsigned_int, CALC_SYNTAX },
	{ NULL, NULL, 0 },
};
static const struct type calc_evaluation_type = { .kind = TYPE_UNION,
						  .name = "calc_evaluation",
						  .members = calc_evaluation_arms,
						  .item = &calc_status_type,
						  .discriminant = "status" };

static const struct type calc_values_type = {
	.kind = TYPE_ARRAY, .name = "calc_values", .bound = CALC_MAX_VALUES, .item = &hyper
};

static const struct member calc_summary_fields[] = {
	{ "count", &unsigned_int, 0 },
	{ "sum", &hyper, 0 },
	{ "minimum", &hyper, 0 },
	{ "maximum", &hyper, 0 },
	{ "mean", &double_type, 0 },
	{ "deviation", &double_type, 0 },
	{ NULL, NULL, 0 },
};
STRUCT(calc_summary);
RESULT(calc_summary_result, calc_status_type, "summary", calc_summary_type);

static const struct type register_name = { .kind = TYPE_STRING, .bound = CALC_MAX_REGISTER };
static const struct member calc_accumulation_fields[] = {
	{ "name", &register_name, 0 },
	{ "amount", &hyper, 0 },
	{ NULL, NULL, 0 },
};
STRUCT(calc_accumulation);

static const struct contract_procedure calc_procedures[] = {
	{ "NULL", NULLPROC, CALC_V1, CALC_V2, RAW_NULL, &nothing, &nothing },
	{ "CALC_ADD", CALC_ADD, CALC_V1, CALC_V2, RAW_ADD, &calc_operands_type, &calc_result_type },
	{ "CALC_SUBTRACT", CALC_SUBTRACT, CALC_V1, CALC_V2, RAW_SUBTRACT, &calc_operands_type,
	  &calc_result_type },
	{ "CALC_MULTIPLY", CALC_MULTIPLY, CALC_V1, CALC_V2, RAW_MULTIPLY, &calc_operands_type,
	  &calc_result_type },
	{ "CALC_DIVIDE", CALC_DIVIDE, CALC_V1, CALC_V2, RAW_DIVIDE, &calc_operands_type,
	  &calc_result_type },
	{ "CALC_EVALUATE", CALC_EVALUATE, CALC_V2, CALC_V2, RAW_EVALUATE, &calc_expression_type,
	  &calc_evaluation_type },
	{ "CALC_SUMMARIZE", CALC_SUMMARIZE, CALC_V2, CALC_V2, RAW_SUMMARIZE, &calc_values_type,
	  &calc_summary_result_type },
	{ "CALC_ACCUMULATE", CALC_ACCUMULATE, CALC_V2, CALC_V2, RAW_ACCUMULATE,
	  &calc_accumulation_type, &calc_result_type },
	{ 0 },
};

/* ---- fileinfo.x ---- */

static const struct enumerator fileinfo_statuses[] = {
	NUMBER(FILEINFO_OK),         NUMBER(FILEINFO_PERM),     NUMBER(FILEINFO_NOENT),
	NUMBER(FILEINFO_IO),         NUMBER(FILEINFO_ACCES),    NUMBER(FILEINFO_NOTDIR),
	NUMBER(FILEINFO_ISDIR),      NUMBER(FILEINFO_INVAL),    NUMBER(FILEINFO_NAMETOOLONG),
	NUMBER(FILEINFO_BAD_COOKIE), NUMBER(FILEINFO_TOOSMALL), NUMBER(FILEINFO_SERVERFAULT),
	NUMBER(FILEINFO_LOOP),       NUMBER(FILEINFO_OUTSIDE),  { NULL, 0 },
};
static const struct type fileinfo_status_type = { .kind = TYPE_ENUM,
						  .name = "fileinfo_status",
						  .raw_size = 2,
						  .enumerators = fileinfo_statuses };

static const struct enumerator fileinfo_types[] = {
	NUMBER(FILEINFO_REGULAR), NUMBER(FILEINFO_DIRECTORY),
	NUMBER(FILEINFO_BLOCK),   NUMBER(FILEINFO_CHARACTER),
	NUMBER(FILEINFO_SYMLINK), NUMBER(FILEINFO_SOCKET),
	NUMBER(FILEINFO_FIFO),    { NULL, 0 },
};
static const struct type fileinfo_type_type = {
	.kind = TYPE_ENUM, .name = "fileinfo_type", .raw_size = 1, .enumerators = fileinfo_types
};

STRING(fileinfo_path, FILEINFO_MAX_PATH);
STRING(fileinfo_name, FILEINFO_MAX_NAME);

static const struct type seconds = { .kind = TYPE_HYPER, .unit = UNIT_SECONDS };
static const struct member fileinfo_time_fields[] = {
	{ "seconds", &seconds, 0 },
	{ "nanoseconds", &unsigned_int, 0 },
	{ NULL, NULL, 0 },
};
STRUCT(fileinfo_time);

static const struct type mode = { .kind = TYPE_UNSIGNED, .unit = UNIT_MODE };
static const struct member fileinfo_attributes_fields[] = {
	{ "type", &fileinfo_type_type, 0 },
	{ "mode", &mode, 0 },
	{ "links", &unsigned_int, 0 },
	{ "uid", &unsigned_int, 0 },
	{ "gid", &unsigned_int, 0 },
	{ "size", &unsigned_hyper, 0 },
	{ "allocated", &unsigned_hyper, 0 },
	{ "device", &unsigned_hyper, 0 },
	{ "inode", &unsigned_hyper, 0 },
	{ "accessed", &fileinfo_time_type, 0 },
	{ "modified", &fileinfo_time_type, 0 },
	{ "changed", &fileinfo_time_type, 0 },
	{ NULL, NULL, 0 },
};
STRUCT(fileinfo_attributes);
RESULT(fileinfo_stat_result, fileinfo_status_type, "attributes", fileinfo_attributes_type);

static const struct member fileinfo_list_args_fields[] = {
	{ "directory", &fileinfo_path_type, 0 },
	{ "cookie", &unsigned_hyper, 0 },
	{ "max_bytes", &unsigned_int, 0 },
	{ NULL, NULL, 0 },
};
STRUCT(fileinfo_list_args);

static const struct member fileinfo_entry_fields[] = {
	{ "name", &fileinfo_name_type, 0 },
	{ "cookie", &unsigned_hyper, 0 },
	{ "stat", &fileinfo_stat_result_type, 0 },
	{ NULL, NULL, 0 },
};
STRUCT(fileinfo_entry);

static const struct type fileinfo_entries_type = { .kind = TYPE_ARRAY,
						   .bound = FILEINFO_MAX_ENTRIES,
						   .item = &fileinfo_entry_type };
static const struct member fileinfo_page_fields[] = {
	{ "entries", &fileinfo_entries_type, 0 },
	{ "end", &bool_type, 0 },
	{ NULL, NULL, 0 },
};
STRUCT(fileinfo_page);
RESULT(fileinfo_list_result, fileinfo_status_type, "page", fileinfo_page_type);
RESULT(fileinfo_link_result, fileinfo_status_type, "target", fileinfo_path_type);

static const struct type sha256 = { .kind = TYPE_OPAQUE, .bound = FILEINFO_DIGEST_SIZE };
static const struct member fileinfo_digest_fields[] = {
	{ "size", &unsigned_hyper, 0 },
	{ "sha256", &sha256, 0 },
	{ NULL, NULL, 0 },
};
STRUCT(fileinfo_digest);
RESULT(fileinfo_digest_result, fileinfo_status_type, "digest", fileinfo_digest_type);

static const struct member fileinfo_space_fields[] = {
	{ "bytes_total", &unsigned_hyper, 0 },     { "bytes_free", &unsigned_hyper, 0 },
	{ "bytes_available", &unsigned_hyper, 0 }, { "files_total", &unsigned_hyper, 0 },
	{ "files_free", &unsigned_hyper, 0 },      { NULL, NULL, 0 },
};
STRUCT(fileinfo_space);
RESULT(fileinfo_space_result, fileinfo_status_type, "space", fileinfo_space_type);

static const struct contract_procedure fileinfo_procedures[] = {
	{ "NULL", NULLPROC, FILEINFO_V1, FILEINFO_V1, NO_OPERATION, &nothing, &nothing },
	{ "FILEINFO_STAT", FILEINFO_STAT, FILEINFO_V1, FILEINFO_V1, RAW_STAT, &fileinfo_path_type,
	  &fileinfo_stat_result_type },
	{ "FILEINFO_LIST", FILEINFO_LIST, FILEINFO_V1, FILEINFO_V1, RAW_LIST,
	  &fileinfo_list_args_type, &fileinfo_list_result_type },
	{ "FILEINFO_READLINK", FILEINFO_READLINK, FILEINFO_V1, FILEINFO_V1, RAW_READLINK,
	  &fileinfo_path_type, &fileinfo_link_result_type },
	{ "FILEINFO_DIGEST", FILEINFO_DIGEST, FILEINFO_V1, FILEINFO_V1, RAW_DIGEST,
	  &fileinfo_path_type, &fileinfo_digest_result_type },
	{ "FILEINFO_SPACE", FILEINFO_SPACE, FILEINFO_V1, FILEINFO_V1, RAW_SPACE,
	  &fileinfo_path_type, &fileinfo_space_result_type },
	{ 0 },
};

/* ---- the programs ---- */

const struct contract_program contract_programs[] = {
	{ "CALC_PROG", CALC_PROG, calc_procedures },
	{ "FILEINFO_PROG", FILEINFO_PROG, fileinfo_procedures },
	{ "RPCBPROG", RPCBPROG, contract_rpcbind },
	{ 0 },
};

const struct contract_program *contract_program(uint32_t number)
{
	for (const struct contract_program *p = contract_programs; p->name; p++)
		if (p->number == number)
			return p;
	return NULL;
}

const struct contract_procedure *contract_procedure(uint32_t program, uint32_t version,
						    uint32_t number)
{
	const struct contract_program *in = contract_program(program);

	for (const struct contract_procedure *p = in ? in->procedures : NULL; p && p->name; p++)
		if (p->number == number && version >= p->low && version <= p->high)
			return p;
	return NULL;
}

const struct contract_procedure *contract_operation(uint32_t operation)
{
	if (operation == NO_OPERATION)
		return NULL;
	for (const struct contract_program *in = contract_programs; in->name; in++)
		for (const struct contract_procedure *p = in->procedures; p->name; p++)
			if (p->operation == operation)
				return p;
	return NULL;
}

const char *contract_enumerator(const struct enumerator *enumerators, uint32_t value)
{
	for (; enumerators->name; enumerators++)
		if (enumerators->value == value)
			return enumerators->name;
	return NULL;
}
