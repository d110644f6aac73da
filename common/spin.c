/* How long to look before sleeping. */
#include "common/spin.h"

#include <unistd.h>

#define LONGEST        INT64_C(60000) /* nanoseconds: about what waking a processor takes */
#define SHORTEST       INT64_C(2000)  /* nanoseconds: less than this is no spinning */
#define FIRST_PATIENCE 16             /* waits */
#define LAST_PATIENCE  1024

void spin_init(struct spin *spin)
{
	/* The machine's, not those that this process may use: where it is bound to one of them, the
	 * other end may still be bound to another. */
	int64_t longest = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? LONGEST : 0;

	*spin = (struct spin){ .longest = longest, .window = longest, .patience = FIRST_PATIENCE };
}

int64_t spin_begin(struct spin *spin)
{
	if (spin->window || !spin->longest)
		return spin->window;
	if (++spin->passed < spin->patience)
		return 0;
	spin->passed = 0;
	return spin->longest;
}

void spin_end(struct spin *spin, bool helped)
{
	if (helped) {
		spin->window = spin->longest;
		spin->patience = FIRST_PATIENCE;
	} else if (spin->window) {
		spin->window = spin->window / 2 >= SHORTEST ? spin->window / 2 : 0;
	} else if (spin->patience < LAST_PATIENCE) {
		spin->patience *= 2;
	}
}
