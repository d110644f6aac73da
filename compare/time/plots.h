/* The plots of the times of calls, and the tables of what they show. */
#ifndef SIDECALL_COMPARE_TIME_PLOTS_H
#define SIDECALL_COMPARE_TIME_PLOTS_H

#include "compare/show/html.h"

/* What the whiskers on bars are. */
extern const char time_spread[];

/* All take the part's object, and draw nothing where it has nothing. */

/* Bars: the median time of a call, for each transport and protocol, in that placement. */
void time_plot_p50(const json_t *part, struct html *html, const char *placement);

/* Lines: `what`, calls a second (per_second) or their tail (p99_ns), by one number, with the other
 * at 1: connections and depth; in that placement. */
void time_plot_load(const json_t *part, struct html *html, const struct figure *what,
		    const struct figure *by, const char *placement);

/* Lines: the median time of a call, by the size of its argument. */
void time_plot_payload(const json_t *part, struct html *html);

/* Latency by percentile, from the 90th on: a transport's plots, with all protocols in each, and
 * their points. */
void time_write_tail(const json_t *part, struct html *html);

#endif
