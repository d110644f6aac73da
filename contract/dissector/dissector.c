/*
 * A Wireshark dissector in Lua, of any contract: its types and programs as tables, and behind them
 * what is the same for all (*.lua).
 */
#include "contract/dissector/dissector.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "contract/dissector/runtime.h"

/* Types have numbers, by which they name each other: they may lead back to themselves. */
struct numbered {
	const struct type *type; /* first */
	size_t number;
};

struct numbering {
	void *known; /* a tree of tsearch() */
	struct numbered **all;
	size_t count, room;
	bool full; /* there was no memory */
};

static int compare_types(const void *a, const void *b)
{
	const struct type *one = *(const struct type *const *)a;
	const struct type *other = *(const struct type *const *)b;

	return one < other ? -1 : one > other;
}

static bool keep(struct numbering *numbering, struct numbered *new)
{
	if (numbering->count == numbering->room) {
		size_t room = numbering->room ? 2 * numbering->room : 64;
		struct numbered **all = realloc(numbering->all, room * sizeof(struct numbered *));

		if (!all)
			return false;
		numbering->all = all;
		numbering->room = room;
	}
	numbering->all[numbering->count++] = new;
	new->number = numbering->count;
	return true;
}

/* A type's number, which it gets when it is first asked for; 0 without memory. */
static size_t number_of(struct numbering *numbering, const struct type *type)
{
	struct numbered *const *found = tfind(&type, &numbering->known, compare_types);
	struct numbered *new = found ? NULL : calloc(1, sizeof(*new));

	if (found)
		return (*found)->number;
	if (!new || !keep(numbering, new)) {
		free(new);
		numbering->full = true;
		return 0;
	}
	new->type = type;
	numbering->full |= !tsearch(new, &numbering->known, compare_types);
	return new->number;
}

static void release(struct numbering *numbering)
{
	tdestroy(numbering->known, free);
	free(numbering->all);
}

/* ---- types ---- */

static const char *const kinds[] = {
	[TYPE_VOID] = "void",
	[TYPE_INT] = "int",
	[TYPE_UNSIGNED] = "unsigned",
	[TYPE_HYPER] = "hyper",
	[TYPE_UNSIGNED_HYPER] = "unsigned_hyper",
	[TYPE_FLOAT] = "float",
	[TYPE_DOUBLE] = "double",
	[TYPE_QUADRUPLE] = "quadruple",
	[TYPE_BOOL] = "bool",
	[TYPE_ENUM] = "enum",
	[TYPE_STRING] = "string",
	[TYPE_OPAQUE] = "opaque",
	[TYPE_BYTES] = "bytes",
	[TYPE_VECTOR] = "vector",
	[TYPE_ARRAY] = "array",
	[TYPE_OPTIONAL] = "optional",
	[TYPE_STRUCT] = "struct",
	[TYPE_UNION] = "union",
};

