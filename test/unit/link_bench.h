/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bench for the links of virtual MACs. Nobody answers for their kernel but the test: web's link is vrrp4-5-51 and gets index 70.
 */
#ifndef TEST_LINK_BENCH_H
#define TEST_LINK_BENCH_H

#include <errno.h>

#include "core/virtual_link.h"
#include "engine_bench.h"

enum {
	LINK = 70
};

#define LINK_NAME "vrrp4-5-51"

/* As the kernel tells of web's while it is down. */
static inline struct event_link link_standing(void)
{
	return (struct event_link){ .name = LINK_NAME,
				    .ifindex = LINK,
				    .ours = true,
				    .parent = ETH0,
				    .mtu = 1500,
				    .mac = mac_virtual(IP_V4, 51) };
}

static inline void tell(struct bench *b, int64_t ms, struct event_link link)
{
	step(b, (struct event){ .kind = EVENT_LINK, .link = link }, ms);
}

static inline void tell_link(struct bench *b, int64_t ms, int32_t ifindex, bool raised)
{
	struct event_link link = link_standing();

	link.ifindex = ifindex;
	link.up = link.raised = raised;
	tell(b, ms, link);
}

static inline void link_done(struct bench *b, int64_t ms, const char *name, enum link_op op,
			     int error)
{
	struct event ev = { .kind = EVENT_LINK_DONE, .link_done = { .op = op, .error = error } };

	snprintf(ev.link_done.name, sizeof(ev.link_done.name), "%s", name);
	step(b, ev, ms);
}

static inline void done(struct bench *b, int64_t ms, enum link_op op, int error)
{
	link_done(b, ms, LINK_NAME, op, error);
}

/* The kernel has made it. */
static inline void made(struct bench *b, int64_t ms)
{
	tell_link(b, ms, LINK, false);
	done(b, ms, LINK_MAKE, 0);
}

static inline void raised(struct bench *b, int64_t ms)
{
	tell_link(b, ms, LINK, true);
	done(b, ms, LINK_RAISE, 0);
}

static inline void open_with_link(struct bench *b, uint8_t priority)
{
	bench_init(b, priority);
	b->kit.instances[0].virtual_mac = true;
	b->kit.instances[0].announce.count = 1;
	bench_make_engine(b, LEFTOVERS);
	link_up(b, 0);
	step(b, (struct event){ .kind = EVENT_START }, 0);
}

/* Priority 100: its down timer is at 3609 ms. */
static inline void open_as_master_with_link(struct bench *b)
{
	open_with_link(b, 100);
	made(b, 10);
	tick(b, 3700);
	raised(b, 3701);
	tick(b, 3701);
	actions(b);
}

/* What is known to have been told is not read again. */
static inline void forget_events(struct bench *b)
{
	b->read = engine_history(b->e)->next_seq;
}

static inline struct snapshot shown(struct bench *b)
{
	struct snapshot s;

	engine_snapshot(b->e, 0, at_ms(0), &s);
	return s;
}

/* Priority 100, its link made; nothing more to do. */
static inline void open_as_backup_with_link(struct bench *b)
{
	open_with_link(b, 100);
	made(b, 10);
	actions(b);
	forget_events(b);
}

static inline void lowered(struct bench *b, int64_t ms)
{
	tell_link(b, ms, LINK, false);
	done(b, ms, LINK_LOWER, 0);
}

#endif
