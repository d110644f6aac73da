/* How a check says what it found, and what mends it. */
#ifndef SIDECALL_DOCTOR_SAY_H
#define SIDECALL_DOCTOR_SAY_H

#include "doctor/doctor.h"
#include "doctor/holder.h"

/* A finding without a command. */
void doctor_say(struct doctor *doctor, enum doctor_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* One with a command, which is written into `command` before or after. */
struct doctor_finding doctor_finding(enum doctor_state state, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void doctor_hand_over(struct doctor *doctor, const struct doctor_finding *finding);

/* Sets the command.  The second is for root: whoever is not gets sudo in front. */
void doctor_command(struct doctor_finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void doctor_command_of_root(struct doctor_finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As a word of the shell's, without a control character.  False where there is no room, or it ends
 * in a newline, which the shell cannot be told so. */
bool doctor_quote(const char *word, char *text, size_t size);

/* The same check, by root, who may see more. */
void doctor_command_again(struct doctor *doctor, struct doctor_finding *finding);

/* Ends who holds what we need, or says why we do not know who that is. */
void doctor_command_to_end(struct doctor *doctor, struct doctor_finding *finding,
			   const struct holder *holder);

/* The end of a process, waited for, as a command. */
#define DOCTOR_END "kill %d; while [ -e /proc/%d/exe ]; do sleep 0.1; done"

/* Whether systemd runs this machine: then it starts what it has a unit for. */
bool doctor_has_systemd(void);

#endif
