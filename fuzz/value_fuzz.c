/*
 * Values: bytes to JSON and back are the same bytes, and rpcgen's filters, run by libtirpc, take
 * the same ones.
 *
 * The first byte chooses the type; with its highest bit, what follows is JSON, else it is bytes.
 */
#include "contract/value/value.h"

#include <errno.h>

#include "fuzz/fuzz.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"
#include "tests/kit/filters.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FILTER(type)                                                                               \
	{                                                                                          \
#type, (xdrproc_t)xdr_##type, sizeof(type)                                         \
	}

static const struct filter filters[] = {
	FILTER(calc_operands),          FILTER(calc_result),           FILTER(calc_expression),
	FILTER(calc_evaluation),        FILTER(calc_values),           FILTER(calc_summary_result),
	FILTER(calc_accumulation),      FILTER(fileinfo_path),         FILTER(fileinfo_stat_result),
	FILTER(fileinfo_list_args),     FILTER(fileinfo_list_result),  FILTER(fileinfo_link_result),
	FILTER(fileinfo_digest_result), FILTER(fileinfo_space_result),
};

/* What none of ours has. */
static const char others[] =
	"typedef struct node *list; struct node { short v; string t<9>; list next; };\n"
	"struct tree { tree *left; float v; tree *right; opaque o<>; };\n"
	"typedef list *maybe; typedef tree *twice; typedef twice *thrice;\n"
	"union u switch (bool b) { case TRUE: hyper b; case FALSE: char c<3>; };\n"
	"struct all { u a[2]; u b<>; maybe c; thrice d; quadruple e; double f; opaque g[5]; };\n";

static struct contract *read_others(void)
{
	struct contract *contract = contract_open();

	MUST(contract && contract_add(contract, "others.x", others, sizeof(others) - 1) == 0);
	MUST(contract_resolve(contract) == 0);
	return contract;
}

/* ---- bytes ---- */

static void check_bytes(const struct type *type, const struct filter *filter, const uint8_t *bytes,
			size_t length)
{
	char said[FILTERS_SAID] = "", *exact = exact_text(bytes, length);
	bool agree = filters_agree(type, filter, (uint8_t *)exact, length, said);

	if (!agree)
		fprintf(stderr, "%s\n", said);
	MUST(agree);
	free(exact);
}

static void check_other(const struct type *type, const uint8_t *bytes, size_t length)
{
	const struct value_form form = { .undeclared = true };
	struct buffer json = { 0 }, again = { 0 };
	char wrong[VALUE_WRONG] = "";
	size_t used;
	int r = value_to_json(type, bytes, length, &form, &json, &used, wrong);

	MUST(r == 0 || (r == -EBADMSG && wrong[0]));
	MUST(used <= length);
	if (r == 0) {
		MUST(value_from_json(type, (char *)json.data, json.length, &form, &again, wrong) ==
		     0);
		MUST(again.length == used);
	}
	buffer_release(&json);
	buffer_release(&again);
}

/* ---- JSON ---- */

static void write_json(const struct type *type, const struct buffer *bytes, struct buffer *json)
{
	const struct value_form form = { .undeclared = true };
	char wrong[VALUE_WRONG];
	size_t used;

	MUST(value_to_json(type, bytes->data, bytes->length, &form, json, &used, wrong) == 0);
	MUST(used == bytes->length);
}

/* JSON that is taken comes to bytes that come to JSON that comes to the same bytes. */
static void check_json(const struct type *type, const uint8_t *text, size_t length)
{
	const struct value_form form = { .undeclared = true };
	struct buffer bytes = { 0 }, json = { 0 }, again = { 0 };
	char wrong[VALUE_WRONG] = "", *exact = malloc(length + 1);
	int r;

	MUST(exact != NULL);
	if (length)
		memcpy(exact, text, length);
	r = value_from_json(type, exact, length, &form, &bytes, wrong);
	MUST(r == 0 || (r == -EBADMSG && wrong[0]));
	if (r == 0) {
		write_json(type, &bytes, &json);
		MUST(value_from_json(type, (char *)json.data, json.length, &form, &again, wrong) ==
		     0);
		MUST(again.length == bytes.length);
		MUST(bytes.length == 0 || memcmp(again.data, bytes.data, bytes.length) == 0);
	}
	free(exact);
	buffer_release(&bytes);
	buffer_release(&json);
	buffer_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct contract *other;
	size_t which, count;
	const struct type *type;

	if (size == 0)
		return 0;
	other = other ? other : read_others();
	count = COUNT(filters) + other->type_count;
	which = (data[0] & 0x7f) % count;
	type = which < COUNT(filters) ? contract_type(contract_built_in(), filters[which].type)
				      : other->types[which - COUNT(filters)];
	MUST(type != NULL);
	if (data[0] & 0x80)
		check_json(type, data + 1, size - 1);
	else if (which < COUNT(filters))
		check_bytes(type, &filters[which], data + 1, size - 1);
	else
		check_other(type, data + 1, size - 1);
	return 0;
}
