/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the few things that differ between simulated routers to full settings of the core.
 */
#include "config.h"

#include <string.h>

void config_name(char *ret, const char *word, int number)
{
	while (*word != '\0')
		*ret++ = *word++;
	*ret++ = (char)('0' + number);
	*ret = '\0';
}

struct ip_addr config_vip(int v, int k)
{
	uint8_t v4[4] = { 10, (uint8_t)segment_of(v), (uint8_t)(100 + v), (uint8_t)(k + 1) };
	uint8_t v6[16] = {
		0x20, 0x01, 0x0d, 0xb8, [13] = (uint8_t)(100 + v), [15] = (uint8_t)(k + 1)
	};

	if (k == 0) { /* link-local */
		v6[0] = 0xfe;
		v6[1] = 0x80;
		v6[2] = v6[3] = 0;
	}
	return family_of(v) == IP_V6 ? ip_from_v6(v6) : ip_from_v4(v4);
}

struct ip_addr config_router_address(int router, int segment, enum ip_family family)
{
	uint8_t v4[4] = { 10, (uint8_t)segment, 0, (uint8_t)(10 + router) };
	uint8_t v6[16] = { 0xfe, 0x80, [15] = (uint8_t)(10 + router) };

	return family == IP_V6 ? ip_from_v6(v6) : ip_from_v4(v4);
}

bool config_find_vip(struct ip_addr addr, int *ret_v, int *ret_k)
{
	bool v6 = addr.family == IP_V6;
	int v = addr.bytes[v6 ? 13 : 2] - 100, k = addr.bytes[v6 ? 15 : 3] - 1;

	if (v < 0 || v >= SIM_VRS_MAX || k < 0 || k >= SIM_VIPS_MAX)
		return false;
	*ret_v = v;
	*ret_k = k;
	return true;
}

struct routing config_routing(int v, int i, bool narrow)
{
	bool v6 = family_of(v) == IP_V6;
	uint8_t net_v4[4] = { 10, (uint8_t)(100 + v) };
	uint8_t net_v6[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, (uint8_t)(100 + v) };
	struct routing r;

	memset(&r, 0, sizeof(r));
	r.kind = i == 0 ? ROUTING_ROUTE : ROUTING_RULE;
	if (i == 0) {
		r.route.table = ROUTE_TABLE_MAIN;
		r.route.metric = v6 ? ROUTE_METRIC_V6 : 0;
		r.route.mtu = narrow ? 1280 : 0;
		r.route.dst = v6 ? ip_from_v6(net_v6) : ip_from_v4(net_v4);
		r.route.prefix_len = v6 ? 48 : 16;
		r.route.type = ROUTE_UNICAST;
		r.route.scope = v6 ? ROUTE_SCOPE_GLOBAL : ROUTE_SCOPE_LINK;
		r.route.protocol = ROUTING_PROTOCOL;
		r.route.nexthop_count = 1;
		config_name(r.route.nexthops[0].dev, "eth", segment_of(v));
	} else {
		r.rule.table = (uint32_t)(100 + v);
		r.rule.priority = (uint32_t)(1000 + v);
		r.rule.has_priority = 1;
		r.rule.suppress_prefix_len = -1;
		r.rule.from = config_vip(v, 1);
		r.rule.from_len = config_prefix_len(v, false);
		r.rule.to = v6 ? ip_from_v6((uint8_t[16]){ 0 }) : ip_from_v4((uint8_t[4]){ 0 });
		r.rule.type = ROUTE_UNICAST;
		r.rule.protocol = ROUTING_PROTOCOL;
	}
	return r;
}

bool config_find_routing(const struct routing *routing, int *ret_v, int *ret_i)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		for (int i = 0; i < SIM_ROUTINGS_MAX; i++) {
			struct routing candidate = config_routing(v, i, false);

			if (!routing_same_key(routing, &candidate))
				continue;
			*ret_v = v;
			*ret_i = i;
			return true;
		}
	}
	return false;
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

const struct track_config *config_group_tracks(const struct config *c, int v)
{
	return c->vrs[v].group != 0 ? c->group_tracks[c->vrs[v].group - 1] : NULL;
}

uint8_t config_clamp(int priority)
{
	return (uint8_t)(priority < 1 ? 1 : priority > 254 ? 254 : priority);
}

