/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Depth first, with states that have been seen left alone. A state is kept by copying the cluster and
 * the engines' memory, which stays where it is, and returned to by copying back. Two states are the
 * same if the engines' futures are: what they know, their timers counted from now, what the kernels
 * hold and what is on its way; not how they came there. This is the one place that looks into
 * the engine, to tell states apart.
 */
#include "explore.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "core/engine_internal.h"

enum {
	DEPTH_MAX = 64,
	SEEN_MAX = 1 << 24, /* a power of two */
	INTERVAL_US = 1000000,
	/* Between advertisements on their way and timers everything may overtake everything, within: */
	LATENCY_US = INTERVAL_US,
	/* Left in peace, so long is enough for any order to be found. */
	PEACE_US = 12 * INTERVAL_US,
	ENGINE_BYTES_MAX = 65536,
};

enum choice_kind {
	CHOICE_DELIVER,
	CHOICE_DROP,
	CHOICE_TICK,
	CHOICE_START,
	CHOICE_STOP,
};

struct choice {
	uint8_t kind;
	uint8_t which; /* place in the queue, or router */
};

/* A state to return to. */
struct kept {
	uint8_t head[offsetof(struct cluster, queue)];
	struct happening queue[64];
	uint32_t queue_count, queue_seq;
	uint32_t free_packet_count, packets_used;
	uint16_t free_packets[SIM_PACKETS_MAX];
	struct packet packets[32];
	uint8_t engines[3][ENGINE_BYTES_MAX];
};

struct explorer {
	struct cluster *c;
	struct kept *kept; /* [depth + 2] */
	struct choice way[DEPTH_MAX];
	int length; /* of the way */
	int depth;  /* to be reached */
	uint64_t *seen;
	struct explored *counts;
};

/* ---- keeping and returning ---- */

static void keep(const struct cluster *c, struct kept *k)
{
	memcpy(k->head, c, sizeof(k->head));
	k->queue_count = c->queue.count;
	k->queue_seq = c->queue.seq;
	memcpy(k->queue, c->queue.line, c->queue.count * sizeof(c->queue.line[0]));
	k->free_packet_count = c->free_packet_count;
	k->packets_used = c->packets_used;
	memcpy(k->free_packets, c->free_packets, sizeof(c->free_packets));
	memcpy(k->packets, c->packets, c->packets_used * sizeof(c->packets[0]));
	for (int r = 0; r < c->router_count; r++) {
		if (c->routers[r].running)
			memcpy(k->engines[r], c->routers[r].e, c->routers[r].engine_bytes);
	}
}

static void return_to(struct cluster *c, const struct kept *k)
{
	memcpy(c, k->head, sizeof(k->head));
	c->queue.count = k->queue_count;
	c->queue.seq = k->queue_seq;
	memcpy(c->queue.line, k->queue, k->queue_count * sizeof(c->queue.line[0]));
	c->free_packet_count = k->free_packet_count;
	c->packets_used = k->packets_used;
	memcpy(c->free_packets, k->free_packets, sizeof(c->free_packets));
	memcpy(c->packets, k->packets, k->packets_used * sizeof(c->packets[0]));
	for (int r = 0; r < c->router_count; r++) {
		if (c->routers[r].running)
			memcpy(c->routers[r].e, k->engines[r], c->routers[r].engine_bytes);
	}
}

/* ---- telling states apart ---- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return dice_mix(hash ^ value) + UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t mix_timer(uint64_t hash, struct instant timer, struct instant now)
{
	return mix(hash, instant_is_never(timer) ? 0x7e7e : (uint64_t)(timer.us - now.us));
}

static uint64_t mix_vrouter(uint64_t hash, const struct vrouter *vr, struct instant now)
{
	hash = mix(hash, (uint64_t)vr->state << 16 | (uint64_t)vr->priority << 8 | vr->released);
	hash = mix(hash, (uint64_t)vr->master_advert.us);
	hash = mix(hash, ip_hash(vr->master) ^ (uint64_t)vr->master_priority << 32);
	hash = mix(hash, (uint64_t)vr->listened_again << 8 | vr->address_faults);
	if (ip_is_set(vr->master))
		hash = mix_timer(hash, vr->master_heard, now);
	hash = mix_timer(hash, vr->advert_timer, now);
	hash = mix_timer(hash, vr->master_down_timer, now);
	hash = mix_timer(hash, vr->linger_until, now);
	hash = mix_timer(hash, vr->rival_quiet, now);
	hash = mix_timer(hash, vr->fault_until, now);
	/* what is over is all the same */
	hash = mix_timer(
		hash, instant_reached(vr->reply_after, now) ? INSTANT_NEVER : vr->reply_after, now);
	if (vr->state != VROUTER_MASTER)
		return hash;
	return mix(hash,
		   (uint64_t)span_min(instant_diff(now, vr->since), vr->set->advert_interval).us);
}

