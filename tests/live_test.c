/* A server that is not ours, called by its contract: rpcbind, in a network and mounts of our own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/rpcbind.h"

#define RPCINFO  "/usr/sbin/rpcinfo"
#define CONTRACT "/usr/include/tirpc/rpc/rpcb_prot.x"
#define WORDS    12

static const char *why_not; /* nothing can be tested, or NULL */

/* Hosts of a family, and of both. */
static bool name_hosts(void)
{
	FILE *hosts = fopen("/run/hosts", "we");

	if (!hosts)
		return false;
	fputs("127.0.0.1 localhost four both\n::1 localhost six both\n", hosts);
	return fclose(hosts) == 0 && mount("/run/hosts", "/etc/hosts", NULL, MS_BIND, NULL) == 0;
}

static const char *enter_namespaces(void)
{
	if (access(CONTRACT, R_OK) != 0)
		return "no contract of rpcbind's";
	rpcbind_enter();
	if (!rpcbind_missing() && !name_hosts())
		return "not permitted to mount";
	return rpcbind_missing();
}

static struct outcome run(const char *const words[])
{
	const char *argv[WORDS + 4] = { program_path("sidecall"), "--timeout", "30" };

	for (int i = 0; i < WORDS && words[i]; i++)
		argv[3 + i] = words[i];
	return process_run(argv, NULL);
}

/* False, with the test skipped, where nothing can be tested. */
static bool is_ready(void)
{
	if (why_not)
		harness_skip(why_not);
	return !why_not;
}

/* ---- the same as rpcinfo says ---- */

/* As rpcinfo has it: program, version, netid, address and owner. */
static bool says(const char *table, const json_t *entry)
{
	char line[256], netid[16], address[128], owner[32];
	unsigned int program, version;

	for (const char *at = table; at && *at; at = strchr(at, '\n')) {
		at += *at == '\n';
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
		if (sscanf(line, "%u %u %15s %127s %*s %31s", &program, &version, netid, address,
			   owner) == 5 &&
		    program == json_integer_value(json_object_get(entry, "r_prog")) &&
		    version == json_integer_value(json_object_get(entry, "r_vers")) &&
		    strcmp(netid, json_string_value(json_object_get(entry, "r_netid"))) == 0 &&
		    strcmp(address, json_string_value(json_object_get(entry, "r_addr"))) == 0 &&
		    strcmp(owner, json_string_value(json_object_get(entry, "r_owner"))) == 0)
			return true;
	}
	return false;
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void test_dump(void)
{
	static const char *const words[] = { "call", "--idl", CONTRACT, "RPCBVERS4.RPCBPROC_DUMP",
					     NULL };
	const char *const rpcinfo[] = { RPCINFO, NULL };
	struct outcome called, told;
	json_t *list, *item;
	size_t i;

	if (!is_ready())
		return;
	called = run(words);
	told = process_run(rpcinfo, NULL);
	list = json_loads(called.out, 0, NULL);
	CHECK_INT(called.status, 0);
	CHECK_STR(called.error, "");
	CHECK_INT(json_array_size(list), count_lines(told.out) - 1); /* and a line of titles */
	json_array_foreach (list, i, item)
		CHECK_THAT(says(told.out, json_object_get(item, "rpcb_map")),
			   "rpcinfo does not have entry %zu of %s", i, called.out);
	json_decref(list);
	outcome_release(&called);
	outcome_release(&told);
}

/* ---- what is registered, and does not answer ---- */

#define LOST  "{\"r_prog\":536871065,\"r_vers\":3,\"r_netid\":\"tcp\",\"r_addr\":\"127.0.0.1.0.9\","
#define OWNER "\"r_owner\":\"\"}"

static void check_said(const char *const words[], int code, const char *out, const char *error)
{
	struct outcome outcome = run(words);

	CHECK_INT(outcome.status, code);
	if (!strstr(outcome.out, out))
		CHECK_STR(outcome.out, out);
	if (!strstr(outcome.error, error))
		CHECK_STR(outcome.error, error);
	outcome_release(&outcome);
}

static void test_services(void)
{
	static const char *const set[] = { "call",     "--idl", CONTRACT, "RPCBVERS4.RPCBPROC_SET",
					   LOST OWNER, NULL },
				 *const unset[] = { "call",     "--idl",
						    CONTRACT,   "RPCBVERS4.RPCBPROC_UNSET",
						    LOST OWNER, NULL },
				 *const services[] = { "services", NULL },
				 *const json_behind[] = { "services", "--json", NULL },
				 *const local[] = { "services", "localhost", NULL },
				 *const json[] = { "--json", "services", "127.0.0.1", NULL },
				 *const ping[] = { "ping", "536871065", NULL };

	if (!is_ready())
		return;
	check_said(services, 0,
		   "100000     RPCBPROG            4  alive  rpc+unix:/run/rpcbind.sock", "");
	check_said(ping, 69, "", "program 536871065 version 1 is not registered");
	check_said(set, 0, "true\n", "");
	check_said(services, 0,
		   "536871065  -                   3  stale  rpc+tcp://127.0.0.1:9  superuser\n",
		   "");
	check_said(local, 0, "100000     RPCBPROG            4  alive  rpc+unix:/run/rpcbind.sock",
		   "");
	check_said(json, 0,
		   "{\"program\":536871065,\"version\":3,\"netid\":\"tcp\",\"endpoint\":\"rpc+tcp:"
		   "//127.0.0.1:9\",\"owner\":\"superuser\",\"alive\":false}\n",
		   "");
	check_said(ping, 69, "", "Nothing listens there: start its server");
	check_said(json_behind, 0, "{\"program\":536871065,\"version\":3,\"netid\":\"tcp\"", "");
	check_said(unset, 0, "true\n", "");
}

#define FORGED                                                                                     \
	"{\"r_prog\":536871065,\"r_vers\":3,\"r_netid\":\"tcp\",\"r_addr\":\"no\\n100003  "        \
	"nfs\\u001b[2J\","

/* What somebody registered is in one line, and plays with no terminal. */
static void test_forged(void)
{
	static const char *const set[] = { "call",       "--idl",
					   CONTRACT,     "RPCBVERS4.RPCBPROC_SET",
					   FORGED OWNER, NULL },
				 *const unset[] = { "call",       "--idl",
						    CONTRACT,     "RPCBVERS4.RPCBPROC_UNSET",
						    FORGED OWNER, NULL },
				 *const services[] = { "services", NULL };

	if (!is_ready())
		return;
	check_said(set, 0, "true\n", "");
	check_said(services, 0,
		   "\n536871065  -                   3  -      "
		   "tcp no\\n100003  nfs\\033[2J  superuser\n",
		   "");
	check_said(unset, 0, "true\n", "");
}

/* A host has an address for each family, or for one: an entry of the other cannot be looked at. */
static void test_services_of_names(void)
{
	static const struct {
		const char *host, *four, *six;
	} cases[] = {
		{ "both", "4  alive  rpc+tcp://127.0.0.1:111  ",
		  "4  alive  rpc+tcp://[::1]:111  " },
		{ "four", "4  alive  rpc+tcp://127.0.0.1:111  ", "4  -      tcp6 ::.0.111  " },
		{ "six", "4  -      tcp 0.0.0.0.0.111  ", "4  alive  rpc+tcp://[::1]:111  " },
		{ "::1", "4  -      tcp 0.0.0.0.0.111  ", "4  alive  rpc+tcp://[::1]:111  " },
	};

	if (!is_ready())
		return;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const words[] = { "services", cases[i].host, NULL };

		check_said(words, 0, cases[i].four, "");
		check_said(words, 0, cases[i].six, "");
	}
	check_said((const char *const[]){ "services", "nohost.invalid", NULL }, 68, "",
		   "nohost.invalid");
}

