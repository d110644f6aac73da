/* The types of results that procedures have, and what can be done with each. */
#include "client/results.h"

#include "client/json.h"
#include "client/print.h"
#include "client/status.h"
#include "common/xdr.h"
#include "contract/contract.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"

/* clang-format off */
const struct result_kind
	result_nothing = { .filter = xdr_nothing },
	result_evaluation = RESULT_KIND(calc_evaluation),
	result_summary = RESULT_KIND(calc_summary_result,
				     /* nothing else of whole numbers is out of the domain */
				     .status = CALC_DOMAIN,
				     .meaning = "there are no numbers, and so no real, finite value"),
	result_stat = RESULT_KIND(fileinfo_stat_result, .print = print_stat),
	result_list = RESULT_KIND(fileinfo_list_result, .command_looks = true),
	result_link = RESULT_KIND(fileinfo_link_result, .print = print_link,
				  .status = FILEINFO_INVAL, .meaning = "not a symbolic link"),
	result_digest = RESULT_KIND(fileinfo_digest_result, .print = print_digest,
				    .status = FILEINFO_INVAL, .meaning = "not a regular file");
/* clang-format on */

const char *result_failed(const struct result_kind *kind, const void *result)
{
	const struct type *type;
	int status;

	if (!kind->type || kind->command_looks)
		return NULL;
	status = *(const int *)result; /* which each of these unions begins with */
	if (status == 0)
		return NULL;
	if (kind->meaning && kind->status == status)
		return kind->meaning;
	type = contract_type(contract_built_in(), kind->type);
	return status_text(type ? type->discriminant.type->name : "", status);
}

void result_print(const struct result_kind *kind, const struct text *out, const char *operand,
		  const void *result)
{
	json_t *object;

	if (kind->print)
		return kind->print(out, operand, result);
	if (kind->command_looks)
		return;
	object = json_result(kind, result);
	print_members(out, object);
	json_decref(object);
}
