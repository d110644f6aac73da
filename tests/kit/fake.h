/* A server that misbehaves behind a pipe: this very program, started by the client under test. */
#ifndef SIDECALL_TESTS_KIT_FAKE_H
#define SIDECALL_TESTS_KIT_FAKE_H

#include "compare/lab/fake.h"

/* Has the next client on a pipe start this program, to serve it so. */
void fake_behind_pipe(enum fake_behaviour behaviour);

/* What this program does then: the main() of a test that uses this, when it has arguments. */
int fake_main(int argc, char **argv);

#endif