/* ---- by name, over what it listens on ---- */

static void test_ping(void)
{
	if (!is_ready())
		return;
	check_said((const char *const[]){ "ping", "portmapper", NULL }, 0,
		   "reply from rpc+unix:/var/run/rpcbind.sock", "");
	check_said((const char *const[]){ "ping", "RPCBPROG.3", NULL }, 0, "reply from ", "");
	check_said((const char *const[]){ "--via", "rpc+udp://[::1]", "ping", "100000", NULL }, 0,
		   "reply from rpc+udp://[::1]:111", "");
	check_said(
		(const char *const[]){ "--via", "rpc+tcp://127.0.0.1", "ping", "100000.2", NULL },
		0, "reply from rpc+tcp://127.0.0.1:111", "");
}

static void test_transports(void)
{
	static const char *const endpoints[] = { "rpc+tcp://127.0.0.1", "rpc+udp://127.0.0.1",
						 "tirpc+tcp://127.0.0.1", "tirpc+udp://[::1]",
						 "rpc+unix:/run/rpcbind.sock" };

	if (!is_ready())
		return;
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
		const char *const words[] = { "--via", endpoints[i], "call",
					      "--idl", CONTRACT,     "RPCBVERS4.RPCBPROC_GETSTAT",
					      NULL };

		check_said(words, 0, "\"setinfo\":", "");
	}
	check_said((const char *const[]){ "--via", "rpc+tcp://127.0.0.1", "call", "--auth", "sys",
					  "--source-port", "reserved", "--idl", CONTRACT,
					  "RPCBVERS4.RPCBPROC_GETVERSADDR", LOST OWNER, NULL },
		   0, "\"\"\n", "");
}

int main(void)
{
	static const struct test tests[] = {
		{ "what rpcbind knows, as rpcinfo has it", test_dump },
		{ "what is registered, and whether it answers", test_services },
		{ "what was registered to forge a line", test_forged },
		{ "those of a host that has a name", test_services_of_names },
		{ "ping by name and number", test_ping },
		{ "rpcbind over all that it listens on", test_transports },
		{ NULL, NULL },
	};
	int status;

	why_not = enter_namespaces();
	if (!why_not)
		rpcbind_start();
	status = harness_run("live", tests);
	rpcbind_stop();
	return status;
}
