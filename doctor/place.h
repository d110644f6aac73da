/* The runtime directory, what is in it, and what the kernel gives. */
#ifndef SIDECALL_DOCTOR_PLACE_H
#define SIDECALL_DOCTOR_PLACE_H

#include "doctor/doctor.h"

void look_at_directory(struct doctor *doctor);
void look_at_files(struct doctor *doctor);
void look_at_descriptors(struct doctor *doctor);
void look_at_kernel(struct doctor *doctor);

#endif
