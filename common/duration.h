/* Times, which are nanoseconds. */
#ifndef SIDECALL_COMMON_DURATION_H
#define SIDECALL_COMMON_DURATION_H

#include <stdint.h>

#define MILLISECOND INT64_C(1000000)
#define SECOND      (1000 * MILLISECOND)

#endif
