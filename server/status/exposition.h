/*
 * Metrics as text: OpenMetrics 1.0.0 for readers that take it, else Prometheus' text format 0.0.4.
 *
 * https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#ifndef SIDECALL_SERVER_STATUS_EXPOSITION_H
#define SIDECALL_SERVER_STATUS_EXPOSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"

/* A page that is being written. */
struct exposition {
	struct buffer *text;
	bool open;   /* it is OpenMetrics */
	bool failed; /* there was no memory */
	const struct family *family;
};

struct family {
	const char *name; /* with its unit, and without _total */
	const char *type; /* counter, gauge, histogram, info */
	const char *unit; /* NULL: none */
	const char *help;
};

/* Labels, in the order in which they were added. */
#define LABELS_MOST 512 /* bytes */
struct labels {
	char text[LABELS_MOST];
	size_t length;
};

void labels_clear(struct labels *labels);
/* A value that is too long ends early. */
void labels_add(struct labels *labels, const char *name, const char *value);
void labels_add_number(struct labels *labels, const char *name, uint32_t number);

/* Of the page's Content-Type field. */
const char *exposition_type(const struct exposition *page);

/* The samples that follow are this family's, which stays until the next one. */
void exposition_begin(struct exposition *page, const struct family *family);
void exposition_add(struct exposition *page, const char *suffix, const struct labels *labels,
		    uint64_t value);

/* Of a histogram: so many values are no greater than this one; then how many there are, and their
 * sum.
 */
void exposition_add_bucket(struct exposition *page, const struct labels *labels, double most,
			   uint64_t count);
void exposition_add_sum(struct exposition *page, const struct labels *labels, uint64_t count,
			double sum);
void exposition_end(struct exposition *page);

#endif
