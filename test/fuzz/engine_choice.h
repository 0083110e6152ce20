/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings out of bytes: any that lib/conf could make one day, both families included, from a small stock of interfaces, VRIDs and addresses,
 * so that two of them often mean the same virtual router and the same address, which is what a reload is about.
 */
#ifndef TEST_ENGINE_CHOICE_H
#define TEST_ENGINE_CHOICE_H

#include "base/bytes.h"
#include "core/settings.h"

enum {
	CHOICE_PORTS = 3,
	CHOICE_INSTANCES_MAX = 4,
	CHOICE_ADDRESSES = 12, /* in stock, of each family */
	CHOICE_VIPS_MAX = 2 * CHOICE_ADDRESSES,
	CHOICE_VROUTERS_MAX = 2 * CHOICE_INSTANCES_MAX,
	CHOICE_CHECKS = 3, /* a script, a process and a file */
	CHOICE_GROUPS = 2,
	CHOICE_TRACKS_MAX = 3 * (CHOICE_INSTANCES_MAX + CHOICE_GROUPS),
	CHOICE_NOTIFIERS_MAX = CHOICE_INSTANCES_MAX + CHOICE_GROUPS,
};

struct choice {
	struct settings settings;
	struct instance_settings instances[CHOICE_INSTANCES_MAX];
	struct vip vips[CHOICE_VIPS_MAX];
	struct check_settings checks[CHOICE_CHECKS];
	struct track_settings tracks[CHOICE_TRACKS_MAX];
	struct group_settings groups[CHOICE_GROUPS];
	char texts[8];
};

/* "eth0", "eth1", "eth2" */
const char *choice_port_name(unsigned int port);

/* Number k of the stock; and with the length of prefix that it has in all settings. */
struct ip_addr choice_address(enum ip_family family, unsigned int k);
uint8_t choice_prefix_len(enum ip_family family, unsigned int k);

/* What advertisements are sent from on that port. */
struct ip_addr choice_source(enum ip_family family, unsigned int port);

/* To be freed; its tables lie inside. */
struct choice *choice_make(struct reader *r);
struct choice *choice_copy(const struct choice *c);

#endif
