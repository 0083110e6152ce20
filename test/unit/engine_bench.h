/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An engine on a bench: events are one call each, what comes out is one line of text, and the kernel
 * can be made to answer by itself. Interface eth0 has index 5 and address 192.0.2.5.
 */
#ifndef TEST_ENGINE_BENCH_H
#define TEST_ENGINE_BENCH_H

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core_kit.h"
#include "unit.h"

enum {
	ETH0 = 5,
	LEFTOVERS = 64,
	TEXT_CAP = 65536,
};

#define OWN    "192.0.2.5"
#define LOWER  "192.0.2.4"
#define HIGHER "192.0.2.6"

struct bench {
	struct kit kit;
	struct engine *e;
	bool kernel_answers; /* address changes succeed at once */
	bool nobody_answers; /* whom an address belongs to stays open; else it is at once nobody's */
	unsigned int identify;                   /* how often that was asked */
	struct ip_addr identified;               /* and of whom last */
	uint64_t read;                           /* events that next_event() has looked at */
	struct action last[ACTION_IDENTIFY + 1]; /* of each kind */
	char text[TEXT_CAP];
	size_t len;
};

static inline void bench_make_engine(struct bench *b, uint32_t leftovers)
{
	void *mem = malloc(engine_size(&b->kit.s, leftovers, KIT_ROUTINGS_MAX));

	ck_assert_ptr_nonnull(mem);
	memset(mem, 0xa5,
	       engine_size(&b->kit.s, leftovers, KIT_ROUTINGS_MAX)); /* nothing may rely on zeros */
	b->e = engine_init(mem, &b->kit.s, leftovers, KIT_ROUTINGS_MAX);
}

/* One instance "web", VRID 51, with 192.0.2.100/24; the caller may change b->kit before open(). */
static inline void bench_init(struct bench *b, uint8_t priority)
{
	memset(b, 0, sizeof(*b));
	kit_init(&b->kit);
	kit_add_simple(&b->kit, "web", 51, priority, "192.0.2.100/24");
	b->kernel_answers = true;
	b->read = 1;
}

static inline void bench_done(struct bench *b)
{
	free(b->e);
}

__attribute__((format(printf, 2, 3))) static inline void say(struct bench *b, const char *format,
							     ...)
{
	va_list args;

	va_start(args, format);
	int len = vsnprintf(b->text + b->len, TEXT_CAP - b->len, format, args);

	va_end(args);
	ck_assert_int_gt(len, 0);
	b->len += (size_t)len;
	ck_assert_uint_lt(b->len, TEXT_CAP);
}

static inline void step(struct bench *b, struct event ev, int64_t ms);

static inline void answer(struct bench *b, int64_t ms, int32_t ifindex, const char *address,
			  bool add, int error)
{
	struct vip vip = kit_vip(address);

	step(b,
	     (struct event){ .kind = EVENT_ADDRESS_DONE,
			     .address = { .ifindex = ifindex,
					  .addr = vip.addr,
					  .prefix_len = vip.prefix_len,
					  .add = add,
					  .error = error } },
	     ms);
}

static const char *const link_op_names[] = { "leave", "make", "raise", "lower", "unmake" };

