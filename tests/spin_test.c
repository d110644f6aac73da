/* How long an end looks before it sleeps. */
#include "common/spin.h"

#include "tests/kit/harness.h"

#define LONGEST 64000 /* nanoseconds */

static struct spin fresh(void)
{
	return (struct spin){ .longest = LONGEST, .window = LONGEST, .patience = 16 };
}

/* Waits until it is looked again: how many times it was not. */
static int waits_until_looking(struct spin *spin)
{
	int waits = 0;

	while (waits < 100000 && spin_begin(spin) == 0)
		waits++;
	return waits;
}

/* Looks in vain until it looks no more: how many times it did. */
static int looks_until_giving_up(struct spin *spin)
{
	int looks = 0;

	while (looks < 100 && spin->window) {
		spin_begin(spin);
		spin_end(spin, false);
		looks++;
	}
	return looks;
}

static void test_vain(void)
{
	struct spin spin = fresh();

	CHECK_INT(spin_begin(&spin), LONGEST);
	spin_end(&spin, false);
	CHECK_INT(spin_begin(&spin), LONGEST / 2);
	spin_end(&spin, true);
	CHECK_INT(spin_begin(&spin), LONGEST);
	/* 64, 32, 16, 8, 4 and 2 us; what is less is no looking */
	CHECK_INT(looks_until_giving_up(&spin), 6);
	CHECK_INT(spin_begin(&spin), 0);
}

/* Each time that looking was in vain again, it is tried half as often; but it is always tried. */
static void test_patience(void)
{
	static const int waits[] = { 15, 31, 63, 127, 255, 511, 1023, 1023, 1023 };
	struct spin spin = fresh();

	looks_until_giving_up(&spin);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		CHECK_INT(waits_until_looking(&spin), waits[i]);
		spin_end(&spin, false);
	}
}

static void test_help(void)
{
	struct spin spin = fresh();

	looks_until_giving_up(&spin);
	for (int i = 0; i < 3; i++) {
		waits_until_looking(&spin);
		spin_end(&spin, false);
	}
	waits_until_looking(&spin);
	spin_end(&spin, true);
	CHECK_INT(spin_begin(&spin), LONGEST);
	/* all is as it was in the beginning */
	looks_until_giving_up(&spin);
	CHECK_INT(waits_until_looking(&spin), 15);
}

/* Where there is one processor, nothing comes while one looks. */
static void test_alone(void)
{
	struct spin spin = { .patience = 16 };

	CHECK_INT(waits_until_looking(&spin), 100000);
	spin_end(&spin, true);
	CHECK_INT(spin_begin(&spin), 0);
	spin_init(&spin);
	CU_ASSERT(spin.window == spin.longest);
	CHECK_INT(spin.patience, 16);
}

int main(void)
{
	static const struct test tests[] = {
		{ "looking in vain", test_vain },
		{ "looking in vain again", test_patience },
		{ "looking that helped", test_help },
		{ "one processor", test_alone },
		{ NULL, NULL },
	};

	return harness_run("spin", tests);
}
