/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time has its own types, so that a length can never be passed for a point and no unit is ever
 * guessed. Microseconds inside; centiseconds and seconds exist on the wire only. Nobody in lib asks
 * for the time: it arrives as an argument.
 */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

/* A point on the monotonic clock, in microseconds since an origin that does not matter. */
struct instant {
	int64_t us;
};

/* A length of time in microseconds; never negative where a setting is meant. */
struct span {
	int64_t us;
};

/* The instant that never comes: a timer that is not armed. Compares later than any other. */
#define INSTANT_NEVER ((struct instant){ .us = INT64_MAX })

/* What the clock on the wall may show, in microseconds since 1970: times before the year 10000 can be written down. */
#define WALL_END_US (INT64_C(253402300800) * 1000000)

static inline struct span span_us(int64_t us)
{
	return (struct span){ .us = us };
}

static inline struct span span_ms(int64_t ms)
{
	return span_us(ms * 1000);
}

static inline struct span span_s(int64_t s)
{
	return span_us(s * 1000000);
}

static inline struct span span_add(struct span a, struct span b)
{
	return span_us(a.us + b.us);
}

static inline struct span span_times(struct span a, int64_t n)
{
	return span_us(a.us * n);
}

static inline struct span span_min(struct span a, struct span b)
{
	return a.us < b.us ? a : b;
}

static inline struct span span_max(struct span a, struct span b)
{
	return a.us > b.us ? a : b;
}

static inline bool instant_is_never(struct instant t)
{
	return t.us == INT64_MAX;
}

/* t + s; never stays never. */
static inline struct instant instant_add(struct instant t, struct span s)
{
	return instant_is_never(t) ? t : (struct instant){ .us = t.us + s.us };
}

/* a - b; both must be real instants. */
static inline struct span instant_diff(struct instant a, struct instant b)
{
	return span_us(a.us - b.us);
}

static inline bool instant_before(struct instant a, struct instant b)
{
	return a.us < b.us;
}

/* An armed timer whose time has come: t <= now, and t is not never. */
static inline bool instant_reached(struct instant t, struct instant now)
{
	return !instant_is_never(t) && t.us <= now.us;
}

static inline struct instant instant_min(struct instant a, struct instant b)
{
	return a.us < b.us ? a : b;
}

#endif
