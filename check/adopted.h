/* Processes that servers leave behind: they become our children, and are ended. */
#ifndef SIDECALL_CHECK_ADOPTED_H
#define SIDECALL_CHECK_ADOPTED_H

/* From here on what a child leaves behind becomes our child, also where it left its session
 * (PR_SET_CHILD_SUBREAPER, prctl(2)). */
void adopt_orphans(void);

/* Kills all children that are not of our process group, what becomes our child by that, too, and
 * waits for them.  Ends after a second, whatever they do. */
void end_adopted(void);

#endif
