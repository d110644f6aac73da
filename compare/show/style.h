/* How the report looks: one style sheet, for screens light and dark, wide and narrow, and paper. */
#ifndef SIDECALL_COMPARE_SHOW_STYLE_H
#define SIDECALL_COMPARE_SHOW_STYLE_H

extern const char style_sheet[];

#endif
