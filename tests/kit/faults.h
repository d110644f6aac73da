/* What can go wrong at an endpoint: made to happen, and seen by a caller. */
#ifndef SIDECALL_TESTS_KIT_FAULTS_H
#define SIDECALL_TESTS_KIT_FAULTS_H

#include "tests/kit/scene.h"

/* What is seen of a fault. */
struct sight {
	const char *timeout;  /* of the victim, in seconds */
	struct caller victim; /* or, when the victim is no caller of ours, another one */
};

/* Each makes a fault happen to a scene that was just opened.  It fills in what is seen of it, with
 * the victim's timeout given, and reports whatever else is wrong to the scene. */

/* A server that dies, or stands still, while or before it executes the call; or is late. */
void fault_server_killed(struct scene *scene, struct sight *sight);
void fault_server_frozen(struct scene *scene, struct sight *sight);
void fault_frozen_in_call(struct scene *scene, struct sight *sight);
void fault_reply_late(struct scene *scene, struct sight *sight);

/* Clients that die in a call, or send what is no call: another one is served, and the server ends
 * their sessions and gives back what they had. */
void fault_client_killed(struct scene *scene, struct sight *sight);
void fault_half_call(struct scene *scene, struct sight *sight);
void fault_garbage_call(struct scene *scene, struct sight *sight);

/* Servers that send what is no reply. */
void fault_half_reply(struct scene *scene, struct sight *sight);
void fault_cut_off_reply(struct scene *scene, struct sight *sight);
void fault_garbage_reply(struct scene *scene, struct sight *sight);

/* A second server on the same address: it is refused, and the first one goes on. */
void fault_second_server(struct scene *scene, struct sight *sight);

#endif
