/* Comparison that takes the same time wherever two texts differ. */
#ifndef TASKGATE_SEC_COMPARE_H
#define TASKGATE_SEC_COMPARE_H

#include <stdbool.h>

/* Whether A and B are equal: their digests are compared, so that neither content nor length shows
 * in the time (security.md R36). */
bool compare_text(const char *a, const char *b);

#endif
