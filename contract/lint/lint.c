/* What will hurt in a contract. */
#include <errno.h>
#include <string.h>

#include "contract/lint/lint.h"
#include "contract/reading.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- bounds, lists, dialects ---- */

static void note_bound(struct reading *reading, const struct type *type, struct position at)
{
	if ((type->kind == TYPE_STRING || type->kind == TYPE_BYTES || type->kind == TYPE_ARRAY) &&
	    type->bound == UINT32_MAX)
		reading_note(reading, at,
			     "without a bound, whoever sends it says how much memory is taken");
}

static void note_list(struct reading *reading, const struct type *type, struct position at)
{
	if (type->list)
		reading_note(reading, at,
			     "a linked list: rpcgen's filter calls itself for each item, and a "
			     "long list overflows the stack. An array <> does not");
}

static void note_unsigned(struct reading *reading, const struct draft *draft)
{
	if (draft->alone)
		reading_note(reading, draft->at,
			     "'unsigned' alone is rpcgen's: RFC 4506 has 'unsigned int'");
}

/* ---- names ---- */

/* C11's and C++17's keywords that the RPC language leaves for names. */
static bool is_keyword(const char *name)
{
	static const char *const words[] = {
		"alignas",  "alignof",      "and",      "asm",       "auto",     "bitand",
		"bitor",    "break",        "catch",    "class",     "compl",    "constexpr",
		"continue", "decltype",     "delete",   "do",        "else",     "explicit",
		"export",   "extern",       "false",    "for",       "friend",   "goto",
		"if",       "inline",       "mutable",  "namespace", "new",      "noexcept",
		"not",      "nullptr",      "operator", "or",        "private",  "protected",
		"public",   "register",     "restrict", "return",    "signed",   "sizeof",
		"static",   "template",     "this",     "throw",     "true",     "try",
		"typeid",   "typename",     "using",    "virtual",   "volatile", "while",
		"xor",      "thread_local",
	};

	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(words[i], name) == 0)
			return true;
	return false;
}

static void note_name(struct reading *reading, const char *name, struct position at)
{
	if (name && is_keyword(name))
		reading_note(reading, at, "'%.40s' is a word of C or C++, and no name there", name);
}

/* ---- types ---- */

static void note_members(struct reading *reading, const struct draft *draft)
{
	const struct type *type = &draft->type;

	for (size_t i = 0; draft->places && i < type->member_count; i++) {
		const struct type *member = type->members[i].type;

		note_name(reading, type->members[i].name, draft->places[i]);
		if (member->name) /* said where the type is declared */
			continue;
		note_bound(reading, member, draft->places[i]);
		note_list(reading, member, draft->places[i]);
	}
}

static void note_draft(struct reading *reading, const struct draft *draft)
{
	const struct type *type = &draft->type;

	note_unsigned(reading, draft);
	if (draft->listed) {
		note_name(reading, type->name, draft->at);
		note_bound(reading, type, draft->at);
		note_list(reading, type, draft->at);
	}
	if (!draft->copied)
		note_members(reading, draft);
}

/* ---- procedures ---- */

static bool names_status(const char *name)
{
	return name && (strstr(name, "stat") || strstr(name, "err") || strstr(name, "res"));
}

/* Whether a value of it can say that there is none. */
static bool is_status(const struct type *type, const char *name)
{
	return type->kind == TYPE_ENUM || type->kind == TYPE_BOOL || type->kind == TYPE_UNION ||
	       type->kind == TYPE_OPTIONAL || (type->kind == TYPE_INT && names_status(name));
}

static bool says_status(const struct type *type)
{
	if (type->kind == TYPE_STRUCT)
		for (size_t i = 0; i < type->member_count; i++)
			if (is_status(type->members[i].type, type->members[i].name))
				return true;
	return type->kind == TYPE_INT || is_status(type, type->name);
}

static void note_procedure(struct reading *reading, const struct contract_procedure *procedure)
{
	bool is_void = procedure->arguments->kind == TYPE_VOID &&
		       procedure->result->kind == TYPE_VOID;

	if (procedure->number == 0 && !is_void)
		reading_note(reading, procedure->at,
			     "procedure 0 is called to see whether the server is there, and is "
			     "void (RFC 5531, section 12.1)");
	else if (procedure->number && !says_status(procedure->result))
		reading_note(reading, procedure->at,
			     "%.60s returns no status: it has no way to say why it failed",
			     procedure->name);
}

static void note_version(struct reading *reading, const struct contract_version *version)
{
	bool has_null = false;

	for (size_t i = 0; i < version->procedure_count; i++) {
		has_null |= version->procedures[i].number == 0;
		note_procedure(reading, &version->procedures[i]);
	}
	if (!has_null)
		reading_note(reading, version->at,
			     "%.60s does not name procedure 0, which every version has "
			     "(RFC 5531, section 12.1)",
			     version->name);
}

static void note_all(struct reading *reading)
{
	for (const struct draft *draft = reading->first_draft; draft; draft = draft->next)
		if (!draft->at.source->predefined)
			note_draft(reading, draft);
	for (size_t i = 0; i < reading->contract.program_count; i++) {
		const struct contract_program *program = &reading->contract.programs[i];

		for (size_t v = 0; v < program->version_count; v++)
			note_version(reading, &program->versions[v]);
	}
	reading_sort_complaints(reading);
}

/* ---- what is known ---- */

static bool is_known(const struct complaint *note)
{
	return memmem(note->source, note->source_length, LINT_OK, strlen(LINT_OK)) != NULL;
}

static void drop_known(struct contract *contract)
{
	size_t kept = 0;

	for (size_t i = 0; i < contract->complaint_count; i++)
		if (!is_known(&contract->complaints[i]))
			contract->complaints[kept++] = contract->complaints[i];
	contract->complaint_count = kept;
}

int lint_contract(struct contract *contract)
{
	struct reading *reading = (struct reading *)contract;
	jmp_buf given_up;

	reading->given_up = &given_up;
	if (setjmp(given_up))
		return reading->reason;
	note_all(reading);
	drop_known(contract);
	return 0;
}
