/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slots and the differences between what is wanted and what is there. A slot may stand in the work list without having work; that is
 * decided when it is taken out, so that a change of mind on the way costs nothing.
 */
#include "core/plan.h"

static uint32_t slot_hash(int32_t ifindex, struct ip_addr addr)
{
	return ip_hash(addr) ^ index_hash_number((uint32_t)ifindex);
}

void plan_init(struct plan *p, uint32_t cap, struct slot *slots, uint32_t *work, uint32_t *heads,
	       uint32_t *chain)
{
	*p = (struct plan){ .slots = slots, .cap = cap, .retry_at = INSTANT_NEVER };
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

enum slot_presence plan_presence(const struct slot *s)
{
	if (s->ours)
		return SLOT_OURS;
	return s->foreign != 0 ? SLOT_FOREIGN : SLOT_ABSENT;
}

void plan_want(struct plan *p, uint32_t slot, bool wanted)
{
	struct slot *s = &p->slots[slot];

	if (s->wanted == wanted)
		return;
	s->wanted = wanted;
	s->failures = 0;
	s->lost = false;
	s->announcements = 0;
	s->retry_at = INSTANT_NEVER;
	worklist_add(&p->work, slot);
}

static void land(struct plan *p, struct slot *s)
{
	if (s->flight != SLOT_IDLE)
		p->in_flight--;
	s->flight = SLOT_IDLE;
}

void plan_move(struct plan *p, uint32_t slot, int32_t ifindex)
{
	struct slot *s = &p->slots[slot];

	index_remove(&p->by_address, slot_hash(s->ifindex, s->vip->addr), slot);
	s->ifindex = ifindex;
	index_insert(&p->by_address, slot_hash(ifindex, s->vip->addr), slot);
	land(p, s);
	s->ours = false;
	s->foreign = 0;
	s->failures = 0;
	s->lost = false;
	s->announcements = 0;
	s->retry_at = INSTANT_NEVER;
	worklist_add(&p->work, slot);
}

void plan_observe(struct plan *p, uint32_t slot, uint8_t prefix_len, bool ours, bool present)
{
	struct slot *s = &p->slots[slot];

	if (ours && prefix_len == s->vip->prefix_len)
		s->ours = present;
	else if (ours)
		return; /* ours with another prefix length: another slot's, or a leftover */
	else if (present && s->foreign < UINT8_MAX)
		s->foreign++;
	else if (!present && s->foreign > 0)
		s->foreign--;
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
	if (error == 0) {
		s->ours = add;
		s->failures = 0;
		return true;
	}
	for (uint8_t i = 0; i < s->failures && wait_ms < PLAN_RETRY_MAX_MS; i++)
		wait_ms *= 4;
	if (s->failures < UINT8_MAX)
		s->failures++;
	s->retry_at = instant_add(now, span_min(span_ms(wait_ms), span_ms(PLAN_RETRY_MAX_MS)));
	p->retry_at = instant_min(p->retry_at, s->retry_at);
	return true;
}

/* What is to be done for this slot now, if anything. */
static enum slot_flight needed(const struct slot *s)
{
	if (s->flight != SLOT_IDLE || s->ifindex == 0 || !instant_is_never(s->retry_at))
		return SLOT_IDLE;
	if (s->wanted && plan_presence(s) == SLOT_ABSENT)
		return SLOT_ADDING;
	if (!s->wanted && s->ours)
		return SLOT_REMOVING;
	return SLOT_IDLE;
}

bool plan_next(struct plan *p, uint32_t *ret_slot, bool *ret_add)
{
	uint32_t number;

	while (worklist_take(&p->work, &number)) {
		struct slot *s = &p->slots[number];
		enum slot_flight flight = needed(s);

		if (flight == SLOT_IDLE)
			continue;
		s->flight = (uint8_t)flight;
		p->in_flight++;
		*ret_slot = number;
		*ret_add = flight == SLOT_ADDING;
		return true;
	}
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