/* The least that they add. The number in a file may be any. */
static int least_of(const struct track_config *tracks)
{
	int least = 0;

	for (int i = 0; i < SIM_TRACKS; i++) {
		if (tracks[i].on && i == SIM_FILE)
			least -= PRIORITY_OWNER;
		else if (tracks[i].on && tracks[i].weight < 0)
			least += tracks[i].weight;
	}
	return least;
}

uint8_t config_lowest_priority(const struct config *c, int v)
{
	const struct vr_config *vr = &c->vrs[v];
	const struct track_config *of_group = config_group_tracks(c, v);

	if (vr->priority == PRIORITY_OWNER)
		return PRIORITY_OWNER;
	return config_clamp(vr->priority + least_of(vr->tracks) +
			    (of_group ? least_of(of_group) : 0));
}

static bool tracks_any(const struct config *c, int v)
{
	const struct track_config *of_group = config_group_tracks(c, v);

	for (int i = 0; i < SIM_TRACKS; i++) {
		if (c->vrs[v].tracks[i].on || (of_group && of_group[i].on))
			return true;
	}
	return false;
}

bool config_uses(const struct config *c, enum sim_check check)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		const struct track_config *of_group = config_group_tracks(c, v);

		if (c->vrs[v].present &&
		    (c->vrs[v].tracks[check].on || (of_group && of_group[check].on)))
			return true;
	}
	return false;
}

static bool are_mates(const struct config *c, int a, int b)
{
	const struct vr_config *x = &c->vrs[a], *y = &c->vrs[b];

	return a == b || (x->present && y->present &&
			  ((x->group != 0 && x->group == y->group) ||
			   instance_of(c, a) == instance_of(c, b)));
}

static unsigned notified(const struct config *c, int notifier)
{
	unsigned members = 0;

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		const struct vr_config *vr = &c->vrs[v];

		if (vr->present &&
		    (notifier < SIM_VRS_MAX ? instance_of(c, v) == notifier
					    : vr->group == notifier - SIM_VRS_MAX + 1))
			members |= 1u << v;
	}
	return members;
}

void config_align(struct config *c)
{
	struct vr_config *v6 = &c->vrs[SIM_V6];

	if (v6->second) {
		bool present = v6->present;
		uint8_t vips = v6->vips;

		*v6 = c->vrs[SIM_BOTH];
		v6->second = true;
		v6->present = present;
		v6->vips = vips;
	}
	v6->vips |= 1; /* no instance of IPv6 is without its link-local address */
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		c->mates[v] = 0;
		for (int other = 0; other < SIM_VRS_MAX; other++)
			c->mates[v] |= (uint8_t)(are_mates(c, v, other) << other);
		c->vrs[v].tracks_any = tracks_any(c, v);
	}
	for (int n = 0; n < SIM_NOTIFIERS; n++)
		c->notified[n] = (uint8_t)notified(c, n);
}

unsigned config_earlier(const struct config *c, int v)
{
	unsigned earlier = 0;

	for (int other = 0; other < SIM_VRS_MAX; other++) {
		int a = instance_of(c, other), b = instance_of(c, v);

		if (a != b ? a < b : other < v)
			earlier |= 1u << other;
	}
	return earlier;
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
	return config_uses(c, (enum sim_check)SIM_LINK);
}

static void add_vips(const struct vr_config *vr, int v, struct config_settings *ret,
		     struct range *run)
{
	run->first = ret->s.vip_count;
	for (int k = 0; k < SIM_VIPS_MAX; k++) {
		if (!(vr->vips >> k & 1))
			continue;
		ret->vips[ret->s.vip_count++] =
			(struct vip){ .addr = config_vip(v, k),
				      .prefix_len = config_prefix_len(v, true) };
		run->count++;
	}
}

/* The routes, or the rules, of an instance's virtual routers. */
static struct range add_routings(const struct config *c, int instance, int i,
				 struct config_settings *ret)
{
	struct range run = { .first = ret->s.routing_count };
	unsigned vs = config_notified(c, instance);

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (!(vs >> v & 1) || !(c->vrs[v].routings >> i & 1))
			continue;
		ret->routings[ret->s.routing_count++] = config_routing(v, i, c->vrs[v].narrow);
		run.count++;
	}
	return run;
}

