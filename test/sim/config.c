/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the few things that differ between simulated routers to full settings of the core.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

struct ip_addr config_vip(int v, int k)
{
	uint8_t bytes[4] = { 10, (uint8_t)segment_of(v), (uint8_t)(100 + v), (uint8_t)(k + 1) };

	return ip_from_v4(bytes);
}

struct ip_addr config_router_address(int router, int segment)
{
	uint8_t bytes[4] = { 10, (uint8_t)segment, 0, (uint8_t)(10 + router) };

	return ip_from_v4(bytes);
}

bool config_find_vip(struct ip_addr addr, int *ret_v, int *ret_k)
{
	int v = addr.bytes[2] - 100, k = addr.bytes[3] - 1;

	if (v < 0 || v >= SIM_VRS_MAX || k < 0 || k >= SIM_VIPS_MAX)
		return false;
	*ret_v = v;
	*ret_k = k;
	return true;
}

struct vr_config vr_config_default(void)
{
	return (struct vr_config){
		.present = true,
		.version = 3,
		.priority = PRIORITY_DEFAULT,
		.preempt = true,
		.vips = 1,
		.interval_us = ADVERT_INTERVAL_DEFAULT_MS * INT64_C(1000),
		.announce = { .count = ANNOUNCE_COUNT_DEFAULT,
			      .repeat = { ANNOUNCE_REPEAT_DEFAULT_MS * INT64_C(1000) } },
	};
}

bool config_understands(const struct vr_config *a, const struct vr_config *b)
{
	if (!a->present || !b->present || a->version != b->version)
		return false;
	return a->version == 3 || (a->interval_us == b->interval_us && a->password == b->password);
}

uint8_t config_priority(const struct vr_config *vr, enum check_state script)
{
	int priority = vr->priority;

	if (priority == PRIORITY_OWNER)
		return PRIORITY_OWNER;
	if (vr->tracked && script == (vr->weight < 0 ? CHECK_DOWN : CHECK_UP))
		priority += vr->weight;
	return (uint8_t)(priority < 1 ? 1 : priority > 254 ? 254 : priority);
}

unsigned config_mates(const struct config *c, int v)
{
	uint8_t group = c->vrs[v].group;
	unsigned mates = 1u << v;

	for (int other = 0; group != 0 && other < SIM_VRS_MAX; other++) {
		if (c->vrs[other].present && c->vrs[other].group == group)
			mates |= 1u << other;
	}
	return mates;
}

unsigned config_notified(const struct config *c, int notifier)
{
	unsigned members = 0;

	if (notifier < SIM_VRS_MAX)
		return c->vrs[notifier].present ? 1u << notifier : 0;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (c->vrs[v].present && c->vrs[v].group == notifier - SIM_VRS_MAX + 1)
			members |= 1u << v;
	}
	return members;
}

bool config_has_hooks(const struct config *c, int notifier)
{
	return config_notified(c, notifier) != 0 &&
	       (notifier < SIM_VRS_MAX ? c->vrs[notifier].hooks : c->group_hooks);
}

bool port_used(const struct config *c, int segment)
{
	for (int v = segment; v < SIM_VRS_MAX; v += SIM_SEGMENTS) {
		if (c->vrs[v].present)
			return true;
	}
	return false;
}

static void add_vips(const struct vr_config *vr, int v, struct config_settings *ret,
		     struct range *run)
{
	run->first = ret->s.vip_count;
	for (int k = 0; k < SIM_VIPS_MAX; k++) {
		if (!(vr->vips >> k & 1))
			continue;
		ret->vips[ret->s.vip_count++] =
			(struct vip){ .addr = config_vip(v, k), .prefix_len = 24 };
		run->count++;
	}
}

static void add_instance(const struct vr_config *vr, int v, struct config_settings *ret)
{
	struct instance_settings *set = &ret->instances[ret->s.instance_count++];

	*set = (struct instance_settings){
		.vrid = (uint8_t)(SIM_FIRST_VRID + v),
		.version = vr->version,
		.priority = vr->priority,
		.min_ttl = 255,
		.preempt = vr->preempt,
		.accept = true,
		.checksum_pseudo_header = v % 3 != 2,
		.advert_interval = { vr->interval_us },
		.preempt_delay = { vr->preempt_delay_us },
		.announce = vr->announce,
		.group = vr->group,
		.notify.command[HOOK_ANY] = vr->hooks,
	};
	snprintf(set->name, sizeof(set->name), "v%d", v);
	snprintf(set->interface, sizeof(set->interface), "eth%d", segment_of(v));
	if (vr->password)
		memcpy(set->auth_password, "secret", sizeof("secret"));
	add_vips(vr, v, ret, &set->addresses[FAMILY_V4]);
	if (vr->tracked) {
		set->tracks = (struct range){ .first = ret->s.track_count, .count = 1 };
		ret->tracks[ret->s.track_count++] =
			(struct track_settings){ .check = 1, .weight = vr->weight };
	}
}

void config_make_settings(const struct config *c, struct config_settings *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->s.groups = ret->groups;
	ret->s.instances = ret->instances;
	ret->s.vips = ret->vips;
	ret->s.tracks = ret->tracks;
	ret->s.checks = &ret->script;
	ret->s.check_count = 1;
	ret->script = (struct check_settings){
		.name = "it-works",
		.kind = CHECK_SCRIPT,
		.interval = { 1000000 },
		.timeout = { 1000000 },
		.rise = 1,
		.fall = 1,
		.initially = c->script_unknown ? CHECK_UNKNOWN : CHECK_UP,
	};
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (c->vrs[v].present)
			add_instance(&c->vrs[v], v, ret);
		if (c->vrs[v].present && c->vrs[v].group > ret->s.group_count)
			ret->s.group_count = c->vrs[v].group;
	}
	for (uint32_t i = 0; i < ret->s.group_count; i++) {
		snprintf(ret->groups[i].name, sizeof(ret->groups[i].name), "g%u", i + 1);
		ret->groups[i].notify.command[HOOK_ANY] = c->group_hooks;
	}
}
