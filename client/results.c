/* The types of results that procedures have, and what can be done with each. */
#include "client/results.h"

#include "client/json.h"
#include "client/print.h"
#include "client/status.h"
#include "common/xdr.h"

const struct result_kind result_nothing = {
	.filter = xdr_nothing,
	.to_json = json_nothing,
};

const struct result_kind result_number = {
	.filter = (xdrproc_t)xdr_calc_result,
	.to_json = json_number,
	.failed = failed_number,
	.print = print_number,
};

const struct result_kind result_evaluation = {
	.filter = (xdrproc_t)xdr_calc_evaluation,
	.to_json = json_evaluation,
	.failed = failed_evaluation,
	.print = print_evaluation,
};

const struct result_kind result_summary = {
	.filter = (xdrproc_t)xdr_calc_summary_result,
	.to_json = json_summary,
	.failed = failed_summary,
	.print = print_summary,
};

const struct result_kind result_stat = {
	.filter = (xdrproc_t)xdr_fileinfo_stat_result,
	.to_json = json_stat,
	.failed = failed_stat,
	.print = print_stat,
};

const struct result_kind result_list = {
	.filter = (xdrproc_t)xdr_fileinfo_list_result,
	.to_json = json_list,
};

const struct result_kind result_link = {
	.filter = (xdrproc_t)xdr_fileinfo_link_result,
	.to_json = json_link,
	.failed = failed_link,
	.print = print_link,
};

const struct result_kind result_digest = {
	.filter = (xdrproc_t)xdr_fileinfo_digest_result,
	.to_json = json_digest,
	.failed = failed_digest,
	.print = print_digest,
};

const struct result_kind result_space = {
	.filter = (xdrproc_t)xdr_fileinfo_space_result,
	.to_json = json_space,
	.failed = failed_space,
	.print = print_space,
};