static struct range add_tracks(const struct track_config *tracks, int other_segment,
			       struct config_settings *ret)
{
	struct range run = { .first = ret->s.track_count };

	for (int i = 0; i < SIM_TRACKS; i++) {
		struct track_settings *track = &ret->tracks[ret->s.track_count];

		if (!tracks[i].on)
			continue;
		*track = (struct track_settings){
			.check = i == SIM_LINK ? 0 : ret->check_number[i],
			.weight = tracks[i].weight,
			.inverse = tracks[i].inverse,
		};
		if (i == SIM_LINK)
			config_name(track->interface, "eth", other_segment);
		ret->s.track_count++;
		run.count++;
	}
	return run;
}

static void add_instance(const struct config *c, int v, struct config_settings *ret)
{
	const struct vr_config *vr = &c->vrs[v], *v6 = &c->vrs[SIM_V6];
	struct instance_settings *set = &ret->instances[ret->s.instance_count++];

	*set = (struct instance_settings){
		.vrid = (uint8_t)(SIM_FIRST_VRID + v),
		.version = vr->version,
		.priority = vr->priority,
		.min_ttl = 255,
		.preempt = vr->preempt,
		.accept = true,
		.virtual_mac = vr->virtual_mac,
		.checksum_pseudo_header = v % 3 != 2,
		.advert_interval = { vr->interval_us },
		.preempt_delay = { vr->preempt_delay_us },
		.announce = vr->announce,
		.group = vr->group,
		.notify.command[HOOK_ANY] = vr->hooks,
	};
	config_name(set->name, "v", v);
	config_name(set->interface, "eth", segment_of(v));
	if (vr->password)
		memcpy(set->auth_password, "secret", sizeof("secret"));
	if (vr->present)
		add_vips(vr, v, ret, &set->addresses[family_index(family_of(v))]);
	if (v == SIM_BOTH && v6->present && v6->second)
		add_vips(v6, SIM_V6, ret, &set->addresses[FAMILY_V6]);
	set->routes = add_routings(c, v, 0, ret);
	set->rules = add_routings(c, v, 1, ret);
	set->tracks = add_tracks(vr->tracks, 1 - segment_of(v), ret);
}

/* Those that are tracked. */
static void add_checks(const struct config *c, struct config_settings *ret)
{
	const struct check_settings known[SIM_CHECKS] = {
		[SIM_SCRIPT] = { .name = "it-works",
				 .kind = CHECK_SCRIPT,
				 .interval = { 1000000 },
				 .timeout = { 1000000 },
				 .rise = c->rise != 0 ? c->rise : 1,
				 .fall = c->fall != 0 ? c->fall : 1,
				 .initially = c->initially },
		[SIM_PROCESS] = { .name = "it-runs",
				  .kind = CHECK_PROCESS,
				  .minimum = c->minimum != 0 ? c->minimum : 1,
				  .maximum = c->maximum != 0 ? c->maximum : COUNT_UNLIMITED,
				  .delay = { c->delay_us } },
		[SIM_FILE] = { .name = "number", .kind = CHECK_FILE },
	};

	for (int i = 0; i < SIM_CHECKS; i++) {
		if (i != SIM_SCRIPT && !config_uses(c, (enum sim_check)i))
			continue;
		ret->checks[ret->s.check_count++] = known[i];
		ret->check_number[i] = ret->s.check_count;
	}
}

void config_make_settings(const struct config *c, struct config_settings *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->s.groups = ret->groups;
	ret->s.instances = ret->instances;
	ret->s.vips = ret->vips;
	ret->s.routings = ret->routings;
	ret->s.tracks = ret->tracks;
	ret->s.checks = ret->checks;
	add_checks(c, ret);
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (config_notified(c, v) != 0)
			add_instance(c, v, ret);
		if (c->vrs[v].present && c->vrs[v].group > ret->s.group_count)
			ret->s.group_count = c->vrs[v].group;
	}
	for (uint32_t i = 0; i < ret->s.group_count; i++) {
		config_name(ret->groups[i].name, "g", (int)i + 1);
		ret->groups[i].notify.command[HOOK_ANY] = c->group_hooks;
		ret->groups[i].tracks = add_tracks(c->group_tracks[i], 1, ret);
	}
}
