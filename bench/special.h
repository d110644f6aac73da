/* What is promised beyond calls and their times: whole commands, memory, and work beside work. */
#ifndef SIDECALL_BENCH_SPECIAL_H
#define SIDECALL_BENCH_SPECIAL_H

#include <stdbool.h>

/* Measures each, prints its line, and counts it as kept or missed. */
bool special_run(int *kept, int *missed);

#endif
