/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan on a bench: a few addresses of one interface, what is to be done with them next, and the kernel's answer. Tests look into
 * the slots too: what they remember has to be forgotten at the right moment.
 */
#ifndef TEST_PLAN_BENCH_H
#define TEST_PLAN_BENCH_H

#include "core/plan.h"

#include "core_kit.h"
#include "unit.h"

enum {
	CAP = 8,
	IFINDEX = 5,
};

struct bench {
	struct plan p;
	struct slot slots[CAP];
	uint32_t work[CAP], heads[CAP], chain[CAP];
	struct vip vips[CAP];
};

/* A plan of so many slots: 10.0.0.1/24, 10.0.0.2/24 … on IFINDEX. */
static inline void bench_init(struct bench *b, uint32_t count)
{
	char text[32];

	plan_init(&b->p, CAP, b->slots, b->work, b->heads, b->chain);
	for (uint32_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "10.0.0.%u/24", i + 1);
		b->vips[i] = kit_vip(text);
		ck_assert_uint_eq(plan_add(&b->p, &b->vips[i], 0, 0, IFINDEX), i);
	}
}

/* The next change is this one. */
static inline void expect(struct bench *b, uint32_t slot, bool add)
{
	uint32_t got_slot = 4711;
	bool got_add;

	ck_assert(plan_next(&b->p, &got_slot, &got_add));
	ck_assert_uint_eq(got_slot, slot);
	ck_assert_int_eq(got_add, add);
}

static inline void expect_nothing(struct bench *b)
{
	uint32_t slot = 4711;
	bool add;

	ck_assert(!plan_next(&b->p, &slot, &add));
	ck_assert_uint_eq(slot, 4711);
}

static inline void answer(struct bench *b, uint32_t slot, bool add, int error, int64_t ms)
{
	ck_assert(plan_answer(&b->p, slot, add, error, at_ms(ms)));
}

/* Wanted, added and confirmed. */
static inline void hold(struct bench *b, uint32_t slot, int64_t ms)
{
	plan_want(&b->p, slot, true);
	expect(b, slot, true);
	answer(b, slot, true, 0, ms);
	expect_nothing(b);
	ck_assert_int_eq(plan_presence(&b->slots[slot]), SLOT_OURS);
}

static inline void observe(struct bench *b, uint32_t slot, uint8_t prefix_len, bool ours,
			   bool present, int64_t ms)
{
	plan_observe(&b->p, slot, prefix_len, ours, present, at_ms(ms));
}

#endif