static uint64_t mix_engine(uint64_t hash, const struct engine *e, struct instant now)
{
	for (uint32_t i = 0; i < e->member_count; i++) {
		hash = mix_vrouter(hash, &e->members[i].vr, now);
		hash = mix_timer(hash, e->members[i].announcer.repeat_at, now);
	}
	for (uint32_t i = 0; i < e->plan.count; i++) {
		const struct slot *s = &e->plan.slots[i];

		hash = mix(hash, (uint64_t)s->wanted << 24 | (uint64_t)s->ours << 16 |
					 (uint64_t)s->flight << 8 | s->announcements);
	}
	/* advertisements are rounded to a multiple of two milliseconds */
	return mix(hash, (uint64_t)(now.us % 2000) << 1 | e->stopping);
}

/* Of the heap the order does not matter, so what is on its way is added up. */
static uint64_t sum_of_packets(const struct cluster *c)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < c->queue.count; i++) {
		const struct happening *h = &c->queue.line[i];
		const struct packet *p = &c->packets[h->what];

		sum += mix((uint64_t)(h->at_us - c->now_us),
			   (uint64_t)h->router << 16 | (uint64_t)p->from << 8 | p->advert.priority);
	}
	return sum;
}

static uint64_t hash_of(const struct cluster *c)
{
	uint64_t hash = mix(sum_of_packets(c), c->queue.count);

	for (int r = 0; r < c->router_count; r++) {
		const struct router *router = &c->routers[r];

		hash = mix(hash, (uint64_t)router->running << 16 | router->kernel.addresses[0][0]);
		if (router->running)
			hash = mix_engine(hash, router->e,
					  (struct instant){ c->now_us + router->clock_offset_us });
	}
	return hash | 1; /* 0 is an empty place */
}

/* Was this state seen with as much depth left? If not, it is now. */
static bool was_seen(struct explorer *x, int left)
{
	uint64_t hash = hash_of(x->c) & ~UINT64_C(0xff);

	for (uint64_t i = hash >> 8;; i++) {
		uint64_t *place = &x->seen[i & (SEEN_MAX - 1)];

		if (*place == 0) {
			if (x->counts->states >= SEEN_MAX / 2)
				return false; /* full: go on without memory */
			*place = hash | (uint64_t)left;
			x->counts->states++;
			return false;
		}
		if ((*place & ~UINT64_C(0xff)) != hash)
			continue;
		if ((*place & 0xff) >= (uint64_t)left)
			return true;
		*place = hash | (uint64_t)left;
		return false;
	}
}

/* ---- what can happen next ---- */

/* Kernels answer at once. */
static void read_kernels(struct cluster *c)
{
	for (uint32_t i = 0; i < c->queue.count;) {
		struct happening h = c->queue.line[i];

		if (h.kind != HAPPENS_KERNEL) {
			i++;
			continue;
		}
		queue_take_at(&c->queue, i);
		if (c->routers[h.router].running && c->routers[h.router].boots == h.what)
			router_read_kernel(c, &c->routers[h.router]);
		i = 0;
	}
}

/* The timer that is next, of several at once the one of the first router. */
static int next_timer(const struct cluster *c)
{
	int next = -1;

	for (int r = 0; r < c->router_count; r++) {
		if (c->routers[r].running && c->wake_us[r] != INT64_MAX &&
		    (next < 0 || c->wake_us[r] < c->wake_us[next]))
			next = r;
	}
	return next;
}

/* No advertisement may be on its way for longer than wires can be slow. */
static bool may_tick(const struct cluster *c, int timer)
{
	return timer >= 0 && c->wake_us[timer] <= queue_next_us(&c->queue);
}

static int choices_of(const struct explorer *x, struct choice *ret)
{
	const struct cluster *c = x->c;
	int timer = next_timer(c), n = 0;

	for (uint32_t i = 0; i < c->queue.count; i++) {
		ret[n++] = (struct choice){ CHOICE_DELIVER, (uint8_t)i };
		ret[n++] = (struct choice){ CHOICE_DROP, (uint8_t)i };
	}
	for (int r = 0; r < c->router_count; r++) {
		if (may_tick(c, timer) && c->routers[r].running &&
		    c->wake_us[r] == c->wake_us[timer])
			ret[n++] = (struct choice){ CHOICE_TICK, (uint8_t)r };
		if (!c->routers[r].running)
			ret[n++] = (struct choice){ CHOICE_START, (uint8_t)r };
		if (c->routers[r].running && !c->routers[r].stopping)
			ret[n++] = (struct choice){ CHOICE_STOP, (uint8_t)r };
	}
	return n;
}

static void go_to(struct cluster *c, int64_t at_us)
{
	while (!c->failed && rules_next_us(&c->rules) <= at_us) {
		if (rules_next_us(&c->rules) > c->now_us)
			c->now_us = rules_next_us(&c->rules);
		rules_check(c);
	}
	if (at_us > c->now_us)
		c->now_us = at_us;
}

