/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each byte picks from a list of values at which the core behaves differently: the smallest and the largest, the ordinary, and equals
 * of others. What would contradict an earlier choice is left out.
 */
#include "engine_choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define PICK(r, list) ((list)[read_u8(r) % (sizeof(list) / sizeof((list)[0]))])

/* What is given away already: each virtual router and each address once. */
struct given {
	bool vrouters[CHOICE_PORTS][FAMILY_COUNT][256];
	bool addresses[FAMILY_COUNT][CHOICE_ADDRESSES];
};

const char *choice_port_name(unsigned int port)
{
	static const char *const names[CHOICE_PORTS] = { "eth0", "eth1", "eth2" };

	return names[port];
}

struct ip_addr choice_address(enum ip_family family, unsigned int k)
{
	const uint8_t v4[4] = { 10, 0, 0, (uint8_t)(100 + k) };
	const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)(k + 1) };

	return family == IP_V6 ? ip_from_v6(v6) : ip_from_v4(v4);
}

uint8_t choice_prefix_len(enum ip_family family, unsigned int k)
{
	if (family == IP_V6)
		return k % 4 == 0 ? 128 : 64;
	return k % 4 == 0 ? 32 : 24;
}

struct ip_addr choice_source(enum ip_family family, unsigned int port)
{
	const uint8_t v4[4] = { 10, 0, 0, (uint8_t)(10 + port) };
	const uint8_t v6[16] = { 0xfe, 0x80, [15] = (uint8_t)(10 + port) };

	return family == IP_V6 ? ip_from_v6(v6) : ip_from_v4(v4);
}

/* ---- one instance ---- */

static struct span choose_interval(struct reader *r, uint8_t version)
{
	static const int32_t v2_s[] = { 1, 2, 255 };
	static const int32_t v3_ms[] = { 10, 100, 1000, 1000, 40950 };

	return version == 2 ? span_s(PICK(r, v2_s)) : span_ms(PICK(r, v3_ms));
}

static struct announce_settings choose_announce(struct reader *r)
{
	static const uint8_t counts[] = { 1, 2, 5, 100 };
	static const int32_t repeats_ms[] = { 0, 1, 5000, 3600000 };
	static const int32_t refreshes_ms[] = { 0, 0, 1000, 86400000 };
	static const int32_t intervals_ms[] = { 0, 0, 1, 1000 };

	return (struct announce_settings){
		.count = PICK(r, counts),
		.repeat = span_ms(PICK(r, repeats_ms)),
		.refresh = span_ms(PICK(r, refreshes_ms)),
		.interval = span_ms(PICK(r, intervals_ms)),
	};
}

static struct vip choose_vip(struct reader *r, enum ip_family family, unsigned int k)
{
	struct vip vip = {
		.addr = choice_address(family, k),
		.prefix_len = choice_prefix_len(family, k),
	};
	uint8_t form = read_u8(r);

	/* mostly on the instance's own interface, and plain */
	if (form % 8 < CHOICE_PORTS)
		snprintf(vip.dev, sizeof(vip.dev), "%s", choice_port_name(form % 8));
	if (form / 8 % 4 == 1)
		vip.scope = 254;
	if (form / 8 % 4 == 2)
		vip.deprecated = true;
	if (form / 8 % 4 == 3 && family == IP_V4)
		snprintf(vip.label, sizeof(vip.label), "vip%u", k);
	return vip;
}

/* A run of addresses of that family, of those that nobody has: each bit of `wanted` asks for one. */
static struct range choose_vips(struct reader *r, enum ip_family family, struct choice *c,
				struct given *given)
{
	bool *taken = given->addresses[family_index(family)];
	struct range range = { .first = c->settings.vip_count };
	uint16_t wanted = read_be16(r);

	for (unsigned int k = 0; k < CHOICE_ADDRESSES; k++) {
		if (!(wanted & 1u << k) || taken[k])
			continue;
		taken[k] = true;
		c->vips[c->settings.vip_count++] = choose_vip(r, family, k);
	}
	range.count = c->settings.vip_count - range.first;
	return range;
}

static bool claim(struct given *given, unsigned int port, enum family_index family, uint8_t vrid)
{
	bool *taken = &given->vrouters[port][family][vrid];
	bool free = !*taken;

	*taken = true;
	return free;
}

static void choose_addresses(struct reader *r, struct choice *c, struct given *given,
			     struct instance_settings *set, unsigned int port)
{
	uint8_t families = read_u8(r) % 4; /* IPv4, IPv4, IPv6, both */

	if (families != 2 && claim(given, port, FAMILY_V4, set->vrid))
		set->addresses[FAMILY_V4] = choose_vips(r, IP_V4, c, given);
	if (families >= 2 && set->version == 3 && claim(given, port, FAMILY_V6, set->vrid))
		set->addresses[FAMILY_V6] = choose_vips(r, IP_V6, c, given);
	if (set->addresses[FAMILY_V4].count + set->addresses[FAMILY_V6].count != 0 &&
	    read_u8(r) % 2 == 1)
		set->extra = choose_vips(r, families % 2 == 0 ? IP_V4 : IP_V6, c, given);
}

/* Up to three: interfaces, and checks by number. */
static struct range choose_tracks(struct reader *r, struct choice *c)
{
	static const int16_t weights[] = { 0, -60, -254, 1, 50, 254 };
	struct range range = { .first = c->settings.track_count, .count = read_u8(r) % 4 };

