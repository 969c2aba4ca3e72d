/* Time: milliseconds since the epoch (UTC) for what is stored or signed, monotonic for intervals.
 */
#ifndef TASKGATE_BASE_CLOCK_H
#define TASKGATE_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_SECOND ((int64_t)1000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR   (60 * CLOCK_MINUTE)
#define CLOCK_DAY    (24 * CLOCK_HOUR)

/* The last millisecond that fits our text form (9999-12-31T23:59:59.999Z). */
#define CLOCK_MAX INT64_C(253402300799999)

/* "2026-11-20T23:43:00.123Z" and a NUL. */
#define CLOCK_ISO_SIZE 25

int64_t clock_now(void);       /* wall clock, milliseconds */
int64_t clock_monotonic(void); /* for intervals, milliseconds */

/* For intervals shorter than that, nanoseconds; also monotonic. */
int64_t clock_nanoseconds(void);

/* Writes TIME as ISO 8601 in UTC with three decimals; times outside 0..CLOCK_MAX are clamped. */
void clock_format(int64_t time, char out[static CLOCK_ISO_SIZE]);

/*
 * Reads ISO 8601 date and time: 'T' or a space between them, seconds with or without a fraction
 * (digits past the third are cut), 'Z', "+00:00" or "+00" behind. False when it is anything else.
 */
bool clock_parse(const char *text, size_t len, int64_t *ret_time);

#endif
