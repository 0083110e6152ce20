/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slots and the differences between what is wanted and what is there. A slot may stand in the work list without having work; that is
 * decided when it is taken out, so that a change of mind on the way costs nothing.
 */
#include "core/plan.h"

#include <string.h>

static uint32_t slot_hash(int32_t ifindex, struct ip_addr addr)
{
	return ip_hash(addr) ^ index_hash_number((uint32_t)ifindex);
}

void plan_init(struct plan *p, uint32_t cap, struct slot *slots, uint32_t *work, uint32_t *heads,
	       uint32_t *chain)
{
	*p = (struct plan){
		.slots = slots,
		.window = PLAN_WINDOW_FIRST,
		.retry_at = INSTANT_NEVER,
	};
	worklist_init(&p->work, cap, work);
	index_init(&p->by_address, cap, heads, chain);
}

uint32_t plan_add(struct plan *p, const struct vip *vip, uint32_t vrouter, uint32_t interface,
		  int32_t ifindex)
{
	uint32_t number = p->count++;

	p->slots[number] = (struct slot){
		.vip = vip,
		.vrouter = vrouter,
		.interface = interface,
		.next_there = INDEX_NONE,
		.ifindex = ifindex,
		.added_at = INSTANT_NEVER,
		.retry_at = INSTANT_NEVER,
	};
	index_insert(&p->by_address, slot_hash(ifindex, vip->addr), number);
	return number;
}

static uint32_t matching(const struct plan *p, uint32_t i, int32_t ifindex, struct ip_addr addr)
{
	for (; i != INDEX_NONE; i = index_next(&p->by_address, i)) {
		if (p->slots[i].ifindex == ifindex && ip_equal(p->slots[i].vip->addr, addr))
			break;
	}
	return i;
}

uint32_t plan_find(const struct plan *p, int32_t ifindex, struct ip_addr addr)
{
	return matching(p, index_first(&p->by_address, slot_hash(ifindex, addr)), ifindex, addr);
}

uint32_t plan_find_next(const struct plan *p, uint32_t slot)
{
	const struct slot *s = &p->slots[slot];

	return matching(p, index_next(&p->by_address, slot), s->ifindex, s->vip->addr);
}

static bool is_foreign(const struct slot *s, uint8_t prefix_len)
{
	return (s->foreign[prefix_len / 64] >> prefix_len % 64 & 1) != 0;
}

static void set_foreign(struct slot *s, uint8_t prefix_len, bool is_there)
{
	uint64_t bit = UINT64_C(1) << prefix_len % 64;

	s->foreign[prefix_len / 64] &= ~bit;
	if (is_there)
		s->foreign[prefix_len / 64] |= bit;
}

enum slot_presence plan_presence(const struct slot *s)
{
	if (s->ours)
		return SLOT_OURS;
	for (int i = 0; i < SLOT_PREFIX_WORDS; i++) {
		if (s->foreign[i] != 0)
			return SLOT_FOREIGN;
	}
	return SLOT_ABSENT;
}

void plan_want(struct plan *p, uint32_t slot, bool wanted)
{
	struct slot *s = &p->slots[slot];

	if (s->wanted == wanted)
		return;
	s->wanted = wanted;
	s->failures = 0;
	s->lost = false;
	s->losses = 0;
	s->announcements = 0;
	s->retry_at = INSTANT_NEVER;
	worklist_add(&p->work, slot);
}

void plan_spare(struct plan *p, uint32_t slot, struct instant until)
{
	p->slots[slot].retry_at = until;
	p->retry_at = instant_min(p->retry_at, until);
}

void plan_hurry(struct plan *p, uint32_t slot)
{
	struct slot *s = &p->slots[slot];

	if (plan_presence(s) != SLOT_ABSENT || s->flight != SLOT_IDLE)
		return;
	s->failures = 0;
	s->retry_at = INSTANT_NEVER;
	worklist_add(&p->work, slot);
}

static void land(struct plan *p, struct slot *s)
{
	if (s->flight != SLOT_IDLE)
		p->in_flight--;
	s->flight = SLOT_IDLE;
}

void plan_forget(struct plan *p, uint32_t slot)
{
	const struct slot *s = &p->slots[slot];

	index_remove(&p->by_address, slot_hash(s->ifindex, s->vip->addr), slot);
}

void plan_place(struct plan *p, uint32_t slot, int32_t ifindex)
{
	struct slot *s = &p->slots[slot];

	s->ifindex = ifindex;
	index_insert(&p->by_address, slot_hash(ifindex, s->vip->addr), slot);
	land(p, s);
	s->ours = false;
	s->outdated = false;
	memset(s->foreign, 0, sizeof(s->foreign));
	s->failures = 0;
	s->lost = false;
	s->losses = 0;
	s->announcements = 0;
	s->retry_at = INSTANT_NEVER;
	worklist_add(&p->work, slot);
}