static inline void say_action(struct bench *b, const struct action *a)
{
	char address[IP_TEXT_MAX], who[NAME_MAX_LEN + 8] = "";
	char routing[ROUTING_TEXT_MAX];

	if (a->vrouter == UINT32_MAX)
		snprintf(who, sizeof(who), "leftover.");
	else if (engine_vrouter_count(b->e) > 1)
		snprintf(who, sizeof(who), "%u.", a->vrouter);
	switch (a->kind) {
	case ACTION_ADVERTISE:
		say(b, "%sadvert:%u ", who, a->priority);
		break;
	case ACTION_SAVE:
		say(b, "%ssave ", who);
		break;
	case ACTION_ADD_ADDRESS:
		say(b, "%sadd:%s ", who, ip_text(a->vip->addr, address));
		break;
	case ACTION_REMOVE_ADDRESS:
		say(b, "%sremove:%s ", who, ip_text(a->vip->addr, address));
		break;
	case ACTION_LINK:
		say(b, "%s%s:%s ", who, link_op_names[a->link.op], a->link.name);
		break;
	case ACTION_ANNOUNCE:
		say(b, "%sannounce:%s ", who, ip_text(a->vip->addr, address));
		break;
	case ACTION_ADD_ROUTING:
		ck_assert_uint_eq(a->vrouter, UINT32_MAX);
		say(b, "add[%s] ", routing_text(a->routing, routing));
		break;
	case ACTION_REPLACE_ROUTING:
		ck_assert_uint_eq(a->vrouter, UINT32_MAX);
		say(b, "replace[%s] ", routing_text(a->routing, routing));
		break;
	case ACTION_REMOVE_ROUTING:
		ck_assert_uint_eq(a->vrouter, UINT32_MAX);
		say(b, "remove[%s] ", routing_text(a->routing, routing));
		break;
	case ACTION_STATE:
		say(b, "state:%u ", a->notifier);
		break;
	case ACTION_HOOKS:
		say(b, "hooks:%u ", a->notifier);
		break;
	case ACTION_IDENTIFY:
		b->identify++;
		b->identified = a->address;
		break;
	}
}

/* Nobody can say whose address it is. */
static inline void identify(struct bench *b, int64_t ms, int32_t ifindex, struct ip_addr address)
{
	struct event ev = {
		.kind = EVENT_CLAIM,
		.now = at_ms(ms),
		.wall_us = ms * 1000,
		.claim = { .ifindex = ifindex, .addr = address },
	};

	engine_step(b->e, &ev);
}

/* Takes what there is to do, and answers for the kernel if it is to. */
static inline void drain(struct bench *b, int64_t ms)
{
	struct action a;

	while (engine_next_action(b->e, &a)) {
		char text[IP_PREFIX_TEXT_MAX];

		b->last[a.kind] = a;
		say_action(b, &a);
		if (b->kernel_answers &&
		    (a.kind == ACTION_ADD_ADDRESS || a.kind == ACTION_REMOVE_ADDRESS))
			answer(b, ms, a.ifindex,
			       ip_prefix_text(a.vip->addr, a.vip->prefix_len, text),
			       a.kind == ACTION_ADD_ADDRESS, 0);
		if (a.kind == ACTION_IDENTIFY && !b->nobody_answers)
			identify(b, ms, a.ifindex, a.address);
	}
}

static inline void step(struct bench *b, struct event ev, int64_t ms)
{
	ev.now = at_ms(ms);
	ev.wall_us = ms * 1000;
	engine_step(b->e, &ev);
	drain(b, ms);
}

/* What came out since it was asked last. */
static inline const char *actions(struct bench *b)
{
	b->text[b->len] = '\0';
	b->len = 0;
	return b->text;
}

static inline void link_named(struct bench *b, int64_t ms, const char *name, int32_t ifindex,
			      bool up, const char *source)
{
	struct event ev = { .kind = EVENT_LINK };

	snprintf(ev.link.name, sizeof(ev.link.name), "%s", name);
	ev.link.ifindex = ifindex;
	ev.link.up = up;
	ev.link.mtu = 1500;
	ev.link.mac = (struct mac_addr){ { 2, 0, 0, 0, 0, (uint8_t)ifindex } };
	if (source)
		ev.link.source[FAMILY_V4] = ip(source);
	step(b, ev, ms);
}

static inline void link_up(struct bench *b, int64_t ms)
{
	link_named(b, ms, "eth0", ETH0, true, OWN);
}

static inline void link_down(struct bench *b, int64_t ms)
{
	link_named(b, ms, "eth0", ETH0, false, OWN);
}

