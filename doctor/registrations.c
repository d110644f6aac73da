/* What rpcbind has registered, of all programs: whether who answers there is who it says. */
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rpc/rpc.h>
#include <rpc/rpcb_prot.h>

#include "client/status.h"
#include "doctor/rpcbind.h"
#include "doctor/say.h"
#include "doctor/server.h"

/* An entry, and what it leads to. */
struct led {
	const struct service *service;
	struct endpoint endpoint;
	enum service_state state;
	bool unseen; /* it cannot be called, or has a check of its own */
	bool said;
};

/* All of them, and what they are of. */
struct leads {
	struct led *all;
	size_t count;
	const char *silent; /* the address that last did not answer */
};

static bool is_of_same_version(const struct led *one, const struct led *other)
{
	return one->service->program == other->service->program &&
	       one->service->version == other->service->version;
}

static bool is_dead(const struct led *led)
{
	return !led->unseen && (led->state == SERVICE_GONE || led->state == SERVICE_ANOTHER);
}

/* Whether all entries of a program and version are dead: then one command removes them. */
static bool all_are_dead(const struct leads *leads, const struct led *of)
{
	for (const struct led *led = leads->all; led < leads->all + leads->count; led++)
		if (is_of_same_version(led, of) && !is_dead(led))
			return false;
	return true;
}

/* ---- what mends it ---- */

static bool is_ours(const struct service *service)
{
	char owner[16];

	snprintf(owner, sizeof(owner), "%u", (unsigned int)geteuid());
	return strcmp(service->owner, owner) == 0;
}

/* Removes the entry.  A netid comes from whoever registered it. */
static void command_to_remove(const struct led *led, const char *before, bool all,
			      struct doctor_finding *finding)
{
	const struct service *service = led->service;
	bool plain = !all && strspn(service->netid, "abcdefghijklmnopqrstuvwxyz0123456789") ==
				     strlen(service->netid);
	void (*set)(struct doctor_finding *, const char *,
		    ...) = is_ours(service) && !*before ? doctor_command : doctor_command_of_root;

	set(finding, "%srpcinfo -d%s%s %" PRIu32 " %" PRIu32, before, plain ? " -T " : "",
	    plain ? service->netid : "", service->program, service->version);
}

static bool find_holder(const struct endpoint *endpoint, struct holder *holder)
{
	if (endpoint->transport == ENDPOINT_UNIX)
		return holder_of_socket(endpoint->path, holder) == 0;
	return holder_of_port(endpoint->transport, endpoint->port, holder);
}

/* Whether the process that has the address may be the one that registered it.  Any user may
 * register somebody else's: that one is not to be ended for it. */
static bool may_be_owner(const struct service *service, const struct holder *holder)
{
	char user[16];

	snprintf(user, sizeof(user), "%u", (unsigned int)holder->uid);
	return strcmp(service->owner, "superuser") == 0 || strcmp(service->owner, user) == 0;
}

/* Who is silent may be stopped, or hang: then he goes first. */
static void command_against_silence(struct doctor *doctor, const struct led *led,
				    struct doctor_finding *finding)
{
	char before[48] = "", who[HOLDER_TEXT];
	size_t length = strlen(finding->text);
	struct holder holder = { 0 };

	if (!find_holder(&led->endpoint, &holder) || !holder.pid) {
		doctor_command_to_end(doctor, finding, &holder);
		return;
	}
	holder_describe(&holder, who);
	snprintf(finding->text + length, sizeof(finding->text) - length, ", which is %s%s", who,
		 holder_is_stopped(&holder) ? ", and was stopped" : "");
	if (holder_is_stopped(&holder)) {
		doctor_command_of_root(finding, "kill -CONT %d", (int)holder.pid);
		return;
	}
	if (may_be_owner(led->service, &holder))
		snprintf(before, sizeof(before), "kill -9 %d; ", (int)holder.pid);
	command_to_remove(led, before, false, finding);
}

/* ---- what is wrong ---- */

