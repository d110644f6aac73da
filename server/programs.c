/* Which programs there are, and what is known of their procedures. */
#include "server/programs.h"

#include "contract/contract.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"
#include "idl/status.h"
#include "server/status/status.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What rpcgen makes of idl/: it declares the dispatchers nowhere. */
void calc_prog_1(struct svc_req *request, SVCXPRT *transport);
void calc_prog_2(struct svc_req *request, SVCXPRT *transport);
void fileinfo_prog_1(struct svc_req *request, SVCXPRT *transport);

static const struct sidecall_svc_procedure calc_procedures[] = {
	{ CALC_ACCUMULATE, SIDECALL_NO_WAIT, SIDECALL_REPEAT_NEVER, 0 },
};

/* Encoded: a path, and for a list a cookie and how long the page may be. */
#define PATH_ARGUMENTS (4 + RNDUP(FILEINFO_MAX_PATH))
#define LIST_ARGUMENTS (PATH_ARGUMENTS + 8 + 4)

static const struct sidecall_svc_procedure fileinfo_procedures[] = {
	{ FILEINFO_LIST, SIDECALL_SHORT_WAIT, SIDECALL_REPEAT_FREELY, LIST_ARGUMENTS },
	{ FILEINFO_READLINK, SIDECALL_SHORT_WAIT, SIDECALL_REPEAT_FREELY, PATH_ARGUMENTS },
	{ FILEINFO_SPACE, SIDECALL_SHORT_WAIT, SIDECALL_REPEAT_FREELY, PATH_ARGUMENTS },
	{ FILEINFO_DIGEST, SIDECALL_LONG_WAIT, SIDECALL_REPEAT_FREELY, PATH_ARGUMENTS },
};

#define ROW(number, title, of_version, function, described)                                        \
	{                                                                                          \
		.program = (number), .version = (of_version), .dispatch = (function),              \
		.name = (title), .procedures = (described), .procedure_count = COUNT(described),   \
		.others = SIDECALL_REPEAT_FREELY                                                   \
	}

static const struct sidecall_svc_program all[] = {
	ROW(CALC_PROG, "the calculator", CALC_V1, calc_prog_1, calc_procedures),
	ROW(CALC_PROG, "the calculator", CALC_V2, calc_prog_2, calc_procedures),
	ROW(FILEINFO_PROG, "file information", FILEINFO_V1, fileinfo_prog_1, fileinfo_procedures),
	{ .program = STATUS_PROG,
	  .version = STATUS_V1,
	  .dispatch = status_dispatch,
	  .name = "the server's status",
	  .others = SIDECALL_REPEAT_FREELY },
	{ 0 },
};

/* Those that are served where an operator has chosen one version of the calculator. */
static const struct sidecall_svc_program *choose_programs(unsigned int calc_version)
{
	static struct sidecall_svc_program chosen[COUNT(all)];
	size_t count = 0;

	for (size_t i = 0; i < COUNT(all); i++)
		if (all[i].program != CALC_PROG || all[i].version == calc_version)
			chosen[count++] = all[i];
	return chosen;
}

static bool has_procedure(rpcprog_t program, rpcvers_t version, rpcproc_t procedure)
{
	return contract_procedure(contract_built_in(), program, version, procedure);
}

struct served programs_serve(struct service *service, unsigned int calc_version)
{
	return (struct served){
		.programs = calc_version ? choose_programs(calc_version) : all,
		.context = service,
		.has = has_procedure,
		.local_program = STATUS_PROG,
		.protocols = { [ENDPOINT_RPC] = &protocol_rpc, [ENDPOINT_RAW] = &protocol_raw }
	};
}
