/* The network of this machine, and rpcbind on it. */
#ifndef SIDECALL_DOCTOR_RPCBIND_H
#define SIDECALL_DOCTOR_RPCBIND_H

#include "doctor/doctor.h"

/* What rpcbind says, at its Unix socket: asked the first time. */
const struct doctor_rpcbind *rpcbind_facts(struct doctor *doctor);

void look_at_loopback(struct doctor *doctor);
void look_at_names(struct doctor *doctor); /* sunrpc in /etc/services, tcp in /etc/protocols */
void look_at_rpcbind(struct doctor *doctor);
void look_at_rpcbind_tcp(struct doctor *doctor);
void look_at_rpcbind_udp(struct doctor *doctor);

#endif