static const char *const meanings[] = {
	[SERVICE_GONE] = "nobody listens there, so it is stale",
	[SERVICE_SILENT] = "who listens there does not answer",
	[SERVICE_ANOTHER] = "who listens there is another program",
};

static void describe(const struct led *led, char text[DOCTOR_TEXT / 2])
{
	const struct service *service = led->service;
	const struct rpcent *entry = getrpcbynumber((int)service->program);
	const char *name = program_name(service->program);
	char where[ENDPOINT_MAX_TEXT];

	endpoint_format(&led->endpoint, where);
	snprintf(text, DOCTOR_TEXT / 2, "program %" PRIu32 "%s%s%s version %" PRIu32 " at %.120s",
		 service->program, name || entry ? " (" : "",
		 name    ? name
		 : entry ? entry->r_name
			 : "",
		 name || entry ? ")" : "", service->version, where);
}

/* Says it of the entry; `alike` is how many are dead of its program and version, if all are. */
static void say_wrong(struct doctor *doctor, const struct led *led, size_t alike)
{
	struct doctor_finding finding;
	char what[DOCTOR_TEXT / 2], others[48] = "";

	describe(led, what);
	if (alike > 1)
		snprintf(others, sizeof(others), ", and at %zu more address%s", alike - 1,
			 alike == 2 ? "" : "es");
	finding = doctor_finding(DOCTOR_FAULT, "%s%s: %s", what, others, meanings[led->state]);
	if (led->state == SERVICE_SILENT)
		command_against_silence(doctor, led, &finding);
	else
		command_to_remove(led, "", alike > 0, &finding);
	doctor_hand_over(doctor, &finding);
}

static void say_of(struct doctor *doctor, struct leads *leads, struct led *led)
{
	size_t alike = 0;

	if (led->said || led->unseen || led->state == SERVICE_ALIVE)
		return;
	for (struct led *other = led; all_are_dead(leads, led) && other < leads->all + leads->count;
	     other++)
		if (is_of_same_version(led, other)) {
			other->said = true;
			alike++;
		}
	say_wrong(doctor, led, alike);
}

/* Who is silent is waited for once, for all his entries.  rpcbind's own have a check of their own.
 */
static void look_at(struct doctor *doctor, struct leads *leads, struct led *led)
{
	const struct service *service = led->service;

	led->unseen = service->program == RPCBPROG ||
		      !service_endpoint(service, NULL, &led->endpoint);
	if (led->unseen)
		return;
	led->state = SERVICE_SILENT;
	if (!leads->silent || strcmp(leads->silent, service->address) != 0)
		led->state = service_look(doctor->client, &led->endpoint, service->program,
					  service->version);
	if (led->state == SERVICE_SILENT)
		leads->silent = service->address;
}

static void look_at_all(struct doctor *doctor, struct leads *leads)
{
	size_t alive = 0, seen = 0;

	for (size_t i = 0; i < leads->count; i++) {
		leads->all[i].service = &doctor->rpcbind.services[i];
		look_at(doctor, leads, &leads->all[i]);
		seen += !leads->all[i].unseen;
		alive += !leads->all[i].unseen && leads->all[i].state == SERVICE_ALIVE;
	}
	for (size_t i = 0; i < leads->count; i++)
		say_of(doctor, leads, &leads->all[i]);
	if (alive == seen)
		doctor_say(doctor, DOCTOR_OK, "%zu of %zu answer", alive, seen);
}

void look_at_registrations(struct doctor *doctor)
{
	const struct doctor_rpcbind *rpcbind = rpcbind_facts(doctor);
	struct leads leads = { .count = rpcbind->count };

	if (!rpcbind->answers) {
		doctor_say(doctor, DOCTOR_UNSEEN, "rpcbind does not run, or does not answer");
		return;
	}
	leads.all = calloc(leads.count + 1, sizeof(*leads.all));
	if (leads.all)
		look_at_all(doctor, &leads);
	else
		doctor_say(doctor, DOCTOR_UNSEEN, "out of memory");
	free(leads.all);
}
