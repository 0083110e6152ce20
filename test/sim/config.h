/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the administrators of a simulated cluster configure. All routers know the same few virtual
 * routers and addresses, numbered, so that everything else can be told from a number: virtual
 * router v is VRID 51 + v on segment v % 2, its address k is 10.(v % 2).(100 + v).(k + 1). The last
 * one is of IPv6: an instance of its own, or the other half of the instance that v1 is.
 */
#ifndef SIM_CONFIG_H
#define SIM_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/settings.h"

enum {
	SIM_ROUTERS_MAX = 8,
	SIM_SEGMENTS = 2,
	SIM_VRS_MAX = 4,
	SIM_V6 = 3,       /* the virtual router of IPv6 */
	SIM_BOTH = 1,     /* and the one whose instance it may belong to */
	SIM_VIPS_MAX = 3, /* of one virtual router */
	SIM_GROUPS = 2,
	SIM_ROUTINGS_MAX = 2, /* of one virtual router: a route, and a rule */
	/* Who has hooks: the instances, then the groups. */
	SIM_NOTIFIERS = SIM_VRS_MAX + SIM_GROUPS,
	SIM_FIRST_VRID = 51,
};

/* What can be tracked on a router: a script, a process, a file, and the interface of the other segment. */
enum sim_check {
	SIM_SCRIPT,
	SIM_PROCESS,
	SIM_FILE,
	SIM_CHECKS,
	SIM_LINK = SIM_CHECKS,
	SIM_TRACKS,
};

struct track_config {
	bool on;
	bool inverse; /* SIM_SCRIPT */
	int16_t weight;
};

/* One virtual router on one router. */
struct vr_config {
	bool present;
	bool second; /* SIM_V6: it belongs to SIM_BOTH's instance, whose settings it has then but for its addresses */
	uint8_t version;
	uint8_t priority;
	bool preempt;
	uint8_t vips; /* a bit for each address that is configured; not 0 */
	bool password;
	int64_t interval_us;
	int64_t preempt_delay_us;
	struct track_config tracks[SIM_TRACKS];
	bool tracks_any; /* it, or its group: of config_align() */
	uint8_t group;   /* from 1; 0: none */
	bool hooks;
	struct announce_settings announce;
	uint8_t routings; /* a bit for each route or rule that is configured */
	bool narrow;      /* its route has a small MTU */
	bool virtual_mac;
};

struct config {
	struct vr_config vrs[SIM_VRS_MAX];
	/* of config_align(), since they are asked for all the time: who shares the fate of each, itself included, and whose states a notifier tells */
	uint8_t mates[SIM_VRS_MAX];
	uint8_t notified[SIM_NOTIFIERS];
	bool group_hooks;
	struct track_config group_tracks[SIM_GROUPS][SIM_TRACKS];
	enum check_state initially; /* the script, until its first result */
	uint32_t rise, fall;        /* of the script; 0: the default, 1 */
	uint32_t minimum, maximum;  /* of the process; 0: the default, 1 and none */
	int64_t delay_us;           /* likewise */
};

/* The settings that lib/conf would have made of it. */
struct config_settings {
	struct settings s;
	struct instance_settings instances[SIM_VRS_MAX];
	struct vip vips[SIM_VRS_MAX * SIM_VIPS_MAX];
	struct routing routings[SIM_VRS_MAX * SIM_ROUTINGS_MAX];
	struct check_settings checks[SIM_CHECKS];
	uint32_t check_number
		[SIM_CHECKS]; /* in the settings, from 1; 0: not there, because nobody tracks it */
	struct track_settings tracks[(SIM_VRS_MAX + SIM_GROUPS) * SIM_TRACKS];
	struct group_settings groups[SIM_GROUPS];
};

/* "eth0", "v3": a word and a number of one digit. Asked for with each start and reload, for which snprintf() takes long. */
void config_name(char *ret, const char *word, int number);

static inline int segment_of(int v)
{
	return v % SIM_SEGMENTS;
}

static inline enum ip_family family_of(int v)
{
	return v == SIM_V6 ? IP_V6 : IP_V4;
}

/* Of which instance is it? They are numbered like their first virtual routers. */
static inline int instance_of(const struct config *c, int v)
{
	return c->vrs[v].second ? SIM_BOTH : v;
}

/* To be called when something was changed: what two of one instance have in common is made the same, and what can be told from the rest. */
void config_align(struct config *c);

/* Is anything configured on that segment, or tracked there? */
bool port_used(const struct config *c, int segment);

void config_make_settings(const struct config *c, struct config_settings *ret);

struct ip_addr config_vip(int v, int k);
/* Ours, and that of somebody else's. */
static inline uint8_t config_prefix_len(int v, bool ours)
{
	return family_of(v) == IP_V6 ? (ours ? 64 : 128) : (ours ? 24 : 32);
}

/* The address of a router on a segment: 10.SEGMENT.0.(10 + router), or fe80::(10 + router). */
struct ip_addr config_router_address(int router, int segment, enum ip_family family);

/* Which virtual router's which address is this? False if it is nobody's. */
bool config_find_vip(struct ip_addr addr, int *ret_v, int *ret_k);

/* What comes and goes with v besides its addresses: i 0 is a route on its segment, 1 a rule. And whose that is; false if it is nobody's. */
struct routing config_routing(int v, int i, bool narrow);
bool config_find_routing(const struct routing *routing, int *ret_v, int *ret_i);

/* Do both believe each other's advertisements of v? */
bool config_understands(const struct vr_config *a, const struct vr_config *b);

/* What v tracks, itself and with its group; NULL for the one that it has not. */
const struct track_config *config_group_tracks(const struct config *c, int v);
bool config_uses(const struct config *c, enum sim_check check);

/* A sum of weights and a priority. */
uint8_t config_clamp(int priority);

/* The least that it can ever advertise while nobody forces anything. */
uint8_t config_lowest_priority(const struct config *c, int v);

/* Who shares the fate of v: a bit for each, itself included. */
static inline unsigned config_mates(const struct config *c, int v)
{
	return c->mates[v];
}

/* Who comes before v in the order of VRIDs, which decides who leads: a bit for each. */
unsigned config_earlier(const struct config *c, int v);

/* Whose states a notifier, an instance or a group, tells: of one that is not configured, and of a group without members, nobody's. */
static inline unsigned config_notified(const struct config *c, int notifier)
{
	return c->notified[notifier];
}

bool config_has_hooks(const struct config *c, int notifier);

/* The defaults that users get: version 3, priority 100, 1 s, all addresses. */
struct vr_config vr_config_default(void);

#endif
