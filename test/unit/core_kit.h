/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of the core begin with: instants and addresses written short, and the settings of one
 * or a few instances with every default filled in, as lib/conf would have made them.
 */
#ifndef TEST_CORE_KIT_H
#define TEST_CORE_KIT_H

#include <check.h>
#include <stdio.h>

#include "base/ip.h"
#include "core/settings.h"

enum {
	KIT_INSTANCES_MAX = 8,
	KIT_VIPS_MAX = 1200,
	KIT_ROUTINGS_MAX = 40,
};

static inline struct instant at_us(int64_t us)
{
	return (struct instant){ .us = us };
}

static inline struct instant at_ms(int64_t ms)
{
	return at_us(ms * 1000);
}

static inline struct ip_addr ip(const char *text)
{
	struct ip_addr a = IP_ADDR_NONE;

	ck_assert_msg(ip_parse(text, &a) == 0, "%s", text);
	return a;
}

/* "10.0.0.1/24" */
static inline struct vip kit_vip(const char *text)
{
	struct vip vip = { .scope = 0 };

	ck_assert_msg(ip_parse_prefix(text, &vip.addr, &vip.prefix_len) == 0, "%s", text);
	return vip;
}

static inline struct instance_settings kit_instance(const char *name, uint8_t vrid,
						    uint8_t priority)
{
	struct instance_settings set = {
		.vrid = vrid,
		.version = 3,
		.priority = priority,
		.min_ttl = 255,
		.preempt = true,
		.accept = true,
		.checksum_pseudo_header = true,
		.advert_interval = span_ms(ADVERT_INTERVAL_DEFAULT_MS),
		.announce = { .count = ANNOUNCE_COUNT_DEFAULT,
			      .repeat = span_ms(ANNOUNCE_REPEAT_DEFAULT_MS) },
	};

	snprintf(set.name, sizeof(set.name), "%s", name);
	snprintf(set.interface, sizeof(set.interface), "eth0");
	return set;
}

/* Settings with room for their tables; large, so better not on the stack of a loop. */
struct kit {
	struct settings s;
	struct instance_settings instances[KIT_INSTANCES_MAX];
	struct vip vips[KIT_VIPS_MAX];
	struct routing routings[KIT_ROUTINGS_MAX];
};

static inline void kit_init(struct kit *k)
{
	*k = (struct kit){ .s = { .global = { .name = "router" } } };
	k->s.instances = k->instances;
	k->s.vips = k->vips;
	k->s.routings = k->routings;
}

/* Appends to a table; the run grows if it is at the end, so give an instance its addresses at once. */
static inline void kit_add_vip(struct kit *k, struct range *run, struct vip vip)
{
	ck_assert_uint_lt(k->s.vip_count, KIT_VIPS_MAX);
	if (run->count == 0)
		run->first = k->s.vip_count;
	ck_assert_uint_eq(run->first + run->count, k->s.vip_count);
	k->vips[k->s.vip_count++] = vip;
	run->count++;
}

/* Appends an instance without addresses. */
static inline struct instance_settings *kit_add(struct kit *k, struct instance_settings set)
{
	ck_assert_uint_lt(k->s.instance_count, KIT_INSTANCES_MAX);
	k->instances[k->s.instance_count] = set;
	return &k->instances[k->s.instance_count++];
}

/* Appends an instance with one address: "10.0.0.100/24". */
static inline struct instance_settings *kit_add_simple(struct kit *k, const char *name,
						       uint8_t vrid, uint8_t priority,
						       const char *address)
{
	struct instance_settings *set = kit_add(k, kit_instance(name, vrid, priority));
	struct vip vip = kit_vip(address);

	kit_add_vip(k, &set->addresses[vip.addr.family == IP_V6 ? FAMILY_V6 : FAMILY_V4], vip);
	return set;
}

#endif
