/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wires: an advertisement becomes bytes, the bytes travel to every other router of the segment
 * or get lost on the way, and arrive as what the parser makes of them. What is parsed is kept with
 * the packet, because it is the same for every receiver; a packet that was damaged is parsed anew.
 */
#include <assert.h>
#include <string.h>

#include "cluster.h"

static uint16_t new_packet(struct cluster *c)
{
	uint16_t number;

	assert(c->free_packet_count > 0);
	number = c->free_packets[--c->free_packet_count];
	if (number >= c->packets_used)
		c->packets_used = number + 1u;
	return number;
}

static void drop_reference(struct cluster *c, uint16_t number)
{
	if (--c->packets[number].refs == 0)
		c->free_packets[c->free_packet_count++] = number;
}

void wire_forget(struct cluster *c, uint16_t packet)
{
	drop_reference(c, packet);
}

/* Builds and reads back: what we send must be what a receiver understands. */
static bool make_packet(struct cluster *c, struct router *from, uint32_t number, uint8_t priority,
			struct packet *p)
{
	static struct advert advert; /* large, and only in use here */
	uint8_t instance = from->instance_number[instance_of(&from->config, p->v)];
	const struct instance_settings *set = &from->settings[from->generation].instances[instance];
	struct ip_addr src, dst[PEERS_MAX];
	size_t len;

	if (engine_advert(from->e, number, priority, &advert, &src, dst) == 0)
		return false;
	len = advert_build(&advert, src, dst[0], set->checksum_pseudo_header, p->bytes,
			   sizeof(p->bytes));
	p->len = (uint8_t)len;
	if (len == 0 || advert_parse(p->bytes, len, src, dst[0], &p->advert) != REFUSAL_NONE) {
		cluster_fail(c, "an advertisement that was built is refused by the parser");
		return false;
	}
	p->event = (struct event){
		.kind = EVENT_ADVERT,
		.advert = { .src = src, .dst = dst[0], .ttl = VRRP_TTL, .advert = &p->advert },
	};
	return true;
}

/* One copy goes to one router, or not. */
static void travel(struct cluster *c, uint16_t number, int to)
{
	struct packet *p = &c->packets[number];
	const struct wire *w = &c->wires[segment_of(p->v)];

	if (!c->routers[to].running)
		return;
	if (w->cut[p->from][to] || dice_chance(&c->dice, w->loss_ppm)) {
		rules_lost(c, p->from, to, p->v);
		return;
	}
	p->refs++;
	queue_add(&c->queue,
		  c->now_us + w->latency_us + dice_below(&c->dice, (uint32_t)w->jitter_us + 1),
		  HAPPENS_PACKET, (uint8_t)to, number);
}

void wire_forget_sent(struct cluster *c, struct router *r)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (r->sent[v].valid)
			drop_reference(c, r->sent[v].packet);
		r->sent[v].valid = false;
	}
}

/* The packet to send: the last one again if it says the same, as the daemon does it. */
static bool prepare(struct cluster *c, struct router *from, uint32_t number, uint8_t priority)
{
	uint8_t v = from->v_of[number];
	struct sent *sent = &from->sent[v];
	uint16_t packet;

	if (sent->valid && sent->priority == priority)
		return true;
	if (sent->valid)
		drop_reference(c, sent->packet);
	packet = new_packet(c);
	c->packets[packet].from = from->number;
	c->packets[packet].v = v;
	c->packets[packet].refs = 1;
	*sent = (struct sent){ .valid = true, .priority = priority, .packet = packet };
	if (make_packet(c, from, number, priority, &c->packets[packet]))
		return true;
	drop_reference(c, packet);
	sent->valid = false;
	return false;
}

/* A link that has gone, or is down, carries nothing; the process may not have heard of it. */
static bool can_leave(const struct router *from, uint8_t v, int32_t ifindex)
{
	const struct kernel *k = &from->kernel;

	return ifindex == k->ports[segment_of(v)].ifindex ||
	       (ifindex == k->links[v].ifindex && k->links[v].raised);
}

void wire_send(struct cluster *c, struct router *from, uint32_t number, uint8_t priority,
	       int32_t ifindex)
{
	uint8_t v = from->v_of[number];
	const struct wire *w = &c->wires[segment_of(v)];

	c->packets_sent++;
	if (!port_works(from, v) || !prepare(c, from, number, priority))
		return;
	for (int to = 0; to < c->router_count; to++) {
		if (to == from->number)
			continue;
		if (!can_leave(from, v, ifindex)) {
			rules_lost(c, from->number, to, v);
			continue;
		}
		travel(c, from->sent[v].packet, to);
		if (dice_chance(&c->dice, w->duplicate_ppm))
			travel(c, from->sent[v].packet, to);
	}
}

/* A flipped bit: the packet must be refused, and the refusal change nothing. */
static void arrive_damaged(struct cluster *c, struct router *to, const struct packet *p)
{
	static struct advert advert;
	uint8_t bytes[SIM_PACKET_BYTES];
	uint32_t bit = dice_below(&c->dice, (uint32_t)p->len * 8);
	struct event ev = { .kind = EVENT_REFUSED };

	memcpy(bytes, p->bytes, p->len);
	bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
	ev.advert = p->event.advert;
	ev.advert.ifindex = to->kernel.ports[segment_of(p->v)].ifindex;
	ev.advert.advert = NULL;
	ev.advert.vrid = advert_peek_vrid(bytes, p->len);
	ev.advert.family = (uint8_t)family_of(p->v);
	ev.advert.refusal = advert_parse(bytes, p->len, ev.advert.src, ev.advert.dst, &advert);
	if (ev.advert.refusal == REFUSAL_NONE) {
		cluster_fail(c, "a damaged advertisement is accepted by the parser");
		return;
	}
	router_step(c, to, &ev);
}

void wire_arrive(struct cluster *c, struct router *to, uint16_t number)
{
	struct packet *p = &c->packets[number];

	if (!to->running || !port_works(to, p->v)) {
		drop_reference(c, number);
		return;
	}
	if (to->paused && to->inbox_count < SIM_INBOX_MAX) {
		to->inbox[to->inbox_count++] = number;
		return;
	}
	if (to->paused || dice_chance(&c->dice, c->wires[segment_of(p->v)].corrupt_ppm)) {
		rules_lost(c, p->from, to->number, p->v);
		if (!to->paused)
			arrive_damaged(c, to, p);
		drop_reference(c, number);
		return;
	}
	p->event.advert.ifindex = to->kernel.ports[segment_of(p->v)].ifindex;
	rules_heard(c, p->from, to->number, p->v, p->advert.priority);
	router_step(c, to, &p->event);
	drop_reference(c, number);
}
