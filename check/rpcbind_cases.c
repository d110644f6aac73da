/* What rpcbind is held to besides (RFC 1833): that it names what is there, and changes nothing. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "check/ask.h"
#include "check/check.h"
#include "check/rpcbind.h"

#define NOBODYS_PROGRAM UINT32_C(0x7ffffff0) /* of a range that RFC 5531 reserves */
#define CALLED          32                   /* entries, that are called or asked for */

#define SOME "a server may lack versions 2, 3 or 4"

/* What these versions say, up to the first that says something wrong. */
struct versions {
	uint32_t from, to;
};

static void say(struct exchange *exchange, const char *what, const struct rpcbind_entry *entry)
{
	snprintf(exchange->note, sizeof(exchange->note), "%s program %u version %u, %.8s %.64s",
		 what, entry->program, entry->version, entry->netid, entry->address);
}

/* ---- who is not registered ---- */

static void run_unknown(struct exchange *exchange, struct versions versions)
{
	const struct rpcbind_entry nobody = {
		.program = NOBODYS_PROGRAM, .version = 1, .protocol = IPPROTO_TCP, .netid = "tcp"
	};
	struct rpcbind_entry got;

	for (uint32_t version = versions.from; version <= versions.to; version++) {
		if (!rpcbind_get(exchange, version, &nobody, &got))
			return;
		if (!got.port && !*got.address)
			continue;
		reply_wrong(&exchange->reply, 0, 0, "version %u names port %u, address \"%.64s\"",
			    version, got.port, got.address);
		return;
	}
}

static void run_unknown_port(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	run_unknown(exchange, (struct versions){ 2, 2 });
}

static void run_unknown_address(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	run_unknown(exchange, (struct versions){ 3, 4 });
}

/* ---- lists ---- */

static void run_dumps(struct exchange *exchange, struct versions versions)
{
	for (uint32_t version = versions.from; version <= versions.to; version++) {
		struct rpcbind_list list;
		bool whole = rpcbind_dump(exchange, version, &list);

		snprintf(exchange->note, sizeof(exchange->note), "version %u, %zu entries", version,
			 list.count);
		rpcbind_release(&list);
		if (!whole)
			return;
	}
}

static void run_dump_ports(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	run_dumps(exchange, (struct versions){ 2, 2 });
}

static void run_dump_addresses(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	run_dumps(exchange, (struct versions){ 3, 4 });
}

/* Does something with up to `most` entries of version 3's list that have a port, up to when it
 * returns false. */
static void each_entry(struct exchange *exchange, size_t most,
		       bool (*take)(struct exchange *exchange, const struct rpcbind_entry *entry))
{
	struct rpcbind_list list;
	bool more = rpcbind_dump(exchange, 3, &list);

	for (size_t i = 0; more && most && i < list.count; i++)
		if (rpcbind_has_port(list.entries[i].netid)) {
			more = take(exchange, &list.entries[i]);
			most--;
		}
	rpcbind_release(&list);
}

static bool take_address(struct exchange *exchange, const struct rpcbind_entry *entry)
{
	if (rpcbind_port(entry->netid, entry->address) >= 0)
		return true;
	reply_wrong(&exchange->reply, 0, 0, "\"%.64s\" is no address of %.8s", entry->address,
		    entry->netid);
	return false;
}

static void run_addresses(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	each_entry(exchange, RPCBIND_ENTRIES, take_address);
}

/* ---- one entry, asked for in several ways ---- */

static bool is_asked_by(const struct exchange *exchange, const struct rpcbind_entry *entry)
{
	char netid[RPCBIND_TEXT];

	rpcbind_netid(exchange, netid);
	return strcmp(entry->netid, netid) == 0;
}

/* Version 2 knows nothing of IPv6. */
static bool take_asked(struct exchange *exchange, const struct rpcbind_entry *entry)
{
	const int listed = rpcbind_port(entry->netid, entry->address);
	uint32_t version = strchr(entry->netid, '6') ? 3 : 2;

	for (; is_asked_by(exchange, entry) && version <= 4; version++) {
		int named = rpcbind_ask_port(exchange, version, entry->program, entry->version);

		if (exchange->reply.outcome == CHECK_PROG_MISMATCH)
			continue;
		if (exchange->reply.outcome == CHECK_SUCCESS && named != listed) {
			reply_wrong(&exchange->reply, 0, 0, "version %u names port %d", version,
				    named);
			say(exchange, "listed is", entry);
		}
		if (exchange->reply.outcome != CHECK_SUCCESS)
			return false;
	}
	return true;
}