void plan_move(struct plan *p, uint32_t slot, int32_t ifindex)
{
	plan_forget(p, slot);
	plan_place(p, slot, ifindex);
}

/* Somebody removed what we want here. */
static void lose(struct slot *s, struct instant now)
{
	bool again = !instant_is_never(s->added_at) &&
		     instant_diff(now, s->added_at).us < span_ms(PLAN_LOST_AGAIN_MS).us;

	s->lost = true;
	if (!again)
		s->losses = 0;
	if (s->losses < UINT8_MAX)
		s->losses++;
}

void plan_observe(struct plan *p, uint32_t slot, uint8_t prefix_len, bool ours, bool present,
		  struct instant now)
{
	struct slot *s = &p->slots[slot];
	bool was_there = plan_presence(s) != SLOT_ABSENT;

	set_foreign(s, prefix_len, present && !ours);
	if (prefix_len == s->vip->prefix_len)
		s->ours = present && ours;
	/* Our own removal may be told besides being answered. */
	if (s->wanted && s->flight != SLOT_REMOVING && was_there && plan_presence(s) == SLOT_ABSENT)
		lose(s, now);
	worklist_add(&p->work, slot);
}

/* The kernel cannot change these of an address that exists. */
static bool same_form(const struct vip *a, const struct vip *b)
{
	return a->scope == b->scope && a->deprecated == b->deprecated &&
	       ip_equal(a->broadcast, b->broadcast) && strcmp(a->label, b->label) == 0;
}

void plan_compare_form(struct plan *p, uint32_t slot, const struct vip *made)
{
	struct slot *s = &p->slots[slot];

	s->outdated = s->outdated || !same_form(s->vip, made);
	if (s->outdated)
		worklist_add(&p->work, slot);
}

bool plan_answer(struct plan *p, uint32_t slot, bool add, int error, struct instant now)
{
	struct slot *s = &p->slots[slot];
	int64_t wait_ms = PLAN_RETRY_FIRST_MS;

	if (s->flight != (add ? SLOT_ADDING : SLOT_REMOVING))
		return false;
	land(p, s);
	worklist_add(&p->work, slot);
	if (p->window < PLAN_WINDOW_MAX)
		p->window *= 2;
	if (error == 0) {
		/* A removal takes what has this length, whosever it became on the way. */
		if (!add)
			set_foreign(s, s->vip->prefix_len, false);
		/* What was there already may have been put there by somebody else a moment ago. */
		s->ours = add && !is_foreign(s, s->vip->prefix_len);
		s->failures = 0;
		if (add)
			s->added_at = now;
		return true;
	}
	for (uint8_t i = 0; i < s->failures && wait_ms < PLAN_RETRY_MAX_MS; i++)
		wait_ms *= 4;
	if (s->failures < UINT8_MAX)
		s->failures++;
	plan_spare(p, slot,
		   instant_add(now, span_min(span_ms(wait_ms), span_ms(PLAN_RETRY_MAX_MS))));
	return true;
}

/* What is to be done for this slot now, if anything. */
static enum slot_flight needed(const struct slot *s)
{
	if (s->flight != SLOT_IDLE || s->ifindex == 0 || !instant_is_never(s->retry_at))
		return SLOT_IDLE;
	if (s->wanted && plan_presence(s) == SLOT_ABSENT)
		return SLOT_ADDING;
	if (s->ours && (!s->wanted || s->outdated))
		return SLOT_REMOVING;
	return SLOT_IDLE;
}

bool plan_next(struct plan *p, uint32_t *ret_slot, bool *ret_add)
{
	uint32_t number;

	if (p->in_flight >= p->window)
		return false;
	while (worklist_take(&p->work, &number)) {
		struct slot *s = &p->slots[number];
		enum slot_flight flight = needed(s);

		if (flight == SLOT_IDLE)
			continue;
		s->flight = (uint8_t)flight;
		if (flight == SLOT_ADDING)
			s->outdated = false; /* asked for as it is wanted now */
		p->in_flight++;
		*ret_slot = number;
		*ret_add = flight == SLOT_ADDING;
		return true;
	}
	if (p->in_flight == 0)
		p->window = PLAN_WINDOW_FIRST;
	return false;
}

void plan_tick(struct plan *p, struct instant now)
{
	if (!instant_reached(p->retry_at, now))
		return;
	p->retry_at = INSTANT_NEVER;
	for (uint32_t i = 0; i < p->count; i++) {
		struct slot *s = &p->slots[i];

		if (instant_reached(s->retry_at, now)) {
			s->retry_at = INSTANT_NEVER;
			worklist_add(&p->work, i);
		}
		p->retry_at = instant_min(p->retry_at, s->retry_at);
	}
}

bool plan_slot_done(const struct slot *s)
{
	return !s->wanted && !s->ours && s->flight == SLOT_IDLE;
}
