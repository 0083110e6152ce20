/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chance that is the same everywhere: splitmix64, whole numbers only. Each use of luck in the
 * simulator draws from one of these, so a seed is a whole history.
 */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

static inline uint64_t dice_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static inline uint64_t dice_roll(struct dice *d)
{
	d->state += UINT64_C(0x9e3779b97f4a7c15);
	return dice_mix(d->state);
}

/* 0 to n-1; 0 < n < 2^32. */
static inline uint32_t dice_below(struct dice *d, uint32_t n)
{
	return (uint32_t)((dice_roll(d) >> 32) * n >> 32);
}

/* low to high, both included; they are less than 2^32 apart. */
static inline int64_t dice_between(struct dice *d, int64_t low, int64_t high)
{
	return low + (int64_t)dice_below(d, (uint32_t)(high - low + 1));
}

/* True so many times in a million. */
static inline bool dice_chance(struct dice *d, uint32_t ppm)
{
	return ppm != 0 && dice_below(d, 1000000) < ppm;
}

#endif