	for (uint32_t i = 0; i < range.count; i++) {
		struct track_settings *t = &c->tracks[c->settings.track_count++];
		uint8_t what = read_u8(r);

		*t = (struct track_settings){
			.check = what % (CHOICE_CHECKS + 1),
			.weight = PICK(r, weights),
		};
		if (t->check == 0)
			snprintf(t->interface, sizeof(t->interface), "%s",
				 choice_port_name(what / 16 % CHOICE_PORTS));
		else
			/* one that faults while all is well would never be master in the end */
			t->inverse = t->check == 1 && t->weight != 0 && what & 128;
	}
	return range;
}

/* Hooks are only ever counted: one is as good as five. */
static struct notify_settings choose_notify(struct reader *r)
{
	struct notify_settings notify = { .timeout = span_s(1) };

	notify.command[HOOK_ANY] = read_u8(r) % 2;
	return notify;
}

static void choose_agents(struct reader *r, struct choice *c, struct instance_settings *set)
{
	set->group = read_u8(r) % (CHOICE_GROUPS + 2);
	if (set->group > CHOICE_GROUPS)
		set->group = 0;
	set->tracks = choose_tracks(r, c);
	set->notify = choose_notify(r);
}

static void choose_instance(struct reader *r, struct choice *c, struct given *given)
{
	static const uint8_t priorities[] = { 1, 50, 100, 100, 150, 254, 255 };
	static const uint8_t vrids[] = { 1, 51, 52, 255 };
	static const int32_t delays_ms[] = { 0, 0, 1, 5000, 86400000 };
	unsigned int number = c->settings.instance_count;
	struct instance_settings *set = &c->instances[number];
	unsigned int port = read_u8(r) % CHOICE_PORTS;
	uint8_t flags = read_u8(r);

	*set = (struct instance_settings){
		.vrid = PICK(r, vrids),
		.version = flags & 1 ? 2 : 3,
		.priority = PICK(r, priorities),
		.min_ttl = 255,
		.preempt = !(flags & 2),
		.accept = true,
		.checksum_pseudo_header = !(flags & 4),
		.preempt_delay = span_ms(PICK(r, delays_ms)),
		.announce = choose_announce(r),
	};
	set->advert_interval = choose_interval(r, set->version);
	if (flags & 8 && set->version == 2)
		snprintf(set->auth_password, sizeof(set->auth_password), "secret");
	if (flags & 16)
		set->source[FAMILY_V4] = ip_from_v4((const uint8_t[4]){ 10, 0, 0, 50 });
	snprintf(set->name, sizeof(set->name), "vr%u", number);
	snprintf(set->interface, sizeof(set->interface), "%s", choice_port_name(port));
	choose_addresses(r, c, given, set, port);
	/* without addresses there is no instance */
	if (set->addresses[FAMILY_V4].count + set->addresses[FAMILY_V6].count == 0)
		return;
	choose_agents(r, c, set);
	c->settings.instance_count++;
}

static void choose_check(struct reader *r, struct choice *c, enum check_kind kind)
{
	static const int32_t delays_ms[] = { 0, 0, 1000 };
	struct check_settings *check = &c->checks[c->settings.check_count++];
	uint8_t form = read_u8(r);

	*check = (struct check_settings){
		.kind = kind,
		.interval = span_ms(1000),
		.timeout = span_ms(500),
		.rise = 1 + form % 3,
		.fall = 1 + form / 3 % 3,
		.initially = (enum check_state)(form / 9 % 3),
		.minimum = form % 2,
		.maximum = form & 64 ? 2 : COUNT_UNLIMITED,
	};
	if (kind == CHECK_PROCESS)
		check->delay = span_ms(PICK(r, delays_ms));
	/* The same ones in every choice, so that they live on in a reload. */
	snprintf(check->name, sizeof(check->name), "check");
}

static void choose_group(struct reader *r, struct choice *c)
{
	struct group_settings *group = &c->groups[c->settings.group_count++];

	*group = (struct group_settings){ .tracks = choose_tracks(r, c),
					  .notify = choose_notify(r) };
	snprintf(group->name, sizeof(group->name), "group%u", c->settings.group_count);
}

/* ---- all ---- */

static void place_tables(struct choice *c)
{
	c->settings.instances = c->instances;
	c->settings.vips = c->vips;
	c->settings.checks = c->checks;
	c->settings.tracks = c->tracks;
	c->settings.groups = c->groups;
	c->settings.texts = c->texts;
}

struct choice *choice_make(struct reader *r)
{
	struct choice *c = calloc(1, sizeof(*c));
	struct given given = { 0 };
	unsigned int instances = read_u8(r) % (CHOICE_INSTANCES_MAX + 1);

	MUST(c != NULL);
	place_tables(c);
	snprintf(c->settings.global.name, sizeof(c->settings.global.name), "router");
	memcpy(c->texts, "\0hook", 6);
	c->settings.text_bytes = 6;
	c->settings.global.notify_fifo = read_u8(r) % 2;
	for (int kind = CHECK_SCRIPT; kind <= CHECK_FILE; kind++)
		choose_check(r, c, (enum check_kind)kind);
	for (int i = 0; i < CHOICE_GROUPS; i++)
		choose_group(r, c);
	while (instances-- > 0)
		choose_instance(r, c, &given);
	return c;
}

struct choice *choice_copy(const struct choice *c)
{
	struct choice *copy = malloc(sizeof(*copy));

	MUST(copy != NULL);
	*copy = *c;
	place_tables(copy);
	return copy;
}