/* Somebody may have come or gone meanwhile. */
static void run_agree(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	each_entry(exchange, CALLED, take_asked);
	if (exchange->reply.outcome != CHECK_BAD_REPLY)
		return;
	*exchange->note = '\0';
	each_entry(exchange, CALLED, take_asked);
}

/* ---- calling them ---- */

/* At every address of the host, which is the only one that is known here. */
static bool is_everywhere(const struct rpcbind_entry *entry)
{
	return strncmp(entry->address, "0.0.0.0.", 8) == 0 ||
	       strncmp(entry->address, "::.", 3) == 0;
}

/* A null call at an entry's port. */
static bool take_called(struct exchange *exchange, const struct rpcbind_entry *entry)
{
	struct check_target target = *exchange->target;
	struct exchange called;
	bool answers;

	if (!is_asked_by(exchange, entry) || !is_everywhere(entry))
		return true;
	target.endpoint.port = rpcbind_port(entry->netid, entry->address);
	target.program = entry->program;
	target.version = entry->version;
	exchange_init(&called, &target);
	answers = target.endpoint.port > 0 && exchange_answers(&called);
	exchange_release(&called);
	if (answers)
		return true;
	exchange->reply.outcome = CHECK_UNANSWERED;
	say(exchange, "nobody is at", entry);
	return false;
}

static void run_called(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	each_entry(exchange, CALLED, take_called);
}

#define PORTS     "RFC 1833, section 3.2"
#define ADDRESSES "RFC 1833, section 2.2.1"

/* clang-format off */
const struct check_case check_rpcbind_cases[] = {
	{ "getport-unknown", CHECK_ANYWHERE,
	  "GETPORT of a program that is not registered is port 0.", PORTS,
	  "A client takes any other port for the server's.",
	  .run = run_unknown_port, .passes = CHECK_SUCCESS, .differs = CHECK_PROG_MISMATCH,
	  .choice = SOME },
	{ "getaddr-unknown", CHECK_ANYWHERE,
	  "GETADDR of a program that is not registered is no address: an empty string.", ADDRESSES,
	  "A client takes any other address for the server's.",
	  .run = run_unknown_address, .passes = CHECK_SUCCESS, .differs = CHECK_PROG_MISMATCH,
	  .choice = SOME },
	{ "dump-ports", CHECK_ANYWHERE,
	  "DUMP of version 2 is a list of programs, versions, protocols and ports.",
	  "RFC 1833, section 3.1", "rpcinfo -p and showmount read it.",
	  .run = run_dump_ports, .passes = CHECK_SUCCESS, .differs = CHECK_PROG_MISMATCH,
	  .choice = SOME },
	{ "dump-addresses", CHECK_ANYWHERE,
	  "DUMP of versions 3 and 4 is a list of programs, versions, netids, addresses and owners.",
	  "RFC 1833, section 2.1", "rpcinfo reads it.",
	  .run = run_dump_addresses, .passes = CHECK_SUCCESS, .differs = CHECK_PROG_MISMATCH,
	  .choice = SOME },
	{ "addresses", CHECK_ANYWHERE,
	  "Addresses of tcp and udp are an IPv4 address, those of tcp6 and udp6 one of IPv6, and a port.",
	  "RFC 5665, sections 5.2.3.3 and 5.2.3.4",
	  "Who makes a socket's address of it finds none, or another one.",
	  .run = run_addresses, .passes = CHECK_SUCCESS, .differs = CHECK_PROG_MISMATCH,
	  .choice = SOME },
	{ "entries-agree", CHECK_ANYWHERE,
	  "What is listed is what GETPORT and GETADDR name, in all versions, by its own transport.",
	  "RFC 1833, sections 2.2.1 and 3.2", "Old and new clients end at different servers.",
	  .run = run_agree, .passes = CHECK_SUCCESS, .differs = CHECK_PROG_MISMATCH,
	  .choice = SOME },
	{ "entries-answer", CHECK_ANYWHERE,
	  "Who is listed answers a null call there.", ADDRESSES,
	  "A client waits for a server that is gone, or for one that has its port now.",
	  .run = run_called, .passes = CHECK_SUCCESS,
	  .differs = CHECK_PROG_MISMATCH | CHECK_UNANSWERED,
	  .choice = "an entry stays when its server ends without a word" },
	{ 0 },
};
/* clang-format on */
