/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual router on a bench, without an engine: inputs are one call each, and what it wants is asked for. Our own
 * address is 192.0.2.5; others are lower and higher than that.
 */
#ifndef TEST_VROUTER_BENCH_H
#define TEST_VROUTER_BENCH_H

#include <string.h>

#include "core/vrouter.h"
#include "core_kit.h"
#include "unit.h"

#define LOWER  "192.0.2.4"
#define OWN    "192.0.2.5"
#define HIGHER "192.0.2.6"

enum {
	MDI_MS =
		3609, /* Master_Down_Interval at priority 100 and 1 s; the timer runs 375 us more */
	SKEW_MS = 609, /* likewise */
	EVENTS = 64,
};

struct bench {
	struct instance_settings set, old_set;
	struct vrouter vr;
	struct history_event events[EVENTS];
	struct history history;
	uint64_t read; /* events that next_event() has looked at */
};

/* Version 3, 1 s, link in order, not started. */
static inline void bench_init(struct bench *b, uint8_t priority)
{
	b->set = kit_instance("web", 51, priority);
	b->set.addresses[FAMILY_V4] = (struct range){ .first = 0, .count = 2 };
	history_init(&b->history, b->events, EVENTS);
	b->read = 1;
	vrouter_init(&b->vr, &b->set, IP_V4, 0);
	b->vr.link = (struct vrouter_link){ .present = true, .up = true, .source = ip(OWN) };
}

static inline struct vrouter_step step_at(struct bench *b, enum vrouter_input input, int64_t ms)
{
	return (struct vrouter_step){
		.input = input,
		.now = at_ms(ms),
		.wall_us = ms * 1000 + 7,
		.history = &b->history,
		.why = REASON_STOPPED,
	};
}

static inline void input(struct bench *b, enum vrouter_input what, int64_t ms)
{
	struct vrouter_step s = step_at(b, what, ms);

	vrouter_step(&b->vr, &s);
}

static inline void start(struct bench *b, int64_t ms)
{
	input(b, VROUTER_STARTUP, ms);
}

static inline void tick(struct bench *b, int64_t ms)
{
	input(b, VROUTER_TIMER, ms);
}

static inline void hear_every(struct bench *b, int64_t ms, const char *from, uint8_t priority,
			      int64_t interval_ms)
{
	static struct advert advert;
	struct vrouter_step s = step_at(b, VROUTER_ADVERT, ms);

	advert.version = b->set.version;
	advert.priority = priority;
	advert.interval = span_ms(interval_ms);
	s.advert = &advert;
	s.sender = ip(from);
	vrouter_step(&b->vr, &s);
}

static inline void hear(struct bench *b, int64_t ms, const char *from, uint8_t priority)
{
	hear_every(b, ms, from, priority, 1000);
}

static inline void link_is(struct bench *b, int64_t ms, bool present, bool up, const char *source)
{
	b->vr.link = (struct vrouter_link){ .present = present,
					    .up = up,
					    .source = source ? ip(source) : IP_ADDR_NONE };
	input(b, VROUTER_LINK_CHANGED, ms);
}

static inline void refuse(struct bench *b, int64_t ms, int error)
{
	struct vrouter_step s = step_at(b, VROUTER_ADDRESS_FAILED, ms);

	s.why = error != 0 ? REASON_ADDRESS_FAILED : REASON_ADDRESS_LOST;
	s.error = error;
	vrouter_step(&b->vr, &s);
}

/* What is to be sent now, which then counts as sent: a priority, or -1 for nothing. */
static inline int sent(struct bench *b)
{
	int priority = b->vr.out.advertise ? b->vr.out.advertise_priority : -1;

	b->vr.out.advertise = false;
	return priority;
}

static inline bool announces(struct bench *b)
{
	bool was = b->vr.out.announce;

	b->vr.out.announce = false;
	return was;
}

static inline bool announces_again(struct bench *b)
{
	bool was = b->vr.out.announce_again;

	b->vr.out.announce_again = false;
	return was;
}

static inline bool two_masters(struct bench *b)
{
	bool was = b->vr.out.two_masters;

	b->vr.out.two_masters = false;
	return was;
}

/* The timer that runs next is due then, give or take less than a millisecond. */
static inline void expect_deadline(struct bench *b, int64_t ms)
{
	int64_t us = vrouter_deadline(&b->vr).us;

	ck_assert_msg(us >= ms * 1000 && us < (ms + 1) * 1000, "deadline %ld us, not %ld ms",
		      (long)us, (long)ms);
}

static inline void expect_no_deadline(struct bench *b)
{
	ck_assert(instant_is_never(vrouter_deadline(&b->vr)));
}

/* The next event that was told and not yet looked at, or "" where there is none. */
static inline const char *next_event(struct bench *b)
{
	static char text[2 * TEXT_MAX];
	const struct history_event *e = history_read(&b->history, &b->read, NULL);

	return e ? history_text(e, text, sizeof(text)) : "";
}

/* Started and, where it takes that, waited for until it was master; everything sent is forgotten. */
static inline void make_master(struct bench *b, uint8_t priority, int64_t ms)
{
	bench_init(b, priority);
	start(b, ms - 4000);
	tick(b, ms);
	if (b->vr.state != VROUTER_MASTER)
		tick(b, ms);
	ck_assert_int_eq(b->vr.state, VROUTER_MASTER);
	sent(b);
	announces(b);
	b->read = b->history.next_seq;
}

static inline void make_backup(struct bench *b, uint8_t priority, int64_t ms)
{
	bench_init(b, priority);
	start(b, ms);
	ck_assert_int_eq(b->vr.state, VROUTER_BACKUP);
	b->read = b->history.next_seq;
}

/* Its predecessor was master and advertised last at that time. */
static inline void restore(struct bench *b, int64_t last_advert_ms, int64_t interval_ms)
{
	b->vr.last_advert = at_ms(last_advert_ms);
	b->vr.resume_until = at_ms(last_advert_ms + 3 * interval_ms);
	b->vr.reason = REASON_MASTER_DOWN;
	b->vr.since_wall_us = 77;
}

/* The virtual router goes over to changed settings as in a reload. */
static inline void adopt(struct bench *b, const struct instance_settings *set,
			 bool addresses_changed, int64_t ms)
{
	struct vrouter old = b->vr;
	struct vrouter_step s = step_at(b, VROUTER_LINK_CHANGED, ms);

	b->old_set = b->set;
	old.set = &b->old_set;
	b->set = *set;
	vrouter_init(&b->vr, &b->set, IP_V4, 3);
	vrouter_adopt(&b->vr, &old, addresses_changed, &s);
}

#endif
