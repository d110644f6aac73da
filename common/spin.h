/*
 * How long to look before sleeping: a short while, as long as looking pays.
 *
 * To wake a sleeper costs more than a small call takes, so an end that expects an answer from
 * another processor looks for it first.  Where that does not help, because the other end is slow,
 * or waits for this very processor, it is done for shorter and shorter and then only tried now and
 * then.
 */
#ifndef SIDECALL_COMMON_SPIN_H
#define SIDECALL_COMMON_SPIN_H

#include <stdbool.h>
#include <stdint.h>

#define SPIN_LOOKS 32 /* between two looks at the clock */

struct spin {
	int64_t longest; /* nanoseconds; 0 where the machine has one processor only */
	int64_t window;  /* nanoseconds that are worth it, as learned; 0 for none */
	unsigned int passed,
		patience; /* waits without spinning: since the last try, until the next */
};

void spin_init(struct spin *spin);

/* Nanoseconds to look for this time; 0 for not at all.  When it is over call spin_end() with
 * whether it helped. */
int64_t spin_begin(struct spin *spin);
void spin_end(struct spin *spin, bool helped);

/* Tells the processor that this is a loop that waits. */
static inline void spin_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#endif
