/* What ONC RPC itself carries, as data: rpcbind's questions and answers, and AUTH_SYS. */
#include <netinet/in.h>

#include <rpc/rpc.h>
#include <rpc/pmap_prot.h>
#include <rpc/rpcb_prot.h>

#include "trace/contract.h"

static const struct type nothing = { .kind = TYPE_VOID };
static const struct type unsigned_int = { .kind = TYPE_UNSIGNED };

/* ---- rpcbind's GETADDR (RFC 1833, section 2.2.1): where the port comes from ---- */

#define RPCBIND_MAX_STRING 1024 /* ours: the RFC has no bound */

static const struct type rpcbind_string = { .kind = TYPE_STRING, .bound = RPCBIND_MAX_STRING };
static const struct type universal_address = { .kind = TYPE_STRING,
					       .name = "address",
					       .bound = RPCBIND_MAX_STRING };
static const struct type program_number = { .kind = TYPE_UNSIGNED, .unit = UNIT_PROGRAM };
static const struct member rpcb_fields[] = {
	{ "r_prog", &program_number, 0 },  { "r_vers", &unsigned_int, 0 },
	{ "r_netid", &rpcbind_string, 0 }, { "r_addr", &rpcbind_string, 0 },
	{ "r_owner", &rpcbind_string, 0 }, { NULL, NULL, 0 },
};
static const struct type rpcb_type = { .kind = TYPE_STRUCT,
				       .name = "rpcb",
				       .members = rpcb_fields };

/* ---- the portmapper's GETPORT (section 3.2): the same, as old hosts have it ---- */

static const struct enumerator protocol_names[] = {
	{ "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ NULL, 0 },
};
static const struct type ip_protocol = { .kind = TYPE_ENUM, .enumerators = protocol_names };
static const struct type port_number = { .kind = TYPE_UNSIGNED, .name = "port" };
static const struct member mapping_fields[] = {
	{ "prog", &program_number, 0 },
	{ "vers", &unsigned_int, 0 },
	{ "prot", &ip_protocol, 0 },
	{ "port", &unsigned_int, 0 },
	{ NULL, NULL, 0 },
};
static const struct type mapping = { .kind = TYPE_STRUCT,
				     .name = "mapping",
				     .members = mapping_fields };

const struct contract_procedure contract_rpcbind[] = {
	{ "NULL", NULLPROC, PMAPVERS, RPCBVERS4, NO_OPERATION, &nothing, &nothing },
	{ "PMAPPROC_GETPORT", PMAPPROC_GETPORT, PMAPVERS, PMAPVERS, NO_OPERATION, &mapping,
	  &port_number },
	{ "RPCBPROC_GETADDR", RPCBPROC_GETADDR, RPCBVERS, RPCBVERS4, NO_OPERATION, &rpcb_type,
	  &universal_address },
	{ 0 },
};

/* ---- a credential's body (RFC 5531, appendix A) ---- */

static const struct type machine_name = { .kind = TYPE_STRING, .bound = MAX_MACHINE_NAME };
static const struct type groups = { .kind = TYPE_ARRAY, .bound = NGRPS, .item = &unsigned_int };
static const struct member authsys_fields[] = {
	{ "stamp", &unsigned_int, 0 }, { "machinename", &machine_name, 0 },
	{ "uid", &unsigned_int, 0 },   { "gid", &unsigned_int, 0 },
	{ "gids", &groups, 0 },        { NULL, NULL, 0 },
};
const struct type contract_authsys = { .kind = TYPE_STRUCT,
				       .name = "authsys_parms",
				       .members = authsys_fields };
