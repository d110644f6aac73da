/* What is the same in all dissectors, in this order. */
#ifndef SIDECALL_CONTRACT_DISSECTOR_RUNTIME_H
#define SIDECALL_CONTRACT_DISSECTOR_RUNTIME_H

extern const char fields_lua[];  /* types, and a field for each place in arguments and results */
extern const char explain_lua[]; /* along a message's bytes */
extern const char streams_lua[]; /* which bytes are messages */
extern const char show_lua[];    /* what is shown of them, and the way in */

#endif