static void take(struct explorer *x, struct choice choice)
{
	struct cluster *c = x->c;
	struct happening h;

	switch ((enum choice_kind)choice.kind) {
	case CHOICE_DELIVER:
		h = queue_take_at(&c->queue, choice.which);
		wire_arrive(c, &c->routers[h.router], h.what);
		break;
	case CHOICE_DROP:
		h = queue_take_at(&c->queue, choice.which);
		cluster_trace(c, h.router, "does not hear %c", 'a' + c->packets[h.what].from);
		rules_lost(c, c->packets[h.what].from, h.router, c->packets[h.what].v);
		wire_forget(c, h.what);
		break;
	case CHOICE_TICK:
		go_to(c, c->wake_us[choice.which]);
		router_wake(c, &c->routers[choice.which]);
		break;
	case CHOICE_START:
		cluster_boot(c, choice.which, false);
		break;
	case CHOICE_STOP:
		cluster_stop(c, choice.which);
		break;
	}
	read_kernels(c);
	go_to(c, c->now_us);
	x->counts->paths++;
}

/* ---- in peace ---- */

/* Everything on its way arrives, nothing more befalls: the rules about order do the judging. */
static void expect_peace_to_mend(struct explorer *x)
{
	struct cluster *c = x->c;

	for (int s = 0; s < SIM_SEGMENTS; s++)
		c->wires[s].latency_us = 100;
	for (uint32_t i = 0; i < c->queue.count; i++)
		c->queue.line[i].at_us = c->now_us;
	cluster_run(c, c->now_us + PEACE_US);
}

/* ---- the search ---- */

static bool search(struct explorer *x, int depth)
{
	struct choice choices[2 * 64 + 2 * SIM_ROUTERS_MAX];
	struct kept *here = &x->kept[depth];
	int n;

	x->length = depth;
	if (was_seen(x, x->depth - depth))
		return true;
	keep(x->c, here);
	expect_peace_to_mend(x);
	if (x->c->failed)
		return false;
	return_to(x->c, here);
	if (depth == x->depth)
		return true;
	n = choices_of(x, choices);
	for (int i = 0; i < n; i++) {
		x->way[depth] = choices[i];
		x->length = depth + 1;
		take(x, choices[i]);
		if (x->c->failed || !search(x, depth + 1))
			return false;
		return_to(x->c, here);
	}
	return true;
}

static void begin(struct explorer *x, int routers, bool equal)
{
	struct cluster *c = x->c;

	cluster_init(c, routers, 1);
	c->late_us = 0;
	for (int s = 0; s < SIM_SEGMENTS; s++)
		c->wires[s] = (struct wire){ .latency_us = LATENCY_US };
	for (int r = 0; r < routers; r++) {
		struct vr_config *vr = &c->routers[r].config.vrs[0];

		*vr = vr_config_default();
		vr->priority = equal ? 100 : (uint8_t)(100 + 50 * r);
		vr->announce.count = 1;
		c->routers[r].kernel.delay_us = 0;
		c->routers[r].clock_offset_us = 0;
	}
	rules_disturbed(c, 0);
}

/* The same way again, aloud. */
static void tell_way(struct explorer *x)
{
	struct choice way[DEPTH_MAX];

	memcpy(way, x->way, sizeof(way));
	return_to(x->c, &x->kept[0]);
	x->c->trace = stdout;
	x->c->failed = false;
	for (int i = 0; i < x->length && !x->c->failed; i++)
		take(x, way[i]);
	if (!x->c->failed) {
		printf("and then, left in peace:\n");
		expect_peace_to_mend(x);
	}
	printf("a rule was broken: %s\n", x->c->what_failed);
}

/* From nothing running, and from a cluster that has found its order. */
static bool explore_from(struct explorer *x, int routers, bool equal, bool settled)
{
	begin(x, routers, equal);
	for (int r = 0; settled && r < routers; r++)
		cluster_boot(x->c, r, false);
	if (settled) {
		x->c->wires[0].latency_us = 100;
		cluster_run(x->c, 20 * INTERVAL_US);
		x->c->wires[0].latency_us = LATENCY_US;
	}
	memset(x->seen, 0, SEEN_MAX * sizeof(*x->seen));
	if (!x->c->failed && search(x, 0))
		return true;
	tell_way(x);
	return false;
}

bool explore(struct cluster *c, int routers, int depth, struct explored *ret)
{
	struct explorer x = { .c = c, .depth = depth, .counts = ret };
	uint64_t states = 0;
	bool good = true;

	*ret = (struct explored){ 0 };
	x.kept = calloc((size_t)depth + 1, sizeof(*x.kept));
	x.seen = calloc(SEEN_MAX, sizeof(*x.seen));
	if (!x.kept || !x.seen)
		abort();
	for (int way = 0; good && way < 4; way++) {
		ret->states = 0;
		good = explore_from(&x, routers, way & 1, way & 2);
		states += ret->states;
	}
	ret->states = states;
	free(x.kept);
	free(x.seen);
	return good;
}
