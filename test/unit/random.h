/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers that look random and are the same in every run (xorshift64*), so that a failure can be
 * seen again.
 */
#ifndef TEST_RANDOM_H
#define TEST_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state; /* not 0 */
};

static inline uint32_t random_next(struct random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (uint32_t)((r->state * 0x2545f4914f6cdd1dull) >> 32);
}

/* 0 to n-1; n > 0. */
static inline uint32_t random_below(struct random *r, uint32_t n)
{
	return random_next(r) % n;
}

static inline void random_bytes(struct random *r, void *out, size_t len)
{
	uint8_t *bytes = out;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)random_next(r);
}

#endif
