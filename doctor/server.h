/* sidecalld on this machine, and what rpcbind says of it and of others. */
#ifndef SIDECALL_DOCTOR_SERVER_H
#define SIDECALL_DOCTOR_SERVER_H

#include "doctor/doctor.h"

void look_at_server(struct doctor *doctor);
void look_at_registered(struct doctor *doctor);    /* that server, with rpcbind */
void look_at_registrations(struct doctor *doctor); /* of all programs */
void look_at_ports(struct doctor *doctor);         /* those that raw messages have */

#endif
