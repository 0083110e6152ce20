/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What time it is, for all processes of the daemon: below them nobody asks, it is an argument there.
 */
#ifndef VRRPD_CLOCK_H
#define VRRPD_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "base/instant.h"

static inline int64_t clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* On the clock that nobody sets, and that stands while the machine sleeps. */
static inline struct instant clock_now(void)
{
	return (struct instant){ .us = clock_us(CLOCK_MONOTONIC) };
}

static inline int64_t clock_now_ms(void)
{
	return clock_now().us / 1000;
}

/* Since 1970; it may jump. */
static inline int64_t clock_wall_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

#endif
