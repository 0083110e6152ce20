/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reload on the bench: engines of two or three generations of settings, each adopting what the one before knew, as the daemon has them do.
 */
#ifndef TEST_RELOAD_BENCH_H
#define TEST_RELOAD_BENCH_H

#include "engine_bench.h"

/* One bench for each generation of settings: now[0] runs, now[1] is what comes next. */
static struct bench generations[3];
static struct bench *const now = generations;

#define VIP "192.0.2.100/24"

/* The next generation begins with a copy of the settings, for the caller to change. */
static inline struct instance_settings *prepare(struct bench *next, const struct bench *old)
{
	memset(next, 0, sizeof(*next));
	kit_init(&next->kit);
	memcpy(next->kit.instances, old->kit.instances, sizeof(next->kit.instances));
	memcpy(next->kit.vips, old->kit.vips, sizeof(next->kit.vips));
	next->kit.s.instance_count = old->kit.s.instance_count;
	next->kit.s.vip_count = old->kit.s.vip_count;
	next->kernel_answers = true;
	return &next->kit.instances[0];
}

/* Everything the daemon does at a reload, in two halves: in between the new engine is told what else is there. */
static inline void begin_reload(struct bench *old, struct bench *next, int64_t ms)
{
	bench_make_engine(next, engine_address_count(old->e));
	engine_retire(old->e, next->e, at_ms(ms), ms * 1000);
	drain(old, ms);
	link_up(next, ms);
}

static inline void end_reload(struct bench *old, struct bench *next, int64_t ms)
{
	engine_adopt(next->e, old->e, at_ms(ms), ms * 1000);
	next->read = old->read;
	bench_done(old);
	drain(next, ms);
}

/* The new engine is told that one address if it is there. */
static inline void reload(struct bench *old, struct bench *next, int64_t ms, const char *present)
{
	begin_reload(old, next, ms);
	if (present)
		address_is(next, ms, present, true, true);
	end_reload(old, next, ms);
}

/* web is MASTER, and the next settings are prepared. */
static inline struct instance_settings *given_a_master(void)
{
	open_as_master(&now[0], 100, 0);
	return prepare(&now[1], &now[0]);
}

static inline struct instance_settings *given_a_backup(void)
{
	bench_init(&now[0], 100);
	open_bench(&now[0], 9000);
	hear(&now[0], 9500, HIGHER, 200);
	actions(&now[0]);
	now[0].read = engine_history(now[0].e)->next_seq;
	return prepare(&now[1], &now[0]);
}

#endif
