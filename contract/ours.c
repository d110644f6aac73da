/* Our own contract, which is read when it is first asked for. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "contract/built_in.h"
#include "contract/contract.h"

static const struct contract *built_in;

/* What stands in these texts has no errors: without memory for them nothing can go on. */
static void read_built_in(void)
{
	struct contract *contract = contract_open();

	if (!contract || contract_add(contract, "calc.x", calc_x, strlen(calc_x)) < 0 ||
	    contract_add(contract, "fileinfo.x", fileinfo_x, strlen(fileinfo_x)) < 0 ||
	    contract_add(contract, "status.x", status_x, strlen(status_x)) < 0 ||
	    contract_add(contract, "rpc.x", rpc_x, strlen(rpc_x)) < 0 ||
	    contract_resolve(contract) < 0)
		abort();
	built_in = contract;
}

const struct contract *contract_built_in(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, read_built_in);
	return built_in;
}
