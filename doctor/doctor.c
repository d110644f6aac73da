/* The table of checks, and going through it. */
#include "doctor/doctor.h"

#include <stdlib.h>

#include "doctor/place.h"
#include "doctor/rpcbind.h"
#include "doctor/server.h"

const struct doctor_check doctor_checks[] = {
	{ "loopback", "the interface by which this machine calls itself", look_at_loopback },
	{ "netbase", "the names of rpcbind's port and of tcp and udp", look_at_names },
	{ "rpcbind", "rpcbind at its Unix socket", look_at_rpcbind },
	{ "rpcbind-tcp", "rpcbind by tcp", look_at_rpcbind_tcp },
	{ "rpcbind-udp", "rpcbind by udp", look_at_rpcbind_udp },
	{ "directory", "the runtime directory", look_at_directory },
	{ "files", "sockets and FIFOs in the runtime directory", look_at_files },
	{ "ports", "the ports of raw messages", look_at_ports },
	{ "server", "a sidecalld that serves here", look_at_server },
	{ "registered", "whether rpcbind names it", look_at_registered },
	{ "registrations", "who answers where rpcbind says, of all programs",
	  look_at_registrations },
	{ "descriptors", "how many descriptors a process may have", look_at_descriptors },
	{ "kernel", "functions of the kernel that sidecalld uses", look_at_kernel },
	{ 0 },
};

void doctor_init(struct doctor *doctor, const struct client *client)
{
	*doctor = (struct doctor){ .client = client };
}

void doctor_release(struct doctor *doctor)
{
	free(doctor->rpcbind.services);
}

void doctor_look(struct doctor *doctor, const struct doctor_check *check)
{
	doctor->check = check;
	check->look(doctor);
}
