/* A channel on which a fuzzer's bytes arrive, and what must hold of a result that came over it. */
#ifndef SIDECALL_FUZZ_FEED_H
#define SIDECALL_FUZZ_FEED_H

#include "client/procedures.h"
#include "fuzz/fuzz.h"
#include "tests/kit/samples.h"

struct feed {
	struct channel channel; /* first */
	struct framing_reader reader;
	struct buffer stream;        /* what is still to arrive */
	uint8_t *message;            /* the last that did, a copy of its own */
	size_t length;               /* of it */
	const struct sample *sample; /* the call to make */
};

/*
 * The first byte of the input chooses one of samples[], and with its highest bit a channel that may
 * lose messages; the rest arrives, a stream of messages.  The calls' ids begin with 1.  False when
 * there is no input.
 */
bool feed_open(struct feed *feed, const struct framing *framing, const uint8_t *data, size_t size);
void feed_close(struct feed *feed);

/* What must hold of a result that was taken from the last message: the trace explains it too, and
 * it can be shown, as JSON and to people. */
void feed_check(const struct feed *feed, const union procedure_result *result);

#endif