static bool ends_in(const char *name, const char *end)
{
	size_t length = name ? strlen(name) : 0;

	return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

/* The first name of each number, which is without a sign here. */
static void write_names(FILE *to, const struct type *type)
{
	/* As the raw protocol packs it (docs/protocol.md). */
	fprintf(to, ", raw_size = %d, names = {",
		ends_in(type->name, "_type")     ? 1
		: ends_in(type->name, "_status") ? 2
						 : 4);
	for (size_t i = 0; i < type->enumerator_count; i++) {
		const struct enumerator *one = &type->enumerators[i];

		if (strcmp(contract_enumerator(type, one->value), one->name) == 0)
			fprintf(to, " [%" PRIu32 "] = \"%s\",", (uint32_t)one->value, one->name);
	}
	fputs(" }", to);
}

static void write_member(FILE *to, struct numbering *numbering, const struct member *member,
			 size_t i, const char *behind)
{
	if (member->name)
		fprintf(to, "{ \"%s%s\", %zu }", member->name, behind,
			number_of(numbering, member->type));
	else
		fprintf(to, "{ \"argument%zu\", %zu }", i, number_of(numbering, member->type));
}

static void write_members(FILE *to, struct numbering *numbering, const struct type *type)
{
	fputs(", members = {", to);
	for (size_t i = 0; i < type->member_count; i++) {
		fputc(' ', to);
		write_member(to, numbering, &type->members[i], i, "");
		fputc(',', to);
	}
	fprintf(to, " }%s", type->several ? ", several = true" : "");
}

/* Where it is void, no more is said. */
static void write_arm(FILE *to, struct numbering *numbering, const struct type *type,
		      const struct member *arm)
{
	if (!arm->name)
		fputs("false", to);
	else
		write_member(to, numbering, arm, 0,
			     strcmp(arm->name, type->discriminant.name) ? "" : "_");
}

static void write_union(FILE *to, struct numbering *numbering, const struct type *type)
{
	fprintf(to, ", by = %zu, by_name = \"%s\", arms = {",
		number_of(numbering, type->discriminant.type), type->discriminant.name);
	for (size_t i = 0; i < type->label_count; i++) {
		fprintf(to, " [\"%" PRId64 "\"] = ", type->labels[i].value);
		write_arm(to, numbering, type, &type->members[type->labels[i].arm]);
		fputc(',', to);
	}
	fputs(" }", to);
	if (type->otherwise) {
		fputs(", otherwise = ", to);
		write_arm(to, numbering, type, type->otherwise);
	}
}

static void write_type(FILE *to, struct numbering *numbering, const struct numbered *numbered)
{
	const struct type *type = numbered->type;

	fprintf(to, "types[%zu] = { kind = \"%s\"", numbered->number,
		type->list ? "list" : kinds[type->kind]);
	if (type->name)
		fprintf(to, ", name = \"%s\"", type->name);
	if (type->kind >= TYPE_STRING && type->kind <= TYPE_ARRAY)
		fprintf(to, ", bound = %" PRIu32, type->bound);
	if (type->item)
		fprintf(to, ", item = %zu", number_of(numbering, type->item));
	if (type->kind == TYPE_ENUM)
		write_names(to, type);
	else if (type->kind == TYPE_STRUCT)
		write_members(to, numbering, type);
	else if (type->kind == TYPE_UNION)
		write_union(to, numbering, type);
	fputs(" }\n", to);
}

/* ---- programs ---- */

static void write_procedure(FILE *to, struct numbering *numbering,
			    const struct dissector *dissector, uint32_t program, uint32_t version,
			    const struct contract_procedure *procedure)
{
	uint32_t operation = dissector->operation ? dissector->operation(program, procedure->number)
						  : DISSECTOR_NO_OPERATION;

	fprintf(to, "\t\t[%" PRIu32 "] = { \"%s\", %zu, %zu, version = %" PRIu32, procedure->number,
		procedure->name, number_of(numbering, procedure->arguments),
		number_of(numbering, procedure->result), version);
	if (operation != DISSECTOR_NO_OPERATION)
		fprintf(to, ", raw = %" PRIu32, operation);
	fputs(" },\n", to);
}

static void write_version(FILE *to, struct numbering *numbering, const struct dissector *dissector,
			  uint32_t program, const struct contract_version *version)
{
	const struct contract_procedure *null = contract_version_procedure(version, 0);

	fprintf(to, "\t[%" PRIu32 "] = {\n", version->number);
	write_procedure(to, numbering, dissector, program, version->number, null);
	for (size_t i = 0; i < version->procedure_count; i++)
		if (version->procedures[i].number)
			write_procedure(to, numbering, dissector, program, version->number,
					&version->procedures[i]);
	fputs("\t},\n", to);
}

static void write_program(FILE *to, struct numbering *numbering, const struct dissector *dissector,
			  const struct contract_program *program)
{
	fprintf(to, "programs[%#" PRIx32 "] = { name = \"%s\", versions = {\n", program->number,
		program->name);
	for (size_t i = 0; i < program->version_count; i++)
		write_version(to, numbering, dissector, program->number, &program->versions[i]);
	fputs("} }\n", to);
}

/* ---- names ---- */

/* Those of Wireshark's own that contracts, or programs, are called like. */
static const char *const taken[] = {
	"bootparams", "klm",        "mount",  "nfs",      "nfsacl", "nfsauth", "nisplus", "nlm",
	"pcnfsd",     "portmap",    "rpc",    "rquota",   "rstat",  "rusers",  "rwall",   "spray",
	"stat",       "statnotify", "ypbind", "yppasswd", "ypserv", "ypxfr",
};

bool dissector_name_taken(const char *name)
{
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (strcmp(name, taken[i]) == 0)
			return true;
	return false;
}

static void write_taken(FILE *to)
{
	fputs("local wiresharks = {", to);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		fprintf(to, " %s = true,", taken[i]);
	fputs(" }\n", to);
}

/* ---- all of it ---- */

static void write_head(FILE *to, const struct dissector *dissector)
{
	fprintf(to,
		"-- A Wireshark postdissector: each byte of calls and replies, as `sidecall "
		"--trace`\n"
		"-- explains them.  It was written by `sidecall dissector`.\n"
		"--\n"
		"--   tshark -X lua_script:%s.lua -r FILE -V\n"
		"--   cp %s.lua ~/.local/lib/wireshark/plugins/     or for good\n"
		"--\n"
		"-- Every field can be filtered for by the contract's names: "
		"PROGRAM.PROCEDURE.FIELD "
		"of\n"
		"-- arguments, PROGRAM.PROCEDURE.result.FIELD of results; and %s.xid, "
		"%s.procedure.\n\n",
		dissector->name, dissector->name, dissector->name, dissector->name);
	fprintf(to, "local protocol_name, protocol_title = \"%s\", \"%s\"\n", dissector->name,
		dissector->title);
	if (dissector->raw_ports)
		fprintf(to, "local raw_ports = \"%s\"\n", dissector->raw_ports);
	else
		fputs("local raw_ports = nil\n", to);
	write_taken(to);
	fputs("local types, programs = {}, {}\n\n", to);
}

int dissector_write(FILE *to, const struct contract *contract, const struct dissector *dissector)
{
	struct numbering numbering = { 0 };
	size_t authsys = number_of(&numbering, contract_type(contract_built_in(), "authsys_parms"));

	write_head(to, dissector);
	for (size_t i = 0; i < contract->program_count; i++)
		write_program(to, &numbering, dissector, &contract->programs[i]);
	fprintf(to, "\nlocal authsys_number = %zu\n", authsys);
	for (size_t i = 0; i < numbering.count && !numbering.full; i++)
		write_type(to, &numbering, numbering.all[i]); /* which may number some more */
	fputs("\n", to);
	fputs(fields_lua, to);
	fputs(explain_lua, to);
	fputs(streams_lua, to);
	fputs(show_lua, to);
	release(&numbering);
	return numbering.full ? -ENOMEM : 0;
}
