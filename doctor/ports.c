/* The ports that raw messages have where nobody names another: no rpcbind gives them away. */
#include <stdio.h>

#include "doctor/say.h"
#include "doctor/server.h"
#include "idl/calc.h"

static void say_taken(struct doctor *doctor, const struct endpoint *endpoint,
		      const struct holder *holder)
{
	const char *by = endpoint_transport_name(endpoint->transport);
	struct doctor_finding finding;
	char who[HOLDER_TEXT];

	holder_describe(holder, who);
	finding = doctor_finding(DOCTOR_FAULT,
				 "port %d by %s is taken by %s, which is no sidecalld. Look first "
				 "what it is for: ours may listen at another port, --listen "
				 "raw+%s://127.0.0.1:PORT. If nobody needs it, end it",
				 endpoint->port, by, who, by);
	doctor_command_to_end(doctor, &finding, holder);
	doctor_hand_over(doctor, &finding);
}

static void look_at_port(struct doctor *doctor, enum endpoint_transport transport)
{
	const struct endpoint endpoint = { .protocol = ENDPOINT_RAW,
					   .transport = transport,
					   .host = "127.0.0.1",
					   .port = ENDPOINT_RAW_PORT };
	const char *by = endpoint_transport_name(transport);
	char who[HOLDER_TEXT];
	struct holder holder;

	if (!holder_of_port(endpoint.transport, endpoint.port, &holder)) {
		doctor_say(doctor, DOCTOR_OK, "port %d by %s is free", endpoint.port, by);
		return;
	}
	if (service_look(doctor->client, &endpoint, CALC_PROG, CALC_V1) != SERVICE_ALIVE) {
		say_taken(doctor, &endpoint, &holder);
		return;
	}
	holder_describe(&holder, who);
	doctor_say(doctor, DOCTOR_OK, "port %d by %s: %s answers", endpoint.port, by, who);
}

void look_at_ports(struct doctor *doctor)
{
	look_at_port(doctor, ENDPOINT_TCP);
	look_at_port(doctor, ENDPOINT_UDP);
}
