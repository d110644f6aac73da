/* Ours: rpcgen's stubs, or raw messages, as the endpoint says. */
#include <stdio.h>
#include <string.h>

#include "bench/others/way.h"
#include "client/procedures.h"

#define PAGE (256u << 10) /* bytes: all of it */

static struct client client;
static const struct procedure *divide_procedure, *list_procedure;

static bool open_ours(const char *address)
{
	struct endpoint endpoint;

	if (endpoint_parse(&endpoint, address))
		return false;
	client_init(&client, &endpoint, CLIENT_TIMEOUT);
	divide_procedure = procedure_find("divide");
	list_procedure = procedure_find("list");
	return true;
}

static bool call(const struct procedure *procedure, void *arguments, union procedure_result *result)
{
	struct failure failure;

	if (procedure_call(procedure, &client, arguments, result, &failure) == 0)
		return true;
	fprintf(stderr, "%s\n", failure.why);
	return false;
}

static bool divide(int64_t dividend, int64_t divisor, int64_t *quotient)
{
	calc_operands operands = { dividend, divisor };
	union procedure_result result;
	bool right = call(divide_procedure, &operands, &result) && result.number.status == CALC_OK;

	if (right)
		*quotient = result.number.calc_result_u.value;
	return right;
}

static bool list(uint64_t *sum)
{
	fileinfo_list_args arguments = { (char *)".", 0, PAGE };
	union procedure_result result;
	const fileinfo_page *page = &result.list.fileinfo_list_result_u.page;
	bool right = call(list_procedure, &arguments, &result) &&
		     result.list.status == FILEINFO_OK && page->end;

	*sum = 0;
	for (u_int i = 0; right && i < page->entries.entries_len; i++) {
		const fileinfo_entry *entry = &page->entries.entries_val[i];

		*sum += strlen(entry->name) + entry->stat.fileinfo_stat_result_u.attributes.size;
	}
	procedure_release(list_procedure, NULL, &result);
	return right;
}

const struct way way = { NULL, open_ours, divide, list };
