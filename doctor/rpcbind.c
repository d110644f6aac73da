/* rpcbind: whether it is there, and answers in all the ways in which it is asked. */
#include "doctor/rpcbind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rpc/rpc.h>
#include <rpc/pmap_prot.h>
#include <rpc/rpcb_prot.h>

#include "doctor/say.h"

#define PROGRAM     "rpcbind"
#define MOST_A_CALL INT64_C(1000000000) /* nanoseconds, or less if --timeout says so */

/* ---- what it says ---- */

static void ask(struct doctor *doctor, struct doctor_rpcbind *rpcbind)
{
	struct endpoint endpoint = { .protocol = ENDPOINT_RPC,
				     .transport = ENDPOINT_UNIX,
				     .path = _PATH_RPCBINDSOCK,
				     .port = -1 };
	int64_t timeout = doctor->client->timeout;
	struct failure failure;
	struct client client;

	client_init(&client, &endpoint, timeout < MOST_A_CALL ? timeout : MOST_A_CALL);
	rpcbind->answers = services_ask(&client, &rpcbind->services, &rpcbind->count, &failure) ==
			   0;
	client_release(&client);
}

const struct doctor_rpcbind *rpcbind_facts(struct doctor *doctor)
{
	struct doctor_rpcbind *rpcbind = &doctor->rpcbind;
	struct holder holder;

	if (rpcbind->asked)
		return rpcbind;
	rpcbind->asked = true;
	rpcbind->error = -holder_of_socket(_PATH_RPCBINDSOCK, &holder);
	rpcbind->there = rpcbind->error == 0 || rpcbind->error == EAGAIN; /* its queue is full */
	rpcbind->pid = holder.pid;
	if (rpcbind->there)
		ask(doctor, rpcbind);
	return rpcbind;
}

/* ---- what mends it ---- */

/* Where a package puts it, which is not in everybody's PATH. */
static bool is_installed(void)
{
	static const char *const places[] = { "/usr/sbin/" PROGRAM, "/sbin/" PROGRAM,
					      "/usr/bin/" PROGRAM, "/usr/local/sbin/" PROGRAM };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], X_OK) == 0)
			return true;
	return false;
}

static void command_to_start(struct doctor_finding *finding)
{
	if (!is_installed())
		doctor_command_of_root(finding, "apt-get install " PROGRAM);
	else if (doctor_has_systemd())
		doctor_command_of_root(finding, "systemctl start " PROGRAM);
	else
		doctor_command_of_root(finding, PROGRAM " -w");
}

/* `before`: a command that has to be first, or "". */
static void command_to_restart(struct doctor *doctor, const char *before,
			       struct doctor_finding *finding)
{
	const struct doctor_rpcbind *rpcbind = rpcbind_facts(doctor);

	if (doctor_has_systemd())
		doctor_command_of_root(finding, "%ssystemctl restart " PROGRAM, before);
	else if (rpcbind->pid)
		doctor_command_of_root(finding, "%s" DOCTOR_END "; " PROGRAM " -w", before,
				       (int)rpcbind->pid, (int)rpcbind->pid);
	else /* only root may know the process */
		doctor_command_again(doctor, finding);
}

/* ---- at its socket ---- */

static void say_absent(struct doctor *doctor, int error)
{
	struct doctor_finding finding;

	if (is_installed())
		finding = doctor_finding(DOCTOR_FAULT,
					 "it does not run (%s: %s): clients that do not know the "
					 "port find nobody",
					 _PATH_RPCBINDSOCK, strerror(error));
	else
		finding = doctor_finding(DOCTOR_NOTE,
					 "it is not installed: by tcp and udp clients of rpc need "
					 "the port; all else works without it");
	command_to_start(&finding);
	doctor_hand_over(doctor, &finding);
}

static void say_silent(struct doctor *doctor, const struct doctor_rpcbind *rpcbind)
{
	const struct holder holder = { .pid = rpcbind->pid };
	bool stopped = holder_is_stopped(&holder);
	struct doctor_finding finding = doctor_finding(
		DOCTOR_FAULT, "it listens at %s and does not answer%s", _PATH_RPCBINDSOCK,
		stopped ? ": it was stopped" : "");

	if (stopped)
		doctor_command_of_root(&finding, "kill -CONT %d", (int)rpcbind->pid);
	else
		command_to_restart(doctor, "", &finding);
	doctor_hand_over(doctor, &finding);
}

static void say_forbidden(struct doctor *doctor)
{
	struct doctor_finding finding = doctor_finding(
		DOCTOR_FAULT, "only some may connect to %s: others cannot ask it, nor register",
		_PATH_RPCBINDSOCK);

	doctor_command_of_root(&finding, "chmod 666 %s", _PATH_RPCBINDSOCK);
	doctor_hand_over(doctor, &finding);
}

void look_at_rpcbind(struct doctor *doctor)
{
	const struct doctor_rpcbind *rpcbind = rpcbind_facts(doctor);

	if (rpcbind->error == EACCES)
		say_forbidden(doctor);
	else if (!rpcbind->there)
		say_absent(doctor, rpcbind->error);
	else if (!rpcbind->answers)
		say_silent(doctor, rpcbind);
	else
		doctor_say(doctor, DOCTOR_OK, "it answers at %s", _PATH_RPCBINDSOCK);
}

/* ---- at its port ---- */

/* Somebody else has the port, or nobody. */
static void say_not_there(struct doctor *doctor, enum endpoint_transport transport)
{
	const char *by = endpoint_transport_name(transport);
	char who[HOLDER_TEXT], before[80] = "";
	struct doctor_finding finding;
	struct holder holder;

	if (!holder_of_port(transport, PMAPPORT, &holder)) {
		finding = doctor_finding(DOCTOR_FAULT, "nobody has port %d by %s", PMAPPORT, by);
		command_to_restart(doctor, "", &finding);
	} else if (holder.pid && holder.pid != doctor->rpcbind.pid) {
		holder_describe(&holder, who);
		finding = doctor_finding(DOCTOR_FAULT, "port %d by %s is taken by %s", PMAPPORT, by,
					 who);
		snprintf(before, sizeof(before), DOCTOR_END "; ", (int)holder.pid, (int)holder.pid);
		command_to_restart(doctor, before, &finding);
	} else {
		finding = doctor_finding(DOCTOR_FAULT, "it does not answer at port %d by %s",
					 PMAPPORT, by);
		command_to_restart(doctor, "", &finding);
	}
	doctor_hand_over(doctor, &finding);
}

static void look_at_port(struct doctor *doctor, enum endpoint_transport transport)
{
	const struct doctor_rpcbind *rpcbind = rpcbind_facts(doctor);
	const struct endpoint endpoint = { .protocol = ENDPOINT_RPC,
					   .transport = transport,
					   .host = "127.0.0.1",
					   .port = PMAPPORT };

	if (!rpcbind->answers)
		doctor_say(doctor, DOCTOR_UNSEEN, "rpcbind does not run, or does not answer");
	else if (service_look(doctor->client, &endpoint, PMAPPROG, PMAPVERS) != SERVICE_ALIVE)
		say_not_there(doctor, transport);
	else
		doctor_say(doctor, DOCTOR_OK, "it answers at port %d", PMAPPORT);
}

void look_at_rpcbind_tcp(struct doctor *doctor)
{
	look_at_port(doctor, ENDPOINT_TCP);
}

void look_at_rpcbind_udp(struct doctor *doctor)
{
	look_at_port(doctor, ENDPOINT_UDP);
}
