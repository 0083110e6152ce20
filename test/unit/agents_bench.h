/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bench for what stands around the protocol: tracked things, groups, forces and hooks. The engine has instances "web" (VRID 51) and, where
 * asked for, "lan" (VRID 52) in one group "edge".
 */
#ifndef TEST_AGENTS_BENCH_H
#define TEST_AGENTS_BENCH_H

#include "engine_bench.h"

enum {
	AGENT_TRACKS = 8,
	AGENT_CHECKS = 4,
};

struct agents {
	struct bench b;
	struct check_settings checks[AGENT_CHECKS];
	struct track_settings tracks[AGENT_TRACKS];
	struct group_settings groups[2];
	char texts[32];
};

static inline void agents_init(struct agents *a, uint8_t priority)
{
	memset(a, 0, sizeof(*a));
	bench_init(&a->b, priority);
	a->b.kit.s.checks = a->checks;
	a->b.kit.s.tracks = a->tracks;
	a->b.kit.s.groups = a->groups;
	memcpy(a->texts, "\0hook", 6);
	a->b.kit.s.texts = a->texts;
	a->b.kit.s.text_bytes = 6;
}

/* A script (or another kind) that is counted at once. Its number. */
static inline uint32_t agents_check(struct agents *a, enum check_kind kind, const char *name)
{
	struct check_settings *c = &a->checks[a->b.kit.s.check_count];

	*c = (struct check_settings){ .kind = kind,
				      .interval = span_ms(1000),
				      .timeout = span_ms(1000),
				      .rise = 1,
				      .fall = 1,
				      .initially = CHECK_UNKNOWN,
				      .minimum = 1,
				      .maximum = COUNT_UNLIMITED };
	snprintf(c->name, sizeof(c->name), "%s", name);
	return a->b.kit.s.check_count++;
}

/* The range must be the last one of the table. */
static inline struct track_settings *agents_track(struct agents *a, struct range *range,
						  uint32_t check, int weight)
{
	struct track_settings *t = &a->tracks[a->b.kit.s.track_count];

	if (range->count == 0)
		range->first = a->b.kit.s.track_count;
	ck_assert_uint_eq(range->first + range->count, a->b.kit.s.track_count);
	*t = (struct track_settings){ .check = check + 1, .weight = (int16_t)weight };
	a->b.kit.s.track_count++;
	range->count++;
	return t;
}

/* A check that web tracks. Its number. */
static inline uint32_t web_tracks(struct agents *a, enum check_kind kind, const char *name,
				  int weight)
{
	uint32_t check = agents_check(a, kind, name);

	agents_track(a, &a->b.kit.instances[0].tracks, check, weight);
	return check;
}

/* web and lan in one group. */
static inline void agents_group(struct agents *a, uint8_t lan_priority)
{
	snprintf(a->groups[0].name, sizeof(a->groups[0].name), "edge");
	a->b.kit.s.group_count = 1;
	kit_add_simple(&a->b.kit, "lan", 52, lan_priority, "192.0.2.200/24");
	a->b.kit.instances[0].group = a->b.kit.instances[1].group = 1;
}

static inline void result(struct agents *a, int64_t ms, uint32_t check, int64_t value)
{
	step(&a->b,
	     (struct event){ .kind = EVENT_CHECK,
			     .check = { .check = check, .value = value, .why = "it said so" } },
	     ms);
}

static inline void force(struct agents *a, int64_t ms, uint32_t instance, enum force_to to)
{
	step(&a->b,
	     (struct event){ .kind = EVENT_FORCE,
			     .force = { .instance = instance,
					.to = to,
					.until = INSTANT_NEVER,
					.reason = "a test",
					.by = "root" } },
	     ms);
}

static inline void hooks_done(struct agents *a, int64_t ms, uint32_t notifier, bool lost)
{
	step(&a->b,
	     (struct event){ .kind = EVENT_HOOKS_DONE,
			     .hook = { .notifier = notifier, .lost = lost } },
	     ms);
}

/* An advertisement for lan. */
static inline void hear_lan(struct agents *a, int64_t ms, const char *from, uint8_t priority)
{
	struct advert *advert = peer_advert(priority);

	advert->vrid = 52;
	advert->addresses[0] = ip("192.0.2.200");
	hear_advert(&a->b, ms, from, advert);
}

static inline struct snapshot snapshot_of(struct agents *a, uint32_t vrouter)
{
	struct snapshot s;

	engine_snapshot(a->b.e, vrouter, at_ms(0), &s);
	return s;
}

static inline int priority_of(struct agents *a, uint32_t vrouter)
{
	return snapshot_of(a, vrouter).effective_priority;
}

static inline enum vrouter_state state_of(struct agents *a, uint32_t vrouter)
{
	return engine_state(a->b.e, vrouter);
}

static inline bool called(struct agents *a, const char *what)
{
	return strstr(actions(&a->b), what) != NULL;
}

static inline void eth0_with_both_families(struct agents *a, int64_t ms)
{
	struct event ev = { .kind = EVENT_LINK };

	snprintf(ev.link.name, sizeof(ev.link.name), "eth0");
	ev.link.ifindex = ETH0;
	ev.link.up = true;
	ev.link.source[FAMILY_V4] = ip(OWN);
	ev.link.source[FAMILY_V6] = ip("fe80::5");
	step(&a->b, ev, ms);
}

/* web has both families and a hook. */
static inline void init_dual(struct agents *a)
{
	agents_init(a, 100);
	kit_add_vip(&a->b.kit, &a->b.kit.instances[0].addresses[FAMILY_V6],
		    kit_vip("fe80::200:5eff:fe00:233/64"));
	a->b.kit.instances[0].notify.command[HOOK_ANY] = 1;
}

/* web and lan in the group edge, which has a hook; its first state has been told. */
static inline void open_group_with_hook(struct agents *a)
{
	agents_init(a, 100);
	agents_group(a, 100);
	a->groups[0].notify.command[HOOK_ANY] = 1;
	open_bench(&a->b, 0);
	hooks_done(a, 10, 2, false);
	actions(&a->b);
}

static inline struct notice notice_of(struct agents *a, uint32_t notifier)
{
	struct notice n;

	memset(&n, 0xa5, sizeof(n));
	engine_notice(a->b.e, notifier, &n);
	return n;
}

/* What a MASTER left behind after ten seconds, with that effective priority. */
static inline struct record left_by_a_predecessor(uint8_t priority)
{
	struct record record;
	struct agents a;

	agents_init(&a, 150);
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	engine_record(a.b.e, 0, &record);
	bench_done(&a.b);
	record.priority = priority;
	return record;
}

#endif
