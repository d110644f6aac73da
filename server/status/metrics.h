/* What a server has counted, as a page of metrics: OpenMetrics 1.0, or Prometheus' text format
 * 0.0.4. */
#ifndef SIDECALL_SERVER_STATUS_METRICS_H
#define SIDECALL_SERVER_STATUS_METRICS_H

#include "server/runtime/transports/page.h"

#define METRICS_PATH "/metrics"

/* Reads where a page is to be: HOST:PORT, or PORT on loopback.  False: that is no such text. */
bool metrics_address(struct endpoint *endpoint, const char *text);

/* Names of numbers, where there are any: NULL for none.  The texts stay. */
struct metrics_names {
	const char *(*program)(const void *context, uint32_t program);
	/* Version 0: the latest that has it. */
	const char *(*procedure)(const void *context, uint32_t program, uint32_t version,
				 uint32_t procedure);
	const void *context;
};

/* As a page's write(), with such names, or NULL, for its context. */
int metrics_write(const struct watched *watched, const void *names, const char *accept,
		  struct buffer *text, const char **type);

#endif