static inline void tick(struct bench *b, int64_t ms)
{
	step(b, (struct event){ .kind = EVENT_TICK }, ms);
}

static inline void stop(struct bench *b, int64_t ms)
{
	step(b, (struct event){ .kind = EVENT_STOP }, ms);
}

/* An advertisement as web's peers would send it; fields may be changed before it is heard. */
static inline struct advert *peer_advert(uint8_t priority)
{
	static struct advert advert;

	advert.version = 3;
	advert.vrid = 51;
	advert.priority = priority;
	advert.family = IP_V4;
	advert.count = 1;
	advert.auth_type = ADVERT_AUTH_NONE;
	advert.checksum_with_pseudo = true;
	memset(advert.auth_data, 0, sizeof(advert.auth_data));
	advert.interval = span_ms(1000);
	advert.addresses[0] = ip("192.0.2.100");
	return &advert;
}

static inline void hear_advert(struct bench *b, int64_t ms, const char *from,
			       const struct advert *advert)
{
	step(b,
	     (struct event){ .kind = EVENT_ADVERT,
			     .advert = { .ifindex = ETH0,
					 .src = ip(from),
					 .dst = advert_group((enum ip_family)advert->family),
					 .ttl = 255,
					 .advert = advert } },
	     ms);
}

static inline void hear(struct bench *b, int64_t ms, const char *from, uint8_t priority)
{
	hear_advert(b, ms, from, peer_advert(priority));
}

/* An address on eth0 that nobody has any more, as it is found before the start. Returns what the engine answers. */
static inline int leave_behind(struct bench *b, const char *address)
{
	struct vip left = kit_vip(address);

	strcpy(left.dev, "eth0");
	return engine_leftover(b->e, ETH0, &left);
}

static inline void address_is(struct bench *b, int64_t ms, const char *address, bool ours,
			      bool present)
{
	struct vip vip = kit_vip(address);

	step(b,
	     (struct event){ .kind = EVENT_ADDRESS,
			     .address = { .ifindex = ETH0,
					  .addr = vip.addr,
					  .prefix_len = vip.prefix_len,
					  .ours = ours,
					  .present = present } },
	     ms);
}

/* Makes the engine, tells the link and starts. */
static inline void open_bench(struct bench *b, int64_t ms)
{
	bench_make_engine(b, LEFTOVERS);
	link_up(b, ms);
	step(b, (struct event){ .kind = EVENT_START }, ms);
}

/* Ticks whenever something is due until that time. */
static inline void run(struct bench *b, int64_t until_ms)
{
	while (engine_deadline(b->e).us <= until_ms * 1000) {
		struct event ev = { .kind = EVENT_TICK, .now = engine_deadline(b->e) };

		ev.wall_us = ev.now.us;
		engine_step(b->e, &ev);
		drain(b, ev.now.us / 1000);
	}
}

/* web is MASTER and has announced; what came out is forgotten. */
static inline void open_as_master(struct bench *b, uint8_t priority, int64_t ms)
{
	bench_init(b, priority);
	open_bench(b, ms);
	run(b, ms + 10000);
	ck_assert_int_eq(engine_state(b->e, 0), VROUTER_MASTER);
	actions(b);
	b->read = engine_history(b->e)->next_seq;
}

static inline const char *next_event(struct bench *b)
{
	static char line[2 * TEXT_MAX], text[2 * TEXT_MAX - NAME_MAX_LEN - 16];
	const struct history_event *e = history_read(engine_history(b->e), &b->read, NULL);

	if (!e)
		return "";
	history_text(e, text, sizeof(text));
	snprintf(line, sizeof(line), "%s%s%s", e->instance, e->instance[0] ? ": " : "", text);
	return line;
}

static inline uint64_t counter(struct bench *b, enum counter c)
{
	struct snapshot s;

	engine_snapshot(b->e, 0, at_ms(0), &s);
	return s.counters.value[c];
}

#endif
