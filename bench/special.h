/* What is promised beyond calls and their times: whole commands, memory, and work beside work. */
#ifndef SIDECALL_BENCH_SPECIAL_H
#define SIDECALL_BENCH_SPECIAL_H

/* Measures each, prints its line, and counts it as kept or missed. */
void special_run(int *kept, int *missed);

#endif
