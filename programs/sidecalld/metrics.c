/* The page of metrics. */
#include "programs/sidecalld/metrics.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "contract/contract.h"
#include "server/runtime/log.h"
#include "server/status/metrics.h"

static const char *program_name(const void *contract, uint32_t program)
{
	const struct contract_program *known = contract_program(contract, program);

	return known ? known->name : NULL;
}

static const char *procedure_name(const void *contract, uint32_t program, uint32_t version,
				  uint32_t procedure)
{
	const struct contract_procedure *known =
		version ? contract_procedure(contract, program, version, procedure)
			: contract_latest(contract_program(contract, program), procedure);

	return known ? known->name : procedure == 0 ? "NULL" : NULL;
}

int metrics_serve(struct sidecall_svc *svc, const struct options *options)
{
	static struct metrics_names names = { .program = program_name,
					      .procedure = procedure_name };
	const struct page page = { METRICS_PATH, metrics_write, &names };
	char why[SIDECALL_SVC_WHY];
	const char *wrong;

	if (options->metrics.port < 0)
		return 0;
	names.context = contract_built_in();
	wrong = runtime_listen_page(svc, &options->metrics, &page, why);
	if (!wrong)
		return 0;
	log_line(LOG_ERR, "--metrics: cannot listen on %s port %d: %s",
		 options->metrics.host[0] ? options->metrics.host : "loopback",
		 options->metrics.port, wrong);
	return EX_UNAVAILABLE;
}

void metrics_print(const struct sidecall_svc *svc)
{
	const struct endpoint *address;

	for (unsigned int i = 0; (address = runtime_page_address(svc, i)); i++)
		printf(strchr(address->host, ':') ? "metrics http://[%s]:%d%s\n"
						  : "metrics http://%s:%d%s\n",
		       address->host, address->port, METRICS_PATH);
}
